"""The outbox (发件箱): which reactions are owed to new facts, which are due, and what became of each.

At least once, in order per document: a reaction waits until the same reaction to an earlier fact of the same subject is
done. A reaction is leased when it is sent, and only so many are out at once, so that a long queue does not outlast its
leases; if nobody reports back it is sent again, and after too many times it is dead: kept for a person, never dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.kernel import Event, Work

BATCH_MAX = 500
ATTEMPTS_MAX = 8
LEASE = timedelta(seconds=150)
BACKOFF_SECONDS = 2
BACKOFF_SECONDS_MAX = 900

OWE = text("""
    WITH fresh AS (
        SELECT id, position, name, subject FROM events WHERE dispatched_at IS NULL
        ORDER BY position LIMIT :batch FOR UPDATE SKIP LOCKED
    ), owed AS (
        INSERT INTO reactions (event_id, reaction, subject, position, state, attempts, due_at)
        SELECT fresh.id, wanted.reaction, fresh.subject, fresh.position, 'PENDING', 0, :now
        FROM fresh JOIN unnest(CAST(:names AS text[]), CAST(:reactions AS text[])) AS wanted (name, reaction)
          ON wanted.name = fresh.name
        ON CONFLICT DO NOTHING
    )
    UPDATE events SET dispatched_at = :now FROM fresh WHERE events.id = fresh.id
""")

DUE = text("""
    WITH due AS (
        SELECT event_id, reaction FROM reactions AS candidate
        WHERE state = 'PENDING' AND due_at <= :now AND NOT EXISTS (
            SELECT FROM reactions AS earlier
            WHERE earlier.state = 'PENDING' AND earlier.subject = candidate.subject
              AND earlier.reaction = candidate.reaction AND earlier.position < candidate.position
        )
        ORDER BY position
        LIMIT greatest(0, :batch - (
            SELECT count(*) FROM reactions AS sent
            WHERE sent.state = 'PENDING' AND sent.due_at > :now AND sent.attempts > 0
        ))
        FOR UPDATE SKIP LOCKED
    )
    UPDATE reactions SET attempts = attempts + 1, due_at = :lease_ends,
        state = CASE WHEN attempts >= :attempts_max THEN 'DEAD' ELSE 'PENDING' END,
        last_error = CASE WHEN attempts >= :attempts_max
            THEN coalesce(last_error, 'the worker died each time') ELSE last_error END
    FROM due WHERE reactions.event_id = due.event_id AND reactions.reaction = due.reaction
    RETURNING reactions.event_id, reactions.reaction, reactions.state
""")

GIVE_BACK = text("""
    UPDATE reactions SET attempts = attempts - 1, due_at = :now
    FROM unnest(CAST(:event_ids AS uuid[]), CAST(:reactions AS text[])) AS unsent (event_id, reaction)
    WHERE reactions.event_id = unsent.event_id AND reactions.reaction = unsent.reaction
      AND reactions.state = 'PENDING' AND attempts > 0
""")

TAKE = text("""
    SELECT events.name, events.payload, reactions.attempts
    FROM reactions JOIN events ON events.id = reactions.event_id
    WHERE reactions.event_id = :event_id AND reactions.reaction = :reaction AND reactions.state = 'PENDING'
    FOR UPDATE OF reactions SKIP LOCKED
""")

DONE = text("""
    UPDATE reactions SET state = 'DONE', done_at = :now, last_error = NULL
    WHERE event_id = :event_id AND reaction = :reaction AND state = 'PENDING'
""")

FAILED = text("""
    UPDATE reactions SET last_error = :error, due_at = :due_at, attempts = attempts - :forgiven,
        state = CASE WHEN :final THEN 'DEAD' ELSE state END
    WHERE event_id = :event_id AND reaction = :reaction AND state = 'PENDING'
""")

LAG = text("""
    SELECT (SELECT count(*) FROM (SELECT FROM events WHERE dispatched_at IS NULL LIMIT 10000) AS waiting)
               AS undispatched,
           (SELECT extract(epoch FROM :now - min(recorded_at)) FROM events WHERE dispatched_at IS NULL) AS seconds,
           (SELECT count(*) FROM (SELECT FROM reactions WHERE state = 'DEAD' LIMIT 10000) AS dead) AS dead
""")


@dataclass(frozen=True)
class Owed:
    """One reaction to one fact, by name; what travels through the broker."""

    event_id: UUID
    reaction: str


@dataclass(frozen=True)
class Taken:
    """A reaction in hand: the fact, and how often it was tried, this time included."""

    fact: Event
    attempts: int


async def owe(work: Work, reactions: Mapping[str, Sequence[str]]) -> int:
    """Write down the reactions owed to facts nobody has looked at yet; returns how many facts."""
    pairs = [(name, reaction) for name, each in reactions.items() for reaction in each]
    given = {"names": [each[0] for each in pairs], "reactions": [each[1] for each in pairs]}
    return await work.change(OWE, {**given, "batch": BATCH_MAX, "now": work.now})


async def due(work: Work) -> list[Owed]:
    """Lease the reactions that are due; who has failed too often is dead instead."""
    given = {"now": work.now, "lease_ends": work.now + LEASE, "batch": BATCH_MAX, "attempts_max": ATTEMPTS_MAX}
    rows = await work.rows(DUE, given)
    return [Owed(row.event_id, row.reaction) for row in rows if row.state == "PENDING"]


async def give_back(work: Work, unsent: Sequence[Owed]) -> None:
    """End the leases of reactions that could not be sent; without a broker nobody has tried them."""
    given = {"event_ids": [each.event_id for each in unsent], "reactions": [each.reaction for each in unsent]}
    await work.execute(GIVE_BACK, {**given, "now": work.now})


async def take(work: Work, owed: Owed) -> Taken | None:
    """Lock a reaction for the length of the transaction; None when it is done or in other hands."""
    rows = await work.rows(TAKE, vars(owed))
    if not rows:
        return None
    return Taken(fact=Event.decode(rows[0].name, rows[0].payload), attempts=rows[0].attempts)


async def done(work: Work, owed: Owed) -> None:
    await work.execute(DONE, {**vars(owed), "now": work.now})


async def failed(work: Work, owed: Owed, error: str, *, after: timedelta | None, forgiven: bool = False) -> None:
    """Keep what went wrong; try again `after`, or never. A forgiven failure does not count as an attempt."""
    given: dict[str, Any] = {
        "error": error[:2000],
        "due_at": work.now + (after or timedelta()),
        "final": after is None,
        "forgiven": int(forgiven),
    }
    await work.execute(FAILED, {**vars(owed), **given})


def pause(attempts: int) -> timedelta:
    """Say how long to wait after the n-th failure: twice as long each time."""
    return timedelta(seconds=min(BACKOFF_SECONDS * 2**attempts, BACKOFF_SECONDS_MAX))
