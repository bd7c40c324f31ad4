"""A gift box that Taobao sells as one line, and the floor packs of what is in it."""

from typing import Any

import pytest

from tests.stories.company import SHIPPING, Company, Goods
from tests.stories.floor import a_floor

WANTED = """id externalNumber status holds { reason } totalAmount { amount } lines {
    id externalNumber title bundleTitle bundleQuantity bundle { sku } variant { sku } quantity cancelledQuantity refund
    lineAmount { amount } }"""


async def a_box(company: Company, sku: str, *parts: tuple[Goods, int]) -> Goods:
    """Take up a gift box that is sold on Taobao by its components."""
    box = await company.goods(sku, price="50.00", stock=0, shops=("taobao-main",))
    components = [{"variantId": each.id, "quantity": str(many)} for each, many in parts]
    given = {"variantId": box.id, "kind": "VIRTUAL", "components": components}
    await company.admin.done("composeBundle", "id", given)
    await company.settle()
    return box


def seen(order: Any) -> list[tuple[str, ...]]:
    return [
        (each["variant"]["sku"], each["quantity"], each["lineAmount"]["amount"], each["bundleQuantity"])
        for each in order["lines"]
    ]


async def test_a_box_is_packed_by_its_components_and_told_once_all_have_left(company: Company) -> None:
    floor = await a_floor(company)
    (tea, _), (cup, _) = await floor.goods("BOXTEA", 1), await floor.goods("BOXCUP", 2, price="20.00")
    box = await a_box(company, "BOX1", (tea, 2), (cup, 1))
    assert await company.shown("taobao-main", box) == 4, "nine of the tea are enough for four boxes"
    order = await company.sold("taobao-main", (box, 2), price="50.00", wanted=WANTED)
    number = order["externalNumber"]
    assert seen(order) == [("BOXTEA", "4.0000", "50.00", "2.0000"), ("BOXCUP", "2.0000", "50.00", "2.0000")]
    assert {each["bundle"]["sku"] for each in order["lines"]} == {"BOX1"}
    assert len({each["externalNumber"] for each in order["lines"]}) == 1
    assert await company.shown("taobao-main", box) == 2

    await floor.approved(order)
    wave = await floor.wave(order)
    assert [(each["sku"], each["quantity"]) for each in wave["pickList"]] == [
        ("BOXTEA", "4.0000"),
        ("BOXCUP", "2.0000"),
    ]
    await floor.pick(wave)
    whole = {"orderId": order["id"], "scans": [{"barcode": "BOX1"}]}
    refusal = await floor.keeper.refused("scanGoods", whole)
    assert (refusal["code"], refusal["path"]) == ("NOT_IN_ORDER", ["input", "scans", "0", "barcode"])
    packages = [await floor.packed(order, *["BOXTEA"] * 4), await floor.packed(order, *["BOXCUP"] * 2)]
    await floor.handed_over(packages[:1])
    assert await floor.told("taobao-main", number) == []
    await floor.handed_over(packages[1:])
    assert await floor.told("taobao-main", number) == [(packages[1]["waybill"], 1)]
    assert (await company.simulated.held("taobao-main", number))["stage"] == "SHIPPED"
    sold = await company.admin.ask(
        """query ($p: PeriodFilter!, $b: IdFilter) { bundleSales(placedAt: $p, bundleId: $b) {
            orders quantity amount { amount } bundle { sku } channel { code } } }""",
        p={"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"},
        b={"eq": box.id},
    )
    assert sold["bundleSales"] == [
        {
            "orders": 1,
            "quantity": "2.0000",
            "amount": {"amount": "100.00"},
            "bundle": {"sku": "BOX1"},
            "channel": {"code": "taobao-main"},
        }
    ]
    assert await company.broken_invariants() == []


@pytest.mark.parametrize("reviewed", [False, True])
async def test_a_refunded_box_gives_all_its_components_back(company: Company, reviewed: bool) -> None:
    name = f"BACKBOX{int(reviewed)}"
    tea, cup = await company.goods(f"{name}T"), await company.goods(f"{name}C")
    box = await a_box(company, name, (tea, 2), (cup, 1))
    other = await company.goods(f"{name}O", shops=("taobao-main",))
    order = await company.sold("taobao-main", (box, 2), (other, 1), wanted=WANTED)
    number = order["externalNumber"]
    if reviewed:
        await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    asked = await company.simulated.act("taobao-main", number, "refund", reason="不想要了")
    await company.pull("taobao-main")
    held = await company.order(number, WANTED)
    assert ([each["reason"] for each in held["holds"]], [each["refund"] for each in held["lines"]]) == (
        ["REFUND_REQUESTED"],
        ["REQUESTED", "REQUESTED", "NONE"],
    )
    assert [each["id"] for each in held["lines"]] == [each["id"] for each in order["lines"]]
    await company.simulated.ask("POST", f"/shops/taobao-main/refunds/{asked['refund']['number']}/agree", {})
    await company.pull("taobao-main")
    settled = await company.order(number, WANTED)
    assert [each["cancelledQuantity"] for each in settled["lines"]] == ["4.0000", "2.0000", "0.0000"]
    assert settled["holds"] == []
    for goods in (tea, cup):
        assert (await company.stock_of(goods))["available"] == "20.0000"
    packer = await company.person(SHIPPING)
    if not reviewed:
        await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": f"SF100000000077{int(reviewed)}"}
    await packer.done("shipOrder", "id", parcel)
    await company.settle()
    assert len((await company.simulated.held("taobao-main", number))["parcels"]) == 1
    assert await company.broken_invariants() == []


async def test_a_box_is_added_by_hand_unless_something_of_it_is_not_sold_any_more(company: Company) -> None:
    tea, cup = await company.goods("HANDTEA"), await company.goods("HANDCUP")
    box = await a_box(company, "HANDBOX", (tea, 1), (cup, 1))
    order = await company.sold("taobao-main", (await company.goods("HANDOTHER", shops=("taobao-main",)), 1))
    given = {"id": order["id"], "variantId": box.id, "quantity": "1", "reason": "送礼"}
    added = await company.admin.done("addOrderLine", WANTED, given)
    assert (added["totalAmount"]["amount"], [each["bundleTitle"] for each in added["lines"]]) == (
        "60.00",
        [None, "商品 HANDBOX", "商品 HANDBOX"],
    )
    found = await company.admin.ask("query ($i: ID!) { variant(id: $i) { product { id } } }", i=cup.id)
    await company.admin.done("retireProduct", "id", {"id": found["variant"]["product"]["id"]})
    await company.settle()
    refusal = await company.admin.refused("addOrderLine", given)
    assert (refusal["code"], refusal["path"]) == ("COMPONENT_NOT_FOR_SALE", ["input", "variantId"])
    assert "HANDCUP" in refusal["message"]
    await company.clock("review_waiting")
    held = await company.order(order["externalNumber"], WANTED)
    assert [each["reason"] for each in held["holds"]] == ["BUNDLE_INCOMPLETE", "PART_PAID"]
    assert await company.broken_invariants() == []


async def test_a_box_in_a_merged_order_leaves_in_two_waves(company: Company) -> None:
    floor = await a_floor(company)
    (cup, _), (lid, _) = await floor.goods("MWCUP", 1), await floor.goods("MWLID", 2)
    box = await a_box(company, "MWBOX", (cup, 2), (lid, 1))
    who = {"buyer": {"id": "box-buyer", "name": "何同人"}}
    boxes, more = await company.sold("taobao-main", (box, 2), **who), await company.sold("taobao-main", (cup, 1), **who)
    wanted = "id lines { id quantity variant { sku } }"
    given = {"orders": [{"id": boxes["id"]}, {"id": more["id"]}]}
    merged = await company.admin.done("mergeOrders", wanted, given)
    of_box = [(each["id"], "2" if each["variant"]["sku"] == cup.sku else "1") for each in merged["lines"][:2]]
    first = {"lines": [{"orderLineId": line, "quantity": quantity} for line, quantity in of_box]}
    split = await company.admin.done("splitOrder", f"parts {{ {wanted} }}", {"id": merged["id"], "parts": [first]})
    assert len(split["parts"]) == 2
    for order in split["parts"]:
        await floor.approved(order)
        skus = [each["variant"]["sku"] for each in order["lines"] for _ in range(int(float(each["quantity"])))]
        await floor.to_the_van(order, *skus)
    assert [len(await floor.told("taobao-main", each["externalNumber"])) for each in (boxes, more)] == [1, 1]
    left = [await company.stock_of(each) for each in (cup, lid)]
    assert [(each["onHand"], each["toShip"]) for each in left] == [("4.0000", "0.0000"), ("7.0000", "0.0000")]
    assert await company.broken_invariants() == []
