"""What a partner must be told now (外仓发送): decided from the paper as it stands: a late or repeated task is safe."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import channels, fulfilment, orders
from domain.alerts import AlertKind
from domain.exchange import alarms
from domain.exchange.articles import articles_to_tell
from domain.exchange.events import PaperOwed
from domain.exchange.following import receiver_hash, receiver_of
from domain.exchange.models import (
    ExchangePaper,
    ExchangePaperId,
    ExchangePaperLine,
    PaperSource,
    PaperStatus,
    PartnerStatus,
    PartnerWarehouse,
)
from domain.exchange.papers import NOTHING
from domain.exchange.partners import TEXT_LENGTH_MAX
from domain.exchange.withdrawing import end_paper, refuse_paper, withdraw
from domain.exchange.words import ArticleToSend, PaperGoods, PaperKind, PaperToSend
from domain.kernel import Work, routine


class Telling(StrEnum):
    """What is to be done at the partner; `RECALL` is told once more before it is cancelled, for its fate is unknown."""

    SEND = "SEND"
    RECALL = "RECALL"
    CANCEL = "CANCEL"
    PAUSE = "PAUSE"
    RESUME = "RESUME"


@dataclass(frozen=True, kw_only=True)
class PaperTask:
    """One paper, what its partner must be told of it, and the partner's row with its credentials."""

    telling: Telling
    paper: PaperToSend
    partner: Any
    articles: tuple[ArticleToSend, ...] = ()

    @property
    def paused(self) -> bool:
        return self.partner.status is PartnerStatus.PAUSED


async def paper_task(work: Work, paper_id: ExchangePaperId | UUID) -> PaperTask | None:
    """Say what a partner must be told of a paper now, and note that it is being told; None when it is nothing."""
    paper = await _locked(work, paper_id)
    if paper.status is PaperStatus.CANCELLING and paper.tried_at is None:
        await end_paper(work, paper, PaperStatus.CANCELLED)
        return None
    telling = _telling(paper)
    if telling is None:
        return None
    partner = (await work.rows(select(*PARTNER).where(PartnerWarehouse.id == paper.partner_id)))[0]
    told = await _to_send(work, paper)
    articles: tuple[ArticleToSend, ...] = ()
    if telling in (Telling.SEND, Telling.RECALL):
        articles = await articles_to_tell(work, partner.id, await _variants_of(work, paper))
        if partner.status is PartnerStatus.OPEN:
            paper.tried_at = paper.tried_at or work.now
            paper.receiver_hash = paper.receiver_hash or (receiver_hash(told.receiver) if told.receiver else None)
    return PaperTask(telling=telling, paper=told, partner=partner, articles=articles)


async def _variants_of(work: Work, paper: ExchangePaper) -> list[UUID]:
    line = ExchangePaperLine
    found = select(line.variant_id).where(line.paper_id == paper.id).distinct()
    return [row.variant_id for row in await work.rows(found)]


def _telling(paper: ExchangePaper) -> Telling | None:
    """Say what is to be done: what must wait and was never told is not told yet."""
    if paper.status is PaperStatus.CANCELLING:
        return Telling.RECALL if paper.sent_at is None else Telling.CANCEL
    if paper.status is PaperStatus.PENDING:
        return None if paper.pause_wanted and paper.tried_at is None else Telling.SEND
    waits = paper.paused_at is not None
    if paper.status not in (PaperStatus.SENT, PaperStatus.PARTLY_DONE) or paper.pause_wanted is waits:
        return None
    return Telling.PAUSE if paper.pause_wanted else Telling.RESUME


PARTNER = tuple(PartnerWarehouse.__table__.columns)


async def _to_send(work: Work, paper: ExchangePaper) -> PaperToSend:
    line = ExchangePaperLine
    found = select(*line.__table__.columns).where(line.paper_id == paper.id).order_by(line.position)
    goods = [
        PaperGoods(
            line_number=row.position,
            item_code=row.item_code,
            title=row.title,
            quantity=row.planned,
            price=row.price,
            lot_code=row.lot_code,
        )
        for row in await work.rows(found)
    ]
    more: dict[str, Any] = {}
    if paper.source is PaperSource.ORDER:
        more = await _buyer(work, paper)
    elif paper.source is PaperSource.PARCEL:
        more = await _returning(work, paper)
    return PaperToSend(
        paper_id=paper.id,
        number=paper.number,
        kind=paper.kind,
        type=paper.type,
        written_at=paper.written_at,
        source_number=paper.source_number,
        lines=tuple(goods),
        **more,
    )


async def _buyer(work: Work, paper: ExchangePaper) -> dict[str, Any]:
    order = await work.session.get_one(orders.Order, paper.source_id, populate_existing=True)
    channel = await channels.channel_by_id(work, order.channel_id)
    return {"shop_name": channel.name, "platform": channel.platform.value, "receiver": receiver_of(order)}


async def _returning(work: Work, paper: ExchangePaper) -> dict[str, Any]:
    """Say who sends goods back, how, and by which paper they had been shipped."""
    parcel = await work.session.get_one(fulfilment.Shipment, paper.source_id)
    order = await work.session.get_one(orders.Order, parcel.order_id, populate_existing=True)
    shipped = select(ExchangePaper.number).where(
        ExchangePaper.source_id == order.id,
        ExchangePaper.kind == PaperKind.DELIVERY,
        ExchangePaper.partner_id == paper.partner_id,
    )
    rows = await work.rows(shipped.order_by(ExchangePaper.id.desc()).limit(1))
    return {
        "sender": receiver_of(order),
        "original_number": rows[0].number if rows else paper.source_number,
        "reason": paper.reason or "",
        "carrier_code": paper.carrier_code or "",
        "waybill": paper.waybill or "",
    }


@routine
async def note_paper_sent(work: Work, paper_id: ExchangePaperId | UUID, their_number: str) -> None:
    """Note that a partner took a paper; a confirmation may have come before this answer."""
    paper = await _locked(work, paper_id)
    paper.their_number = their_number[:TEXT_LENGTH_MAX] or paper.their_number
    paper.sent_at = paper.sent_at or work.now
    if paper.status is PaperStatus.PENDING:
        paper.status, paper.problem = PaperStatus.SENT, None
    if paper.pause_wanted:
        work.record(PaperOwed(paper_id=paper.id))
    paper.version += 1
    await alarms.settle_paper(work, paper, AlertKind.PAPER_REFUSED)


@routine
async def note_paper_refused(work: Work, paper_id: ExchangePaperId | UUID, problem: str) -> None:
    """Note that a partner will not do what it was asked, so that a person looks; one not wanted any more is over."""
    paper = await _locked(work, paper_id)
    if paper.status is PaperStatus.CANCELLING and paper.sent_at is None:
        await end_paper(work, paper, PaperStatus.CANCELLED)
    elif paper.status is PaperStatus.PENDING:
        await refuse_paper(work, paper, problem)


@routine
async def note_paper_cancelled(work: Work, paper_id: ExchangePaperId | UUID) -> None:
    """Note that a partner will not do a paper any more."""
    paper = await _locked(work, paper_id)
    if paper.status is PaperStatus.CANCELLING:
        await end_paper(work, paper, PaperStatus.CANCELLED)


@routine
async def note_paper_paused(work: Work, paper_id: ExchangePaperId | UUID, *, paused: bool) -> None:
    """Note that a partner waits with a paper, or goes on with it; if that is not wanted any more, it is told so."""
    paper = await _locked(work, paper_id)
    paper.paused_at, paper.version = work.now if paused else None, paper.version + 1
    if paper.pause_wanted is not paused:
        work.record(PaperOwed(paper_id=paper.id))


@routine
async def note_pause_refused(work: Work, paper_id: ExchangePaperId | UUID, problem: str) -> None:
    """Note that a partner does not wait with a paper, or not go on: it is taken back, and asked for anew in time."""
    paper = await _locked(work, paper_id)
    if paper.status in (PaperStatus.SENT, PaperStatus.PARTLY_DONE):
        paper.problem = problem[:TEXT_LENGTH_MAX]
        await withdraw(work, paper)


@routine
async def note_paper_kept(work: Work, paper_id: ExchangePaperId | UUID, problem: str) -> None:
    """Note that it was too late to cancel: the partner will do the paper all the same, and a person must look."""
    paper = await _locked(work, paper_id)
    if paper.status is not PaperStatus.CANCELLING:
        return
    line = ExchangePaperLine
    begun = await work.rows(select(line.position).where(line.paper_id == paper.id, line.confirmed > NOTHING).limit(1))
    paper.status = PaperStatus.PARTLY_DONE if begun else PaperStatus.SENT
    paper.pause_wanted = paper.paused_at is not None
    paper.problem, paper.version = problem[:TEXT_LENGTH_MAX], paper.version + 1
    await alarms.warn_of_paper(work, paper, AlertKind.WAREHOUSE_TROUBLE, problem)


async def _locked(work: Work, paper_id: ExchangePaperId | UUID) -> ExchangePaper:
    return await work.session.get_one(ExchangePaper, paper_id, with_for_update=True, populate_existing=True)
