"""Warehouse choice (选仓): the warehouse that leaves the least value short serves the whole order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from domain.inventory.averages import NOTHING
from domain.inventory.models import WarehouseId
from domain.kernel import Quantity, UnitPrice

PRICE_MIN = Decimal("0.0001")
"""Gifts cost nothing and are still better sent than missing."""


@dataclass(frozen=True, slots=True)
class WantedLine:
    """What one order line needs, and what the buyer pays for one."""

    order_line_id: UUID
    variant_id: UUID
    quantity: Quantity
    unit_price: UnitPrice


@dataclass(frozen=True, slots=True)
class ShortLine:
    """An order line for which too little is free."""

    order_line_id: UUID
    variant_id: UUID
    wanted: Quantity
    available: Quantity


@dataclass(frozen=True, slots=True)
class Choice:
    """The warehouse chosen (none if there is none), the negative value it leaves short, which lines, and all scores."""

    warehouse_id: WarehouseId | None
    score: Decimal
    short: tuple[ShortLine, ...]
    scores: tuple[tuple[UUID, Decimal], ...] = ()


Free = Mapping[tuple[UUID, UUID], Quantity]


def choose_warehouse(free: Free, warehouses: Sequence[UUID], lines: Sequence[WantedLine]) -> Choice:
    """Choose the warehouse with the least value short; among equals the first. Says the scores of all."""
    tried = [rated(free, each, lines) for each in warehouses or (None,)]
    scores = tuple((each.warehouse_id, each.score) for each in tried if each.warehouse_id is not None)
    return replace(max(tried, key=lambda choice: choice.score), scores=scores)


def rated(free: Free, warehouse_id: UUID | None, lines: Sequence[WantedLine]) -> Choice:
    """Say what a warehouse would leave short; lines of one variant use it up one after the other."""
    score, short, left = Decimal(0), [], dict[UUID, Quantity]()
    for line in lines:
        there = left.get(line.variant_id)
        if there is None:
            there = free.get((line.variant_id, warehouse_id), NOTHING) if warehouse_id else NOTHING
        left[line.variant_id] = max(there - line.quantity, NOTHING)
        if line.quantity > there:
            score += (there - line.quantity).value * max(line.unit_price.value, PRICE_MIN)
            short.append(ShortLine(line.order_line_id, line.variant_id, line.quantity, there))
    return Choice(WarehouseId(warehouse_id) if warehouse_id else None, score, tuple(short))
