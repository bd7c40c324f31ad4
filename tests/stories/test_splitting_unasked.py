"""Goods that must leave from two warehouses are split before a rule approves them, and both parts are told."""

from tests.stories.company import SHIPPING, Company
from tests.stories.test_combining import WANTED, parcel, told


async def test_a_trade_of_two_warehouses_is_split_approved_and_told_by_itself(company: Company) -> None:
    admin, shop = company.admin, "taobao-main"
    near = await company.goods("NEAR1", shops=(shop,))
    far = await company.goods("FAR1", stock=0, shops=(shop,))
    cold = (await admin.done("openWarehouse", "id", {"code": "cold", "name": "冷库", "kind": "CDC"}))["id"]
    line = {"variantId": far.id, "quantity": "9", "unitCost": "4.00"}
    await admin.done("receiveStock", "id", {"warehouseId": cold, "reason": "purchase", "lines": [line]})
    await admin.done("designateWarehouses", "id", {"variantId": far.id, "warehouseIds": [cold]})
    given = {"variantId": near.id, "warehouseIds": [company.warehouses["main"]]}
    await admin.done("designateWarehouses", "id", given)
    rule = {"channelId": company.channels[shop], "splitsByItself": ["STOCK"]}
    refusal = await admin.refused("setCombiningRule", rule)
    assert (refusal["code"], refusal["path"]) == ("BAD_INPUT", ["input", "splitsByItself", "0"])
    await admin.done("setCombiningRule", "splitsByItself", rule | {"splitsByItself": ["DESIGNATION"]})
    conditions = {"channelIds": [company.channels[shop]], "marginMin": "-1"}
    defined = await admin.done("defineReviewRule", "id", {"name": "all", "priority": 1, "conditions": conditions})
    await admin.done("enableReviewRule", "id", {"id": defined["id"]})

    number = (await company.sold(shop, (near, 2), (far, 1), wanted=WANTED))["externalNumber"]
    await company.clock("review_waiting", "review_waiting")
    split = await company.order(number, WANTED)
    assert (split["status"], len(split["parts"])) == ("SPLIT", 2)
    packer = await company.person(SHIPPING)
    for each, waybill in zip(split["parts"], ("SF1000000000921", "SF1000000000922"), strict=True):
        await packer.done("shipOrder", "id", parcel(each, waybill))
        await company.settle()
        await company.pull(shop)
    assert await told(company, shop, number) == [("SF1000000000921", 1), ("SF1000000000922", 1)]
