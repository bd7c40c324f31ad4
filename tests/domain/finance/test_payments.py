import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain import channels, finance
from domain.finance.payments import check_receipt
from domain.kernel import Actor, BadInput, Money, NotFound, Refusal, Sessions, Work, begin, identifier, system
from domain.kernel.actors import ActorKind
from tests.domain.finance.builders import NOW, a_channel, a_parcel, book, broken, lines_of, receivable_of

TODAY = date(2026, 11, 11)


def money_in(channel_id: UUID, amount: str = "108.00", **differently: Any) -> finance.NewReceipt:
    facts: dict[str, Any] = {
        "channel_id": channel_id,
        "amount": Money(amount),
        "currency": "CNY",
        "received_on": TODAY,
        "reference": identifier().hex,
    }
    return finance.NewReceipt(**(facts | differently))


def part(receivable: Any, amount: str) -> finance.Settlement:
    return finance.Settlement(receivable_id=receivable.id, amount=Money(amount))


async def a_receivable(work: Work, channel_id: UUID, amount: str = "108.00", **differently: Any) -> Any:
    parcel = a_parcel(channel_id, goods_amount=Money(amount), freight_amount=Money(0), **differently)
    await book(work, parcel)
    return await receivable_of(work, parcel)


async def rest_of(work: Work, item_id: UUID) -> str:
    rows = await work.rows(
        text("SELECT amount - settled_amount AS rest FROM open_items WHERE id = :id"), {"id": item_id}
    )
    return str(rows[0].rest)


@pytest.mark.parametrize(
    ("differently", "problem"),
    [
        ({"amount": "0"}, "amount: must be more than zero"),
        ({"amount": "-1"}, "amount: must be more than zero"),
        ({"reference": "  "}, "reference: must have 1 to 100 characters"),
        ({"received_on": date(2026, 11, 12)}, "receivedOn: lies in the future"),
    ],
)
def test_no_bank_could_say_this(differently: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        check_receipt(money_in(identifier(), **differently), TODAY)


def test_what_it_settles_is_checked_line_by_line() -> None:
    each = finance.Settlement(receivable_id=identifier(), amount=Money(5))
    nothing = finance.Settlement(receivable_id=identifier(), amount=Money(0))
    for settles, path in (((each, each), "settles"), ((each, nothing), "1"), ((each,) * 251, "settles")):
        with pytest.raises(BadInput) as refused:
            check_receipt(money_in(identifier(), "9.00", settles=settles), TODAY)
        assert path in refused.value.path
    other = finance.Settlement(receivable_id=identifier(), amount=Money("4.01"))
    with pytest.raises(BadInput, match=r"more than the 9\.00 received"):
        check_receipt(money_in(identifier(), "9.00", settles=(each, other)), TODAY)


async def test_a_receipt_settles_in_parts_and_keeps_its_rest(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id)
    receipt = await finance.post_receipt(work, money_in(shop.id, "100.00", settles=[part(receivable, "60.00")]))
    await work.close()
    assert await lines_of(work, receipt.source_id) == {
        ("RECEIPT", "1002", "100.00", "0.00"),
        ("RECEIPT", "1122", "0.00", "60.00"),
        ("RECEIPT", "2203", "0.00", "40.00"),
    }
    assert [await rest_of(work, item) for item in (receivable.id, receipt.id)] == ["48.00", "40.00"]
    await finance.settle_receivable(work, receipt.id, receivable.id, Money("40.00"))
    await work.close()
    assert [await rest_of(work, item) for item in (receivable.id, receipt.id)] == ["8.00", "0.00"]
    assert await broken(work) == {}


async def test_one_receipt_settles_many_receivables_of_many_buyers(work: Work, shop: channels.Channel) -> None:
    buyers = [identifier(), identifier(), None]
    owed = [await a_receivable(work, shop.id, "10.00", customer_id=buyer) for buyer in buyers]
    await finance.post_receipt(work, money_in(shop.id, "30.00", settles=[part(each, "10.00") for each in owed]))
    await work.close()
    assert await broken(work) == {}
    assert [await rest_of(work, each.id) for each in owed] == ["0.00"] * 3


async def test_money_without_a_debt_is_an_advance(work: Work, shop: channels.Channel) -> None:
    receipt = await finance.post_receipt(work, money_in(shop.id, "50.00"))
    await work.close()
    assert {account for _, account, *_ in await lines_of(work, receipt.source_id)} == {"1002", "2203"}
    assert await broken(work) == {}


async def test_more_than_the_rest_is_refused(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id, "10.00")
    with pytest.raises(finance.SettlesTooMuch) as refused:
        await finance.post_receipt(work, money_in(shop.id, "50.00", settles=[part(receivable, "10.01")]))
    assert refused.value.rest == Money("10.00")
    assert refused.value.path == ("input", "settles", "0")


async def test_more_than_the_receipt_is_refused(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id, "100.00")
    receipt = await finance.post_receipt(work, money_in(shop.id, "10.00"))
    await work.close()
    with pytest.raises(finance.SettlesTooMuch, match=r"Only 10\.00 of AR"):
        await finance.settle_receivable(work, receipt.id, receivable.id, Money("10.01"))


async def test_the_same_payment_is_entered_once(work: Work, shop: channels.Channel) -> None:
    await finance.post_receipt(work, money_in(shop.id, reference="BANK-1"))
    with pytest.raises(finance.ReceiptKnown, match="BANK-1"):
        await finance.post_receipt(work, money_in(shop.id, "9.00", reference=" BANK-1 "))


async def test_money_of_one_shop_pays_no_debt_of_another(work: Work, shop: channels.Channel) -> None:
    other = a_channel("TB2")
    work.session.add(other)
    await work.session.flush()
    receivable = await a_receivable(work, other.id)
    with pytest.raises(finance.SettlesAcross):
        await finance.post_receipt(work, money_in(shop.id, settles=[part(receivable, "1.00")]))
    dollars = await a_receivable(work, shop.id, currency="USD")
    with pytest.raises(finance.SettlesAcross, match="USD"):
        await finance.post_receipt(work, money_in(shop.id, settles=[part(dollars, "1.00")]))


async def test_what_is_not_yours_is_not_there(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id)
    stranger = Actor(
        kind=ActorKind.STAFF,
        id=identifier(),
        name="stranger",
        permissions=frozenset({"finance.*"}),
        channels=frozenset({identifier()}),
    )
    theirs = Work(session=work.session, actor=stranger, now=NOW)
    with pytest.raises(NotFound):
        await finance.post_receipt(theirs, money_in(shop.id))
    with pytest.raises(NotFound):
        await finance.settle_receivable(theirs, identifier(), receivable.id, Money(1))


async def test_a_receipt_settles_receivables_only(work: Work, shop: channels.Channel) -> None:
    one = await finance.post_receipt(work, money_in(shop.id))
    two = await finance.post_receipt(work, money_in(shop.id))
    await work.close()
    with pytest.raises(NotFound, match="receivable"):
        await finance.settle_receivable(work, one.id, two.id, Money(1))
    with pytest.raises(NotFound, match="receipt"):
        await finance.settle_receivable(work, identifier(), two.id, Money(1))


async def test_many_who_settle_at_once_settle_exactly_the_amount(sessions: Sessions, committed_shop: UUID) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        receivable = await a_receivable(work, committed_shop, "50.00")
    async with begin(sessions, system("tests"), at=NOW) as work:
        receipts = [await finance.post_receipt(work, money_in(committed_shop, "8.00")) for _ in range(20)]

    async def settle(receipt_id: UUID) -> str:
        try:
            async with begin(sessions, system("tests"), at=NOW) as work:
                await finance.settle_receivable(work, finance.OpenItemId(receipt_id), receivable.id, Money("8.00"))
        except Refusal as refusal:
            return refusal.code()
        return "settled"

    outcomes = await asyncio.gather(*(settle(each.id) for each in receipts))
    assert (outcomes.count("settled"), outcomes.count("SETTLES_TOO_MUCH")) == (6, 14)
    async with begin(sessions, system("tests"), at=NOW) as work:
        assert await rest_of(work, receivable.id) == "2.00"
        assert await broken(work) == {}


async def test_receipts_crossing_the_same_receivables_never_deadlock(sessions: Sessions, committed_shop: UUID) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        owed = [await a_receivable(work, committed_shop, "100.00") for _ in range(6)]

    async def pay(turn: int) -> None:
        ordered = owed[turn % 6 :] + owed[: turn % 6]
        settles = [part(each, "5.00") for each in (ordered if turn % 2 else reversed(ordered))]
        async with begin(sessions, system("tests"), at=NOW) as work:
            await finance.post_receipt(work, money_in(committed_shop, "30.00", settles=settles))

    await asyncio.gather(*(pay(turn) for turn in range(20)))
    async with begin(sessions, system("tests"), at=NOW) as work:
        assert {await rest_of(work, each.id) for each in owed} == {"0.00"}
        assert await broken(work) == {}


async def test_the_audit_sees_what_was_settled_by_nothing(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id)
    assert await broken(work) == {}
    await work.execute(text("UPDATE open_items SET settled_amount = 1 WHERE id = :id"), {"id": receivable.id})
    assert sorted(name[:3] for name in await broken(work)) == ["I13", "I14"]


async def test_the_audit_sees_a_parcel_nobody_booked(work: Work, shop: channels.Channel) -> None:
    work.session.add(a_parcel(shop.id))
    await work.session.flush()
    assert [name[:13] for name in await broken(work)] == ["each shipment"]
