"""Shops (店铺): each shop on each platform, whether it is read and told, and which warehouses serve it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.channels.models import Channel, ChannelId, ChannelWarehouse
from domain.kernel import NotFound, Work, visible

CHANNEL_COLUMNS = tuple(each for each in Channel.__table__.columns if each.name != "sealed_credentials")
"""Everything of a channel but its credentials, which leave the table only for the connector."""


async def channel_by_id(work: Work, channel_id: ChannelId | UUID) -> Row[Any]:
    """Find a channel of the actor's scope, or refuse."""
    return await _channel(work, Channel.id == channel_id, str(channel_id))


async def channel_by_code(work: Work, code: str) -> Row[Any]:
    """Find a channel of the actor's scope by its code, or refuse."""
    return await _channel(work, Channel.code == code, code)


async def _channel(work: Work, condition: ColumnElement[bool], which: str) -> Row[Any]:
    rows = await work.rows(visible(select(*CHANNEL_COLUMNS).where(condition), work.actor, channel=Channel.id))
    if not rows:
        raise NotFound(what="channel", which=which).at("channelId")
    found: Row[Any] = rows[0]
    return found


def currency_of(channel_id: ChannelId | UUID) -> ScalarSelect[str]:
    """Build the expression of a channel's currency, for use inside a statement."""
    return select(Channel.currency).where(Channel.id == channel_id).scalar_subquery()


async def warehouses_of(work: Work, channel_id: ChannelId | UUID) -> list[UUID]:
    """List the warehouses that serve a channel, the first choice first."""
    return (await warehouses_by_channel(work, [channel_id]))[channel_id]


async def warehouses_by_channel(
    work: Work, channel_ids: Sequence[ChannelId] | Sequence[UUID]
) -> Mapping[UUID, list[UUID]]:
    """List the warehouses that serve each channel, the first choice first."""
    served: dict[UUID, list[UUID]] = {each: [] for each in channel_ids}
    statement = (
        select(ChannelWarehouse.channel_id, ChannelWarehouse.warehouse_id)
        .where(ChannelWarehouse.channel_id == any_(literal(sorted(served), ARRAY(Uuid))))
        .order_by(ChannelWarehouse.channel_id, ChannelWarehouse.priority, ChannelWarehouse.warehouse_id)
    )
    for row in await work.rows(statement):
        served[row.channel_id].append(row.warehouse_id)
    return served
