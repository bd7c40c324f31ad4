"""Our book against theirs: every difference with both figures, the cause if it is known, and whose figure counts."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import alerts, exchange, inventory, transfers
from domain.exchange import (
    BookMovedOn,
    CompareRun,
    DifferenceCause,
    DifferenceSettlesItself,
    GoodsType,
    HeldGoods,
    Known,
    NoPlaceForDamaged,
    RunStatus,
    StockDifference,
    WhoIsRight,
    comparing,
    judge,
    their_figures,
)
from domain.inventory import MovementKind, WarehouseKind
from domain.kernel import Quantity, Work, WrongState
from tests.domain.exchange.builders import a_partner, a_plan, coming, said
from tests.domain.fulfilment.builders import a_reviewed_order
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, broken, item, stock
from tests.domain.transfers.test_transfers import on_its_way

A, B = uuid4(), uuid4()
GOOD, BAD = GoodsType.GOOD, GoodsType.DEFECTIVE
C, R = DifferenceCause, WhoIsRight


def figures(**each: int) -> dict[Any, Quantity]:
    """Write figures of article A by lot; `_` is no lot."""
    return {(A, GOOD, None if lot == "_" else lot): Quantity(quantity) for lot, quantity in each.items()}


def known(**more: int) -> Known:
    return Known(**{name: {A: Quantity(quantity)} for name, quantity in more.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ours", "theirs", "also", "cause", "right"),
    [
        (figures(_=5), figures(_=4), Known(), C.UNEXPLAINED, R.THEIRS),
        (figures(_=5), figures(_=6), known(promised=5), C.UNEXPLAINED, R.THEIRS),
        (figures(_=5), figures(_=4), known(promised=4), C.UNEXPLAINED, R.THEIRS),
        (figures(_=5), figures(_=4), known(promised=5), C.UNEXPLAINED, R.OURS),
        (figures(_=5), figures(_=8), known(pending=3), C.UNCONFIRMED, R.WAIT),
        (figures(_=5), figures(_=6), known(pending=3), C.UNCONFIRMED, R.WAIT),
        (figures(_=5), figures(_=9), known(pending=3), C.UNEXPLAINED, R.THEIRS),
        (figures(_=5), figures(_=3), known(pending=-2), C.UNCONFIRMED, R.WAIT),
        (figures(_=5), figures(_=6), known(pending=-2), C.UNEXPLAINED, R.THEIRS),
        (figures(_=5), figures(_=4), Known(moved=frozenset({A})), C.MOVED_MEANWHILE, R.WAIT),
        (figures(_=5), figures(_=4), Known(reports_wait=True), C.REPORT_WAITING, R.WAIT),
        (figures(_=5), {}, Known(), C.UNEXPLAINED, R.THEIRS),
        ({}, {(A, BAD, None): Quantity(1)}, Known(has_damaged_place=False), C.NO_PLACE, R.THEIRS),
    ],
)
def test_the_cause_and_who_is_right(ours: Any, theirs: Any, also: Known, cause: C, right: R) -> None:
    (found,) = judge(ours, theirs, also)
    assert (found.cause, found.right) == (cause, right)


def test_lots_differ_though_there_is_as_much() -> None:
    found = judge(figures(L1=5, L2=1), figures(L1=4, L2=2), Known())
    assert [(each.key[2], each.ours, each.theirs, each.cause) for each in found] == [
        ("L1", Quantity(5), Quantity(4), C.LOTS_ONLY),
        ("L2", Quantity(1), Quantity(2), C.LOTS_ONLY),
    ]


def test_who_keeps_no_lots_cannot_differ_in_them() -> None:
    assert judge(figures(L1=5, L2=1), figures(_=6), Known()) == []


def test_damage_is_one_condition_and_what_is_under_way_another() -> None:
    held = [
        HeldGoods(item_code="A", goods_type=each, quantity=Quantity(1), locked=Quantity(0))
        for each in (GoodsType.DAMAGED_BOX, GoodsType.DAMAGED_INSIDE, GoodsType.UNDER_WAY)
    ]
    assert their_figures(held, {"A": A}) == {(A, BAD, None): Quantity(2), (A, GoodsType.UNDER_WAY, None): Quantity(1)}


@pytest.mark.parametrize(
    ("theirs", "also", "cause", "right"),
    [
        (4, Known(), C.UNEXPLAINED, R.OURS),
        (6, Known(), C.UNEXPLAINED, R.OURS),
        (6, known(announced=1), C.UNCONFIRMED, R.WAIT),
        (6, known(pending=1), C.UNEXPLAINED, R.OURS),
        (4, Known(travelled=frozenset({A})), C.MOVED_MEANWHILE, R.WAIT),
        (4, Known(moved=frozenset({A}), has_damaged_place=False), C.UNEXPLAINED, R.OURS),
        (4, Known(reports_wait=True), C.REPORT_WAITING, R.WAIT),
    ],
)
def test_what_is_under_way_is_as_our_book_says(theirs: int, also: Known, cause: C, right: R) -> None:
    key = (A, GoodsType.UNDER_WAY, None)
    (found,) = judge({key: Quantity(5)}, {key: Quantity(theirs)}, also)
    assert (found.cause, found.right) == (cause, right)


async def answered(work: Work, run: CompareRun, told: list[HeldGoods]) -> list[list[str]]:
    """Let the partner say this of every page; gives the articles of each page."""
    pages = []
    while (page := await exchange.page_to_compare(work, run.id)) is not None:
        await exchange.note_their_stock(
            work, run.id, page, [each for each in told if each.item_code in page.item_codes]
        )
        await exchange.note_their_stock(work, run.id, page, [])
        pages.append(page.item_codes)
    return pages[:-1]


class Compared:
    """A partner's warehouse with one article, and what the partner says of it."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def stocked(self, quantity: int = 10, *, damaged: bool = True) -> "Compared":
        work = self.work
        self.sku = f"SKU-{uuid4().hex[:8]}"
        self.glove, self.place = await a_variant(work, self.sku), await a_warehouse(work)
        self.damaged = await a_warehouse(work, kind=WarehouseKind.DEFECTIVE, sellable=False) if damaged else None
        self.partner = await a_partner(work, self.place, self.damaged)
        await stock(work, self.glove, self.place, quantity, lot="L1")
        return self

    async def against(self, *held: tuple[int, GoodsType, str | None]) -> CompareRun:
        run = await exchange.compare_stock(self.work, self.partner.id)
        told = [
            HeldGoods(item_code=self.sku, goods_type=kind, quantity=Quantity(much), locked=Quantity(0), lot_code=lot)
            for much, kind, lot in held
        ]
        assert await answered(self.work, run, told) == [[self.sku]]
        return run

    async def differences(self, run: CompareRun) -> list[StockDifference]:
        found = select(StockDifference).where(StockDifference.run_id == run.id).order_by(StockDifference.id)
        return list(await self.work.session.scalars(found))

    async def alerts(self) -> int:
        alert = alerts.models.Alert
        kind = alert.kind == alerts.AlertKind.BOOK_NOT_WMS
        return len(await self.work.rows(select(alert.id).where(kind, alert.resolved_at.is_(None))))


async def test_books_that_agree_have_no_differences(work: Work) -> None:
    compared = await Compared(work).stocked()
    run = await compared.against((10, GOOD, "L1"))
    assert (run.status, run.articles, run.differing) == (RunStatus.DONE, 1, 0)
    assert said(work, exchange.ComparisonAsked) == [exchange.ComparisonAsked(run_id=run.id)]


async def test_a_difference_is_an_alert_until_it_is_accepted(work: Work) -> None:
    compared = await Compared(work).stocked()
    run = await compared.against((8, GOOD, "L1"), (1, GoodsType.DAMAGED_BOX, None))
    damaged, lost = sorted(await compared.differences(run), key=lambda each: each.goods_type)
    assert (lost.ours, lost.theirs, lost.cause) == (Quantity(10), Quantity(8), C.UNEXPLAINED)
    assert await compared.alerts() > 0
    for each in (lost, damaged):
        await exchange.accept_stock_difference(work, each.id)
    assert (await item(work, compared.glove, compared.place)).on_hand == Quantity(8)
    assert compared.damaged is not None
    assert (await item(work, compared.glove, compared.damaged)).on_hand == Quantity(1)
    with pytest.raises(WrongState):
        await exchange.accept_stock_difference(work, lost.id)
    await compared.against((8, GOOD, "L1"), (1, BAD, None))
    assert await compared.alerts() == 0
    await work.close()
    assert await broken(work) == {}


async def test_a_book_that_moved_on_is_compared_again(work: Work) -> None:
    compared = await Compared(work).stocked()
    (lost,) = await compared.differences(await compared.against((8, GOOD, "L1")))
    await adjust(work, compared.glove, compared.place, -1)
    with pytest.raises(BookMovedOn) as refused:
        await exchange.accept_stock_difference(work, lost.id)
    assert refused.value.path == ("input", "id")


async def test_what_a_paper_explains_waits_for_its_confirmation(work: Work) -> None:
    compared = await Compared(work).stocked()
    plan = await a_plan(work, MovementKind.RECEIPT, compared.place, coming(compared.glove, 5))
    await exchange.announce_stock_document(work, plan.id)
    (more,) = await compared.differences(await compared.against((15, GOOD, "L1")))
    assert (more.pending, more.cause, more.right) == (Quantity(5), C.UNCONFIRMED, R.WAIT)
    with pytest.raises(DifferenceSettlesItself):
        await exchange.accept_stock_difference(work, more.id)
    assert await compared.alerts() == 0


async def test_damage_without_a_place_cannot_be_accepted(work: Work) -> None:
    compared = await Compared(work).stocked(damaged=False)
    (found,) = await compared.differences(await compared.against((10, GOOD, "L1"), (1, BAD, None)))
    assert found.cause is C.NO_PLACE
    with pytest.raises(NoPlaceForDamaged):
        await exchange.accept_stock_difference(work, found.id)


async def test_less_than_is_promised_is_looked_for_first(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work)
    assert order.warehouse_id is not None
    assert line.variant_id is not None
    partner = await a_partner(work, order.warehouse_id)
    await answered(work, await exchange.compare_stock(work, partner.id), [])
    difference: UUID = (await work.rows(select(StockDifference.id).where(StockDifference.right == R.OURS)))[0].id
    with pytest.raises(inventory.NegativeStock):
        await exchange.accept_stock_difference(work, exchange.StockDifferenceId(difference))


async def test_a_partner_is_compared_once_a_day(work: Work) -> None:
    await Compared(work).stocked()
    assert await exchange.compare_daily(work) == 1
    assert await exchange.compare_daily(work) == 0


async def test_a_partner_that_does_not_answer_is_noted(work: Work) -> None:
    compared = await Compared(work).stocked()
    run = await exchange.compare_stock(work, compared.partner.id)
    await exchange.note_comparison_failed(work, run.id, "inventory.query answered 503")
    assert (run.status, run.problem) == (RunStatus.FAILED, "inventory.query answered 503")
    assert await exchange.page_to_compare(work, run.id) is None


async def test_articles_are_compared_page_by_page_however_many(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "ARTICLES_PER_PAGE", 2)
    compared = await Compared(work).stocked()
    more = sorted([compared.sku, *(f"SKU-{uuid4().hex[:8]}" for _ in range(2))])
    for sku in set(more) - {compared.sku}:
        await stock(work, await a_variant(work, sku), compared.place, 1)
    run = await exchange.compare_stock(work, compared.partner.id)
    assert await answered(work, run, []) == [more[:2], more[2:]]
    assert (run.status, run.articles, run.differing) == (RunStatus.DONE, 3, 3)


async def test_what_is_under_way_is_compared_with_who_keeps_a_book_of_it(work: Work) -> None:
    compared, source = await Compared(work).stocked(), await a_warehouse(work)
    await stock(work, compared.glove, source, 5)
    transfer = await on_its_way(work, source, compared.place, {compared.glove: 5})
    here = (10, GOOD, "L1")
    assert (await compared.against(here)).differing == 0
    (apart,) = await compared.differences(await compared.against(here, (3, GoodsType.UNDER_WAY, None)))
    assert (apart.ours, apart.theirs, apart.cause, apart.right) == (Quantity(5), Quantity(3), C.UNEXPLAINED, R.OURS)
    assert await compared.alerts() > 0
    with pytest.raises(exchange.UnderWay):
        await exchange.accept_stock_difference(work, apart.id)
    assert (await compared.against(here)).differing == 1
    await transfers.receive_transfer(work, transfer.id)
    assert (await compared.against((15, GOOD, None))).differing == 0
    assert await compared.alerts() == 0
