"""What can be asked about the desk (工作台查询)."""

from typing import Any

import strawberry

from domain import desk
from schema.alerts.queries import keys_of
from schema.base import Info, query
from schema.desk.delivery_types import DigestAddress
from schema.desk.types import VIEW, DeskDigest, DeskQueue, DeskRule
from schema.paging import Connection, page_request


@strawberry.type
class DeskQuery:
    """Root fields."""

    @query(list[DeskQueue], "Who has how many open orders, the most first, and what is nobody's.", needs=VIEW)
    async def desk_queues(self, info: Info) -> Any:
        return await desk.queues(info.context.read)

    @query(Connection[DeskRule], "How the desks of channels work.", needs=VIEW)
    async def desk_rules(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await desk.desk_rules(info.context.read, page_request(first, after, last, before))

    @query(Connection[DeskDigest], "What the desks of channels came to, the last day first.", needs=VIEW)
    async def desk_digests(
        self,
        info: Info,
        channels: list[strawberry.ID] | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await desk.desk_digests(info.context.read, keys_of("Channel", channels), request)

    @query(Connection[DigestAddress], "Where digests are sent, those that were set first first.", needs=VIEW)
    async def digest_addresses(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await desk.digest_addresses(info.context.read, page_request(first, after, last, before))
