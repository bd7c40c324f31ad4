"""Trades (原始单据): every trade is kept as it was received, once per channel and number, and the newest version wins.

A trade's row is the lock under which its order is made or changed: two workers that import the same trade at once
wait for each other there, the numbers in sorted order so that they never wait in a circle.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Update, any_, bindparam, case, insert, select, update
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from domain.kernel import Work, identifier
from domain.orders.batches import table_of, unnested
from domain.orders.importing import readable
from domain.orders.incoming import IncomingOrder, UnreadableTrade
from domain.orders.models import Order, OrderSource, Trade, TradeState, TradeVersion

PROBLEM_LENGTH_MAX = 1_000
TRADES = table_of(Trade)
VERSIONS = table_of(TradeVersion)

PLACED = select(Order.external_number, Order.id).where(
    Order.channel_id == bindparam("channel_id"),
    Order.external_number == any_(bindparam("numbers", type_=ARRAY(Text))),
    Order.source == OrderSource.PLACED,
)

AnyTrade = IncomingOrder | UnreadableTrade


@dataclass(frozen=True)
class Kept:
    """What is to be done about a chunk after its trades were stored; what changes nothing is only counted."""

    first: list[tuple[UUID, IncomingOrder]] = field(default_factory=list)
    newer: list[tuple[UUID, IncomingOrder]] = field(default_factory=list)
    unreadable: list[tuple[UUID, UnreadableTrade]] = field(default_factory=list)
    mended: list[UUID] = field(default_factory=list)
    unchanged: int = 0


def newest(trades: Iterable[AnyTrade]) -> list[AnyTrade]:
    """Keep the newest version of each number, the first of equal ones, in the order of the numbers."""
    found: dict[str, AnyTrade] = {}
    for trade in map(readable, trades):
        known = found.get(trade.external_number)
        if known is None or known.modified_at < trade.modified_at:
            found[trade.external_number] = trade
    return [found[number] for number in sorted(found)]


async def keep_trades(work: Work, channel_id: UUID, trades: Sequence[AnyTrade]) -> Kept:
    """Store each trade that is new or newer than what is stored, and say which orders follow from it."""
    chunk = newest(trades)
    placed = await _placed_here(work, channel_id, chunk)
    rows = {each.external_number: _row(work, channel_id, each, placed) for each in chunk}
    made = set(await work.session.scalars(_insert_new(list(rows.values()))))
    known = await _lock_known(work, channel_id, [rows[number] for number in sorted(rows.keys() - made)])
    newer = {number for number, row in known.items() if _replaces(rows[number], row)}
    if newer:
        await work.execute(_replace([rows[number] | {"id": known[number].id} for number in sorted(newer)]))
    return _sort_out(chunk, rows, known, made | newer, len(trades), set(placed.values()))


async def _placed_here(work: Work, channel_id: UUID, chunk: Sequence[AnyTrade]) -> Mapping[str, UUID]:
    """Find orders that were placed here under a number of their platform's: its trade is the same order, told again."""
    numbers = [each.external_number for each in chunk if isinstance(each, IncomingOrder)]
    rows = await work.rows(PLACED, {"channel_id": channel_id, "numbers": numbers}) if numbers else []
    return {row.external_number: row.id for row in rows}


def _row(work: Work, channel_id: UUID, trade: AnyTrade, placed: Mapping[str, UUID]) -> dict[str, Any]:
    unreadable = isinstance(trade, UnreadableTrade)
    return {
        "id": identifier(),
        "channel_id": channel_id,
        "external_number": trade.external_number,
        "modified_at": trade.modified_at,
        "received_at": work.now,
        "state": TradeState.UNREADABLE if unreadable else TradeState.IMPORTED,
        "problem": trade.problem[:PROBLEM_LENGTH_MAX] if isinstance(trade, UnreadableTrade) else None,
        "order_id": None if unreadable else placed.get(trade.external_number) or identifier(),
        "payload": trade.raw,
    }


def _insert_new(rows: list[dict[str, Any]]) -> Any:
    columns = [TRADES.c[key] for key in (rows[0] if rows else ())]
    given = unnested(columns, rows)
    return (
        upsert(TRADES)
        .from_select(columns, select(*given.c).order_by(given.c.external_number))
        .on_conflict_do_nothing()
        .returning(TRADES.c.external_number)
    )


async def _lock_known(work: Work, channel_id: UUID, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
    if not rows:
        return {}
    return {row.external_number: row for row in await work.rows(_known(channel_id, rows))}


def _known(channel_id: UUID, rows: list[dict[str, Any]]) -> Select[Any]:
    given = unnested([TRADES.c.external_number, TRADES.c.payload], rows)
    columns = (TRADES.c.id, TRADES.c.external_number, TRADES.c.modified_at, TRADES.c.state, TRADES.c.order_id)
    return (
        select(*columns, (TRADES.c.payload != given.c.payload).label("differs"))
        .join(given, given.c.external_number == TRADES.c.external_number)
        .where(TRADES.c.channel_id == channel_id)
        .order_by(TRADES.c.external_number)
        .with_for_update(of=TRADES)
    )


def _replaces(row: Mapping[str, Any], known: Any) -> bool:
    """Take what is newer; platforms count in seconds, so what differs in the same second is the later look at it."""
    if row["modified_at"] != known.modified_at:
        return bool(row["modified_at"] > known.modified_at)
    worse = row["state"] is TradeState.UNREADABLE and known.state is not TradeState.UNREADABLE
    mended = known.state is TradeState.UNREADABLE and row["state"] is TradeState.IMPORTED
    return mended or bool(known.differs and not worse)


def _replace(rows: list[dict[str, Any]]) -> Update:
    """Keep what is replaced as an earlier version, in the same statement that replaces it."""
    given = unnested([TRADES.c[key] for key in rows[0] if key != "channel_id"], rows)
    columns = [VERSIONS.c[key] for key in ("id", "trade_id", "modified_at", "received_at", "payload")]
    replaced = select(
        sql.gen_random_uuid(), TRADES.c.id, TRADES.c.modified_at, TRADES.c.received_at, TRADES.c.payload
    ).where(TRADES.c.id == given.c.id)
    kept = insert(VERSIONS).from_select(columns, replaced).cte("kept")
    changed = {key: given.c[key] for key in ("modified_at", "received_at", "state", "problem", "payload")}
    order_id = case((TRADES.c.order_id.is_(None), given.c.order_id), else_=TRADES.c.order_id)
    return update(TRADES).where(TRADES.c.id == given.c.id).values(**changed, order_id=order_id).add_cte(kept)


def _sort_out(
    chunk: Sequence[AnyTrade],
    rows: Mapping[str, Any],
    known: Mapping[str, Any],
    changed: set[str],
    received: int,
    placed: Container[UUID],
) -> Kept:
    kept = Kept(unchanged=received - len(changed))
    for trade in chunk:
        number = trade.external_number
        if number not in changed:
            continue
        before = known.get(number)
        if isinstance(trade, UnreadableTrade):
            kept.unreadable.append((before.id if before else rows[number]["id"], trade))
            continue
        if before is not None and before.state is TradeState.UNREADABLE:
            kept.mended.append(before.id)
        if before is not None and before.order_id is not None:
            kept.newer.append((before.order_id, trade))
        elif rows[number]["order_id"] in placed:
            kept.newer.append((rows[number]["order_id"], trade))
        else:
            kept.first.append((rows[number]["order_id"], trade))
    return kept
