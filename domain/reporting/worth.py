"""What stock is worth at any moment (时点库存金额): by warehouse, category or brand, from months, days and the rest.

Where the company is one cost scope, a warehouse is worth its share of that; see `domain/inventory/shares.py`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Uuid, func, literal, null, select, union_all

from domain import catalogue, inventory
from domain.kernel import Ordering, Page, PageRequest, Read, page
from domain.reporting.periods import StockScope, of_scope, with_goods

NOBODY = UUID(int=0)
"""Stands for goods without a category or brand, so that the order is total."""


class WorthBy(StrEnum):
    """By what the worth of stock is told apart."""

    WAREHOUSE = "WAREHOUSE"
    CATEGORY = "CATEGORY"
    BRAND = "BRAND"


async def stock_worth(
    read: Read, scope: StockScope, by: WorthBy, request: PageRequest, as_of: datetime | None = None
) -> Page:
    """Read what the stock in scope is worth, now or as of a moment."""
    whole = await inventory.company_wide(read)
    statement, ordering = stock_worth_of(read, scope, by, as_of, whole=whole)
    return await page(read, statement, ordering, request)


def stock_worth_of(
    read: Read, scope: StockScope, by: WorthBy, as_of: datetime | None, *, whole: bool
) -> tuple[Select[Any], Ordering]:
    """Build the whole report and its order; `whole` says that the company is one cost scope."""
    part = _now(whole) if as_of is None else _at(as_of, whole)
    goods: Select[Any] = select(_key(by, part).label("key"), part.c.variant_id, part.c.quantity, part.c.value)
    told = of_scope(goods.select_from(with_goods(part, part.c)), read.actor, scope, part.c).subquery("told")
    quantity, value = func.sum(told.c.quantity), func.sum(told.c.value)
    grouped = (
        select(told.c.key, quantity.label("quantity"), value.label("value")).group_by(told.c.key).subquery("worth")
    )
    shown = select(func.coalesce(grouped.c.key, literal(NOBODY, Uuid)).label("key"), *list(grouped.c)[1:]).subquery(
        "shown"
    )
    named = [
        (func.nullif(shown.c.key, literal(NOBODY, Uuid)) if each is by else null()).label(f"{each.lower()}_id")
        for each in WorthBy
    ]
    ordering = Ordering(name=f"stock-worth.{by}", columns=(shown.c.key,), keys=("key",), parsers=(UUID,))
    return select(*shown.c, *named), ordering


def _key(by: WorthBy, part: Any) -> Any:
    if by is WorthBy.WAREHOUSE:
        return part.c.warehouse_id
    return catalogue.Product.category_id if by is WorthBy.CATEGORY else catalogue.Product.brand_id


def _now(whole: bool) -> Any:
    cost = inventory.StockCost
    if whole:
        levels = inventory.levels_at(None).subquery("levels").c
        return select(levels.variant_id, levels.warehouse_id, levels.on_hand.label("quantity"), levels.value).subquery(
            "part"
        )
    return select(cost.variant_id, cost.scope_id.label("warehouse_id"), cost.quantity, cost.value).subquery("part")


def _at(moment: datetime, whole: bool) -> Any:
    """Add up for all stock at once; the function tells the planner how few rows are not added up yet."""
    until = inventory.Movement.effective_at <= moment
    day = literal(inventory.today(moment), Date)
    parts = inventory.pieces(lambda _: [], day, until, func.stock_summed_to(), "variant_id", "warehouse_id")
    moved = union_all(*parts).subquery("part")
    if not whole:
        return moved
    place, sums = (moved.c.variant_id, moved.c.warehouse_id), (moved.c.quantity, moved.c.value)
    there = select(*place, *(func.sum(each).label(each.name) for each in sums)).group_by(*place).subquery("there")
    return inventory.shared_out(there).subquery("shared")
