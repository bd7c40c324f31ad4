"""Opening a shop (店铺连接): the row of a channel and its unsealed credentials become a connector."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from configuration.credentials import unseal
from connectors.discovery import marketplace_for, open_shop
from connectors.faults import SessionDead
from connectors.marketplaces.port import Call, Marketplace, ShopAccount
from domain import channels, kernel
from workers.postponing import Postponed
from workers.runner import Outside

_OPEN: dict[tuple[UUID, str], Marketplace] = {}
SHOPS_MAX = 500
CLOSED_SHOP_PAUSE = timedelta(seconds=60)
R = TypeVar("R")


async def shop_of(outside: Outside, channel_id: channels.ChannelId) -> tuple[Any, Marketplace | None]:
    """Open the shop of a channel; None when it is paused, unauthorised or has no platform."""
    async with kernel.begin(outside.sessions, kernel.system("shops")) as work:
        channel = await channels.account_of(work, channels.ChannelId(channel_id))
    if channel is None:
        raise LookupError(f"channel {channel_id} does not exist")
    if channel.status is not channels.ChannelStatus.OPEN or channel.sealed_credentials is None:
        return channel, None
    key = (channel_id, channel.sealed_credentials)
    if key not in _OPEN:
        if len(_OPEN) >= SHOPS_MAX:
            _OPEN.clear()
        # Kept between tasks, because its throttle must remember the last calls.
        _OPEN[key] = open_shop(_account(outside, channel), outside.http)
    return channel, _OPEN[key]


def _account(outside: Outside, channel: Any) -> ShopAccount:
    credentials = unseal(outside.settings, channel.sealed_credentials)
    return ShopAccount(
        platform=channel.platform.value,
        shop_code=channel.code,
        base_url=channel.base_url or "",
        app_key=credentials["app_key"],
        app_secret=credentials["app_secret"],
        session=credentials.get("session"),
    )


async def open_for(outside: Outside, channel_id: channels.ChannelId, call: Call) -> Marketplace | None:
    """Open the shop if its platform offers the call; a shop that is closed for now postpones the fact."""
    channel, shop = await shop_of(outside, channel_id)
    if shop is None:
        if channel.platform is channels.Platform.DIRECT:
            return None
        raise Postponed(CLOSED_SHOP_PAUSE)
    return shop if shop.offers(call) else None


async def wants(outside: Outside, channel_id: channels.ChannelId, call: Call) -> bool:
    """Whether the platform of a channel takes such a call, be the shop open or not."""
    channel, _ = await shop_of(outside, channel_id)
    return channel.platform is not channels.Platform.DIRECT and marketplace_for(channel.platform.value).offers(call)


async def authorised(outside: Outside, channel_id: channels.ChannelId, call: Awaitable[R]) -> R:
    """Await a call; a dead session marks the channel unauthorised, so that nobody else tries."""
    try:
        return await call
    except SessionDead as fault:
        async with kernel.begin(outside.sessions, kernel.system("shops")) as work:
            await channels.mark_unauthorised(work, channel_id, str(fault))
        raise
