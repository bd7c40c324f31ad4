"""Newer versions of a trade: before review they apply, after review they also block."""

from dataclasses import replace

import pytest

from domain import orders
from domain.kernel import Money, Quantity, Work
from domain.orders import IncomingStatus
from tests.domain.orders.builders import (
    RECEIVER,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    broken,
    claims,
    holds,
    lines,
    received,
    refunded,
)

MOVED = replace(RECEIVER, detail="文三路 2 号")


async def reviewed(work: Work, shop: ShopHere, *of: orders.IncomingLine) -> orders.Order:
    order = await received(work, shop, a_trade("1001", *of))
    return await orders.review_order(work, order.id)


async def test_payment_brings_an_order_to_review(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade(status=IncomingStatus.AWAITING_PAYMENT))
    order = await received(work, shop, a_trade(minute=1))
    assert (order.status, await claims(work, order)) == ("UNREVIEWED", ["TO_REVIEW 1"])
    assert await broken(work) == {}


async def test_the_rest_of_a_deposit_order_releases_its_hold(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade(status=IncomingStatus.DEPOSIT_PAID, paid_amount=Money("3")))
    assert await holds(work, order) == {"DEPOSIT_UNPAID": "3.00 of 10.00 is paid"}
    order = await received(work, shop, a_trade(minute=1))
    assert (order.status, await holds(work, order)) == ("UNREVIEWED", {})


async def test_before_review_a_change_just_applies(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade())
    changed = a_trade("1001", a_line(price="9.00"), minute=1, receiver=MOVED, buyer_message="快", seller_flag=1)
    order = await received(work, shop, changed)
    assert (order.address_detail, order.buyer_message, order.seller_flag) == ("文三路 2 号", "快", 1)
    assert (order.total_amount, order.version) == (Money("9"), 2)
    assert await holds(work, order) == {}


async def test_before_review_other_goods_are_claimed_instead(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade("1001", a_line("A", 5), a_line("B")))
    order = await received(work, shop, a_trade("1001", a_line("A", 2), a_line("C", 3), minute=1))
    assert [each.variant_id for each in await lines(work, order)] == [shop.variants["A"], shop.variants["C"]]
    assert await claims(work, order) == ["TO_REVIEW 2", "TO_REVIEW 3"]
    assert await broken(work) == {}


@pytest.mark.parametrize(
    ("change", "evidence"),
    [
        ({"receiver": MOVED}, "address_detail: 文三路 1 号 → 文三路 2 号"),
        ({"receiver": replace(RECEIVER, phone="13900000000")}, "changed on the platform: receiver_phone"),
        ({"buyer_message": "快"}, "buyer_message: None → 快"),
        ({"seller_memo": "VIP"}, "seller_memo: None → VIP"),
        ({"seller_flag": 3}, "seller_flag: None → 3"),
        ({"lines": (a_line("A", 2),)}, "the lines"),
        ({"status": IncomingStatus.SHIPPED}, "shipped there, not by us"),
    ],
)
async def test_after_review_a_change_blocks(work: Work, change: dict[str, object], evidence: str) -> None:
    shop = await a_shop(work)
    await reviewed(work, shop)
    order = await received(work, shop, replace(a_trade(minute=1), **change))  # type: ignore[arg-type]
    assert order.status == "REVIEWED"
    assert evidence in (await holds(work, order))["CHANGED_ON_PLATFORM"]
    assert await broken(work) == {}


async def test_after_review_a_version_that_changes_nothing_blocks_nothing(work: Work) -> None:
    shop = await a_shop(work)
    await reviewed(work, shop)
    order = await received(work, shop, a_trade(minute=1))
    assert (order.status, await holds(work, order)) == ("REVIEWED", {})


async def test_after_review_a_new_price_applies_and_blocks(work: Work) -> None:
    shop = await a_shop(work)
    await reviewed(work, shop)
    order = await received(work, shop, a_trade("1001", a_line(price="8"), minute=1))
    assert order.total_amount == Money("8")
    assert list(await holds(work, order)) == ["CHANGED_ON_PLATFORM"]
    assert await broken(work) == {}


@pytest.mark.parametrize("review_first", [False, True])
async def test_a_refund_request_blocks_until_it_is_closed(work: Work, *, review_first: bool) -> None:
    shop = await a_shop(work)
    if review_first:
        await reviewed(work, shop)
    order = await received(work, shop, a_trade("1001", refunded(status="REQUESTED"), minute=1))
    assert await holds(work, order) == {"REFUND_REQUESTED": "refund requested for title of A"}
    order = await received(work, shop, a_trade("1001", refunded(status="CLOSED"), minute=2))
    assert await holds(work, order) == {}
    order = await received(work, shop, a_trade("1001", refunded(status="REQUESTED"), minute=3))
    assert list(await holds(work, order)) == ["REFUND_REQUESTED"]


@pytest.mark.parametrize("review_first", [False, True])
async def test_a_refund_before_shipping_cancels_its_line(work: Work, *, review_first: bool) -> None:
    shop = await a_shop(work)
    if review_first:
        await reviewed(work, shop, a_line("A"), a_line("B"))
    else:
        await received(work, shop, a_trade("1001", a_line("A"), a_line("B")))
    order = await received(work, shop, a_trade("1001", refunded("A"), a_line("B"), minute=1))
    assert [each.cancelled_quantity for each in await lines(work, order)] == [Quantity(1), Quantity(0)]
    assert len(await claims(work, order)) == 1
    order = await received(work, shop, a_trade("1001", refunded("A"), refunded("B"), minute=2))
    assert (order.status, await claims(work, order), await holds(work, order)) == ("CLOSED", [], {})
    assert await broken(work) == {}


@pytest.mark.parametrize("review_first", [False, True])
@pytest.mark.parametrize(
    ("told", "status"), [(IncomingStatus.CANCELLED, "CANCELLED"), (IncomingStatus.CLOSED_REFUNDED, "CLOSED")]
)
async def test_a_cancellation_gives_everything_back(
    work: Work, *, review_first: bool, told: IncomingStatus, status: str
) -> None:
    shop = await a_shop(work)
    if review_first:
        order = await reviewed(work, shop)
        await orders.hold_order(work, order.id, "look")
    else:
        await received(work, shop, a_trade())
    order = await received(work, shop, a_trade(minute=1, status=told))
    assert (order.status, await claims(work, order), await holds(work, order)) == (status, [], {})
    assert await broken(work) == {}


@pytest.mark.parametrize("review_first", [False, True])
async def test_a_line_of_an_order_that_is_over_says_that_its_money_went_back(work: Work, *, review_first: bool) -> None:
    shop = await a_shop(work)
    await (reviewed(work, shop) if review_first else received(work, shop, a_trade()))
    await received(work, shop, a_trade("1001", refunded("A", status="REQUESTED"), minute=1))
    closed = a_trade("1001", refunded("A"), minute=2, status=IncomingStatus.CLOSED_REFUNDED)
    order = await received(work, shop, closed)
    assert [(each.refund, order.status) for each in await lines(work, order)] == [("SUCCEEDED", "CLOSED")]


async def test_shipped_elsewhere_before_review(work: Work) -> None:
    shop = await a_shop(work)
    await received(work, shop, a_trade())
    order = await received(work, shop, a_trade(minute=1, status=IncomingStatus.SHIPPED))
    assert (order.status, await claims(work, order), order.shipped_at) == ("SHIPPED", [], None)
    order = await received(work, shop, a_trade(minute=2, status=IncomingStatus.COMPLETED))
    assert order.status == "COMPLETED"
    assert await broken(work) == {}


async def test_the_echo_of_our_own_shipment_changes_nothing(work: Work) -> None:
    shop = await a_shop(work)
    order = await reviewed(work, shop)
    line = (await lines(work, order))[0]
    await orders.note_shipment(work, order.id, {line.id: Quantity(1)}, work.now)
    await work.session.flush()
    order = await received(work, shop, a_trade(minute=1, status=IncomingStatus.SHIPPED))
    assert (order.status, await holds(work, order)) == ("SHIPPED", {})
    assert (await lines(work, order))[0].shipped_quantity == Quantity(1)


async def test_a_refund_after_shipping_cancels_nothing(work: Work) -> None:
    shop = await a_shop(work)
    order = await reviewed(work, shop)
    line = (await lines(work, order))[0]
    await orders.note_shipment(work, order.id, {line.id: Quantity(1)}, work.now)
    await work.session.flush()
    order = await received(work, shop, a_trade("1001", refunded(), minute=1, status=IncomingStatus.SHIPPED))
    line = (await lines(work, order))[0]
    assert (order.status, line.refund, line.cancelled_quantity) == ("SHIPPED", "SUCCEEDED", Quantity(0))


async def test_what_a_person_released_stays_released_while_nothing_changes(work: Work) -> None:
    shop = await a_shop(work)
    odd = replace(a_trade(), total_amount=Money("99"))
    order = await received(work, shop, odd)
    await orders.release_order_hold(work, order.id, orders.HoldReason.AMOUNT_MISMATCH)
    order = await received(work, shop, replace(odd, modified_at=a_trade(minute=1).modified_at))
    assert await holds(work, order) == {}
    worse = replace(odd, modified_at=a_trade(minute=2).modified_at, total_amount=Money("98"))
    assert list(await holds(work, await received(work, shop, worse))) == ["AMOUNT_MISMATCH"]


async def test_a_refund_frees_the_rest_of_a_short_order(work: Work) -> None:
    shop = await a_shop(work, stocks=(2,))
    order = await received(work, shop, a_trade("1001", a_line("A", 3), a_line("B")))
    assert list(await holds(work, order)) == ["SHORTAGE"]
    order = await received(work, shop, a_trade("1001", refunded("A", 3), a_line("B"), minute=1))
    assert (await holds(work, order), await claims(work, order)) == ({}, ["TO_REVIEW 1"])
    assert await broken(work) == {}
