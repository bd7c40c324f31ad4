"""Writing stock down (存货跌价): what cannot fetch its cost any more is worth less, although nothing moved.

It is a posting of its own: defective goods come back at what they had cost, and are written down after that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.averages import FREE_OF_COST, NOTHING
from domain.inventory.books import Books
from domain.inventory.cost_methods import REASON_LENGTH_MAX, begin_change, nothing_of, write_change
from domain.inventory.models import CostChange, CostChangeKind, WarehouseId
from domain.inventory.places import open_place
from domain.kernel import BadInput, Money, Refusal, UnitPrice, Work, action, short_text

LINES_MAX = 500


class NotWorthMore(Refusal):
    """One is worth {average} there; {unit_value} would be no less."""

    variant_id: UUID
    average: UnitPrice
    unit_value: UnitPrice
    chinese = "当前单位成本为 {average}，减记后的 {unit_value} 不低于该值"


class CostFixed(Refusal):
    """This is costed at a fixed cost; set another one."""

    variant_id: UUID
    chinese = "该商品按固定成本核算，请重新设定固定成本"


@dataclass(frozen=True, kw_only=True)
class LowerValue:
    """What one of a variant is worth from now on, less than before."""

    variant_id: UUID
    unit_value: UnitPrice


@action
async def write_down_stock(
    work: Work, warehouse_id: WarehouseId, lines: Sequence[LowerValue], reason: str
) -> CostChange:
    """Write down what stock of a warehouse is worth; the loss is booked at once and nothing moves."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    await open_place(work, warehouse_id, "warehouseId")
    if not 1 <= len(lines) <= LINES_MAX or len({line.variant_id for line in lines}) != len(lines):
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}, each of another variant").at("input", "lines")
    books = await ledger.open_books(work, {(line.variant_id, warehouse_id) for line in lines})
    losses = [_loss(books, warehouse_id, line, index) for index, line in enumerate(lines)]
    change = begin_change(work, CostChangeKind.WRITTEN_DOWN, stated)
    await work.session.flush()
    moved = [
        books.revalue(nothing_of(line.variant_id, warehouse_id, number), -loss)
        for number, (line, loss) in enumerate(zip(lines, losses, strict=True), 1)
    ]
    await write_change(work, change, books, moved)
    return change


def _loss(books: Books, warehouse_id: WarehouseId, line: LowerValue, index: int) -> Money:
    """Say how much less what is there is worth; of the company's stock, what is there makes up a share."""
    key = (line.variant_id, warehouse_id)
    worth, there = books.worth(key), books.items[key].on_hand
    where = ("input", "lines", str(index))
    if worth.fixed is not None:
        raise CostFixed(variant_id=line.variant_id).at(*where, "variantId")
    if line.unit_value < UnitPrice(0):
        raise BadInput(field="unitValue", problem="must not be negative").at(*where, "unitValue")
    average = worth.average()
    if average is None or not there:
        raise BadInput(field="variantId", problem="is not in stock there").at(*where, "variantId")
    loss = worth.part(NOTHING, there) - line.unit_value * there
    if loss <= FREE_OF_COST:
        raise NotWorthMore(variant_id=line.variant_id, average=average, unit_value=line.unit_value).at(
            *where, "unitValue"
        )
    return loss
