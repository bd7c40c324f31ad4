"""Telling the sales of a day (销售日报发送): under our number, until the ERP acknowledges it by one of its own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from domain import alerts, channels
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.erp.events import SalesFeedOwed
from domain.erp.feeds import lines_of_feed
from domain.erp.models import ErpStatus, PartnerErp, SalesFeed, SalesFeedId, SalesFeedStatus
from domain.erp.words import FedLine, FeedToSend
from domain.kernel import Lifecycle, NotFound, Work, action, routine, visible

PROBLEM_LENGTH_MAX = 500
OWED_AT_ONCE = 100
SILENCE = timedelta(minutes=10)
F = SalesFeedStatus
FEEDS = Lifecycle[SalesFeedStatus](
    "sales feed",
    {
        F.PENDING: {F.SENT, F.ACKNOWLEDGED, F.REFUSED},
        F.SENT: {F.PENDING, F.SENT, F.ACKNOWLEDGED, F.REFUSED},
        F.REFUSED: {F.PENDING},
        F.ACKNOWLEDGED: {F.PENDING},
    },
)


@dataclass(frozen=True, kw_only=True)
class FeedTask:
    """One feed to be told, and the ERP's row with its credentials."""

    partner: Any
    feed: FeedToSend


async def feed_to_send(work: Work, feed_id: SalesFeedId | UUID) -> FeedTask | None:
    """Note that a feed is being told, and say what; None when it was acknowledged or the ERP is paused.

    Once it is noted its fate is unknown until the ERP answers: after a crash it is told again, under its number.
    """
    feed = await work.session.get_one(SalesFeed, feed_id, with_for_update=True, populate_existing=True)
    partner = (await work.rows(select(*PartnerErp.__table__.columns).where(PartnerErp.id == feed.partner_id)))[0]
    if feed.status not in (F.PENDING, F.SENT) or partner.status is not ErpStatus.OPEN:
        return None
    feed.status, feed.sent_at, feed.attempts = F.SENT, work.now, feed.attempts + 1
    channel = (await work.rows(select(channels.Channel.code).where(channels.Channel.id == feed.channel_id)))[0]
    return FeedTask(partner=partner, feed=await _told(work, feed, channel.code, told_cost=partner.told_cost))


async def _told(work: Work, feed: SalesFeed, channel: str, *, told_cost: bool) -> FeedToSend:
    lines = [
        FedLine(
            kind=each.kind,
            sku=each.sku,
            quantity=each.quantity,
            amount=each.amount,
            discount=each.discount,
            cost=each.cost_amount if told_cost else None,
        )
        for each in await lines_of_feed(work, feed)
    ]
    return FeedToSend(
        number=feed.number,
        day=feed.day,
        channel=channel,
        sequence=feed.sequence,
        currency=feed.currency,
        content_hash=feed.content_hash,
        goods_amount=feed.goods_amount,
        discount_amount=feed.discount_amount,
        freight_amount=feed.freight_amount,
        returned_amount=feed.returned_amount,
        lines=tuple(lines),
    )


@routine
async def note_feed_acknowledged(work: Work, feed_id: SalesFeedId | UUID, their_number: str) -> None:
    """Note that an ERP has the sales of a day, under a number of its own."""
    feed = await _locked(work, feed_id)
    if FEEDS.allows(feed.status, F.ACKNOWLEDGED):
        feed.status, feed.their_number, feed.problem = F.ACKNOWLEDGED, their_number, None
        feed.acknowledged_at, feed.version = work.now, feed.version + 1
        await _resolve(work, feed)


@routine
async def note_feed_refused(work: Work, feed_id: SalesFeedId | UUID, problem: str) -> None:
    """Note that an ERP refused the sales of a day: a person must look."""
    feed = await _locked(work, feed_id)
    if FEEDS.allows(feed.status, F.REFUSED):
        feed.status, feed.problem, feed.version = F.REFUSED, problem[:PROBLEM_LENGTH_MAX], feed.version + 1
        await _warn(work, feed)


async def _warn(work: Work, feed: SalesFeed) -> None:
    alert = NewAlert(
        subject=AlertSubject.CHANNEL,
        subject_id=feed.channel_id,
        place_id=feed.id,
        kind=AlertKind.SALES_FEED_REFUSED,
        level=AlertLevel.SEVERE,
        channel_id=feed.channel_id,
        message=f"The ERP refused {feed.number}, the sales of {feed.day}: {feed.problem}",
        message_chinese=f"ERP 拒收 {feed.day} 销售日报 {feed.number}：{feed.problem}",
        evidence={"feed": feed.number, "day": str(feed.day), "problem": feed.problem},
    )
    await alerts.open_alerts(work, [alert])


async def _resolve(work: Work, feed: SalesFeed) -> None:
    await alerts.resolve_alerts_of_place(work, feed.channel_id, feed.id, [AlertKind.SALES_FEED_REFUSED])


@action
async def resend_sales_feed(work: Work, feed_id: SalesFeedId) -> SalesFeed:
    """Tell an ERP the sales of a day again, under the same number: what it has already it does not take twice."""
    statement = visible(select(SalesFeed).where(SalesFeed.id == feed_id), work.actor, channel=SalesFeed.channel_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    feed: SalesFeed | None = (await work.session.scalars(locked)).one_or_none()
    if feed is None:
        raise NotFound(what="sales feed", which=str(feed_id)).at("input", "id")
    if feed.status is not F.PENDING:
        FEEDS.check(feed.number, feed.status, F.PENDING)
        feed.status, feed.problem, feed.version = F.PENDING, None, feed.version + 1
        await _resolve(work, feed)
    work.record(SalesFeedOwed(feed_id=feed.id))
    return feed


async def owe_sales_feeds(work: Work) -> None:
    """Find feeds that no fact announces any more: after a pause, a lost task, a long silence of the ERP."""
    feed = SalesFeed
    owed = select(feed.id).join(PartnerErp, PartnerErp.id == feed.partner_id)
    owed = owed.where(PartnerErp.status == ErpStatus.OPEN, feed.status.in_((F.PENDING, F.SENT)))
    long_ago = work.now - SILENCE
    quiet = or_(feed.sent_at.is_(None) & (feed.written_at < long_ago), feed.sent_at < long_ago)
    rows = await work.rows(owed.where(quiet).order_by(feed.id).limit(OWED_AT_ONCE))
    work.record(*(SalesFeedOwed(feed_id=row.id) for row in rows))


async def _locked(work: Work, feed_id: SalesFeedId | UUID) -> SalesFeed:
    return await work.session.get_one(SalesFeed, feed_id, with_for_update=True, populate_existing=True)
