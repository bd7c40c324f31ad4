"""An order is changed at our desk while it lives on its platform: memos go both ways, and no edit is undone."""

import pytest

from tests.stories.company import Company

WANTED = (
    "id externalNumber sellerMemo sellerFlag totalAmount { amount } holds { reason evidence } lines { id quantity }"
)


@pytest.mark.parametrize("shop", ["taobao-main", "jd-main", "site-main"])
async def test_a_memo_reaches_the_platform_and_comes_back_as_no_change(company: Company, shop: str) -> None:
    goods = await company.goods(f"MEMO-{shop}", shops=(shop,))
    order = await company.sold(shop, (goods, 2), wanted=WANTED)
    number = order["externalNumber"]
    await company.admin.done("reviewOrder", "id", {"id": order["id"]})
    await company.admin.done("changeOrderMemo", "id", {"id": order["id"], "sellerMemo": "周五发", "sellerFlag": 3})
    await company.settle()
    there = await company.simulated.ask("GET", f"/shops/{shop}/trades/{number}")
    assert (there["seller_memo"], there["seller_flag"]) == ("周五发", 3)
    await company.pull(shop)
    found = await company.order(number, WANTED)
    assert (found["sellerMemo"], found["sellerFlag"], found["holds"]) == ("周五发", 3, [])

    await company.simulated.act(shop, number, "memo", memo="周六发", flag=3)
    await company.pull(shop)
    found = await company.order(number, WANTED)
    assert found["sellerMemo"] == "周六发"
    assert [each["reason"] for each in found["holds"]] == ["CHANGED_ON_PLATFORM"]
    await company.settle()
    there = await company.simulated.ask("GET", f"/shops/{shop}/trades/{number}")
    assert there["seller_memo"] == "周六发"


async def test_what_was_changed_here_is_not_undone_by_the_platform(company: Company) -> None:
    goods = await company.goods("EDIT1", shops=("taobao-main",))
    order = await company.sold("taobao-main", (goods, 2), wanted=WANTED)
    more = {"orderLineId": order["lines"][0]["id"], "quantity": "3", "reason": "客户加购"}
    await company.admin.done("changeOrderLineQuantity", "id", more)
    await company.admin.done("confirmOrderPayment", "id", {"id": order["id"]})
    await company.simulated.act("taobao-main", order["externalNumber"], "memo", memo="老客户", flag=1)
    await company.pull("taobao-main")
    found = await company.order(order["externalNumber"], WANTED)
    assert (found["totalAmount"], found["sellerMemo"], found["holds"]) == ({"amount": "30.00"}, "老客户", [])
    assert (await company.stock_of(goods))["toReview"] == "3.0000"
