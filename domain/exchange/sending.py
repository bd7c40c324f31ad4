"""What a partner must be told now (外仓发送): decided from the paper as it stands: a late or repeated task is safe."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import channels, orders
from domain.alerts import AlertKind
from domain.exchange import alarms
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
from domain.exchange.withdrawing import end_paper, refuse_paper
from domain.exchange.words import PaperGoods, PaperToSend, Person
from domain.kernel import Work, routine


class Telling(StrEnum):
    """What is to be done at the partner; `RECALL` is told once more before it is cancelled, for its fate is unknown."""

    SEND = "SEND"
    RECALL = "RECALL"
    CANCEL = "CANCEL"


@dataclass(frozen=True, kw_only=True)
class PaperTask:
    """One paper, what its partner must be told of it, and the partner's row with its credentials."""

    telling: Telling
    paper: PaperToSend
    partner: Any

    @property
    def paused(self) -> bool:
        return self.partner.status is PartnerStatus.PAUSED


async def paper_task(work: Work, paper_id: ExchangePaperId | UUID) -> PaperTask | None:
    """Say what a partner must be told of a paper now, and note that it is being told; None when it is nothing."""
    paper = await _locked(work, paper_id)
    if paper.status is PaperStatus.CANCELLING and paper.tried_at is None:
        await end_paper(work, paper, PaperStatus.CANCELLED)
        return None
    if paper.status not in (PaperStatus.PENDING, PaperStatus.CANCELLING):
        return None
    partner = (await work.rows(select(*PARTNER).where(PartnerWarehouse.id == paper.partner_id)))[0]
    if partner.status is PartnerStatus.OPEN and paper.tried_at is None:
        paper.tried_at = work.now
    telling = Telling.SEND
    if paper.status is PaperStatus.CANCELLING:
        telling = Telling.RECALL if paper.sent_at is None else Telling.CANCEL
    return PaperTask(telling=telling, paper=await _to_send(work, paper), partner=partner)


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
    more = await _buyer(work, paper) if paper.source is PaperSource.ORDER else {}
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
    receiver = Person(
        name=order.receiver_name or "",
        phone=order.receiver_phone or "",
        province=order.province or "",
        city=order.city or "",
        district=order.district or "",
        detail=f"{order.town or ''}{order.address_detail or ''}",
    )
    return {"shop_name": channel.name, "platform": channel.platform.value, "receiver": receiver}


@routine
async def note_paper_sent(work: Work, paper_id: ExchangePaperId | UUID, their_number: str) -> None:
    """Note that a partner took a paper; a confirmation may have come before this answer."""
    paper = await _locked(work, paper_id)
    paper.their_number = their_number[:TEXT_LENGTH_MAX] or paper.their_number
    paper.sent_at = paper.sent_at or work.now
    if paper.status is PaperStatus.PENDING:
        paper.status, paper.problem = PaperStatus.SENT, None
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
async def note_paper_kept(work: Work, paper_id: ExchangePaperId | UUID, problem: str) -> None:
    """Note that it was too late to cancel: the partner will do the paper all the same, and a person must look."""
    paper = await _locked(work, paper_id)
    if paper.status is not PaperStatus.CANCELLING:
        return
    line = ExchangePaperLine
    begun = await work.rows(select(line.position).where(line.paper_id == paper.id, line.confirmed > NOTHING).limit(1))
    paper.status = PaperStatus.PARTLY_DONE if begun else PaperStatus.SENT
    paper.problem, paper.version = problem[:TEXT_LENGTH_MAX], paper.version + 1
    await alarms.warn_of_paper(work, paper, AlertKind.WAREHOUSE_TROUBLE, problem)


async def _locked(work: Work, paper_id: ExchangePaperId | UUID) -> ExchangePaper:
    return await work.session.get_one(ExchangePaper, paper_id, with_for_update=True, populate_existing=True)
