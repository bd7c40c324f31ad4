"""From the trolley to the van: what was not ordered stays out, weights tell, and nothing leaves twice."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select, text

from domain import alerts, fulfilment, inventory, orders
from domain.fulfilment import PackageStatus, ReleaseStage
from domain.fulfilment.weighing import off
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Sessions, Work, WrongState, begin, system
from domain.orders import OrderStatus
from tests.domain.fulfilment.builders import broken
from tests.domain.fulfilment.test_waves import release_of
from tests.domain.fulfilment.warehouse import House, a_house


async def a_stocked_house(work: Work) -> tuple[House, UUID, str]:
    """Open a house with plenty of one article in bin A, and say its barcode."""
    house = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=9)
    return house, glove, await house.barcode(glove, 100)


async def test_an_order_is_packed_in_two_packages_and_handed_over(work: Work) -> None:
    house, glove, code = await a_stocked_house(work)
    mask = await house.goods(A=5)
    mask_code = await house.barcode(mask, 40)
    order = await house.picked((glove, 2), (mask, 1))
    first = await house.scan(order, code, code)
    await fulfilment.seal_package(work, first.id)
    assert (first.status, first.expected_grams, order.status) == (PackageStatus.SEALED, 200, OrderStatus.PICKED)
    second = await house.scan(order, mask_code)
    await fulfilment.seal_package(work, second.id)
    release = await release_of(work, order)
    assert (order.status, release.stage, release.packed_by) == (
        OrderStatus.PACKED,
        ReleaseStage.PACKED,
        work.actor.name,
    )
    assert await broken(work) == {}
    for package, waybill in ((first, "one-1"), (second, "two-2")):
        await fulfilment.label_package(work, package.id, "OTHER", waybill)
    manifest = await house.manifest(first, second)
    await fulfilment.hand_over_manifest(work, manifest.id)
    assert (order.status, release.stage, manifest.closed_by) == (
        OrderStatus.SHIPPED,
        ReleaseStage.HANDED_OVER,
        work.actor.name,
    )
    parcels = await work.rows(select(fulfilment.Shipment.waybill, fulfilment.Shipment.partial))
    assert sorted(tuple(each) for each in parcels) == [("ONE-1", True), ("TWO-2", True)]
    staged = await work.rows(
        text("SELECT sum(on_hand) AS there FROM stock_balances JOIN bins ON bins.id = bin_id WHERE staging")
    )
    assert staged[0].there == 0
    await work.close()
    assert await broken(work) == {}
    with pytest.raises(WrongState):
        await fulfilment.hand_over_manifest(work, manifest.id)


async def test_what_was_not_ordered_or_is_too_much_stays_out(work: Work) -> None:
    house, glove, code = await a_stocked_house(work)
    other = await house.barcode(await house.goods(A=1))
    order = await house.picked((glove, 2))
    with pytest.raises(fulfilment.NotInOrder, match="put it aside") as refused:
        await house.scan(order, code, other)
    assert refused.value.path == ("input", "scans", "1", "barcode")
    package = await house.scan(order, code)
    with pytest.raises(fulfilment.TooManyScanned, match=r"2\.0000 of .* line 1 only 1\.0000") as refused:
        await house.scan(order, code, much=2)
    assert refused.value.path == ("input", "scans", "0", "quantity")
    for wrong in ([], [fulfilment.Scan(barcode=code, quantity=Quantity(0))]):
        with pytest.raises(BadInput):
            await fulfilment.scan_goods(work, order.id, wrong)
    work.actor = system("Bert")
    with pytest.raises(fulfilment.InOtherHands, match="tests"):
        await house.scan(order, code)
    work.actor = system("tests")
    await house.scan(order, code)
    await fulfilment.seal_package(work, package.id)
    with pytest.raises(WrongState):
        await house.scan(order, code)
    with pytest.raises(fulfilment.InOtherHands):
        await fulfilment.ship_order(work, order.id, "OTHER", "short-way-1")
    assert await broken(work) == {}


async def test_packing_is_cancelled_and_done_again(work: Work) -> None:
    house, glove, code = await a_stocked_house(work)
    order = await house.picked((glove, 1))
    with pytest.raises(NotFound):
        await fulfilment.cancel_packing(work, order.id, "nothing there")
    package = await house.packed(order, code, waybill="again-1")
    manifest = await house.manifest(package)
    await fulfilment.cancel_packing(work, order.id, "the wrong box")
    assert (package.status, package.manifest_id, order.status) == (PackageStatus.CANCELLED, None, OrderStatus.PICKED)
    assert await broken(work) == {}
    with pytest.raises(BadInput, match="no packages"):
        await fulfilment.hand_over_manifest(work, manifest.id)
    again = await house.packed(order, code, waybill="again-1")
    await fulfilment.list_packages(work, manifest.id, [again.waybill or ""])
    await fulfilment.hand_over_manifest(work, manifest.id)
    assert order.status is OrderStatus.SHIPPED
    assert await broken(work) == {}


@pytest.mark.parametrize(
    ("grams", "expected", "percent", "least", "wrong"),
    [
        (1100, 1000, 10, 50, False),
        (1101, 1000, 10, 50, True),
        (899, 1000, 10, 50, True),
        (140, 100, 10, 50, False),
        (151, 100, 10, 50, True),
    ],
)
def test_a_weight_is_off_beyond_the_tolerance(grams: int, expected: int, percent: int, least: int, wrong: bool) -> None:
    assert off(grams, expected, percent, least) is wrong


async def test_an_odd_weight_raises_an_alert_until_it_is_right(work: Work) -> None:
    house, glove, code = await a_stocked_house(work)
    order = await house.picked((glove, 2))
    package = await house.scan(order, code, code)
    with pytest.raises(WrongState):
        await fulfilment.weigh_package(work, package.id, 200)
    await fulfilment.seal_package(work, package.id)
    with pytest.raises(BadInput):
        await fulfilment.weigh_package(work, package.id, 0)
    is_open = select(alerts.Alert.message).where(
        alerts.Alert.kind == alerts.AlertKind.WEIGHT_OFF, alerts.Alert.resolved_at.is_(None)
    )
    await fulfilment.weigh_package(work, package.id, 300)
    assert [row.message for row in await work.rows(is_open)] == [
        f"Package {package.number} weighs 300 g, its goods 200 g."
    ]
    await fulfilment.weigh_package(work, package.id, 210)
    assert (await work.rows(is_open), package.weighed_by) == ([], work.actor.name)


async def test_each_package_has_its_own_alert_that_ends_when_it_is_taken_apart(work: Work) -> None:
    house, glove, code = await a_stocked_house(work)
    order = await house.picked((glove, 2))
    heavy, right = [await house.packed(order, code, waybill=each) for each in ("weight-1", "weight-2")]
    await fulfilment.weigh_package(work, heavy.id, 300)
    await fulfilment.weigh_package(work, right.id, 100)
    is_open = select(alerts.Alert.place_id).where(
        alerts.Alert.kind == alerts.AlertKind.WEIGHT_OFF, alerts.Alert.resolved_at.is_(None)
    )
    assert [row.place_id for row in await work.rows(is_open)] == [heavy.id]
    await fulfilment.recall_order(work, order.id, "asked for by the buyer")
    assert await work.rows(is_open) == []


async def test_what_must_not_leave_is_not_listed(work: Work) -> None:
    house, glove, code = await a_stocked_house(work)
    rules = fulfilment.NewWarehouseRules(
        warehouse_id=house.place,
        releases_itself=False,
        release_after_minutes=0,
        weighs=True,
        weight_tolerance_percent=10,
        weight_tolerance_grams=50,
    )
    await fulfilment.set_warehouse_rules(work, rules)
    order, other = await house.picked((glove, 1)), await house.picked((glove, 1))
    package = await house.packed(order, code, waybill="heavy-1")
    with pytest.raises(fulfilment.NotToBeHandedOver, match="not weighed"):
        await house.manifest(package)
    await fulfilment.weigh_package(work, package.id, 100)
    manifest = await house.manifest(package)
    with pytest.raises(fulfilment.NoSuchPackage, match="NOBODY-1"):
        await fulfilment.list_packages(work, manifest.id, ["nobody-1"])
    second = await house.scan(other, code)
    with pytest.raises(fulfilment.WaybillUsed, match="HEAVY-1"):
        await fulfilment.label_package(work, second.id, "OTHER", "heavy-1")
    another = await fulfilment.open_manifest(work, house.place, "OTHER")
    with pytest.raises(fulfilment.NotToBeHandedOver, match=f"on manifest {manifest.number}"):
        await fulfilment.list_packages(work, another.id, ["heavy-1"])
    await orders.hold_order(work, order.id, "wait")
    with pytest.raises(orders.OrderOnHold):
        await fulfilment.hand_over_manifest(work, manifest.id)
    await fulfilment.unlist_package(work, package.id)
    assert package.manifest_id is None


async def test_single_pieces_find_their_orders(work: Work) -> None:
    house, glove, code = await a_stocked_house(work)
    mask = await house.goods(A=2)
    mask_code = await house.barcode(mask)
    found = [await house.released((each, 1)) for each in (glove, mask, glove)]
    wave = await house.wave()
    assert wave.single
    for variant, much in ((glove, 2), (mask, 1)):
        await house.pick(wave, variant, "A", much)
    packed = [await fulfilment.pack_single(work, wave.id, each) for each in (code, mask_code, code)]
    assert [each.order_id for each in packed] == [found[0].id, found[1].id, found[2].id]
    assert {each.status for each in found} == {OrderStatus.PACKED}
    with pytest.raises(fulfilment.NoOrderWants, match=wave.number):
        await fulfilment.pack_single(work, wave.id, code)
    assert await broken(work) == {}


@pytest.mark.parametrize("stage", ["released", "half picked", "picked", "packing", "packed", "listed"])
async def test_an_order_is_cancelled_at_every_stage(work: Work, stage: str) -> None:
    """Claims are free at once; what was picked is put back; its package leaves on no manifest."""
    house, glove, code = await a_stocked_house(work)
    manifest = None
    if stage in ("released", "half picked"):
        order = await house.released((glove, 2))
        if stage == "half picked":
            await house.pick(await house.wave(), glove, "A", 1)
    else:
        order = await house.picked((glove, 2))
        if stage == "packing":
            await house.scan(order, code)
        elif stage != "picked":
            package = await house.packed(order, code, code, waybill="gone-1")
            manifest = await house.manifest(package) if stage == "listed" else None
    await orders.cancel_order(work, order.id, "changed his mind")
    if manifest is not None:
        with pytest.raises(WrongState, match="CANCELLED"):
            await fulfilment.hand_over_manifest(work, manifest.id)
    await fulfilment.follow_cancelled(work, orders.OrderCancelled(order_id=order.id, reason="changed his mind"))
    assert await broken(work) == {}
    for task in await work.rows(select(fulfilment.PutBack.id)):
        await fulfilment.put_back_goods(work, task.id)
    left = await work.rows(
        text("SELECT bins.code, on_hand FROM stock_balances JOIN bins ON bins.id = bin_id WHERE on_hand > 0")
    )
    assert [(row.code, row.on_hand) for row in left] == [("A", 9)]
    free = await work.rows(text("SELECT to_ship FROM stock_items"))
    assert [row.to_ship for row in free] == [0]
    assert await broken(work) == {}
    assert (await release_of(work, order)).stage is ReleaseStage.STOPPED


@pytest.mark.parametrize("stage", ["in a wave", "picked", "packed"])
async def test_a_refunded_line_leaves_the_warehouse_and_the_rest_goes(work: Work, stage: str) -> None:
    house, glove, code = await a_stocked_house(work)
    mask = await house.goods(A=5)
    mask_code = await house.barcode(mask)
    order = await house.released((glove, 1), (mask, 2))
    wave = await house.wave()
    await house.pick(wave, glove, "A", 1)
    if stage != "in a wave":
        await house.pick(wave, mask, "A", 2)
    if stage == "packed":
        await house.packed(order, code, mask_code, mask_code)
    line = (await work.session.scalars(select(orders.OrderLine).where(orders.OrderLine.variant_id == mask))).one()
    line.cancelled_quantity = line.quantity
    await inventory.release(work, [order.id], [line.id])
    await work.session.flush()
    await fulfilment.follow_revised(work, orders.OrderRevised(channel_id=order.channel_id, order_ids=[order.id]))
    assert await broken(work) == {}
    assert order.status is OrderStatus.PICKED
    back = await work.rows(select(fulfilment.PutBack.variant_id, fulfilment.PutBack.quantity))
    assert [tuple(each) for each in back] == ([] if stage == "in a wave" else [(mask, Quantity(2))])
    with pytest.raises(fulfilment.TooManyScanned):
        await house.scan(order, mask_code)
    package = await house.packed(order, code)
    await fulfilment.hand_over_manifest(work, (await house.manifest(package)).id)
    assert order.status is OrderStatus.SHIPPED
    await work.close()
    assert await broken(work) == {}


async def test_two_packers_pack_an_order_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        house, glove, code = await a_stocked_house(work)
        order = await house.picked((glove, 2))

    async def pack(name: str) -> str:
        try:
            async with begin(sessions, system(name)) as work:
                package = await fulfilment.scan_goods(
                    work, order.id, [fulfilment.Scan(barcode=code, quantity=Quantity(2))]
                )
                await fulfilment.seal_package(work, package.id)
        except Refusal as refusal:
            return refusal.message()
        return "packed"

    outcomes = sorted(await asyncio.gather(pack("Anna"), pack("Bert")), key=lambda each: each != "packed")
    assert outcomes[0] == "packed"
    assert "PACKED" in outcomes[1]
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}


async def test_a_manifest_is_handed_over_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        house, glove, code = await a_stocked_house(work)
        order = await house.picked((glove, 1))
        manifest = await house.manifest(await house.packed(order, code))

    async def hand_over(_: int) -> bool:
        try:
            async with begin(sessions, system("gate")) as work:
                await fulfilment.hand_over_manifest(work, manifest.id)
        except Refusal:
            return False
        return True

    assert sorted(await asyncio.gather(*(hand_over(each) for each in range(3)))) == [False, False, True]
    async with begin(sessions, system("tests")) as work:
        assert len(await work.rows(select(fulfilment.Shipment.id))) == 1
        assert await broken(work) == {}
