"""Readers of the books (财务查询): accounts, entries and open items, within the reader's channels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from domain.finance.models import (
    Account,
    Allocation,
    EntryPurpose,
    JournalEntry,
    JournalLine,
    OpenItem,
    OpenItemKind,
)
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, by_key, grouped, page, visible

CREDIT = aliased(OpenItem, name="credit")
REST = (OpenItem.amount - OpenItem.settled_amount).label("rest_amount")
ITEM_COLUMNS = (*OpenItem.__table__.columns, REST)
STILL_OPEN = and_(OpenItem.settled_amount < OpenItem.amount, OpenItem.voided_at.is_(None))


def _orderings(name: str, column: Any, unique: Any, parse: Callable[[str], Any]) -> tuple[Ordering, Ordering]:
    """Build the order by a column, and the same from the other end."""
    keys, parsers = (column.key, "id"), (parse, UUID)
    return (
        Ordering(name, (column, unique), keys, parsers),
        Ordering(f"{name}_DESC", (column, unique), keys, parsers, descending=True),
    )


BY_DUE_DATE, BY_DUE_DATE_LAST_FIRST = _orderings("DUE", OpenItem.due_on, OpenItem.id, date.fromisoformat)
BY_OPENING, BY_OPENING_LAST_FIRST = _orderings("OPENED", OpenItem.opened_at, OpenItem.id, datetime.fromisoformat)
BY_POSTING, BY_POSTING_LAST_FIRST = _orderings(
    "POSTED", JournalEntry.posted_at, JournalEntry.id, datetime.fromisoformat
)
BY_DATE, BY_DATE_LAST_FIRST = _orderings("DATE", JournalEntry.date, JournalEntry.id, date.fromisoformat)


@dataclass(frozen=True, kw_only=True)
class ItemFilter:
    """Which open items; what is None does not restrict."""

    open_only: bool = False
    channel_ids: Sequence[UUID] | None = None
    customer_ids: Sequence[UUID] | None = None
    order_ids: Sequence[UUID] | None = None
    currency: str | None = None
    due_from: date | None = None
    due_until: date | None = None
    number: str | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class EntryFilter:
    """Which entries; `date_until` is the first day after them."""

    date_from: date | None = None
    date_until: date | None = None
    purposes: Sequence[EntryPurpose] | None = None
    source_ids: Sequence[UUID] | None = None
    account_codes: Sequence[str] | None = None
    number: str | None = None


def _items(read: Read) -> Select[Any]:
    return visible(select(*ITEM_COLUMNS), read.actor, channel=OpenItem.channel_id)


def _item_conditions(where: ItemFilter) -> list[Any]:
    allowed: list[tuple[Any, Any]] = [
        (OpenItem.channel_id, where.channel_ids),
        (OpenItem.customer_id, where.customer_ids),
        (OpenItem.order_id, where.order_ids),
    ]
    wanted: list[tuple[Any, Any]] = [
        (OpenItem.currency, where.currency),
        (OpenItem.number, where.number),
        (OpenItem.reference, where.reference),
    ]
    return [
        *([STILL_OPEN] if where.open_only else []),
        *(column.in_(values) for column, values in allowed if values is not None),
        *(column == value for column, value in wanted if value is not None),
        *([] if where.due_from is None else [OpenItem.due_on >= where.due_from]),
        *([] if where.due_until is None else [OpenItem.due_on < where.due_until]),
    ]


async def open_items(read: Read, kind: OpenItemKind, where: ItemFilter, order: Ordering, request: PageRequest) -> Page:
    """List receivables or receipts."""
    conditions = [OpenItem.kind == kind, *_item_conditions(where)]
    return await page(read, _items(read).where(*conditions), order, request)


async def receivables_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return await _by_id(read, OpenItemKind.RECEIVABLE, ids)


async def receipts_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return await _by_id(read, OpenItemKind.RECEIPT, ids)


async def refunds_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return await _by_id(read, OpenItemKind.REFUND, ids)


async def _by_id(read: Read, kind: OpenItemKind, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(_items(read).where(OpenItem.kind == kind, OpenItem.id.in_(ids))))


async def receivables_of(read: Read, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """List what is or was owed for each order, the oldest first."""
    return await _of_orders(read, OpenItemKind.RECEIVABLE, order_ids)


async def refunds_of(read: Read, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """List what we owe or owed buyers for goods of each order that came back, the oldest first."""
    return await _of_orders(read, OpenItemKind.REFUND, order_ids)


async def _of_orders(read: Read, kind: OpenItemKind, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    of_orders = _items(read).where(OpenItem.kind == kind, OpenItem.order_id.in_(order_ids))
    return grouped(await read.rows(of_orders.order_by(OpenItem.opened_at, OpenItem.id)), "order_id", order_ids)


async def allocations_of(read: Read, item_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """List what settled each receivable, or what each receipt settled, in the order in which it happened."""
    of_items = or_(Allocation.receipt_id.in_(item_ids), Allocation.receivable_id.in_(item_ids))
    sides = (OpenItem.kind.label("settles"), OpenItem.reference, CREDIT.kind.label("settled_by"))
    columns = (*Allocation.__table__.columns, OpenItem.currency, *sides)
    statement = select(*columns).join(OpenItem, OpenItem.id == Allocation.receivable_id)
    statement = statement.join(CREDIT, CREDIT.id == Allocation.receipt_id)
    seen = visible(statement.where(of_items), read.actor, channel=OpenItem.channel_id)
    groups: dict[UUID, list[Any]] = {each: [] for each in item_ids}
    for row in await read.rows(seen.order_by(Allocation.allocated_at, Allocation.id)):
        for side in (row.receipt_id, row.receivable_id):
            if side in groups:
                groups[side].append(row)
    return groups


def _entries(read: Read) -> Select[Any]:
    """Select entries; who sees only some channels sees the entries that belong to them."""
    statement = select(*JournalEntry.__table__.columns)
    if read.actor.channels is None:
        return statement
    lines = visible(select(JournalLine.entry_id), read.actor, channel=JournalLine.channel_id)
    return statement.where(JournalEntry.id.in_(lines))


async def journal_entries(read: Read, where: EntryFilter, order: Ordering, request: PageRequest) -> Page:
    """List posted entries."""
    conditions: list[Any] = [] if where.date_from is None else [JournalEntry.date >= where.date_from]
    conditions += [] if where.date_until is None else [JournalEntry.date < where.date_until]
    conditions += [] if where.purposes is None else [JournalEntry.purpose.in_(where.purposes)]
    conditions += [] if where.source_ids is None else [JournalEntry.source_id.in_(where.source_ids)]
    conditions += [] if where.number is None else [JournalEntry.number == where.number]
    if where.account_codes is not None:
        touching = select(JournalLine.entry_id).where(JournalLine.account_code.in_(where.account_codes))
        conditions.append(JournalEntry.id.in_(touching))
    return await page(read, _entries(read).where(*conditions), order, request)


async def entries_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(_entries(read).where(JournalEntry.id.in_(ids))))


async def entries_of(read: Read, source_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """List the entries that book each source, by number."""
    of_sources = _entries(read).where(JournalEntry.source_id.in_(source_ids))
    return grouped(await read.rows(of_sources.order_by(JournalEntry.number)), "source_id", source_ids)


async def reversals_of(read: Read, entry_ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Find the entry by which each entry was voided, if it was."""
    return by_key(await read.rows(_entries(read).where(JournalEntry.reverses_id.in_(entry_ids))), "reverses_id")


# The lines of each entry, in their order.
lines_of_entries = Reading(
    select(*JournalLine.__table__.columns).order_by(JournalLine.position),
    JournalLine.entry_id,
    many=True,
    channel=JournalLine.channel_id,
)
accounts_by_code = Reading(select(*Account.__table__.columns), Account.code)


async def accounts(read: Read) -> list[Any]:
    """List the chart of accounts by code."""
    return await read.rows(select(*Account.__table__.columns).order_by(Account.code))
