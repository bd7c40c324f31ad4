"""What may be forgotten (清理): finished reactions and dispatched facts after a while, never a ledger."""

from datetime import timedelta

from sqlalchemy import text

from domain.kernel.work import Work

KEPT = timedelta(days=30)
ROWS_MAX = 50_000

FORGET_REACTIONS = text("""
    DELETE FROM reactions WHERE (event_id, reaction) IN (
        SELECT event_id, reaction FROM reactions WHERE state = 'DONE' AND done_at < :before LIMIT :rows
    )
""")
FORGET_EVENTS = text("""
    DELETE FROM events WHERE id IN (
        SELECT id FROM events WHERE dispatched_at < :before
          AND NOT EXISTS (SELECT FROM reactions WHERE reactions.event_id = events.id) LIMIT :rows
    )
""")


async def forget_old(work: Work) -> None:
    """Delete what was done long ago, a bounded number of rows at a time."""
    for statement in (FORGET_REACTIONS, FORGET_EVENTS):
        await work.execute(statement, {"before": work.now - KEPT, "rows": ROWS_MAX})
