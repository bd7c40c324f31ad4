"""Accounts of distributors (经销商档案): opened for a channel of their own, with a credit limit."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain import channels, partners
from domain.distributors.events import FundsGrew
from domain.distributors.models import Distributor, DistributorId
from domain.kernel import BadInput, Money, NotFound, Refusal, Work, action, sees_channel, short_text
from domain.kernel.versions import check_version

CODE_LENGTH_MAX, NAME_LENGTH_MAX = 40, 200
NOTHING = Money(0)


class DistributorKnown(Refusal):
    """{what} already belongs to distributor {name}."""

    what: str
    name: str
    chinese = "{what} 已属于经销商 {name}"


@dataclass(frozen=True, kw_only=True)
class NewDistributor:
    """Who orders on account through which channel, and up to how much beyond what they paid."""

    code: str
    name: str
    channel_id: UUID
    credit_limit: Money


@dataclass(frozen=True, kw_only=True)
class DistributorChanges:
    """What changes of a distributor; None stays as it is."""

    name: str | None = None
    credit_limit: Money | None = None
    active: bool | None = None


@action
async def open_distributor(work: Work, new: NewDistributor) -> Distributor:
    """Open the account of a distributor, who orders on account through a channel of their own."""
    code = short_text(new.code, "code", CODE_LENGTH_MAX)
    name = short_text(new.name, "name", NAME_LENGTH_MAX)
    _check_limit(new.credit_limit)
    channel = await channels.channel_for_account(work, new.channel_id)
    await _refuse_known(work, code, new.channel_id)
    distributor = Distributor(
        code=code,
        name=name,
        channel_id=new.channel_id,
        currency=channel.currency,
        credit_limit=new.credit_limit,
        balance=NOTHING,
        created_at=work.now,
    )
    work.session.add(distributor)
    await work.session.flush()
    await _enlist(work, distributor)
    return distributor


@action
async def change_distributor(
    work: Work, distributor_id: DistributorId, changes: DistributorChanges, expected_version: int | None = None
) -> Distributor:
    """Change the name or the credit limit of a distributor, or let them order no more; what is owed stays owed."""
    found = await work.session.get(Distributor, distributor_id, with_for_update=True, populate_existing=True)
    if found is None or not sees_channel(work.actor, found.channel_id):
        raise NotFound(what="distributor", which=str(distributor_id)).at("input", "id")
    await check_version(work, found, expected_version)
    if changes.name is not None:
        found.name = short_text(changes.name, "name", NAME_LENGTH_MAX)
    if changes.credit_limit is not None:
        _check_limit(changes.credit_limit)
        found.credit_limit = changes.credit_limit
    if changes.active is not None:
        found.active = changes.active
    found.version += 1
    await _enlist(work, found)
    work.record(FundsGrew(channel_id=found.channel_id))
    return found


async def _enlist(work: Work, distributor: Distributor) -> None:
    """Keep a distributor among those whom goods go to."""
    entry = partners.Enlisted(
        id=distributor.id,
        kind=partners.PartnerKind.DISTRIBUTOR,
        code=distributor.code,
        name=distributor.name,
        active=distributor.active,
        channel_id=distributor.channel_id,
    )
    await partners.enlist(work, entry)


def _check_limit(limit: Money) -> None:
    if limit < NOTHING:
        raise BadInput(field="creditLimit", problem="must not be negative").at("input", "creditLimit")


async def _refuse_known(work: Work, code: str, channel_id: UUID) -> None:
    """Refuse a code or a channel that another distributor has; the channel's row is held, so two never both pass."""
    known = select(Distributor.code, Distributor.name, Distributor.channel_id)
    for row in await work.rows(known.where((Distributor.code == code) | (Distributor.channel_id == channel_id))):
        what, field = ("the code", "code") if row.code == code else ("the channel", "channelId")
        raise DistributorKnown(what=what, name=row.name).at("input", field)
