"""Following orders (外仓跟单): what becomes of an order after its partner was asked to ship it.

One that must wait is paused there (挂起) and resumed when nothing is in its way any more; one whose goods or receiver
are others by now is taken back and asked for anew.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain import orders
from domain.exchange.events import PaperOwed
from domain.exchange.lifecycle import OVER
from domain.exchange.models import ExchangePaper, ExchangePaperLine
from domain.exchange.papers import CANCELLED, CANCELLING, deliver, to_deliver
from domain.exchange.withdrawing import withdraw
from domain.exchange.words import PaperKind, Person
from domain.kernel import Work


async def follow_order(work: Work, fact: orders.OrderHoldsChanged | orders.OrderEdited) -> None:
    """Pause, resume or take back the paper of an order as the order now stands; one without a paper gets it."""
    if not await _follow(work, [fact.order_id]) and isinstance(fact, orders.OrderHoldsChanged):
        await _deliver_freed(work, fact.order_id)


async def follow_revised(work: Work, fact: orders.OrderRevised) -> None:
    """Pause, resume or take back the papers of orders that changed on their platform."""
    await _follow(work, fact.order_ids)


async def _follow(work: Work, order_ids: Sequence[UUID]) -> bool:
    """Let the live papers of orders follow; says whether there is any.

    Papers are locked before their orders, as a report does that ships.
    """
    paper, order = ExchangePaper, orders.Order
    live = select(paper).where(
        paper.source_id.in_(order_ids), paper.kind == PaperKind.DELIVERY, paper.status.not_in(OVER)
    )
    locked = live.order_by(paper.id).with_for_update().execution_options(populate_existing=True)
    papers = list(await work.session.scalars(locked))
    if papers:
        asked = select(order).where(order.id.in_({each.source_id for each in papers})).order_by(order.id)
        found = await work.session.scalars(asked.with_for_update().execution_options(populate_existing=True))
        by_id: dict[UUID, orders.Order] = {each.id: each for each in found}
        blocked = await orders.blocked_among(work, list(by_id))
        for each in papers:
            await _follow_one(work, each, by_id[each.source_id], waits=each.source_id in blocked)
    return bool(papers)


async def _follow_one(work: Work, paper: ExchangePaper, order: orders.Order, *, waits: bool) -> None:
    if paper.status is CANCELLING:
        return
    if not await _still_asked(work, order, paper):
        await withdraw(work, paper)
    elif paper.pause_wanted is not waits:
        paper.pause_wanted, paper.version = waits, paper.version + 1
        work.record(PaperOwed(paper_id=paper.id))


async def _still_asked(work: Work, order: orders.Order, paper: ExchangePaper) -> bool:
    """Whether the partner would be asked the same today: there, for these goods, to this receiver."""
    if order.status not in orders.TO_SHIP or order.warehouse_id != paper.warehouse_id:
        return False
    if paper.receiver_hash not in (None, receiver_hash(receiver_of(order))):
        return False
    line = ExchangePaperLine
    rows = await work.rows(select(line.source_line_id, line.planned, line.confirmed).where(line.paper_id == paper.id))
    told = {row.source_line_id: row.planned - row.confirmed for row in rows if row.planned > row.confirmed}
    wanted = {each.source_line_id: each.quantity for each in await to_deliver(work, order.id)}
    return told == wanted or not told


async def _deliver_freed(work: Work, order_id: UUID) -> None:
    """Ask for an order anew whose paper was taken back while it had to wait; what was done in part is for a person."""
    paper = ExchangePaper
    newest = select(paper.status).where(paper.source_id == order_id, paper.kind == PaperKind.DELIVERY)
    rows = await work.rows(newest.order_by(paper.id.desc()).limit(1))
    if not rows or rows[0].status is CANCELLED:
        await deliver(work, order_id)


def receiver_of(order: orders.Order) -> Person:
    """Say who gets an order."""
    return Person(
        name=order.receiver_name or "",
        phone=order.receiver_phone or "",
        province=order.province or "",
        city=order.city or "",
        district=order.district or "",
        detail=f"{order.town or ''}{order.address_detail or ''}",
    )


def receiver_hash(person: Person) -> str:
    """Say whom a partner was told as the receiver, without keeping it a second time."""
    words = (person.name, person.phone, person.province, person.city, person.district, person.detail)
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()
