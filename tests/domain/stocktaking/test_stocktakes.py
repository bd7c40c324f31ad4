"""Counting while selling goes on: the difference is exactly what is missing or too much, and posts itself."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from domain import bundles, catalogue, inventory, stocktaking
from domain.inventory.models import Movement, StockBalance
from domain.kernel import (
    BadInput,
    NotFound,
    PageRequest,
    Quantity,
    Refusal,
    SessionRead,
    Sessions,
    Work,
    WrongState,
    begin,
    now,
    system,
    tried,
)
from domain.stocktaking import Scan, StocktakeScope, Uncounted
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    a_zone,
    adjust,
    bin_named,
    broken,
    facts_of,
    item,
    stock,
    worth,
)


async def started(work: Work, warehouse: UUID, scope: StocktakeScope = StocktakeScope.ALL, **other: Any) -> Any:
    place = inventory.WarehouseId(warehouse)
    new = stocktaking.NewStocktake(warehouse_id=place, scope=scope, reason="year end", **other)
    return await stocktaking.start_stocktake(work, new)


def scan(variant: UUID, quantity: int | str, **other: Any) -> Scan:
    given: dict[str, Any] = {"scan_id": uuid4()} | other
    return Scan(variant_id=variant, quantity=Quantity(quantity), **given)


async def finished(work: Work, stocktake: Any) -> None:
    await stocktaking.approve_stocktake(work, stocktake.id)
    await stocktaking.post_stocktake(work, stocktake.id)
    assert await unsound(work) == {}


async def unsound(work: Work) -> dict[str, Sequence[Any]]:
    await work.session.flush()
    found = {name: await work.rows(text(sql)) for name, sql in stocktaking.INVARIANTS.items()}
    return {name: rows for name, rows in found.items() if rows} | await broken(work)


async def lines(work: Work, stocktake: Any) -> list[Any]:
    read = SessionRead(engine=work.session.bind, actor=work.actor, session=work.session)  # type: ignore[arg-type]
    where = stocktaking.StocktakeLineFilter(stocktakes=[stocktake.id])
    return list((await stocktaking.stocktake_lines(read, where, PageRequest(first=100))).rows)


async def test_differences_post_themselves_at_the_average(work: Work) -> None:
    short, over, right, warehouse = *[await a_variant(work) for _ in range(3)], await a_warehouse(work)
    for variant in (short, over, right):
        await stock(work, variant, warehouse, 10, "2.5")
    stocktake = await started(work, warehouse)
    assert stocktake.number.startswith("ST")
    await stocktaking.count_stock(work, stocktake.id, [scan(short, 7), scan(over, 5), scan(right, 10)])
    await stocktaking.count_stock(work, stocktake.id, [scan(over, 6)])
    await stocktaking.close_count(work, stocktake.id)
    assert stocktake.status == "RECOUNTING"
    await stocktaking.count_stock(work, stocktake.id, [scan(short, 7), scan(over, 11)])
    await stocktaking.close_count(work, stocktake.id)
    await finished(work, stocktake)
    assert [await worth(work, each, warehouse) for each in (short, over, right)] == [
        "7.0000 / 17.50",
        "11.0000 / 27.50",
        "10.0000 / 25.00",
    ]
    adjusted = [(each.kind.value, str(each.cost_amount)) for each in facts_of(work, inventory.StockAdjusted)]
    assert adjusted == [("ADJUSTMENT_IN", "2.50"), ("ADJUSTMENT_OUT", "-7.50")]


async def test_what_moves_after_the_count_needs_no_count_again(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 10)
    stocktake = await started(work, warehouse, tolerance_percent=50)
    began = work.now
    work.now = began + timedelta(minutes=10)
    await adjust(work, variant, warehouse, -4)
    # The scanner was offline: it counted nine before the four left, and says so only now.
    await stocktaking.count_stock(work, stocktake.id, [scan(variant, 9, scanned_at=began + timedelta(minutes=5))])
    work.now = began + timedelta(minutes=15)
    await adjust(work, variant, warehouse, -1)
    await stocktaking.close_count(work, stocktake.id)
    ((line),) = await lines(work, stocktake)
    assert (line.book_quantity, line.difference) == (Quantity(10), Quantity(-1))
    await adjust(work, variant, warehouse, -1)
    await finished(work, stocktake)
    assert (await item(work, variant, warehouse)).on_hand == Quantity(3)


@pytest.mark.parametrize(
    ("first_to_post", "found", "left"),
    [
        pytest.param("early", (7, 7), 7, id="both miss the same three"),
        pytest.param("late", (7, 7), 7, id="what counted later settles what was counted before"),
        pytest.param("early", (10, 7), 7, id="three got lost between the counts"),
        pytest.param("late", (10, 7), 7, id="three got lost between, and that is posted first"),
        pytest.param("early", (7, 10), 10, id="who counted first overlooked three"),
        pytest.param("late", (7, 10), 10, id="who counted first overlooked three, and is posted last"),
    ],
)
async def test_two_counts_of_the_same_goods_find_a_loss_once(
    work: Work, first_to_post: str, found: tuple[int, int], left: int
) -> None:
    """The whole warehouse and a part of it are counted at once: the later look at a shelf is the one that stands."""
    variant, warehouse, began = await a_variant(work), await a_warehouse(work), work.now
    await stock(work, variant, warehouse, 10)
    counts = {}
    for minutes, (name, scope, given) in enumerate(
        (("early", StocktakeScope.ALL, {}), ("late", StocktakeScope.VARIANTS, {"variant_ids": [variant]}))
    ):
        counts[name] = await started(work, warehouse, scope, tolerance_percent=100, **given)
        work.now = began + timedelta(minutes=10 * (minutes + 1))
        await stocktaking.count_stock(work, counts[name].id, [scan(variant, found[minutes])])
        work.now += timedelta(minutes=1)
        await stocktaking.close_count(work, counts[name].id)
    work.now = began + timedelta(minutes=30)
    await adjust(work, variant, warehouse, -2)  # Somebody took two, after both had looked.
    for name in sorted(counts, reverse=first_to_post == "late"):
        work.now += timedelta(minutes=1)
        await finished(work, counts[name])
    assert (await item(work, variant, warehouse)).on_hand == Quantity(left - 2)


async def test_a_scan_that_arrives_twice_counts_once(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 3)
    stocktake = await started(work, warehouse)
    beep = scan(variant, 1)
    await stocktaking.count_stock(work, stocktake.id, [beep, beep])
    await stocktaking.count_stock(work, stocktake.id, [beep, scan(variant, 2)])
    await stocktaking.close_count(work, stocktake.id)
    ((line),) = await lines(work, stocktake)
    assert (line.counted_quantity, line.difference, stocktake.status) == (Quantity(3), Quantity(0), "COUNTED")
    await finished(work, stocktake)


async def test_only_what_is_far_off_is_counted_again(work: Work) -> None:
    near, far, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    for variant in (near, far):
        await stock(work, variant, warehouse, 100)
    stocktake = await started(work, warehouse, tolerance_percent=5)
    early = scan(far, 1, scanned_at=work.now)
    await stocktaking.count_stock(work, stocktake.id, [scan(near, 95), scan(far, 94)])
    work.now += timedelta(minutes=1)
    await stocktaking.close_count(work, stocktake.id)
    again = {line.variant_id: (line.recount, line.counted_quantity) for line in await lines(work, stocktake)}
    assert again == {near: (False, Quantity(95)), far: (True, None)}
    with pytest.raises(stocktaking.RecountMissing) as missing:
        await stocktaking.close_count(work, stocktake.id)
    told = (missing.value.code(), missing.value.lines, missing.value.path)
    assert told == ("RECOUNT_MISSING", 1, ("input", "id"))
    for late, field in ((early, ("1", "scannedAt")), (scan(near, 1), ("1",))):
        with pytest.raises(stocktaking.CountOver) as over:
            await stocktaking.count_stock(work, stocktake.id, [scan(far, 1), late])
        assert (over.value.code(), over.value.path) == ("COUNT_OVER", ("input", "scans", *field))
    await stocktaking.count_stock(work, stocktake.id, [scan(far, 100)])
    await stocktaking.close_count(work, stocktake.id)
    await finished(work, stocktake)
    assert [(await item(work, each, warehouse)).on_hand for each in (near, far)] == [Quantity(95), Quantity(100)]


@pytest.mark.parametrize(("uncounted", "left"), [(Uncounted.KEEP, 4), (Uncounted.ZERO, 0)])
async def test_what_nobody_counted_stays_or_is_gone(work: Work, uncounted: Uncounted, left: int) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 4)
    stocktake = await started(work, warehouse, tolerance_percent=100)
    await stocktaking.close_count(work, stocktake.id, uncounted)
    await finished(work, stocktake)
    assert (await item(work, variant, warehouse)).on_hand == Quantity(left)


async def test_goods_in_another_bin_are_found_there_and_missed_here(work: Work) -> None:
    variant, stranger, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    await a_zone(
        work,
        warehouse,
        1,
        inventory.NewBin(code="A1", walking_order=1),
        inventory.NewBin(code="A2", walking_order=2),
    )
    a1, a2 = await bin_named(work, warehouse, "A1"), await bin_named(work, warehouse, "A2")
    await stock(work, variant, warehouse, 5, "3", bin_id=a1)
    await stock(work, stranger, warehouse, 2, "7")
    await adjust(work, stranger, warehouse, -2)
    # All five are promised; they only lie elsewhere, so the promise holds.
    await inventory.claim(work, uuid4(), [warehouse], [a_line(variant, 5)], inventory.ClaimClass.TO_SHIP)
    stocktake = await started(work, warehouse, StocktakeScope.BINS, bin_ids=[a1], tolerance_percent=100)
    scans = [scan(variant, 2, bin_id=a1), scan(variant, 3, bin_id=a2), scan(stranger, 1, bin_id=a2)]
    await stocktaking.count_stock(work, stocktake.id, scans)
    await stocktaking.close_count(work, stocktake.id)
    # Nothing was expected in the second bin, and any share of nothing is nothing: it is counted again.
    assert stocktake.status == "RECOUNTING"
    again = [scan(each.variant_id, int(each.quantity.value), bin_id=a2) for each in scans[1:]]
    await stocktaking.count_stock(work, stocktake.id, again)
    await stocktaking.close_count(work, stocktake.id)
    await finished(work, stocktake)
    kept = select(StockBalance.bin_id, StockBalance.variant_id, StockBalance.on_hand)
    rows = await work.rows(kept.where(StockBalance.warehouse_id == warehouse, StockBalance.on_hand > Quantity(0)))
    assert {tuple(row) for row in rows} == {
        (a1, variant, Quantity(2)),
        (a2, variant, Quantity(3)),
        (a2, stranger, Quantity(1)),
    }
    # Nothing of it was left that could tell its cost: it comes in at what it last cost.
    assert await worth(work, stranger, warehouse) == "1.0000 / 7.00"


async def test_a_stocktake_counts_what_its_scope_says(work: Work) -> None:
    moving, idle, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    for variant in (moving, idle):
        await stock(work, variant, warehouse, 4)
    since = work.now + timedelta(hours=1)
    work.now += timedelta(hours=2)
    await adjust(work, moving, warehouse, -1)
    for scope, given, counted in (
        (StocktakeScope.ALL, {}, {moving, idle}),
        (StocktakeScope.MOVING, {"moved_since": since}, {moving}),
        (StocktakeScope.VARIANTS, {"variant_ids": [idle]}, {idle}),
    ):
        stocktake = await started(work, warehouse, scope, **given)
        assert {line.variant_id for line in await lines(work, stocktake)} == counted
    await shelved(work, warehouse, idle, moving)
    bad: list[tuple[str, StocktakeScope, dict[str, Any]]] = [
        ("binIds", StocktakeScope.BINS, {}),
        ("valueClasses", StocktakeScope.VALUE_CLASS, {}),
        ("variantIds", StocktakeScope.VARIANTS, {}),
        ("categoryId", StocktakeScope.CATEGORY, {}),
        ("movedSince", StocktakeScope.MOVING, {}),
        ("movedSince", StocktakeScope.MOVING, {"moved_since": work.now + timedelta(minutes=1)}),
        ("tolerancePercent", StocktakeScope.ALL, {"tolerance_percent": 101}),
        ("variantIds", StocktakeScope.ALL, {"variant_ids": [idle]}),
        ("movedSince", StocktakeScope.VARIANTS, {"variant_ids": [idle], "moved_since": since}),
    ]
    for field, scope, given in bad:
        with pytest.raises(BadInput) as refused:
            await started(work, warehouse, scope, **given)
        assert refused.value.path == ("input", field)
    with pytest.raises(stocktaking.NothingToCount):
        await started(work, await a_warehouse(work))


async def shelved(work: Work, warehouse: inventory.WarehouseId, shelf: UUID, elsewhere: UUID) -> None:
    """Put one of two goods into a category and a bin: a stocktake of either counts it there."""
    upper, lower = (catalogue.Category(code=code, name=code, path=code) for code in ("/drugs", "/drugs/cold"))
    work.session.add_all([upper, lower])
    await work.session.flush()
    product_id = (await work.session.get_one(catalogue.Variant, shelf)).product_id
    (await work.session.get_one(catalogue.Product, product_id)).category_id = lower.id
    await a_zone(work, warehouse, 1, *(inventory.NewBin(code=code, walking_order=1) for code in ("B1", "B2")))
    here = await bin_named(work, warehouse, "B1")
    await stock(work, shelf, warehouse, 2, bin_id=here)
    await stock(work, elsewhere, warehouse, 2, bin_id=await bin_named(work, warehouse, "B2"))
    by_bin = await started(work, warehouse, StocktakeScope.BINS, bin_ids=[here])
    assert [(line.variant_id, line.bin_id) for line in await lines(work, by_bin)] == [(shelf, here)]
    by_category = await started(work, warehouse, StocktakeScope.CATEGORY, category_id=upper.id)
    assert {(line.variant_id, line.bin_id) for line in await lines(work, by_category)} == {(shelf, here), (shelf, None)}


async def test_a_stocktake_of_a_class_counts_what_makes_up_so_much_of_the_sales(work: Work) -> None:
    warehouse, goods = await a_warehouse(work), [await a_variant(work) for _ in range(4)]
    for variant, sold in zip(goods, (80, 15, 5, 0), strict=True):
        await stock(work, variant, warehouse, 100)
        if sold:
            line = a_line(variant, sold)
            await inventory.claim(work, uuid4(), [warehouse], [line], inventory.ClaimClass.TO_SHIP)
            shipped = inventory.ShippedLine(line.order_line_id, variant, Quantity(sold), 1)
            await inventory.ship(work, "Shipment", uuid4(), warehouse, [shipped])
    a, b, c = inventory.ValueClass.A, inventory.ValueClass.B, inventory.ValueClass.C
    for classes, counted in (([a], goods[:1]), ([b], goods[1:2]), ([c], goods[2:]), ([a, c], [goods[0], *goods[2:]])):
        stocktake = await started(work, warehouse, StocktakeScope.VALUE_CLASS, value_classes=classes)
        assert {line.variant_id for line in await lines(work, stocktake)} == set(counted)
    work.now += timedelta(days=85)  # What was sold before counts no more.
    with pytest.raises(stocktaking.NothingToCount) as refused:
        await started(work, warehouse, StocktakeScope.VALUE_CLASS, value_classes=[a, b])
    assert refused.value.path == ("input", "scope")


async def test_what_nothing_can_be_posted_to_is_not_counted(work: Work) -> None:
    variant, virtual, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    part = bundles.Component(variant_id=variant, quantity=Quantity(2))
    await bundles.compose_bundle(work, virtual, bundles.BundleKind.VIRTUAL, [part])
    await a_zone(work, warehouse, 1, inventory.NewBin(code="OLD", walking_order=1))
    closed = await bin_named(work, warehouse, "OLD")
    shut = inventory.ChangedBin(id=closed, walking_order=1, capacity=None, one_sku=False, active=False)
    await inventory.change_bin(work, shut)
    await stock(work, variant, warehouse, 4)
    stocktake = await started(work, warehouse)
    trolley = await inventory.staging_bin(work, warehouse)
    bad: list[tuple[type[Refusal], str, Scan]] = [
        (inventory.NotStocked, "variantId", scan(virtual, 1)),
        (NotFound, "binId", scan(variant, 1, bin_id=closed)),
        (NotFound, "binId", scan(variant, 1, bin_id=trolley)),
    ]
    for refusal, field, wrong in bad:
        with pytest.raises(refusal) as refused:
            await stocktaking.count_stock(work, stocktake.id, [scan(variant, 4), wrong])
        assert refused.value.path == ("input", "scans", "1", field)


async def test_what_is_missing_is_counted_too(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 3, "2")
    line = inventory.AdjustedLine(variant_id=variant, quantity=Quantity(5))
    kind = inventory.AdjustmentKind.OUT
    taken = inventory.Adjustment(
        warehouse_id=warehouse, kind=kind, reason="urgent", override_reason="no paper yet", lines=[line]
    )
    await inventory.adjust_stock(work, taken)
    stocktake = await started(work, warehouse, tolerance_percent=100)
    ((expected),) = await lines(work, stocktake)
    assert expected.variant_id == variant
    await stocktaking.close_count(work, stocktake.id, Uncounted.ZERO)
    await finished(work, stocktake)
    assert (await item(work, variant, warehouse)).overdrawn == Quantity(0)
    assert await worth(work, variant, warehouse) == "0.0000 / 0.00"


async def test_bad_scans_and_wrong_states_are_refused(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 4)
    stocktake = await started(work, warehouse)
    bad: list[tuple[type[Refusal], Scan]] = [
        (BadInput, scan(variant, -1)),
        (BadInput, scan(variant, 1, scanned_at=work.now - timedelta(days=1))),
        (BadInput, scan(variant, 1, scanned_at=work.now + timedelta(days=1))),
        (NotFound, scan(uuid4(), 1)),
        (NotFound, scan(variant, 1, lot_id=uuid4())),
        (NotFound, scan(variant, 1, bin_id=uuid4())),
    ]
    for refusal, wrong in bad:
        with pytest.raises(refusal):
            await stocktaking.count_stock(work, stocktake.id, [wrong])
    with pytest.raises(BadInput):
        await stocktaking.count_stock(work, stocktake.id, [])
    for early in (stocktaking.approve_stocktake, stocktaking.post_stocktake):
        with pytest.raises(WrongState):
            await early(work, stocktake.id)
    await stocktaking.cancel_stocktake(work, stocktake.id)
    with pytest.raises(WrongState):
        await stocktaking.count_stock(work, stocktake.id, [scan(variant, 1)])


SELLERS, COUNTERS, SALES, PIECES = 16, 4, 4, 200


async def test_sixteen_sell_while_four_count(sessions: Sessions) -> None:
    """No sale is stopped, and the difference is what was planted, although the shelves empty meanwhile.

    Two more stocktakes find the same, and one thing nobody expected; all are posted at once, and it counts once.
    """
    async with begin(sessions, system("tests")) as work:
        variants, warehouse = [await a_variant(work) for _ in range(COUNTERS)], await a_warehouse(work)
        for variant in variants:
            await stock(work, variant, warehouse, PIECES)
        stray = await a_variant(work)
        await stock(work, stray, await a_warehouse(work), 1)
    async with begin(sessions, system("tests")) as work:
        stocktake = await started(work, warehouse, tolerance_percent=100)
    planted = dict(zip(variants, (-3, 0, 2, -1), strict=True))
    left: dict[UUID, list[Any]] = {variant: [] for variant in variants}
    selling: set[asyncio.Task[None]] = set()

    async def sell(variant: UUID) -> None:
        left[variant].append(await tried(lambda: sold(sessions, warehouse, variant)))

    async def seller(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(SALES):
            sale = asyncio.ensure_future(sell(chance.choice(variants)))
            selling.add(sale)
            await sale
            selling.discard(sale)

    async def counter(variant: UUID) -> None:
        await asyncio.wait(set(selling) or {asyncio.ensure_future(asyncio.sleep(0))})
        moment = now()
        if begun := set(selling):
            await asyncio.wait(begun)  # Who began before the moment knows by now when his goods left.
        on_shelf = PIECES + planted[variant] - sum(1 for at in left[variant] if at <= moment)
        async with begin(sessions, system("counter")) as work:
            await stocktaking.count_stock(work, stocktake.id, [scan(variant, on_shelf, scanned_at=moment)])

    await asyncio.gather(*(seller(seed) for seed in range(SELLERS)), *(counter(each) for each in variants))
    assert sum(len(each) for each in left.values()) == SELLERS * SALES
    async with begin(sessions, system("tests")) as work:
        await stocktaking.close_count(work, stocktake.id)
        assert {line.variant_id: int(line.difference.value) for line in await lines(work, stocktake)} == planted
        there = {each: PIECES + planted[each] - len(left[each]) for each in variants}
    more = [await counted_apart(sessions, warehouse, there, part, stray) for part in (variants[:2], variants[2:])]
    await asyncio.gather(*(posted(sessions, each.id) for each in (stocktake, *more)))
    async with begin(sessions, system("tests")) as work:
        assert await unsound(work) == {}
        on_hand = {each: int((await item(work, each, warehouse)).on_hand.value) for each in (*variants, stray)}
        assert on_hand == there | {stray: 1}


async def sold(sessions: Sessions, warehouse: inventory.WarehouseId, variant: UUID) -> Any:
    """Sell one, and say when it left."""
    shipment, line = uuid4(), a_line(variant, 1)
    async with begin(sessions, system("seller")) as work:
        await inventory.claim(work, uuid4(), [warehouse], [line], inventory.ClaimClass.TO_SHIP)
        shipped = inventory.ShippedLine(line.order_line_id, variant, Quantity(1), 1)
        await inventory.ship(work, "Shipment", shipment, warehouse, [shipped])
        moved = select(Movement.effective_at).where(Movement.document_id == shipment)
        return (await work.rows(moved))[0].effective_at


async def counted_apart(
    sessions: Sessions, warehouse: inventory.WarehouseId, there: dict[UUID, int], part: Sequence[UUID], stray: UUID
) -> Any:
    """Count a part of the goods, and what nobody expected there: that is far off the book, so it is counted again."""
    async with begin(sessions, system("counter")) as work:
        scope = {"variant_ids": list(part), "tolerance_percent": 100}
        stocktake = await started(work, warehouse, StocktakeScope.VARIANTS, **scope)
        found = [scan(each, there[each]) for each in part]
        await stocktaking.count_stock(work, stocktake.id, [*found, scan(stray, 1)])
        await stocktaking.close_count(work, stocktake.id)
        await stocktaking.count_stock(work, stocktake.id, [scan(stray, 1)])
        await stocktaking.close_count(work, stocktake.id)
    return stocktake


async def posted(sessions: Sessions, stocktake_id: stocktaking.StocktakeId) -> None:
    async def once() -> None:
        async with begin(sessions, system("keeper")) as work:
            await stocktaking.approve_stocktake(work, stocktake_id)
            await stocktaking.post_stocktake(work, stocktake_id)

    await tried(once)
