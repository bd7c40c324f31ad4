"""A buyer pays on the platform what was cancelled here: nothing is lost, and a person decides."""

import pytest
from sqlalchemy import text

from domain import orders
from domain.kernel import BadInput, Money, Work
from domain.orders import HoldReason, IncomingStatus
from tests.domain.orders.builders import ShopHere, a_shop, a_trade, broken, claims, holds, lines, received

UNPAID = {"status": IncomingStatus.AWAITING_PAYMENT, "paid_at": None, "paid_amount": Money(0)}


async def cancelled_unpaid(work: Work) -> ShopHere:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade(**UNPAID))
    await orders.cancel_order(work, order.id, "never paid")
    return shop


async def test_it_comes_back_to_review_with_its_stock_and_waits(work: Work) -> None:
    shop = await cancelled_unpaid(work)
    order = await received(work, shop, a_trade(minute=1))
    assert (order.status, order.paid_amount, order.cancelled_at) == ("UNREVIEWED", Money("10"), None)
    assert await claims(work, order) == ["TO_REVIEW 1"]
    evidence = "10.00 was paid on the platform after it was cancelled: never paid"
    assert await holds(work, order) == {"PAID_AFTER_CANCELLATION": evidence}
    assert await broken(work) == {}


async def test_it_waits_until_a_person_lets_it_go_on(work: Work) -> None:
    shop = await cancelled_unpaid(work)
    await received(work, shop, a_trade(minute=1))
    order = await received(work, shop, a_trade(minute=2, buyer_message="快"))
    with pytest.raises(orders.OrderOnHold):
        await orders.review_order(work, order.id)
    await orders.release_order_hold(work, order.id, HoldReason.PAID_AFTER_CANCELLATION)
    assert (await orders.review_order(work, order.id)).status == "REVIEWED"


async def test_cancelled_once_more_it_stays_cancelled(work: Work) -> None:
    shop = await cancelled_unpaid(work)
    order = await received(work, shop, a_trade(minute=1))
    await orders.cancel_order(work, order.id, "sold out, paid back there")
    order = await received(work, shop, a_trade(minute=2, seller_memo="paid back"))
    assert (order.status, order.cancel_reason) == ("CANCELLED", "sold out, paid back there")
    order = await received(work, shop, a_trade(minute=3, status=IncomingStatus.CLOSED_REFUNDED))
    assert (order.status, await claims(work, order), await broken(work)) == ("CANCELLED", [], {})


async def test_one_that_its_platform_pays_back_waits_no_more(work: Work) -> None:
    shop = await cancelled_unpaid(work)
    await received(work, shop, a_trade(minute=1))
    order = await received(work, shop, a_trade(minute=2, status=IncomingStatus.CLOSED_REFUNDED))
    assert (order.status, await holds(work, order), await claims(work, order)) == ("CLOSED", {}, [])
    assert await broken(work) == {}


@pytest.mark.parametrize("cash", [False, True])
async def test_what_was_cancelled_when_it_was_ready_to_ship_stays_cancelled(work: Work, *, cash: bool) -> None:
    shop = await a_shop(work)
    terms = {"cash_on_delivery": True, "paid_at": None, "paid_amount": Money(0)} if cash else {}
    order = await received(work, shop, a_trade(**terms))
    await orders.cancel_order(work, order.id, "sold out")
    order = await received(work, shop, a_trade(minute=1, seller_memo="sorry", **terms))
    assert (order.status, await lines(work, order) != []) == ("CANCELLED", True)
    assert await broken(work) == {}


async def warned(work: Work, order: orders.Order) -> list[tuple[str, bool]]:
    found = text("SELECT evidence ->> 'platformStatus', resolved_at IS NULL FROM alerts WHERE subject_id = :id")
    return [tuple(row) for row in await work.rows(found, {"id": order.id})]


async def test_what_was_shipped_all_the_same_is_shown_until_a_person_accepts_it(work: Work) -> None:
    shop = await cancelled_unpaid(work)
    order = await received(work, shop, a_trade(minute=1, status=IncomingStatus.SHIPPED))
    assert (order.status, await warned(work, order)) == ("CANCELLED", [("SHIPPED", True)])
    with pytest.raises(BadInput):
        await orders.accept_shipped_anyway(work, order.id, " ")
    await orders.accept_shipped_anyway(work, order.id, "sent by the shop itself")
    await received(work, shop, a_trade(minute=2, status=IncomingStatus.COMPLETED))
    assert await warned(work, order) == [("SHIPPED", False)], "it is said once"
    with pytest.raises(orders.NotShippedAnyway):
        await orders.accept_shipped_anyway(work, order.id, "again")
    assert await broken(work) == {}


async def test_the_warning_ends_when_its_platform_takes_it_back(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade())
    await orders.cancel_order(work, order.id, "sold out")
    await received(work, shop, a_trade(minute=1, status=IncomingStatus.PARTLY_SHIPPED))
    assert await warned(work, order) == [("PARTLY_SHIPPED", True)]
    await received(work, shop, a_trade(minute=2, status=IncomingStatus.CLOSED_REFUNDED))
    assert await warned(work, order) == [("PARTLY_SHIPPED", False)]
