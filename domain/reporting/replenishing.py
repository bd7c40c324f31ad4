"""Replenishment (补货): what a warehouse should ask of the one that supplies it, with every number that leads to it.

target = daily sales × (lead + cover) + safety; safety is the limit that was set, else z·σ·√lead. Wanted is what the
target lacks, less what is under way or asked for already. When the supplier has too little for all whom it supplies,
each gets its share in whole pieces, and who lost most by rounding gets one more. Sales, deviation and rules are those
of the last reserve analysis; stock is what is there now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Numeric,
    Select,
    Uuid,
    column,
    func,
    select,
    text,
    true,
)

from domain import catalogue, inventory, transfers
from domain.inventory import WarehouseId
from domain.kernel import (
    BadInput,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Quantity,
    Read,
    Refusal,
    Work,
    action,
    page,
    sees_warehouse,
)
from domain.reporting.models import Reserve
from domain.reporting.periods import StockScope, of_scope, with_goods

LINES_MAX = 500

# What was asked for and has not left is still in the pot that is shared, so asking early gets nobody more.
PROPOSED = text(f"""
    WITH asked AS (
        SELECT line.variant_id, transfer.to_warehouse_id AS warehouse_id,
            sum(CASE transfer.status WHEN 'REQUESTED' THEN line.wanted ELSE line.approved - line.shipped END)
                AS quantity,
            sum(CASE transfer.status WHEN 'REQUESTED' THEN 0 ELSE line.approved - line.shipped END) AS held
        FROM stock_transfers AS transfer JOIN stock_transfer_lines AS line ON line.transfer_id = transfer.id
        WHERE transfer.status IN ('REQUESTED', 'APPROVED', 'IN_TRANSIT') GROUP BY 1, 2
    ), judged AS (
        SELECT reserve.variant_id, reserve.warehouse_id, reserve.daily_sales, reserve.daily_deviation,
            reserve.lead_days, reserve.cover_days, reserve.z, reserve.minimum, reserve.safety_set,
            place.supplied_by_id AS from_warehouse_id, item.in_transit, {inventory.FREE_OF_ITEM} AS available,
            coalesce(asked.quantity, 0) AS asked_for, coalesce(asked.held, 0) AS held_for,
            reserve.daily_sales * (reserve.lead_days + reserve.cover_days) + reserve.minimum AS target
        FROM reserves AS reserve
        JOIN warehouses AS place
            ON place.id = reserve.warehouse_id AND place.active AND place.supplied_by_id IS NOT NULL
        JOIN stock_items AS item ON item.variant_id = reserve.variant_id AND item.warehouse_id = reserve.warehouse_id
        LEFT JOIN asked ON asked.variant_id = reserve.variant_id AND asked.warehouse_id = reserve.warehouse_id
    ), lacking AS (
        SELECT *, ceil(target - available - in_transit) AS lack FROM judged WHERE target - available - in_transit > 0
    ), offered AS (
        SELECT lacking.*, greatest(floor(coalesce({inventory.FREE_OF_ITEM}, 0)), 0) AS offered,
            sum(held_for) OVER (PARTITION BY lacking.variant_id, lacking.from_warehouse_id) AS held_for_all,
            sum(lack) OVER (PARTITION BY lacking.variant_id, lacking.from_warehouse_id) AS lack_of_all
        FROM lacking
        JOIN warehouses AS source ON source.id = lacking.from_warehouse_id AND source.active
        LEFT JOIN stock_items AS item
            ON item.variant_id = lacking.variant_id AND item.warehouse_id = lacking.from_warehouse_id
    ), shared AS (
        SELECT *, least(offered + held_for_all, lack_of_all) AS pot,
            least(offered + held_for_all, lack_of_all) * lack / lack_of_all AS share
        FROM offered
    ), ranked AS (
        SELECT *, pot - sum(floor(share)) OVER (PARTITION BY variant_id, from_warehouse_id) AS over,
            row_number() OVER (
                PARTITION BY variant_id, from_warehouse_id ORDER BY share - floor(share) DESC, warehouse_id) AS turn
        FROM shared
    )
    SELECT variant_id, warehouse_id, from_warehouse_id, daily_sales, daily_deviation, lead_days, cover_days, z, minimum,
        safety_set, target, available, in_transit, asked_for, greatest(lack - asked_for, 0) AS wanted, offered,
        greatest(floor(share) + CASE WHEN turn <= over THEN 1 ELSE 0 END - asked_for, 0) AS proposed
    FROM ranked
""")  # noqa: S608 — The formula is ours.
_amount = Numeric(20, 4)
PROPOSALS = PROPOSED.columns(
    column("variant_id", Uuid),
    column("warehouse_id", Uuid),
    column("from_warehouse_id", Uuid),
    column("daily_sales", Reserve.daily_sales.type),
    column("daily_deviation", Reserve.daily_deviation.type),
    column("lead_days", Integer),
    column("cover_days", Integer),
    column("z", Reserve.z.type),
    column("minimum", Reserve.minimum.type),
    column("safety_set", Boolean),
    *(
        column(name, _amount)
        for name in ("target", "available", "in_transit", "asked_for", "wanted", "offered", "proposed")
    ),
).subquery("proposals")
COLUMNS = PROPOSALS.c


async def replenishments(read: Read, scope: StockScope, request: PageRequest) -> Page:
    """Read one page of what warehouses should ask of those that supply them."""
    return await page(read, of_scope(STATEMENT, read.actor, scope, COLUMNS), IN_ORDER, request)


def _statement() -> Select[Any]:
    columns: list[Any] = [*COLUMNS, catalogue.Variant.sku]
    columns.append(catalogue.Product.name.label("product_name"))
    return select(*columns).select_from(with_goods(PROPOSALS, COLUMNS))


STATEMENT = _statement()
IN_ORDER = Ordering(
    name="replenishments",
    columns=(COLUMNS.warehouse_id, COLUMNS.variant_id),
    keys=("warehouse_id", "variant_id"),
    parsers=(UUID, UUID),
)


class NothingToReplenish(Refusal):
    """Nothing is wanted that the supplying warehouse could send."""

    chinese = "没有可补货的商品"


@dataclass(frozen=True, kw_only=True)
class Replenishment:
    """Which warehouse shall be replenished, with all that is proposed or only these variants, and why."""

    warehouse_id: WarehouseId
    reason: str
    variant_ids: Sequence[UUID] | None = None


ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(func.hashtext("replenish")))


@action
async def replenish(work: Work, wanted: Replenishment) -> transfers.StockTransfer:
    """Ask the supplying warehouse for what is proposed, in one transfer; at most 500 variants, those most wanted first.

    What is asked for counts as coming, so a second time nothing is proposed twice.
    """
    place = await work.session.get(inventory.Warehouse, wanted.warehouse_id)
    if place is None or not sees_warehouse(work.actor, wanted.warehouse_id):
        raise NotFound(what="warehouse", which=str(wanted.warehouse_id)).at("input", "warehouseId")
    if wanted.variant_ids is not None and not 1 <= len(wanted.variant_ids) <= LINES_MAX:
        raise BadInput(field="variantIds", problem=f"must be 1 to {LINES_MAX}").at("input", "variantIds")
    await work.execute(ONE_AT_A_TIME)
    chosen = select(COLUMNS.variant_id, COLUMNS.from_warehouse_id, COLUMNS.proposed).where(
        COLUMNS.warehouse_id == wanted.warehouse_id, COLUMNS.proposed > 0, _among(wanted.variant_ids)
    )
    most_wanted = chosen.order_by((COLUMNS.wanted / func.nullif(COLUMNS.target, 0)).desc(), COLUMNS.variant_id)
    rows = await work.rows(most_wanted.limit(LINES_MAX))
    if not rows:
        raise NothingToReplenish().at("input", "warehouseId")
    new = transfers.NewTransfer(
        from_warehouse_id=WarehouseId(rows[0].from_warehouse_id),
        to_warehouse_id=wanted.warehouse_id,
        reason=wanted.reason,
        lines=[transfers.WantedGoods(variant_id=row.variant_id, quantity=Quantity(row.proposed)) for row in rows],
    )
    return await transfers.request_transfer(work, new)


def _among(variant_ids: Sequence[UUID] | None) -> ColumnElement[bool]:
    return true() if variant_ids is None else COLUMNS.variant_id.in_(variant_ids)
