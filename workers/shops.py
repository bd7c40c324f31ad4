"""Opening a shop (店铺连接): the row of a channel and its unsealed credentials become a connector."""

from typing import Any
from uuid import UUID

from configuration.credentials import unseal
from connectors.discovery import open_shop
from connectors.marketplaces.port import Marketplace, ShopAccount
from domain import channels, kernel
from workers.runner import Outside

_OPEN: dict[tuple[UUID, str], Marketplace] = {}
SHOPS_MAX = 500


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
