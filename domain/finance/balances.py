"""Balances (余额): the trial balance (试算平衡表) and the ageing of what is owed (账龄), as they stood on a day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, func, literal, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY

from domain.finance.journal import CHINA, NOTHING
from domain.finance.models import Account, Allocation, JournalEntry, JournalLine, OpenItem, OpenItemKind
from domain.finance.settling import MONEY
from domain.kernel import Money, Read, visible

AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90")
LAST_DAYS = (0, 30, 60, 90)
INTEGERS = ARRAY(Integer)


@dataclass(frozen=True, kw_only=True)
class Ageing:
    """What one channel owes, by how many days it is overdue; an item due today is not due yet."""

    channel_id: UUID
    currency: str
    not_due: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    over_90: Money

    @property
    def total(self) -> Money:
        return Money.total(getattr(self, age) for age in AGES)


async def trial_balance(read: Read, currency: str, as_of: date) -> list[Any]:
    """Sum debits and credits of each account up to and including a day; accounts that never moved are left out."""
    debit, credit = func.sum(JournalLine.debit, type_=MONEY), func.sum(JournalLine.credit, type_=MONEY)
    statement: Select[Any] = (
        select(Account.code, Account.name, Account.name_chinese, Account.kind)
        .add_columns(debit.label("debit"), credit.label("credit"), type_coerce(debit - credit, MONEY).label("balance"))
        .join(JournalLine, JournalLine.account_code == Account.code)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalLine.currency == currency, JournalEntry.date <= as_of)
        .group_by(Account.code)
        .order_by(Account.code)
    )
    return await read.rows(visible(statement, read.actor, channel=JournalLine.channel_id))


async def ageing(read: Read, currency: str, as_of: date) -> list[Ageing]:
    """Sum what each channel owed at the end of a day, by age; what was settled or voided later still counts as owed."""
    day_ends = datetime.combine(as_of + timedelta(days=1), time(0), CHINA)
    later = (
        select(Allocation.receivable_id, func.sum(Allocation.amount, type_=MONEY).label("amount"))
        .where(Allocation.allocated_at >= day_ends)
        .group_by(Allocation.receivable_id)
        .subquery("later")
    )
    rest = OpenItem.amount - OpenItem.settled_amount + func.coalesce(later.c.amount, literal(NOTHING, MONEY))
    age = func.width_bucket(literal(as_of) - OpenItem.due_on, literal([last + 1 for last in LAST_DAYS], INTEGERS))
    statement = (
        select(OpenItem.channel_id, age.label("age"), func.sum(rest, type_=MONEY).label("rest"))
        .outerjoin(later, later.c.receivable_id == OpenItem.id)
        .where(OpenItem.kind == OpenItemKind.RECEIVABLE, OpenItem.currency == currency)
        .where(OpenItem.opened_at < day_ends, or_(OpenItem.voided_at.is_(None), OpenItem.voided_at >= day_ends))
        .where(rest > literal(NOTHING, MONEY))
        .group_by(OpenItem.channel_id, "age")
        .order_by(OpenItem.channel_id)
    )
    rows = await read.rows(visible(statement, read.actor, channel=OpenItem.channel_id))
    return [
        Ageing(channel_id=channel_id, currency=currency, **_by_age(list(of_channel)))
        for channel_id, of_channel in groupby(rows, key=lambda row: row.channel_id)
    ]


def _by_age(rows: list[Any]) -> dict[str, Money]:
    rests = {AGES[row.age]: row.rest for row in rows}
    return {age: rests.get(age, NOTHING) for age in AGES}
