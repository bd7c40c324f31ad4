"""How far a trade is (订单进度): read when it is told, so that a late or repeated message tells the present state.

A trade whose lines are in several orders is as far as the slowest of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from domain import fulfilment
from domain.feedback.models import FeedbackKind, FeedbackStatus, OrderFeedback, TradeProgress
from domain.feedback.recording import Word
from domain.fulfilment import DeliveryOutcome
from domain.kernel import Work
from domain.orders import OrderStatus

S, P = OrderStatus, TradeProgress
FAR = {
    S.AWAITING_PAYMENT: P.RECEIVED,
    S.UNREVIEWED: P.RECEIVED,
    S.AWAITING_FINANCE: P.RECEIVED,
    S.REVIEWED: P.REVIEWED,
    S.RELEASED: P.REVIEWED,
    S.PICKED: P.PICKED,
    S.PACKED: P.PACKED,
}
RANKS = list(TradeProgress)
ENDED = frozenset({S.CANCELLED, S.CLOSED})
LEFT_WHOLE = frozenset({S.SHIPPED, S.DELIVERED})
LEFT = LEFT_WHOLE | {S.PARTLY_SHIPPED}
FAILED = {DeliveryOutcome.REFUSED: "拒收", DeliveryOutcome.RETURNED: "退回"}
EXPLAINED = frozenset({P.CANCELLED, P.UNDELIVERED})
REASON_LENGTH_MAX = 200

# Two who tell one trade take turns: the later one reads what is true then.
TURN = text("SELECT id FROM orders WHERE id = :order_id FOR NO KEY UPDATE")
TRADES = text("""
    SELECT DISTINCT trade.id AS order_id, trade.channel_id, trade.external_number
    FROM order_lines AS line JOIN orders AS trade ON trade.id = coalesce(line.origin_order_id, line.order_id)
    WHERE line.order_id = :order_id AND trade.external_number IS NOT NULL ORDER BY trade.id
""")
STANDS = text("""
    SELECT DISTINCT orders.status, orders.cancel_reason
    FROM order_lines AS line JOIN orders ON orders.id = line.order_id
    WHERE (line.origin_order_id = :trade_id OR (line.origin_order_id IS NULL AND line.order_id = :trade_id))
      AND orders.status NOT IN ('MERGED', 'SPLIT')
""")


@dataclass(frozen=True, kw_only=True)
class TradeToTell:
    """A trade in the words of its channel."""

    order_id: UUID
    channel_id: UUID
    external_number: str


@dataclass(frozen=True, kw_only=True)
class StateToTell:
    """What a channel must hear of a trade, and the reason if it was cancelled or did not reach its buyer."""

    word: Word
    state: TradeProgress
    reason: str | None


async def trades_to_tell(work: Work, order_id: UUID) -> list[TradeToTell]:
    """Say of which trades an order has lines: one, several when it was merged."""
    rows = await work.rows(TRADES, {"order_id": order_id})
    return [TradeToTell(**row._asdict()) for row in rows]


async def state_to_tell(work: Work, trade: TradeToTell) -> StateToTell | None:
    """Say how far a trade is if its channel does not know; None when it does, or when its parcels say it."""
    await work.rows(TURN, {"order_id": trade.order_id})
    rows = await work.rows(STANDS, {"trade_id": trade.order_id})
    statuses = [OrderStatus(row.status) for row in rows]
    state, reason = progress_of(statuses), next((row.cancel_reason for row in rows if row.cancel_reason), "取消")
    if state is None and LEFT & set(statuses):
        parcels = await fulfilment.deliveries_of_trade(work, trade.order_id)
        state, reason = delivery_of(parcels, all_left=set(statuses) <= LEFT_WHOLE | ENDED)
    if state is None:
        return None
    row = OrderFeedback
    known = select(row.says, row.status).where(row.order_id == trade.order_id, row.kind == FeedbackKind.STATE)
    before = await work.rows(known)
    # That it has the trade, the channel knows: it is told only when it was told more before.
    if not before and state is P.RECEIVED:
        return None
    if before and before[0].says == state.value and before[0].status is FeedbackStatus.TOLD:
        return None
    word = Word(
        order_id=trade.order_id,
        channel_id=trade.channel_id,
        kind=FeedbackKind.STATE,
        subject_id=trade.order_id,
        says=state.value,
    )
    return StateToTell(word=word, state=state, reason=reason if state in EXPLAINED else None)


def delivery_of(parcels: Iterable[Any], *, all_left: bool) -> tuple[TradeProgress | None, str]:
    """Say whether a trade is delivered: all of it left, each parcel signed for; one that was not taken says why."""
    found = list(parcels)
    failed = [each for each in found if each.delivery in FAILED]
    if failed:
        told = "；".join(f"{FAILED[each.delivery]} {each.waybill}" for each in failed)
        return P.UNDELIVERED, told[:REASON_LENGTH_MAX]
    signed = all_left and bool(found) and all(each.delivery == DeliveryOutcome.SIGNED for each in found)
    return P.DELIVERED if signed else None, ""


def progress_of(statuses: Iterable[OrderStatus]) -> TradeProgress | None:
    """Say how far a trade is whose lines are in orders of these states; None when that is told otherwise."""
    found = set(statuses)
    going = found - ENDED
    if not going:
        return P.CANCELLED if S.CANCELLED in found else None
    far = [FAR.get(each) for each in going]
    return min((each for each in far if each is not None), key=RANKS.index) if None not in far else None
