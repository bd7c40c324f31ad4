"""Progress (读取进度): how far each stream of a shop has been read, when it must rest, and which notices were replayed.

A stream only ever moves forward, so that two workers reading the same shop cannot undo each other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from domain.alerts import AlertKind
from domain.channels.models import Channel, ChannelId, ChannelStatus, Platform, Progress, WebhookNonce
from domain.channels.watch import settle_shop, watch_rest
from domain.kernel import Work

NONCE_KEPT = timedelta(hours=24)
NONCE_LENGTH_MAX = 200
ACCOUNTS_MAX = 1_000
REASON_LENGTH_MAX = 500

ACCOUNT_COLUMNS = (Channel.id, Channel.code, Channel.platform, Channel.status, Channel.base_url)


async def progress_of(work: Work, channel_id: ChannelId, stream: str) -> Row[Any] | None:
    """Say how far a stream was read and whether it must rest; None when it never was read."""
    columns = (Progress.read_until, Progress.rest_until, Progress.rest_reason, Progress.failures, Progress.pulled_at)
    of_stream = (Progress.channel_id == channel_id, Progress.stream == stream)
    rows = await work.rows(select(*columns).where(*of_stream))
    return rows[0] if rows else None


async def advance(work: Work, channel_id: ChannelId, stream: str, read_until: datetime) -> None:
    """Note that a stream was read until a moment, never back; its rest and failures are over."""
    row = {"channel_id": channel_id, "stream": stream, "read_until": read_until, "failures": 0, "pulled_at": work.now}
    new = insert(Progress).values(row)
    later = func.greatest(Progress.read_until, new.excluded.read_until)
    over = {"read_until": later, "rest_until": None, "rest_reason": None, "failures": 0, "pulled_at": work.now}
    await work.execute(new.on_conflict_do_update(index_elements=["channel_id", "stream"], set_=over))


async def rest(work: Work, channel_id: ChannelId, stream: str, until: datetime, reason: str) -> None:
    """Let a stream rest until a moment (a ban, a used-up quota, a fault), and count the failure."""
    row = {
        "channel_id": channel_id,
        "stream": stream,
        "rest_until": until,
        "rest_reason": reason[:REASON_LENGTH_MAX],
        "failures": 1,
    }
    new = insert(Progress).values(row)
    resting = {
        "rest_until": new.excluded.rest_until,
        "rest_reason": new.excluded.rest_reason,
        "failures": Progress.failures + 1,
    }
    counted = new.on_conflict_do_update(index_elements=["channel_id", "stream"], set_=resting)
    failures = await work.session.scalar(counted.returning(Progress.failures))
    await watch_rest(work, channel_id, stream, failures or 1, until)


async def read_again(work: Work, channel_id: ChannelId) -> None:
    """Note that a stream that had failed was read again."""
    await settle_shop(work, channel_id, [AlertKind.SHOP_NOT_READ])


async def accounts_to_read(work: Work, stream: str) -> Sequence[Row[Any]]:
    """List the open shops of which a stream may be read now, with their sealed credentials and how far they are."""
    of_stream = and_(Progress.channel_id == Channel.id, Progress.stream == stream)
    statement = (
        select(*ACCOUNT_COLUMNS, Channel.sealed_credentials, Progress.read_until, Progress.failures)
        .outerjoin(Progress, of_stream)
        .where(Channel.status == ChannelStatus.OPEN, Channel.platform != Platform.DIRECT)
        .where(or_(Progress.rest_until.is_(None), Progress.rest_until <= work.now))
        .order_by(Channel.code)
        .limit(ACCOUNTS_MAX)
    )
    return await work.rows(statement)


async def account_of(work: Work, channel_id: ChannelId) -> Row[Any] | None:
    """Find the address and sealed credentials of a shop; for connectors only, never for a client."""
    statement = select(*ACCOUNT_COLUMNS, Channel.sealed_credentials).where(Channel.id == channel_id)
    rows = await work.rows(statement)
    return rows[0] if rows else None


async def account_by_code(work: Work, code: str) -> Row[Any] | None:
    """Find the address and sealed credentials of a shop by its code: for a webhook that names it."""
    rows = await work.rows(select(*ACCOUNT_COLUMNS, Channel.sealed_credentials).where(Channel.code == code))
    return rows[0] if rows else None


async def remember_nonce(work: Work, channel_id: ChannelId, nonce: str) -> bool:
    """Note the nonce of a notice; False when the same one came within a day, which is a replay."""
    row = {"channel_id": channel_id, "nonce": nonce[:NONCE_LENGTH_MAX], "received_at": work.now}
    new = insert(WebhookNonce).values(row)
    anew = new.on_conflict_do_update(
        index_elements=["channel_id", "nonce"],
        set_={"received_at": new.excluded.received_at},
        where=WebhookNonce.received_at < work.now - NONCE_KEPT,
    )
    return bool(await work.change(anew))


async def forget_nonces(work: Work) -> int:
    """Drop the nonces whose day is over; returns how many."""
    return await work.change(delete(WebhookNonce).where(WebhookNonce.received_at < work.now - NONCE_KEPT))
