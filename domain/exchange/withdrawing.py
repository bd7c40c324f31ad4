"""Taking papers back (外仓撤回): what is not wanted any more, what is told again, and how a paper ends."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain import inventory, orders, transfers
from domain.alerts import AlertKind
from domain.exchange import alarms
from domain.exchange.events import PaperOwed
from domain.exchange.held_goods import free_held, hold_for
from domain.exchange.lifecycle import OVER, PAPERS
from domain.exchange.models import ExchangePaper, ExchangePaperId, ExchangePaperLine, PaperSource, PaperStatus
from domain.exchange.papers import CANCELLED, CANCELLING, NOTHING, REASON_LENGTH_MAX, REFUSED, deliver
from domain.exchange.partners import TEXT_LENGTH_MAX
from domain.exchange.transfer_papers import announce_coming
from domain.exchange.words import PaperKind
from domain.kernel import NotFound, Work, action, short_text, visible


async def follow_allocated(work: Work, fact: orders.OrderAllocated) -> None:
    """Ask the partner of another warehouse not to ship an order, and the one that now has it to ship."""
    paper = ExchangePaper
    found = select(paper).where(paper.source_id == fact.order_id, paper.status.not_in((*OVER, CANCELLING)))
    locked = found.order_by(paper.id).with_for_update().execution_options(populate_existing=True)
    papers = list(await work.session.scalars(locked))
    order = await work.session.get_one(orders.Order, fact.order_id, with_for_update=True, populate_existing=True)
    for each in papers:
        if each.warehouse_id != order.warehouse_id:
            await withdraw(work, each)
    await work.session.flush()
    await deliver(work, order.id)


async def withdraw_delivery(work: Work, fact: orders.OrderSentBack | orders.OrderCancelled) -> None:
    """Ask the partner not to ship an order that was sent back or cancelled."""
    await _withdraw_of_orders(work, [fact.order_id])


async def _withdraw_of_orders(work: Work, order_ids: Sequence[UUID]) -> None:
    paper = ExchangePaper
    found = select(paper).where(paper.source_id.in_(order_ids), paper.status.not_in(OVER)).order_by(paper.id)
    for each in await work.session.scalars(found.with_for_update().execution_options(populate_existing=True)):
        if each.status is not CANCELLING:
            await withdraw(work, each)


@action
async def withdraw_exchange_paper(work: Work, paper_id: ExchangePaperId, reason: str) -> ExchangePaper:
    """Ask a partner not to do what it was asked; what it has done already stays done."""
    paper = await paper_for_change(work, paper_id)
    PAPERS.check(paper.number, paper.status, CANCELLED if paper.status is REFUSED else CANCELLING)
    paper.problem = short_text(reason, "reason", REASON_LENGTH_MAX)
    await withdraw(work, paper)
    return paper


async def withdraw(work: Work, paper: ExchangePaper) -> None:
    """Begin to take a paper back; one that was refused is over at once."""
    if paper.status is REFUSED:
        await end_paper(work, paper, CANCELLED)
        return
    paper.status, paper.version = CANCELLING, paper.version + 1
    work.record(PaperOwed(paper_id=paper.id))


@action
async def resend_exchange_paper(work: Work, paper_id: ExchangePaperId) -> ExchangePaper:
    """Tell a partner again what it refused, after the cause is gone."""
    paper = await paper_for_change(work, paper_id)
    PAPERS.check(paper.number, paper.status, PaperStatus.PENDING)
    paper.status, paper.problem, paper.version = PaperStatus.PENDING, None, paper.version + 1
    await alarms.settle_paper(work, paper, AlertKind.PAPER_REFUSED)
    await hold_again(work, paper)
    work.record(PaperOwed(paper_id=paper.id))
    return paper


async def hold_again(work: Work, paper: ExchangePaper) -> None:
    """Hold the goods of a refused paper that is told again, or refuse since they were sold meanwhile."""
    try:
        await hold_for(work, paper)
    except inventory.StockShort as short:
        raise short.at("input", "id") from None


async def refuse_paper(work: Work, paper: ExchangePaper, problem: str) -> None:
    """Note that a partner will not do a paper: a person looks, and what it was to let out may be sold again."""
    paper.status, paper.problem, paper.version = REFUSED, problem[:TEXT_LENGTH_MAX], paper.version + 1
    await free_held(work, paper)
    await alarms.warn_of_paper(work, paper, AlertKind.PAPER_REFUSED, problem)


async def end_paper(work: Work, paper: ExchangePaper, status: PaperStatus) -> None:
    """Note that nothing more is expected of a partner; a stock document it carried out is done, or ours again."""
    paper.status, paper.version, paper.closed_at = status, paper.version + 1, work.now
    await alarms.settle_paper(work, paper, AlertKind.PAPER_REFUSED, AlertKind.WAREHOUSE_TROUBLE)
    if paper.source is PaperSource.STOCK_DOCUMENT:
        line = ExchangePaperLine
        done = select(line.position).where(line.paper_id == paper.id, line.confirmed > NOTHING).limit(1)
        carried_out = status is PaperStatus.DONE or bool(await work.rows(done))
        document_id = inventory.StockDocumentId(paper.source_id)
        await free_held(work, paper)
        await inventory.take_over(work, document_id, carried_out=carried_out)
    if paper.source is PaperSource.TRANSFER and paper.kind is PaperKind.ENTRY and status is PaperStatus.DONE:
        await work.session.flush()
        await announce_coming(work, await work.session.get_one(transfers.StockTransfer, paper.source_id))
    if paper.source is PaperSource.ORDER and status is CANCELLED:
        await work.session.flush()
        await deliver(work, paper.source_id)


async def paper_for_change(work: Work, paper_id: ExchangePaperId | UUID) -> ExchangePaper:
    """Load a paper of the actor's scope, locked, or refuse."""
    statement = visible(
        select(ExchangePaper).where(ExchangePaper.id == paper_id), work.actor, warehouse=ExchangePaper.warehouse_id
    )
    locked = statement.with_for_update().execution_options(populate_existing=True)
    paper: ExchangePaper | None = (await work.session.scalars(locked)).one_or_none()
    if paper is None:
        raise NotFound(what="paper", which=str(paper_id)).at("input", "id")
    return paper
