"""What can be asked about stock (库存查询)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain import inventory
from schema.base import Info, query
from schema.filters import IdFilter, PeriodFilter, limited
from schema.inventory.cost_queries import CostQuery
from schema.inventory.documents import DocumentStatus, StockDocument
from schema.inventory.periods import PeriodQuery
from schema.inventory.splitting import SplittingQuery
from schema.inventory.types import (
    VIEW,
    Bin,
    MovementKind,
    StockBalance,
    StockLevel,
    StockMovement,
    Warehouse,
    WarehouseKind,
)
from schema.inventory.watching import WatchQuery
from schema.paging import Connection, page_request
from schema.scalars import key_of


@strawberry.input(description="Which stock; combined by AND.")
class StockLevelFilter:
    """What is not given does not matter."""

    variant: IdFilter | None = strawberry.field(default=None, description="Of these variants.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    sku_contains: str | None = strawberry.field(default=None, description="A part of the SKU.")
    only_abnormal: bool = strawberry.field(
        default=False,
        description="Below the safety stock or above the maximum: its own limits, else the nearest watch policy.",
    )


@strawberry.input(description="Which movements; combined by AND.")
class StockMovementFilter:
    """What is not given does not matter."""

    variant: IdFilter | None = strawberry.field(default=None, description="Of these variants.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    document: IdFilter | None = strawberry.field(
        default=None, description="Of these documents: of stock, or of a change of cost."
    )
    kinds: list[MovementKind] | None = strawberry.field(default=None, description="Of these kinds.")
    partner: IdFilter | None = strawberry.field(
        default=None, description="From or to these partners or other places; needs the beginning of a period."
    )
    person: str | None = strawberry.field(
        default=None, description="Moved by this person; needs the beginning of a period."
    )
    effective_at: PeriodFilter | None = strawberry.field(default=None, description="When they took effect.")


@strawberry.input(description="Which warehouses; combined by AND.")
class WarehouseFilter:
    """What is not given does not matter."""

    kinds: list[WarehouseKind] | None = strawberry.field(default=None, description="Of these kinds.")
    serves: str | None = strawberry.field(
        default=None, description="Serving this area (GB/T 2260): its district, city or province, or all areas."
    )
    active: bool | None = strawberry.field(default=None, description="In use, or closed.")


@strawberry.input(description="Which bins; combined by AND.")
class BinFilter:
    """What is not given does not matter."""

    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    zone: IdFilter | None = strawberry.field(default=None, description="In these zones.")
    code: str | None = strawberry.field(default=None, description="With this code, as on its label.")


@strawberry.input(description="Which balances; combined by AND.")
class StockBalanceFilter:
    """What is not given does not matter."""

    variant: IdFilter | None = strawberry.field(default=None, description="Of these variants.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    lot: IdFilter | None = strawberry.field(default=None, description="Of these lots.")
    bin: IdFilter | None = strawberry.field(default=None, description="In these bins.")
    not_put_away: bool = strawberry.field(default=False, description="Only what lies in no bin yet.")


@strawberry.input(description="Which stock documents; combined by AND.")
class StockDocumentFilter:
    """What is not given does not matter."""

    kinds: list[MovementKind] | None = strawberry.field(default=None, description="Of these kinds.")
    statuses: list[DocumentStatus] | None = strawberry.field(default=None, description="In these states.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="About these warehouses, from or to.")
    variant: IdFilter | None = strawberry.field(default=None, description="With a line of one of these variants.")
    partner: IdFilter | None = strawberry.field(default=None, description="From or to one of these partners.")
    person: str | None = strawberry.field(default=None, description="Written, approved or posted by this person.")
    number: str | None = strawberry.field(default=None, description="With this number.")
    drafted_at: PeriodFilter | None = strawberry.field(default=None, description="When they were written.")
    posted_at: PeriodFilter | None = strawberry.field(default=None, description="When they were posted.")


def keys_in(given: IdFilter | None, *type_names: str) -> list[UUID] | None:
    """Read the ids a filter allows; None allows all, and an id of another type matches nothing."""
    if given is None or (given.eq is None and given.in_ is None):
        return None
    ids = ([given.eq], limited(given.in_ or [], type_names[0]))
    eq, among = ({key for each in some for name in type_names if (key := key_of(name, each or ""))} for some in ids)
    if given.eq is None:
        return sorted(among)
    return sorted(eq if given.in_ is None else eq & among)


@strawberry.type
class InventoryQuery(CostQuery, PeriodQuery, SplittingQuery, WatchQuery):
    """Root fields."""

    @query(Connection[Warehouse], "The warehouses, by code.", needs=VIEW)
    async def warehouses(
        self,
        info: Info,
        where: WarehouseFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or WarehouseFilter()
        wanted = inventory.WarehouseFilter(kinds=given.kinds, serves=given.serves, active=given.active)
        return await inventory.warehouses(info.context.read, page_request(first, after, last, before), wanted)

    @query(Connection[Bin], "The bins, by warehouse and code.", needs=VIEW)
    async def bins(
        self,
        info: Info,
        where: BinFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or BinFilter()
        wanted = inventory.BinFilter(
            warehouses=keys_in(given.warehouse, "Warehouse"), zones=keys_in(given.zone, "Zone"), code=given.code
        )
        return await inventory.bins(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[StockBalance], "What lies where, by lot and bin; empty ones are left out.", needs=VIEW)
    async def stock_balances(
        self,
        info: Info,
        where: StockBalanceFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or StockBalanceFilter()
        wanted = inventory.BalanceFilter(
            variants=keys_in(given.variant, "Variant"),
            warehouses=keys_in(given.warehouse, "Warehouse"),
            lots=keys_in(given.lot, "Lot"),
            bins=keys_in(given.bin, "Bin"),
            not_put_away=given.not_put_away,
        )
        return await inventory.stock_balances(info.context.read, wanted, page_request(first, after, last, before))

    @query(list[Warehouse], "From where a variant is sent whatever the shop says; none: as the shop says.", needs=VIEW)
    async def designated_warehouses(self, info: Info, variant_id: strawberry.ID) -> Any:
        key = key_of("Variant", variant_id)
        return [] if key is None else await inventory.designated_of(info.context.read, key)

    @query(Connection[StockLevel], "What is where, now or as of a past moment.", needs=VIEW)
    async def stock_levels(  # noqa: PLR0917 — the arguments of a connection, and the moment.
        self,
        info: Info,
        where: StockLevelFilter | None = None,
        as_of: datetime | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or StockLevelFilter()
        wanted = inventory.StockFilter(
            variants=keys_in(given.variant, "Variant"),
            warehouses=keys_in(given.warehouse, "Warehouse"),
            sku_contains=given.sku_contains,
            only_abnormal=given.only_abnormal,
        )
        return await inventory.stock_levels(info.context.read, wanted, page_request(first, after, last, before), as_of)

    @query(Connection[StockMovement], "The stock ledger, the newest movement first.", needs=VIEW)
    async def stock_movements(
        self,
        info: Info,
        where: StockMovementFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or StockMovementFilter()
        period = given.effective_at or PeriodFilter()
        wanted = inventory.MovementFilter(
            variants=keys_in(given.variant, "Variant"),
            warehouses=keys_in(given.warehouse, "Warehouse"),
            documents=keys_in(given.document, "StockDocument", "CostChange"),
            kinds=given.kinds,
            partners=keys_in(given.partner, "Warehouse", "Partner"),
            person=given.person,
            from_at=period.from_,
            to_at=period.to,
        )
        return await inventory.stock_movements(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[StockDocument], "The stock documents, the last written first.", needs=VIEW)
    async def stock_documents(
        self,
        info: Info,
        where: StockDocumentFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or StockDocumentFilter()
        drafted, posted = given.drafted_at or PeriodFilter(), given.posted_at or PeriodFilter()
        wanted = inventory.StockDocumentFilter(
            kinds=given.kinds,
            statuses=given.statuses,
            warehouses=keys_in(given.warehouse, "Warehouse"),
            variants=keys_in(given.variant, "Variant"),
            partners=keys_in(given.partner, "Partner"),
            person=given.person,
            number=given.number,
            drafted_from=drafted.from_,
            drafted_to=drafted.to,
            posted_from=posted.from_,
            posted_to=posted.to,
        )
        return await inventory.stock_documents(info.context.read, wanted, page_request(first, after, last, before))
