"""The directory of partners (往来单位档案): people add suppliers and customers, others are in it anyway."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel import BadInput, NotFound, Refusal, Work, action, check_version, identifier, short_text
from domain.partners.models import Partner, PartnerId, PartnerKind
from domain.partners.queries import seen_by

CODE_LENGTH_MAX, NAME_LENGTH_MAX, CONTACT_LENGTH_MAX = 40, 200, 200
ADDED_BY_PEOPLE = frozenset({PartnerKind.SUPPLIER, PartnerKind.CUSTOMER})

WHO: tuple[Any, ...] = (Partner.kind, Partner.name, Partner.active)
NAMED = select(*WHO)


class PartnerKnown(Refusal):
    """The code {partner} already belongs to {name}."""

    partner: str
    name: str
    chinese = "编码 {partner} 已属于 {name}"


class PartnerInactive(Refusal):
    """No goods come from or go to {name} any more."""

    name: str
    chinese = "往来单位 {name} 已停用"


class KeptElsewhere(Refusal):
    """{name} is kept as {kind}; change its name, or whether it is active, there."""

    name: str
    kind: str
    chinese = "{name} 由 {kind} 档案维护，名称与启用状态请在该处修改"


@dataclass(frozen=True, kw_only=True)
class NewPartner:
    """Who goods come from, or go to: its code, what it is called, and who is to be asked there."""

    kind: PartnerKind
    code: str
    name: str
    contact: str | None = None


@dataclass(frozen=True, kw_only=True)
class PartnerChanges:
    """What changes of a partner; None stays as it is, an empty contact is taken away."""

    name: str | None = None
    contact: str | None = None
    active: bool | None = None


@action
async def add_partner(work: Work, new: NewPartner) -> Partner:
    """Add a supplier or a customer to the directory, so that stock documents may name it."""
    if new.kind not in ADDED_BY_PEOPLE:
        problem = "must be SUPPLIER or CUSTOMER; the others are here as soon as they are opened or connected"
        raise BadInput(field="kind", problem=problem).at("input", "kind")
    row = {
        "id": identifier(),
        "kind": new.kind,
        "code": short_text(new.code, "code", CODE_LENGTH_MAX),
        "name": short_text(new.name, "name", NAME_LENGTH_MAX),
        "contact": _contact(new.contact),
        "active": True,
        "version": 1,
        "created_at": work.now,
    }
    if not await work.change(insert(Partner).values(row).on_conflict_do_nothing()):
        taken = select(Partner.name).where(Partner.kind == new.kind, Partner.code == row["code"])
        raise PartnerKnown(partner=str(row["code"]), name=(await work.rows(taken))[0].name).at("input", "code")
    return await work.session.get_one(Partner, row["id"])


@action
async def change_partner(
    work: Work, partner_id: PartnerId, changes: PartnerChanges, *, expected_version: int | None = None
) -> Partner:
    """Change the name or the contact of a partner, or let no new document name it."""
    held = seen_by(select(Partner).where(Partner.id == partner_id), work.actor).with_for_update()
    found: Partner | None = (await work.session.scalars(held.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFound(what="partner", which=str(partner_id)).at("input", "id")
    await check_version(work, found, expected_version)
    if found.kind not in ADDED_BY_PEOPLE and (changes.name, changes.active) != (None, None):
        field = "name" if changes.name is not None else "active"
        raise KeptElsewhere(name=found.name, kind=found.kind.value).at("input", field)
    if changes.name is not None:
        found.name = short_text(changes.name, "name", NAME_LENGTH_MAX)
    if changes.contact is not None:
        found.contact = _contact(changes.contact)
    if changes.active is not None:
        found.active = changes.active
    found.version += 1
    return found


def _contact(given: str | None) -> str | None:
    text = (given or "").strip()
    return short_text(text, "contact", CONTACT_LENGTH_MAX) if text else None


@dataclass(frozen=True, kw_only=True)
class Enlisted:
    """Who is a partner by being something else, under the id it has there, and who may see it."""

    id: UUID
    kind: PartnerKind
    code: str
    name: str
    active: bool = True
    channel_id: UUID | None = None
    warehouse_id: UUID | None = None


async def enlist(work: Work, given: Enlisted) -> None:
    """Keep who was opened or connected elsewhere in the directory, under the name it has there."""
    told = {name: getattr(given, name) for name in ("kind", "code", "name", "active", "channel_id", "warehouse_id")}
    entry = insert(Partner).values(id=given.id, version=1, created_at=work.now, **told)
    again = {"name": entry.excluded.name, "active": entry.excluded.active, "version": Partner.version + 1}
    await work.execute(entry.on_conflict_do_update(index_elements=["id"], set_=again))


async def open_partner(work: Work, partner_id: UUID, kinds: Collection[PartnerKind]) -> None:
    """Refuse a partner that the actor cannot see, that is of another kind, or that is not active any more."""
    rows = await work.rows(seen_by(NAMED.where(Partner.id == partner_id), work.actor))
    if not rows:
        raise NotFound(what="partner", which=str(partner_id)).at("input", "partnerId")
    (found,) = rows
    if found.kind not in kinds:
        problem = f"{found.name} is a {found.kind}; this is given for {', '.join(sorted(kinds))}"
        raise BadInput(field="partnerId", problem=problem).at("input", "partnerId")
    if not found.active:
        raise PartnerInactive(name=found.name).at("input", "partnerId")
