"""What can be asked about drafts (草稿查询)."""

from typing import Any
from uuid import UUID

import strawberry

from domain import drafts
from schema.base import Info, query
from schema.drafts.types import VIEW, OrderDraft
from schema.paging import Connection, page_request
from schema.scalars import key_of


@strawberry.input(description="Which drafts.")
class OrderDraftFilter:
    """Combined by AND."""

    statuses: list[drafts.DraftStatus] | None = strawberry.field(default=None, description="What became of them.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="The channel.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="The person whose they are.")
    buyer_phone: str | None = strawberry.field(default=None, description="The buyer's phone, exactly.")


def filter_of(given: OrderDraftFilter) -> drafts.DraftFilter:
    """Read a filter as the domain wants it; an id of another type matches nothing."""
    return drafts.DraftFilter(
        statuses=given.statuses,
        channel_ids=_keys("Channel", given.channel_id),
        owner_ids=_keys("Staff", given.owner_id),
        buyer_phone=given.buyer_phone,
    )


def _keys(type_name: str, given: strawberry.ID | None) -> list[UUID] | None:
    if given is None:
        return None
    key = key_of(type_name, given)
    return [] if key is None else [key]


@strawberry.type
class DraftsQuery:
    """Root fields."""

    @query(OrderDraft | None, "One draft; null when there is none that you may see.", needs=VIEW)
    async def order_draft(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002
        key = key_of("OrderDraft", id)
        return None if key is None else await info.context.load(drafts.order_drafts_by_id, key)

    @query(Connection[OrderDraft], "Drafts of orders, the last changed first.", needs=VIEW)
    async def order_drafts(
        self,
        info: Info,
        where: OrderDraftFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await drafts.order_drafts_page(info.context.read, request, filter_of(where or OrderDraftFilter()))
