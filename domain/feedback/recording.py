"""Noting what a channel is told (回传登记): owed before the call, told or failed after it.

What is noted as owed and not as told may or may not have arrived: it is told again, which does no harm.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import case, update
from sqlalchemy.dialects.postgresql import insert

from domain.feedback.alarms import end_alarms, warn_failed
from domain.feedback.models import FeedbackKind, FeedbackStatus, OrderFeedback
from domain.kernel import Work, identifier
from domain.refunds import DecidedRefundMoved

PROBLEM_LENGTH_MAX = 500
SAYS_LENGTH_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Word:
    """One thing a channel is told of a trade, in short."""

    order_id: UUID
    channel_id: UUID
    kind: FeedbackKind
    subject_id: UUID
    says: str


async def note_owed(work: Work, word: Word) -> int:
    """Note that a channel is being told, and give the version of what it is told: a new one when it says otherwise."""
    row = OrderFeedback
    says = word.says[:SAYS_LENGTH_MAX]
    given = {
        "id": identifier(),
        **vars(word),
        "says": says,
        "version": 1,
        "status": FeedbackStatus.OWED,
        "attempts": 1,
        "owed_at": work.now,
    }
    changed = {
        "says": says,
        "version": row.version + case((row.says == says, 0), else_=1),
        "status": FeedbackStatus.OWED,
        "attempts": row.attempts + 1,
        "owed_at": work.now,
    }
    key = ["order_id", "kind", "subject_id"]
    statement = insert(row).values(given).on_conflict_do_update(index_elements=key, set_=changed).returning(row.version)
    return int((await work.rows(statement))[0].version)


async def note_known(work: Work, word: Word, version: int) -> None:
    """Note that a channel knows what it was told, unless it is owed something newer by now."""
    row = OrderFeedback
    told = {"status": FeedbackStatus.TOLD, "problem": None, "told_at": work.now}
    known = update(row).where(*_this(word), row.version == version).values(told).returning(row.id, row.attempts)
    # What was taken the first time was never complained of.
    await end_alarms(work, [each.id for each in await work.rows(known) if each.attempts > 1])


async def note_failed(work: Work, word: Word, version: int, problem: str, *, final: bool) -> None:
    """Note why a channel could not be told; it stays owed while that may pass by itself."""
    status = FeedbackStatus.FAILED if final else FeedbackStatus.OWED
    noted = {"status": status, "problem": problem[:PROBLEM_LENGTH_MAX]}
    row = OrderFeedback
    failed = update(row).where(*_this(word), row.version == version).values(noted).returning(row.id)
    for each in await work.rows(failed):
        if final:
            await warn_failed(work, each.id)


async def note_parcels_known(work: Work, order_id: UUID) -> None:
    """Note that a channel knows of all parcels of a trade: it takes the last one for the whole."""
    row = OrderFeedback
    of_trade = (row.order_id == order_id, row.kind == FeedbackKind.SHIPMENT, row.status != FeedbackStatus.TOLD)
    told = {"status": FeedbackStatus.TOLD, "problem": None, "told_at": work.now}
    known = await work.rows(update(row).where(*of_trade).values(told).returning(row.id))
    await end_alarms(work, [each.id for each in known])


async def end_decision(work: Work, fact: DecidedRefundMoved) -> None:
    """React to a refund whose platform went on: a decision that it does not know need not be told any more."""
    row = OrderFeedback
    told_of = (row.order_id == fact.order_id, row.kind == FeedbackKind.REFUND, row.subject_id == fact.refund_id)
    overtaken = {"status": FeedbackStatus.OVERTAKEN, "problem": None}
    ended = await work.rows(
        update(row).where(*told_of, row.status != FeedbackStatus.TOLD).values(overtaken).returning(row.id)
    )
    await end_alarms(work, [each.id for each in ended])


def _this(word: Word) -> tuple[Any, ...]:
    row = OrderFeedback
    return (row.order_id == word.order_id, row.kind == word.kind, row.subject_id == word.subject_id)
