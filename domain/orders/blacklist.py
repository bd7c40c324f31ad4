"""The blacklist (黑名单): whose orders wait for a person, or are not taken at all, until when and why.

A buyer is known again by the phone, by the customer, or by name and address together (kept as a hash only).
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain import customers
from domain.kernel import (
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
    constant,
    identifier,
    now,
    page,
    short_text,
)
from domain.orders.batches import table_of
from domain.orders.check_models import BlacklistedBy, BlacklistEntry, BlacklistVerdict
from domain.orders.incoming import IncomingReceiver

REASON_LENGTH_MAX = 500
PHONE_DIGITS_MIN = 5
COUNTRY_CODE = re.compile(r"(?:\+|00)?86(?=1\d{10}$)")

ENTRIES = constant(select(*table_of(BlacklistEntry).c))
BY_ADDED = Ordering(
    name="blacklist.added",
    columns=(BlacklistEntry.added_at, BlacklistEntry.id),
    keys=("added_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)

blacklist_entries_by_id = Reading(ENTRIES, BlacklistEntry.id)


class Blacklisted(Refusal):
    """We do not take orders of this buyer: {reason}."""

    reason: str
    chinese = "该买家已被列入黑名单：{reason}"


class AlreadyBlacklisted(Refusal):
    """{shown} is on the blacklist already, by {added_by} since {added_at}."""

    shown: str
    added_by: str
    added_at: str
    chinese = "{shown} 已由 {added_by} 于 {added_at} 列入黑名单"


class Key(NamedTuple):
    """By what somebody is known again."""

    known_by: BlacklistedBy
    key: str


@dataclass(frozen=True, kw_only=True)
class NewBlacklistEntry:
    """Whom to put on the blacklist: exactly one of phone, customer and receiver."""

    reason: str
    verdict: BlacklistVerdict = BlacklistVerdict.HOLD
    phone: str | None = None
    customer_id: UUID | None = None
    receiver: IncomingReceiver | None = None
    expires_at: datetime | None = None


def phone_key(phone: str | None) -> str:
    """Normalise a phone: only digits and stars, without the country code of China; empty when there is none."""
    text = unicodedata.normalize("NFKC", phone or "")
    return COUNTRY_CODE.sub("", re.sub(r"[^\d*+]", "", text))


def receiver_key(receiver: Any) -> str:
    """Hash a name and an address as they are written, but for case, width, spaces and punctuation; empty without."""
    parts = (receiver.name, receiver.province, receiver.city, receiver.district, receiver.detail)
    if not (receiver.name or "").strip() or not (receiver.detail or "").strip():
        return ""
    told = ["".join(c for c in unicodedata.normalize("NFKC", part or "").casefold() if c.isalnum()) for part in parts]
    return hashlib.sha256("|".join(told).encode()).hexdigest()


def keys_of(phone: str | None, customer_id: UUID | None, receiver: Any) -> list[Key]:
    """List by what a buyer may be on the blacklist; a masked phone says nothing."""
    keys = []
    normal = phone_key(phone)
    if len(normal) >= PHONE_DIGITS_MIN and "*" not in normal:
        keys.append(Key(BlacklistedBy.PHONE, normal))
    if customer_id is not None:
        keys.append(Key(BlacklistedBy.CUSTOMER, str(customer_id)))
    if receiver is not None and (hashed := receiver_key(receiver)):
        keys.append(Key(BlacklistedBy.RECEIVER, hashed))
    return keys


@action
async def add_to_blacklist(work: Work, entry: NewBlacklistEntry) -> BlacklistEntry:
    """Put a buyer on the blacklist: by phone, by customer, or by name and address."""
    reason = short_text(entry.reason, "reason", REASON_LENGTH_MAX)
    if entry.expires_at is not None and entry.expires_at <= work.now:
        raise BadInput(field="expiresAt", problem="must lie ahead").at("input", "expiresAt")
    key, shown = await _known_by(work, entry)
    expired = (BlacklistEntry.known_by == key.known_by, BlacklistEntry.key == key.key, *_open(), _expired(work.now))
    await work.execute(update(BlacklistEntry).where(*expired).values(removed_at=work.now, removed_by="its expiry"))
    row = {
        "id": identifier(),
        "known_by": key.known_by,
        "key": key.key,
        "shown": shown,
        "reason": reason,
        "version": 1,
        "verdict": entry.verdict,
        "expires_at": entry.expires_at,
        "added_at": work.now,
        "added_by": work.actor.name,
    }
    new = insert(BlacklistEntry).values(row).on_conflict_do_nothing().returning(BlacklistEntry.id)
    added = await work.session.scalar(new)
    if added is None:
        raise await _already(work, key)
    return await work.session.get_one(BlacklistEntry, added)


@action
async def remove_from_blacklist(work: Work, entry_id: UUID) -> BlacklistEntry:
    """Take an entry off the blacklist; the orders that waited for it go on by themselves."""
    statement = select(BlacklistEntry).where(BlacklistEntry.id == entry_id, *_open()).with_for_update()
    found: BlacklistEntry | None = await work.session.scalar(statement)
    if found is None:
        raise NotFound(what="blacklist entry", which=str(entry_id)).at("input", "id")
    found.removed_at, found.removed_by = work.now, work.actor.name
    found.version += 1
    return found


async def blacklisted(work: Work | Read, keys: Sequence[Key], at: datetime | None = None) -> Mapping[Key, Any]:
    """Find which of these are on the blacklist now, in one statement."""
    if not keys:
        return {}
    wanted = sorted({each.key for each in keys})
    statement = ENTRIES.where(
        BlacklistEntry.key == any_(literal(wanted, ARRAY(Text))), *_open(), ~_expired(at or now())
    )
    return {Key(row.known_by, row.key): row for row in await work.rows(statement)}


def refuse_rejected(found: Mapping[Key, Any]) -> None:
    """Refuse a buyer whose orders we do not take."""
    for row in found.values():
        if row.verdict is BlacklistVerdict.REJECT:
            raise Blacklisted(reason=row.reason)


async def blacklist_page(read: Read, request: PageRequest, *, removed: bool = False) -> Page:
    """Read a page of the blacklist, the latest added first; with what was removed if asked for."""
    return await page(read, ENTRIES if removed else ENTRIES.where(*_open()), BY_ADDED, request)


def _open() -> tuple[Any, ...]:
    return (BlacklistEntry.removed_at.is_(None),)


def _expired(now: datetime) -> Any:
    return func.coalesce(BlacklistEntry.expires_at <= now, False)


async def _known_by(work: Work, entry: NewBlacklistEntry) -> tuple[Key, str]:
    given = [each for each in (entry.phone, entry.customer_id, entry.receiver) if each is not None]
    if len(given) != 1:
        raise BadInput(field="phone", problem="name one of phone, customer and receiver").at("input", "phone")
    if entry.customer_id is not None:
        return Key(BlacklistedBy.CUSTOMER, str(entry.customer_id)), await _customer(work, entry.customer_id)
    keys = keys_of(entry.phone, None, entry.receiver) if entry.receiver or entry.phone else []
    if not keys:
        field = "phone" if entry.phone is not None else "receiver"
        raise BadInput(field=field, problem="is masked, too short or incomplete").at("input", field)
    if entry.receiver is not None:
        return keys[-1], f"{entry.receiver.name[:1]}** {entry.receiver.province or ''}{entry.receiver.city or ''}"
    return keys[0], customers.masked_phone(keys[0].key) or ""


async def _customer(work: Work, customer_id: UUID) -> str:
    customer = customers.Customer
    number = await work.session.scalar(select(customer.number).where(customer.id == customer_id))
    if number is None:
        raise NotFound(what="customer", which=str(customer_id)).at("input", "customerId")
    return str(number)


async def _already(work: Work, key: Key) -> Refusal:
    known = select(BlacklistEntry).where(
        BlacklistEntry.known_by == key.known_by, BlacklistEntry.key == key.key, *_open()
    )
    entry = (await work.session.scalars(known)).one()
    return AlreadyBlacklisted(shown=entry.shown, added_by=entry.added_by, added_at=entry.added_at.isoformat())
