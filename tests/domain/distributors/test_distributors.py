"""A distributor orders on account: within balance and credit limit, charged when goods leave, and once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text, update

from domain import distributors, finance, fulfilment, orders
from domain.channels import Channel, Platform
from domain.finance import NewReceipt, business_date
from domain.kernel import BadInput, Money, NotFound, Refusal, Sessions, VersionConflict, Work, begin, system, tried
from domain.orders.models import Order
from tests.domain.orders.builders import ShopHere, a_shop, broken
from tests.domain.orders.test_placing import a_placement

CARRIER, FUNDS = "SF", orders.HoldReason.FUNDS_SHORT


async def opened(work: Work, limit: str = "100") -> tuple[ShopHere, distributors.Distributor]:
    """Open a distributor whose articles cost 10.00 each."""
    shop = await a_shop(work)
    await work.execute(update(Channel).where(Channel.id == shop.channel_id).values(platform=Platform.DIRECT))
    new = distributors.NewDistributor(
        code=f"D{uuid4().hex[:6]}", name="华东经销", channel_id=shop.channel_id, credit_limit=Money(limit)
    )
    distributor = await distributors.open_distributor(work, new)
    await work.session.flush()
    return shop, distributor


async def unsound(work: Work) -> dict[str, list[Any]]:
    await work.session.flush()
    rules = distributors.INVARIANTS
    found = {name: await work.rows(text(rule)) for name, rule in rules.items()} | await broken(work)
    return {name: rows for name, rows in found.items() if rows}


async def waits_for(work: Work, order: Order) -> set[str]:
    statement = text("SELECT reason FROM order_holds WHERE order_id = :id AND released_at IS NULL")
    return {row.reason for row in await work.rows(statement, {"id": order.id})}


async def balance(work: Work, distributor: distributors.Distributor) -> str:
    await work.session.flush()
    await work.session.refresh(distributor)
    return str(distributor.balance)


async def paid_in(work: Work, shop: ShopHere, amount: str, reference: str = "B1") -> finance.OpenItem:
    await finance.lay_chart(work)
    receipt = NewReceipt(
        channel_id=shop.channel_id,
        amount=Money(amount),
        currency="CNY",
        received_on=business_date(work.now),
        reference=reference,
    )
    return await finance.post_receipt(work, receipt)


async def test_an_order_on_account_waits_for_no_payment_but_for_funds(work: Work) -> None:
    shop, distributor = await opened(work)
    small = await orders.place_order(work, a_placement(shop, 8))
    large = await orders.place_order(work, a_placement(shop, 11))
    assert (small.status, large.status) == ("UNREVIEWED", "UNREVIEWED")
    assert (await waits_for(work, small), await waits_for(work, large)) == (set(), {FUNDS})
    await paid_in(work, shop, "10")
    assert await balance(work, distributor) == "10.00"
    await orders.check_funds(work, distributors.FundsGrew(channel_id=shop.channel_id))
    assert await waits_for(work, large) == set()
    await orders.review_order(work, small.id)
    with pytest.raises(orders.FundsShort) as short:
        await orders.review_order(work, large.id)
    assert (short.value.wanted, short.value.available) == (Money("110"), Money("30"))
    await orders.send_back_order(work, small.id, "wrong price")
    await orders.review_order(work, large.id)
    assert await unsound(work) == {}


async def test_a_parcel_is_charged_once_and_a_voided_sale_is_given_back(work: Work) -> None:
    shop, distributor = await opened(work)
    order = await orders.place_order(work, a_placement(shop, 6))
    await orders.review_order(work, order.id)
    shipment = await fulfilment.ship_order(work, order.id, CARRIER, "SF1234567890123")
    assert await balance(work, distributor) == "-60.00"
    cause = (shipment.id, order.number)
    await distributors.book_funds(work, shop.channel_id, distributors.FundsKind.SHIPMENT, Money("-60"), cause)
    assert await balance(work, distributor) == "-60.00"
    assert await unsound(work) == {}
    await finance.lay_chart(work)
    fact = fulfilment.OrderShipped(shipment_id=shipment.id, order_id=order.id, channel_id=shop.channel_id)
    await finance.open_receivable(work, fact)
    await work.close()
    (entry,) = await work.rows(text("SELECT id FROM journal_entries WHERE purpose = 'SALE'"))
    await finance.void_entry(work, entry.id, "never arrived")
    assert await balance(work, distributor) == "0.00"


async def test_a_voided_receipt_is_taken_off_again(work: Work) -> None:
    shop, distributor = await opened(work, "0")
    await paid_in(work, shop, "25.50")
    await work.close()
    (entry,) = await work.rows(text("SELECT id FROM journal_entries WHERE purpose = 'RECEIPT'"))
    await finance.void_entry(work, entry.id, "another customer's")
    assert await balance(work, distributor) == "0.00"


async def test_what_was_there_before_the_account_is_not_given_back(work: Work) -> None:
    shop, distributor = await opened(work)
    voided = distributors.FundsKind.SALE_VOIDED
    await distributors.book_funds(work, shop.channel_id, voided, Money("60"), (uuid4(), "SH1"))
    await distributors.book_funds(work, uuid4(), distributors.FundsKind.RECEIPT, Money("60"), (uuid4(), "B9"))
    assert await balance(work, distributor) == "0.00"


async def test_who_may_order_no_more_is_approved_nothing(work: Work) -> None:
    shop, distributor = await opened(work)
    stopped = distributors.DistributorChanges(active=False)
    await distributors.change_distributor(work, distributor.id, stopped, expected_version=1)
    order = await orders.place_order(work, a_placement(shop, 1))
    assert await waits_for(work, order) == {FUNDS}
    with pytest.raises(VersionConflict):
        await distributors.change_distributor(work, distributor.id, stopped, expected_version=1)
    await distributors.change_distributor(
        work, distributor.id, distributors.DistributorChanges(active=True, credit_limit=Money("9"), name="华东")
    )
    await orders.check_funds(work, distributors.FundsGrew(channel_id=shop.channel_id))
    assert await waits_for(work, order) == {FUNDS}


async def test_what_cannot_be_an_account_is_refused_by_its_field(work: Work) -> None:
    shop, _ = await opened(work)
    taobao = await a_shop(work, prefix="X")

    async def path_of(channel_id: UUID, code: str = "D9", limit: str = "1") -> tuple[str, ...]:
        new = distributors.NewDistributor(code=code, name="甲", channel_id=channel_id, credit_limit=Money(limit))
        with pytest.raises(Refusal) as refused:
            await distributors.open_distributor(work, new)
        return refused.value.path

    assert await path_of(shop.channel_id) == ("input", "channelId")
    assert await path_of(taobao.channel_id) == ("input", "channelId")
    assert await path_of(shop.channel_id, code=" ") == ("input", "code")
    assert await path_of(shop.channel_id, limit="-1") == ("input", "creditLimit")
    with pytest.raises(NotFound):
        await distributors.change_distributor(
            work, distributors.DistributorId(uuid4()), distributors.DistributorChanges()
        )
    assert BadInput


async def test_two_orders_never_use_the_same_money(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop, _ = await opened(work, "50")
        placed = [(await orders.place_order(work, a_placement(shop, 2))).id for _ in range(6)]

    async def approve(order_id: UUID) -> bool:
        async def once() -> None:
            async with begin(sessions, system("reviewer")) as work:
                await orders.review_order(work, order_id)

        try:
            await tried(once)
        except Refusal:
            return False
        return True

    assert sum(await asyncio.gather(*(approve(each) for each in placed))) == 2
    async with begin(sessions, system("tests")) as work:
        assert await unsound(work) == {}
