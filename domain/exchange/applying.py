"""Applying reports to our books (回传入账): what a partner did becomes documents and parcels, with its quantities.

Each report is applied whole or not at all, once, in whatever order they come: a part may follow the last part.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, fulfilment, inventory, partners
from domain.alerts import AlertKind
from domain.exchange import alarms, posting
from domain.exchange.held_goods import free_held, free_surplus
from domain.exchange.lifecycle import OVER, PAPERS
from domain.exchange.matching import Done, match_lines
from domain.exchange.models import (
    ExchangePaper,
    ExchangePaperLine,
    ExchangeReport,
    ExchangeReportId,
    PaperSource,
    PaperStatus,
    PartnerWarehouse,
    ReportStatus,
)
from domain.exchange.papers import REASON_LENGTH_MAX
from domain.exchange.receiving import locked_report, settle
from domain.exchange.withdrawing import end_paper, refuse_paper
from domain.exchange.words import (
    Confirmation,
    CountReport,
    IncomingReport,
    PaperKind,
    ReportedGoods,
    StepReport,
    WarehouseStep,
)
from domain.inventory import MovementKind
from domain.kernel import Quantity, Refusal, Work, routine

NOTHING = Quantity(0)
TROUBLE = frozenset(
    {
        WarehouseStep.IN_TROUBLE,
        WarehouseStep.CANCELLED,
        WarehouseStep.CLOSED,
        WarehouseStep.REFUSED_BY_BUYER,
    }
)
DELIVERIES = {
    WarehouseStep.SIGNED: fulfilment.DeliveryOutcome.SIGNED,
    WarehouseStep.REFUSED_BY_BUYER: fulfilment.DeliveryOutcome.REFUSED,
}
GIVEN_UP = frozenset({WarehouseStep.CANCELLED, WarehouseStep.CLOSED})
"""After which nothing is let out any more, whatever we think of it."""
SKUS = select(catalogue.Variant.id, catalogue.Variant.sku)


class UnknownPaper(Refusal):
    """We asked nothing under the number {paper}."""

    paper: str
    chinese = "没有单号为 {paper} 的外仓单据"


class UnknownArticle(Refusal):
    """There is no article {item}."""

    item: str
    chinese = "没有编码为 {item} 的商品"


@routine
async def apply_report(work: Work, report_id: ExchangeReportId | UUID, told: IncomingReport) -> None:
    """Let our books say what a partner reported; done before, nothing follows."""
    report = await locked_report(work, report_id)
    if report.status not in (ReportStatus.RECEIVED, ReportStatus.WAITING):
        return
    if isinstance(told, CountReport):
        await _count(work, report, told)
    else:
        paper = await _paper(work, report, told.paper_number)
        report.paper_id = paper.id
        if isinstance(told, Confirmation):
            await _confirm(work, paper, told)
        else:
            await _step(work, paper, told)
    await settle(work, report, ReportStatus.APPLIED)


async def _paper(work: Work, report: ExchangeReport, number: str) -> ExchangePaper:
    found = select(ExchangePaper).where(ExchangePaper.number == number, ExchangePaper.partner_id == report.partner_id)
    locked = found.with_for_update().execution_options(populate_existing=True)
    paper: ExchangePaper | None = (await work.session.scalars(locked)).one_or_none()
    if paper is None:
        raise UnknownPaper(paper=number[:REASON_LENGTH_MAX])
    return paper


async def _confirm(work: Work, paper: ExchangePaper, told: Confirmation) -> None:
    if told.kind is not paper.kind:
        raise UnknownPaper(paper=f"{told.kind} {paper.number}")
    partner = await work.session.get_one(PartnerWarehouse, paper.partner_id)
    line = ExchangePaperLine
    found = select(line).where(line.paper_id == paper.id).order_by(line.position).with_for_update()
    lines = list(await work.session.scalars(found.execution_options(populate_existing=True)))
    done = match_lines(paper.number, lines, told.goods)
    if paper.kind is PaperKind.DELIVERY:
        await posting.ship(work, paper, done, told.packages)
    elif done:
        await posting.post(work, paper, partner, done)
    for each in done:
        each.line.confirmed += each.quantity
    await work.session.flush()
    await free_surplus(work, paper, lines)
    # Qimen has no last report of a return: it is complete when everything came that was expected.
    complete = paper.kind is PaperKind.RETURN and all(each.confirmed >= each.planned for each in lines)
    await _come_to(work, paper, lines, done, final=told.final or complete)


async def _come_to(
    work: Work, paper: ExchangePaper, lines: Sequence[ExchangePaperLine], done: Sequence[Done], *, final: bool
) -> None:
    """Note how far a paper is; at its end, say what is different from the plan."""
    final = final or paper.status is PaperStatus.DONE
    if paper.status is not PaperStatus.DONE:
        following = PaperStatus.DONE if final else PaperStatus.PARTLY_DONE
        PAPERS.check(paper.number, paper.status, following)
        if final:
            await end_paper(work, paper, following)
        else:
            paper.status, paper.version = following, paper.version + 1
    damaged = [f"{each.line.item_code}: {each.quantity} damaged" for each in done if each.damaged]
    apart = [f"{each.item_code}: {each.planned} asked, {each.confirmed} done" for each in lines if _differs(each)]
    if final and not apart and not damaged:
        await alarms.settle_paper(work, paper, AlertKind.CONFIRMED_OTHERWISE)
        paper.problem = None
    elif found := (apart if final else []) + damaged:
        paper.problem = "; ".join(found)[:REASON_LENGTH_MAX]
        await alarms.warn_of_paper(work, paper, AlertKind.CONFIRMED_OTHERWISE, paper.problem)


def _differs(line: ExchangePaperLine) -> bool:
    return line.planned != line.confirmed


async def _step(work: Work, paper: ExchangePaper, told: StepReport) -> None:
    """Note how far the partner is, unless a later word of it is known."""
    if paper.step_at is not None and told.happened_at < paper.step_at:
        return
    paper.step, paper.step_at, paper.version = told.step, told.happened_at, paper.version + 1
    paper.step_remark = told.remark[:REASON_LENGTH_MAX] or None
    if told.step in DELIVERIES and paper.source is PaperSource.ORDER:
        outcome = DELIVERIES[told.step]
        await fulfilment.note_delivered(work, paper.source_id, paper.warehouse_id, outcome, told.happened_at)
    said = f"{told.step.value} {told.remark}".strip()
    if told.step is WarehouseStep.REJECTED and PAPERS.allows(paper.status, PaperStatus.REFUSED):
        await refuse_paper(work, paper, said)
    elif told.step is WarehouseStep.CANCELLED and paper.status is PaperStatus.CANCELLING:
        await end_paper(work, paper, PaperStatus.CANCELLED)
    elif told.step in TROUBLE and paper.status not in OVER:
        if told.step in GIVEN_UP:
            await free_held(work, paper)
        await alarms.warn_of_paper(work, paper, AlertKind.WAREHOUSE_TROUBLE, said)
    elif told.step not in TROUBLE:
        await alarms.settle_paper(work, paper, AlertKind.WAREHOUSE_TROUBLE)


async def _count(work: Work, report: ExchangeReport, told: CountReport) -> None:
    """Post what a partner found more or less, by condition; the count of who holds the goods is right."""
    partner = await work.session.get_one(PartnerWarehouse, report.partner_id)
    variants = await _variants(work, told.goods)
    lots = await posting.known_lots(work, [(variants[each.item_code], each.lot_code) for each in told.goods])
    costs = await posting.costs_of(work, partner.warehouse_id, variants.values())
    found: dict[tuple[UUID, MovementKind], list[inventory.Line]] = {}
    for each in told.goods:
        more = each.quantity > NOTHING
        kind = MovementKind.ADJUSTMENT_IN if more else MovementKind.ADJUSTMENT_OUT
        place = posting.place_of(partner, each.goods_type)
        if each.quantity != NOTHING:
            variant_id = variants[each.item_code]
            cost = costs.get(variant_id) if place != partner.warehouse_id else None
            found.setdefault((place, kind), []).append(posting.counted_line(variant_id, each, lots, cost))
    word = "盘点" if told.counted else "调整"
    for (into, kind), lines in sorted(found.items(), key=lambda each: (str(each[0][0]), each[0][1])):
        document = inventory.new_document(
            work, kind, inventory.WarehouseId(into), f"外仓{word} {told.reference}"[:REASON_LENGTH_MAX]
        )
        document.partner_id = partners.PartnerId(partner.id)
        await inventory.post_at_once(work, document, lines)


async def _variants(work: Work, goods: Sequence[ReportedGoods]) -> dict[str, UUID]:
    wanted = sorted({each.item_code for each in goods})
    rows: list[Any] = await work.rows(SKUS.where(catalogue.Variant.sku.in_(wanted)))
    known = {row.sku: row.id for row in rows}
    for item in wanted:
        if item not in known:
            raise UnknownArticle(item=item[:REASON_LENGTH_MAX])
    return known
