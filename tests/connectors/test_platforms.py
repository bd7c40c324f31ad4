"""What only one platform does: its own traps, against the strict stranger that sets them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from connectors.faults import (
    DelaySixHours,
    LockedByCampaign,
    MappingGone,
    NotOffered,
    OurFault,
    PlatformFault,
    RetryLater,
    SessionDead,
    UnreadableAnswer,
)
from connectors.http import Http
from connectors.marketplaces.jd import JdMarketplace
from connectors.marketplaces.port import GoodsNotice, GoodsSpecification, PriceNotice, ShownSku, StockLevel
from connectors.marketplaces.shown import shown_sku
from connectors.marketplaces.site_webhook import OrderChanged, Webhook, verify_webhook
from connectors.marketplaces.taobao import TaobaoMarketplace
from connectors.sms.aliyun import AliyunAccount, AliyunSms
from connectors.sms.port import SmsMessage
from domain import orders
from domain.kernel import Money
from domain.orders import IncomingStatus
from tests.connectors.listening import listening
from tests.connectors.simulated import SHOPS, Simulated, line, pulled

ITEM = "7000000000000000001"


async def put_items(platform: Simulated, shop: str, *items: dict[str, Any]) -> None:
    known = {"item": ITEM, "title": "烛台", "price": "10.00", "quantity": 5, "lock": "", "deleted": False}
    await platform.ask("POST", f"/shops/{shop}/items", {"items": [known | item for item in items]})


async def shown(platform: Simulated, shop: str) -> dict[str, int]:
    items = (await platform.ask("GET", f"/shops/{shop}/items"))["items"]
    return {item["sku"]: item["quantity"] for item in items}


def level(sku: str, quantity: int, version: int = 1) -> StockLevel:
    return StockLevel(
        external_item=ITEM, external_sku=sku, seller_code=f"code-{sku}", quantity=quantity, version=version
    )


@pytest.mark.parametrize("shop", SHOPS)
async def test_stock_is_absolute_and_each_item_has_its_own_fault(platform: Simulated, shop: str, http: Http) -> None:
    await put_items(
        platform, shop, {"sku": "901", "seller_code": "code-901"}, {"sku": "902", "seller_code": "code-902"}
    )
    levels = [level("901", 7), level("999999", 3), level("902", -4)]
    outcomes = {outcome.level: outcome for outcome in await platform.open(shop, http).push_stock(levels)}
    assert outcomes[levels[0]].fault is outcomes[levels[2]].fault is None
    assert isinstance(outcomes[levels[1]].fault, MappingGone)
    quantities = await shown(platform, shop)
    assert (quantities["901"], quantities["902"]) == (7, 0)


@pytest.mark.parametrize("shop", SHOPS)
async def test_a_shop_says_what_it_shows(platform: Simulated, shop: str, http: Http) -> None:
    await put_items(platform, shop, {"sku": "911", "seller_code": "code-911", "quantity": 4}, {"sku": "912"})
    wanted = [ShownSku(external_item=ITEM, external_sku=sku) for sku in ("911", "999999")]
    told = await platform.open(shop, http).read_stock(wanted)
    assert told == [ShownSku(external_item=ITEM, external_sku="911", quantity=4)]


async def test_a_site_that_cannot_be_asked_is_not_compared(platform: Simulated, http: Http) -> None:
    unknown = {"code": 200, "msg": "unknown operation stock.query"}
    await platform.trouble("site-main", "error", method="stock.query", body=unknown)
    with pytest.raises(NotOffered, match=r"does not know stock\.query"):
        await platform.open("site-main", http).read_stock([ShownSku(external_item=ITEM, external_sku="911")])


@pytest.mark.parametrize("raw", [None, {}, {"i": 1, "s": 2}, {"i": 1, "s": 2, "q": "-3"}, {"i": 1, "s": 2, "q": True}])
def test_a_sku_that_cannot_be_read_is_said_so(raw: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        shown_sku(raw, "i", "s", "q")


@pytest.mark.parametrize("shop", ["taobao-main", "tmall-main", "jd-main"])
@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"lock": "聚划算商品不允许修改库存"}, LockedByCampaign),
        ({"lock": "活动商品只能增加库存", "quantity": 50}, LockedByCampaign),
        ({"lock": "商品限流中"}, DelaySixHours),
        ({"lock": "大促期间不支持全量修改"}, DelaySixHours),
        ({"deleted": True}, MappingGone),
    ],
)
async def test_an_item_that_may_not_be_written(
    platform: Simulated, shop: str, http: Http, change: dict[str, Any], action: type[Exception]
) -> None:
    item = {"item": "7000000000000000002", "sku": "911", "seller_code": "code-911"}
    await put_items(platform, shop, item | change)
    told = StockLevel(external_item="7000000000000000002", external_sku="911", seller_code=None, quantity=1, version=1)
    (outcome,) = await platform.open(shop, http).push_stock([told])
    assert isinstance(outcome.fault, action)


async def writes(platform: Simulated) -> int:
    calls: dict[str, int] = (await platform.ask("GET", "/state"))["calls"]
    return calls.get("taobao-main/taobao.skus.quantity.update", 0)


async def test_top_takes_twenty_skus_in_one_call(platform: Simulated, http: Http) -> None:
    await put_items(platform, "taobao-main", *[{"sku": str(2000 + place)} for place in range(45)])
    before = await writes(platform)
    outcomes = await platform.open("taobao-main", http).push_stock([level(str(2000 + n), n) for n in range(45)])
    after = await writes(platform)
    assert all(outcome.fault is None for outcome in outcomes)
    assert after - before == 3
    assert (await shown(platform, "taobao-main"))["2044"] == 44


async def test_top_treats_an_underflow_in_two_ways(platform: Simulated, http: Http) -> None:
    """The item call refuses, the SKU call silently shows nothing: why only absolute levels are told."""
    await put_items(platform, "taobao-main", {"sku": "921", "quantity": 3})
    market = platform.open("taobao-main", http)
    assert isinstance(market, TaobaoMarketplace)
    step = {"num_iid": ITEM, "type": "2"}
    with pytest.raises(OurFault):
        await market.call("taobao.item.quantity.update", step | {"sku_id": "921", "quantity": "-4"})
    assert (await shown(platform, "taobao-main"))["921"] == 3
    await market.call("taobao.skus.quantity.update", step | {"skuid_quantities": "921:-4"})
    assert (await shown(platform, "taobao-main"))["921"] == 0


async def test_a_deposit_trade_step_by_step(platform: Simulated, http: Http) -> None:
    trade = {"lines": [line()], "status": "UNPAID", "paid_at": None, "deposit": {"amount": "5.00"}}
    (number,) = await platform.trades("taobao-main", trade)
    market = platform.open("taobao-main", http)
    told: list[tuple[IncomingStatus, Money]] = []
    for _ in range(3):
        order = (await pulled(market))[number]
        assert isinstance(order, orders.IncomingOrder)
        told.append((order.status, order.paid_amount))
        if len(told) < 3:
            await platform.act("taobao-main", number, "pay")
    assert told == [
        (IncomingStatus.AWAITING_PAYMENT, Money(0)),
        (IncomingStatus.DEPOSIT_PAID, Money("5.00")),
        (IncomingStatus.PAID, Money("20.00")),
    ]


@pytest.mark.parametrize("shop", ["taobao-main", "site-main"])
async def test_a_lost_deposit_and_goods_that_are_not_there_yet(platform: Simulated, http: Http, shop: str) -> None:
    day = {"presale": True, "ships_on": "2026-12-10"}
    trade = {"lines": [line() | day], "status": "UNPAID", "paid_at": None, "deposit": {"amount": "5.00"}}
    (number,) = await platform.trades(shop, trade)
    market = platform.open(shop, http)
    for act in ("pay", "cancel"):
        await platform.act(shop, number, act)
    order = (await pulled(market))[number]
    assert isinstance(order, orders.IncomingOrder)
    assert (order.status, order.paid_amount) == (IncomingStatus.DEPOSIT_FORFEITED, Money("5.00"))
    assert [(each.presale, str(each.ships_on)) for each in order.lines] == [(True, "2026-12-10")]


async def test_top_hides_the_buyer_behind_a_token(platform: Simulated, http: Http) -> None:
    (number,) = await platform.trades("taobao-main", {"lines": [line()]})
    order = (await pulled(platform.open("taobao-main", http)))[number]
    assert isinstance(order, orders.IncomingOrder)
    assert order.receiver is not None
    assert order.receiver.address_token
    assert "王小明" not in repr(order)
    assert "13812345678" not in repr(order)


@pytest.mark.parametrize("shop", ["taobao-main", "pharmacy818-main"])
async def test_a_prescription_is_told_as_pending(platform: Simulated, shop: str, http: Http) -> None:
    (number,) = await platform.trades(shop, {"lines": [line()], "prescription_pending": True})
    order = (await pulled(platform.open(shop, http)))[number]
    assert isinstance(order, orders.IncomingOrder)
    assert order.prescription_pending


@pytest.mark.parametrize("kind", ["level2", "level3", "error"])
async def test_jd_fails_within_http_200(platform: Simulated, http: Http, kind: str) -> None:
    market = platform.open("jd-main", http)
    await platform.trouble("jd-main", kind, count=3)
    with pytest.raises(PlatformFault):
        await pulled(market)
    refusal = {"code": "10400099", "zh_desc": "不行", "en_desc": "no"}
    await platform.trouble("jd-main", kind, body=refusal)
    with pytest.raises(OurFault) as refused:
        await market.get_order("1")
    assert refused.value.code == "10400099"


async def test_jd_says_success_in_two_ways(platform: Simulated, http: Http) -> None:
    """Its order call answers the word "true" and "false" where others answer a boolean."""
    (number,) = await platform.trades("jd-main", {"lines": [line()]})
    market = platform.open("jd-main", http)
    assert isinstance(market, JdMarketplace)
    content = await market.call("jingdong.pop.order.get", {"order_id": number, "optional_fields": "orderId"})
    assert content["orderDetailInfo"]["apiResult"]["success"] == "true"
    assert await market.get_order("12345") is None


async def test_jd_tells_refunds_beside_the_order(platform: Simulated, http: Http) -> None:
    first, second = line("A1", sku="3145062116249474001"), line("A2", sku="3145062116249474002")
    (number,) = await platform.trades("jd-main", {"lines": [first, second]})
    held = await platform.held("jd-main", number)
    await platform.act("jd-main", number, "refund", line=held["lines"][1]["number"], agreed=True)
    market = platform.open("jd-main", http)
    for trade in (await market.get_order(number), (await pulled(market))[number]):
        assert isinstance(trade, orders.IncomingOrder)
        assert [each.refund for each in trade.lines] == ["NONE", "SUCCEEDED"]


async def test_jd_stopped_by_the_platform(platform: Simulated, http: Http) -> None:
    (number,) = await platform.trades("jd-main", {"lines": [line()], "locked": True})
    order = (await pulled(platform.open("jd-main", http)))[number]
    assert isinstance(order, orders.IncomingOrder)
    assert [one.refund for one in order.lines] == [orders.IncomingRefundStatus.REQUESTED]


async def test_goods_prices_and_stock_reach_the_site(platform: Simulated, http: Http) -> None:
    market = platform.open("site-main", http)
    specification = GoodsSpecification(sku_code="N-1", properties="红", barcode="6900000000017", weight_grams=350)
    goods = GoodsNotice(
        goods_code="N",
        title="新品 & 烛台",
        brand=None,
        category="家居",
        barcode=None,
        specifications=(specification,),
        images=("/pictures/n.jpg",),
        description="描述",
        attributes={"产地": "杭州"},
    )
    await market.push_goods(goods)
    await market.push_price(PriceNotice(sku_code="N-1", price=Money("12.50"), member_prices={"gold": Money("11.00")}))
    told = StockLevel(external_item="N", external_sku="N-1", seller_code="N-1", quantity=9, version=5)
    older = StockLevel(external_item="N", external_sku="N-1", seller_code="N-1", quantity=2, version=4)
    (first,) = await market.push_stock([told])
    (late,) = await market.push_stock([older])
    assert (first.superseded, late.superseded) == (False, True)
    pushed = await platform.ask("GET", "/shops/site-main/pushed")
    assert pushed["goods"]["N"]["title"] == "新品 & 烛台"
    assert pushed["price"]["N-1"]["price"] == "12.50"
    assert pushed["stock"]["N-1"]["quantity"] == 9
    await market.withdraw_goods("N")
    assert (await platform.ask("GET", "/shops/site-main/pushed"))["goods"]["N"]["online"] is False
    with pytest.raises(MappingGone):
        await market.push_price(PriceNotice(sku_code="UNKNOWN", price=Money("1.00")))


async def test_a_notice_of_the_site_is_verified(platform: Simulated) -> None:
    account = platform.account("site-main")
    received: asyncio.Queue[OrderChanged] = asyncio.Queue()

    async def is_new(nonce: str) -> bool:
        return bool(nonce)

    async def listen(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        webhook = Webhook(method=request.method, path=request.path, headers=headers, body=await request.read())
        assert webhook.app_key == account.app_key
        await received.put(await verify_webhook(webhook, account.app_secret, datetime.now(UTC), is_new))
        return web.Response(status=204)

    async with listening(listen) as url:
        await platform.ask("POST", "/shops/site-main/webhook", {"url": f"{url}webhooks/site"})
        (number,) = await platform.trades("site-main", {"lines": [line()]})
        await platform.act("site-main", number, "touch")
        changed = await asyncio.wait_for(received.get(), 10)
        await platform.ask("POST", "/shops/site-main/webhook", {"url": ""})
    assert changed.external_number == number


def gateway(platform: Simulated, http: Http, **changes: str) -> AliyunSms:
    told = platform.ports["sms"]
    known = {
        "base_url": told["url"],
        "access_key_id": told["access_key_id"],
        "access_key_secret": told["access_key_secret"],
    }
    return AliyunSms(AliyunAccount(**(known | {"sign_name": "掌柜商城"} | changes)), http)


def message(phone: str) -> SmsMessage:
    words = {"order": "1", "carrier": "顺丰", "waybill": "SF1"}
    return SmsMessage(phone=phone, template="SMS_100001", parameters=words, reference="order-1")


async def test_a_text_message_and_its_limit(platform: Simulated, http: Http) -> None:
    sms = gateway(platform, http)
    receipt = await sms.send(message("13900000001"))
    inbox = (await platform.ask("GET", "/sms"))["messages"]
    assert inbox[-1]["biz_id"] == receipt.gateway_number
    assert inbox[-1]["text"] == "【掌柜商城】您的订单1已由顺丰发出，运单号SF1。"
    with pytest.raises(RetryLater) as limited:
        await sms.send(message("13900000001"))
    assert limited.value.after.total_seconds() == 60


async def test_a_text_message_that_is_refused(platform: Simulated, http: Http) -> None:
    with pytest.raises(OurFault) as refused:
        await gateway(platform, http).send(message("12345"))
    assert refused.value.code == "isv.MOBILE_NUMBER_ILLEGAL"
    with pytest.raises(OurFault):
        await gateway(platform, http, sign_name="陌生人").send(message("13900000002"))
    with pytest.raises(SessionDead):
        await gateway(platform, http, access_key_secret="wrong").send(message("13900000002"))


async def test_a_gateway_in_trouble(platform: Simulated, http: Http) -> None:
    await platform.trouble("sms", "html")
    with pytest.raises(PlatformFault) as lost:
        await gateway(platform, http).send(message("13900000003"))
    assert lost.value.outcome_unknown
