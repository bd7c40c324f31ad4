"""The journal (记账凭证): balanced entries numbered without gaps, the only way money moves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import groupby
from typing import cast
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from domain.finance.chart import COMPANY_CURRENCY
from domain.finance.models import EntryId, EntryPurpose, JournalEntry, JournalLine, NumberSeries
from domain.kernel import Money, Refusal, Table, Work, identifier

NOTHING = Money(0)
CHINA = timezone(timedelta(hours=8))
SERIES = "JV"
NUMBER_DIGITS = 6


class EntryUnbalanced(Refusal):
    """Debits {debited} and credits {credited} in {currency} differ."""

    debited: Money
    credited: Money
    currency: str
    chinese = "{currency} 借方 {debited} 与贷方 {credited} 不相等"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One side of an entry to be: a debit or a credit of one account."""

    account: str
    debit: Money = NOTHING
    credit: Money = NOTHING
    currency: str = COMPANY_CURRENCY
    customer_id: UUID | None = None

    def moved(self) -> "Line":
        """Put a negative amount on the other side, for no side of a line is ever negative."""
        net = self.debit - self.credit
        return Line(
            account=self.account,
            debit=max(net, NOTHING),
            credit=max(-net, NOTHING),
            currency=self.currency,
            customer_id=self.customer_id,
        )


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """A voucher to be posted; there is one per source and purpose."""

    purpose: EntryPurpose
    summary: str
    source_type: str
    source_id: UUID
    date: date
    lines: Sequence[Line]
    channel_id: UUID | None = None
    reverses_id: EntryId | None = None


@dataclass
class Posting:
    """The entries of one Work, waiting for its end: the series is locked only while they are numbered and written."""

    entries: list[tuple[JournalEntry, list[JournalLine]]] = field(default_factory=list)
    beside: list[Table] = field(default_factory=list)

    async def __call__(self, work: Work) -> None:
        for period, of_period in groupby(sorted(self.entries, key=_in_period), key=lambda each: _period(each[0].date)):
            together = list(of_period)
            last = await _take_numbers(work, period, len(together))
            for number, (entry, lines) in enumerate(together, start=last - len(together) + 1):
                entry.number = f"{SERIES}{period}-{number:0{NUMBER_DIGITS}}"
                work.session.add(entry)
                work.session.add_all(lines)
        await work.session.flush()
        work.session.add_all(self.beside)
        await work.session.flush()


def business_date(at: datetime) -> date:
    """Say on which day in China something happened: the day a voucher bears."""
    return at.astimezone(CHINA).date()


def effective(lines: Iterable[Line]) -> list[Line]:
    """Drop the lines that move nothing, turn negative ones around, and refuse what does not balance."""
    moved = [line for line in (each.moved() for each in lines) if line.debit or line.credit]
    for currency in {line.currency for line in moved}:
        debited = Money.total(line.debit for line in moved if line.currency == currency)
        credited = Money.total(line.credit for line in moved if line.currency == currency)
        if debited != credited:
            raise EntryUnbalanced(debited=debited, credited=credited, currency=currency)
    return moved


def post(work: Work, new: NewEntry) -> JournalEntry | None:
    """Post an entry when the Work closes; None when nothing moves."""
    lines = effective(new.lines)
    if not lines:
        return None
    entry = JournalEntry(
        id=identifier(),
        number="",
        date=new.date,
        purpose=new.purpose,
        summary=new.summary,
        source_type=new.source_type,
        source_id=new.source_id,
        reverses_id=new.reverses_id,
        posted_by=work.actor.name,
        posted_at=work.now,
    )
    rows = [_row(entry.id, position, line, new.channel_id) for position, line in enumerate(lines, start=1)]
    _posting(work).entries.append((entry, rows))
    return entry


def write_beside(work: Work, *rows: Table) -> None:
    """Write rows that point to entries of this Work, after them."""
    _posting(work).beside.extend(rows)


def _posting(work: Work) -> Posting:
    return cast(Posting, work.closing.setdefault("finance.journal", Posting()))


async def is_booked(work: Work, source_type: str, source_id: UUID) -> bool:
    """Whether a source has entries already: a fact may be told twice and is booked once."""
    of_source = (JournalEntry.source_type == source_type, JournalEntry.source_id == source_id)
    return bool((await work.rows(select(exists().where(*of_source))))[0][0])


def _row(entry_id: EntryId, position: int, line: Line, channel_id: UUID | None) -> JournalLine:
    return JournalLine(
        entry_id=entry_id,
        position=position,
        account_code=line.account,
        debit=line.debit,
        credit=line.credit,
        currency=line.currency,
        customer_id=line.customer_id,
        channel_id=channel_id,
    )


def _period(day: date) -> str:
    return f"{day:%Y%m}"


def _in_period(each: tuple[JournalEntry, list[JournalLine]]) -> tuple[str, date]:
    """Within a day the order of posting stays, because sorting is stable."""
    entry, _ = each
    return _period(entry.date), entry.date


async def _take_numbers(work: Work, period: str, count: int) -> int:
    """Take the next numbers of the period; whoever else posts into it waits until this transaction ends."""
    take = insert(NumberSeries).values(series=SERIES, period=period, last=count)
    taken = take.on_conflict_do_update(
        index_elements=[NumberSeries.series, NumberSeries.period], set_={"last": NumberSeries.last + count}
    ).returning(NumberSeries.last)
    return int((await work.rows(taken))[0].last)
