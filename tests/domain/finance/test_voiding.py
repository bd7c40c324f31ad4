import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from domain import channels, finance
from domain.kernel import Actor, ActorKind, BadInput, Money, NotFound, Sessions, Work, begin, identifier, system
from tests.domain.finance.builders import NOW, a_parcel, book, broken, receivable_of
from tests.domain.finance.test_payments import a_receivable, money_in, part, rest_of


async def entry_of(work: Work, source_id: Any, purpose: str) -> finance.EntryId:
    rows = await work.rows(
        text("SELECT id FROM journal_entries WHERE source_id = :id AND purpose = :purpose"),
        {"id": source_id, "purpose": purpose},
    )
    return finance.EntryId(rows[0].id)


async def void(work: Work, entry_id: Any, reason: str = "typed twice") -> finance.JournalEntry:
    reversal = await finance.void_entry(work, entry_id, reason)
    await work.close()
    return reversal


async def test_a_wrong_receipt_is_undone_with_what_it_settled(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id, "100.00")
    receipt = await finance.post_receipt(work, money_in(shop.id, "80.00", settles=[part(receivable, "60.00")]))
    await work.close()
    reversal = await void(work, await entry_of(work, receipt.source_id, "RECEIPT"))
    assert reversal.summary.endswith("typed twice")
    assert await rest_of(work, receivable.id) == "100.00"
    assert await broken(work) == {}
    with pytest.raises(finance.ItemVoided):
        await finance.settle_receivable(work, receipt.id, receivable.id, Money(1))


async def test_the_reference_of_a_voided_receipt_is_free_again(work: Work, shop: channels.Channel) -> None:
    receipt = await finance.post_receipt(work, money_in(shop.id, reference="BANK-1"))
    await work.close()
    await void(work, await entry_of(work, receipt.source_id, "RECEIPT"))
    await finance.post_receipt(work, money_in(shop.id, "107.00", reference="BANK-1"))
    await work.close()
    assert await broken(work) == {}


async def test_a_receipt_that_settled_more_later_is_not_voided_before_that(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id, "100.00")
    receipt = await finance.post_receipt(work, money_in(shop.id, "50.00", settles=[part(receivable, "20.00")]))
    await work.close()
    await finance.settle_receivable(work, receipt.id, receivable.id, Money("30.00"))
    await work.close()
    with pytest.raises(finance.ItemSettled, match=r"30\.00 of AR"):
        await finance.void_entry(work, await entry_of(work, receipt.source_id, "RECEIPT"), "wrong")


async def test_a_settlement_gives_back_what_it_took(work: Work, shop: channels.Channel) -> None:
    receivable = await a_receivable(work, shop.id, "100.00")
    receipt = await finance.post_receipt(work, money_in(shop.id, "50.00"))
    await work.close()
    await finance.settle_receivable(work, receipt.id, receivable.id, Money("30.00"))
    await work.close()
    await void(work, (await work.rows(text("SELECT id FROM journal_entries WHERE purpose = 'SETTLEMENT'")))[0].id)
    assert [await rest_of(work, item) for item in (receivable.id, receipt.id)] == ["100.00", "50.00"]
    assert await broken(work) == {}


async def test_a_sale_is_voided_while_nobody_paid_it(work: Work, shop: channels.Channel) -> None:
    parcel = a_parcel(shop.id)
    await book(work, parcel)
    await void(work, await entry_of(work, parcel.id, "SALE"))
    item = await receivable_of(work, parcel)
    assert item.voided_at == NOW
    assert await broken(work) == {}


async def test_a_sale_that_is_paid_is_not_voided(work: Work, shop: channels.Channel) -> None:
    parcel = a_parcel(shop.id)
    await book(work, parcel)
    paid = await receivable_of(work, parcel)
    await finance.post_receipt(work, money_in(shop.id, "8.00", settles=[part(paid, "8.00")]))
    await work.close()
    with pytest.raises(finance.ItemSettled):
        await finance.void_entry(work, await entry_of(work, parcel.id, "SALE"), "wrong")


async def test_an_entry_is_voided_once(work: Work, shop: channels.Channel) -> None:
    receipt = await finance.post_receipt(work, money_in(shop.id))
    await work.close()
    entry = await entry_of(work, receipt.source_id, "RECEIPT")
    reversal = await void(work, entry)
    with pytest.raises(finance.EntryVoided, match=reversal.number):
        await finance.void_entry(work, entry, "again")
    with pytest.raises(finance.EntryReverses):
        await finance.void_entry(work, reversal.id, "never mind")


async def test_the_cost_of_goods_follows_the_stock(work: Work, shop: channels.Channel) -> None:
    parcel = a_parcel(shop.id)
    await book(work, parcel)
    with pytest.raises(finance.EntryFollowsStock):
        await finance.void_entry(work, await entry_of(work, parcel.id, "COST"), "wrong")


async def test_a_reason_is_asked_for(work: Work) -> None:
    with pytest.raises(BadInput, match="reason"):
        await finance.void_entry(work, identifier(), "  ")


async def test_an_entry_of_another_shop_is_not_there(work: Work, shop: channels.Channel) -> None:
    receipt = await finance.post_receipt(work, money_in(shop.id))
    await work.close()
    stranger = Actor(
        kind=ActorKind.STAFF,
        id=identifier(),
        name="stranger",
        permissions=frozenset({"finance.void_entry"}),
        channels=frozenset({identifier()}),
    )
    theirs = Work(session=work.session, actor=stranger, now=NOW)
    with pytest.raises(NotFound):
        await finance.void_entry(theirs, await entry_of(work, receipt.source_id, "RECEIPT"), "mine now")


async def test_two_who_void_at_once_void_once(sessions: Sessions, committed_shop: Any) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        receipt = await finance.post_receipt(work, money_in(committed_shop))
    async with begin(sessions, system("tests"), at=NOW) as work:
        entry = await entry_of(work, receipt.source_id, "RECEIPT")

    async def attempt() -> str:
        try:
            async with begin(sessions, system("tests"), at=NOW) as work:
                await finance.void_entry(work, entry, "twice")
        except finance.EntryVoided as refusal:
            return refusal.code()
        return "voided"

    outcomes = await asyncio.gather(*(attempt() for _ in range(5)))
    assert sorted(outcomes) == ["ENTRY_VOIDED"] * 4 + ["voided"]
    async with begin(sessions, system("tests"), at=NOW) as work:
        assert await broken(work) == {}
