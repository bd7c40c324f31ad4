"""Addresses of digests (汇总接收地址): the webhook of a person, or of a team for its channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import aliased

from domain import alerts, channels, identity
from domain.alerts import AlertKind
from domain.desk.delivery_models import DeliveryState, DigestAddress, DigestAddressId, DigestDelivery
from domain.kernel import (
    Actor,
    BadInput,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Read,
    Reading,
    Refusal,
    Work,
    action,
    by_key,
    check_version,
    page,
    sees_channel,
    short_text,
    web_address,
)

NAME_LENGTH_MAX = 100
CHANNELS_MAX = 200
TOLD = tuple(each for each in DigestAddress.__table__.columns if each.name != "sealed_credentials")
ADDRESSES: Select[Any] = select(*TOLD).where(DigestAddress.removed_at.is_(None))
DELIVERIES = select(*DigestDelivery.__table__.columns)
BY_UPDATED = Ordering(
    name="digest_addresses.updated",
    columns=(DigestAddress.updated_at, DigestAddress.id),
    keys=("updated_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
)
digest_deliveries_by_id = Reading(DELIVERIES, DigestDelivery.id, channel=DigestDelivery.channel_id)
deliveries_of_digests = Reading(
    DELIVERIES.order_by(DigestDelivery.recipient, DigestDelivery.id),
    DigestDelivery.digest_id,
    many=True,
    channel=DigestDelivery.channel_id,
)


class DigestAddressTaken(Refusal):
    """There is already an address for digests of {name}; change that one."""

    name: str
    chinese = "{name} 已有汇总接收地址，请修改原地址"


@dataclass(frozen=True, kw_only=True)
class NewDigestAddress:
    """Whose address it is, a person's or a team's, and where; what opens it is sealed."""

    name: str
    staff_id: UUID | None
    channel_ids: Sequence[UUID] | None
    host: str
    sealed_credentials: str


def host_of(url: str) -> str:
    """Check the address of a webhook, and say the part of it that may be shown."""
    address = web_address(url)
    if address is None or not address.hostname or address.fragment:
        problem = "must be a web address such as https://hook.example.com/digests, without a name or a password"
        raise BadInput(field="url", problem=problem).at("input", "url")
    if _is_link_local(address.hostname):
        problem = "must not lie on the link itself (169.254.0.0/16, fe80::/10), where a cloud keeps its own secrets"
        raise BadInput(field="url", problem=problem).at("input", "url")
    return address.hostname


def _is_link_local(host: str) -> bool:
    try:
        return ip_address(host).is_link_local
    except ValueError:
        return False


def masked_mail(mail: str) -> str:
    """Check a mailbox, and say the part of it that may be shown."""
    if not identity.EMAIL.fullmatch(mail):
        raise BadInput(field="mail", problem="is not an e-mail address").at("input", "mail")
    person, _, domain = mail.rpartition("@")
    return f"{person[0]}***@{domain}"


@action
async def set_digest_address(
    work: Work,
    given: NewDigestAddress,
    address_id: DigestAddressId | None = None,
    expected_version: int | None = None,
) -> DigestAddress:
    """Say where the digests of a person, or of a team's channels, are sent from now on; no secret is ever answered."""
    name = short_text(given.name, "name", NAME_LENGTH_MAX)
    await _check(work, given)
    row = await _row(work, address_id) if address_id is not None else None
    if row is not None:
        await check_version(work, row, expected_version)
    await _refuse_taken(work, given, name, None if row is None else row.id)
    values: dict[str, Any] = {
        "name": name,
        "staff_id": given.staff_id,
        "channel_ids": None if given.channel_ids is None else sorted(set(given.channel_ids)),
        "host": given.host,
        "sealed_credentials": given.sealed_credentials,
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    if row is None:
        row = DigestAddress(**values)
        work.session.add(row)
    else:
        for key, value in values.items():
            setattr(row, key, value)
        row.version += 1
    await work.session.flush()
    return row


async def _check(work: Work, given: NewDigestAddress) -> None:
    if given.staff_id is not None:
        if given.channel_ids is not None:
            problem = "are for teams; a person gets the digests of the channels they are on duty for"
            raise BadInput(field="channelIds", problem=problem).at("input", "channelIds")
        standing = (await identity.standings_of(work, [given.staff_id])).get(given.staff_id)
        if standing is None or not standing.active:
            raise NotFound(what="Staff", which=str(given.staff_id)).at("input", "staffId")
        everywhere = work.actor.channels is None
        if not everywhere and work.actor.id not in (given.staff_id, *standing.superiors):
            raise identity.NotBelow(name=standing.person.name).at("input", "staffId")
        return
    if given.channel_ids is None:
        if work.actor.channels is not None:
            problem = "must be named by who does not see all channels"
            raise BadInput(field="channelIds", problem=problem).at("input", "channelIds")
        return
    if not 1 <= len(given.channel_ids) <= CHANNELS_MAX:
        raise BadInput(field="channelIds", problem=f"must be 1 to {CHANNELS_MAX}").at("input", "channelIds")
    found = await work.rows(select(channels.Channel.id).where(channels.Channel.id.in_(given.channel_ids)))
    known = {row.id for row in found}
    for index, each in enumerate(given.channel_ids):
        if each not in known or not sees_channel(work.actor, each):
            raise NotFound(what="channel", which=str(each)).at("input", "channelIds", str(index))


async def _refuse_taken(work: Work, given: NewDigestAddress, name: str, own: UUID | None) -> None:
    same = [DigestAddress.name == name]
    if given.staff_id is not None:
        same.append(DigestAddress.staff_id == given.staff_id)
    taken = select(DigestAddress.id).where(DigestAddress.removed_at.is_(None), or_(*same)).with_for_update()
    if any(row.id != own for row in await work.rows(taken)):
        raise DigestAddressTaken(name=name).at("input", "name")


@action
async def remove_digest_address(
    work: Work, address_id: DigestAddressId, expected_version: int | None = None
) -> DigestAddress:
    """Send no digests to an address any more; what was sent stays to be read."""
    row = await _row(work, address_id)
    await check_version(work, row, expected_version)
    owed = DigestDelivery.address_id == row.id, DigestDelivery.state == DeliveryState.OWED
    given_up = update(DigestDelivery).where(*owed).values(state=DeliveryState.FAILED, problem="the address was removed")
    await work.execute(given_up.execution_options(synchronize_session=False))
    gone = alerts.Within(place_id=row.id)
    await alerts.settle_alerts(work, None, [AlertKind.DIGEST_UNDELIVERED], [], gone)
    row.removed_at, row.sealed_credentials = work.now, ""
    row.updated_at, row.updated_by = work.now, work.actor.name
    row.version += 1
    return row


async def _row(work: Work, address_id: UUID) -> DigestAddress:
    wanted = select(DigestAddress).where(DigestAddress.id == address_id, DigestAddress.removed_at.is_(None))
    held = _seen(wanted, work.actor).with_for_update().execution_options(populate_existing=True)
    row: DigestAddress | None = (await work.session.scalars(held)).one_or_none()
    if row is None:
        raise NotFound(what="digest address", which=str(address_id)).at("input", "id")
    return row


async def digest_addresses(read: Read, request: PageRequest) -> Page:
    """Read one page of the addresses one may see, those that were set first first."""
    return await page(read, _seen(ADDRESSES, read.actor), BY_UPDATED, request)


async def digest_addresses_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Read addresses by their ids, also removed ones."""
    return by_key(await read.rows(_seen(select(*TOLD).where(DigestAddress.id.in_(ids)), read.actor)))


def _seen(statement: Select[Any], actor: Actor) -> Select[Any]:
    """Restrict to the actor's own addresses, those of who stands below, and those of channels the actor sees."""
    if actor.channels is None:
        return statement
    person, other = identity.Staff, aliased(identity.Staff)
    below = select(person.id).where(person.superior_id == actor.id).cte("below", recursive=True)
    below = below.union(select(other.id).where(other.superior_id == below.c.id))
    theirs = DigestAddress.channel_ids.contained_by(sorted(actor.channels))
    of_people = (DigestAddress.staff_id == actor.id, DigestAddress.staff_id.in_(select(below.c.id)))
    return statement.where(or_(*of_people, theirs))
