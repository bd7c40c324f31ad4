"""Funds of distributors (经销商资金): balance and credit limit; each change is an entry, and made once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid as UuidType
from sqlalchemy import any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.distributors.events import FundsGrew
from domain.distributors.models import Distributor, FundsEntry, FundsKind
from domain.kernel import Money, Work, identifier

NOTHING = Money(0)
OF_CHANNELS = (
    select(
        Distributor.id,
        Distributor.channel_id,
        Distributor.name,
        Distributor.currency,
        Distributor.credit_limit,
        Distributor.balance,
        Distributor.active,
    )
    .where(Distributor.channel_id == any_(bindparam("channel_ids", type_=ARRAY(UuidType))))
    .order_by(Distributor.id)
)
OF_CHANNELS_HELD = OF_CHANNELS.with_for_update()


async def accounts_of(work: Work, channel_ids: Sequence[UUID], *, hold: bool = False) -> dict[UUID, Any]:
    """Find whose account each channel is; with `hold`, nobody else approves or books for them meanwhile."""
    statement = OF_CHANNELS_HELD if hold else OF_CHANNELS
    rows = await work.rows(statement, {"channel_ids": sorted(set(channel_ids))})
    return {row.channel_id: row for row in rows}


UNDOES = {
    FundsKind.RECEIPT_VOIDED: FundsKind.RECEIPT,
    FundsKind.SALE_VOIDED: FundsKind.SHIPMENT,
    FundsKind.RETURN_VOIDED: FundsKind.RETURN,
    FundsKind.REFUND_VOIDED: FundsKind.REFUND,
}


async def has_entry(work: Work, kind: FundsKind, cause_id: UUID) -> bool:
    """Whether something changed the funds of a distributor: what happened before there was an account did not."""
    entries = select(FundsEntry.id).where(FundsEntry.kind == kind, FundsEntry.cause_id == cause_id)
    return bool(await work.rows(entries.limit(1)))


async def _has_what_it_undoes(work: Work, distributor_id: UUID, kind: FundsKind, cause_id: UUID) -> bool:
    """Whether there is an entry to be undone; what happened before there was an account has none."""
    if (undone := UNDOES.get(kind)) is None:
        return True
    of_cause = (FundsEntry.distributor_id == distributor_id, FundsEntry.kind == undone, FundsEntry.cause_id == cause_id)
    return bool(await work.rows(select(FundsEntry.id).where(*of_cause)))


async def book_funds(work: Work, channel_id: UUID, kind: FundsKind, amount: Money, cause: tuple[UUID, str]) -> None:
    """Change the balance of the distributor of a channel, if it is one's, once for each cause (its id and its name)."""
    account = (await accounts_of(work, [channel_id], hold=True)).get(channel_id)
    if account is None or not amount or not await _has_what_it_undoes(work, account.id, kind, cause[0]):
        return
    entry = insert(FundsEntry).values(
        id=identifier(),
        distributor_id=account.id,
        kind=kind,
        amount=amount,
        cause_id=cause[0],
        reference=cause[1],
        made_by=work.actor.name,
        made_at=work.now,
    )
    if not await work.change(entry.on_conflict_do_nothing()):
        return
    changed = update(Distributor).where(Distributor.id == account.id)
    await work.execute(changed.values(balance=Distributor.balance + amount))
    if amount > NOTHING:
        work.record(FundsGrew(channel_id=channel_id))
