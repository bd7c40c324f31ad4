"""Stock at a past moment (时点库存): whole months, the days of one month, the hours of one day, and the rest.

The rest are the rows nobody has added up yet. Everything is read by one statement, so that what was added up and what
was not are seen at the same moment. A day is a day of the company (UTC+8).
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Select, and_, cast, func, literal, or_, select, text, union_all

from domain.inventory.lots import today
from domain.inventory.models import Movement
from domain.inventory.sums import StockDay, StockMonth, StockSumming
from domain.kernel import Money, Quantity

Same = Callable[[Any], list[ColumnElement[bool]]]
"""Which rows of a table (the ledger, its days, its months) are asked about."""

SUMMED_TO: ColumnElement[int] = select(StockSumming.summed_to).scalar_subquery()
OFFSET = text("interval '8 hours'")


def day_of(moment: Any) -> ColumnElement[date]:
    """Say on which day of the company a moment falls."""
    return cast(moment.op("AT TIME ZONE")(OFFSET), Date)


def start_of(day: Any) -> ColumnElement[datetime]:
    """Say when a day of the company begins."""
    return cast(day, DateTime(timezone=False)).op("AT TIME ZONE", return_type=DateTime(timezone=True))(OFFSET)


def month_of(day: Any) -> ColumnElement[date]:
    return cast(func.date_trunc("month", cast(day, DateTime(timezone=False))), Date)


def same_stock(variant_id: Any, warehouse_id: Any) -> Same:
    """Ask about one variant in one warehouse, which may be columns of a statement around."""
    return lambda table: [table.variant_id == variant_id, table.warehouse_id == warehouse_id]


def crosses(table: Any) -> ColumnElement[bool]:
    """Leave out what only moves within a warehouse: as much comes in as goes out, at no cost."""
    apart: ColumnElement[bool] = table.counterpart_id != table.warehouse_id
    return apart


def _net(table: Any) -> tuple[Any, Any]:
    return (
        (table.in_quantity - table.out_quantity).label("quantity"),
        (table.in_amount - table.out_amount).label("value"),
    )


def pieces(
    same: Same, day: Any, until: ColumnElement[bool] | None = None, summed_to: Any = SUMMED_TO, *keys: str
) -> list[Select[Any]]:
    """List what adds up to the stock before a day began, or with `until` to a moment of that day.

    `keys` are columns that all tables of the ledger have, and that the pieces shall show.
    """
    moved = (Movement.quantity.label("quantity"), Movement.cost_amount.label("value"))
    named = {table: [getattr(table, each) for each in keys] for table in (StockMonth, StockDay, Movement)}
    before = Movement.effective_at < start_of(day) if until is None else until
    months = select(*named[StockMonth], *_net(StockMonth)).where(*same(StockMonth), StockMonth.month < month_of(day))
    days = select(*named[StockDay], *_net(StockDay)).where(
        *same(StockDay), StockDay.day >= month_of(day), StockDay.day < day
    )
    rest = select(*named[Movement], *moved).where(
        *same(Movement), crosses(Movement), Movement.position > summed_to, before
    )
    # Each piece looks at its own table only; all else belongs to the statement around.
    months, days = months.correlate_except(StockMonth), days.correlate_except(StockDay)
    rest = rest.correlate_except(Movement, StockSumming)
    if until is None:
        return [months, days, rest]
    hours = select(*named[Movement], *moved).where(
        *same(Movement),
        crosses(Movement),
        Movement.position <= summed_to,
        Movement.effective_at >= start_of(day),
        until,
    )
    return [months, days, hours.correlate_except(Movement, StockSumming), rest]


def there_before(same: Same, day: Any, name: str = "there") -> Any:
    """Add up stock and its value as a day began, beside each row of the statement around; null: never any."""
    return _added(pieces(same, day), name)


def there_at(same: Same, moment: datetime, name: str = "there") -> Any:
    """Add up stock and its value as of a moment, beside each row of the statement around; null: never any."""
    return _added(pieces(same, literal(today(moment), Date), Movement.effective_at <= moment), name)


def _added(parts: list[Select[Any]], name: str) -> Any:
    part = union_all(*parts).subquery(f"{name}_parts")
    total = select(func.sum(part.c.quantity).label("quantity"), func.sum(part.c.value).label("value"))
    return total.lateral(name)


def came(table: Any) -> ColumnElement[bool]:
    """Tell what came in from what went out; a change of value alone goes by its sign."""
    nothing, worthless = literal(Quantity(0), table.quantity.type), literal(Money(0), table.cost_amount.type)
    return or_(table.quantity > nothing, and_(table.quantity == nothing, table.cost_amount > worthless))
