"""Review: who may, when it is refused, and what it promises."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import catalogue, identity, inventory, orders
from domain.kernel import BadInput, Money, NotAllowed, NotFound, Quantity, VersionConflict, Work, WrongState
from domain.orders import HoldReason
from domain.orders.review import HoldReleasesItself, NotOnHold
from tests.domain.inventory.builders import a_variant, stock
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
    received,
)


async def an_order(work: Work, quantity: int = 1) -> tuple[ShopHere, orders.Order]:
    shop = await a_shop(work)
    return shop, await received(work, shop, a_trade("1001", a_line("A", quantity)))


async def test_approval_firmly_promises_the_stock(work: Work) -> None:
    _, order = await an_order(work, 2)
    reviewer = acting(work, a_reviewer())
    order = await orders.review_order(reviewer, order.id)
    assert (order.status, order.reviewed_by, order.reviewed_at) == ("REVIEWED", "李审", work.now)
    assert await claims(work, order) == ["TO_SHIP 2"]
    assert reviewer.facts == [orders.OrderReviewed(order_id=order.id, reviewed_by="李审")]
    assert await broken(work) == {}


async def test_an_order_on_hold_is_refused(work: Work) -> None:
    _, order = await an_order(work)
    await orders.hold_order(work, order.id, "call the buyer")
    with pytest.raises(orders.OrderOnHold, match=r"PAUSED_BY_HAND \(call the buyer\)") as refusal:
        await orders.review_order(work, order.id)
    assert refusal.value.reasons == ("PAUSED_BY_HAND",)
    await orders.release_order_hold(work, order.id, HoldReason.PAUSED_BY_HAND)
    assert (await orders.review_order(work, order.id)).status == "REVIEWED"


async def test_of_an_odd_order_only_what_can_leave_is_promised(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A", 5), a_line("B", -2, price="1.00")))
    assert await holds(work, order) == {
        "AMOUNT_MISMATCH": "a negative amount on line line-B",
        "ODD_QUANTITY": "quantity -2.0000 of title of B",
    }
    for reason in (HoldReason.AMOUNT_MISMATCH, HoldReason.ODD_QUANTITY):
        await orders.release_order_hold(work, order.id, reason)
    assert (await orders.review_order(work, order.id)).total_amount == Money("48")
    assert await claims(work, order) == ["TO_SHIP 5"]
    assert await broken(work) == {}


async def test_an_order_of_odd_lines_alone_is_never_promised_but_can_be_cancelled(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A", -5), a_line("B", 0)))
    assert await claims(work, order) == []
    for reason in (HoldReason.AMOUNT_MISMATCH, HoldReason.ODD_QUANTITY):
        await orders.release_order_hold(work, order.id, reason)
    with pytest.raises(orders.NothingToShip, match=order.number):
        await orders.review_order(work, order.id)
    order = await orders.cancel_order(work, order.id, "a credit note of the old shop")
    assert (order.status, await holds(work, order)) == ("CANCELLED", {})
    assert await broken(work) == {}


async def test_a_shortage_is_not_released_by_hand(work: Work) -> None:
    _, order = await an_order(work, 500)
    with pytest.raises(HoldReleasesItself, match=r"500.0000 wanted"):
        await orders.release_order_hold(work, order.id, HoldReason.SHORTAGE)
    with pytest.raises(NotOnHold):
        await orders.release_order_hold(work, order.id, HoldReason.AMOUNT_MISMATCH)


async def test_reviewing_twice_is_refused(work: Work) -> None:
    _, order = await an_order(work)
    await orders.review_order(work, order.id)
    with pytest.raises(WrongState, match="REVIEWED"):
        await orders.review_order(work, order.id)


async def test_without_the_permission_nothing_happens(work: Work) -> None:
    _, order = await an_order(work)
    with pytest.raises(NotAllowed, match=r"orders.review_order"):
        await orders.review_order(acting(work, a_reviewer("take_order")), order.id)


async def test_an_order_of_another_channel_is_not_there(work: Work) -> None:
    _, order = await an_order(work)
    with pytest.raises(NotFound):
        await orders.review_order(acting(work, a_reviewer(channels=frozenset({uuid4()}))), order.id)


async def test_a_stale_version_names_who_and_when(work: Work) -> None:
    _, order = await an_order(work)
    await orders.take_order(acting(work, a_reviewer(name="王主管")), order.id)
    with pytest.raises(VersionConflict, match="王主管 changed this at 2026-11-11T01:00:00") as refusal:
        await orders.review_order(work, order.id, expected_version=1)
    assert refusal.value.path == ("input", "expectedVersion")


async def test_someone_elses_order_is_left_to_them(work: Work) -> None:
    _, order = await an_order(work)
    owner, other = acting(work, a_reviewer(name="李审")), acting(work, a_reviewer(name="赵六"))
    await orders.take_order(owner, order.id)
    for change in (orders.take_order, orders.review_order):
        with pytest.raises(orders.OrderTaken, match="李审"):
            await change(other, order.id)
    assert (await orders.review_order(owner, order.id)).reviewed_by == "李审"


async def test_sending_back_makes_the_promise_weaker_again(work: Work) -> None:
    _, order = await an_order(work)
    await orders.review_order(work, order.id)
    order = await orders.send_back_order(work, order.id, "wrong colour")
    assert (order.status, order.reviewed_by) == ("UNREVIEWED", None)
    assert await claims(work, order) == ["TO_REVIEW 1"]
    assert await broken(work) == {}


async def test_what_was_not_reviewed_is_not_sent_back(work: Work) -> None:
    shop = await a_shop(work)
    unpaid = await received(work, shop, a_trade("1", status=orders.IncomingStatus.AWAITING_PAYMENT))
    cancelled = await received(work, shop, a_trade("2", status=orders.IncomingStatus.CANCELLED))
    for order in (unpaid, cancelled):
        with pytest.raises(WrongState, match=order.status):
            await orders.send_back_order(work, order.id, "look again")
    with pytest.raises(WrongState, match="CANCELLED"):
        await orders.confirm_order_payment(work, cancelled.id)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
async def test_a_reason_is_needed(work: Work, reason: str) -> None:
    _, order = await an_order(work)
    for change in (orders.hold_order, orders.send_back_order, orders.cancel_order):
        with pytest.raises(BadInput, match="reason"):
            await change(work, order.id, reason)


async def test_cancelling_gives_the_stock_back(work: Work) -> None:
    _, order = await an_order(work)
    await orders.hold_order(work, order.id, "look")
    order = await orders.cancel_order(work, order.id, "buyer called")
    assert (order.status, order.cancel_reason, await claims(work, order)) == ("CANCELLED", "buyer called", [])
    assert await holds(work, order) == {}
    assert await broken(work) == {}


async def test_an_order_is_handed_to_a_colleague_who_sees_its_channel(work: Work) -> None:
    shop, order = await an_order(work)
    role = identity.models.Role(code="r", name="r", permissions=[])
    work.session.add(role)
    await work.session.flush()
    account = {"role_id": role.id, "password_hash": "", "created_at": work.now}
    near = identity.models.Staff(email="a@x", name="孙七", channel_ids=[shop.channel_id], **account)
    far = identity.models.Staff(email="b@x", name="周八", channel_ids=[], **account)
    work.session.add_all([near, far])
    await work.session.flush()
    assert (await orders.hand_over_order(work, order.id, near.id)).responsible_name == "孙七"
    with pytest.raises(NotFound):
        await orders.hand_over_order(work, order.id, far.id)


async def test_allocation_moves_the_claims(work: Work) -> None:
    shop = await a_shop(work, stocks=(5, 3))
    order = await received(work, shop, a_trade("1001", a_line("A", 3), a_line("B", 1)))
    assert order.warehouse_id == shop.warehouses[0]
    await orders.review_order(work, order.id)
    order = await orders.allocate_order(work, order.id, shop.warehouses[1])
    assert (order.warehouse_id, await claims(work, order)) == (shop.warehouses[1], ["TO_SHIP 3", "TO_SHIP 1"])
    assert await broken(work) == {}
    with pytest.raises(NotFound, match="warehouse"):
        await orders.allocate_order(work, order.id, uuid4())


async def test_allocation_to_a_warehouse_without_enough_is_refused(work: Work) -> None:
    shop = await a_shop(work, stocks=(5, 3))
    order = await received(work, shop, a_trade("1001", a_line("A", 4)))
    with pytest.raises(inventory.StockShort, match="Only 3"):
        await orders.allocate_order(work, order.id, shop.warehouses[1])


async def test_shipping_in_parts(work: Work) -> None:
    _, order = await an_order(work, 3)
    await orders.review_order(work, order.id)
    line = (await lines(work, order))[0]
    order = await orders.note_shipment(work, order.id, {line.id: Quantity(1)}, work.now)
    assert (order.status, order.shipped_at) == ("PARTLY_SHIPPED", work.now)
    with pytest.raises(BadInput, match=r"2.0000 is open"):
        await orders.note_shipment(work, order.id, {line.id: Quantity(3)}, work.now)
    assert (await orders.note_shipment(work, order.id, {line.id: Quantity(2)}, work.now)).status == "SHIPPED"


async def test_nothing_leaves_unreviewed_or_on_hold(work: Work) -> None:
    _, order = await an_order(work)
    with pytest.raises(WrongState, match="UNREVIEWED"):
        await orders.lines_to_ship(work, order.id)
    await orders.review_order(work, order.id)
    await orders.hold_order(work, order.id, "stop")
    with pytest.raises(orders.OrderOnHold):
        await orders.lines_to_ship(work, order.id)


async def test_new_stock_serves_the_oldest_short_order_first(work: Work) -> None:
    shop = await a_shop(work, stocks=(0,))
    for number, minute in (("1", 5), ("2", 1), ("3", 9)):
        trade = a_trade(number, a_line("A", 2))
        moment = a_trade(minute=minute).modified_at
        await received(work, shop, a_trade(number, *trade.lines, paid_at=moment, placed_at=moment))
    await stock(work, shop.variants["A"], shop.warehouses[0], 5)
    work.facts.clear()
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=(shop.variants["A"],)))
    short = [each for each in ("1", "2", "3") if await holds(work, await order_of(work, shop, each))]
    assert short == ["3"]
    assert (await order_of(work, shop, "2")).warehouse_id == shop.warehouses[0]
    assert work.facts == []
    assert await broken(work) == {}


async def test_an_order_that_waits_in_vain_keeps_no_other_waiting(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.orders.waiting.RETRIED_MAX", 1)
    shop = await a_shop(work, stocks=(0,), skus=("A", "B"))
    await received(work, shop, a_trade("1", a_line("A", 2), a_line("B", 9)))
    second = await received(work, shop, a_trade("2", a_line("A", 2)))
    await stock(work, shop.variants["A"], shop.warehouses[0], 5)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=(shop.variants["A"],)))
    assert (await holds(work, second), await claims(work, second)) == ({}, ["TO_REVIEW 2"])


async def test_a_new_article_is_matched_to_waiting_lines(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A"), a_line("NEW-1", 2)))
    variant_id = await a_variant(work, "NEW-1")
    product_id = (await work.session.scalars(select(catalogue.Variant.product_id).filter_by(id=variant_id))).one()
    fact = catalogue.ProductChanged(product_id=product_id)
    await orders.match_waiting(work, fact)
    assert list(await holds(work, order)) == ["SHORTAGE"]
    assert await claims(work, order) == ["TO_REVIEW 1"]
    await stock(work, variant_id, shop.warehouses[0], 9)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=(variant_id,)))
    assert (await holds(work, order), await claims(work, order)) == ({}, ["TO_REVIEW 1", "TO_REVIEW 2"])
    assert await broken(work) == {}
