"""Deposits: paid in two steps, waiting in between, kept when the balance never comes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from domain import finance, orders
from domain.kernel import BadInput, Money, Work, WrongState
from domain.orders import IncomingStatus, PlacedBy, PlacedLine, Placement
from tests.domain.orders.builders import (
    RECEIVER,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    holds,
    lines,
    received,
)

FIVE = Money("5")


async def placed(work: Work, **changes: Any) -> tuple[ShopHere, orders.Order]:
    """Place an order of 10 A for 100.00, of which 20.00 are paid first."""
    shop = await a_shop(work)
    placement = Placement(
        channel_id=shop.channel_id,
        lines=[PlacedLine(sku="A", quantity=10)],
        customer=PlacedBy(name="王小明", phone="13800000000"),
        receiver=RECEIVER,
        deposit_amount=Money("20.00"),
    )
    return shop, await orders.place_order(work, replace(placement, **changes))


async def test_a_deposit_and_a_balance(work: Work) -> None:
    _, order = await placed(work)
    assert (order.kind, order.status) == ("DEPOSIT", "AWAITING_PAYMENT")
    assert await holds(work, order) == {"DEPOSIT_UNPAID": "0.00 of 100.00 is paid"}
    order = await orders.confirm_order_deposit(work, order.id)
    assert (order.status, order.paid_amount, order.deposit_paid_at) == ("AWAITING_PAYMENT", Money("20"), work.now)
    assert await holds(work, order) == {"DEPOSIT_UNPAID": "20.00 of 100.00 is paid"}
    assert await claims(work, order) == ["UNPAID 10"]
    with pytest.raises(orders.DepositPaid):
        await orders.confirm_order_deposit(work, order.id)
    order = await orders.confirm_order_payment(work, order.id)
    assert (order.status, order.paid_amount, await holds(work, order)) == ("UNREVIEWED", Money("100"), {})
    assert (await orders.review_order(work, order.id)).status == "REVIEWED"
    with pytest.raises(WrongState):
        await orders.forfeit_order_deposit(work, order.id, "逾期")
    assert await broken(work) == {}


async def test_a_forfeited_deposit_is_income_and_gives_the_goods_back(work: Work) -> None:
    await finance.lay_chart(work)
    _, order = await placed(work)
    with pytest.raises(orders.DepositNotPaid, match=r"20\.00"):
        await orders.forfeit_order_deposit(work, order.id, "逾期")
    await orders.confirm_order_deposit(work, order.id)
    order = await orders.forfeit_order_deposit(work, order.id, "逾期未付尾款")
    assert (order.status, order.paid_amount, order.forfeited_at) == ("CANCELLED", Money("20"), work.now)
    assert (await claims(work, order), await holds(work, order)) == ([], {})
    fact = orders.OrderDepositForfeited(order_id=order.id, channel_id=order.channel_id)
    assert fact in work.facts
    await finance.book_forfeited_deposit(work, fact)
    await work.close()
    await finance.book_forfeited_deposit(work, fact)
    await work.close()
    entry, line = finance.JournalEntry, finance.JournalLine
    rows = await work.rows(
        select(entry.purpose, line.account_code, line.debit, line.credit)
        .join(line, line.entry_id == entry.id)
        .where(entry.source_id == order.id)
        .order_by(line.position)
    )
    assert [tuple(map(str, row)) for row in rows] == [
        ("FORFEIT", "1122", "20.00", "0.00"),
        ("FORFEIT", "6301", "0.00", "20.00"),
    ]
    assert [name for name, sql in finance.INVARIANTS.items() if await work.rows(text(sql)) and "I9" not in name] == []
    assert await broken(work) == {}


@pytest.mark.parametrize(
    "change",
    [{"deposit_amount": Money(0)}, {"deposit_amount": Money("100")}, {"paid": True}, {"cash_on_delivery": True}],
)
async def test_what_is_no_deposit(work: Work, change: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        await placed(work, **change)
    assert refused.value.path == ("input", "depositAmount")


async def test_what_was_agreed_is_fixed(work: Work) -> None:
    shop, order = await placed(work)
    (line,) = await lines(work, order)
    with pytest.raises(orders.GoodsFixed):
        await orders.remove_order_line(work, line.id, "x")
    plain = await received(work, shop, a_trade())
    with pytest.raises(orders.NoDeposit):
        await orders.confirm_order_deposit(work, plain.id)


async def test_a_trade_in_two_steps_is_a_deposit_order(work: Work) -> None:
    shop = await a_shop(work)
    first = a_trade("1001", a_line("A", 2), status=IncomingStatus.DEPOSIT_PAID, paid_amount=Money("5"))
    order = await received(work, shop, first)
    assert (order.kind, order.deposit_amount, order.status) == ("DEPOSIT", Money("5"), "AWAITING_PAYMENT")
    (line,) = await lines(work, order)
    with pytest.raises(orders.GoodsFixed):
        await orders.remove_order_line(work, line.id, "x")
    order = await received(work, shop, a_trade("1001", a_line("A", 2), minute=5))
    assert (order.kind, order.deposit_amount, order.status) == ("DEPOSIT", Money("5"), "UNREVIEWED")
    assert (order.paid_amount, await holds(work, order)) == (Money("20"), {})
    await orders.remove_order_line(work, (await lines(work, order))[0].id, "换货")
    assert await broken(work) == {}


async def test_a_deposit_that_its_platform_lets_us_keep_is_booked_once(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade("1001", a_line("A", 2), status=IncomingStatus.DEPOSIT_PAID, paid_amount=FIVE))
    lost = {"status": IncomingStatus.DEPOSIT_FORFEITED, "paid_amount": FIVE}
    order = await received(work, shop, a_trade("1001", a_line("A", 2), minute=5, **lost))
    assert (order.status, order.forfeited_at, order.paid_amount) == ("CANCELLED", order.modified_at, FIVE)
    again = await received(work, shop, a_trade("1001", a_line("A", 2), minute=9, **lost))
    unseen = await received(work, shop, a_trade("1002", a_line("A", 1), minute=5, **lost))
    facts = [each for each in work.facts if isinstance(each, orders.OrderDepositForfeited)]
    assert [each.order_id for each in facts] == [order.id, unseen.id]
    assert (again.forfeited_at, unseen.kind, unseen.deposit_amount) == (order.forfeited_at, "DEPOSIT", FIVE)
    for fact in facts:
        await finance.book_forfeited_deposit(work, fact)
    item = finance.OpenItem
    found = await work.rows(select(item.reference, item.amount).where(item.source_id.in_([order.id, unseen.id])))
    assert {(row.reference, str(row.amount)) for row in found} == {(order.number, "5.00"), (unseen.number, "5.00")}
    assert await broken(work) == {}


async def test_the_clock_keeps_what_is_not_paid_in_time(work: Work) -> None:
    due = work.now + timedelta(days=2)
    shop, kept = await placed(work, balance_due_at=due)
    again = Placement(
        channel_id=shop.channel_id,
        lines=[PlacedLine(sku="A", quantity=1)],
        customer=PlacedBy(name="李四", phone="13800000009"),
        receiver=RECEIVER,
        deposit_amount=Money("2"),
        balance_due_at=due,
    )
    nothing, paid, later = [await orders.place_order(work, again) for _ in range(3)]
    for order in (kept, paid, later):
        await orders.confirm_order_deposit(work, order.id)
    paid = await orders.confirm_order_payment(work, paid.id)
    later = await orders.change_balance_deadline(work, later.id, due + timedelta(days=1))
    await work.session.flush()
    for moment, ended in ((due - timedelta(seconds=1), 0), (due, 2), (due, 0)):
        clock = acting(work, work.actor)
        clock.now = moment
        assert await orders.end_overdue_deposits(clock) == ended
        work.facts += clock.facts
    kept, nothing = [await work.session.get_one(orders.Order, each.id) for each in (kept, nothing)]
    states = [(each.status, each.forfeited_at) for each in (kept, nothing, paid, later)]
    lost = ("CANCELLED", due)
    assert states == [lost, ("CANCELLED", None), ("UNREVIEWED", None), ("AWAITING_PAYMENT", None)]
    assert "逾期" in (kept.cancel_reason or "")
    assert [each.order_id for each in work.facts if isinstance(each, orders.OrderDepositForfeited)] == [kept.id]
    assert (await claims(work, kept), await claims(work, later)) == ([], ["UNPAID 1"])
    assert await broken(work) == {}


async def test_a_deadline_that_is_none_is_refused(work: Work) -> None:
    for change in ({"deposit_amount": None}, {"balance_due_at": work.now}):
        with pytest.raises(BadInput) as refused:
            async with work.session.begin_nested():
                await placed(work, **{"balance_due_at": work.now + timedelta(days=1), **change})
        assert refused.value.path == ("input", "balanceDueAt")
    _, order = await placed(work)
    with pytest.raises(BadInput, match="at most 366 days"):
        await orders.change_balance_deadline(work, order.id, work.now + timedelta(days=367))
