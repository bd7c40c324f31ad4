"""Readers of the exchange with the ERP (ERP 对接查询): connections, progress, changes, feeds; within the scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.erp.models import (
    ErpChange,
    ErpChangeStatus,
    ErpStream,
    PartnerErp,
    SalesFeed,
    SalesFeedLine,
    SalesFeedStatus,
)
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible

PARTNERS_MAX = 100
OPEN = tuple(each.name for each in PartnerErp.__table__.columns if each.name != "sealed_credentials")
PARTNERS = constant(select(*(PartnerErp.__table__.columns[name] for name in OPEN)))
STREAMS = constant(select(*ErpStream.__table__.columns))
CHANGES = constant(select(*ErpChange.__table__.columns))
FEEDS = constant(select(*SalesFeed.__table__.columns))

partner_erps_by_id = Reading(PARTNERS, PartnerErp.id)
erp_streams_by_id = Reading(STREAMS, ErpStream.id)
streams_of_erps = Reading(
    select(*ErpStream.__table__.columns).order_by(ErpStream.partner_id, ErpStream.kind),
    ErpStream.partner_id,
    many=True,
)
erp_changes_by_id = Reading(CHANGES, ErpChange.id, warehouse=ErpChange.warehouse_id)
sales_feeds_by_id = Reading(FEEDS, SalesFeed.id, channel=SalesFeed.channel_id)
lines_of_feeds = Reading(
    select(*SalesFeedLine.__table__.columns, SalesFeed.currency)
    .join(SalesFeed, SalesFeed.id == SalesFeedLine.feed_id)
    .order_by(SalesFeedLine.feed_id, SalesFeedLine.position),
    SalesFeedLine.feed_id,
    many=True,
    channel=SalesFeed.channel_id,
)


async def partner_erps(read: Read) -> list[Any]:
    """Read all ERPs, by code; there are few."""
    return await read.rows(PARTNERS.order_by(PartnerErp.code).limit(PARTNERS_MAX))


@dataclass(frozen=True, kw_only=True)
class ErpChangeFilter:
    """Which changes; what is None does not matter."""

    statuses: Sequence[ErpChangeStatus] | None = None
    change_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SalesFeedFilter:
    """Which feeds; what is None does not matter."""

    statuses: Sequence[SalesFeedStatus] | None = None
    channels: Sequence[UUID] | None = None
    from_day: date | None = None
    until_day: date | None = None


CHANGES_NEWEST_FIRST = Ordering(
    name="erp.changes",
    columns=(ErpChange.received_at, ErpChange.id),
    keys=("received_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)
FEEDS_NEWEST_FIRST = Ordering(
    name="erp.feeds",
    columns=(SalesFeed.day, SalesFeed.id),
    keys=("day", "id"),
    parsers=(date.fromisoformat, UUID),
    descending=True,
)


async def erp_changes(read: Read, where: ErpChangeFilter, request: PageRequest) -> Page:
    """Read one page of changes, the last received first."""
    statement = visible(CHANGES, read.actor, warehouse=ErpChange.warehouse_id)
    if where.statuses is not None:
        statement = statement.where(ErpChange.status.in_(where.statuses))
    if where.change_id is not None:
        statement = statement.where(ErpChange.change_id == where.change_id)
    return await page(read, statement, CHANGES_NEWEST_FIRST, request)


async def sales_feeds(read: Read, where: SalesFeedFilter, request: PageRequest) -> Page:
    """Read one page of feeds, the last day first."""
    feed = SalesFeed
    statement = visible(FEEDS, read.actor, channel=feed.channel_id)
    among = ((feed.status, where.statuses), (feed.channel_id, where.channels))
    statement = statement.where(*(column.in_(values) for column, values in among if values is not None))
    if where.from_day is not None:
        statement = statement.where(feed.day >= where.from_day)
    if where.until_day is not None:
        statement = statement.where(feed.day <= where.until_day)
    return await page(read, statement, FEEDS_NEWEST_FIRST, request)
