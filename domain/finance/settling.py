"""Settling (核销): a receipt pays receivables in parts, never beyond either side; every part is an allocation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, Uuid, column, func, literal, select, type_coerce, update
from sqlalchemy.dialects.postgresql import ARRAY

from domain.finance.models import Allocation, EntryId, OpenItem, OpenItemId, OpenItemKind
from domain.kernel import Money, NotFound, Refusal, Work, visible

MONEY = OpenItem.__table__.c.amount.type


class SettlesTooMuch(Refusal):
    """Only {rest} of {number} is left to settle."""

    number: str
    rest: Money
    chinese = "{number} 未核销余额仅剩 {rest}"


class SettlesAcross(Refusal):
    """{number} is in {currency} on another account; a receipt settles receivables of its own channel and currency."""

    number: str
    currency: str
    chinese = "{number}（{currency}）与收款的渠道或币种不同，不能核销"


class ItemVoided(Refusal):
    """{number} was voided and is owed by nobody."""

    number: str
    chinese = "{number} 已作废"


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What part of a receivable is settled."""

    receivable_id: OpenItemId
    amount: Money


async def lock_items(work: Work, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Lock open items in the order of their ids, so that two who settle never wait for each other in a circle."""
    statement = select(*OpenItem.__table__.columns).where(OpenItem.id.in_(ids)).order_by(OpenItem.id)
    rows = await work.rows(visible(statement, work.actor, channel=OpenItem.channel_id).with_for_update())
    return {row.id: row for row in rows}


def receivable_in(items: Mapping[UUID, Any], settlement: Settlement, channel_id: UUID, currency: str) -> Any:
    """Find the receivable that a settlement names, or say what stands in the way."""
    item = items.get(settlement.receivable_id)
    if item is None or item.kind != OpenItemKind.RECEIVABLE:
        raise NotFound(what="receivable", which=str(settlement.receivable_id))
    if (item.channel_id, item.currency) != (channel_id, currency):
        raise SettlesAcross(number=item.number, currency=item.currency)
    check_rest(item, settlement.amount)
    return item


def check_rest(item: Any, amount: Money) -> None:
    if item.voided_at is not None:
        raise ItemVoided(number=item.number)
    if amount > item.amount - item.settled_amount:
        raise SettlesTooMuch(number=item.number, rest=item.amount - item.settled_amount)


async def settle(work: Work, parts: Mapping[UUID, Money]) -> None:
    """Add to what is settled of locked items; a negative part gives back. The amount itself is the limit."""
    ids, amounts = list(parts), [part.value for part in parts.values()]
    rows = func.unnest(literal(ids, ARRAY(Uuid)), literal(amounts, ARRAY(Numeric(18, 2))))
    part = rows.table_valued(column("id", Uuid), column("amount", Numeric), name="part").render_derived()
    settled = OpenItem.settled_amount + type_coerce(part.c.amount, MONEY)
    within = (OpenItem.id == part.c.id, OpenItem.voided_at.is_(None), settled >= Money(0), settled <= OpenItem.amount)
    change = update(OpenItem).where(*within).values(settled_amount=settled)
    changed = await work.change(change.execution_options(synchronize_session=False))
    if changed != len(parts):
        raise RuntimeError(f"{len(parts)} items were locked and checked, {changed} could be settled")


def allocation(work: Work, receipt_id: UUID, settlement: Settlement, entry_id: UUID) -> Allocation:
    """Build the row that says what settled what; it is written with the entry that books it."""
    return Allocation(
        receipt_id=OpenItemId(receipt_id),
        receivable_id=settlement.receivable_id,
        entry_id=EntryId(entry_id),
        amount=settlement.amount,
        allocated_by=work.actor.name,
        allocated_at=work.now,
    )
