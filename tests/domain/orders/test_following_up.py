"""Resends and exchanges: never more than was shipped, exact to the cent, and reviewed by a person."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain import fulfilment, inventory, orders
from domain.kernel import (
    BadInput,
    Money,
    NotAllowed,
    Quantity,
    Refusal,
    Sessions,
    UnitPrice,
    Work,
    WrongState,
    begin,
    system,
)
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


async def came_back(work: Work, order: orders.Order, line: OrderLine, quantity: int) -> orders.Order:
    """Take goods that an exchange expects back into the warehouse they left."""
    place = await work.session.scalar(
        select(fulfilment.Shipment.warehouse_id).where(fulfilment.Shipment.order_id == line.order_id)
    )
    back = fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(quantity))
    returned = fulfilment.ExchangeReturn(
        exchange_id=order.id,
        warehouse_id=place,
        condition=inventory.ReturnCondition.GOOD,
        lines=[back],  # type: ignore[arg-type]
    )
    return await fulfilment.receive_exchange_return(work, returned)


async def credited(work: Work, order: orders.Order) -> list[str]:
    """Say of each return for an exchange what it was worth and what of that is owed, and whether it was voided."""
    back = fulfilment.GoodsReturn
    rows = await work.session.scalars(select(back).where(back.exchange_id == order.id).order_by(back.id))
    return [f"{each.goods_amount} {each.credit_amount}{' void' if each.voided_at else ''}" for each in rows]


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
    order = await came_back(work, order, line, 1)
    with pytest.raises(BadInput, match="is still expected"):
        await came_back(work, order, line, 2)
    assert await holds(work, order) != {}
    order = await came_back(work, order, line, 1)
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
    # 6.67 come back for 3.33: the first piece pays for what goes out, the second is owed.
    for _ in range(2):
        order = await came_back(work, order, line, 1)
    assert await credited(work, order) == ["3.33 0.00", "3.34 3.34"]
    assert await broken(work) == {}


async def test_a_return_for_an_exchange_that_was_wrong_is_expected_again(work: Work) -> None:
    _, original, (line,) = await shipped(work)
    cheaper = Exchange(returns=[of(line, 2)], lines=[PlacedLine(sku="A", quantity=1)], reason="换款")
    order = await orders.exchange_order(work, original.id, cheaper)
    for _ in range(2):
        order = await came_back(work, order, line, 1)
    back = fulfilment.GoodsReturn
    first, last = await work.session.scalars(select(back.id).where(back.exchange_id == order.id).order_by(back.id))
    with pytest.raises(fulfilment.ReturnFollowed):
        await fulfilment.void_return(work, first, "x")
    await work.session.refresh(order)
    await fulfilment.void_return(work, last, "was of another buyer")
    with pytest.raises(WrongState):
        await fulfilment.void_return(work, last, "again")
    assert await holds(work, order) == {"AWAITING_RETURN": "expected back: 1.0000 of title of A"}
    assert await credited(work, order) == ["3.33 0.00", "3.33 3.33 void"]
    order = await came_back(work, order, line, 1)
    assert await holds(work, order) == {}
    await orders.review_order(work, order.id)
    (again,) = await work.session.scalars(select(back.id).where(back.exchange_id == order.id, back.id > last))
    with pytest.raises(WrongState):
        await fulfilment.void_return(work, again, "too late")
    assert await broken(work) == {}


async def test_what_an_exchange_expects_is_not_returned_without_it_and_the_other_way_round(work: Work) -> None:
    _, original, (line,) = await shipped(work)
    two = Exchange(returns=[of(line, 2)], lines=[PlacedLine(sku="A", quantity=2)], reason="尺码不符")
    order = await orders.exchange_order(work, original.id, two)
    (parcel,) = await work.session.scalars(
        select(fulfilment.Shipment).where(fulfilment.Shipment.order_id == original.id)
    )

    def plain(quantity: int) -> fulfilment.ParcelReturn:
        return fulfilment.ParcelReturn(
            shipment_id=parcel.id,
            warehouse_id=parcel.warehouse_id,  # type: ignore[arg-type]
            condition=inventory.ReturnCondition.GOOD,
            reason="too small",
            lines=[fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(quantity))],
        )

    with pytest.raises(orders.ExpectedByExchange, match=order.number) as refused:
        await fulfilment.receive_return(work, plain(2))
    assert refused.value.path == ("input", "lines")
    returned = await fulfilment.receive_return(work, plain(1))
    assert (returned.goods_amount, returned.credit_amount) == (Money("3.33"), Money("3.33"))
    with pytest.raises(orders.MoreThanShipped):
        await orders.exchange_order(work, original.id, replace(two, returns=[of(line, 1)]))
    await came_back(work, order, line, 1)
    await orders.cancel_order(work, order.id, "无货")
    # Of what was cancelled only what came is gone: the last piece is worth what is left.
    last = await orders.exchange_order(work, original.id, replace(two, returns=[of(line, 1)]))
    assert (last.goods_amount, last.discount_amount) == (Money("13.34"), Money("3.34"))
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
        await came_back(work, plain, line, 1)


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
