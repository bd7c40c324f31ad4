"""What the stock of a place is worth where the company is one cost scope (库存金额分摊): its share by quantity.

A movement costs the company's average of its moment, so the sum of the movements of one place drifts from what its
stock is worth: goods that came in dear here went out at the average there. A place is therefore told the share of the
company's value that its quantity makes up. Shares are cut in the order of the places' ids, so they add up to the cent.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, Select, and_, case, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import aliased

from domain.inventory.averages import FREE_OF_COST, NOTHING
from domain.inventory.lots import today
from domain.inventory.models import COMPANY, Movement, StockCost, StockItem, Warehouse
from domain.inventory.moments import SUMMED_TO, pieces

_place, _other = aliased(Warehouse, name="valued_place"), aliased(StockItem, name="other_item")
VALUED_PLACES: Select[Any] = select(_place.id).where(_place.valued)
"""The places that make up the company's cost scope."""

Whole = aliased(StockCost, name="company_cost")
WHOLE_OF_ITEM = and_(Whole.variant_id == StockItem.variant_id, Whole.scope_id == COMPANY)
_BEFORE_ITEM = (
    select(func.coalesce(func.sum(_other.on_hand), literal(NOTHING, StockItem.on_hand.type)))
    .where(_other.variant_id == StockItem.variant_id, _other.warehouse_id < StockItem.warehouse_id)
    .where(_other.warehouse_id.in_(VALUED_PLACES))
    .correlate(StockItem)
    .scalar_subquery()
)


def share(value: Any, quantity: Any, before: Any, here: Any) -> ColumnElement[Any]:
    """Cut off what is here, after what is in the places before; nothing is worth nothing."""
    worth, whole, first, much = (type_coerce(each, Numeric) for each in (value, quantity, before, here))
    cut = func.round(worth * (first + much) / whole, 2) - func.round(worth * first / whole, 2)
    return case(
        (type_coerce(quantity, Numeric).is_(None), None),
        (whole == literal(0, Numeric), literal(FREE_OF_COST, Movement.cost_amount.type)),
        else_=type_coerce(cut, Movement.cost_amount.type),
    )


SHARE_OF_ITEM = share(Whole.value, Whole.quantity, _BEFORE_ITEM, StockItem.on_hand)
"""What a stock item is worth now where the company is one cost scope; null where it is not."""


def company_at(variant_id: Any, warehouse_id: Any, day: Any, until: Any = None, name: str = "company") -> Any:
    """Add up all the company's valued stock of a variant as a day began, or with `until` to a moment of that day.

    Beside each row of the statement around: its quantity and value, and how much was in the places before this one.
    """
    parts = union_all(
        *pieces(
            lambda table: [table.variant_id == variant_id, table.warehouse_id.in_(VALUED_PLACES)],
            day,
            until,
            SUMMED_TO,
            "warehouse_id",
        )
    ).subquery(f"{name}_parts")
    there = parts.c.quantity
    total = select(
        func.sum(there).label("quantity"),
        func.sum(parts.c.value).label("value"),
        func.coalesce(
            func.sum(there).filter(parts.c.warehouse_id < warehouse_id), literal(NOTHING, StockItem.on_hand.type)
        ).label("before"),
    )
    return total.correlate_except(parts).lateral(name)


def company_then(variant_id: Any, warehouse_id: Any, moment: datetime) -> Any:
    """Add up the same as of a moment."""
    return company_at(variant_id, warehouse_id, literal(today(moment), Date), Movement.effective_at <= moment)


def shared_out(there: Any) -> Select[Any]:
    """Share the value of each variant out over its valued places; `there` says variant, warehouse, quantity, value."""
    by: dict[str, Any] = {"partition_by": (there.c.variant_id, _place.valued)}
    upto = func.sum(there.c.quantity, type_=there.c.quantity.type).over(**by, order_by=there.c.warehouse_id)
    whole, worth = func.sum(there.c.quantity).over(**by), func.sum(there.c.value).over(**by)
    cut = share(worth, whole, upto - there.c.quantity, there.c.quantity)
    return select(
        there.c.variant_id,
        there.c.warehouse_id,
        there.c.quantity,
        case((_place.valued, cut), else_=there.c.value).label("value"),
    ).join(_place, _place.id == there.c.warehouse_id)
