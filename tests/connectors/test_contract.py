"""What every platform owes us, proven on each of them against a strict stranger: nothing lost, every fault named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from connectors.faults import (
    Banned,
    Blocked,
    MovedOn,
    NotOffered,
    OurFault,
    PlatformFault,
    SessionDead,
    UnknownThere,
    UnreadableAnswer,
    attempts_max,
)
from connectors.http import Http
from connectors.marketplaces.port import Call, IncomingRefund, RefundNotice, ShipmentNotice
from connectors.payloads import next_china_midnight
from domain import orders
from domain.kernel import Money, Quantity
from domain.orders import IncomingRefundStatus, IncomingStatus
from domain.refunds import RefundDecision
from tests.connectors.simulated import LISTS, SHOPS, Simulated, line, pulled

pytestmark = pytest.mark.parametrize("shop", SHOPS)
CARRIER, WAYBILL = "SF", "SF1234567890123"


async def pulled_order(platform: Simulated, shop: str, http: Http, number: str) -> orders.IncomingOrder:
    order = (await pulled(platform.open(shop, http)))[number]
    assert isinstance(order, orders.IncomingOrder), order
    return order


async def test_an_order_arrives_whole(platform: Simulated, shop: str, http: Http) -> None:
    lines = [
        line(quantity=3, price="19.99", discount="1.00"),
        line("71053", quantity=1, price="0.05", item="6382359948881376660", sku="3145062116249474735"),
    ]
    trade = {"lines": lines, "freight": "5.07", "discount": "2.00", "buyer_message": "请用顺丰 😀"}
    (number,) = await platform.trades(shop, trade)
    order = await pulled_order(platform, shop, http, number)
    held = await platform.held(shop, number)
    assert order.status is IncomingStatus.PAID
    assert order.total_amount == order.paid_amount == Money("62.09")
    assert order.freight_amount == Money("5.07")
    assert Money.total(one.line_amount for one in order.lines) + order.freight_amount == order.total_amount
    assert [one.quantity for one in order.lines] == [Quantity(3), Quantity(1)]
    assert [one.seller_code for one in order.lines] == ["85123A", "71053"]
    assert [one.list_amount for one in order.lines] == [Money("59.97"), Money("0.05")]
    assert order.placed_at.timestamp() == held["created_at"]
    assert order.modified_at.timestamp() == held["modified_at"]
    assert order.paid_at is not None
    assert order.buyer_message == "请用顺丰 😀"
    assert order.receiver is not None
    assert (order.receiver.province, order.receiver.district) == ("浙江省", "西湖区")


async def test_no_digit_of_a_number_is_lost(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    assert int(number) > 2**53 if number.isdigit() else number
    order = await pulled_order(platform, shop, http, number)
    assert order.external_number == number
    assert order.lines[0].external_sku in {"3145062116249474734", "85123A"}
    assert order.lines[0].external_item == "6382359948881376659"


async def many(platform: Simulated, shop: str, modified_at: datetime) -> list[str]:
    """Create more orders than two pages hold, all modified in one moment, and let four change while they are read."""
    numbers = await platform.trades(
        shop, *[{"lines": [line()], "modified_at": modified_at.isoformat()} for _ in range(210)]
    )
    for page, number in ((3, numbers[5]), (2, numbers[110]), (2, numbers[205]), (1, numbers[60])):
        await platform.ask(
            "POST", f"/shops/{shop}/touch-after-page", {"number": number, "page": page, "method": LISTS[shop]}
        )
    return numbers


async def forget(platform: Simulated, shop: str, numbers: list[str]) -> None:
    """Move orders out of the way of the next tests."""
    long_ago = Simulated.ago(3 * 24 * 3600)
    await platform.trades(shop, *[{"number": number, "lines": [line()], "modified_at": long_ago} for number in numbers])


async def test_nothing_is_lost_when_orders_leave_the_window(platform: Simulated, shop: str, http: Http) -> None:
    """While pages are read, orders change and so are no longer in the window: the next window has them."""
    market = platform.open(shop, http)
    moment = datetime.now(UTC) - timedelta(hours=20)
    numbers = await many(platform, shop, moment)
    seen: set[str] = set()
    async for part in market.pull_orders(moment, moment + timedelta(minutes=1)):
        seen |= {trade.external_number for trade in part.orders}
    seen |= set(await pulled(market))
    await forget(platform, shop, numbers)
    assert set(numbers) <= seen


async def test_nothing_is_lost_when_orders_move_to_the_front(platform: Simulated, shop: str, http: Http) -> None:
    """The window still runs while pages are read: changed orders move within it."""
    ahead = type(platform.open(shop, http))(
        platform.account(shop), http, lambda: datetime.now(UTC) + timedelta(minutes=5)
    )
    now = datetime.now(UTC)
    numbers = await many(platform, shop, now - timedelta(seconds=20))
    seen: set[str] = set()
    async for part in ahead.pull_orders(now, now + timedelta(minutes=4)):
        seen |= {trade.external_number for trade in part.orders}
    await forget(platform, shop, numbers)
    assert set(numbers) <= seen


async def test_windows_stay_within_the_limit(platform: Simulated, shop: str, http: Http) -> None:
    market = platform.open(shop, http)
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    since = until - 2 * market.protocol.slice_max
    slices = [(part.from_at, part.until_at) async for part in market.pull_orders(since, until)]
    assert slices[0][0] == since - market.protocol.overlap
    assert slices[-1][1] == until
    assert all(end - start <= market.protocol.slice_max for start, end in slices)
    assert all(before[1] == after[0] for before, after in pairwise(slices))


async def test_a_dead_session(platform: Simulated, shop: str, http: Http) -> None:
    await platform.ask("POST", f"/shops/{shop}/session", {"alive": False})
    with pytest.raises(SessionDead) as dead:
        await pulled(platform.open(shop, http))
    assert dead.value.stops_shop
    assert dead.value.wait(datetime.now(UTC), 1) is None


async def test_a_spent_quota(platform: Simulated, shop: str, http: Http) -> None:
    await platform.trouble(shop, "quota")
    with pytest.raises(Blocked) as spent:
        await pulled(platform.open(shop, http))
    assert abs(spent.value.until - next_china_midnight(datetime.now(UTC))) < timedelta(seconds=5)


async def test_a_ban_of_seconds(platform: Simulated, shop: str, http: Http) -> None:
    await platform.trouble(shop, "ban", ban_seconds=40)
    with pytest.raises(Banned) as banned:
        await pulled(platform.open(shop, http))
    wait = banned.value.wait(datetime.now(UTC), 1)
    assert wait is not None
    assert timedelta(seconds=37) < wait <= timedelta(seconds=42)


@pytest.mark.parametrize("kind", ["html", "truncated", "empty", "http", "disconnect"])
async def test_a_short_trouble_is_read_over(platform: Simulated, shop: str, http: Http, kind: str) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    await platform.trouble(shop, kind, count=attempts_max - 1)
    assert number in await pulled(platform.open(shop, http))


@pytest.mark.parametrize("kind", ["html", "truncated", "empty"])
async def test_garbage_that_lasts(platform: Simulated, shop: str, http: Http, kind: str) -> None:
    await platform.trouble(shop, kind, count=attempts_max)
    with pytest.raises(UnreadableAnswer):
        await pulled(platform.open(shop, http))


@pytest.mark.parametrize("kind", ["http", "disconnect", "error"])
async def test_a_fault_of_the_platform_that_lasts(platform: Simulated, shop: str, http: Http, kind: str) -> None:
    await platform.trouble(shop, kind, count=attempts_max)
    with pytest.raises(PlatformFault) as lasting:
        await pulled(platform.open(shop, http))
    now = datetime.now(UTC)
    pauses = [lasting.value.wait(now, attempt) or timedelta() for attempt in range(1, attempts_max + 1)]
    assert pauses == sorted(pauses)
    assert lasting.value.wait(now, attempts_max + 1) is None


async def test_a_clock_that_is_wrong(platform: Simulated, shop: str, http: Http) -> None:
    await platform.ask("POST", "/clock", {"skew_seconds": 3600})
    with pytest.raises(OurFault):
        await pulled(platform.open(shop, http))


async def test_a_wrong_secret(platform: Simulated, shop: str, http: Http) -> None:
    with pytest.raises(OurFault) as wrong:
        await pulled(platform.open(shop, http, app_secret="not the secret"))
    assert "not the secret" not in str(wrong.value)


async def test_a_damaged_trade_is_kept(platform: Simulated, shop: str, http: Http) -> None:
    name = {"jd-main": "orderState"}.get(shop, "status")
    damaged, whole = await platform.trades(
        shop, {"lines": [line()], "distortions": {name: "LOST_IN_SPACE"}}, {"lines": [line()]}
    )
    trades = await pulled(platform.open(shop, http))
    trade = trades[damaged]
    assert isinstance(trade, orders.UnreadableTrade)
    assert trade.problem == f"{name} 'LOST_IN_SPACE' is unknown"
    assert trade.raw[name] == "LOST_IN_SPACE"
    assert isinstance(trades[whole], orders.IncomingOrder)


async def test_an_odd_quantity_stays_odd(platform: Simulated, shop: str, http: Http) -> None:
    """What to do about it is not for a connector to say: all numbers arrive as the platform tells them."""
    odd = line("71053", quantity=-3, price="4.00", sku="3145062116249474737")
    mixed, alone = await platform.trades(shop, {"lines": [line(quantity=9, price="2.00"), odd]}, {"lines": [odd]})
    order = await pulled_order(platform, shop, http, mixed)
    credit = await pulled_order(platform, shop, http, alone)
    assert [one.quantity for one in order.lines] == [Quantity(9), Quantity(-3)]
    assert [one.line_amount for one in order.lines] == [Money("18.00"), Money("-12.00")]
    assert order.total_amount == Money("6.00")
    assert (credit.lines[0].list_amount, credit.total_amount) == (Money("-12.00"), Money("-12.00"))


async def test_a_shipment_is_told_once_however_often(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line(), line("71053", sku="3145062116249474736")]})
    market = platform.open(shop, http)
    notice = ShipmentNotice(external_number=number, carrier_code=CARRIER, waybill=WAYBILL)
    await market.tell_shipment(notice)
    await market.tell_shipment(notice)
    assert (await pulled_order(platform, shop, http, number)).status is IncomingStatus.SHIPPED
    assert [parcel["waybill"] for parcel in (await platform.held(shop, number))["parcels"]] == [WAYBILL]


async def test_a_shipment_whose_answer_was_lost(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    market = platform.open(shop, http)
    notice = ShipmentNotice(external_number=number, carrier_code=CARRIER, waybill=WAYBILL)
    method = {"jd-main": "jingdong.pop.order.shipment", "site-main": "order.ship", "pharmacy818-main": "order.ship"}
    await platform.trouble(shop, "disconnect", phase="after", method=method.get(shop, "taobao.logistics.online.send"))
    with pytest.raises(PlatformFault) as lost:
        await market.tell_shipment(notice)
    assert lost.value.outcome_unknown
    await market.tell_shipment(notice)
    assert len((await platform.held(shop, number))["parcels"]) == 1


async def test_another_waybill_is_not_believed_told(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    market = platform.open(shop, http)
    await market.tell_shipment(ShipmentNotice(external_number=number, carrier_code=CARRIER, waybill=WAYBILL))
    with pytest.raises(OurFault):
        await market.tell_shipment(
            ShipmentNotice(external_number=number, carrier_code=CARRIER, waybill="SF9999999999999")
        )


async def test_a_part_is_shipped_by_its_lines(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line(), line("71053", sku="3145062116249474736")]})
    market = platform.open(shop, http)
    first, second = (one.external_number for one in (await pulled_order(platform, shop, http, number)).lines)
    part: dict[str, Any] = {"external_number": number, "carrier_code": CARRIER}
    if shop == "jd-main":
        with pytest.raises(NotOffered):
            await market.tell_shipment(ShipmentNotice(**part, waybill=WAYBILL, lines=(first,)))
        await market.tell_shipment(ShipmentNotice(**part, waybill=WAYBILL, lines=(first, second)))
    else:
        await market.tell_shipment(ShipmentNotice(**part, waybill=WAYBILL, lines=(first,)))
        await market.tell_shipment(ShipmentNotice(**part, waybill=WAYBILL, lines=(first,)))
        assert (await pulled_order(platform, shop, http, number)).status is IncomingStatus.PARTLY_SHIPPED
        await market.tell_shipment(ShipmentNotice(**part, waybill="SF1234567890124", lines=(second,)))
    assert (await pulled_order(platform, shop, http, number)).status is IncomingStatus.SHIPPED


async def test_a_refund_before_shipment_stops_the_line(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    asked = (await platform.act(shop, number, "refund"))["refund"]
    order = await pulled_order(platform, shop, http, number)
    assert order.lines[0].refund is IncomingRefundStatus.REQUESTED
    now = datetime.now(UTC)
    refunds = [
        refund
        async for part in platform.open(shop, http).pull_refunds(now - timedelta(minutes=1), now)
        for refund in part.refunds
        if refund.external_number == asked["number"]
    ]
    assert len(refunds) == 1
    refund = refunds[0]
    assert isinstance(refund, IncomingRefund)
    assert (refund.order_number, refund.status) == (number, IncomingRefundStatus.REQUESTED)
    assert refund.refund_amount == Money("20.00")


async def test_a_cancelled_order(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    await platform.act(shop, number, "refund", agreed=True)
    order = await pulled_order(platform, shop, http, number)
    assert order.status is IncomingStatus.CLOSED_REFUNDED
    assert order.lines[0].refund is IncomingRefundStatus.SUCCEEDED


async def test_the_memo_goes_back(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    await platform.open(shop, http).update_memo(number, "缺货，周五发 & 送卡片", 3)
    held = await platform.held(shop, number)
    assert (held["seller_memo"], held["seller_flag"]) == ("缺货，周五发 & 送卡片", 3)


async def test_one_order_by_its_number(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    market = platform.open(shop, http)
    if not market.offers(Call.GET_ORDER):
        with pytest.raises(NotOffered):
            await market.get_order(number)
        return
    order = await market.get_order(number)
    assert isinstance(order, orders.IncomingOrder)
    assert order.external_number == number
    assert await market.get_order("4611686018427387999") is None


async def asked_back(platform: Simulated, shop: str, number: str, **wish: Any) -> RefundNotice:
    """Ask for money back as the buyer, and make the seller's answer."""
    asked = (await platform.act(shop, number, "refund", **wish))["refund"]
    return RefundNotice(
        refund_number=asked["number"],
        order_number=number,
        decision=RefundDecision.AGREE,
        amount=Money("20.00"),
        decided_by="赵客服",
        reason="同意",
    )


async def refund_held(platform: Simulated, shop: str, notice: RefundNotice) -> str:
    found = (await platform.ask("GET", f"/shops/{shop}/refunds"))["refunds"]
    return next(str(each["stage"]) for each in found if each["number"] == notice.refund_number)


async def test_a_decision_about_a_refund_is_heard_once(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    market, agreed = platform.open(shop, http), await asked_back(platform, shop, number)
    for _ in range(2):
        await market.decide_refund(agreed)
        assert await refund_held(platform, shop, agreed) == "SUCCESS"
    with pytest.raises(MovedOn):
        await market.decide_refund(replace(agreed, decision=RefundDecision.REFUSE))
    with pytest.raises(UnknownThere):
        await market.decide_refund(replace(agreed, refund_number="4611686018427387999"))


async def test_goods_come_back_before_the_money(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    market = platform.open(shop, http)
    await market.tell_shipment(ShipmentNotice(external_number=number, carrier_code=CARRIER, waybill=WAYBILL))
    agreed = await asked_back(platform, shop, number, returns_goods=True)
    if shop == "jd-main":
        with pytest.raises(UnknownThere):  # JD's services after shipping are decided at JD itself.
            await market.decide_refund(agreed)
        return
    await market.decide_refund(agreed)
    assert await refund_held(platform, shop, agreed) == "WAIT_BUYER_RETURN_GOODS"
    back = {"waybill": "SF1234567890125"}
    await platform.ask("POST", f"/shops/{shop}/refunds/{agreed.refund_number}/return-goods", back)
    await market.decide_refund(replace(agreed, decision=RefundDecision.GOODS_BACK))
    assert await refund_held(platform, shop, agreed) == "SUCCESS"


async def test_a_refund_is_refused_with_a_reason(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()]})
    market = platform.open(shop, http)
    asked = await asked_back(platform, shop, number)
    refused = replace(asked, decision=RefundDecision.REFUSE, reason="已按您的要求定制")
    if shop in {"taobao-main", "tmall-main"}:
        with pytest.raises(OurFault, match="卖家未发货"):
            await market.decide_refund(refused)
        await market.tell_shipment(ShipmentNotice(external_number=number, carrier_code=CARRIER, waybill=WAYBILL))
    await market.decide_refund(refused)
    assert await refund_held(platform, shop, refused) == "SELLER_REFUSE_BUYER"
    assert (await pulled_order(platform, shop, http, number)).lines[0].refund is IncomingRefundStatus.CLOSED
