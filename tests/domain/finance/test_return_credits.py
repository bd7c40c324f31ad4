"""What comes back is taken off the sales and off what the buyer owes; the rest is owed to them until it is paid."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from domain import distributors, finance, fulfilment, inventory, orders
from domain.finance import NewReceipt, OpenItem, OpenItemKind, PaidOut, Settlement, TaxRounding, business_date
from domain.kernel import Money, NotFound, Quantity, Rate, Work
from tests.domain.finance.builders import broken, lines_of
from tests.domain.fulfilment.builders import a_reviewed_order, waybill

pytestmark = pytest.mark.usefixtures("laid")


async def a_parcel(work: Work, *, booked: bool = True) -> tuple[fulfilment.Shipment, orders.OrderLine]:
    """Ship 3 pieces for 10.00 with 6.00 of freight; its sale is booked unless the books are late."""
    order, (line,) = await a_reviewed_order(work)
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    if booked:
        await finance.open_receivable(work, work.facts[-1])  # type: ignore[arg-type] # The parcel that left.
        await work.close()
    return parcel, line


async def comes_back(work: Work, parcel: Any, line: Any, quantity: int) -> fulfilment.GoodsReturn:
    """Take goods back and let the books follow, as they would if they were told twice."""
    wanted = fulfilment.ParcelReturn(
        shipment_id=parcel.id,
        warehouse_id=parcel.warehouse_id,
        condition=inventory.ReturnCondition.GOOD,
        reason="too small",
        lines=[fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(quantity))],
    )
    returned = await fulfilment.receive_return(work, wanted)
    fact = fulfilment.GoodsCameBack(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id)
    for _ in range(2):
        await finance.credit_return(work, fact)
        await work.close()
    return returned


async def items(work: Work, kind: OpenItemKind, parcel: Any) -> list[str]:
    found = select(OpenItem).where(OpenItem.kind == kind, OpenItem.order_id == parcel.order_id)
    rows = await work.session.scalars(
        found.order_by(OpenItem.opened_at, OpenItem.id).execution_options(populate_existing=True)
    )
    return [f"{each.settled_amount} of {each.amount}" for each in rows]


async def paid(work: Work, parcel: Any, amount: str) -> None:
    owed = await work.session.scalar(select(OpenItem.id).where(OpenItem.source_id == parcel.id))
    receipt = NewReceipt(
        channel_id=parcel.channel_id,
        amount=Money(amount),
        currency="CNY",
        received_on=business_date(work.now),
        reference=uuid4().hex,
        settles=[Settlement(receivable_id=owed, amount=Money(amount))],  # type: ignore[arg-type] # It is there.
    )
    await finance.post_receipt(work, receipt)
    await work.close()


async def test_what_comes_back_is_owed_less_and_what_was_paid_already_is_owed_to_the_buyer(work: Work) -> None:
    parcel, line = await a_parcel(work)
    first = await comes_back(work, parcel, line, 1)
    assert await items(work, OpenItemKind.RECEIVABLE, parcel) == ["3.33 of 16.00"]
    assert await items(work, OpenItemKind.REFUND, parcel) == ["3.33 of 3.33"]
    assert await lines_of(work, first.id) == {("RETURN", "6001", "3.33", "0.00"), ("RETURN", "1122", "0.00", "3.33")}
    await paid(work, parcel, "10.00")
    rest = await comes_back(work, parcel, line, 2)
    assert await items(work, OpenItemKind.RECEIVABLE, parcel) == ["16.00 of 16.00"]
    assert await items(work, OpenItemKind.REFUND, parcel) == ["3.33 of 3.33", "2.67 of 6.67"]
    assert ("RETURN", "2241", "0.00", "4.00") in await lines_of(work, rest.id)
    assert await broken(work) == {}


async def test_a_refund_is_paid_in_parts_once_and_a_wrong_payment_voided(work: Work) -> None:
    parcel, line = await a_parcel(work)
    await paid(work, parcel, "16.00")
    returned = await comes_back(work, parcel, line, 3)
    (refund,) = await work.session.scalars(select(OpenItem).where(OpenItem.source_id == returned.id))

    def pay(amount: str, reference: str, days: int = 0) -> PaidOut:
        day = business_date(work.now) + timedelta(days=days)
        return PaidOut(item_id=refund.id, amount=Money(amount), paid_on=day, reference=reference)

    await finance.pay_refund(work, pay("4.00", "B1"))
    for wrong, field in (
        (pay("6.01", "B2"), "amount"),
        (pay("0", "B2"), "amount"),
        (pay("1.00", "B2", days=1), "paidOn"),
        (pay("1.00", "B1"), "reference"),
        (pay("1.00", " "), "reference"),
    ):
        with pytest.raises(Exception) as refused:  # noqa: PT011 — each is another refusal; the field tells them apart.
            await finance.pay_refund(work, wrong)
        assert refused.value.path == ("input", field)  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        await finance.pay_refund(work, PaidOut(**{**vars(pay("1.00", "B3")), "item_id": uuid4()}))
    await finance.pay_refund(work, pay("6.00", "B4"))
    await work.close()
    assert await items(work, OpenItemKind.REFUND, parcel) == ["10.00 of 10.00"]
    assert await items(work, OpenItemKind.PAYMENT, parcel) == ["4.00 of 4.00", "6.00 of 6.00"]
    entries = text("SELECT purpose, id FROM journal_entries ORDER BY number")
    booked = {row.purpose: row.id for row in await work.rows(entries)}
    await finance.void_entry(work, booked["REFUND"], "bounced")
    with pytest.raises(finance.EntryFollowsStock):
        await finance.void_entry(work, booked["RETURN"], "x")
    await work.close()
    assert await items(work, OpenItemKind.REFUND, parcel) == ["4.00 of 10.00"]
    await finance.pay_refund(work, pay("6.00", "B4"))
    await work.close()
    assert await broken(work) == {}


async def test_what_was_paid_for_nothing_is_paid_back(work: Work) -> None:
    parcel, _ = await a_parcel(work)
    today = business_date(work.now)
    much = NewReceipt(
        channel_id=parcel.channel_id, amount=Money("9.00"), currency="CNY", received_on=today, reference="IN-1"
    )
    receipt = await finance.post_receipt(work, much)
    await work.close()
    out = PaidOut(item_id=receipt.id, amount=Money("4.00"), paid_on=today, reference="OUT-1")
    with pytest.raises(NotFound):
        await finance.pay_refund(work, out)
    assert (await finance.pay_back_receipt(work, out)).settled_amount == Money("4.00")
    await work.close()
    rest = PaidOut(item_id=receipt.id, amount=Money("5.01"), paid_on=today, reference="OUT-2")
    with pytest.raises(finance.SettlesTooMuch):
        await finance.pay_back_receipt(work, rest)
    assert await broken(work) == {}


@pytest.mark.parametrize("paid_out", [False, True])
async def test_a_return_that_never_was_is_owed_by_the_buyer_again(work: Work, paid_out: bool) -> None:
    parcel, line = await a_parcel(work)
    await paid(work, parcel, "16.00")
    returned = await comes_back(work, parcel, line, 3)
    if paid_out:
        (refund,) = await work.session.scalars(select(OpenItem.id).where(OpenItem.source_id == returned.id))
        day = business_date(work.now)
        await finance.pay_refund(work, PaidOut(item_id=refund, amount=Money("7"), paid_on=day, reference="B1"))
    await fulfilment.void_return(work, returned.id, "of another buyer")
    fact = fulfilment.ReturnVoided(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id)
    for _ in range(2):
        await finance.withdraw_credit(work, fact)
        await work.close()
    assert await items(work, OpenItemKind.REFUND, parcel) == ["10.00 of 10.00"]
    again = "3.00 of 10.00" if paid_out else "10.00 of 10.00"
    assert await items(work, OpenItemKind.RECEIVABLE, parcel) == ["16.00 of 16.00", again]
    late = fulfilment.GoodsCameBack(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id)
    await finance.credit_return(work, late)
    await comes_back(work, parcel, line, 1)
    assert await broken(work) == {}


async def test_the_tax_of_all_returns_is_the_tax_of_the_sale(work: Work) -> None:
    await finance.set_tax_terms(work, TaxRounding.LINE, Rate("0.13"), Rate("0.09"))
    parcel, line = await a_parcel(work)
    await finance.set_tax_terms(work, TaxRounding.LINE, Rate("0.06"), Rate("0.06"))
    first, *_ = [await comes_back(work, parcel, line, 1) for _ in range(3)]
    taken = text("SELECT tax_amount FROM open_items WHERE kind = 'REFUND' ORDER BY id")
    assert [str(row.tax_amount) for row in await work.rows(taken)] == ["0.38", "0.39", "0.38"]
    # Taken back and made again, it takes what the others leave, not what it would have taken in its turn.
    await withdrawn(work, first)
    await comes_back(work, parcel, line, 1)
    assert [str(row.tax_amount) for row in await work.rows(taken)] == ["0.38", "0.39", "0.38", "0.38"]
    assert await broken(work) == {}


async def test_what_is_made_again_takes_no_more_tax_than_is_left(work: Work) -> None:
    await finance.set_tax_terms(work, TaxRounding.LINE, Rate("0.13"), Rate("0.09"))
    parcel, line = await a_parcel(work)
    first, _ = [await comes_back(work, parcel, line, 1) for _ in range(2)]
    await withdrawn(work, first)
    for _ in range(2):
        await comes_back(work, parcel, line, 1)
    taken = text("""
        SELECT sum(item.tax_amount) FROM open_items AS item JOIN goods_returns AS back ON back.id = item.source_id
        WHERE item.kind = 'REFUND' AND back.voided_at IS NULL
    """)
    assert str(await work.session.scalar(taken)) == "1.15"
    assert await broken(work) == {}


async def withdrawn(work: Work, returned: fulfilment.GoodsReturn) -> None:
    await fulfilment.void_return(work, returned.id, "of another buyer")
    fact = fulfilment.ReturnVoided(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id)
    await finance.withdraw_credit(work, fact)
    await work.close()


async def test_a_return_that_is_told_before_its_parcel_finds_the_sale_booked(work: Work) -> None:
    parcel, line = await a_parcel(work, booked=False)
    await comes_back(work, parcel, line, 3)
    assert await items(work, OpenItemKind.RECEIVABLE, parcel) == ["10.00 of 16.00"]
    assert await broken(work) == {}


async def test_nothing_is_owed_for_goods_of_a_sale_that_was_voided(work: Work) -> None:
    parcel, line = await a_parcel(work)
    sale = text("SELECT id FROM journal_entries WHERE source_id = :id AND purpose = 'SALE'")
    entry = (await work.rows(sale, {"id": parcel.id}))[0].id
    await finance.void_entry(work, entry, "never sold")
    await work.close()
    await comes_back(work, parcel, line, 1)
    assert await items(work, OpenItemKind.REFUND, parcel) == []
    assert await broken(work) == {}


async def test_the_funds_of_a_distributor_follow_what_comes_back_as_they_followed_the_sale(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work)
    new = distributors.NewDistributor(code="EAST", name="华东", channel_id=order.channel_id, credit_limit=Money(99))
    direct = text("UPDATE channels SET platform = 'DIRECT' WHERE id = :id")
    await work.execute(direct, {"id": order.channel_id})
    await distributors.open_distributor(work, new)
    order.on_account = True
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    returned = await comes_back(work, parcel, line, 3)
    (refund,) = await work.session.scalars(select(OpenItem).where(OpenItem.source_id == returned.id))
    assert refund.amount == refund.settled_amount
    await fulfilment.void_return(work, returned.id, "of another buyer")
    fact = fulfilment.ReturnVoided(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id)
    await finance.withdraw_credit(work, fact)
    await work.close()
    today = business_date(work.now)
    much = NewReceipt(
        channel_id=order.channel_id, amount=Money("9.00"), currency="CNY", received_on=today, reference="IN-1"
    )
    receipt = await finance.post_receipt(work, much)
    out = PaidOut(item_id=receipt.id, amount=Money("9.00"), paid_on=today, reference="OUT-1")
    await finance.pay_back_receipt(work, out)
    await work.close()
    entries = text("SELECT kind, amount FROM distributor_entries ORDER BY made_at, id")
    assert [(row.kind, str(row.amount)) for row in await work.rows(entries)] == [
        ("SHIPMENT", "-16.00"),
        ("RETURN", "10.00"),
        ("RETURN_VOIDED", "-10.00"),
        ("RECEIPT", "9.00"),
        ("REFUND", "-9.00"),
    ]
    held = {name: await work.rows(text(rule)) for name, rule in distributors.INVARIANTS.items()}
    assert {name: rows for name, rows in held.items() if rows} == {}
    assert await broken(work) == {}
