"""From where an order is sent and by whom: at intake, placed here, again, and by hand; and why."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from domain import channels, inventory, orders, shipping
from domain.channels import Channel, WarehouseCriterion
from domain.inventory import Warehouse
from domain.kernel import BadInput, Money, NotFound, Work, WrongState
from domain.orders.models import OrderDecision
from domain.orders.review import review_order
from domain.shipping import CarrierTerms, DefinedPreference, DefinedRule, DefinedTemplate, Tariff
from tests.domain.inventory.builders import stock
from tests.domain.orders.builders import (
    RECEIVER,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    broken,
    claims,
    holds,
    order_of,
    received,
)
from tests.domain.orders.test_placing import a_placement


async def serving(work: Work, warehouse_id: UUID, *areas: str, province: str | None = None) -> str:
    changes = update(Warehouse).where(Warehouse.id == warehouse_id).values(areas=list(areas), province=province)
    await work.execute(changes)
    found = await work.session.scalar(select(Warehouse.code).where(Warehouse.id == warehouse_id))
    assert found is not None
    return found


async def carrier(work: Work, code: str, **changes: Any) -> None:
    found = (await work.session.scalars(select(shipping.Carrier).where(shipping.Carrier.code == code))).one()
    for name, value in changes.items():
        setattr(found, name, value)
    await work.session.flush()


async def nobody_goes_to(work: Work, word: str) -> None:
    for row in await work.rows(select(shipping.Carrier.code)):
        await carrier(work, row.code, unreached_words=[word])


async def why(work: Work, order: orders.Order, kind: str) -> list[OrderDecision]:
    statement = select(OrderDecision).where(OrderDecision.order_id == order.id, OrderDecision.kind == kind)
    return list(await work.session.scalars(statement.order_by(OrderDecision.decided_at, OrderDecision.id)))


async def test_the_warehouse_that_covers_the_address_serves(work: Work) -> None:
    shop = await a_shop(work, stocks=(9, 9))
    far, near = shop.warehouses
    await serving(work, far, "440000")
    code = await serving(work, near, "330100")
    order = await received(work, shop, a_trade())
    assert order.warehouse_id == near
    (said,) = await why(work, order, "WAREHOUSE")
    assert said.outcome == code
    assert [each["rule"] for each in said.tried["rules"]] == [
        "warehouses of the shop that cover the address",
        f"warehouse {code}",
    ]
    assert said.tried["rules"][-1] | {"rule": ""} == {
        "rule": "", "outcome": "has everything", "score": "0", "won": True,
    }  # fmt: skip


async def test_the_least_value_short_is_said_with_its_scores(work: Work) -> None:
    shop = await a_shop(work, skus=("A", "B"), stocks=(0, 0))
    for sku, there in (("A", (1, 2)), ("B", (5, 0))):
        for warehouse_id, quantity in zip(shop.warehouses, there, strict=True):
            if quantity:
                await stock(work, shop.variants[sku], warehouse_id, quantity)
    order = await received(work, shop, a_trade("1", a_line("A", 2, "50"), a_line("B", 1, "10")))
    (said,) = await why(work, order, "WAREHOUSE")
    assert said.outcome == "none has everything"
    assert [each["score"] for each in said.tried["rules"]] == [None, "-50", "-10"]
    assert "SHORTAGE" in await holds(work, order)


async def test_a_number_of_a_warehouse_locks_the_order(work: Work) -> None:
    shop = await a_shop(work, stocks=(9, 9))
    code = await serving(work, shop.warehouses[1], "440000")
    order = await received(work, shop, a_trade(external_warehouse=code))
    assert order.warehouse_id == shop.warehouses[1]
    other = await received(work, shop, a_trade("1002", external_warehouse="X"))
    assert other.warehouse_id == shop.warehouses[0]


async def test_goods_are_sent_from_their_designated_warehouse(work: Work) -> None:
    shop, other = await a_shop(work), await a_shop(work, prefix="X")
    place = inventory.WarehouseId(other.warehouses[0])
    await stock(work, shop.variants["A"], place, 5)
    await inventory.designate_warehouses(work, shop.variants["A"], [place])
    assert (await received(work, shop, a_trade("1", a_line("A")))).warehouse_id == place
    assert (await received(work, shop, a_trade("2", a_line("B")))).warehouse_id == shop.warehouses[0]
    assert (await orders.place_order(work, a_placement(shop))).warehouse_id == place
    with pytest.raises(NotFound):
        await inventory.designate_warehouses(work, shop.channel_id, [place])


async def test_freight_and_distance_decide_between_equals(work: Work) -> None:
    shop = await a_shop(work, stocks=(9, 9))
    near, cheap = shop.warehouses
    await serving(work, near, province="330000")
    await serving(work, cheap, province="440000")
    for warehouse_id, price in ((near, "9"), (cheap, "7")):
        tariff = Tariff(first_grams=1000, first_price=Money(price))
        template = DefinedTemplate(carrier_code="SF", tariff=tariff, warehouse_id=warehouse_id)
        await shipping.define_freight_template(work, template)
    channel = await work.session.get_one(Channel, shop.channel_id)
    for number, (criteria, expected) in enumerate(
        ((["DISTANCE"], near), (["FREIGHT"], cheap), (["DISTANCE", "FREIGHT"], near))
    ):
        changes = channels.ChannelChanges(warehouse_criteria=tuple(map(WarehouseCriterion, criteria)))
        await channels.edit_channel(work, channel.id, changes)
        await work.session.flush()
        assert (await received(work, shop, a_trade(str(number)))).warehouse_id == expected


async def test_a_shop_without_warehouses_is_served_by_the_first(work: Work) -> None:
    other, shop = await a_shop(work, prefix="X"), await a_shop(work, stocks=())
    await stock(work, shop.variants["A"], other.warehouses[0], 5)
    order = await received(work, shop, a_trade())
    assert (order.warehouse_id, await holds(work, order)) == (other.warehouses[0], {})
    assert (await why(work, order, "WAREHOUSE"))[0].tried["rules"][0]["rule"] == "the shop has no warehouse"


async def test_the_carrier_is_chosen_from_the_warehouse(work: Work) -> None:
    shop = await a_shop(work, stocks=(0, 9))
    for warehouse_id, code in zip(shop.warehouses, ("ZTO", "YTO"), strict=True):
        rule = DefinedRule(carrier_code=code, warehouse_id=warehouse_id, area="330000", terms=CarrierTerms())
        await shipping.define_carrier_rule(work, rule)
    order = await received(work, shop, a_trade())
    assert order.carrier_code == "YTO"
    assert (await orders.place_order(work, a_placement(shop))).carrier_code == "YTO"
    placed = (await work.rows(select(orders.Order.carrier_code).where(orders.Order.source == "PLACED")))[0]
    assert placed.carrier_code == "YTO"
    short = await received(work, shop, a_trade("2", a_line("A", 99)))
    assert short.carrier_code == "ZTO"
    assert (await why(work, order, "CARRIER"))[0].outcome == "YTO: rule of the warehouse, 浙江省"


async def test_an_address_nobody_goes_to_is_a_hold_until_it_changes(work: Work) -> None:
    shop = await a_shop(work)
    await nobody_goes_to(work, "文三路")
    order = await received(work, shop, a_trade())
    assert order.carrier_code is None
    assert (await holds(work, order))["ADDRESS_UNREACHABLE"].startswith("SF does not go to 文三路; ZTO does not go")
    elsewhere = replace(RECEIVER, detail="文二路 2 号")
    order = await received(work, shop, a_trade(minute=1, receiver=elsewhere))
    assert (order.carrier_code, await holds(work, order)) == ("SF", {})
    said = sorted(each.outcome for each in await why(work, order, "CARRIER"))
    assert said == ["SF: the first in order", "no carrier goes there"]
    placed = await orders.place_order(work, replace(a_placement(shop), receiver=RECEIVER))
    assert "ADDRESS_UNREACHABLE" in await holds(work, placed)
    assert await broken(work) == {}


async def test_cash_on_delivery_goes_to_who_takes_it(work: Work) -> None:
    shop = await a_shop(work)
    preference = DefinedPreference(channel_id=shop.channel_id, fixed_code="ZTO", cash_on_delivery_code="JD")
    await shipping.prefer_carriers(work, preference)
    assert (await received(work, shop, a_trade("1"))).carrier_code == "ZTO"
    assert (await received(work, shop, a_trade("2", cash_on_delivery=True))).carrier_code == "JD"


async def test_what_a_person_chose_stays_until_the_rules_are_asked_anew(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade())
    order = await orders.set_order_carrier(work, order.id, "EMS", order.version)
    order = await received(work, shop, a_trade(minute=1, receiver=replace(RECEIVER, detail="别处 3 号")))
    assert (order.carrier_code, order.carrier_set_by) == ("EMS", "tests")
    order = await orders.choose_order_carrier(work, order.id)
    assert (order.carrier_code, order.carrier_set_by) == ("SF", None)
    said = sorted(each.outcome for each in await why(work, order, "CARRIER"))
    assert said == ["EMS: a person chose the carrier", "SF: the first in order", "SF: the first in order"]


async def test_a_carrier_that_cannot_be_is_refused(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade(cash_on_delivery=True))
    with pytest.raises(BadInput) as refused:
        await orders.set_order_carrier(work, order.id, "ZTO")
    assert refused.value.path == ("input", "carrierCode")
    with pytest.raises(shipping.CarrierUnknown):
        await orders.set_order_carrier(work, order.id, "DHL")
    shipped = await received(work, shop, a_trade("9", status=orders.IncomingStatus.SHIPPED))
    with pytest.raises(WrongState):
        await orders.set_order_carrier(work, shipped.id, "SF")


async def test_another_warehouse_may_mean_another_carrier(work: Work) -> None:
    shop = await a_shop(work, stocks=(9, 9))
    rule = DefinedRule(carrier_code="YTO", warehouse_id=shop.warehouses[1])
    await shipping.define_carrier_rule(work, rule)
    order = await received(work, shop, a_trade())
    assert order.carrier_code == "SF"
    order = await orders.allocate_order(work, order.id, shop.warehouses[1])
    assert (order.warehouse_id, order.carrier_code) == (shop.warehouses[1], "YTO")
    last = (await why(work, order, "WAREHOUSE"))[-1]
    assert "a person chose the warehouse" in {each["rule"] for each in last.tried["rules"]}
    assert await claims(work, order) == ["TO_REVIEW 1"]


async def test_stock_that_comes_brings_warehouse_and_carrier(work: Work) -> None:
    shop = await a_shop(work, stocks=(0, 0))
    await shipping.define_carrier_rule(work, DefinedRule(carrier_code="YTO", warehouse_id=shop.warehouses[1]))
    order = await received(work, shop, a_trade())
    assert (order.warehouse_id, order.carrier_code) == (None, "SF")
    await stock(work, shop.variants["A"], shop.warehouses[1], 5)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=[shop.variants["A"]]))
    order = await order_of(work, shop)
    assert (order.warehouse_id, order.carrier_code) == (shop.warehouses[1], "YTO")


async def test_only_the_last_decisions_of_a_kind_are_kept(work: Work) -> None:
    shop: ShopHere = await a_shop(work)
    order = await received(work, shop, a_trade())
    for code in ("SF", "ZTO", "YTO", "STO", "EMS", "JD", "HTKY"):
        order = await orders.set_order_carrier(work, order.id, code)
    assert len(await why(work, order, "CARRIER")) == 5
    assert len(await why(work, order, "WAREHOUSE")) == 1
    await review_order(work, order.id)
    assert (await orders.set_order_carrier(work, order.id, "SF")).carrier_code == "SF"
