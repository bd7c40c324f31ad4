"""What can be asked about distributors (经销商查询)."""

from typing import Any

import strawberry

from domain import distributors
from schema.base import Info, query
from schema.distributors.types import VIEW, Distributor, FundsEntry
from schema.paging import Connection, page_request
from schema.scalars import bad_input, key_of


@strawberry.type
class DistributorsQuery:
    """Root fields."""

    @query(Connection[Distributor], "Distributors, by name.", needs=VIEW)
    async def distributors(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await distributors.distributors(info.context.read, page_request(first, after, last, before))

    @query(Connection[FundsEntry], "What changed the funds of a distributor, the latest first.", needs=VIEW)
    async def distributor_funds(
        self,
        info: Info,
        distributor_id: strawberry.ID,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        key = key_of("Distributor", distributor_id)
        if key is None:
            raise bad_input("distributorId: is not the id of a distributor")
        request = page_request(first, after, last, before)
        return await distributors.funds_entries(info.context.read, distributors.DistributorId(key), request)
