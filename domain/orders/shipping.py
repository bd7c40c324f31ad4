"""What shipping does to an order (订单发货): a reviewed order without holds leaves, at most what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel import BadInput, Quantity, Refusal, Work
from domain.orders import blocking, loading, reminders
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import TO_SHIP, OrderStatus
from domain.orders.models import Order, OrderLine


class NothingToShip(Refusal):
    """Nothing of order {number} is left to ship."""

    number: str
    chinese = "订单 {number} 没有可发货的商品"


@dataclass(frozen=True)
class ToShip:
    """An order that may be shipped, locked, with the lines that are still open and how much of each."""

    order: Order
    lines: tuple[OrderLine, ...]

    def open_quantities(self) -> dict[UUID, Quantity]:
        return {each.id: open_of(each) for each in self.lines}


def open_of(line: OrderLine) -> Quantity:
    """Say how much of a line is neither shipped nor cancelled."""
    return max(line.quantity, NOTHING) - line.shipped_quantity - line.cancelled_quantity


async def lines_to_ship(work: Work, order_id: UUID) -> ToShip:
    """Lock an order for shipping: it is reviewed, and nothing holds it back."""
    order = await loading.order_for_change(work, order_id, by_anyone=True)
    loading.needs_state(order, TO_SHIP)
    await blocking.refuse_blocked(work, order)
    lines = await loading.lines_for_change(work, order)
    return ToShip(order, tuple(each for each in lines if each.variant_id is not None and open_of(each) > NOTHING))


async def note_shipment(work: Work, order_id: UUID, shipped: Mapping[UUID, Quantity], at: datetime) -> Order:
    """Note what left of an order: it is shipped when nothing is open any more, else partly."""
    found = await lines_to_ship(work, order_id)
    open_lines: dict[UUID, OrderLine] = {each.id: each for each in found.lines}
    if not shipped:
        raise BadInput(field="lines", problem="nothing is shipped").at("input", "lines")
    for line_id, quantity in shipped.items():
        _ship(open_lines.get(line_id), quantity)
    rest = any(open_of(each) > NOTHING for each in found.lines)
    status = OrderStatus.PARTLY_SHIPPED if rest else OrderStatus.SHIPPED
    if found.order.status is status:
        loading.touch(work, found.order)
    else:
        loading.become(work, found.order, status)
    found.order.shipped_at = at
    if not rest:
        await reminders.stop_reminding(work, [found.order.id])
    return found.order


def _ship(line: OrderLine | None, quantity: Quantity) -> None:
    if line is None:
        raise BadInput(field="lines", problem="is not an open line of this order").at("input", "lines")
    if not NOTHING < quantity <= open_of(line):
        problem = f"{quantity} of {line.title} cannot be shipped, {open_of(line)} is open"
        raise BadInput(field="quantity", problem=problem).at("input", "lines", str(line.position), "quantity")
    line.shipped_quantity = line.shipped_quantity + quantity


async def note_all_delivered(work: Work, order_id: UUID) -> None:
    """Note that the buyer has all of an order; one of which something has yet to leave stays as it is."""
    order = await loading.order_for_change(work, order_id, by_anyone=True)
    if order.status is OrderStatus.SHIPPED:
        loading.become(work, order, OrderStatus.DELIVERED)
