"""Writing the sales of a day (销售日报): by the clock once the day has ended, what comes late in a feed of its own.

Each parcel, each line that was paid back and each return stands in exactly one feed of an ERP; the key of the sources
says so. What was told as returned of a line once, because it was paid back or because it came back, is not told again.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from domain import inventory
from domain.erp.events import SalesFeedOwed
from domain.erp.feed_statements import TAKE_BACK, TAKE_PARCELS, TOTALS, UNFED, WRITE_LINES
from domain.erp.models import ErpStatus, PartnerErp, SalesFeed, SalesFeedLine
from domain.kernel import Money, Quantity, Work, routine

LOOKBACK = timedelta(days=62)
"""How long after it was shipped a parcel, or that it was paid back, may still become known."""
FEEDS_AT_ONCE = 100
NOTHING, NO_MONEY = Quantity(0), Money(0)


@routine
async def write_sales_feeds(work: Work) -> int:
    """Write what was sold, paid back or came back until the last day ended and stands in no feed yet, for each ERP."""
    written = 0
    partners = select(PartnerErp).order_by(PartnerErp.id).with_for_update(skip_locked=True)
    for partner in await work.session.scalars(partners.execution_options(populate_existing=True)):
        written += await _write(work, partner)
    return written


async def _write(work: Work, partner: PartnerErp) -> int:
    until = inventory.today(work.now)
    begins = max(partner.sales_from, (partner.sales_until or partner.sales_from) - LOOKBACK)
    if begins >= until:
        return 0
    span = {
        "partner_id": partner.id,
        "begins": _midnight(begins),
        "sold_from": _midnight(partner.sales_from),
        "ends": _midnight(until),
        "last_day": until - timedelta(days=1),
    }
    groups = await work.rows(UNFED, span)
    for group in groups[:FEEDS_AT_ONCE]:
        await _feed(work, partner, group, span)
    if len(groups) <= FEEDS_AT_ONCE:
        partner.sales_until, partner.fed_at = until, work.now
    return min(len(groups), FEEDS_AT_ONCE)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), inventory.CHINA)


async def _feed(work: Work, partner: PartnerErp, group: Any, span: dict[str, Any]) -> None:
    feed = _begun(work, partner, group, await _sequence(work, partner, group))
    work.session.add(feed)
    await work.session.flush()
    wanted = span | {"feed_id": feed.id, "channel_id": group.channel_id, "currency": group.currency}
    last_day = wanted.pop("last_day")
    await work.execute(TAKE_PARCELS, wanted | {"day": group.day})
    if group.day == last_day:
        for take in TAKE_BACK:
            await work.execute(take, wanted)
    await work.execute(WRITE_LINES, {"feed_id": feed.id})
    totals = (await work.rows(TOTALS, {"feed_id": feed.id}))[0]
    for name, value in totals._asdict().items():
        setattr(feed, name, type(getattr(feed, name))(value))
    feed.content_hash = content_hash(feed, await lines_of_feed(work, feed))
    if partner.status is ErpStatus.OPEN:
        work.record(SalesFeedOwed(feed_id=feed.id))


def _begun(work: Work, partner: PartnerErp, group: Any, sequence: int) -> SalesFeed:
    return SalesFeed(
        partner_id=partner.id,
        day=group.day,
        channel_id=group.channel_id,
        sequence=sequence,
        currency=group.currency,
        content_hash="",
        sold_quantity=NOTHING,
        goods_amount=NO_MONEY,
        discount_amount=NO_MONEY,
        freight_amount=NO_MONEY,
        cost_amount=NO_MONEY,
        returned_quantity=NOTHING,
        returned_amount=NO_MONEY,
        returned_cost=NO_MONEY,
        written_at=work.now,
    )


async def _sequence(work: Work, partner: PartnerErp, group: Any) -> int:
    """Say the next number of a day and channel, from 1; the ERP's row is locked, so that nobody else numbers them."""
    feed = SalesFeed
    same = (feed.partner_id == partner.id, feed.day == group.day, feed.channel_id == group.channel_id)
    return int((await work.rows(select(func.coalesce(func.max(feed.sequence), 0)).where(*same)))[0][0]) + 1


async def lines_of_feed(work: Work, feed: SalesFeed) -> Sequence[Any]:
    line = SalesFeedLine
    wanted = select(*line.__table__.columns).where(line.feed_id == feed.id).order_by(line.position)
    return await work.rows(wanted)


def content_hash(feed: SalesFeed, lines: Sequence[Any]) -> str:
    """Hash what a feed says, costs aside: who holds it can tell whether it is the same."""
    head = f"{feed.day}|{feed.sequence}|{feed.currency}|{feed.freight_amount}"
    told = [f"{each.kind.value}|{each.sku}|{each.quantity}|{each.amount}|{each.discount}" for each in lines]
    return hashlib.sha256("\n".join([head, *told]).encode()).hexdigest()
