"""Readers of partners (往来单位查询): by name, each with whom the caller may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from domain.kernel import Actor, Ordering, Page, PageRequest, Read, by_key, page
from domain.partners.models import Partner, PartnerKind

TEXT_LENGTH_MAX = 100
PARTNERS = select(*Partner.__table__.columns)
BY_NAME = Ordering(name="partners.name", columns=(Partner.name, Partner.id), keys=("name", "id"), parsers=(str, UUID))


def seen_by(statement: Select[Any], actor: Actor) -> Select[Any]:
    """Restrict a statement to the partners an actor may know: those of no channel and warehouse, or of one's own."""
    for column, allowed in ((Partner.channel_id, actor.channels), (Partner.warehouse_id, actor.warehouses)):
        if allowed is not None:
            statement = statement.where(or_(column.is_(None), column.in_(sorted(allowed))))
    return statement


@dataclass(frozen=True, kw_only=True)
class PartnerFilter:
    """Which partners; what is None does not matter. `contains` looks into code and name."""

    kinds: Sequence[PartnerKind] | None = None
    active: bool | None = None
    contains: str | None = None


async def partners(read: Read, where: PartnerFilter, request: PageRequest) -> Page:
    """Read one page of partners, by name."""
    statement = seen_by(PARTNERS, read.actor)
    if where.kinds is not None:
        statement = statement.where(Partner.kind.in_(where.kinds))
    if where.active is not None:
        statement = statement.where(Partner.active == where.active)
    if where.contains is not None:
        text = where.contains[:TEXT_LENGTH_MAX]
        found = (column.icontains(text, autoescape=True) for column in (Partner.code, Partner.name))
        statement = statement.where(or_(*found))
    return await page(read, statement, BY_NAME, request)


async def partners_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(seen_by(PARTNERS.where(Partner.id.in_(ids)), read.actor)))
