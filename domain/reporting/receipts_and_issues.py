"""Receipts, issues and balances (进销存): what was there, what came, what went, what is left, by variant and warehouse.

Opening + in − out = closing, for each row, in quantity and in value. Each row looks up its own days and months, so a
page costs as much as its rows, however long the ledger is. Where the company is one cost scope, a warehouse opens and
closes with its share of what the company's stock is worth; what that gained or lost by itself came in or went out.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, case, cast, func, literal, or_, select, text, true, union_all
from sqlalchemy.sql.selectable import LateralFromClause

from domain import catalogue, inventory
from domain.inventory import MovementKind
from domain.kernel import Money, Ordering, Page, PageRequest, Quantity, Read, page
from domain.reporting.periods import Days, Span, StockScope, of_scope, with_goods

ITEM, MOVED = inventory.StockItem, inventory.Movement
IN_KINDS = {
    "received": MovementKind.RECEIPT,
    "returned": MovementKind.SALE_RETURN,
    "transferred_in": MovementKind.TRANSFER_IN,
}
OUT_KINDS = {"sold": MovementKind.SALE, "transferred_out": MovementKind.TRANSFER_OUT}
QUANTITIES = ("in_quantity", "out_quantity", *IN_KINDS, "other_in", *OUT_KINDS, "other_out")
VALUES = ("in_value", "out_value", "sold_value")
NOTHING = literal(Quantity(0), ITEM.on_hand.type)
WORTHLESS = literal(Money(0), MOVED.cost_amount.type)


async def receipts_and_issues(read: Read, scope: StockScope, days: Days, span: Span, request: PageRequest) -> Page:
    """Read one page of 进销存, by variant and warehouse and, if time is cut, by its parts in which something moved."""
    whole = await inventory.company_wide(read)
    statement, ordering = receipts_and_issues_of(read, scope, days, span, whole=whole)
    return await page(read, statement, ordering, request)


def receipts_and_issues_of(
    read: Read, scope: StockScope, days: Days, span: Span, *, whole: bool
) -> tuple[Select[Any], Ordering]:
    """Build the whole report and its order; `whole` says that the company is one cost scope."""
    days = days.checked() if span is not Span.MONTH else days.checked().whole_months()
    moved = _moved(days, span)
    before = inventory.there_before(_same, moved.c.period, "opening")
    quantity, value = func.coalesce(before.c.quantity, NOTHING), func.coalesce(before.c.value, WORTHLESS)
    sums = {name: func.coalesce(moved.c[name], NOTHING) for name in QUANTITIES}
    sums |= {name: func.coalesce(moved.c[name], WORTHLESS) for name in VALUES}
    rows = ITEM.__table__.join(moved, true()).join(before, true())
    if whole:
        rows, value = _shared(rows, moved, _end(moved, days, span), quantity, value, sums)
    columns: list[Any] = [
        ITEM.variant_id,
        ITEM.warehouse_id,
        catalogue.Variant.sku,
        catalogue.Product.name.label("product_name"),
        moved.c.period,
        quantity.label("opening_quantity"),
        value.label("opening_value"),
        *(each.label(name) for name, each in sums.items()),
        (quantity + sums["in_quantity"] - sums["out_quantity"]).label("closing_quantity"),
        (value + sums["in_value"] - sums["out_value"]).label("closing_value"),
    ]
    statement = select(*columns).select_from(with_goods(rows, ITEM))
    statement = statement.where(or_(moved.c.in_quantity.is_not(None), before.c.quantity != NOTHING))
    ordering = Ordering(
        name=f"receipts-and-issues.{span}",
        columns=(ITEM.variant_id, ITEM.warehouse_id, moved.c.period),
        keys=("variant_id", "warehouse_id", "period"),
        parsers=(UUID, UUID, date.fromisoformat),
    )
    return of_scope(statement, read.actor, scope, ITEM), ordering


def _end(moved: Any, days: Days, span: Span) -> Any:
    """Say on which day the next part of the period begins."""
    if span is Span.WHOLE:
        return literal(days.end, Date)
    return cast(moved.c.period + text("interval '1 month'" if span is Span.MONTH else "interval '1 day'"), Date)


def _shared(rows: Any, moved: Any, end: Any, quantity: Any, value: Any, sums: dict[str, Any]) -> tuple[Any, Any]:
    """Let a valued place open and close with its share: what it gained or lost apart from movements is in or out."""
    key, valued = (ITEM.variant_id, ITEM.warehouse_id), ITEM.warehouse_id.in_(inventory.VALUED_PLACES)
    first, last = inventory.company_at(*key, moved.c.period, name="first"), inventory.company_at(*key, end, name="last")
    closing = quantity + sums["in_quantity"] - sums["out_quantity"]
    opens, closes = (
        func.coalesce(inventory.share(each.c.value, each.c.quantity, each.c.before, there), WORTHLESS)
        for each, there in ((first, quantity), (last, closing))
    )
    gained = case((valued, closes - opens - sums["in_value"] + sums["out_value"]), else_=WORTHLESS)
    sums["in_value"] = sums["in_value"] + func.greatest(gained, WORTHLESS)
    sums["out_value"] = sums["out_value"] - func.least(gained, WORTHLESS)
    return rows.join(first, true()).join(last, true()), case((valued, opens), else_=value)


def _same(table: Any) -> list[ColumnElement[bool]]:
    return [table.variant_id == ITEM.variant_id, table.warehouse_id == ITEM.warehouse_id]


def _moved(days: Days, span: Span) -> LateralFromClause:
    """Add up what moved in each part of the period: what is summed by day or month, and what nobody has summed yet."""
    parts = union_all(_summed(days, span), _fresh(days, span)).subquery("parts")
    period = literal(days.first, Date) if span is Span.WHOLE else parts.c.period
    of_kind = [
        *(func.sum(parts.c.in_quantity).filter(parts.c.kind == kind).label(name) for name, kind in IN_KINDS.items()),
        *(func.sum(parts.c.out_quantity).filter(parts.c.kind == kind).label(name) for name, kind in OUT_KINDS.items()),
        func.sum(parts.c.in_quantity).filter(parts.c.kind.not_in(IN_KINDS.values())).label("other_in"),
        func.sum(parts.c.out_quantity).filter(parts.c.kind.not_in(OUT_KINDS.values())).label("other_out"),
        func.sum(parts.c.out_amount).filter(parts.c.kind == MovementKind.SALE).label("sold_value"),
    ]
    moved: Select[Any] = select(
        period.label("period"),
        func.sum(parts.c.in_quantity).label("in_quantity"),
        func.sum(parts.c.out_quantity).label("out_quantity"),
        func.sum(parts.c.in_amount).label("in_value"),
        func.sum(parts.c.out_amount).label("out_value"),
        *of_kind,
    )
    return (moved if span is Span.WHOLE else moved.group_by(parts.c.period)).lateral("moved")


def _summed(days: Days, span: Span) -> Select[Any]:
    table: Any = inventory.StockMonth if span is Span.MONTH else inventory.StockDay
    begins = table.month if span is Span.MONTH else table.day
    sums = (table.in_quantity, table.out_quantity, table.in_amount, table.out_amount)
    summed: Select[Any] = select(begins.label("period"), table.kind, *sums)
    return summed.where(*_same(table), begins >= days.first, begins < days.end).correlate(ITEM)


def _fresh(days: Days, span: Span) -> Select[Any]:
    day = inventory.day_of(MOVED.effective_at)
    came = inventory.came(MOVED)
    period = inventory.month_of(day) if span is Span.MONTH else day
    fresh: Select[Any] = select(
        period,
        MOVED.kind,
        case((came, MOVED.quantity), else_=NOTHING),
        case((came, NOTHING), else_=-MOVED.quantity),
        case((came, MOVED.cost_amount), else_=WORTHLESS),
        case((came, WORTHLESS), else_=-MOVED.cost_amount),
    )
    return fresh.correlate(ITEM).where(
        *_same(MOVED),
        inventory.crosses(MOVED),
        MOVED.position > inventory.SUMMED_TO,
        MOVED.effective_at >= inventory.start_of(literal(days.first, Date)),
        MOVED.effective_at < inventory.start_of(literal(days.end, Date)),
    )
