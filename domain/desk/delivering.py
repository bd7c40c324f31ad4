"""Delivering digests (汇总投递): each is shown to whom it concerns as an alert, and sent where they have an address.

What is owed is written with the digest itself, once for each person and team: sending may be tried as often as need be,
and whoever receives knows a repetition by its number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from domain import alerts, channels
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.desk.delivery_models import DeliveryState, DigestAddress, DigestDelivery, DigestDeliveryId
from domain.desk.events import DigestOwed
from domain.desk.models import DeskDigest, DeskRule
from domain.desk.recipients import Member, recipients_of, staff_of
from domain.kernel import NotFound, Refusal, Work, WrongState, action, identifier, routine, sees_channel

PROBLEM_LENGTH_MAX = 300
TRIES_BEFORE_ALERT = 3
"""What fails so often is said aloud, though it is still tried again."""


class NoDigestAddress(Refusal):
    """{recipient} has no address for digests: set one first."""

    recipient: str
    chinese = "{recipient} 没有汇总接收地址，请先设置"


@dataclass(frozen=True, kw_only=True)
class DigestToSend:
    """What is to be sent where; the repetition of a number and sequence is the same message."""

    number: str
    sequence: int
    sealed_credentials: str
    channel: str
    recipient: str
    digest: Mapping[str, Any]


async def owe_deliveries(work: Work, digest_ids: Sequence[UUID]) -> None:
    """Write down who is to have new digests, show them to these people, and let them be sent to addresses."""
    if not digest_ids:
        return
    columns = (DeskDigest.id, DeskDigest.channel_id, DeskDigest.day, DeskDigest.counts, DeskDigest.people)
    digests = await work.rows(
        select(*columns, channels.Channel.name, DeskRule.escalates_to_id)
        .join(channels.Channel, channels.Channel.id == DeskDigest.channel_id)
        .outerjoin(DeskRule, DeskRule.channel_id == DeskDigest.channel_id)
        .where(DeskDigest.id.in_(digest_ids))
        .order_by(DeskDigest.channel_id)
    )
    staff = await staff_of(work)
    addresses = await work.rows(select(*DigestAddress.__table__.columns).where(DigestAddress.removed_at.is_(None)))
    told = {row.id: _recipients(row, staff) for row in digests}
    rows = [each for row in digests for each in _deliveries(work, row, told[row.id], addresses)]
    # Yesterday's were read by now, or never will be.
    await alerts.resolve_alerts(work, [row.channel_id for row in digests], [AlertKind.DAILY_DIGEST])
    await alerts.open_alerts(work, [_shown(row, person) for row in digests for person in told[row.id]])
    if rows:
        await work.execute(insert(DigestDelivery), rows)
    owed = [each["id"] for each in rows if each["state"] is DeliveryState.OWED]
    work.record(*(DigestOwed(delivery_id=each) for each in owed))


def _recipients(digest: Any, staff: Mapping[UUID, Member]) -> list[Member]:
    owners = [UUID(each["person_id"]) for each in digest.people if each["person_id"]]
    return recipients_of(digest.channel_id, staff, owners, digest.escalates_to_id)


def _deliveries(work: Work, digest: Any, people: Sequence[Member], addresses: Sequence[Any]) -> list[dict[str, Any]]:
    """Make one delivery for each person, and one for each team that has the channel."""
    own = {each.staff_id: each.id for each in addresses if each.staff_id is not None}
    teams = [each for each in addresses if each.staff_id is None]
    having = [each for each in teams if each.channel_ids is None or digest.channel_id in each.channel_ids]
    found: list[tuple[UUID | None, UUID | None, str]] = [(each.id, own.get(each.id), each.name) for each in people]
    found += [(None, each.id, each.name) for each in having]
    return [
        {
            "id": identifier(),
            "digest_id": digest.id,
            "channel_id": digest.channel_id,
            "day": digest.day,
            "staff_id": staff_id,
            "address_id": address_id,
            "recipient": name,
            "state": DeliveryState.OWED if address_id is not None else DeliveryState.SHOWN,
            "sequence": 1,
            "attempts": 0,
            "owed_at": work.now,
        }
        for staff_id, address_id, name in found
    ]


def _shown(digest: Any, person: Member) -> NewAlert:
    orders = sum(each["orders"] for each in digest.counts)
    severe = sum(each["orders"] for each in digest.counts if each["level"] == AlertLevel.SEVERE)
    return NewAlert(
        subject=AlertSubject.CHANNEL,
        subject_id=digest.channel_id,
        place_id=person.id,
        kind=AlertKind.DAILY_DIGEST,
        level=AlertLevel.WARN,
        channel_id=digest.channel_id,
        message=f"{digest.name} on {digest.day}: {orders} reminders are open, {severe} of them severe",
        message_chinese=f"{digest.name} {digest.day} 汇总：未处理提醒 {orders} 条，其中严重 {severe} 条",
        evidence={"digestId": str(digest.id), "day": str(digest.day), "open": orders, "severe": severe},
        addressed_to_id=person.id,
        addressed_to_name=person.name,
    )


async def delivery_to_send(work: Work, delivery_id: UUID) -> DigestToSend | None:
    """Read what is owed to an address; None when it is no longer, or the address is gone."""
    columns = (DigestDelivery.id, DigestDelivery.sequence, DigestDelivery.recipient, DigestAddress.sealed_credentials)
    digest = (DeskDigest.day, DeskDigest.made_at, DeskDigest.counts, DeskDigest.oldest, DeskDigest.people)
    statement = (
        select(*columns, *digest, channels.Channel.code)
        .join(DigestAddress, DigestAddress.id == DigestDelivery.address_id)
        .join(DeskDigest, DeskDigest.id == DigestDelivery.digest_id)
        .join(channels.Channel, channels.Channel.id == DigestDelivery.channel_id)
        .where(DigestDelivery.id == delivery_id, DigestDelivery.state == DeliveryState.OWED)
        .where(DigestAddress.removed_at.is_(None))
    )
    rows = await work.rows(statement)
    return _to_send(rows[0]) if rows else None


def _to_send(row: Any) -> DigestToSend:
    told = {"day": row.day.isoformat(), "made_at": row.made_at.isoformat(), "counts": row.counts}
    plain = ("number", "kind", "level", "addressed_to_name", "opened_at")
    told["oldest"] = [{key: each[key] for key in plain} for each in row.oldest]
    told["people"] = [{key: each[key] for key in ("person_name", "orders", "alerts")} for each in row.people]
    return DigestToSend(
        number=str(row.id),
        sequence=row.sequence,
        sealed_credentials=row.sealed_credentials,
        channel=row.code,
        recipient=row.recipient,
        digest=told,
    )


@routine
async def note_digest_sent(work: Work, delivery_id: UUID, sequence: int, receipt: str) -> None:
    """Note that an address took a digest, as often as it is told."""
    delivery = await _for_change(work, delivery_id)
    if delivery.state is not DeliveryState.OWED or delivery.sequence != sequence:
        return
    delivery.state, delivery.sent_at, delivery.problem = DeliveryState.SENT, work.now, None
    delivery.attempts, delivery.receipt = delivery.attempts + 1, receipt[:PROBLEM_LENGTH_MAX] or None
    await alerts.resolve_alerts_of_place(
        work, delivery.channel_id, delivery.address_id or delivery.id, [AlertKind.DIGEST_UNDELIVERED]
    )


@routine
async def note_digest_failed(work: Work, delivery_id: UUID, problem: str, *, final: bool) -> None:
    """Note that an address did not take a digest; what is final, or failed often, somebody must look at."""
    delivery = await _for_change(work, delivery_id)
    if delivery.state is not DeliveryState.OWED:
        return
    delivery.attempts, delivery.problem = delivery.attempts + 1, problem[:PROBLEM_LENGTH_MAX]
    if final:
        delivery.state = DeliveryState.FAILED
    if final or delivery.attempts >= TRIES_BEFORE_ALERT:
        await alerts.open_alerts(work, [_undelivered(delivery)])


def _undelivered(delivery: DigestDelivery) -> NewAlert:
    told = f"{delivery.problem}"
    return NewAlert(
        subject=AlertSubject.CHANNEL,
        subject_id=delivery.channel_id,
        place_id=delivery.address_id or delivery.id,
        kind=AlertKind.DIGEST_UNDELIVERED,
        level=AlertLevel.WARN,
        channel_id=delivery.channel_id,
        message=f"The digest of {delivery.day} did not reach {delivery.recipient}: {told}",
        message_chinese=f"{delivery.day} 汇总未送达 {delivery.recipient}：{told}",
        evidence={"recipient": delivery.recipient, "day": str(delivery.day), "problem": told},
    )


@action
async def resend_digest(work: Work, delivery_id: DigestDeliveryId) -> DigestDelivery:
    """Send a digest again to a person or team, to the address they have now."""
    delivery = await _for_change(work, delivery_id)
    if not sees_channel(work.actor, delivery.channel_id):
        raise _unknown(delivery_id)
    if delivery.state is DeliveryState.OWED and not delivery.problem:
        raise WrongState(
            what="digest", which=delivery.recipient, state=delivery.state.value, needed="one that was sent or failed"
        ).at("input", "id")
    delivery.address_id = await _address_now(work, delivery)
    delivery.state, delivery.sent_at, delivery.problem, delivery.receipt = DeliveryState.OWED, None, None, None
    delivery.sequence, delivery.owed_at = delivery.sequence + 1, work.now
    work.record(DigestOwed(delivery_id=delivery.id))
    return delivery


async def _address_now(work: Work, delivery: DigestDelivery) -> Any:
    own = DigestAddress.id == delivery.address_id
    of_person = DigestAddress.staff_id == delivery.staff_id
    statement = select(DigestAddress.id).where(
        own if delivery.staff_id is None else of_person, DigestAddress.removed_at.is_(None)
    )
    address_id = await work.session.scalar(statement)
    if address_id is None:
        raise NoDigestAddress(recipient=delivery.recipient).at("input", "id")
    return address_id


async def _for_change(work: Work, delivery_id: UUID) -> DigestDelivery:
    delivery = await work.session.get(DigestDelivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None:
        raise _unknown(delivery_id)
    return delivery


def _unknown(delivery_id: UUID) -> Refusal:
    return NotFound(what="digest delivery", which=str(delivery_id)).at("input", "id")
