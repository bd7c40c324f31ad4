import pytest
from sqlalchemy import text

from domain import crm, fulfilment
from domain.kernel import Work
from tests.domain.fulfilment.builders import a_reviewed_order


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("138****8000", None),
        ("021-12345678", None),
        ("12345678901", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_mobile_in_full_gets_a_message(phone: str | None, mobile: str | None) -> None:
    assert crm.mobile_of(phone) == mobile


async def shipped(work: Work, phone: str | None = "13800138000") -> fulfilment.OrderShipped:
    order, _ = await a_reviewed_order(work)
    order.receiver_phone = phone
    await work.session.flush()
    parcel = await fulfilment.ship_order(work, order.id, "SF", "SF1234567890123")
    return fulfilment.OrderShipped(shipment_id=parcel.id, order_id=order.id, channel_id=order.channel_id)


def owed(work: Work) -> list[crm.MessageOwed]:
    return [fact for fact in work.facts if isinstance(fact, crm.MessageOwed)]


async def test_the_receiver_is_owed_one_message_per_parcel(work: Work) -> None:
    fact = await shipped(work)
    for _ in range(2):
        await crm.send_shipping_notice(work, fact)
    assert len(owed(work)) == 1
    message = await crm.message_to_send(work, owed(work)[0].message_id)
    assert message is not None
    assert (message.phone, message.template) == ("13800138000", "SHIPPED")
    assert (message.parameters["name"], message.parameters["carrier"]) == ("王小明", "顺丰速运")
    assert message.parameters["waybill"] == "SF1234567890123"
    assert "13800138000" not in repr(message)


async def test_a_masked_receiver_is_told_by_the_platform(work: Work) -> None:
    await crm.send_shipping_notice(work, await shipped(work, "138****8000"))
    assert owed(work) == []
    assert await work.rows(text("SELECT id FROM messages")) == []


async def test_what_the_gateway_took_is_not_sent_again(work: Work) -> None:
    await crm.send_shipping_notice(work, await shipped(work))
    message_id = owed(work)[0].message_id
    await crm.note_sent(work, message_id, "BIZ-1")
    await crm.note_refused(work, message_id, "too late")
    assert await crm.message_to_send(work, message_id) is None
    row = (await work.rows(text("SELECT state, gateway_number, refusal, sent_at FROM messages")))[0]
    assert (row.state, row.gateway_number, row.refusal, row.sent_at) == ("SENT", "BIZ-1", None, work.now)


async def test_what_the_gateway_refused_says_why(work: Work) -> None:
    await crm.send_shipping_notice(work, await shipped(work))
    await crm.note_refused(work, owed(work)[0].message_id, "isv.MOBILE_NUMBER_ILLEGAL")
    row = (await work.rows(text("SELECT state, refusal FROM messages")))[0]
    assert (row.state, row.refusal) == ("REFUSED", "isv.MOBILE_NUMBER_ILLEGAL")
