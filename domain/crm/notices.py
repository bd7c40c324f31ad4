"""Notices (发货短信): what a buyer is told because something happened, once for each cause."""

import re
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain import fulfilment, orders, shipping
from domain.crm.events import MessageOwed
from domain.crm.models import Message, MessageId, MessageState
from domain.kernel import Work, identifier

SHIPPED = "SHIPPED"
REASON_LENGTH_MAX = 500

# Platforms mask the numbers of their buyers (138****1234) and tell those buyers themselves.
MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")


@dataclass(frozen=True, kw_only=True)
class MessageToSend:
    """One message as a gateway needs it; the id comes back with the gateway's answer."""

    id: MessageId
    phone: str = field(repr=False)
    template: str
    parameters: dict[str, str] = field(repr=False)


def mobile_of(phone: str | None) -> str | None:
    """Read a Chinese mobile number; None when it is masked, of a landline, or not there."""
    found = MOBILE.fullmatch(re.sub(r"[\s-]", "", phone or ""))
    return found[1] if found else None


async def send_shipping_notice(work: Work, fact: fulfilment.OrderShipped) -> None:
    """Owe the receiver a message that the parcel is on its way."""
    order = orders.Order
    columns = (order.number, order.external_number, order.receiver_name, order.receiver_phone)
    receiver = (await work.rows(select(*columns).where(order.id == fact.order_id)))[0]
    phone = mobile_of(receiver.receiver_phone)
    if phone is None:
        return
    parcel = await fulfilment.parcel(work, fact.shipment_id)
    carrier = select(shipping.Carrier.name_chinese).where(shipping.Carrier.code == parcel.carrier_code)
    row = {
        "id": identifier(),
        "cause_id": fact.shipment_id,
        "template": SHIPPED,
        "phone": phone,
        "parameters": {
            "name": receiver.receiver_name or "",
            "order": receiver.external_number or receiver.number,
            "carrier": await work.session.scalar(carrier) or parcel.carrier_code,
            "waybill": parcel.waybill,
        },
        "state": MessageState.PENDING,
        "created_at": work.now,
    }
    if await work.change(insert(Message).values(row).on_conflict_do_nothing()):
        work.record(MessageOwed(message_id=row["id"]))


async def message_to_send(work: Work, message_id: MessageId) -> MessageToSend | None:
    """Say what is to be sent; None when it was sent or refused before."""
    columns = (Message.id, Message.phone, Message.template, Message.parameters)
    pending = (Message.id == message_id, Message.state == MessageState.PENDING)
    rows = await work.rows(select(*columns).where(*pending))
    if not rows:
        return None
    return MessageToSend(id=rows[0].id, phone=rows[0].phone, template=rows[0].template, parameters=rows[0].parameters)


async def note_sent(work: Work, message_id: MessageId, gateway_number: str) -> None:
    """Note that the gateway took a message, under its number."""
    await _note(work, message_id, {"state": MessageState.SENT, "gateway_number": gateway_number, "sent_at": work.now})


async def note_refused(work: Work, message_id: MessageId, reason: str) -> None:
    """Note that the gateway will not send a message, and why."""
    await _note(work, message_id, {"state": MessageState.REFUSED, "refusal": reason[:REASON_LENGTH_MAX]})


async def _note(work: Work, message_id: MessageId, outcome: dict[str, object]) -> None:
    pending = (Message.id == message_id, Message.state == MessageState.PENDING)
    await work.execute(update(Message).where(*pending).values(outcome))
