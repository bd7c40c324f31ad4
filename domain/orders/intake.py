"""Order intake (接单): every trade is imported exactly once per channel and number, and none is ever lost.

A chunk costs a constant number of statements, however many trades it has. What does not fit becomes a hold with its
reason; what cannot be stored at all is kept unreadable and shown to a person, alone, without its neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError, StatementError

from domain import alerts, channels
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.kernel import BadInput, Work, audit, routine
from domain.orders import deposits, first_import, reminders, shipped_anyway, updating
from domain.orders.events import OrderImported, OrderRevised
from domain.orders.first_import import Shop
from domain.orders.incoming import UnreadableTrade
from domain.orders.trades import AnyTrade, keep_trades

TRADES_MAX = 500
PROBLEM_LENGTH_MAX = 300
# These are chosen victims of others, not bad data: the whole transaction is tried again by the caller.
PASSING_STATES = frozenset({"40001", "40P01", "55P03", "57014", "57P01"})


@dataclass(kw_only=True)
class IntakeReport:
    """What became of a chunk of trades; `held` counts orders that wait for a reason."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0
    unreadable: int = 0


@dataclass
class Intake:
    """What a chunk did so far; alerts follow at the end, outside of what may still be undone."""

    report: IntakeReport = field(default_factory=IntakeReport)
    unreadable: list[tuple[UUID, UnreadableTrade]] = field(default_factory=list)
    mended: list[UUID] = field(default_factory=list)
    over: list[UUID] = field(default_factory=list)
    shipped_anyway: list[NewAlert] = field(default_factory=list)
    not_anyway: list[UUID] = field(default_factory=list)


@routine
async def receive_trades(work: Work, channel_id: UUID, trades: Sequence[AnyTrade]) -> IntakeReport:
    """Import trades of a channel: new ones become orders, newer versions change theirs, the rest changes nothing."""
    if len(trades) > TRADES_MAX:
        raise BadInput(field="trades", problem=f"at most {TRADES_MAX} at once, not {len(trades)}").at("input", "trades")
    channel = await channels.channel_by_id(work, channel_id)
    shop = Shop(channel_id, channel.currency, channel.on_account)
    done = Intake()
    if trades and not await _attempt(work, shop, trades, done):
        for trade in trades:
            if not await _attempt(work, shop, [trade], done):
                await _import(work, shop, [_spoiled(trade)], done)
    await _raise_alerts(work, shop, done)
    return done.report


async def _attempt(work: Work, shop: Shop, trades: Sequence[AnyTrade], done: Intake) -> bool:
    """Import trades, or leave no trace of them when the database refuses one."""
    facts, told = len(work.facts), audit.told(work)
    attempt = Intake()
    try:
        async with work.session.begin_nested():
            await _import(work, shop, trades, attempt)
    except StatementError as problem:
        del work.facts[facts:]
        audit.untell(work, told)
        if isinstance(problem, DBAPIError) and (problem.connection_invalidated or _passes(problem)):
            raise
        return False
    _add(done, attempt)
    return True


async def _import(work: Work, shop: Shop, trades: Sequence[AnyTrade], done: Intake) -> None:
    kept = await keep_trades(work, shop.channel_id, trades)
    first = await first_import.import_orders(work, shop, kept.first)
    later = await updating.update_orders(work, shop, kept.newer)
    await deposits.note_deposits(work, [*kept.first, *kept.newer])
    report = done.report
    report.created += len(kept.first)
    report.updated += len(kept.newer)
    report.unchanged += kept.unchanged
    report.held += first.held + later.held
    report.unreadable += len(kept.unreadable)
    done.unreadable += kept.unreadable
    done.mended += kept.mended
    done.over += later.over
    done.shipped_anyway += later.shipped_anyway
    done.not_anyway += later.not_anyway
    if kept.first:
        work.record(OrderImported(channel_id=shop.channel_id, order_ids=[each for each, _ in kept.first]))
    if kept.newer:
        work.record(
            OrderRevised(channel_id=shop.channel_id, order_ids=[*(each for each, _ in kept.newer), *later.also])
        )


def _add(done: Intake, attempt: Intake) -> None:
    for name in vars(done.report):
        setattr(done.report, name, getattr(done.report, name) + getattr(attempt.report, name))
    done.unreadable += attempt.unreadable
    done.mended += attempt.mended
    done.over += attempt.over
    done.shipped_anyway += attempt.shipped_anyway
    done.not_anyway += attempt.not_anyway


def _passes(problem: DBAPIError) -> bool:
    state = getattr(problem.orig, "sqlstate", None) or ""
    return state in PASSING_STATES or state.startswith("08")


def _spoiled(trade: AnyTrade) -> UnreadableTrade:
    """Keep the trade that the database refused, with what no text column can hold made visible."""
    number, raw = _storable(trade.external_number), _storable(trade.raw)
    problem = trade.problem if isinstance(trade, UnreadableTrade) else "the database cannot store its values"
    return UnreadableTrade(
        external_number=number, modified_at=trade.modified_at, problem=_storable(problem)[:PROBLEM_LENGTH_MAX], raw=raw
    )


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(each) for each in value]
    return value if isinstance(value, (int, float, bool, type(None))) else str(value)


async def _raise_alerts(work: Work, shop: Shop, done: Intake) -> None:
    if done.mended:
        await alerts.resolve_alerts(work, done.mended, [AlertKind.UNREADABLE_TRADE])
    if done.over:
        await reminders.stop_reminding(work, done.over)
    await shipped_anyway.end(work, done.not_anyway)
    await shipped_anyway.warn(work, done.shipped_anyway)
    await alerts.open_alerts(work, [_unreadable(shop, trade_id, trade) for trade_id, trade in done.unreadable])


def _unreadable(shop: Shop, trade_id: UUID, trade: UnreadableTrade) -> NewAlert:
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=trade_id,
        kind=AlertKind.UNREADABLE_TRADE,
        level=AlertLevel.WARN,
        channel_id=shop.channel_id,
        message=f"Trade {trade.external_number} cannot be read: {trade.problem[:PROBLEM_LENGTH_MAX]}",
        message_chinese=f"单据 {trade.external_number} 无法识别：{trade.problem[:PROBLEM_LENGTH_MAX]}",
        evidence={"externalNumber": trade.external_number, "problem": trade.problem[:PROBLEM_LENGTH_MAX]},
    )
