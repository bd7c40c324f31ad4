"""The stock card (商品账页): every movement of a variant in a warehouse with what was there after it, and at what cost.

It is the answer to "why does this cost so much": each line states the average before and after, and what it paid or
took. The order is that of effect, so a movement posted later for an earlier day stands where it belongs.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, case, func, literal, select, tuple_, union_all

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
    """A movement with the stock and its worth before and after it."""

    movement: Any
    before: inventory.Worth
    after: inventory.Worth

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


def card_of(read: Read, card: CardOf) -> Select[Any]:
    """Build the movements of a card, in the order of their effect."""
    statement = with_variant(select(*card_columns())).where(
        MOVED.variant_id == card.variant_id, MOVED.warehouse_id == card.warehouse_id, inventory.crosses(MOVED)
    )
    if card.days is not None:
        days = card.days.checked()
        statement = statement.where(
            MOVED.effective_at >= inventory.start_of(literal(days.first, Date)),
            MOVED.effective_at < inventory.start_of(literal(days.end, Date)),
        )
    return visible(statement, read.actor, warehouse=MOVED.warehouse_id)


async def stock_card(read: Read, card: CardOf, request: PageRequest) -> Page:
    """Read one page of a stock card, the earliest movement first."""
    found = await page(read, card_of(read, card), IN_ORDER, request)
    before = await worth_before(read, found.rows[0]) if found.rows else inventory.Worth()
    return dataclasses.replace(found, rows=lines_after(before, found.rows))


def lines_after(worth: inventory.Worth, movements: Sequence[Any]) -> list[CardLine]:
    """Add movement after movement to what was there."""
    lines = []
    for each in movements:
        after = inventory.Worth(worth.quantity + each.quantity, worth.value + each.cost_amount)
        lines.append(CardLine(each, worth, after))
        worth = after
    return lines


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
