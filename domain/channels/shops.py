"""Shops (店铺): each shop on each platform, whether it is read and told, and which warehouses serve it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, Select, Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from domain.channels.models import Channel, ChannelId, ChannelWarehouse, Platform
from domain.kernel import BadInput, NotFound, Work, sees_channel

CHANNEL_COLUMNS = tuple(each for each in Channel.__table__.columns if each.name != "sealed_credentials")
"""Everything of a channel but its credentials, which leave the table only for the connector."""


SERVING = (
    select(ChannelWarehouse.channel_id, ChannelWarehouse.warehouse_id)
    .where(ChannelWarehouse.channel_id == any_(bindparam("channel_ids", type_=ARRAY(Uuid))))
    .order_by(ChannelWarehouse.channel_id, ChannelWarehouse.priority, ChannelWarehouse.warehouse_id)
)
BY_ID = select(*CHANNEL_COLUMNS).where(Channel.id == bindparam("id"))
BY_CODE = select(*CHANNEL_COLUMNS).where(Channel.code == bindparam("code"))


async def channel_by_id(work: Work, channel_id: ChannelId | UUID) -> Row[Any]:
    """Find a channel of the actor's scope, or refuse."""
    return await _channel(work, BY_ID, {"id": channel_id})


async def channel_by_code(work: Work, code: str) -> Row[Any]:
    """Find a channel of the actor's scope by its code, or refuse."""
    return await _channel(work, BY_CODE, {"code": code})


async def _channel(work: Work, statement: Select[Any], which: dict[str, Any]) -> Row[Any]:
    rows = await work.rows(statement, which)
    if not rows or not sees_channel(work.actor, rows[0].id):
        raise NotFound(what="channel", which=str(next(iter(which.values())))).at("channelId")
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
    for row in await work.rows(SERVING, {"channel_ids": sorted(served)}):
        served[row.channel_id].append(row.warehouse_id)
    return served


async def channel_for_account(work: Work, channel_id: ChannelId | UUID) -> Row[Any]:
    """Let the orders of a channel be on the account of a distributor from now on; only orders placed here can be."""
    channel = await channel_by_id(work, channel_id)
    if channel.platform is not Platform.DIRECT:
        problem = f"is a shop on {channel.platform.value}; distributors order through a channel of the kind DIRECT"
        raise BadInput(field="channelId", problem=problem).at("input", "channelId")
    await work.execute(update(Channel).where(Channel.id == channel_id).values(on_account=True))
    return channel
