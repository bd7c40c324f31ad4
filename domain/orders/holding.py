"""Opening and releasing holds (挂起与解除): by a person, or by themselves with their cause."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel import Work, audit, identifier
from domain.orders.batches import among, table_of, unnested
from domain.orders.events import OrderHoldsChanged
from domain.orders.hold_rules import DECIDED_BY_FACTS
from domain.orders.holds import EVIDENCE_LENGTH_MAX, Holds
from domain.orders.lifecycle import TO_SHIP
from domain.orders.models import Hold, HoldReason

HOLDS = table_of(Hold)
TOLD = (HOLDS.c.id, HOLDS.c.order_id, HOLDS.c.reason, HOLDS.c.evidence)
EARLIER = literal_column("(SELECT evidence FROM order_holds AS earlier WHERE earlier.id = order_holds.id)", Text).label(
    "before"
)
STATUS = literal_column("(SELECT status FROM orders WHERE orders.id = order_holds.order_id)", Text).label("status")
COLUMNS = [HOLDS.c[key] for key in ("id", "order_id", "reason", "evidence", "opened_at", "opened_by")]


async def holds_of_orders(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Find all holds of orders, open and released."""
    found: dict[UUID, list[Any]] = {each: [] for each in order_ids}
    for row in await work.rows(select(*HOLDS.c).where(among(HOLDS.c.order_id, order_ids))):
        found[row.order_id].append(row)
    return found


async def open_holds(work: Work, wanted: Mapping[UUID, Holds]) -> None:
    """Open the holds of many orders; one that is open already gets the newer evidence."""
    rows = [
        {
            "id": identifier(),
            "order_id": order_id,
            "reason": reason,
            "evidence": evidence,
            "opened_at": work.now,
            "opened_by": work.actor.name,
        }
        for order_id in sorted(wanted)
        for reason, evidence in sorted(wanted[order_id].items())
    ]
    if not rows:
        return
    statement = insert(HOLDS).from_select(COLUMNS, select(*unnested(COLUMNS, rows).c))
    upsert = statement.on_conflict_do_update(
        index_elements=[HOLDS.c.order_id, HOLDS.c.reason],
        index_where=HOLDS.c.released_at.is_(None),
        set_={"evidence": statement.excluded.evidence},
    )
    # The statement itself still sees the row as it was before.
    found = await work.rows(upsert.returning(*TOLD, EARLIER, STATUS))
    for row in found:
        _tell(work, row, row.before, row.evidence)
    _say_changed(work, [row for row in found if row.before is None])


async def release_holds(
    work: Work, order_ids: Sequence[UUID], reasons: Sequence[HoldReason] = tuple(HoldReason), by: str | None = None
) -> set[UUID]:
    """Release the open holds of orders for these reasons: by a person, or by themselves; says which orders had one."""
    if not order_ids:
        return set()
    statement = (
        update(HOLDS)
        .where(among(HOLDS.c.order_id, order_ids), HOLDS.c.reason.in_(reasons), HOLDS.c.released_at.is_(None))
        .values(released_at=work.now, released_by=by)
        .returning(*TOLD, STATUS)
    )
    rows = await work.rows(statement)
    for row in rows:
        _tell(work, row, row.evidence, None)
    _say_changed(work, rows)
    return {row.order_id for row in rows}


def _say_changed(work: Work, rows: Sequence[Any]) -> None:
    """Let who works on orders that are to be shipped know that they must wait, or need not any more."""
    work.record(*(OrderHoldsChanged(order_id=each) for each in {row.order_id for row in rows if row.status in TO_SHIP}))


def _tell(work: Work, row: Any, before: str | None, after: str | None) -> None:
    """Let the story of the order tell why it waits, or no longer does."""
    audit.tell(work, ("Order", str(row.order_id)), ("Hold", str(row.id)), {row.reason.value: (before, after)})


def changes(
    existing: Sequence[Any], wanted: Holds, *, over: bool, among: frozenset[HoldReason] = DECIDED_BY_FACTS
) -> tuple[dict[HoldReason, str], set[HoldReason]]:
    """Say which holds to open and which to release, so that an order waits for the wanted reasons.

    What a person released stays released while its evidence is the same. Only holds among those that were looked at
    go by themselves; the others wait for a person or for what else decides them, unless the order is over.
    """
    waiting = {each.reason: each.evidence for each in existing if each.released_at is None}
    settled = {(each.reason, each.evidence) for each in existing if each.released_by is not None}
    opened = {
        reason: evidence
        for reason, evidence in wanted.items()
        if waiting.get(reason) != evidence and not (reason in among and (reason, evidence) in settled)
    }
    gone = {reason for reason in waiting if reason not in wanted and (over or reason in among)}
    return opened, gone


async def settle(
    work: Work, wanted: Mapping[UUID, Holds], among: frozenset[HoldReason]
) -> Mapping[UUID, Sequence[Any]] | None:
    """Let orders wait for these reasons, and no longer for the others that were looked at, in three statements.

    Says which holds they ever had, or nothing if that changed by it.
    """
    existing = await holds_of_orders(work, list(wanted)) if wanted else {}
    opened, gone = {}, dict[HoldReason, list[UUID]]()
    for order_id, reasons in wanted.items():
        opened[order_id], released = changes(existing[order_id], reasons, over=False, among=among)
        for reason in released:
            gone.setdefault(reason, []).append(order_id)
    await open_holds(work, opened)
    for reason in sorted(gone):
        await release_holds(work, gone[reason], [reason])
    return None if gone or any(opened.values()) else existing


async def settle_hold(work: Work, reason: HoldReason, evidence: Mapping[UUID, str]) -> None:
    """Let orders wait for one reason that another part of the house decides; an empty evidence ends the hold.

    What a person released stays released while the evidence is the same.
    """
    wanted = {key: {reason: said[:EVIDENCE_LENGTH_MAX]} if said else {} for key, said in evidence.items()}
    await settle(work, wanted, frozenset({reason}))
