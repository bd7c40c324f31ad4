"""Reading carriers, rules and freight templates (物流查询): within the caller's channels and warehouses."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from domain.kernel import Actor, Ordering, Page, PageRequest, Read, Reading, constant, page, within
from domain.shipping.models import Carrier, CarrierPreference, CarrierRule, FreightTemplate

CARRIERS = constant(select(*Carrier.__table__.columns))
RULES = constant(select(*CarrierRule.__table__.columns))
PREFERENCES = constant(select(*CarrierPreference.__table__.columns))
TEMPLATES = constant(select(*FreightTemplate.__table__.columns))

carriers_by_id = Reading(CARRIERS, Carrier.id)
carriers_by_code = Reading(CARRIERS, Carrier.code)
carrier_rules_by_id = Reading(RULES, CarrierRule.id)
carrier_preferences_by_id = Reading(PREFERENCES, CarrierPreference.id)
freight_templates_by_id = Reading(TEMPLATES, FreightTemplate.id)

CARRIERS_MAX = 500


async def carriers(read: Read) -> list[Any]:
    """List the carriers, the first choice first."""
    return await read.rows(CARRIERS.order_by(Carrier.priority, Carrier.code).limit(CARRIERS_MAX))


async def carrier_rules(read: Read, request: PageRequest) -> Page:
    """Read a page of the rules, the oldest first."""
    return await page(read, RULES.where(*_in_scope(CarrierRule, read.actor)), _oldest_first(CarrierRule), request)


async def carrier_preferences(read: Read, request: PageRequest) -> Page:
    """Read a page of what shops and warehouses insist on, the oldest first."""
    scope = _in_scope(CarrierPreference, read.actor)
    return await page(read, PREFERENCES.where(*scope), _oldest_first(CarrierPreference), request)


async def freight_templates(read: Read, request: PageRequest) -> Page:
    """Read a page of the freight templates, the oldest first."""
    scope = _in_scope(FreightTemplate, read.actor)
    return await page(read, TEMPLATES.where(*scope), _oldest_first(FreightTemplate), request)


def _oldest_first(kind: Any) -> Ordering:
    return Ordering(f"{kind.__tablename__}.id", (kind.id,), ("id",), (UUID,))


def _in_scope(kind: Any, actor: Actor) -> list[ColumnElement[bool]]:
    """Build the conditions of scope: what holds for everybody is seen by everybody."""
    pairs = ((kind.channel_id, actor.channels), (kind.warehouse_id, actor.warehouses))
    return [
        or_(column.is_(None), condition)
        for column, allowed in pairs
        if (condition := within(column, allowed)) is not None
    ]
