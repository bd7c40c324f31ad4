"""Shops that cannot be read (店铺异常): a dead session or a long rest is an alert until it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain import alerts
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.channels.models import Channel, ChannelId
from domain.kernel import Work

FAILURES_MAX = 5
REST_MAX = timedelta(minutes=30)
BOTH = (AlertKind.SHOP_UNAUTHORISED, AlertKind.SHOP_NOT_READ)


async def watch_session(work: Work, channel: Channel, reason: str) -> None:
    """Say aloud that nobody may call at a shop any more: its orders stop coming in."""
    await alerts.open_alerts(
        work,
        [
            NewAlert(
                subject=AlertSubject.CHANNEL,
                subject_id=channel.id,
                kind=AlertKind.SHOP_UNAUTHORISED,
                level=AlertLevel.SEVERE,
                channel_id=channel.id,
                message=f"{channel.name}: the session is dead, orders do not come in until the shop is authorised anew",
                message_chinese=f"{channel.name}：授权已失效，重新授权前无法接单",
                evidence={"reason": reason},
            )
        ],
    )


async def watch_rest(work: Work, channel_id: ChannelId, stream: str, failures: int, until: datetime) -> None:
    """Say aloud that a stream of a shop failed again and again, or must rest for long."""
    if failures < FAILURES_MAX and until - work.now < REST_MAX:
        return
    channel = (await work.rows(select(Channel.name).where(Channel.id == channel_id)))[0]
    await alerts.open_alerts(
        work,
        [
            NewAlert(
                subject=AlertSubject.CHANNEL,
                subject_id=channel_id,
                kind=AlertKind.SHOP_NOT_READ,
                level=AlertLevel.WARN,
                channel_id=channel_id,
                message=f"{channel.name}: {stream} cannot be read, tried {failures} times, next at {until.isoformat()}",
                message_chinese=f"{channel.name}：{stream} 读取失败 {failures} 次，下次尝试 {until.isoformat()}",
                evidence={"stream": stream, "failures": failures, "restUntil": until.isoformat()},
            )
        ],
    )


async def settle_shop(work: Work, channel_id: ChannelId | UUID, kinds: Sequence[AlertKind] = BOTH) -> None:
    """Resolve what was said of a shop that is read again, or that nobody wants read."""
    await alerts.resolve_alerts(work, [channel_id], kinds)
