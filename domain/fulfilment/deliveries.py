"""Deliveries (签收): what became of a parcel at its buyer, as a carrier, a partner's warehouse or a person says it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import alerts, orders
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.fulfilment.events import ParcelDelivered
from domain.fulfilment.models import DeliveryOutcome, Shipment, ShipmentId
from domain.kernel import BadInput, NotFound, Refusal, Work, action, routine, short_text, visible

REMARK_LENGTH_MAX = 200
FOLLOWS: Mapping[DeliveryOutcome | None, frozenset[DeliveryOutcome]] = {
    None: frozenset(DeliveryOutcome),
    DeliveryOutcome.REFUSED: frozenset({DeliveryOutcome.RETURNED}),
    DeliveryOutcome.SIGNED: frozenset(),
    DeliveryOutcome.RETURNED: frozenset(),
}
"""What may be said of a parcel after what was said before; the same again changes nothing."""


class DeliveredOtherwise(Refusal):
    """Parcel {number} is {outcome} since {since}, as {said_by} said: it does not become {wanted}."""

    number: str
    outcome: str
    since: str
    said_by: str
    wanted: str
    chinese = "包裹 {number} 已于 {since} 由 {said_by} 登记为 {outcome}，不能改为 {wanted}"


class NothingLeftYet(Refusal):
    """Nothing of order {number} has left this warehouse yet."""

    number: str
    chinese = "订单 {number} 在此仓库尚未发货"


@action
async def record_delivery(
    work: Work,
    shipment_id: ShipmentId,
    outcome: DeliveryOutcome,
    delivered_at: datetime | None = None,
    remark: str | None = None,
) -> Shipment:
    """Note that a parcel was signed for, refused by its buyer, or came back, and when; channels that want it hear."""
    said = short_text(remark, "remark", REMARK_LENGTH_MAX) if remark is not None else None
    scope = {"channel": Shipment.channel_id, "warehouse": Shipment.warehouse_id}
    found = await work.session.scalar(visible(select(Shipment).where(Shipment.id == shipment_id), work.actor, **scope))
    if found is None:
        raise NotFound(what="parcel", which=str(shipment_id)).at("input", "shipmentId")
    await orders.order_for_change(work, found.order_id, by_anyone=True)
    parcel = await work.session.get_one(Shipment, shipment_id, with_for_update=True, populate_existing=True)
    at = delivered_at or work.now
    if not parcel.shipped_at <= at <= work.now:
        problem = f"must lie between {parcel.shipped_at.isoformat()}, when it left, and now"
        raise BadInput(field="deliveredAt", problem=problem).at("input", "deliveredAt")
    if outcome is parcel.delivery:
        return parcel
    if outcome not in FOLLOWS[parcel.delivery]:
        raise _otherwise(parcel, outcome)
    _note(work, parcel, outcome, at, said)
    await _follow(work, [parcel])
    return parcel


@routine
async def note_delivered(
    work: Work, order_id: UUID, warehouse_id: UUID, outcome: DeliveryOutcome, at: datetime
) -> None:
    """Note what a partner's warehouse says of all parcels of an order that left it; what is known already stays."""
    order = await orders.order_for_change(work, order_id, by_anyone=True)
    of_order = select(Shipment).where(Shipment.order_id == order_id, Shipment.warehouse_id == warehouse_id)
    locked = of_order.order_by(Shipment.id).with_for_update().execution_options(populate_existing=True)
    parcels = list(await work.session.scalars(locked))
    if not parcels:
        raise NothingLeftYet(number=order.number)
    new = [each for each in parcels if outcome in FOLLOWS[each.delivery]]
    for each in new:
        _note(work, each, outcome, min(max(at, each.shipped_at), work.now))
    await _follow(work, new)


def _note(work: Work, parcel: Shipment, outcome: DeliveryOutcome, at: datetime, remark: str | None = None) -> None:
    parcel.delivery, parcel.delivered_at, parcel.delivery_remark = outcome, at, remark
    parcel.delivery_said_by = work.actor.name
    work.record(ParcelDelivered(shipment_id=parcel.id, order_id=parcel.order_id, channel_id=parcel.channel_id))


async def _follow(work: Work, parcels: Sequence[Shipment]) -> None:
    """Let an order be delivered once all its parcels are, and somebody look for one that its buyer did not take."""
    await work.session.flush()
    await alerts.open_alerts(work, [_alert(each) for each in parcels if each.delivery is DeliveryOutcome.REFUSED])
    for each in parcels:
        if each.delivery is DeliveryOutcome.RETURNED:
            await alerts.resolve_alerts_of_place(work, each.order_id, each.id, [AlertKind.PARCEL_REFUSED])
    order_ids = {each.order_id for each in parcels if each.delivery is DeliveryOutcome.SIGNED}
    for order_id in order_ids:
        others = select(Shipment.delivery).where(Shipment.order_id == order_id)
        if all(row.delivery is DeliveryOutcome.SIGNED for row in await work.rows(others)):
            await orders.note_all_delivered(work, order_id)


def _alert(parcel: Shipment) -> NewAlert:
    told = f"{parcel.carrier_code} {parcel.waybill}"
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=parcel.order_id,
        place_id=parcel.id,
        kind=AlertKind.PARCEL_REFUSED,
        level=AlertLevel.WARN,
        channel_id=parcel.channel_id,
        warehouse_id=parcel.warehouse_id,
        message=f"The buyer did not take parcel {parcel.number} ({told})",
        message_chinese=f"买家拒收包裹 {parcel.number}（{told}）",
        evidence={"parcel": parcel.number, "waybill": parcel.waybill, "remark": parcel.delivery_remark},
    )


def _otherwise(parcel: Shipment, wanted: DeliveryOutcome) -> Refusal:
    return DeliveredOtherwise(
        number=parcel.number,
        outcome=parcel.delivery.value if parcel.delivery else "",
        since=parcel.delivered_at.isoformat() if parcel.delivered_at else "",
        said_by=parcel.delivery_said_by or "",
        wanted=wanted.value,
    ).at("input", "outcome")
