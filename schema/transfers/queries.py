"""What can be asked about transfers (调拨查询)."""

from typing import Any

import strawberry

from domain import transfers
from schema.base import Info, query
from schema.filters import PeriodFilter
from schema.inventory.queries import keys_in
from schema.paging import Connection, page_request
from schema.transfers.inputs import StockTransferFilter
from schema.transfers.types import VIEW, StockTransfer


@strawberry.type
class TransfersQuery:
    """Root fields."""

    @query(Connection[StockTransfer], "The transfers between warehouses, the last asked for first.", needs=VIEW)
    async def stock_transfers(
        self,
        info: Info,
        where: StockTransferFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or StockTransferFilter()
        period = given.requested_at or PeriodFilter()
        wanted = transfers.TransferFilter(
            statuses=given.statuses,
            from_warehouses=keys_in(given.from_warehouse, "Warehouse"),
            to_warehouses=keys_in(given.to_warehouse, "Warehouse"),
            variants=keys_in(given.variant, "Variant"),
            person=given.person,
            number=given.number,
            from_at=period.from_,
            to_at=period.to,
        )
        return await transfers.stock_transfers(info.context.read, wanted, page_request(first, after, last, before))
