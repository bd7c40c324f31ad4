"""Shipping (发货): a parcel of a reviewed order is handed to a carrier; its stock leaves and the order knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from domain import distributors, inventory, orders, shipping
from domain.fulfilment.events import OrderShipped
from domain.fulfilment.models import Shipment, ShipmentId, ShipmentLine
from domain.fulfilment.outdated import refuse_outdated
from domain.fulfilment.parts import amount_of_part
from domain.fulfilment.stages import Release, ReleaseStage, Wave
from domain.kernel import BadInput, Money, NotFound, Quantity, Refusal, Work, action, identifier, sees_warehouse

SHIPMENT = "shipment"
NOTHING = Quantity(0)
LINES_MAX = 1_000
AMOUNT = ShipmentLine.__table__.c.amount.type


class WaybillImplausible(Refusal):
    """{waybill} is not a waybill of {carrier}."""

    waybill: str
    carrier: str
    chinese = "{waybill} 不符合 {carrier} 的运单号规则"


class WaybillUsed(Refusal):
    """Waybill {waybill} is already on shipment {number}."""

    waybill: str
    number: str
    chinese = "运单号 {waybill} 已用于发货单 {number}"


class NoWarehouse(Refusal):
    """No warehouse is chosen for order {number}."""

    number: str
    chinese = "订单 {number} 尚未分配仓库"


class WorthlessParcel(Refusal):
    """What is to be shipped of order {number} would be worth {amount}; correct the order first."""

    number: str
    amount: Money
    chinese = "订单 {number} 的发货金额为 {amount}，请先更正订单"


class InOtherHands(Refusal):
    """Order {number} is being worked on in its warehouse by {by} ({stage}); finish there, or call it back first."""

    number: str
    by: str
    stage: str
    chinese = "订单 {number} 正由 {by} 在仓内作业（{stage}），请在仓内完成或先召回"


@dataclass(frozen=True, kw_only=True)
class ShipLine:
    """How much of an order line goes into the parcel, and of which lots, as far as whoever packed it says so."""

    order_line_id: UUID
    quantity: Quantity
    lots: tuple[tuple[inventory.LotId, Quantity], ...] = ()


@dataclass(frozen=True)
class Label:
    """What stands on a parcel: the carrier and its number."""

    carrier_code: str
    waybill: str


@dataclass(frozen=True)
class PickedPart:
    """So much of a line that lies on the trolley, of one lot or of none; without a bin, wherever it lay."""

    bin_id: inventory.BinId | None
    lot_id: inventory.LotId | None
    quantity: Quantity


@dataclass(frozen=True, kw_only=True)
class PackedLine:
    """One order line in the parcel, with what the buyer pays for this part of it."""

    line: orders.OrderLine
    position: int
    quantity: Quantity
    amount: Money


@action
async def ship_order(
    work: Work, order_id: UUID, carrier_code: str, waybill: str, lines: Sequence[ShipLine] | None = None
) -> Shipment:
    """Hand a parcel of an order to a carrier: stock leaves, and the order is shipped, in whole or in part."""
    carrier, waybill = await checked_waybill(work, carrier_code, waybill)
    found = await orders.lines_to_ship(work, order_id)
    await refuse_in_hands(work, found.order)
    await refuse_outdated(work, [found.order])
    warehouse_id = _warehouse_of(work, found.order)
    wanted = wanted_quantities(found, lines)
    return await send(work, found, warehouse_id, Label(carrier.code, waybill), wanted, _of_lots(lines or (), wanted))


def _of_lots(lines: Sequence[ShipLine], wanted: Mapping[UUID, Quantity]) -> Mapping[UUID, Sequence[PickedPart]] | None:
    """Let lines leave from the lots that were told, the rest from what expires first; None when none was told."""
    told = {line.order_line_id: line.lots for line in lines if line.lots}
    if not told:
        return None
    parts: dict[UUID, list[PickedPart]] = {}
    for line_id, quantity in wanted.items():
        rest, parts[line_id] = quantity, []
        for lot_id, much in (*told.get(line_id, ()), (None, quantity)):
            part, rest = min(much, rest), max(rest - much, NOTHING)
            if part > NOTHING:
                parts[line_id].append(PickedPart(bin_id=None, lot_id=lot_id, quantity=part))
    return parts


async def send(
    work: Work,
    found: orders.ToShip,
    warehouse_id: UUID,
    label: Label,
    wanted: Mapping[UUID, Quantity],
    picked: Mapping[UUID, Sequence[PickedPart]] | None = None,
) -> Shipment:
    """Let a parcel leave: its stock (what was picked for it, if it was), its worth, its order and its fact."""
    order = found.order
    earlier = await _earlier(work, order, label)
    packed = pack(found, wanted, await _amounts_before(work, order.id) if earlier else {})
    whole = not earlier and wanted == found.open_quantities()
    shipment_id = ShipmentId(identifier())
    leaving = [each for line in packed for each in _leaving(line, None if picked is None else picked[line.line.id])]
    costs = await inventory.ship(work, SHIPMENT, shipment_id, warehouse_id, leaving)
    head = _head(order, packed, first=not earlier) | {
        "id": shipment_id,
        "carrier_code": label.carrier_code,
        "waybill": label.waybill,
        "partial": not whole,
        "cost_amount": Money.total(costs.values()),
        "shipped_by": work.actor.name,
        "shipped_at": work.now,
    }
    await _write(work, head)
    await work.execute(insert(ShipmentLine), [_row(shipment_id, each, costs) for each in packed])
    await orders.note_shipment(work, order.id, wanted, work.now)
    if order.on_account:
        charged = -(head["goods_amount"] + head["freight_amount"])
        cause = (shipment_id, order.number)
        await distributors.book_funds(work, order.channel_id, distributors.FundsKind.SHIPMENT, charged, cause)
    work.record(OrderShipped(shipment_id=shipment_id, order_id=order.id, channel_id=order.channel_id))
    return await work.session.get_one(Shipment, shipment_id)


async def refuse_in_hands(work: Work, order: orders.Order) -> None:
    """Refuse the short way for an order that is in a wave; one that only waits for one leaves it with the parcel."""
    statement = select(Release).where(Release.order_id == order.id, Release.ended_at.is_(None)).with_for_update()
    release = await work.session.scalar(statement.execution_options(populate_existing=True))
    if release is None:
        return
    if release.stage is not ReleaseStage.WAITING:
        wave = await work.session.get(Wave, release.wave_id)
        by = release.packed_by or release.picked_by or (wave and (wave.picker_name or wave.made_by)) or "—"
        raise InOtherHands(number=order.number, by=by, stage=release.stage.value).at("input", "orderId")
    release.stage, release.ended_by, release.ended_at = ReleaseStage.HANDED_OVER, work.actor.name, work.now


async def checked_waybill(work: Work, carrier_code: str, waybill: str) -> tuple[shipping.Carrier, str]:
    """Find the carrier and believe the waybill only if the carrier could have printed it."""
    carrier = await shipping.carrier_of_code(work, carrier_code)
    tidied = shipping.tidy(waybill)
    if not shipping.accepts(carrier, tidied):
        cut = tidied[: shipping.WAYBILL_LENGTH_MAX]
        raise WaybillImplausible(waybill=cut, carrier=carrier.name).at("input", "waybill")
    return carrier, tidied


def wanted_quantities(found: orders.ToShip, lines: Sequence[ShipLine] | None) -> dict[UUID, Quantity]:
    """Say how much of each line is to go: what was asked for, or all that is open."""
    still_open = found.open_quantities()
    if not still_open or (lines is not None and not lines):
        raise orders.NothingToShip(number=found.order.number)
    if lines is None:
        return still_open
    if len(lines) > LINES_MAX:
        raise BadInput(field="lines", problem=f"may name at most {LINES_MAX} lines").at("input", "lines")
    wanted: dict[UUID, Quantity] = {}
    for position, line in enumerate(lines):
        if problem := _problem(line, still_open, wanted):
            raise BadInput(field="lines", problem=problem).at("input", "lines", str(position))
        wanted[line.order_line_id] = line.quantity
    return wanted


def pack(found: orders.ToShip, wanted: Mapping[UUID, Quantity], before: Mapping[UUID, Money]) -> list[PackedLine]:
    """Put the wanted part of each line into the parcel, with its amount."""
    still_open = found.open_quantities()
    lines = [line for line in found.lines if line.id in wanted]
    return [
        PackedLine(
            line=line,
            position=position,
            quantity=wanted[line.id],
            amount=amount_of_part(
                line.line_amount,
                line.quantity,
                line.cancelled_quantity,
                before.get(line.id, Money(0)),
                wanted[line.id],
                still_open[line.id],
            ),
        )
        for position, line in enumerate(lines, start=1)
    ]


def _problem(line: ShipLine, still_open: Mapping[UUID, Quantity], wanted: Mapping[UUID, Quantity]) -> str | None:
    rest = still_open.get(line.order_line_id)
    if rest is None:
        return "is not an open line of this order"
    if line.order_line_id in wanted:
        return "names the same line twice"
    if not NOTHING < line.quantity <= rest:
        return f"{line.quantity} cannot be shipped, {rest} is open"
    return None


def _warehouse_of(work: Work, order: orders.Order) -> UUID:
    if order.warehouse_id is None:
        raise NoWarehouse(number=order.number)
    if not sees_warehouse(work.actor, order.warehouse_id):
        raise NotFound(what="order", which=str(order.id)).at("input", "orderId")
    return order.warehouse_id


async def _earlier(work: Work, order: orders.Order, label: Label) -> bool:
    """Whether parcels of this order left before; refuses a waybill that is on any parcel."""
    used = and_(Shipment.carrier_code == label.carrier_code, Shipment.waybill == label.waybill)
    columns = (Shipment.order_id, Shipment.number, used.label("used"))
    rows = await work.rows(select(*columns).where(or_(Shipment.order_id == order.id, used)))
    for row in rows:
        if row.used:
            raise WaybillUsed(waybill=label.waybill, number=row.number).at("input", "waybill")
    return bool(rows)


async def _amounts_before(work: Work, order_id: UUID) -> dict[UUID, Money]:
    """Add up what earlier parcels took of each line's amount."""
    taken = func.sum(ShipmentLine.amount, type_=AMOUNT).label("amount")
    of_order = select(ShipmentLine.order_line_id, taken).join(Shipment).where(Shipment.order_id == order_id)
    return {row.order_line_id: row.amount for row in await work.rows(of_order.group_by(ShipmentLine.order_line_id))}


def _leaving(packed: PackedLine, picked: Sequence[PickedPart] | None) -> list[inventory.ShippedLine]:
    variant_id = packed.line.variant_id
    if variant_id is None:
        raise ValueError(f"order line {packed.line.id} is open to ship without goods")
    if picked is None:
        return [inventory.ShippedLine(packed.line.id, variant_id, packed.quantity, packed.position)]
    return [
        inventory.ShippedLine(packed.line.id, variant_id, part.quantity, packed.position, part.bin_id, part.lot_id)
        for part in picked
    ]


async def _write(work: Work, head: dict[str, Any]) -> None:
    """Write the parcel; two who use one waybill at the same moment meet here."""
    once = insert(Shipment).values(head).on_conflict_do_nothing(index_elements=["carrier_code", "waybill"])
    if not await work.change(once):
        raise WaybillUsed(waybill=head["waybill"], number="—").at("input", "waybill")


def _head(order: orders.Order, packed: Sequence[PackedLine], *, first: bool) -> dict[str, Any]:
    """Say whose parcel it is and what it is worth; the freight goes with the first parcel of an order."""
    goods = Money.total(each.amount for each in packed)
    freight = order.freight_amount if first else Money(0)
    if goods < Money(0) or freight < Money(0):
        raise WorthlessParcel(number=order.number, amount=min(goods, freight))
    return {
        "order_id": order.id,
        "channel_id": order.channel_id,
        "customer_id": order.customer_id,
        "warehouse_id": order.warehouse_id,
        "currency": order.currency,
        "goods_amount": goods,
        "freight_amount": freight,
    }


def _row(shipment_id: ShipmentId, packed: PackedLine, costs: Mapping[UUID, Money]) -> dict[str, Any]:
    return {
        "shipment_id": shipment_id,
        "order_line_id": packed.line.id,
        "variant_id": packed.line.variant_id,
        "position": packed.position,
        "quantity": packed.quantity,
        "amount": packed.amount,
        "cost_amount": costs[packed.line.id],
    }
