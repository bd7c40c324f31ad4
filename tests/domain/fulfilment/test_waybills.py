"""Numbers from carriers: asked for when a package is sealed, given back when it is not used, and never lost between."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import channels, fulfilment, orders, shipping
from domain.fulfilment import PackageStatus, Waybill, WaybillStatus
from domain.kernel import NotFound, Work
from domain.orders import HoldReason, OrderStatus
from tests.domain.fulfilment.builders import broken
from tests.domain.fulfilment.warehouse import House, a_house

SENDER = fulfilment.Address(
    name="掌柜仓", phone="057112345678", province="浙江省", city="杭州市", district=None, detail="仓前路1号"
)


async def a_packed_order(work: Work) -> tuple[House, orders.Order, fulfilment.Package]:
    """Let a warehouse with an account seal a package for ZTO."""
    house = await a_house(work)
    await fulfilment.set_waybill_account(work, account_at(house))
    await house.shelves("A")
    glove = await house.goods(A=9)
    code = await house.barcode(glove, 100)
    order = await house.order((glove, 1))
    await fulfilment.release_order(work, order.id, "ZTO")
    await house.pick(await house.wave(), glove, "A", 1)
    package = await house.scan(order, code)
    await fulfilment.seal_package(work, package.id)
    return house, order, package


def account_at(house: House, carrier: str = "ZTO", channel: Any = None) -> fulfilment.NewWaybillAccount:
    return fulfilment.NewWaybillAccount(
        warehouse_id=house.place,
        carrier_code=carrier,
        channel_id=channel or house.shop,
        template_url="http://cloudprint.cainiao.com/template/1",
        sender=SENDER,
    )


async def waybills(work: Work) -> list[Waybill]:
    statement = select(Waybill).order_by(Waybill.id).execution_options(populate_existing=True)
    return list(await work.session.scalars(statement))


def told(work: Work, kind: type) -> int:
    return sum(isinstance(fact, kind) for fact in work.facts)


async def holds_of(work: Work, order: orders.Order) -> list[tuple[HoldReason, str]]:
    hold = orders.models.Hold
    rows = await work.rows(
        select(hold.reason, hold.evidence).where(hold.order_id == order.id, hold.released_at.is_(None))
    )
    return [(row.reason, row.evidence) for row in rows]


async def test_a_sealed_package_gets_its_number_and_leaves_with_it(work: Work) -> None:
    house, order, package = await a_packed_order(work)
    (waybill,) = await waybills(work)
    assert (waybill.status, told(work, fulfilment.WaybillWanted)) == (WaybillStatus.WANTED, 1)
    wanted = await fulfilment.waybill_to_get(work, waybill.id)
    assert wanted is not None
    assert (wanted.carrier_code, wanted.grams, wanted.sender, wanted.order_number) == (
        "ZTO",
        100,
        SENDER,
        order.number,
    )
    for _ in range(2):  # The answer may come twice.
        await fulfilment.note_waybill_issued(work, waybill.id, "7 0000000000001")
    assert (package.waybill, waybill.status) == ("70000000000001", WaybillStatus.ISSUED)
    assert await fulfilment.waybill_to_get(work, waybill.id) is None
    with pytest.raises(fulfilment.HasWaybill, match="70000000000001"):
        await fulfilment.request_waybill(work, package.id)
    manifest = await fulfilment.open_manifest(work, house.place, "ZTO")
    await fulfilment.list_packages(work, manifest.id, ["70000000000001"])
    await fulfilment.hand_over_manifest(work, manifest.id)
    assert package.shipment_id is not None
    used = await fulfilment.waybill_to_confirm(work, package.shipment_id)
    assert used is not None
    assert used.number == "70000000000001"
    await fulfilment.note_waybill_confirmed(work, waybill.id)
    assert await fulfilment.waybill_to_confirm(work, package.shipment_id) is None
    await work.close()
    assert await broken(work) == {}


@pytest.mark.parametrize("refused", ["by the carrier", "by us"])
async def test_a_failed_number_holds_the_order_until_there_is_one(work: Work, refused: str) -> None:
    _, order, package = await a_packed_order(work)
    (waybill,) = await waybills(work)
    if refused == "by us":
        await fulfilment.note_waybill_issued(work, waybill.id, "SF1")
        evidence = "SF1 is not a waybill of ZTO Express"
        assert (waybill.status, told(work, fulfilment.WaybillUnused)) == (WaybillStatus.TO_GIVE_BACK, 1)
    else:
        await fulfilment.note_waybill_failed(work, waybill.id, "收件地址不可达")
        evidence = "收件地址不可达"
        assert (waybill.status, waybill.problem) == (WaybillStatus.FAILED, evidence)
    assert await holds_of(work, order) == [(HoldReason.WAYBILL_FAILED, evidence)]
    with pytest.raises(orders.OrderOnHold):
        await fulfilment.weigh_package(work, package.id, 100)
    with pytest.raises(fulfilment.NoWaybillAccount):
        await fulfilment.request_waybill(work, package.id, "SF")
    await fulfilment.request_waybill(work, package.id, "ZTO")
    assert await holds_of(work, order) == []
    again = (await waybills(work))[-1]
    await fulfilment.note_waybill_failed(work, again.id, "no more numbers")
    await fulfilment.label_package(work, package.id, "OTHER", "by-hand-1")
    assert (await holds_of(work, order), package.waybill) == ([], "BY-HAND-1")
    await orders.hold_order(work, order.id, "wait")
    with pytest.raises(orders.OrderOnHold, match="wait"):
        await fulfilment.label_package(work, package.id, "OTHER", "by-hand-2")
    assert await broken(work) == {}


@pytest.mark.parametrize("when", ["before it is asked", "while it is asked", "when it is there"])
async def test_a_cancelled_order_gives_its_number_back(work: Work, when: str) -> None:
    _, order, package = await a_packed_order(work)
    (waybill,) = await waybills(work)
    if when != "before it is asked":
        await fulfilment.waybill_to_get(work, waybill.id)
    if when == "when it is there":
        await fulfilment.note_waybill_issued(work, waybill.id, "70000000000001")
    await orders.cancel_order(work, order.id, "no more")
    await fulfilment.follow_cancelled(work, orders.OrderCancelled(order_id=order.id, reason="no more"))
    assert (package.status, waybill.status) == (PackageStatus.CANCELLED, WaybillStatus.TO_GIVE_BACK)
    unused = await fulfilment.waybill_to_give_back(work, waybill.id)
    if when == "before it is asked":
        assert (unused, await fulfilment.waybill_to_get(work, waybill.id)) == (None, None)
    elif when == "while it is asked":
        assert unused is not None
        assert unused.number is None
        before = told(work, fulfilment.WaybillUnused)
        await fulfilment.note_waybill_issued(work, waybill.id, "70000000000001")
        assert told(work, fulfilment.WaybillUnused) == before + 1
    if when != "before it is asked":
        unused = await fulfilment.waybill_to_give_back(work, waybill.id)
        assert unused is not None
        assert unused.number == "70000000000001"
        await fulfilment.note_waybill_given_back(work, waybill.id)
    (waybill,) = await waybills(work)
    assert waybill.status is WaybillStatus.GIVEN_BACK
    assert await fulfilment.waybill_to_give_back(work, waybill.id) is None
    assert (order.status, await holds_of(work, order)) == (OrderStatus.CANCELLED, [])
    assert await broken(work) == {}


async def test_a_typed_number_replaces_the_carriers(work: Work) -> None:
    _, _, package = await a_packed_order(work)
    (waybill,) = await waybills(work)
    await fulfilment.note_waybill_issued(work, waybill.id, "70000000000001")
    await fulfilment.label_package(work, package.id, "OTHER", "typed-1")
    assert (package.waybill, waybill.status) == ("TYPED-1", WaybillStatus.TO_GIVE_BACK)
    assert await broken(work) == {}


async def test_an_account_needs_a_carrier_and_a_shop(work: Work) -> None:
    house = await a_house(work)
    with pytest.raises(shipping.CarrierUnknown):
        await fulfilment.set_waybill_account(work, account_at(house, "NOBODY"))
    with pytest.raises(NotFound) as refused:
        await fulfilment.set_waybill_account(work, account_at(house, channel=channels.ChannelId(uuid4())))
    assert refused.value.path == ("input", "channelId")
