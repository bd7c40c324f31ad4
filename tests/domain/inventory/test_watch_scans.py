"""What only time brings: each kind is raised by its cause, and gone with it."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import alerts, channels, inventory
from domain.alerts import AlertKind
from domain.inventory import Difference
from domain.inventory.watch_policies import WatchRules, set_watch_policy
from domain.kernel import PageRequest, Quantity, Rate, SessionRead, Work
from tests.domain.channels.builders import a_known_listing, an_open_shop
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, a_zone, adjust, bin_named, stock
from tests.domain.inventory.test_watch import open_now

TO_SHIP = inventory.ClaimClass.TO_SHIP


async def sell(work: Work, variant: UUID, warehouse: inventory.WarehouseId, quantity: int) -> None:
    line = a_line(variant, quantity)
    await inventory.claim(work, uuid4(), [warehouse], [line], TO_SHIP)
    shipped = inventory.ShippedLine(line.order_line_id, variant, Quantity(quantity), 1)
    await inventory.ship(work, "shipment", uuid4(), warehouse, [shipped])


async def scan(work: Work) -> set[str]:
    await inventory.scan_stock(work)
    return await open_now(work)


async def evidence(work: Work, kind: AlertKind) -> dict[str, object]:
    where = (alerts.Alert.kind == kind, alerts.Alert.resolved_at.is_(None))
    rows = await work.rows(select(alerts.Alert.evidence).where(*where).order_by(alerts.Alert.level.desc()))
    found: dict[str, object] = rows[0].evidence
    return found


async def test_stock_that_sells_out_soon_says_when(work: Work) -> None:
    variant, warehouse = await a_variant(work, "MASK"), await a_warehouse(work)
    await set_watch_policy(work, WatchRules(stock_out_days=7))
    await stock(work, variant, warehouse, 100)
    for _ in range(7):
        await sell(work, variant, warehouse, 7)
        work.now += timedelta(days=1)
    assert await scan(work) == set()  # 51 for seven days at 7 a day are just enough.
    await adjust(work, variant, warehouse, -2)
    assert await scan(work) == {"STOCK_OUT_AHEAD WARN"}
    told = await evidence(work, AlertKind.STOCK_OUT_AHEAD)
    on = inventory.today(work.now)
    assert (told["dailySales"], told["runsOutOn"]) == ("7.00", str(on + timedelta(days=7)))
    await adjust(work, variant, warehouse, -25)
    assert await scan(work) == {"STOCK_OUT_AHEAD WARN", "STOCK_OUT_AHEAD SEVERE"}
    await stock(work, variant, warehouse, 100)
    assert await scan(work) == set()


async def test_a_day_far_off_all_others_is_unusual_for_two_days(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 1_000)
    for _ in range(20):
        await sell(work, variant, warehouse, 3)
        work.now += timedelta(days=1)
    await set_watch_policy(work, WatchRules(deviation_factor=Rate(3)))
    assert await scan(work) == set()
    await sell(work, variant, warehouse, 6)  # The mean is 2 of thirty days, σ is √2: up to 6.2 is usual.
    assert await scan(work) == set()
    await sell(work, variant, warehouse, 1)
    assert await scan(work) == {"MOVEMENT_OFF_MEAN WARN"}
    assert (await evidence(work, AlertKind.MOVEMENT_OFF_MEAN))["quantity"] == "7.0000"
    await sell(work, variant, warehouse, 10)
    assert await scan(work) == {"MOVEMENT_OFF_MEAN WARN", "MOVEMENT_OFF_MEAN SEVERE"}
    work.now += timedelta(days=2)
    assert await scan(work) == set()


async def test_a_day_on_which_far_less_moves_than_usual_is_unusual_too(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 1_000)
    work.now += timedelta(days=1)
    await set_watch_policy(work, WatchRules(deviation_factor=Rate(2)))
    for _ in range(30):
        await sell(work, variant, warehouse, 8)
        work.now += timedelta(days=1)
    await sell(work, variant, warehouse, 4)
    work.now += timedelta(days=1)
    assert await scan(work) == set()  # The mean is 8 of thirty days alike: half of it is not yet far off.
    await sell(work, variant, warehouse, 3)
    work.now += timedelta(days=1)
    assert await scan(work) == {"MOVEMENT_OFF_MEAN WARN"}
    told = await evidence(work, AlertKind.MOVEMENT_OFF_MEAN)
    assert (told["quantity"], told["direction"], told["less"]) == ("3.0000", "OUT", True)
    work.now += timedelta(days=1)  # And then a day of nothing at all.
    assert await scan(work) == {"MOVEMENT_OFF_MEAN WARN", "MOVEMENT_OFF_MEAN SEVERE"}
    await sell(work, variant, warehouse, 8)
    work.now += timedelta(days=1)
    assert await scan(work) == set()


async def test_each_tier_of_expiry_has_its_own_alert(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await set_watch_policy(work, WatchRules(expiry_tiers=[30, 180, 90, 90]))
    await stock(work, variant, warehouse, 5, lot="L", expires=inventory.today(work.now) + timedelta(days=181))
    seen = []
    for days in (0, 1, 91, 60):
        work.now += timedelta(days=days)
        await scan(work)
        rows = await work.rows(select(alerts.Alert.evidence, alerts.Alert.level).order_by(alerts.Alert.opened_at))
        seen.append([f"{row.evidence['tier']} {row.level}" for row in rows])
    assert seen == [[], ["180 WARN"], ["180 WARN", "90 WARN"], ["180 WARN", "90 WARN", "30 SEVERE"]]
    await set_watch_policy(work, WatchRules())
    assert await scan(work) == set()


async def test_a_lot_frozen_too_long_asks_for_a_verdict(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5, lot="BAD")
    lot = (await work.rows(select(inventory.Lot.id).where(inventory.Lot.code == "BAD")))[0].id
    await inventory.freeze_lot(work, lot, "complaint")
    work.now += timedelta(days=29)
    assert await scan(work) == set()
    work.now += timedelta(days=1)
    assert await scan(work) == {"FROZEN_TOO_LONG WARN"}
    work.now += timedelta(days=31)
    assert await scan(work) == {"FROZEN_TOO_LONG WARN", "FROZEN_TOO_LONG SEVERE"}
    await inventory.release_lot(work, lot, "tested")
    assert await scan(work) == set()


async def test_a_bin_is_idle_when_nothing_moves_there(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, *(inventory.NewBin(code=code, walking_order=1) for code in ("A1", "A2")))
    await stock(work, variant, warehouse, 5, bin_id=await bin_named(work, warehouse, "A1"))
    await set_watch_policy(work, WatchRules(warehouse_id=warehouse, idle_bin_days=10))
    work.now += timedelta(days=10)
    assert await scan(work) == {"IDLE_BIN WARN"}
    assert await evidence(work, AlertKind.IDLE_BIN) == {"binCode": "A1", "days": 10, "onHand": "5.0000"}
    await adjust(work, variant, warehouse, -5)
    assert await scan(work) == set()


async def test_what_was_promised_of_a_frozen_lot_names_the_orders(work: Work) -> None:
    variant, warehouse, order = await a_variant(work), await a_warehouse(work), uuid4()
    await stock(work, variant, warehouse, 5, lot="BAD")
    await inventory.claim(work, order, [warehouse], [a_line(variant, 3)], TO_SHIP)
    lot = (await work.rows(select(inventory.Lot.id).where(inventory.Lot.code == "BAD")))[0].id
    await inventory.freeze_lot(work, lot, "complaint")
    changed = inventory.StockChanged(variant_ids=(variant,))
    await inventory.watch_stock(work, changed)
    assert await open_now(work) == {"PROMISED_BLOCKED SEVERE"}
    told = await evidence(work, AlertKind.PROMISED_BLOCKED)
    assert (told["orders"], told["short"]) == ([str(order)], "3.0000")
    await stock(work, variant, warehouse, 3)
    await inventory.watch_stock(work, changed)
    assert await open_now(work) == set()


async def test_limits_of_a_policy_count_where_stock_has_none_of_its_own(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5)
    policy = await set_watch_policy(work, WatchRules(safety=Quantity(6)))
    fact = inventory.WatchPolicySet(policy_id=policy.id)
    await inventory.watch_all_stock(work, fact)
    assert await open_now(work) == {"BELOW_SAFETY WARN"}
    read = SessionRead(engine=work.session.bind, actor=work.actor, session=work.session)  # type: ignore[arg-type]
    abnormal = partial(inventory.stock_levels, read, inventory.StockFilter(only_abnormal=True), PageRequest())
    assert [row.variant_id for row in (await abnormal()).rows] == [variant]
    limits = inventory.StockLimits(variant_id=variant, warehouse_id=warehouse, safety=Quantity(5))
    await inventory.set_stock_limits(work, limits)
    await work.session.flush()
    await inventory.watch_all_stock(work, fact)
    assert await open_now(work) == set()
    assert (await abnormal()).rows == []


@pytest.mark.parametrize(("theirs", "expected"), [("10", set()), ("9", {"WARN"}), ("8", {"WARN", "SEVERE"})])
async def test_another_book_that_differs_is_told_and_forgotten(work: Work, theirs: str, expected: set[str]) -> None:
    variant, other, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    found = Difference(variant_id=variant, ours=Quantity(10), theirs=Quantity(theirs))
    await inventory.watch_wms(work, warehouse, [found])
    await inventory.watch_channel(work, warehouse, [found])
    wanted = {f"{kind} {level}" for kind in ("BOOK_NOT_WMS", "BOOK_NOT_CHANNEL") for level in expected}
    assert await open_now(work) == wanted
    await inventory.watch_wms(work, await a_warehouse(work), [])
    await inventory.watch_wms(work, warehouse, [], [other])
    assert await open_now(work) == wanted
    await inventory.watch_wms(work, warehouse, [])
    await inventory.watch_channel(work, warehouse, [], [variant])
    assert await open_now(work) == set()


async def test_a_lot_that_expired_long_ago_is_still_told(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 1, lot="OLD", expires=date(2020, 1, 1))
    assert await scan(work) == {"EXPIRING WARN", "EXPIRING SEVERE"}


async def test_a_shop_that_is_not_told_for_long_is_a_difference(work: Work) -> None:
    channel = await an_open_shop(work)
    listing = await a_known_listing(work, channel)
    await work.session.flush()
    start, version = work.now, 0
    for quantity in (5, 4):
        await channels.show_stock(work, [channels.ShownStock(listing.id, Quantity(quantity))])
        version += 1
        work.now += timedelta(minutes=29)
    assert await scan(work) == {"SHOWN_NOT_TOLD WARN"}  # Since the first number it owes, not the last.
    assert (await evidence(work, AlertKind.SHOWN_NOT_TOLD))["shown"] == "4.0000"
    work.now = start + timedelta(hours=4)
    assert await scan(work) == {"SHOWN_NOT_TOLD WARN", "SHOWN_NOT_TOLD SEVERE"}
    await channels.note_told(work, channels.PushKind.STOCK, [(listing.id, version)])
    assert await scan(work) == set()
