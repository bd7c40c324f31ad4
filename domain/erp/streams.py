"""How far both directions have come (游标进度): noted after what was carried is safe, moved back by a person.

What is carried twice is known by its number on the side that takes it, so a lost note does no harm.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from domain import inventory
from domain.erp.events import ErpExchangeAsked
from domain.erp.models import ErpStatus, ErpStream, ErpStreamId, ErpStreamKind, PartnerErp, PartnerErpId
from domain.erp.words import ToldMovement
from domain.kernel import BadInput, Money, NotFound, Quantity, Work, action

CURSOR_LENGTH_MAX = 200
PROBLEM_LENGTH_MAX = 500
MOVEMENTS_MAX = 200
PAUSE = timedelta(seconds=30)
PAUSE_MAX = timedelta(hours=1)
POSITION_DIGITS_MAX = 18

# The position that is added up lies behind all writers: below it nothing appears any more. What an ERP changed itself
# is not told back to it; voiding that is.
MOVEMENTS = text("""
    SELECT moved.id, moved.position, moved.kind, warehouses.code AS warehouse, variants.sku, lots.code AS lot,
        moved.quantity, moved.cost_amount, moved.effective_at,
        moved.document_type || ' ' || moved.document_id || ' ' || moved.document_line AS document,
        moved.counterpart_id = moved.warehouse_id OR (moved.reverses_id IS NULL AND EXISTS (
            SELECT FROM erp_changes WHERE document_id = moved.document_id AND partner_id = :partner_id
        )) AS silent
    FROM stock_ledger AS moved
    JOIN warehouses ON warehouses.id = moved.warehouse_id
    JOIN variants ON variants.id = moved.variant_id
    LEFT JOIN lots ON lots.id = moved.lot_id
    WHERE moved.position > :after AND moved.position <= (SELECT summed_to FROM stock_summing)
    ORDER BY moved.position LIMIT :most
""")


@dataclass(frozen=True, kw_only=True)
class MovementsToTell:
    """Movements after one position up to another; there may be none to tell among them."""

    after: str
    upto: str
    movements: tuple[ToldMovement, ...]


async def streams_to_run(work: Work, partner_id: PartnerErpId | UUID, *, only_due: bool) -> dict[ErpStreamKind, Any]:
    """Say which streams of an open ERP may run now."""
    wanted = select(*ErpStream.__table__.columns).join(PartnerErp, PartnerErp.id == ErpStream.partner_id)
    wanted = wanted.where(PartnerErp.id == partner_id, PartnerErp.status == ErpStatus.OPEN)
    if only_due:
        wanted = wanted.where(ErpStream.next_at <= work.now)
    return {row.kind: row for row in await work.rows(wanted)}


async def erps_to_run(work: Work) -> list[PartnerErpId]:
    """Say which ERPs have a stream that is due."""
    wanted = select(PartnerErp.id).join(ErpStream, ErpStream.partner_id == PartnerErp.id)
    wanted = wanted.where(PartnerErp.status == ErpStatus.OPEN, ErpStream.next_at <= work.now).distinct()
    return [row.id for row in await work.rows(wanted)]


async def movements_to_tell(work: Work, partner_id: PartnerErpId | UUID, after: str) -> MovementsToTell | None:
    """Read the next movements an ERP does not know yet; None when there are none."""
    told_cost = (await work.rows(select(PartnerErp.told_cost).where(PartnerErp.id == partner_id)))[0][0]
    rows = await work.rows(MOVEMENTS, {"partner_id": partner_id, "after": int(after or 0), "most": MOVEMENTS_MAX})
    if not rows:
        return None
    told = tuple(_told(row, told_cost=told_cost) for row in rows if not row.silent and (row.quantity or told_cost))
    return MovementsToTell(after=after, upto=str(rows[-1].position), movements=told)


def _told(row: Any, *, told_cost: bool) -> ToldMovement:
    return ToldMovement(
        number=row.id,
        position=row.position,
        kind=row.kind,
        warehouse=row.warehouse,
        sku=row.sku,
        lot=row.lot,
        quantity=Quantity(row.quantity),
        cost=Money(row.cost_amount) if told_cost else None,
        document=row.document,
        effective_at=row.effective_at,
    )


async def note_carried(
    work: Work, partner_id: PartnerErpId | UUID, kind: ErpStreamKind, after: str, upto: str, carried: int
) -> bool:
    """Note that all up to a cursor was carried; not when somebody moved the stream meanwhile."""
    stream = ErpStream
    here = (stream.partner_id == partner_id, stream.kind == kind, stream.cursor == after)
    noted: dict[str, Any] = {"faults": 0, "problem": None, "next_at": work.now}
    if upto != after or carried:
        noted |= {"cursor": upto, "carried": stream.carried + carried, "moved_at": work.now}
        noted["version"] = stream.version + 1
    return bool(await work.change(update(stream).where(*here).values(noted)))


async def note_fault(work: Work, partner_id: PartnerErpId | UUID, kind: ErpStreamKind, problem: str) -> None:
    """Note why nothing could be carried: the clock waits longer each time."""
    stream = ErpStream
    here = (stream.partner_id == partner_id, stream.kind == kind)
    faults = (await work.rows(select(stream.faults).where(*here).with_for_update()))[0][0]
    wait = min(PAUSE * 2 ** min(faults, 10), PAUSE_MAX)
    noted = {"faults": faults + 1, "problem": problem[:PROBLEM_LENGTH_MAX], "next_at": work.now + wait}
    await work.execute(update(stream).where(*here).values(noted))


@action
async def resend_erp_stream(work: Work, stream_id: ErpStreamId, cursor: str) -> ErpStream:
    """Carry everything after a cursor again; what the side that takes it knows by its number changes nothing there."""
    stream = await work.session.get(ErpStream, stream_id, with_for_update=True, populate_existing=True)
    if stream is None:
        raise NotFound(what="stream", which=str(stream_id)).at("input", "id")
    stream.cursor = await _cursor(work, stream.kind, cursor.strip())
    stream.faults, stream.problem, stream.next_at = 0, None, work.now
    stream.version += 1
    work.record(ErpExchangeAsked(partner_id=stream.partner_id))
    return stream


async def _cursor(work: Work, kind: ErpStreamKind, cursor: str) -> str:
    if len(cursor) > CURSOR_LENGTH_MAX:
        raise BadInput(field="cursor", problem=f"has at most {CURSOR_LENGTH_MAX} characters").at("input", "cursor")
    if kind is ErpStreamKind.THEIR_CHANGES:
        return cursor
    summed_to = (await work.rows(select(inventory.SUMMED_TO)))[0][0]
    position = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) <= POSITION_DIGITS_MAX else -1
    if not 0 <= position <= summed_to:
        problem = f"must be a position of the stock ledger from 0 to {summed_to}"
        raise BadInput(field="cursor", problem=problem).at("input", "cursor")
    return str(position)
