"""Starting a stocktake (开始盘点): all of a warehouse, some goods, a category, a class, some bins, or what moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    Uuid,
    bindparam,
    column,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    true,
)

from domain import catalogue, inventory
from domain.kernel import BadInput, Lifecycle, NotFound, Quantity, Refusal, Work, action, sees_warehouse
from domain.stocktaking.models import Stocktake, StocktakeId, StocktakeLine, StocktakeScope, StocktakeStatus

NAMED_MAX = 500
REASON_LENGTH_MAX = 500
PERCENT_MAX = 100

COUNTING, RECOUNTING = StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING
COUNTED, APPROVED = StocktakeStatus.COUNTED, StocktakeStatus.APPROVED
POSTED, CANCELLED = StocktakeStatus.POSTED, StocktakeStatus.CANCELLED

LIFECYCLE = Lifecycle(
    "stocktake",
    {
        COUNTING: {RECOUNTING, COUNTED, CANCELLED},
        RECOUNTING: {COUNTED, CANCELLED},
        COUNTED: {APPROVED, CANCELLED},
        APPROVED: {POSTED, CANCELLED},
        POSTED: set(),
        CANCELLED: set(),
    },
)


class NothingToCount(Refusal):
    """There is nothing in stock that this stocktake would count."""

    chinese = "所选范围内没有库存可盘点"


@dataclass(frozen=True, kw_only=True)
class NewStocktake:
    """What is to be counted and how: `blind` hides what should be there, the tolerance is in percent of it."""

    warehouse_id: inventory.WarehouseId
    scope: StocktakeScope
    reason: str
    variant_ids: Sequence[UUID] = ()
    category_id: catalogue.CategoryId | None = None
    bin_ids: Sequence[inventory.BinId] = ()
    moved_since: datetime | None = None
    value_classes: Sequence[inventory.ValueClass] = ()
    blind: bool = True
    tolerance_percent: int = 0


@action
async def start_stocktake(work: Work, stocktake: NewStocktake) -> Stocktake:
    """Begin to count a warehouse or a part of it; selling goes on meanwhile."""
    await inventory.open_place(work, stocktake.warehouse_id)
    reason = stocktake.reason.strip()
    if not 1 <= len(reason) <= REASON_LENGTH_MAX:
        problem = f"must have 1 to {REASON_LENGTH_MAX} characters"
        raise BadInput(field="reason", problem=problem).at("input", "reason")
    if not 0 <= stocktake.tolerance_percent <= PERCENT_MAX:
        raise BadInput(field="tolerancePercent", problem="must lie between 0 and 100").at("input", "tolerancePercent")
    _refuse_other_scopes(work, stocktake)
    condition = _in_scope(work, stocktake)
    started = Stocktake(
        warehouse_id=stocktake.warehouse_id,
        scope=stocktake.scope,
        reason=reason,
        blind=stocktake.blind,
        tolerance_percent=stocktake.tolerance_percent,
        started_by=work.actor.name,
        started_at=work.now,
        round_started_at=work.now,
    )
    work.session.add(started)
    await work.session.flush()
    if not await work.change(_lines(started, condition)):
        raise NothingToCount().at("input", "scope")
    return started


def _lines(stocktake: Stocktake, condition: ColumnElement[bool]) -> Any:
    """Write a line for each lot in each bin that has something now, or less than nothing."""
    balance = inventory.StockBalance
    there = (
        select(
            func.gen_random_uuid(),
            literal(stocktake.id, balance.id.type),
            balance.variant_id,
            balance.lot_id,
            balance.bin_id,
            literal(False, StocktakeLine.recount.type),
        )
        .join(catalogue.Variant, catalogue.Variant.id == balance.variant_id)
        .join(catalogue.Product, catalogue.Product.id == catalogue.Variant.product_id)
        .outerjoin(inventory.Bin, inventory.Bin.id == balance.bin_id)
        .where(balance.warehouse_id == stocktake.warehouse_id, balance.on_hand != Quantity(0), condition)
        .where(inventory.Bin.staging.is_not(True))
        .order_by(balance.id)
    )
    columns = ["id", "stocktake_id", "variant_id", "lot_id", "bin_id", "recount"]
    return insert(StocktakeLine).from_select(columns, there, include_defaults=False)


NARROWS = {
    "variantIds": StocktakeScope.VARIANTS,
    "categoryId": StocktakeScope.CATEGORY,
    "binIds": StocktakeScope.BINS,
    "movedSince": StocktakeScope.MOVING,
    "valueClasses": StocktakeScope.VALUE_CLASS,
}


def _refuse_other_scopes(work: Work, stocktake: NewStocktake) -> None:
    """Refuse what would narrow another scope: who names three articles does not want the whole warehouse counted."""
    said = (
        stocktake.variant_ids,
        stocktake.category_id,
        stocktake.bin_ids,
        stocktake.moved_since,
        stocktake.value_classes,
    )
    for (field, scope), given in zip(NARROWS.items(), said, strict=True):
        if given and stocktake.scope is not scope:
            problem = f"is given for the scope {scope}, not for {stocktake.scope}"
            raise BadInput(field=field, problem=problem).at("input", field)
    if stocktake.moved_since is not None and stocktake.moved_since > work.now:
        raise BadInput(field="movedSince", problem="must be a past moment").at("input", "movedSince")


def _in_scope(work: Work, stocktake: NewStocktake) -> ColumnElement[bool]:
    balance = inventory.StockBalance
    if stocktake.scope is StocktakeScope.VARIANTS:
        return balance.variant_id.in_(_named(stocktake.variant_ids, "variantIds"))
    if stocktake.scope is StocktakeScope.BINS:
        return balance.bin_id.in_(_named(stocktake.bin_ids, "binIds"))
    if stocktake.scope is StocktakeScope.CATEGORY:
        if stocktake.category_id is None:
            raise BadInput(field="categoryId", problem="must be given").at("input", "categoryId")
        return catalogue.within_category(stocktake.category_id)
    if stocktake.scope is StocktakeScope.MOVING:
        if stocktake.moved_since is None:
            raise BadInput(field="movedSince", problem="must be given").at("input", "movedSince")
        return _moved(stocktake.moved_since)
    if stocktake.scope is StocktakeScope.VALUE_CLASS:
        return _of_class(stocktake.value_classes, inventory.today(work.now))
    return true()


def _named(ids: Sequence[Any], field: str) -> list[Any]:
    if not 1 <= len(ids) <= NAMED_MAX:
        raise BadInput(field=field, problem=f"must be 1 to {NAMED_MAX}").at("input", field)
    return sorted(set(ids))


CLASSES = text(inventory.VALUE_CLASSES).columns(column("variant_id", Uuid), column("value_class", String))


def _of_class(classes: Sequence[inventory.ValueClass], today: date) -> ColumnElement[bool]:
    """Say whether goods are of these classes, by what was sold until today (ABC 盘点)."""
    if not classes:
        raise BadInput(field="valueClasses", problem="must be given").at("input", "valueClasses")
    graded = CLASSES.bindparams(bindparam("today", today, type_=Date)).subquery("graded")
    return inventory.StockBalance.variant_id.in_(
        select(graded.c.variant_id).where(graded.c.value_class.in_([each.value for each in classes]))
    )


def _moved(since: datetime) -> ColumnElement[bool]:
    """Say whether something went into or out of this bin since (动盘)."""
    moved, balance = inventory.Movement, inventory.StockBalance
    same = (moved.variant_id == balance.variant_id, moved.warehouse_id == balance.warehouse_id)
    return exists().where(*same, moved.bin_id.is_not_distinct_from(balance.bin_id), moved.effective_at >= since)


async def held(work: Work, stocktake_id: StocktakeId) -> Stocktake:
    """Find a stocktake of the actor's scope and hold it."""
    found = await work.session.get(Stocktake, stocktake_id, with_for_update=True, populate_existing=True)
    if found is None or not sees_warehouse(work.actor, found.warehouse_id):
        raise NotFound(what="stocktake", which=str(stocktake_id)).at("input", "id")
    return found


def lines_of(stocktake_id: StocktakeId) -> Select[Any]:
    line = StocktakeLine
    return select(*line.__table__.columns).where(line.stocktake_id == stocktake_id).order_by(line.id)
