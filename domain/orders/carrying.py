"""Who carries an order (选快递): decided with its warehouse, from the rules of shipping; or said by a person.

An order nobody can carry waits (`ADDRESS_UNREACHABLE`). What a person said stays until a person says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain import shipping
from domain.inventory import Candidates, Choice
from domain.kernel import BadInput, Tried, Work, action
from domain.orders import decisions, holding, loading
from domain.orders.batches import table_of
from domain.orders.claiming import Claimed
from domain.orders.decisions import Decision
from domain.orders.grounds import Grounds, Row, read_grounds
from domain.orders.holds import EVIDENCE_LENGTH_MAX
from domain.orders.lifecycle import WAITING, OrderStatus
from domain.orders.models import DecisionKind, HoldReason, Order, OrderLine
from domain.shipping import CarrierChoice

CARRIED_IN = (*WAITING, OrderStatus.REVIEWED)
"""Once it is released to a warehouse, the parcel may have its waybill."""
UNREACHABLE = HoldReason.ADDRESS_UNREACHABLE
HEAD = tuple(each.key for each in table_of(Order).c)
LINE = tuple(each.key for each in table_of(OrderLine).c)


def as_row(of: Order | OrderLine) -> Row:
    """Give an order or a line as decisions read them."""
    return {key: getattr(of, key) for key in (HEAD if isinstance(of, Order) else LINE)}


def carriers_of(
    grounds: Grounds,
    heads: Mapping[UUID, Row],
    lines: Mapping[UUID, Sequence[Row]],
    found: Mapping[UUID, Candidates],
    claimed: Mapping[UUID, Claimed],
) -> dict[UUID, CarrierChoice]:
    """Choose the carriers of waiting orders, but for those a person chose; without stock, as from the first choice."""
    chosen = {}
    for order_id, head in heads.items():
        if head["status"] not in WAITING or head.get("carrier_set_by"):
            continue
        own = claimed[order_id].warehouse_id if order_id in claimed else head.get("warehouse_id")
        first = next(iter(found[order_id].warehouses), None)
        chosen[order_id] = grounds.carrier(head, lines[order_id], own or first)
    return chosen


def unreachable(choice: CarrierChoice | None) -> dict[HoldReason, str]:
    """Say that an order must wait because nobody carries it, with what each carrier said."""
    evidence = decisions.unreachable(choice) if choice is not None else ""
    return {UNREACHABLE: evidence[:EVIDENCE_LENGTH_MAX]} if evidence else {}


def explained(
    grounds: Grounds,
    found: Mapping[UUID, Candidates],
    claimed: Mapping[UUID, Claimed],
    carried: Mapping[UUID, CarrierChoice],
) -> list[Decision]:
    """Say of many orders why these warehouses and these carriers."""
    said = [
        decisions.of_warehouse(grounds, order_id, found[order_id], each.scores, each.warehouse_id)
        for order_id, each in claimed.items()
    ]
    return said + [decisions.of_carrier(order_id, each) for order_id, each in carried.items()]


async def settle_unreachable(work: Work, carried: Mapping[UUID, CarrierChoice]) -> None:
    """Hold the orders nobody can carry, and let those go that somebody can."""
    blocked = {order_id: held for order_id, each in carried.items() if (held := unreachable(each))}
    await holding.open_holds(work, blocked)
    await holding.release_holds(work, [each for each in carried if each not in blocked], [UNREACHABLE])


@dataclass(frozen=True)
class Sending:
    """What one order needs to be sent: the grounds, its candidates, and the carrier as far as it is known."""

    grounds: Grounds
    lines: Sequence[Row]
    found: Candidates

    def among(self, warehouses: Sequence[UUID], *, by_hand: bool) -> "Sending":
        """Narrow the candidates to those the actor may use or asked for."""
        said = Tried("a person chose the warehouse", self.grounds.code_of(warehouses[0]), won=True) if by_hand else None
        tried = (said,) if said is not None else self.found.tried
        return replace(self, found=Candidates(tuple(warehouses), tried))


async def prepare(work: Work, order: Order, lines: Sequence[Row]) -> Sending:
    """Read what decides about one order, before its stock is held; with one warehouse the head is complete then."""
    head = as_row(order)
    grounds = await read_grounds(work, [head], lines)
    found = grounds.candidates(head, lines)
    if order.carrier_set_by is None and order.carrier_code is None:
        order.carrier_code = grounds.carrier(head, lines, next(iter(found.warehouses), None)).carrier_code
    return Sending(grounds, lines, found)


async def settle(work: Work, order: Order, sending: Sending, choice: Choice) -> None:
    """Note the warehouse that was chosen and the carrier from there, and why; the caller writes the order."""
    said, blocked = decide(order, sending, choice)
    await holding.open_holds(work, {order.id: blocked})
    await decisions.write_decisions(work, said, first=order.version == 1)


def decide(order: Order, sending: Sending, choice: Choice) -> tuple[list[Decision], dict[HoldReason, str]]:
    """Set the warehouse that was chosen and the carrier from there; says why, and why it waits if nobody goes there."""
    order.warehouse_id, blocked = choice.warehouse_id, dict[HoldReason, str]()
    said = [decisions.of_warehouse(sending.grounds, order.id, sending.found, choice.scores, choice.warehouse_id)]
    if order.carrier_set_by is None:
        carried = sending.grounds.carrier(as_row(order), sending.lines, choice.warehouse_id)
        order.carrier_code = carried.carrier_code
        said.append(decisions.of_carrier(order.id, carried))
        blocked = unreachable(carried)
    return said, blocked


@action
async def choose_order_carrier(work: Work, order_id: UUID, expected_version: int | None = None) -> Order:
    """Let the rules choose the carrier of an order anew, also if a person had chosen one."""
    order = await _order_to_carry(work, order_id, expected_version)
    order.carrier_set_by = None
    await carry_again(work, order)
    loading.touch(work, order)
    return order


async def carry_again(work: Work, order: Order) -> None:
    """Choose the carrier of an order anew after it changed, unless a person chose it or its parcel is being made."""
    if order.status not in CARRIED_IN or order.carrier_set_by is not None:
        return
    lines = [as_row(each) for each in await loading.lines_for_change(work, order)]
    grounds = await read_grounds(work, [as_row(order)], lines)
    choice = grounds.carrier(as_row(order), lines, order.warehouse_id)
    order.carrier_code = choice.carrier_code
    await decisions.write_decisions(work, [decisions.of_carrier(order.id, choice)])
    await settle_unreachable(work, {order.id: choice})


@action
async def set_order_carrier(
    work: Work, order_id: UUID, carrier_code: str, expected_version: int | None = None
) -> Order:
    """Say who carries an order, whatever the rules say; it then waits for no other carrier."""
    order = await _order_to_carry(work, order_id, expected_version)
    carrier = await shipping.carrier_of_code(work, carrier_code)
    if order.cash_on_delivery and not carrier.cash_on_delivery:
        problem = f"{carrier.code} takes no cash on delivery; choose one that does"
        raise BadInput(field="carrierCode", problem=problem).at("input", "carrierCode")
    order.carrier_code, order.carrier_set_by = carrier.code, work.actor.name
    said = Tried("a person chose the carrier", f"{work.actor.name} said {carrier.code}", won=True)
    outcome = f"{carrier.code}: {said.rule}"
    await decisions.write_decisions(work, [Decision(order.id, DecisionKind.CARRIER, outcome, [said])])
    await holding.release_holds(work, [order.id], [UNREACHABLE])
    loading.touch(work, order)
    return order


async def _order_to_carry(work: Work, order_id: UUID, expected_version: int | None) -> Order:
    order = await loading.order_for_change(work, order_id, expected_version)
    loading.needs_state(order, CARRIED_IN)
    return order
