"""Reading channels (渠道查询): shops within the actor's scope and what they list; never their credentials."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from domain.channels.models import Channel, ChannelWarehouse, Listing, Progress
from domain.channels.shops import CHANNEL_COLUMNS
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, by_key, page, visible

LISTING_COLUMNS = (*Listing.__table__.columns, Channel.currency)
PROGRESS_COLUMNS = tuple(Progress.__table__.columns)

CHANNELS_BY_CODE = Ordering("channels.code", (Channel.code,), ("code",), (str,))
LISTINGS_BY_ID = Ordering("listings.id", (Listing.id,), ("id",), (UUID,))


def _listings() -> Select[Any]:
    statement: Select[Any] = select(*LISTING_COLUMNS).join(Channel, Channel.id == Listing.channel_id)
    return statement


channels_by_id = Reading(select(*CHANNEL_COLUMNS), Channel.id, channel=Channel.id)
listings_by_id = Reading(_listings(), Listing.id, channel=Listing.channel_id)
# Where variants are listed, on the channels in the actor's scope.
listings_of = Reading(_listings().order_by(Listing.id), Listing.variant_id, many=True, channel=Listing.channel_id)
# How far the streams of channels were read.
streams_of = Reading(select(*PROGRESS_COLUMNS).order_by(Progress.stream), Progress.channel_id, many=True)


async def channels_of_codes(read: Read, codes: Sequence[str]) -> Mapping[str, Any]:
    statement = select(*CHANNEL_COLUMNS).where(Channel.code.in_(codes))
    return by_key(await read.rows(visible(statement, read.actor, channel=Channel.id)), "code")


async def channels_page(read: Read, conditions: Sequence[ColumnElement[bool]], request: PageRequest) -> Page:
    """Read a page of channels, by code."""
    statement = visible(select(*CHANNEL_COLUMNS).where(*conditions), read.actor, channel=Channel.id)
    return await page(read, statement, CHANNELS_BY_CODE, request)


async def listings_page(read: Read, conditions: Sequence[ColumnElement[bool]], request: PageRequest) -> Page:
    """Read a page of listings, the oldest first."""
    statement = visible(_listings().where(*conditions), read.actor, channel=Listing.channel_id)
    return await page(read, statement, LISTINGS_BY_ID, request)


async def warehouse_ids_of(read: Read, channel_ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    """Read which warehouses serve channels, the first choice first."""
    statement = select(ChannelWarehouse.channel_id, ChannelWarehouse.warehouse_id)
    statement = statement.where(ChannelWarehouse.channel_id.in_(channel_ids))
    served: dict[UUID, list[UUID]] = {each: [] for each in channel_ids}
    for row in await read.rows(statement.order_by(ChannelWarehouse.channel_id, ChannelWarehouse.priority)):
        served[row.channel_id].append(row.warehouse_id)
    return served
