"""Resends and exchanges: never more than was shipped, exact to the cent, and reviewed by a person."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import fulfilment, orders
from domain.kernel import BadInput, Money, NotAllowed, Quantity, Refusal, Sessions, UnitPrice, Work, begin, system
from domain.orders import Exchange, NamedLine, PlacedLine
from domain.orders.models import OrderLine
from domain.orders.originals import credit
from tests.domain.orders.builders import (
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
)


async def shipped(work: Work, *wanted: Any, number: str = "1001") -> tuple[ShopHere, orders.Order, list[OrderLine]]:
    """Ship an order of these lines, of 3 A for 10.00 in all unless told otherwise."""
    shop = await a_shop(work)
    cheap = a_line("A", 3, line_amount=Money("10.00"))
    await orders.receive_trades(work, shop.channel_id, [a_trade(number, *(wanted or (cheap,)))])
    order = await orders.review_order(work, (await order_of(work, shop, number)).id)
    await fulfilment.ship_order(work, order.id, "OTHER", f"W{uuid4().hex[:12]}")
    return shop, order, await lines(work, order)


def of(line: OrderLine, quantity: int) -> NamedLine:
    return NamedLine(order_line_id=line.id, quantity=Quantity(quantity))


async def test_a_resend_costs_nothing_and_waits_for_a_person(work: Work) -> None:
    _, original, (line,) = await shipped(work)
    order = await orders.resend_order(work, original.id, [of(line, 2)], "漏发")
    assert (order.kind, order.status, order.original_id, order.kind_reason) == (
        "RESEND", "UNREVIEWED", original.id, "漏发",
    )  # fmt: skip
    assert (order.total_amount, order.receiver_name, order.external_number) == (Money(0), "王小明", None)
    assert await claims(work, order) == ["TO_REVIEW 2"]
    assert await orders.review_waiting(work) == 0
    assert (await orders.review_order(work, order.id)).status == "REVIEWED"
    await fulfilment.ship_order(work, order.id, "OTHER", "W12345678901")
    assert await broken(work) == {}


async def test_no_more_is_resent_than_was_shipped(work: Work) -> None:
    shop, original, (line,) = await shipped(work)
    first = await orders.resend_order(work, original.id, [of(line, 2)], "破损")
    with pytest.raises(orders.MoreThanShipped) as refused:
        await orders.resend_order(work, original.id, [of(line, 2)], "破损")
    assert refused.value.path == ("input", "lines", "0", "quantity")
    await orders.cancel_order(work, first.id, "误建")
    assert (await orders.resend_order(work, original.id, [of(line, 3)], "破损")).kind == "RESEND"
    waiting = await orders.receive_trades(work, shop.channel_id, [a_trade("1002")])
    assert waiting.created == 1
    unshipped = await order_of(work, shop, "1002")
    with pytest.raises(orders.MoreThanShipped):
        await orders.resend_order(work, unshipped.id, [of((await lines(work, unshipped))[0], 1)], "漏发")
    assert await broken(work) == {}


@pytest.mark.parametrize("field", ["lines", "quantity", "twice", "strange", "reason"])
async def test_what_is_no_resend(work: Work, field: str) -> None:
    _, original, (line,) = await shipped(work)
    wrong: dict[str, tuple[list[NamedLine], str]] = {
        "lines": ([], "x"),
        "quantity": ([of(line, 0)], "x"),
        "twice": ([of(line, 1), of(line, 1)], "x"),
        "strange": ([NamedLine(order_line_id=uuid4(), quantity=Quantity(1))], "x"),
        "reason": ([of(line, 1)], " "),
    }
    with pytest.raises(BadInput):
        await orders.resend_order(work, original.id, *wrong[field])


async def test_a_resend_has_its_own_permission_and_its_goods_are_fixed(work: Work) -> None:
    _, original, (line,) = await shipped(work)
    with pytest.raises(NotAllowed, match="resend_order"):
        await orders.resend_order(acting(work, a_reviewer()), original.id, [of(line, 1)], "漏发")
    order = await orders.resend_order(work, original.id, [of(line, 1)], "漏发")
    (own,) = await lines(work, order)
    with pytest.raises(orders.GoodsFixed):
        await orders.change_order_line_quantity(work, own.id, Quantity(9), "x")


async def test_an_exchange_of_the_same_article_is_even_and_waits_for_the_return(work: Work) -> None:
    _, original, (line,) = await shipped(work)
    even = Exchange(returns=[of(line, 2)], lines=[PlacedLine(sku="A", quantity=2)], reason="尺码不符")
    order = await orders.exchange_order(work, original.id, even)
    assert (order.kind, order.status, order.total_amount) == ("EXCHANGE", "UNREVIEWED", Money(0))
    assert (order.goods_amount, order.discount_amount) == (Money("6.66"), Money("6.66"))
    assert await holds(work, order) == {"AWAITING_RETURN": "expected back: 2.0000 of title of A"}
    with pytest.raises(orders.OrderOnHold):
        await orders.review_order(work, order.id)
    order = await orders.receive_exchange_return(work, order.id, [of(line, 1)])
    with pytest.raises(BadInput, match="is still expected"):
        await orders.receive_exchange_return(work, order.id, [of(line, 2)])
    assert await holds(work, order) != {}
    order = await orders.receive_exchange_return(work, order.id, [of(line, 1)])
    assert await holds(work, order) == {}
    with pytest.raises(orders.KindNotSplit):
        await orders.split_order_by(work, order.id, orders.SplitBy.STOCK)
    assert (await orders.review_order(work, order.id)).status == "REVIEWED"
    assert await broken(work) == {}


async def test_a_dearer_exchange_is_paid_and_a_cheaper_one_refunded(work: Work) -> None:
    _, original, (line,) = await shipped(work)
    dearer = Exchange(
        returns=[of(line, 1)],
        lines=[PlacedLine(sku="B", quantity=1), PlacedLine(sku="C", quantity=1)],
        reason="换款",
        freight_amount=Money("5"),
    )
    order = await orders.exchange_order(work, original.id, dearer)
    assert (order.status, order.discount_amount, order.total_amount) == (
        "AWAITING_PAYMENT", Money("3.33"), Money("21.67"),
    )  # fmt: skip
    assert [each.line_amount for each in await lines(work, order)] == [Money("8.34"), Money("8.33")]
    order = await orders.confirm_order_payment(work, order.id)
    assert (order.status, order.paid_amount) == ("UNREVIEWED", Money("21.67"))
    cheaper = Exchange(returns=[of(line, 2)], lines=[PlacedLine(sku="A", quantity=1)], reason="换款")
    order = await orders.exchange_order(work, original.id, cheaper)
    assert (order.goods_amount, order.total_amount) == (Money("3.33"), Money(0))
    with pytest.raises(orders.MoreThanShipped):
        await orders.exchange_order(work, original.id, cheaper)
    assert await broken(work) == {}


async def test_a_person_with_right_lets_an_exchange_go_before(work: Work) -> None:
    _, original, (line,) = await shipped(work)
    even = Exchange(returns=[of(line, 1)], lines=[PlacedLine(sku="A", quantity=1)], reason="质量")
    order = await orders.exchange_order(work, original.id, even)
    with pytest.raises(Refusal, match="release_hold_awaiting_return"):
        await orders.release_order_hold(
            acting(work, a_reviewer("release_order_hold")), order.id, orders.HoldReason.AWAITING_RETURN
        )
    await orders.release_order_hold(work, order.id, orders.HoldReason.AWAITING_RETURN)
    assert (await orders.review_order(work, order.id)).status == "REVIEWED"
    plain = await orders.resend_order(work, original.id, [of(line, 1)], "漏发")
    with pytest.raises(orders.NoExchange):
        await orders.receive_exchange_return(work, plain.id, [of(line, 1)])


@given(
    amount=st.integers(0, 10_000),
    parts=st.lists(st.integers(1, 5), min_size=1, max_size=6),
)
def test_credits_of_all_parts_are_what_was_paid(amount: int, parts: list[int]) -> None:
    paid = Money(Decimal(amount) / 100)
    line = OrderLine(
        order_id=uuid4(),  # type: ignore[arg-type]
        position=1,
        title="A",
        quantity=Quantity(sum(parts)),
        unit_price=UnitPrice(0),
        list_amount=paid,
        line_amount=paid,
        shipped_quantity=Quantity(sum(parts)),
        cancelled_quantity=Quantity(0),
    )
    before, credited = Quantity(0), Money(0)
    for part in parts:
        credited += credit(line, before, credited, Quantity(part))
        before += Quantity(part)
        assert credited <= paid
    assert credited == paid


async def test_two_people_resend_the_same_goods_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        _, original, (line,) = await shipped(work)
    outcomes = await asyncio.gather(*(_resend(sessions, original.id, of(line, 2)) for _ in range(3)))
    assert sorted(outcomes) == ["MORE_THAN_SHIPPED", "MORE_THAN_SHIPPED", "resent"]


async def _resend(sessions: Sessions, order_id: UUID, line: NamedLine) -> str:
    try:
        async with begin(sessions, system("tests")) as work:
            await orders.resend_order(work, order_id, [line], "漏发")
    except Refusal as refusal:
        return refusal.code()
    return "resent"
