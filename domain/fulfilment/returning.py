"""Goods that come back (退货入库): of a parcel, line by line, into stock at what they had cost when they left.

What can be sold goes where goods are sold, what is defective where none are. What the buyer had paid for them is owed
to them from then on; what comes back for an exchange pays for what goes out, as far as it reaches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain import alerts, distributors, inventory, orders, partners
from domain.alerts import AlertKind
from domain.fulfilment.events import GoodsCameBack
from domain.fulfilment.models import DeliveryOutcome, Shipment, ShipmentId, ShipmentLine
from domain.fulfilment.return_models import GoodsReturn, GoodsReturnId, GoodsReturnLine
from domain.fulfilment.shipping import SHIPMENT
from domain.kernel import BadInput, Money, NotFound, Quantity, Work, action, identifier, sees_channel

LINES_MAX = 500
NO_MONEY = Money(0)

# What of parcels is still with the buyer, and what that is worth to them, the first parcel first.
WITH_BUYER = text("""
    SELECT part.shipment_id, part.order_line_id, part.position, part.variant_id,
        part.quantity - coalesce(back.quantity, 0) AS quantity, part.amount - coalesce(back.amount, 0) AS amount
    FROM shipment_lines AS part JOIN shipments ON shipments.id = part.shipment_id
    LEFT JOIN LATERAL (
        SELECT sum(line.quantity) AS quantity, sum(line.amount) AS amount
        FROM goods_return_lines AS line JOIN goods_returns ON goods_returns.id = line.return_id
        WHERE line.order_line_id = part.order_line_id AND goods_returns.shipment_id = part.shipment_id
          AND goods_returns.voided_at IS NULL
    ) AS back ON true
    WHERE part.order_line_id = ANY (:line_ids)
    ORDER BY shipments.shipped_at, shipments.id, part.position
""").bindparams(bindparam("line_ids", type_=ARRAY(Uuid)))


@dataclass(frozen=True, kw_only=True)
class ReturnedLine:
    """How much of an order line came back of a parcel, and the bin it is put into."""

    order_line_id: UUID
    quantity: Quantity
    bin_id: inventory.BinId | None = None


@dataclass(frozen=True, kw_only=True)
class ParcelReturn:
    """What came back of a parcel, in which condition, and where it is put."""

    shipment_id: ShipmentId
    warehouse_id: inventory.WarehouseId
    condition: inventory.ReturnCondition
    reason: str
    lines: Sequence[ReturnedLine]


@dataclass(frozen=True, kw_only=True)
class StillOut:
    """How much of an order line of a parcel is still with the buyer."""

    order_line_id: UUID
    variant_id: UUID
    quantity: Quantity


async def parcel_still_out(work: Work, shipment_id: ShipmentId) -> tuple[Shipment, list[StillOut]]:
    """Find a parcel of the actor's channels and hold it; say what of it is still with the buyer, line by line."""
    shipment = await _shipment(work, shipment_id, hold=True)
    left = await inventory.still_out(work, inventory.Document(type=SHIPMENT, id=shipment.id))
    line = ShipmentLine
    columns = (line.order_line_id, line.position, line.variant_id)
    rows = await work.rows(select(*columns).where(line.shipment_id == shipment.id).order_by(line.position))
    return shipment, [
        StillOut(
            order_line_id=row.order_line_id,
            variant_id=row.variant_id,
            quantity=left.get(row.position, Quantity(0)),
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class ExchangeReturn:
    """What of the goods that an exchange expects came back, in which condition, and where it is put.

    Without a parcel they are of the first ones of which some are still with the buyer.
    """

    exchange_id: UUID
    warehouse_id: inventory.WarehouseId
    condition: inventory.ReturnCondition
    lines: Sequence[ReturnedLine]
    shipment_id: ShipmentId | None = None
    expected_version: int | None = None


@dataclass(slots=True)
class Part:
    """What of one line came back of one parcel: what it was worth to the buyer, and what of that is owed to them."""

    index: int
    order_line_id: UUID
    variant_id: UUID
    position: int
    quantity: Quantity
    amount: Money
    bin_id: inventory.BinId | None
    credit: Money = NO_MONEY


@dataclass(frozen=True)
class Place:
    """Where goods that came back are put, in which condition, why, and for which exchange."""

    warehouse_id: inventory.WarehouseId
    condition: inventory.ReturnCondition
    reason: str
    exchange_id: UUID | None = None


@action
async def receive_return(work: Work, returned: ParcelReturn) -> GoodsReturn:
    """Take goods of a parcel back into stock at what they had cost; what was paid for them is owed to the buyer."""
    shipment = await _shipment(work, returned.shipment_id)
    _check_lines(returned.lines)
    wanted = {each.order_line_id: each.quantity for each in returned.lines}
    known = await _of_parcel(work, shipment, list(wanted))
    for index, line in enumerate(returned.lines):
        if line.order_line_id not in known:
            problem = f"is not in parcel {shipment.number}"
            raise BadInput(field="orderLineId", problem=problem).at("input", "lines", str(index), "orderLineId")
    await orders.refuse_expected(work, shipment.order_id, wanted)
    # Read again, now that nobody else takes goods of this order back.
    known = await _of_parcel(work, shipment, list(wanted))
    taken = [_part(index, line, known[line.order_line_id], line.quantity) for index, line in enumerate(returned.lines)]
    for each in taken:
        each.credit = each.amount
    place = Place(returned.warehouse_id, returned.condition, returned.reason)
    made = await _take_in(work, shipment, place, taken)
    await orders.note_returned(work, shipment.order_id, wanted)
    return made


@action
async def receive_exchange_return(work: Work, returned: ExchangeReturn) -> orders.Order:
    """Take goods that an exchange expects back into stock; when all have come, it waits for them no longer.

    What they are worth beyond what goes out for them is owed to the buyer.
    """
    _check_lines(returned.lines)
    named = [orders.NamedLine(order_line_id=each.order_line_id, quantity=each.quantity) for each in returned.lines]
    came = await orders.note_exchange_return(work, returned.exchange_id, named, returned.expected_version)
    quantities = {each.order_line_id: each.quantity for each in returned.lines}
    await orders.note_returned(work, came.original_id, quantities)
    worth = {each.line_id: each.worth for each in came.lines}
    rows = await _with_buyer(work, list(quantities))
    known = [each for each in rows if returned.shipment_id in (None, each.shipment_id)]
    by_parcel = _shared(returned.lines, worth, known)
    every = [each for parts in by_parcel.values() for each in parts]
    for part, credit in zip(every, orders.by_amount(came.credit, [each.amount for each in every]), strict=True):
        part.credit = credit
    place = Place(returned.warehouse_id, returned.condition, f"换货 {came.order.number}", came.order.id)
    for shipment_id, parts in by_parcel.items():
        await _take_in(work, await _shipment(work, shipment_id), place, parts)
    return came.order


def _check_lines(lines: Sequence[ReturnedLine]) -> None:
    if not 1 <= len(lines) <= LINES_MAX:
        raise BadInput(field="lines", problem=f"must be 1 to {LINES_MAX}").at("input", "lines")
    named = set[UUID]()
    for index, each in enumerate(lines):
        if each.order_line_id in named:
            raise BadInput(field="orderLineId", problem="names the same line twice").at("input", "lines", str(index))
        if each.quantity <= Quantity(0):
            problem = f"must be more than 0, not {each.quantity}"
            raise BadInput(field="quantity", problem=problem).at("input", "lines", str(index), "quantity")
        named.add(each.order_line_id)


async def _shipment(work: Work, shipment_id: ShipmentId, *, hold: bool = False) -> Shipment:
    """Find a parcel of the actor's channels, and hold it if wanted."""
    shipment = await work.session.get(Shipment, shipment_id, with_for_update=hold, populate_existing=hold)
    if shipment is None or not sees_channel(work.actor, shipment.channel_id):
        raise NotFound(what="shipment", which=str(shipment_id)).at("input", "shipmentId")
    return shipment


async def _with_buyer(work: Work, line_ids: Sequence[UUID]) -> list[Any]:
    return await work.rows(WITH_BUYER, {"line_ids": line_ids})


async def _of_parcel(work: Work, shipment: Shipment, line_ids: Sequence[UUID]) -> dict[UUID, Any]:
    return {row.order_line_id: row for row in await _with_buyer(work, line_ids) if row.shipment_id == shipment.id}


def _part(index: int, line: ReturnedLine, row: Any, quantity: Quantity) -> Part:
    """Take so much of a line out of a parcel; the last piece takes the remainder of what it is worth."""
    left, amount = Quantity(row.quantity), Money(row.amount)
    if quantity > left:
        refusal = inventory.ReturnExceeded(variant_id=row.variant_id, wanted=quantity, left=left)
        raise refusal.at("input", "lines", str(index), "quantity")
    worth = amount if quantity == left else orders.cut(amount, quantity, left)
    return Part(index, line.order_line_id, row.variant_id, row.position, quantity, worth, line.bin_id)


def _shared(
    lines: Sequence[ReturnedLine], worth: Mapping[UUID, Money], rows: Sequence[Any]
) -> dict[ShipmentId, list[Part]]:
    """Say of which parcels the goods came, the first one first; their worth is what the exchange says."""
    found: dict[ShipmentId, list[Part]] = {}
    for index, line in enumerate(lines):
        rest, parts = line.quantity, list[tuple[ShipmentId, Part]]()
        of_line = [row for row in rows if row.order_line_id == line.order_line_id]
        for row in of_line:
            much = min(rest, Quantity(row.quantity))
            if much > Quantity(0):
                parts.append((row.shipment_id, _part(index, line, row, much)))
                rest -= much
        if rest > Quantity(0):
            left = line.quantity - rest
            refusal = inventory.ReturnExceeded(variant_id=of_line[0].variant_id, wanted=line.quantity, left=left)
            raise refusal.at("input", "lines", str(index), "quantity")
        amounts = orders.by_amount(worth[line.order_line_id], [each.amount for _, each in parts])
        for (shipment_id, part), amount in zip(parts, amounts, strict=True):
            part.amount = amount
            found.setdefault(shipment_id, []).append(part)
    return found


async def _take_in(work: Work, shipment: Shipment, place: Place, parts: Sequence[Part]) -> GoodsReturn:
    """Let goods of a parcel come back by a stock document, and write down what they are worth."""
    paper = inventory.return_paper(work, place.warehouse_id, place.reason)
    account = (await distributors.accounts_of(work, [shipment.channel_id])).get(shipment.channel_id)
    paper.partner_id = partners.PartnerId(account.id) if account is not None else None
    returned = GoodsReturn(
        id=GoodsReturnId(identifier()),
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        exchange_id=place.exchange_id,
        channel_id=shipment.channel_id,
        customer_id=shipment.customer_id,
        warehouse_id=place.warehouse_id,
        condition=place.condition,
        document_id=paper.id,
        currency=shipment.currency,
        goods_amount=Money.total(each.amount for each in parts),
        credit_amount=Money.total(each.credit for each in parts),
        cost_amount=NO_MONEY,
        reason=paper.reason,
        received_by=work.actor.name,
        received_at=work.now,
    )
    work.session.add(returned)
    await work.session.flush()
    paper.origin, paper.origin_id = returned.number, returned.id
    brought = [
        inventory.BroughtBack(
            position=each.position, variant_id=each.variant_id, quantity=each.quantity, bin_id=each.bin_id
        )
        for each in parts
    ]
    await inventory.take_back(work, inventory.Document(type=SHIPMENT, id=shipment.id), brought, paper, place.condition)
    costs = await inventory.cost_of_return(work, paper)
    returned.cost_amount = Money.total(costs.values())
    work.session.add_all(_line(returned, number, each, costs) for number, each in enumerate(parts, 1))
    if shipment.delivery is DeliveryOutcome.REFUSED:
        await alerts.resolve_alerts_of_place(work, shipment.order_id, shipment.id, [AlertKind.PARCEL_REFUSED])
    work.record(GoodsCameBack(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id))
    await work.session.flush()
    return returned


def _line(returned: GoodsReturn, number: int, part: Part, costs: Mapping[int, Money]) -> GoodsReturnLine:
    return GoodsReturnLine(
        return_id=returned.id,
        order_line_id=part.order_line_id,
        variant_id=part.variant_id,
        position=number,
        quantity=part.quantity,
        amount=part.amount,
        credit_amount=part.credit,
        cost_amount=costs.get(number, NO_MONEY),
    )
