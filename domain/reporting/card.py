"""The stock card (商品账页): every movement of a variant in a warehouse with what was there after it, and at what cost.

It is the answer to "why does this cost so much": each line states the average before and after, and what it paid or
took. The order is that of effect, so a movement posted later for an earlier day stands where it belongs. Where the
company is one cost scope the average is the company's, and what is there is worth its share by quantity.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, case, func, literal, select, true, tuple_, union_all

from domain import catalogue, inventory
from domain.kernel import Ordering, Page, PageRequest, Quantity, Read, UnitPrice, page, visible
from domain.reporting.periods import Days

MOVED = inventory.Movement
IN_ORDER = Ordering(
    name="stock-card",
    columns=(MOVED.effective_at, MOVED.position),
    keys=("effective_at", "position"),
    parsers=(datetime.fromisoformat, int),
)


class CostEffect(StrEnum):
    """What a movement does to the average cost."""

    ENTERS_AT_ITS_PRICE = "ENTERS_AT_ITS_PRICE"
    LEAVES_AT_AVERAGE = "LEAVES_AT_AVERAGE"
    REVALUES = "REVALUES"


@dataclass(frozen=True)
class CardLine:
    """A movement with the stock before and after it, and the worth of its cost scope, which may be the company."""

    movement: Any
    before: inventory.Worth
    after: inventory.Worth
    scope_before: inventory.Worth
    scope_after: inventory.Worth

    def __getattr__(self, name: str) -> Any:
        return getattr(self.movement, name)

    @property
    def quantity_after(self) -> Quantity:
        return self.after.quantity

    @property
    def effect(self) -> CostEffect:
        if not self.movement.quantity:
            return CostEffect.REVALUES
        return CostEffect.ENTERS_AT_ITS_PRICE if self.movement.quantity > Quantity(0) else CostEffect.LEAVES_AT_AVERAGE

    @property
    def unit_cost(self) -> UnitPrice | None:
        """What one cost; a change of value alone has no unit."""
        if not self.movement.quantity:
            return None
        return UnitPrice.rounded(self.movement.cost_amount.value / self.movement.quantity.value)


@dataclass(frozen=True, kw_only=True)
class CardOf:
    """Whose card, and which days of it."""

    variant_id: UUID
    warehouse_id: UUID
    days: Days | None = None


def card_columns() -> tuple[Any, ...]:
    """List what a line of a card shows of a movement, with its paper by kind."""
    papers = (("paper_id", inventory.StockDocument), ("change_id", inventory.CostChange))
    named = [case((MOVED.document_type == kind.__name__, MOVED.document_id)).label(name) for name, kind in papers]
    return (*MOVED.__table__.columns, *named, catalogue.Variant.sku)


def with_variant(statement: Select[Any]) -> Select[Any]:
    return statement.join(catalogue.Variant, catalogue.Variant.id == MOVED.variant_id)


def card_of(read: Read, card: CardOf, *, whole: bool) -> tuple[Select[Any], Ordering]:
    """Build the movements of a card, and their order, that of their effect; `whole`: the cost is the company's."""
    statement = with_variant(select(*card_columns())).where(
        MOVED.variant_id == card.variant_id, MOVED.warehouse_id == card.warehouse_id, inventory.crosses(MOVED)
    )
    if card.days is not None:
        days = card.days.checked()
        statement = statement.where(
            MOVED.effective_at >= inventory.start_of(literal(days.first, Date)),
            MOVED.effective_at < inventory.start_of(literal(days.end, Date)),
        )
    seen = visible(statement, read.actor, warehouse=MOVED.warehouse_id)
    return _with_company(seen) if whole else (seen, IN_ORDER)


def _with_company(statement: Select[Any]) -> tuple[Select[Any], Ordering]:
    """Add what the company had after each movement, what that was worth, and how much was in the places before."""
    line = statement.subquery("line")
    until: ColumnElement[bool] = tuple_(MOVED.effective_at, MOVED.position) <= tuple_(
        line.c.effective_at, line.c.position
    )
    key = (line.c.variant_id, line.c.warehouse_id)
    company = inventory.company_at(*key, inventory.day_of(line.c.effective_at), until)
    added = [company.c[name].label(f"company_{name}") for name in ("quantity", "value", "before")]
    columns = (line.c.effective_at, line.c.position)
    return select(line, *added).join(company, true()), dataclasses.replace(IN_ORDER, columns=columns)


async def stock_card(read: Read, card: CardOf, request: PageRequest) -> Page:
    """Read one page of a stock card, the earliest movement first."""
    whole = await inventory.in_company(read, card.warehouse_id)
    statement, ordering = card_of(read, card, whole=whole)
    found = await page(read, statement, ordering, request)
    before = await worth_before(read, found.rows[0]) if found.rows else inventory.Worth()
    return dataclasses.replace(found, rows=lines_after(before, found.rows))


def lines_after(worth: inventory.Worth, movements: Sequence[Any]) -> list[CardLine]:
    """Add movement after movement to what was there."""
    lines = []
    for each in movements:
        after = inventory.Worth(worth.quantity + each.quantity, worth.value + each.cost_amount)
        lines.append(_in_company(each, worth, after) if hasattr(each, "company_value") else _alone(each, worth, after))
        worth = after
    return lines


def _alone(movement: Any, before: inventory.Worth, after: inventory.Worth) -> CardLine:
    return CardLine(movement, before, after, before, after)


def _in_company(movement: Any, before: inventory.Worth, after: inventory.Worth) -> CardLine:
    """Tell the place its share, cut as everywhere; `before` and `after` know its quantities."""
    company = inventory.Worth(movement.company_quantity, movement.company_value)
    shown = inventory.Worth(after.quantity, company.part(movement.company_before, after.quantity))
    return CardLine(movement, before, shown, company.after_issue(movement.quantity, movement.cost_amount), company)


async def worth_before(read: Read, movement: Any) -> inventory.Worth:
    """Say what was there just before a movement took effect, and what it was worth."""
    same = inventory.same_stock(movement.variant_id, movement.warehouse_id)
    earlier: ColumnElement[bool] = tuple_(MOVED.effective_at, MOVED.position) < tuple_(
        literal(movement.effective_at, MOVED.effective_at.type), literal(movement.position, MOVED.position.type)
    )
    day = literal(inventory.today(movement.effective_at), Date)
    return await _worth(read, inventory.pieces(same, day, earlier))


async def worth_on(read: Read, card: CardOf, day: date) -> inventory.Worth:
    """Say what was there as a day began, and what it was worth."""
    same = inventory.same_stock(card.variant_id, card.warehouse_id)
    return await _worth(read, inventory.pieces(same, literal(day, Date)))


async def _worth(read: Read, pieces: list[Select[Any]]) -> inventory.Worth:
    part = union_all(*pieces).subquery("part")
    total = select(func.sum(part.c.quantity).label("quantity"), func.sum(part.c.value).label("value"))
    found = await read.one(total)
    return (
        inventory.Worth() if found is None or found.quantity is None else inventory.Worth(found.quantity, found.value)
    )
