"""Voiding (冲销): a wrong entry is undone by its exact opposite, with what it settled and what it opened."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from domain import distributors
from domain.finance.journal import Line, NewEntry, business_date, post, write_beside
from domain.finance.models import Allocation, EntryId, EntryPurpose, JournalEntry, JournalLine, OpenItem, OpenItemId
from domain.finance.settling import Settlement, allocation, lock_items, settle
from domain.kernel import Money, NotFound, Refusal, Work, action, sees_channel, short_text

ENTRY = "journal_entry"
REASON_LENGTH_MAX = 500

FOLLOWS_STOCK = frozenset(
    {
        EntryPurpose.COST,
        EntryPurpose.STOCK_RECEIPT,
        EntryPurpose.STOCK_DIFFERENCE,
        EntryPurpose.STOCK_RETURN,
        EntryPurpose.COST_CHANGE,
        EntryPurpose.RETURN,
        EntryPurpose.RETURN_VOIDED,
    }
)
"""Entries that follow goods that moved; only the stock itself can undo them."""

OPENS_ITEM = frozenset({EntryPurpose.SALE, EntryPurpose.RECEIPT, EntryPurpose.REFUND})
KIND = distributors.FundsKind
VOIDED_AS = {
    EntryPurpose.SALE: (KIND.SALE_VOIDED, 1),
    EntryPurpose.RECEIPT: (KIND.RECEIPT_VOIDED, -1),
    EntryPurpose.REFUND: (KIND.REFUND_VOIDED, 1),
}
"""What the funds of a distributor become when an entry is voided, and with which sign."""


class EntryVoided(Refusal):
    """Entry {number} was voided by entry {reversal}."""

    number: str
    reversal: str
    chinese = "凭证 {number} 已由凭证 {reversal} 冲销"


class EntryReverses(Refusal):
    """Entry {number} is itself a reversal; post what was right instead of voiding it."""

    number: str
    chinese = "凭证 {number} 本身是红字冲销凭证，不能再次冲销"


class EntryFollowsStock(Refusal):
    """Entry {number} follows goods that moved; only what moves them back undoes it, such as voidReturn."""

    number: str
    chinese = "凭证 {number} 由库存单据产生，只能通过库存单据冲回"


class ItemSettled(Refusal):
    """{settled} of {number} is settled by other entries; void those first."""

    number: str
    settled: Money
    chinese = "{number} 已被其他凭证核销 {settled}，请先冲销这些凭证"


@action
async def void_entry(work: Work, entry_id: EntryId, reason: str) -> JournalEntry:
    """Reverse a posted entry; what it settled is open again, and what it opened is void."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    entry, lines = await _entry_to_void(work, entry_id)
    await _check_unreversed(work, entry)
    given_back = await _allocations_of(work, entry.id)
    await _lock_touched(work, entry, given_back)
    await _give_back(work, given_back)
    await _void_opened(work, entry)
    reversal = post(work, _reversal(work, entry, lines, stated))
    if reversal is None:
        raise RuntimeError(f"entry {entry.number} has nothing to reverse")
    write_beside(work, *(_undone(work, each, reversal.id) for each in given_back))
    return reversal


async def _entry_to_void(work: Work, entry_id: EntryId) -> tuple[Any, list[Any]]:
    """Read the entry and its lines; whoever voids the same entry waits here, for a ledger row cannot be locked."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"void {entry_id}", 0))))
    entries = await work.rows(select(*JournalEntry.__table__.columns).where(JournalEntry.id == entry_id))
    of_entry = select(*JournalLine.__table__.columns).where(JournalLine.entry_id == entry_id)
    lines = await work.rows(of_entry.order_by(JournalLine.position))
    if not entries or not all(_seen(work, line.channel_id) for line in lines):
        raise NotFound(what="journal entry", which=str(entry_id)).at("input", "entryId")
    return entries[0], lines


def _seen(work: Work, channel_id: UUID | None) -> bool:
    return work.actor.channels is None if channel_id is None else sees_channel(work.actor, channel_id)


async def _check_unreversed(work: Work, entry: Any) -> None:
    if entry.reverses_id is not None:
        raise EntryReverses(number=entry.number)
    if entry.purpose in FOLLOWS_STOCK:
        raise EntryFollowsStock(number=entry.number)
    reversals = await work.rows(select(JournalEntry.number).where(JournalEntry.reverses_id == entry.id))
    if reversals:
        raise EntryVoided(number=entry.number, reversal=reversals[0].number)


async def _allocations_of(work: Work, entry_id: UUID) -> list[Any]:
    return await work.rows(select(*Allocation.__table__.columns).where(Allocation.entry_id == entry_id))


async def _lock_touched(work: Work, entry: Any, given_back: list[Any]) -> None:
    """Lock every item whose rest will change, with the one the entry opened."""
    settled = {each.receipt_id for each in given_back} | {each.receivable_id for each in given_back}
    opened = await work.rows(select(OpenItem.id).where(*_opened_by(entry)))
    touched = settled | {row.id for row in opened}
    if touched:
        await lock_items(work, sorted(touched))


async def _give_back(work: Work, given_back: list[Any]) -> None:
    parts: dict[UUID, Money] = {}
    for each in given_back:
        for item in (each.receipt_id, each.receivable_id):
            parts[item] = parts.get(item, Money(0)) - each.amount
    if parts:
        await settle(work, parts)


async def _void_opened(work: Work, entry: Any) -> None:
    """Void the item the entry opened, unless something else still settles it."""
    if entry.purpose not in OPENS_ITEM:
        return
    free = (*_opened_by(entry), OpenItem.settled_amount == Money(0), OpenItem.voided_at.is_(None))
    if await work.change(update(OpenItem).where(*free).values(voided_at=work.now)):
        await _give_back_funds(work, entry)
        return
    for item in await work.rows(select(OpenItem.number, OpenItem.settled_amount).where(*_opened_by(entry))):
        raise ItemSettled(number=item.number, settled=item.settled_amount)


async def _give_back_funds(work: Work, entry: Any) -> None:
    """Undo what the entry did to the funds of a distributor."""
    columns = (OpenItem.channel_id, OpenItem.amount, OpenItem.reference)
    for item in await work.rows(select(*columns).where(*_opened_by(entry))):
        kind, sign = VOIDED_AS[entry.purpose]
        amount = Money(item.amount.value * sign)
        await distributors.book_funds(work, item.channel_id, kind, amount, (entry.source_id, item.reference or ""))


def _opened_by(entry: Any) -> tuple[Any, ...]:
    return (OpenItem.source_type == entry.source_type, OpenItem.source_id == entry.source_id)


def _reversal(work: Work, entry: Any, lines: list[Any], reason: str) -> NewEntry:
    return NewEntry(
        purpose=EntryPurpose.VOID,
        summary=f"冲销 {entry.number}：{reason}",
        source_type=ENTRY,
        source_id=entry.id,
        date=business_date(work.now),
        channel_id=lines[0].channel_id,
        reverses_id=entry.id,
        lines=[
            Line(
                account=line.account_code,
                debit=line.credit,
                credit=line.debit,
                currency=line.currency,
                customer_id=line.customer_id,
            )
            for line in lines
        ],
    )


def _undone(work: Work, given: Any, reversal_id: UUID) -> Allocation:
    settlement = Settlement(receivable_id=OpenItemId(given.receivable_id), amount=-given.amount)
    return allocation(work, given.receipt_id, settlement, reversal_id)
