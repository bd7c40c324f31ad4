"""Splitting: parts add up to the original in every amount, keep its stock, and follow its trade."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain import orders
from domain.kernel import BadInput, Money, Quantity, Sessions, Work, WrongState, begin, system
from domain.orders import Combining, IncomingStatus, ShipNow, SplitBy, SplitLine, sharing, splitting_plans
from domain.orders.splitting_plans import Piece
from tests.domain.inventory.builders import stock
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
    order_of,
    received,
    refunded,
)


def the_trade(minute: int = 0, **changes: Any) -> orders.IncomingOrder:
    """Make 3 of A for 10.00 in all, 1 of B for 5.01, freight 2.00."""
    a = replace(a_line("A", 3), line_amount=Money("10.00"))
    given: dict[str, Any] = {"freight_amount": Money(2), "total_amount": Money("17.01"), "paid_amount": Money("17.01")}
    return a_trade("1001", a, a_line("B", 1, "5.01"), minute=minute, **{**given, **changes})


async def an_order(work: Work, **stocks: Any) -> tuple[ShopHere, orders.Order]:
    shop = await a_shop(work, **stocks)
    return shop, await received(work, shop, the_trade())


async def parts_of(work: Work, order: orders.Order) -> list[orders.Order]:
    part = orders.Order
    statement = select(part).where(part.split_from_id == order.id, part.merged_into_id.is_(None))
    ordered = statement.order_by(part.number).execution_options(populate_existing=True)
    return list(await work.session.scalars(ordered))


async def by_hand(work: Work, order: orders.Order, *parts: Sequence[tuple[int, int]]) -> list[orders.Order]:
    """Split by the position of the lines and how much of each."""
    ids = {each.position: each.id for each in await lines(work, order)}
    wanted = [[SplitLine(order_line_id=ids[place], quantity=Quantity(many)) for place, many in part] for part in parts]
    await orders.split_order(work, order.id, wanted)
    return await parts_of(work, order)


def amounts(order: orders.Order) -> str:
    return f"{order.goods_amount} - {order.discount_amount} + {order.freight_amount} = {order.total_amount}"


async def test_parts_add_up_and_the_last_takes_the_remainder(work: Work) -> None:
    _, order = await an_order(work)
    first, second, rest = await by_hand(work, order, [(1, 1)], [(1, 1)])
    assert [amounts(each) for each in (first, second, rest)] == [
        "10.00 - 6.67 + 0.44 = 3.77",
        "10.00 - 6.67 + 0.44 = 3.77",
        "15.01 - 6.66 + 1.12 = 9.47",
    ]
    assert (first.paid_amount, rest.paid_amount) == (first.total_amount, rest.total_amount)
    await work.session.refresh(order)
    assert (order.status, amounts(order)) == ("SPLIT", "35.01 - 20.00 + 2.00 = 17.01")
    assert [await claims(work, each) for each in (order, first, second, rest)] == [
        [],
        ["TO_REVIEW 1"],
        ["TO_REVIEW 1"],
        ["TO_REVIEW 1", "TO_REVIEW 1"],
    ]
    assert first.number != order.number
    assert await broken(work) == {}


async def test_undone_it_is_what_it_was(work: Work) -> None:
    _, order = await an_order(work)
    before = await all_of(work, order)
    parts = await by_hand(work, order, [(1, 1)])
    order = await orders.undo_order_split(work, order.id)
    assert (order.status, await all_of(work, order)) == ("UNREVIEWED", before)
    for part in parts:
        await work.session.refresh(part)
        assert (part.status, part.merged_into_id) == ("MERGED", order.id)
    assert len(await by_hand(work, order, [(2, 1)])) == 2
    assert await broken(work) == {}


async def all_of(work: Work, order: orders.Order) -> Any:
    keys = orders.OrderLine.__table__.columns.keys()
    rows = [{key: getattr(each, key) for key in keys} for each in await lines(work, order)]
    return amounts(order), order.kept, await claims(work, order), rows


async def test_a_part_that_moved_on_is_not_put_back(work: Work) -> None:
    _, order = await an_order(work)
    first, rest = await by_hand(work, order, [(1, 1)])
    await orders.change_order_freight(work, rest.id, Money(0), "free")
    with pytest.raises(orders.PartMovedOn, match=rest.number):
        await orders.undo_order_split(work, order.id)
    await orders.change_order_freight(work, rest.id, Money("1.34"), "as before")
    await orders.review_order(work, first.id)
    with pytest.raises(orders.PartMovedOn, match="REVIEWED"):
        await orders.undo_order_split(work, order.id)
    with pytest.raises(WrongState, match="SPLIT"):
        await orders.cancel_order(work, order.id, "which")


async def test_what_is_there_is_cut_off_from_what_is_not(work: Work) -> None:
    shop = await a_shop(work, ("A",), (2,))
    order = await received(work, shop, a_trade("1001", a_line("A", 3), a_line("A", 1, external_number="2")))
    assert (await holds(work, order)).keys() == {"SHORTAGE"}
    await orders.split_order_by(work, order.id, SplitBy.STOCK)
    now, later = await parts_of(work, order)
    assert (await claims(work, now), await claims(work, later)) == (["TO_REVIEW 2"], [])
    assert [(await holds(work, each)).keys() for each in (now, later)] == [set(), {"SHORTAGE"}]
    with pytest.raises(orders.NothingToSplit):
        await orders.split_order_by(work, now.id, SplitBy.STOCK)
    assert await broken(work) == {}


async def test_each_warehouse_sends_what_it_has(work: Work) -> None:
    shop = await a_shop(work, ("A", "B"), (0, 0))
    near, far = shop.warehouses
    await stock(work, shop.variants["A"], near, 5)
    await stock(work, shop.variants["B"], far, 5)
    order = await received(work, shop, the_trade())
    await orders.split_order_by(work, order.id, SplitBy.WAREHOUSE)
    parts = await parts_of(work, order)
    assert [each.warehouse_id for each in parts] == [near, far]
    assert [await claims(work, each) for each in parts] == [["TO_REVIEW 3"], ["TO_REVIEW 1"]]
    order = await orders.undo_order_split(work, order.id)
    assert (await claims(work, order), (await holds(work, order)).keys()) == ([], {"SHORTAGE"})
    assert await broken(work) == {}


async def test_preorder_goods_wait_and_large_goods_travel_alone(work: Work) -> None:
    shop, order = await an_order(work)
    words = Combining(preorder_words=("title of B",), ship_now=ShipNow.NO_WORD)
    await orders.set_combining_rule(work, shop.channel_id, words)
    await orders.split_order_by(work, order.id, SplitBy.PREORDER)
    assert [len(await lines(work, each)) for each in await parts_of(work, order)] == [1, 1]
    await orders.undo_order_split(work, order.id)
    # In the memo the word is said of the whole order: nothing of it leaves.
    await orders.change_order_memo(work, order.id, "等 title of B 一起发", None)
    with pytest.raises(orders.NothingToSplit):
        await orders.split_order_by(work, order.id, SplitBy.PREORDER)
    with pytest.raises(BadInput, match="set its combining rule"):
        await orders.split_order_by(work, order.id, SplitBy.LARGE_GOODS)
    with pytest.raises(BadInput, match="names the group"):
        await orders.set_combining_rule(work, shop.channel_id, Combining(shop_group="华东"))


async def test_a_refund_reaches_the_part_that_has_the_line(work: Work) -> None:
    shop, order = await an_order(work)
    first, rest = await by_hand(work, order, [(1, 3)])
    await orders.review_order(work, rest.id)
    there = the_trade(1, lines=(refunded("A", 3, "REQUESTED"), a_line("B", 1, "5.01")))
    await orders.receive_trades(work, shop.channel_id, [there])
    assert "REFUND_REQUESTED" in await holds(work, first)
    assert "REFUND_REQUESTED" not in await holds(work, rest)
    there = the_trade(2, lines=(refunded("A", 3), a_line("B", 1, "5.01")))
    await orders.receive_trades(work, shop.channel_id, [there])
    await work.session.refresh(first)
    assert (first.status, await claims(work, first)) == ("CLOSED", [])
    assert await claims(work, rest) == ["TO_SHIP 1"]
    assert await broken(work) == {}


async def test_a_new_address_reaches_every_part_and_stops_the_reviewed_one(work: Work) -> None:
    shop, order = await an_order(work)
    first, rest = await by_hand(work, order, [(1, 1)])
    await orders.review_order(work, rest.id)
    there = the_trade(1, receiver=replace(RECEIVER, detail="文三路 7 号"))
    await orders.receive_trades(work, shop.channel_id, [there])
    for part in (first, rest):
        await work.session.refresh(part)
        assert part.address_detail == "文三路 7 号"
    assert (await holds(work, first), (await holds(work, rest)).keys()) == ({}, {"CHANGED_ON_PLATFORM"})
    assert (await order_of(work, shop)).status == "SPLIT"
    assert await broken(work) == {}


async def test_the_memo_of_a_part_goes_to_its_trade_and_comes_back_as_no_change(work: Work) -> None:
    shop, order = await an_order(work)
    first, rest = await by_hand(work, order, [(1, 1)])
    await orders.review_order(work, first.id)
    await orders.change_order_memo(work, first.id, "加急", 2)
    told = await orders.memo_to_tell(work, first.id)
    assert told is not None
    assert (told.external_number, told.memo, told.flag) == ("1001", "加急", 2)
    await orders.receive_trades(work, shop.channel_id, [the_trade(1, seller_memo="加急", seller_flag=2)])
    await work.session.refresh(rest)
    assert (rest.seller_memo, await holds(work, first)) == ("加急", {})
    assert await broken(work) == {}


async def test_a_cancellation_reaches_every_part(work: Work) -> None:
    shop, order = await an_order(work)
    parts = await by_hand(work, order, [(1, 1)])
    await orders.receive_trades(work, shop.channel_id, [the_trade(1, status=IncomingStatus.CANCELLED)])
    for part in parts:
        await work.session.refresh(part)
        assert (part.status, await claims(work, part), await holds(work, part)) == ("CANCELLED", [], {})
    assert await broken(work) == {}


async def test_what_is_not_there_goes_into_no_part(work: Work) -> None:
    _, order = await an_order(work)
    with pytest.raises(BadInput, match=r"4\.0000 cannot go into this part, 3\.0000 is left") as refusal:
        await by_hand(work, order, [(1, 4)])
    assert refusal.value.path == ("input", "parts", "0", "lines", "0")
    with pytest.raises(orders.NothingToSplit):
        await by_hand(work, order, [(1, 3), (2, 1)])
    with pytest.raises(BadInput, match="not an open line"):
        await orders.split_order(work, order.id, [[SplitLine(order_line_id=uuid4(), quantity=Quantity(1))]])
    await orders.review_order(work, order.id)
    with pytest.raises(WrongState, match="REVIEWED"):
        await by_hand(work, order, [(1, 1)])


async def test_of_two_who_split_one_wins(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        _, order = await an_order(work)
    async with begin(sessions, system("first")) as work:
        await by_hand(work, order, [(1, 1)])
    with pytest.raises(WrongState, match="SPLIT"):
        async with begin(sessions, system("second")) as work:
            await by_hand(work, order, [(2, 1)])


# Where to cut, from facts alone.

A, B, W1, W2 = (UUID(int=each) for each in range(1, 5))


def piece(line: int, variant: UUID | None, quantity: int = 1, amount: str = "10.00", **more: Any) -> Piece:
    many = Quantity(quantity)
    return Piece(line_id=UUID(int=line), variant_id=variant, quantity=many, amount=Money(amount), **more)


def told(shares: list[dict[UUID, Quantity]]) -> list[dict[int, int]]:
    return [{line.int: int(many.value) for line, many in share.items()} for share in shares]


def test_by_stock_the_warehouse_that_can_send_the_most_value_sends_it() -> None:
    pieces = [piece(1, A, 3), piece(2, B, 1, "2.00"), piece(3, None)]
    free = {(A, W1): Quantity(1), (B, W1): Quantity(9), (A, W2): Quantity("2.5")}
    assert told(splitting_plans.by_stock(pieces, free, [W1, W2])) == [{1: 2}]
    assert splitting_plans.by_stock(pieces, {}, [W1]) == []


def test_by_warehouse_gifts_travel_with_goods() -> None:
    pieces = [piece(1, A), piece(2, B, amount="0.00")]
    free = {(A, W1): Quantity(1), (B, W2): Quantity(1)}
    assert told(splitting_plans.by_warehouse(pieces, free, [W1, W2])) == [{1: 1, 2: 1}]


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (ShipNow.IN_STOCK_AND_NO_WORD, [{1: 1}]),
        (ShipNow.IN_STOCK, [{1: 1, 2: 1}]),
        (ShipNow.NO_WORD, [{1: 1, 3: 1}]),
        (ShipNow.IN_STOCK_OR_NO_WORD, [{1: 1, 2: 1, 3: 1}]),
    ],
)
def test_which_goods_leave_at_once(now: ShipNow, leaves: list[dict[int, int]]) -> None:
    other = UUID(int=9)
    pieces = [piece(1, A), piece(2, B, preorder_word=True), piece(3, other), piece(4, other, preorder_word=True)]
    free = {(A, W1): Quantity(1), (B, W1): Quantity(1)}
    assert told(splitting_plans.preorder(pieces, free, [W1], now)) == leaves


def test_large_goods_travel_one_by_one_as_far_as_there_may_be_parts() -> None:
    pieces = [piece(1, A, 60, weight_grams=20_000), piece(2, B, weight_grams=100)]
    shares = splitting_plans.large_goods(pieces, 20_000)
    assert (len(shares), told(shares)[0]) == (49, {1: 1})


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**5), min_size=1, max_size=8))
def test_shares_add_up_and_none_is_more_than_its_weight(cents: int, weights: list[int]) -> None:
    amount = Money(Decimal(cents) / 100)
    parts = sharing.by_quantity(amount, [Quantity(each) for each in weights])
    assert Money.total(parts) == amount
    whole = sum(weights)
    if whole:
        fair = [Decimal(cents) * each / whole / 100 for each in weights]
        assert all(
            abs(part.value - each) < Decimal("0.01") * len(parts) for part, each in zip(parts, fair, strict=True)
        )
        assert all(not part or weight for part, weight in zip(parts, weights, strict=True))
