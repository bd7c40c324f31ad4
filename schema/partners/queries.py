"""What can be asked about partners (往来单位查询)."""

from typing import Any

import strawberry

from domain import partners
from schema.base import Info, query
from schema.paging import Connection, page_request
from schema.partners.types import VIEW, Partner, PartnerKind


@strawberry.input(description="Which partners; combined by AND.")
class PartnerWhere:
    """What is not given does not matter."""

    kinds: list[PartnerKind] | None = strawberry.field(default=None, description="Of these kinds.")
    active: bool | None = strawberry.field(default=None, description="Whether new documents may name them.")
    contains: str | None = strawberry.field(default=None, description="With this in the code or the name.")


@strawberry.type
class PartnersQuery:
    """Root fields."""

    @query(Connection[Partner], "Whom goods come from or go to (往来单位), by name.", needs=VIEW)
    async def partners(
        self,
        info: Info,
        where: PartnerWhere | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or PartnerWhere()
        wanted = partners.PartnerFilter(kinds=given.kinds, active=given.active, contains=given.contains)
        return await partners.partners(info.context.read, wanted, page_request(first, after, last, before))
