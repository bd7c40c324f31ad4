"""Noting what is printed (登记打印): each copy has its number, also when two people print the same at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.jobs import JobId
from domain.kernel import Work, identifier
from domain.printing.models import PrintKind

# In the order of the ids, so that two batches that overlap never wait for each other in a circle.
COUNT = text("""
    INSERT INTO print_counts (subject_id, kind, copies)
    SELECT subject_id, :kind, 1 FROM unnest(CAST(:ids AS uuid[])) AS subject_id ORDER BY subject_id
    ON CONFLICT (subject_id, kind) DO UPDATE SET copies = print_counts.copies + 1
    RETURNING subject_id, copies
""")
NOTE = text("""
    INSERT INTO prints (
        id, kind, subject_id, number, channel_id, warehouse_id, copy, subject_version, job_id, printed_by_id,
        printed_by, printed_at)
    SELECT given.id, :kind, given.subject_id, given.number, given.channel_id, given.warehouse_id, given.copy,
        given.version, :job_id, :actor_id, :actor_name, :now
    FROM unnest(
        CAST(:print_ids AS uuid[]), CAST(:ids AS uuid[]), CAST(:numbers AS text[]), CAST(:channels AS uuid[]),
        CAST(:warehouses AS uuid[]), CAST(:copies AS bigint[]), CAST(:versions AS bigint[])
    ) AS given (id, subject_id, number, channel_id, warehouse_id, copy, version)
""")


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What a paper is of: its number, the shop or warehouse by whose scope it is seen, and its order's version."""

    id: UUID
    number: str
    channel_id: UUID | None = None
    warehouse_id: UUID | None = None
    version: int | None = None


async def note_prints(work: Work, kind: PrintKind, job_id: JobId, subjects: Sequence[Printed]) -> dict[UUID, int]:
    """Write down that a job prints one more copy of each of these for the actor; says which copy of each it is."""
    copies = await _next_copies(work, kind, [each.id for each in subjects])
    given: dict[str, Any] = {
        "kind": kind.value,
        "job_id": job_id,
        "actor_id": work.actor.id,
        "actor_name": work.actor.name,
        "now": work.now,
        "print_ids": [identifier() for _ in subjects],
        "ids": [each.id for each in subjects],
        "numbers": [each.number for each in subjects],
        "channels": [each.channel_id for each in subjects],
        "warehouses": [each.warehouse_id for each in subjects],
        "copies": [copies[each.id] for each in subjects],
        "versions": [each.version for each in subjects],
    }
    await work.execute(NOTE, given)
    return copies


async def _next_copies(work: Work, kind: PrintKind, subject_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = await work.rows(COUNT, {"kind": kind.value, "ids": sorted(subject_ids)})
    return {row.subject_id: row.copies for row in rows}
