"""Comparing books with partners (对账): asked by a person or the clock, done by a worker, settled line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, exists, func, insert, literal, or_, select

from domain import catalogue, inventory
from domain.exchange.events import ComparisonAsked
from domain.exchange.judging import Judged, Key, Known, judge, their_figures
from domain.exchange.lifecycle import OVER
from domain.exchange.models import (
    CompareRun,
    CompareRunId,
    DifferenceCause,
    ExchangePaper,
    ExchangePaperLine,
    ExchangeReport,
    PartnerStatus,
    PartnerWarehouse,
    PartnerWarehouseId,
    ReportStatus,
    RunStatus,
    StockDifference,
    StockDifferenceId,
    WhoIsRight,
)
from domain.exchange.partners import partner_by_id, partner_for_change
from domain.exchange.posting import NoPlaceForDamaged, costs_of, known_lots
from domain.exchange.words import GoodsType, HeldGoods, PaperKind, PaperType
from domain.inventory import MovementKind, WarehouseId
from domain.kernel import NotFound, Quantity, Refusal, Work, WrongState, action, identifier, routine, visible

NOTHING = Quantity(0)
ARTICLES_PER_PAGE = 1_000
PROBLEM_LENGTH_MAX = 500
COMPARED_EVERY = timedelta(hours=24)
BRING = (PaperKind.ENTRY, PaperKind.RETURN)
"""Papers that bring goods into a partner's warehouse."""
WORDS = {GoodsType.DEFECTIVE: "damaged", GoodsType.UNDER_WAY: "under way"}
UNSETTLED = (ReportStatus.RECEIVED, ReportStatus.WAITING)


class DifferenceSettlesItself(Refusal):
    """The difference of {item} is no loss or find: {cause}; settle that, and compare again."""

    item: str
    cause: str
    chinese = "商品 {item} 的差异原因为 {cause}，请先处理后重新对账"


class UnderWay(Refusal):
    """What is under way of {item} is settled by its transfer: receive it, or close the transfer."""

    item: str
    chinese = "商品 {item} 的在途差异请通过调拨单处理：收货，或关闭调拨单"


class BookMovedOn(Refusal):
    """Our book says {now} of {item} by now, not {then} as when it was compared; compare again."""

    item: str
    then: Quantity
    now: Quantity
    chinese = "商品 {item} 账面已由 {then} 变为 {now}，请重新对账"


@action
async def compare_stock(work: Work, partner_id: PartnerWarehouseId) -> CompareRun:
    """Compare our book with what a partner says it holds; the differences are listed shortly."""
    partner = await partner_for_change(work, partner_id)
    return await _ask(work, partner.id, partner.warehouse_id)


async def _ask(work: Work, partner_id: PartnerWarehouseId, warehouse_id: WarehouseId) -> CompareRun:
    run = CompareRun(partner_id=partner_id, warehouse_id=warehouse_id, asked_by=work.actor.name, asked_at=work.now)
    work.session.add(run)
    await work.session.flush()
    work.record(ComparisonAsked(run_id=run.id))
    return run


@routine
async def compare_daily(work: Work) -> int:
    """Compare each open partner that was not compared for a day."""
    run, partner = CompareRun, PartnerWarehouse
    recent = select(run.partner_id).where(run.asked_at > work.now - COMPARED_EVERY)
    due = select(partner.id, partner.warehouse_id).where(partner.status == PartnerStatus.OPEN)
    rows = await work.rows(due.where(partner.id.not_in(recent)))
    for row in rows:
        await _ask(work, row.id, row.warehouse_id)
    return len(rows)


@dataclass(frozen=True, kw_only=True)
class ComparePage:
    """Whom to ask now for which articles of a run, behind which other; no articles when all were compared."""

    partner: Any
    after: str
    item_codes: list[str]
    asked_at: datetime


async def page_to_compare(work: Work, run_id: CompareRunId | UUID) -> ComparePage | None:
    """Say whom to ask for which articles next, of all that ever lay there or were asked for; None when it is over."""
    run = await work.session.get_one(CompareRun, run_id, populate_existing=True)
    if run.status is not RunStatus.ASKED:
        return None
    partner = await partner_by_id(work, run.partner_id)
    stock, line, variant = inventory.StockItem, ExchangePaperLine, catalogue.Variant
    there = exists().where(stock.variant_id == variant.id, stock.warehouse_id.in_(_places(partner)))
    asked = exists().where(
        line.variant_id == variant.id, ExchangePaper.id == line.paper_id, ExchangePaper.partner_id == run.partner_id
    )
    found = select(variant.sku).where(variant.sku > run.reached, or_(there, asked)).order_by(variant.sku)
    rows = await work.rows(found.limit(ARTICLES_PER_PAGE))
    return ComparePage(partner=partner, after=run.reached, item_codes=[row.sku for row in rows], asked_at=work.now)


def _places(partner: Any) -> list[WarehouseId]:
    return [place for place in (partner.warehouse_id, partner.defective_warehouse_id) if place is not None]


@routine
async def note_comparison_failed(work: Work, run_id: CompareRunId | UUID, problem: str) -> None:
    """Note that a partner could not say what it holds."""
    run = await work.session.get_one(CompareRun, run_id, with_for_update=True, populate_existing=True)
    if run.status is RunStatus.ASKED:
        run.status, run.problem, run.compared_at = RunStatus.FAILED, problem[:PROBLEM_LENGTH_MAX], work.now


@routine
async def note_their_stock(
    work: Work, run_id: CompareRunId | UUID, page: ComparePage, held: Sequence[HeldGoods]
) -> None:
    """Hold what a partner says of a page of articles against our book of this moment, and list every difference."""
    run = await work.session.get_one(CompareRun, run_id, with_for_update=True, populate_existing=True)
    if run.status is not RunStatus.ASKED or run.reached != page.after:
        return
    run.compared_at = work.now
    if not page.item_codes:
        run.status = RunStatus.DONE
        return
    partner = await work.session.get_one(PartnerWarehouse, run.partner_id)
    if any(each.goods_type is GoodsType.UNDER_WAY for each in held):
        partner.tells_under_way = True
    variant = catalogue.Variant
    rows = await work.rows(select(variant.id, variant.sku).where(variant.sku.in_(page.item_codes)))
    variants: dict[str, UUID] = {row.sku: row.id for row in rows}
    ours = await _our_figures(work, partner, list(variants.values()))
    known = await _known(work, page.asked_at, partner, list(variants.values()))
    judged = judge(ours, their_figures(held, variants), known)
    await _write(work, run, partner, judged, {id_: sku for sku, id_ in variants.items()})
    run.reached, run.articles, run.differing = (
        page.item_codes[-1],
        run.articles + len(variants),
        run.differing + len(judged),
    )
    await _tell(work, run, judged, list(variants.values()))


async def _our_figures(work: Work, partner: PartnerWarehouse, variant_ids: Sequence[UUID]) -> dict[Key, Quantity]:
    balance, lot = inventory.StockBalance, inventory.Lot
    there = (
        select(balance.variant_id, balance.warehouse_id, lot.code, func.sum(balance.on_hand).label("there"))
        .join(lot, lot.id == balance.lot_id, isouter=True)
        .where(balance.warehouse_id.in_(_places(partner)), balance.variant_id.in_(variant_ids))
        .group_by(balance.variant_id, balance.warehouse_id, lot.code)
    )
    figures: dict[Key, Quantity] = {}
    for row in await work.rows(there):
        condition = GoodsType.GOOD if row.warehouse_id == partner.warehouse_id else GoodsType.DEFECTIVE
        figures[row.variant_id, condition, row.code] = row.there
    return figures | (await _under_way(work, partner, variant_ids) if partner.tells_under_way else {})


async def _under_way(work: Work, partner: PartnerWarehouse, variant_ids: Sequence[UUID]) -> dict[Key, Quantity]:
    """Say what transfers carry there, to a partner that keeps a book of it."""
    stock = inventory.StockItem
    found = select(stock.variant_id, stock.in_transit).where(
        stock.warehouse_id == partner.warehouse_id, stock.variant_id.in_(variant_ids), stock.in_transit > NOTHING
    )
    return {(row.variant_id, GoodsType.UNDER_WAY, None): row.in_transit for row in await work.rows(found)}


async def _known(work: Work, asked_at: datetime, partner: PartnerWarehouse, variant_ids: Sequence[UUID]) -> Known:
    """Find what may explain a difference: open papers, promises, reports that wait, movements since it was asked."""
    stock, moved = inventory.StockItem, inventory.Movement
    claimed = (stock.unpaid + stock.to_review + stock.to_ship + stock.held).label("claimed")
    promises = select(stock.variant_id, claimed).where(stock.variant_id.in_(variant_ids))
    rows = await work.rows(promises.where(stock.warehouse_id == partner.warehouse_id))
    promised = {row.variant_id: row.claimed for row in rows}
    places = [*_places(partner), inventory.IN_TRANSIT]
    since = select(moved.variant_id, moved.warehouse_id).where(
        moved.warehouse_id.in_(places), moved.posted_at > asked_at, moved.variant_id.in_(variant_ids)
    )
    movements = {(row.variant_id, row.warehouse_id) for row in await work.rows(since.distinct())}
    waiting = select(ExchangeReport.id).where(
        ExchangeReport.partner_id == partner.id, ExchangeReport.status.in_(UNSETTLED)
    )
    pending, announced = await _open_papers(work, partner, variant_ids)
    return Known(
        pending=pending,
        announced=announced,
        promised=promised,
        moved=frozenset(variant for variant, place in movements if place != inventory.IN_TRANSIT),
        travelled=frozenset(variant for variant, place in movements if place == inventory.IN_TRANSIT),
        reports_wait=bool(await work.rows(waiting.limit(1))),
        has_damaged_place=partner.defective_warehouse_id is not None,
    )


async def _open_papers(
    work: Work, partner: PartnerWarehouse, variant_ids: Sequence[UUID]
) -> tuple[dict[UUID, Quantity], dict[UUID, Quantity]]:
    """Say what open papers will still bring or take, and what of it suppliers bring."""
    paper, line = ExchangePaper, ExchangePaperLine
    rest = func.greatest(line.planned - line.confirmed, literal(0), type_=line.planned.type)
    signed = case((paper.kind.in_(BRING), rest), else_=-rest)
    bought = case(((paper.kind == PaperKind.ENTRY) & (paper.type != PaperType.TRANSFER_ENTRY), rest), else_=literal(0))
    owed = select(
        line.variant_id,
        func.sum(signed, type_=line.planned.type).label("rest"),
        func.sum(bought, type_=line.planned.type).label("bought"),
    ).join(paper)
    owed = owed.where(paper.partner_id == partner.id, paper.status.not_in(OVER), line.variant_id.in_(variant_ids))
    rows = await work.rows(owed.group_by(line.variant_id))
    return {row.variant_id: row.rest for row in rows}, {row.variant_id: row.bought for row in rows}


async def _write(
    work: Work, run: CompareRun, partner: PartnerWarehouse, judged: Sequence[Judged], skus: dict[UUID, str]
) -> None:
    places = {GoodsType.GOOD: partner.warehouse_id, GoodsType.DEFECTIVE: partner.defective_warehouse_id}
    rows = [
        {
            "id": identifier(),
            "run_id": run.id,
            "warehouse_id": run.warehouse_id,
            "place_id": places.get(each.key[1]),
            "variant_id": each.key[0],
            "item_code": skus[each.key[0]],
            "goods_type": each.key[1],
            "lot_code": each.key[2],
            "ours": each.ours,
            "theirs": each.theirs,
            "pending": each.pending,
            "promised": each.promised,
            "cause": each.cause,
            "right": each.right,
        }
        for each in judged
    ]
    if rows:
        await work.execute(insert(StockDifference), rows)


async def _tell(work: Work, run: CompareRun, judged: Sequence[Judged], compared: Sequence[UUID]) -> None:
    """Let those who watch stock know what waits for nothing; what settles itself is no alarm."""
    differences = [
        inventory.Difference(
            variant_id=each.key[0],
            ours=each.ours,
            theirs=each.theirs,
            part=" ".join(word for word in (each.key[2], WORDS.get(each.key[1])) if word) or None,
        )
        for each in judged
        if each.right is not WhoIsRight.WAIT
    ]
    await inventory.watch_wms(work, run.warehouse_id, differences, compared)


@action
async def accept_stock_difference(work: Work, difference_id: StockDifferenceId) -> StockDifference:
    """Let our book say what a partner counted: the difference is posted as found or lost, for this one line."""
    difference = await _difference(work, difference_id)
    if difference.accepted_at is not None:
        raise WrongState(what="difference", which=difference.item_code, state="accepted", needed="an open one")
    if difference.right is WhoIsRight.WAIT:
        raise DifferenceSettlesItself(item=difference.item_code, cause=difference.cause.value).at("input", "id")
    if difference.goods_type is GoodsType.UNDER_WAY:
        raise UnderWay(item=difference.item_code).at("input", "id")
    if difference.place_id is None or difference.cause is DifferenceCause.NO_PLACE:
        raise NoPlaceForDamaged(partner=difference.item_code, goods_type=difference.goods_type.value).at("input", "id")
    now = await _book_now(work, difference)
    if now != difference.ours:
        raise BookMovedOn(item=difference.item_code, then=difference.ours, now=now).at("input", "id")
    document = await _post(work, difference, difference.place_id)
    difference.accepted_by, difference.accepted_at = work.actor.name, work.now
    difference.document_id = document.id
    return difference


async def _post(work: Work, difference: StockDifference, place: WarehouseId) -> inventory.StockDocument:
    more, code = difference.theirs > difference.ours, difference.lot_code
    lots = await known_lots(work, [(difference.variant_id, code)])
    costs = await costs_of(work, difference.warehouse_id, [difference.variant_id])
    line = inventory.Line(
        variant_id=difference.variant_id,
        quantity=difference.theirs - difference.ours if more else difference.ours - difference.theirs,
        unit_cost=costs.get(difference.variant_id) if more and place != difference.warehouse_id else None,
        lot_code=code if more else None,
        lot_id=None if more or code is None else lots.get((difference.variant_id, code)),
    )
    kind = MovementKind.ADJUSTMENT_IN if more else MovementKind.ADJUSTMENT_OUT
    document = inventory.new_document(work, kind, place, f"外仓对账 {difference.item_code} {code or ''}".strip())
    return await inventory.post_at_once(work, document, [line])


async def _book_now(work: Work, difference: StockDifference) -> Quantity:
    """Say what our book holds now of what was compared: of the lot, or of all of them where the partner told none."""
    balance, lot = inventory.StockBalance, inventory.Lot
    found = (
        select(func.sum(balance.on_hand))
        .join(lot, lot.id == balance.lot_id, isouter=True)
        .where(balance.warehouse_id == difference.place_id, balance.variant_id == difference.variant_id)
    )
    if difference.lot_code is not None:
        found = found.where(lot.code == difference.lot_code)
    there: Quantity | None = await work.session.scalar(found)
    return there or NOTHING


async def _difference(work: Work, difference_id: StockDifferenceId) -> StockDifference:
    statement = select(StockDifference).where(StockDifference.id == difference_id)
    statement = visible(statement, work.actor, warehouse=StockDifference.warehouse_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    difference: StockDifference | None = (await work.session.scalars(locked)).one_or_none()
    if difference is None:
        raise NotFound(what="difference", which=str(difference_id)).at("input", "id")
    return difference
