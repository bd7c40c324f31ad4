"""The mobile app sells: buyers browse, order, pay, move house after review, and change their minds during picking."""

import asyncio
from decimal import Decimal
from typing import Any

from tests.stories.client import Client
from tests.stories.company import REVIEWING, SELLING, Company, Goods, placement, receiver
from tests.stories.floor import Floor, a_floor
from tests.stories.test_own_orders import direct

SHELF = """query ($s: String!, $c: ID!) { product(slug: $s) { name variants { id sku price(channelId: $c) {
    unitPrice { amount } } stock { available } } } }"""
ORDER = """id number status version totalAmount { amount } paidAmount { amount } receiver { detail }
    outdatedPapers prints { kind copy outdated } shipments { waybill } lines { id title quantity }"""
AGAIN = "{ orders(where: {worklist: TO_PRINT_AGAIN}, first: 100) { nodes { id } } }"


async def the_app(company: Company, channel: str) -> Client:
    """Let the app sell on its channel, and on no other."""
    rights = (*SELLING, "orders.change_order_receiver", "fulfilment.view", "papers.view")
    new = {"code": "mobile-app", "name": "手机应用", "kind": "MOBILE_APP", "permissions": rights}
    made = await company.admin.do("createApiClient", "id", new | {"channelIds": [channel]})
    assert made["refusals"] == []
    return company.nobody.with_key(made["key"])


async def bought(app: Client, channel: str, sku: str, quantity: str) -> Any:
    """Put an article of the shelf into the cart and order it; who taps twice orders once."""
    product = (await app.ask(SHELF, s=sku.lower(), c=channel))["product"]
    (variant,) = product["variants"]
    total = f"{Decimal(variant['price']['unitPrice']['amount']) * int(quantity):.2f}"
    given = placement(channel, (sku, quantity), expectedTotal={"amount": total})
    dearer = await app.refused("placeOrder", given | {"expectedTotal": {"amount": "1.00"}})
    assert (dearer["code"], dearer["path"]) == ("PRICE_CHANGED", ["input", "expectedTotal"])
    taps = [app.done("placeOrder", ORDER, given, key=f"cart-{sku}-{quantity}") for _ in range(2)]
    order, twice = await asyncio.gather(*taps)
    assert (order["id"], order["status"], order["totalAmount"]["amount"]) == (twice["id"], "AWAITING_PAYMENT", total)
    paid = await app.done("confirmOrderPayment", ORDER, {"id": order["id"]})
    assert (paid["status"], paid["paidAmount"]["amount"]) == ("UNREVIEWED", total)
    return paid


async def seen(app: Client, order: Any) -> Any:
    return (await app.ask(f"query ($i: ID!) {{ order(id: $i) {{ {ORDER} }} }}", i=order["id"]))["order"]


async def printed(company: Company, floor: Floor, order: Any) -> None:
    await floor.keeper.done("printPapers", "id", {"kind": "PACKING_SLIP", "ids": [order["id"]]})
    await company.settle()


async def test_an_app_buyer_moves_after_review_and_another_wants_no_goods_any_more(company: Company) -> None:
    floor, channel = await a_floor(company), await direct(company, "app")
    goods, bin_code = await floor.goods("APP1", 1, price="20.00")
    await company.admin.done("setOrderPolicy", "id", {"channelId": channel, "stopsOutdatedPapers": True})
    app, desk = await the_app(company, channel), await company.person(REVIEWING, name="李审单")
    moves, regrets = [await bought(app, channel, "APP1", each) for each in ("1", "2")]
    for order in (moves, regrets):
        await floor.approved(order)
        await printed(company, floor, order)
    await floor.pick(await floor.wave(moves))
    wave = await floor.wave(regrets)

    new_home = {"id": moves["id"], "receiver": receiver(detail="文三路 2 号"), "reason": "买家搬家"}
    stale = await app.refused("changeOrderReceiver", new_home | {"expectedVersion": 1})
    assert stale["code"] == "VERSION_CONFLICT"
    moved = await app.done("changeOrderReceiver", ORDER, new_home)
    assert (moved["receiver"]["detail"], moved["outdatedPapers"]) == ("文三路 2 号", ["PACKING_SLIP"])
    assert [each["id"] for each in (await desk.ask(AGAIN))["orders"]["nodes"]] == [moves["id"]]
    scans = {"orderId": moves["id"], "scans": [{"barcode": "APP1"}]}
    assert (await floor.keeper.refused("scanGoods", scans))["code"] == "PAPERS_OUTDATED"
    await printed(company, floor, moves)
    package = await floor.packed(moves, "APP1")
    assert "文三路 2 号" in package["waybills"][0]["printData"]
    await floor.handed_over([package])

    await the_mind_is_changed(company, floor, app, (regrets, wave, goods, bin_code))
    gone = await seen(app, moves)
    assert (gone["status"], gone["shipments"], gone["outdatedPapers"]) == (
        "SHIPPED", [{"waybill": package["waybill"]}], [])  # fmt: skip
    assert gone["prints"] == [
        {"kind": "PACKING_SLIP", "copy": 1, "outdated": True},
        {"kind": "PACKING_SLIP", "copy": 2, "outdated": False},
    ]
    assert await company.broken_invariants() == []


async def the_mind_is_changed(
    company: Company, floor: Floor, app: Client, picking: tuple[Any, Any, Goods, str]
) -> None:
    """Give the money back for an order that is being picked: nothing more is taken, what was taken lies back."""
    order, wave, goods, bin_code = picking
    (row,) = wave["pickList"]
    one = {key: row[key] for key in ("variantId", "binId", "lotId")} | {"quantity": "1"}
    await floor.keeper.done("confirmPicks", "status", {"waveId": wave["id"], "picks": [one]})
    cancelled = await app.done("cancelOrder", "status cancelReason", {"id": order["id"], "reason": "买家申请退款"})
    assert cancelled == {"status": "CANCELLED", "cancelReason": "买家申请退款"}
    await company.settle()
    more = await floor.keeper.refused("confirmPicks", {"waveId": wave["id"], "picks": [one]})
    assert more["code"] in {"MORE_THAN_PLANNED", "WRONG_STATE"}
    assert await floor.put_back(order) == 1
    stock = await company.stock_of(goods)
    assert (stock["onHand"], stock["toShip"], stock["available"]) == ("8.0000", "0.0000", "8.0000")
    assert await floor.lying(goods) == [(bin_code, "8.0000")]
