"""What happens on the platform after the order came: refunds, goods we did not know, trades nobody can read."""

from tests.stories.company import NUMBERS, REVIEWING, SHIPPING, Company, Goods

HOLDS = "id externalNumber status holds { reason evidence } lines { id refund cancelledQuantity variantId }"


async def test_a_refund_after_review_blocks_shipping_and_cancels_the_line(company: Company) -> None:
    first, second = [await company.goods(each, shops=("taobao-main",)) for each in ("BACK1", "BACK2")]
    order = await company.sold("taobao-main", (first, 2), (second, 1), wanted=HOLDS)
    number = order["externalNumber"]
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    packer = await company.person(SHIPPING)

    asked = await company.simulated.act("taobao-main", number, "refund", reason="不想要了")
    await company.pull("taobao-main")
    held = await company.order(number, HOLDS)
    assert [each["reason"] for each in held["holds"]] == ["REFUND_REQUESTED"]
    assert [each["refund"] for each in held["lines"]] == ["REQUESTED", "NONE"]
    parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": "SF1000000000201"}
    refusal = await packer.refused("shipOrder", parcel)
    assert (refusal["code"], refusal["reasons"]) == ("ORDER_ON_HOLD", ["REFUND_REQUESTED"])
    assert (await company.stock_of(first))["toShip"] == "2.0000"

    await company.simulated.ask("POST", f"/shops/taobao-main/refunds/{asked['refund']['number']}/agree", {})
    await company.pull("taobao-main")
    settled = await company.order(number, HOLDS)
    assert settled["holds"] == []
    assert [(each["refund"], each["cancelledQuantity"]) for each in settled["lines"]] == [
        ("SUCCEEDED", "2.0000"),
        ("NONE", "0.0000"),
    ]
    stock = await company.stock_of(first)
    assert (stock["toShip"], stock["available"]) == ("0.0000", "20.0000")
    shipped = await packer.done("shipOrder", "order { status } lines { variant { sku } }", parcel)
    assert shipped == {"order": {"status": "SHIPPED"}, "lines": [{"variant": {"sku": "BACK2"}}]}
    await company.settle()


async def test_goods_nobody_knows_wait_until_they_are_taken_up(company: Company) -> None:
    number = next(NUMBERS)
    unknown = Goods("", "LATER1", str(number), str(number + 10**15))
    order = await company.sold("taobao-main", (unknown, 3), wanted=HOLDS)
    assert [each["reason"] for each in order["holds"]] == ["UNMATCHED_GOODS"]
    assert "LATER1" in order["holds"][0]["evidence"]
    reviewer = await company.person(REVIEWING)
    assert (await reviewer.refused("reviewOrder", {"id": order["id"]}))["reasons"] == ["UNMATCHED_GOODS"]
    by_hand = {"id": order["id"], "reason": "UNMATCHED_GOODS"}
    assert (await reviewer.refused("releaseOrderHold", by_hand))["code"] == "HOLD_RELEASES_ITSELF"

    known = await company.goods("LATER1", stock=0)
    found = await company.order(order["externalNumber"], HOLDS)
    assert found["lines"][0]["variantId"] == known.id
    assert [each["reason"] for each in found["holds"]] == ["SHORTAGE"]
    await company.receive(known, 5)
    await company.settle()
    assert (await company.order(order["externalNumber"], HOLDS))["holds"] == []
    assert (await company.stock_of(known))["toReview"] == "3.0000"
    assert await reviewer.done("reviewOrder", "status", {"id": order["id"]}) == {"status": "REVIEWED"}


async def test_a_trade_nobody_can_read_is_shown_with_its_problem(company: Company) -> None:
    goods = await company.goods("ODD1", shops=("taobao-main",))
    reviewer = await company.person(REVIEWING)
    async with reviewer.listening("orderAlerts") as alerts:
        number = await company.sell("taobao-main", (goods, 1), distortions={"payment": "12.3x"})
        await company.pull("taobao-main")
        alert = (await alerts.next())["alert"]
        assert alert["kind"] == "UNREADABLE_TRADE"
    about = "query ($id: ID!) { node(id: $id) { ... on Trade { externalNumber } } }"
    assert await reviewer.ask(about, id=alert["subjectId"]) == {"node": {"externalNumber": number}}
    assert await company.order(number) is None
    shown = "{ unreadableTrades { nodes { externalNumber problem channelId } } }"
    trades = {each["externalNumber"]: each for each in (await reviewer.ask(shown))["unreadableTrades"]["nodes"]}
    assert "payment" in trades[number]["problem"]
    assert await reviewer.codes("{ unreadableTrades { nodes { payload } } }") == ["FORBIDDEN"]

    # The platform sends it again, whole: it becomes an order, and the alert is over.
    await company.simulated.act("taobao-main", number, "distort", payment=None)
    await company.sell("taobao-main", (goods, 1), number=number)
    await company.pull("taobao-main")
    assert (await company.order(number))["status"] == "UNREVIEWED"
    left = (await reviewer.ask(shown))["unreadableTrades"]["nodes"]
    assert number not in {each["externalNumber"] for each in left}


async def test_a_shop_whose_session_died_is_shown_until_it_is_authorised_anew(company: Company) -> None:
    goods = await company.goods("DEAD1", shops=("taobao-main",))
    reviewer = await company.person(REVIEWING)
    shop, account = company.channels["taobao-main"], company.simulated.account("taobao-main")
    await company.simulated.ask("POST", "/shops/taobao-main/session", {"alive": False})
    async with reviewer.listening("orderAlerts", "(levels: [SEVERE])") as alerts:
        number = await company.sell("taobao-main", (goods, 1))
        await company.pull("taobao-main")
        assert (await alerts.about(shop))["alert"]["kind"] == "SHOP_UNAUTHORISED"
        await company.simulated.ask("POST", "/shops/taobao-main/session", {"alive": True})
        credentials = {"appKey": account.app_key, "appSecret": account.app_secret, "session": account.session}
        await company.admin.done("authoriseChannel", "status", {"id": shop, "credentials": credentials})
        assert await alerts.about(shop, "RESOLVED")
    await company.pull("taobao-main")
    assert (await company.order(number))["status"] == "UNREVIEWED"


async def test_a_cancellation_on_the_platform_gives_everything_back(company: Company) -> None:
    goods = await company.goods("GONE1", shops=("jd-main", "taobao-main"))
    order = await company.sold("jd-main", (goods, 4), wanted=HOLDS)
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    assert await company.shown("taobao-main", goods) == 16
    await company.simulated.act("jd-main", order["externalNumber"], "cancel")
    await company.pull("jd-main")
    assert (await company.order(order["externalNumber"]))["status"] == "CLOSED"
    assert await company.shown("taobao-main", goods) == 20
