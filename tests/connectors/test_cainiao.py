"""Cainiao through a simulated shop: one number per object id, given back, confirmed, refused with its words."""

from uuid import uuid4

import pytest

from connectors.carriers.cainiao import CainiaoOffice, request_of
from connectors.carriers.port import Party, WaybillOrder
from connectors.faults import OurFault
from connectors.http import Http
from connectors.marketplaces.taobao import TaobaoMarketplace
from tests.connectors.simulated import Simulated

SENDER = Party(name="掌柜仓", phone="057112345678", province="浙江省", city="杭州市", detail="仓前路1号")


def an_order(carrier: str = "ZTO", detail: str = "文三路1号", object_id: str = "") -> WaybillOrder:
    return WaybillOrder(
        object_id=object_id or str(uuid4()),
        carrier_code=carrier,
        template_url="http://cloudprint.cainiao.com/template/1",
        order_number="SO1",
        trade_number="202611230000000001234",
        sender=SENDER,
        recipient=Party(name="王**", phone="138****5678", province="浙江省", detail=detail, token="oaid-1"),
        items=(("HEART", 6),),
        grams=350,
    )


def test_what_is_asked_names_the_token_and_leaves_out_what_is_not_known() -> None:
    asked = request_of(an_order())
    assert (asked["cp_code"], asked["sender"]["address"]["city"]) == ("ZTO", "杭州市")
    (parcel,) = asked["trade_order_info_dtos"]
    assert parcel["recipient"]["oaid"] == "oaid-1"
    assert parcel["recipient"]["address"] == {"province": "浙江省", "detail": "文三路1号"}
    assert parcel["order_info"] == {
        "order_channels_type": "TB",
        "trade_order_list": ["202611230000000001234"],
    }
    assert parcel["package_info"] == {"items": [{"name": "HEART", "count": 6}], "weight": 350}


async def test_numbers_are_given_once_taken_back_and_confirmed(simulated: Simulated, http: Http) -> None:
    shop = simulated.open("taobao-main", http)
    assert isinstance(shop, TaobaoMarketplace)
    office, order = CainiaoOffice(shop.call), an_order()
    first = await office.get(order)
    assert (await office.get(order)).number == first.number
    assert first.number.startswith("7")
    assert first.print_data is not None
    assert first.number in first.print_data
    assert (await office.get(an_order("SF"))).number.startswith("SF")
    for _ in range(2):
        await office.cancel("ZTO", first.number)
    with pytest.raises(OurFault, match="面单已取消"):
        await office.confirm(order.object_id, "ZTO", first.number)
    other = an_order()
    used = await office.get(other)
    await office.confirm(other.object_id, "ZTO", used.number)
    with pytest.raises(OurFault, match="面单已使用"):
        await office.cancel("ZTO", used.number)


@pytest.mark.parametrize(("wrong", "words"), [("OTHER", "未开通"), ("ZTO", "收件地址不可达")])
async def test_what_a_carrier_refuses_is_told_in_its_words(
    simulated: Simulated, http: Http, wrong: str, words: str
) -> None:
    shop = simulated.open("taobao-main", http)
    assert isinstance(shop, TaobaoMarketplace)
    detail = "无法送达的山上1号" if wrong == "ZTO" else "文三路1号"
    with pytest.raises(OurFault, match=words):
        await CainiaoOffice(shop.call).get(an_order(wrong, detail))
