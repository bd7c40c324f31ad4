"""Editing: what a person changes stands, adds up, and is not undone by the platform."""

from dataclasses import replace

import pytest

from domain import orders, pricing
from domain.kernel import (
    BadInput,
    Money,
    NotAllowed,
    NotFound,
    Quantity,
    Sessions,
    UnitPrice,
    VersionConflict,
    Work,
    WrongState,
    begin,
    system,
)
from domain.orders import AddedLine, IncomingStatus, OrderStatus
from domain.orders.editing import WINDOWS, Editable
from tests.domain.orders.builders import (
    RECEIVER,
    ShopHere,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    holds,
    lines,
    order_of,
    received,
)

ELSEWHERE = replace(RECEIVER, detail="文三路 99 号")


async def an_order(work: Work) -> tuple[ShopHere, orders.Order]:
    """Import two of A at 10.00 and one of B at 7.01, freight 5.00."""
    shop = await a_shop(work)
    return shop, await received(work, shop, the_trade())


def the_trade(minute: int = 0, **changes: object) -> orders.IncomingOrder:
    given = {"freight_amount": Money(5), "total_amount": Money("32.01"), "paid_amount": Money("32.01"), **changes}
    return a_trade("1001", a_line("A", 2), a_line("B", 1, "7.01"), minute=minute, **given)


def amounts(order: orders.Order) -> str:
    return f"{order.goods_amount} - {order.discount_amount} + {order.freight_amount} = {order.total_amount}"


async def test_a_line_costs_what_a_person_says(work: Work) -> None:
    _, order = await an_order(work)
    first, second = await lines(work, order)
    order = await orders.change_order_line_price(work, first.id, UnitPrice("9.99"), "price match")
    assert amounts(order) == "27.01 - 0.02 + 5.00 = 31.99"
    order = await orders.change_order_line_price(work, second.id, UnitPrice("8"), "the better one")
    assert amounts(order) == "28.00 - 0.02 + 5.00 = 32.98"
    assert await claims(work, order) == ["TO_REVIEW 2", "TO_REVIEW 1"]
    assert await broken(work) == {}


async def test_a_price_below_its_floor_waits_until_it_is_raised(work: Work) -> None:
    shop, order = await an_order(work)
    await pricing.set_floor_price(work, UnitPrice("9.50"), variant_id=shop.variants["A"])
    first, _ = await lines(work, order)
    order = await orders.change_order_line_price(work, first.id, UnitPrice("9.49"), "a friend")
    assert "PRICE_BELOW_FLOOR" in await holds(work, order)
    order = await orders.change_order_line_price(work, first.id, UnitPrice("9.50"), "not that much")
    assert await holds(work, order) == {}


async def test_a_discount_is_shared_out_to_the_cent(work: Work) -> None:
    _, order = await an_order(work)
    order = await orders.change_order_discount(work, order.id, Money("10"), "sorry")
    assert amounts(order) == "27.01 - 10.00 + 5.00 = 22.01"
    assert [str(each.line_amount) for each in await lines(work, order)] == ["12.60", "4.41"]
    order = await orders.change_order_freight(work, order.id, Money(0), "free")
    assert amounts(order) == "27.01 - 10.00 + 0.00 = 17.01"
    assert await broken(work) == {}


async def test_more_and_fewer_move_the_claims(work: Work) -> None:
    shop, order = await an_order(work)
    first, second = await lines(work, order)
    order = await orders.change_order_line_quantity(work, first.id, Quantity(5), "wants more")
    assert amounts(order) == "57.01 - 0.00 + 5.00 = 62.01"
    order = await orders.remove_order_line(work, second.id, "does not want it")
    assert amounts(order) == "50.00 - 0.00 + 5.00 = 55.00"
    order = await orders.add_order_line(
        work, order.id, AddedLine(variant_id=shop.variants["C"], quantity=Quantity(3)), "instead"
    )
    order = await orders.add_order_gift(work, order.id, shop.variants["B"], Quantity(1), "for the trouble")
    assert amounts(order) == "80.00 - 0.00 + 5.00 = 85.00"
    assert await claims(work, order) == ["TO_REVIEW 5", "TO_REVIEW 3", "TO_REVIEW 1"]
    assert await broken(work) == {}


async def test_what_is_not_there_becomes_a_hold_and_goes_with_its_cause(work: Work) -> None:
    shop, order = await an_order(work)
    first, _ = await lines(work, order)
    order = await orders.change_order_line_quantity(work, first.id, Quantity(101), "all of them")
    assert (await holds(work, order)).keys() == {"PART_PAID", "SHORTAGE"}
    order = await orders.change_order_line_quantity(work, first.id, Quantity(100), "then these")
    assert await holds(work, order) == {"PART_PAID": "32.01 of 1012.01 is paid"}
    with pytest.raises(orders.OrderOnHold):
        await orders.review_order(work, order.id)
    order = await orders.confirm_order_payment(work, order.id)
    assert (order.status, order.paid_amount, await holds(work, order)) == ("UNREVIEWED", Money("1012.01"), {})
    with pytest.raises(orders.NothingDue):
        await orders.confirm_order_payment(work, order.id)
    # Its platform knows nothing of what was paid up here.
    later = replace(the_trade(5), buyer_message="快")
    order = await received(work, shop, later)
    assert (order.buyer_message, order.paid_amount, await holds(work, order)) == ("快", Money("1012.01"), {})
    assert await broken(work) == {}


async def test_less_than_was_paid_waits_for_nothing(work: Work) -> None:
    _, order = await an_order(work)
    first, _ = await lines(work, order)
    order = await orders.change_order_line_price(work, first.id, UnitPrice("10.01"), "one cent each")
    assert await holds(work, order) == {"PART_PAID": "32.01 of 32.03 is paid"}
    order = await orders.change_order_line_price(work, first.id, UnitPrice("9"), "never mind")
    assert await holds(work, order) == {}


async def test_a_change_of_the_goods_sends_a_reviewed_order_back(work: Work) -> None:
    _, order = await an_order(work)
    order = await orders.review_order(work, order.id)
    first, _ = await lines(work, order)
    order = await orders.change_order_line_quantity(work, first.id, Quantity(1), "one is enough")
    assert (order.status, order.reviewed_by) == ("UNREVIEWED", None)
    assert await claims(work, order) == ["TO_REVIEW 1", "TO_REVIEW 1"]
    assert await broken(work) == {}


async def test_another_address_does_not_need_another_review(work: Work) -> None:
    _, order = await an_order(work)
    order = await orders.review_order(work, order.id)
    order = await orders.change_order_receiver(work, order.id, ELSEWHERE, "moved")
    assert (order.status, order.address_detail) == ("REVIEWED", "文三路 99 号")
    assert order.kept == {"address_detail": "文三路 1 号"}


async def test_the_platform_does_not_undo_what_it_does_not_know(work: Work) -> None:
    shop, order = await an_order(work)
    first, _ = await lines(work, order)
    await orders.change_order_line_quantity(work, first.id, Quantity(1), "one is enough")
    await orders.change_order_receiver(work, order.id, ELSEWHERE, "moved")
    order = await received(work, shop, the_trade(minute=1, buyer_message="please hurry"))
    assert (order.buyer_message, order.address_detail) == ("please hurry", "文三路 99 号")
    assert amounts(order) == "17.01 - 0.00 + 5.00 = 22.01"
    assert await claims(work, order) == ["TO_REVIEW 1", "TO_REVIEW 1"]
    assert await holds(work, order) == {}
    assert await broken(work) == {}


@pytest.mark.parametrize("reviewed", [False, True])
async def test_where_the_platform_says_something_new_a_person_looks(work: Work, reviewed: bool) -> None:
    shop, order = await an_order(work)
    first, _ = await lines(work, order)
    await orders.change_order_line_quantity(work, first.id, Quantity(1), "one is enough")
    await orders.change_order_receiver(work, order.id, ELSEWHERE, "moved")
    if reviewed:
        await orders.review_order(work, order.id)
    there = replace(RECEIVER, detail="文三路 5 号")
    order = await received(work, shop, the_trade(minute=1, receiver=there, freight_amount=Money(6)))
    assert order.address_detail == "文三路 99 号"
    assert amounts(order) == "17.01 - 0.00 + 5.00 = 22.01"
    evidence = (await holds(work, order))["CHANGED_ON_PLATFORM"]
    assert "address_detail" in evidence
    assert "the lines or amounts" in evidence
    await orders.release_order_hold(work, order.id, orders.HoldReason.CHANGED_ON_PLATFORM)
    order = await received(work, shop, the_trade(minute=2, receiver=there, freight_amount=Money(6)))
    assert "CHANGED_ON_PLATFORM" not in await holds(work, order)
    assert await broken(work) == {}


async def test_a_cancellation_there_ends_an_order_that_was_changed_here(work: Work) -> None:
    shop, order = await an_order(work)
    await orders.add_order_gift(work, order.id, shop.variants["C"], Quantity(1), "thanks")
    order = await received(work, shop, the_trade(minute=1, status=IncomingStatus.CANCELLED))
    assert order.status == "CANCELLED"
    assert await claims(work, order) == []
    assert await broken(work) == {}


async def test_a_memo_that_comes_back_is_no_change(work: Work) -> None:
    shop, order = await an_order(work)
    order = await orders.review_order(work, order.id)
    noting = acting(work, a_reviewer("change_order_memo"))
    order = await orders.change_order_memo(noting, order.id, "加急", None)
    assert (order.seller_memo, order.seller_flag) == ("加急", 0)
    assert noting.facts == [orders.OrderMemoChanged(order_id=order.id, channel_id=shop.channel_id)]
    told = await orders.memo_to_tell(work, order.id)
    assert told == orders.MemoToTell(channel_id=shop.channel_id, external_number="1001", memo="加急", flag=0)
    version = order.version
    stale = await received(work, shop, the_trade(minute=1))
    assert (stale.seller_memo, await holds(work, stale)) == ("加急", {})
    echo = await received(work, shop, the_trade(minute=2, seller_memo="加急", seller_flag=0))
    assert (echo.seller_memo, await holds(work, echo), echo.kept) == ("加急", {}, {})
    assert (echo.version, echo.updated_by) == (version, noting.actor.name), "who saw it before may still change it"
    theirs = await received(work, shop, the_trade(minute=3, seller_memo="不急", seller_flag=2))
    assert (theirs.seller_memo, theirs.seller_flag, theirs.version) == ("不急", 2, version + 1)
    assert "seller_memo" in (await holds(work, theirs))["CHANGED_ON_PLATFORM"]


async def test_what_cannot_be_is_refused_at_its_field(work: Work) -> None:
    shop, order = await an_order(work)
    first, _ = await lines(work, order)
    with pytest.raises(BadInput, match="remove the line") as refusal:
        await orders.change_order_line_quantity(work, first.id, Quantity(0), "none")
    assert refusal.value.path == ("input", "quantity")
    with pytest.raises(orders.NothingToDiscount):
        await orders.change_order_discount(work, order.id, Money("27.02"), "too much")
    with pytest.raises(BadInput, match="the order is in CNY"):
        await orders.change_order_freight(work, order.id, Money(1), "dollars", currency="USD")
    with pytest.raises(BadInput, match="no city"):
        await orders.change_order_receiver(work, order.id, replace(RECEIVER, city=""), "moved")
    with pytest.raises(BadInput, match="between 0 and 5"):
        await orders.change_order_memo(work, order.id, "x", 6)
    with pytest.raises(NotFound, match="order line"):
        await orders.remove_order_line(work, shop.channel_id, "which")
    with pytest.raises(NotAllowed, match=r"orders\.change_order_freight"):
        await orders.change_order_freight(acting(work, a_reviewer("change_order_memo")), order.id, Money(1), "no")
    assert await broken(work) == {}


async def test_what_has_left_does_not_change(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A", 2), status=IncomingStatus.SHIPPED))
    with pytest.raises(WrongState, match="SHIPPED"):
        await orders.change_order_freight(work, order.id, Money(1), "late")
    order = await orders.change_order_memo(work, order.id, "was late", 1)
    assert order.seller_memo == "was late"


def test_every_part_may_be_edited_from_the_first_state_on_and_never_again_after_the_last() -> None:
    alive = [OrderStatus.UNREVIEWED, *(each for each in OrderStatus if each in orders.TO_SHIP)]
    for part, states in WINDOWS.items():
        allowed = [each in states for each in alive]
        assert allowed == sorted(allowed, reverse=True), part
    assert not any(OrderStatus.MERGED in states or OrderStatus.SPLIT in states for states in WINDOWS.values())
    assert WINDOWS.keys() == set(Editable)


async def test_of_two_who_edit_one_wins_and_the_other_is_told_by_whom(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop, order = await an_order(work)
    async with begin(sessions, a_reviewer("change_order_freight", name="先")) as work:
        await orders.change_order_freight(work, order.id, Money(1), "first", expected_version=order.version)
    with pytest.raises(VersionConflict, match="先"):
        async with begin(sessions, a_reviewer("change_order_freight", name="后")) as work:
            await orders.change_order_freight(work, order.id, Money(2), "second", expected_version=order.version)
    async with begin(sessions, system("tests")) as work:
        assert (await order_of(work, shop)).freight_amount == Money(1)
