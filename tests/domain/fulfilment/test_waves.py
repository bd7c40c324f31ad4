"""From release to the trolley: an order is in one wave, goods are picked once, and what is not there is looked for."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from domain import alerts, fulfilment, inventory, orders, shipping, stocktaking
from domain.fulfilment import PickMode, ReleaseStage, WaveStatus
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Sessions, Work, WrongState, begin, system
from domain.orders import HoldReason, OrderStatus
from tests.domain.fulfilment.builders import broken
from tests.domain.fulfilment.warehouse import House, a_house


async def release_of(work: Work, order: orders.Order) -> fulfilment.Release:
    statement = select(fulfilment.Release).where(fulfilment.Release.order_id == order.id)
    found = await work.session.scalars(statement.order_by(fulfilment.Release.id.desc()))
    return next(iter(found))


async def in_bin(house: House, variant: UUID, code: str) -> Quantity:
    balance = inventory.StockBalance
    found = select(balance.on_hand).where(balance.variant_id == variant, balance.bin_id == house.bins[code])
    there: Quantity = (await house.work.rows(found))[0].on_hand
    return there


async def planned(work: Work, wave: fulfilment.Wave) -> list[tuple[Any, int, int]]:
    """Say what is taken from where, in walking order: the bin, the quantity, and what was picked of it."""
    rows = await work.rows(
        text("""
            SELECT bins.code, sum(quantity) AS quantity, sum(picked) AS picked FROM pick_lines
            LEFT JOIN bins ON bins.id = bin_id WHERE wave_id = :wave AND quantity > 0
            GROUP BY bins.code, bins.walking_order ORDER BY bins.walking_order
        """),
        {"wave": wave.id},
    )
    return [(row.code, int(row.quantity), int(row.picked)) for row in rows]


async def test_orders_are_released_picked_and_wait_to_be_packed(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A", "B", "C")
    glove, mask = await house.goods(B=3, A=2), await house.goods(C=9)
    first, second = await house.released((glove, 2), (mask, 1)), await house.released((glove, 3))
    assert (first.status, (await release_of(work, first)).released_by) == (OrderStatus.RELEASED, work.actor.name)
    wave = await house.wave()
    assert await planned(work, wave) == [("A", 2, 0), ("B", 3, 0), ("C", 1, 0)]
    await house.pick(wave, glove, "A", 2)
    assert (wave.status, wave.picker_name) == (WaveStatus.PICKING, work.actor.name)
    assert (await in_bin(house, glove, "A"), first.status) == (Quantity(0), OrderStatus.RELEASED)
    await house.pick(wave, mask, "C", 1)
    assert (first.status, second.status) == (OrderStatus.PICKED, OrderStatus.RELEASED)
    assert await broken(work) == {}
    await house.pick(wave, glove, "B", 3)
    release = await release_of(work, second)
    assert (second.status, release.stage, release.picked_by) == (
        OrderStatus.PICKED,
        ReleaseStage.PICKED,
        work.actor.name,
    )
    assert (wave.status, release.slot) == (WaveStatus.PICKED, 2)
    assert await broken(work) == {}


async def test_goods_are_planned_and_picked_once(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=2, B=2)
    first, second = await house.released((glove, 2)), await house.released((glove, 2))
    one, two = await house.wave(named=[first.id]), await house.wave(named=[second.id])
    assert (await planned(work, one), await planned(work, two)) == ([("A", 2, 0)], [("B", 2, 0)])
    await house.pick(one, glove, "A", 2)
    with pytest.raises(WrongState, match="wave"):
        await house.pick(one, glove, "A", 1)
    with pytest.raises(fulfilment.MoreThanPlanned, match=r"only 2\.0000 are still"):
        await house.pick(two, glove, "B", 3)
    for wrong in (0, -1):
        with pytest.raises(BadInput, match="more than 0"):
            await house.pick(two, glove, "B", wrong)
    with pytest.raises(fulfilment.InOtherHands, match=work.actor.name):
        await fulfilment.ship_order(work, second.id, "SF", "SF1234567890123")
    await house.pick(two, glove, "B", 2)
    assert await broken(work) == {}


async def test_what_was_picked_is_not_taken_by_others(work: Work) -> None:
    """A parcel of the short way takes from the shelves, never from the trolley."""
    house = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=2, B=2)
    picked, other = await house.released((glove, 2)), await house.order((glove, 2))
    wave = await house.wave()
    await house.pick(wave, glove, "A", 2)
    await fulfilment.ship_order(work, other.id, "SF", "SF1234567890123")
    assert (await in_bin(house, glove, "B"), picked.status) == (Quantity(0), OrderStatus.PICKED)
    await work.close()
    assert await broken(work) == {}


async def test_what_is_missing_is_taken_elsewhere_or_the_order_goes_back(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=3, B=1)
    first, second = await house.released((glove, 1)), await house.released((glove, 2))
    wave = await house.wave()
    await house.pick(wave, glove, "A", 1, missing=True)
    assert first.status is OrderStatus.PICKED
    # One more lies in B, and the second order wants two: it goes back, and waits until somebody has looked.
    assert second.status is OrderStatus.REVIEWED
    reasons = await work.rows(select(orders.models.Hold.reason).where(orders.models.Hold.order_id == second.id))
    assert [row.reason for row in reasons] == [HoldReason.SHORT_PICKED]
    (alert,) = await work.rows(select(alerts.Alert).where(alerts.Alert.kind == alerts.AlertKind.SHORT_PICKED))
    assert "was not found in bin A" in alert.Alert.message
    assert wave.status is WaveStatus.PICKED
    assert await broken(work) == {}
    with pytest.raises(orders.OrderOnHold):
        await fulfilment.release_order(work, second.id)


async def test_a_count_that_finds_the_goods_after_all_ends_the_alert(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=2, B=5)
    await house.released((glove, 2))
    await house.pick(await house.wave(), glove, "A", 1, missing=True)
    new = stocktaking.NewStocktake(
        warehouse_id=house.place, scope=stocktaking.StocktakeScope.BINS, reason="short", bin_ids=[house.bins["A"]]
    )
    count = await stocktaking.start_stocktake(work, new)
    there = stocktaking.Scan(scan_id=uuid4(), variant_id=glove, quantity=Quantity(1), bin_id=house.bins["A"])
    await stocktaking.count_stock(work, count.id, [there])
    await stocktaking.close_count(work, count.id)
    await stocktaking.approve_stocktake(work, count.id)
    ended = stocktaking.StocktakeEnded(stocktake_id=count.id, warehouse_id=house.place)
    is_open = select(alerts.Alert.id).where(
        alerts.Alert.kind == alerts.AlertKind.SHORT_PICKED, alerts.Alert.resolved_at.is_(None)
    )
    await fulfilment.end_counted_alerts(work, ended)
    assert len(await work.rows(is_open)) == 1
    await stocktaking.post_stocktake(work, count.id)
    await work.session.flush()
    await fulfilment.end_counted_alerts(work, ended)
    assert await work.rows(is_open) == []


async def test_what_is_missing_is_found_in_another_bin(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=2, B=5)
    order = await house.released((glove, 2))
    wave = await house.wave()
    await house.pick(wave, glove, "A", 1, missing=True)
    assert await planned(work, wave) == [("A", 1, 1), ("B", 1, 0)]
    await house.pick(wave, glove, "B", 1)
    assert order.status is OrderStatus.PICKED
    assert await broken(work) == {}


@pytest.mark.parametrize("picked", [0, 1, 2])
async def test_an_order_is_called_back_and_its_goods_put_back(work: Work, picked: int) -> None:
    house = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=5)
    order = await house.released((glove, 2))
    wave = await house.wave()
    if picked:
        await house.pick(wave, glove, "A", picked)
    release = await fulfilment.recall_order(work, order.id, "the buyer called")
    assert (order.status, release.stage, release.end_reason) == (
        OrderStatus.REVIEWED,
        ReleaseStage.RECALLED,
        "the buyer called",
    )
    assert await broken(work) == {}
    tasks = await work.rows(select(fulfilment.PutBack.id, fulfilment.PutBack.quantity))
    assert [each.quantity for each in tasks] == [Quantity(picked)] * bool(picked)
    for task in tasks:
        await fulfilment.put_back_goods(work, task.id, house.bins["B"])
        with pytest.raises(WrongState):
            await fulfilment.put_back_goods(work, task.id)
    assert await in_bin(house, glove, "A") == Quantity(5 - picked)
    await work.session.flush()
    assert await broken(work) == {}
    with pytest.raises(WrongState):
        await fulfilment.recall_order(work, order.id, "again")
    await fulfilment.release_order(work, order.id)
    await house.wave()


async def test_a_cancelled_order_is_picked_no_more_and_its_goods_are_free(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A")
    glove, mask = await house.goods(A=5), await house.goods(A=5)
    order, other = await house.released((glove, 2), (mask, 1)), await house.released((glove, 1))
    wave = await house.wave()
    await house.pick(wave, mask, "A", 1)
    await orders.cancel_order(work, order.id, "changed his mind")
    # Before anybody has told the warehouse, nothing more is picked for it.
    with pytest.raises(fulfilment.MoreThanPlanned, match=r"only 1\.0000"):
        await house.pick(wave, glove, "A", 3)
    await fulfilment.follow_cancelled(work, orders.OrderCancelled(order_id=order.id, reason="changed his mind"))
    release = await release_of(work, order)
    assert (release.stage, release.end_reason) == (ReleaseStage.STOPPED, "changed his mind")
    await house.pick(wave, glove, "A", 1)
    assert (other.status, wave.status) == (OrderStatus.PICKED, WaveStatus.PICKED)
    (task,) = await work.rows(select(fulfilment.PutBack.id))
    await fulfilment.put_back_goods(work, task.id)
    assert await in_bin(house, mask, "A") == Quantity(5)
    assert await broken(work) == {}


async def test_the_clock_releases_what_waits_long_enough(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A")
    glove = await house.goods(A=5)
    order, held = await house.order((glove, 1)), await house.order((glove, 1))
    await orders.hold_order(work, held.id, "wait")
    assert await fulfilment.release_due(work) == []
    rules = fulfilment.NewWarehouseRules(
        warehouse_id=house.place,
        releases_itself=True,
        release_after_minutes=0,
        weighs=False,
        weight_tolerance_percent=10,
        weight_tolerance_grams=50,
    )
    await fulfilment.set_warehouse_rules(work, rules)
    assert await fulfilment.release_due(work) == [order.id]
    assert await fulfilment.release_due(work) == []
    assert (order.status, held.status) == (OrderStatus.RELEASED, OrderStatus.REVIEWED)


async def test_what_a_wave_cannot_take_is_refused(work: Work) -> None:
    house = await a_house(work)
    await house.shelves("A")
    with pytest.raises(fulfilment.NothingReleased):
        await house.wave()
    glove = await house.goods(A=2)
    order = await house.released((glove, 1))
    with pytest.raises(BadInput, match="between 1 and 200"):
        await house.wave(size=0)
    with pytest.raises(NotFound):
        await house.wave(named=[uuid4()])
    with pytest.raises(shipping.CarrierUnknown):
        await fulfilment.make_wave(
            work,
            fulfilment.NewWave(warehouse_id=house.place, mode=PickMode.BY_ORDER, size=1, carrier_code="NOBODY"),
        )
    wave = await house.wave(mode=PickMode.BY_ORDER)
    with pytest.raises(fulfilment.InAnotherWave, match=f"wave {wave.number} of {work.actor.name}"):
        await house.wave(named=[order.id])
    await fulfilment.cancel_wave(work, wave.id)
    again = await house.wave(named=[order.id])
    await house.pick(again, glove, "A", 1)
    with pytest.raises(WrongState):
        await fulfilment.cancel_wave(work, again.id)
    assert await broken(work) == {}


async def test_two_waves_at_once_take_an_order_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        house = await a_house(work)
        await house.shelves("A")
        glove = await house.goods(A=9)
        order = await house.released((glove, 1))
        place = house.place

    async def make(name: str) -> str:
        try:
            async with begin(sessions, system(name)) as work:
                new = fulfilment.NewWave(warehouse_id=place, mode=PickMode.BY_ORDER, size=5, order_ids=[order.id])
                await fulfilment.make_wave(work, new)
        except Refusal as refusal:
            return refusal.message()
        return "made"

    outcomes = await asyncio.gather(make("Anna"), make("Bert"))
    assert sorted(each == "made" for each in outcomes) == [False, True]
    (refused,) = (each for each in outcomes if each != "made")
    assert "is in wave WV" in refused
    assert ("Anna" in refused) or ("Bert" in refused)
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}


async def test_picking_and_cancelling_at_once_leave_no_goods_behind(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        house = await a_house(work)
        await house.shelves("A")
        glove = await house.goods(A=2)
        order = await house.released((glove, 2))
        wave = await house.wave()

    async def pick() -> None:
        async with begin(sessions, system("picker")) as work:
            taken = fulfilment.PickedGoods(variant_id=glove, quantity=Quantity(2), bin_id=house.bins["A"])
            await fulfilment.confirm_picks(work, wave.id, [taken])

    async def cancel() -> None:
        async with begin(sessions, system("desk")) as work:
            await orders.cancel_order(work, order.id, "no more")

    await asyncio.gather(pick(), cancel(), return_exceptions=True)
    async with begin(sessions, system("tests")) as work:
        await fulfilment.follow_cancelled(work, orders.OrderCancelled(order_id=order.id, reason="no more"))
        for task in await work.rows(select(fulfilment.PutBack.id)):
            await fulfilment.put_back_goods(work, task.id)
        balance = inventory.StockBalance
        there = select(balance.on_hand).where(balance.variant_id == glove, balance.bin_id == house.bins["A"])
        assert [row.on_hand for row in await work.rows(there)] == [Quantity(2)]
        assert await broken(work) == {}


async def test_what_a_partner_sends_is_not_released_here(work: Work) -> None:
    house = await a_house(work)
    order = await house.order((await house.goods(elsewhere=1), 1))
    await inventory.note_run_by_partner(work, house.place)
    with pytest.raises(fulfilment.RunByPartner):
        await fulfilment.release_order(work, order.id)
