"""Rules of shipping (物流规则): which carrier takes what, whom a shop insists on, and what each carrier charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select

from domain.kernel import BadInput, Money, NotFound, Work, action, sees_channel, sees_warehouse
from domain.shipping.carriers import known_areas, words
from domain.shipping.freight import Tariff
from domain.shipping.models import Carrier, CarrierPreference, CarrierRule, FreightTemplate
from domain.shipping.rulebook import NO_TERMS, CarrierTerms

FALLBACKS_MAX = 2
STEPS_MAX = 3
T = TypeVar("T", CarrierRule, CarrierPreference, FreightTemplate)


@dataclass(frozen=True, kw_only=True)
class DefinedRule:
    """Which carrier takes parcels of a shop or from a warehouse (neither: of everybody) into an area (none: all)."""

    carrier_code: str
    terms: CarrierTerms = NO_TERMS
    channel_id: UUID | None = None
    warehouse_id: UUID | None = None
    area: str | None = None


@action
async def define_carrier_rule(work: Work, rule: DefinedRule) -> CarrierRule:
    """Say which carrier takes the parcels of a shop or a warehouse into an area; it replaces the rule there was."""
    place = _place(work, rule, rule.area)
    terms = rule.terms
    steps = max(len(terms.from_amounts), len(terms.up_to_grams))
    if len(terms.fallbacks) > FALLBACKS_MAX or steps > STEPS_MAX:
        problem = f"has at most {FALLBACKS_MAX} fallbacks, {STEPS_MAX} amounts and {STEPS_MAX} weights"
        raise BadInput(field="terms", problem=problem).at("input")
    if any(amount < Money(0) for amount, _ in terms.from_amounts) or any(grams < 1 for grams, _ in terms.up_to_grams):
        raise BadInput(field="terms", problem="amounts and weights must be more than nothing").at("input")
    words(terms.unreached_words, "unreachedWords")
    words(terms.not_by_weight, "notByWeight")
    await _must_know(work, [rule.carrier_code], "carrierCode")
    await _must_know(work, terms.codes(), "fallbacks")
    return await _put(work, CarrierRule, place, {"carrier_code": rule.carrier_code, "terms": terms.stored()})


@action
async def remove_carrier_rule(work: Work, rule_id: UUID) -> CarrierRule:
    """Take a rule away; the orders decided before keep their carrier."""
    return await _remove(work, CarrierRule, rule_id, "carrier rule")


@dataclass(frozen=True, kw_only=True)
class DefinedPreference:
    """Whom a shop or a warehouse insists on; None insists on nobody."""

    channel_id: UUID | None = None
    warehouse_id: UUID | None = None
    fixed_code: str | None = None
    cash_on_delivery_code: str | None = None


@action
async def prefer_carriers(work: Work, preference: DefinedPreference) -> CarrierPreference:
    """Say which carrier a shop or a warehouse insists on, and which one takes cash on delivery for it."""
    place = _place(work, preference, None)
    del place["area"]
    await _must_know(work, [each for each in (preference.fixed_code,) if each], "fixedCode")
    cash = preference.cash_on_delivery_code
    await _must_know(work, [each for each in (cash,) if each], "cashOnDeliveryCode")
    takes_cash = select(Carrier.cash_on_delivery).where(Carrier.code == cash)
    if cash is not None and not await work.session.scalar(takes_cash):
        problem = f"{cash} takes no cash on delivery"
        raise BadInput(field="cashOnDeliveryCode", problem=problem).at("input", "cashOnDeliveryCode")
    return await _put(
        work, CarrierPreference, place, {"fixed_code": preference.fixed_code, "cash_on_delivery_code": cash}
    )


@dataclass(frozen=True, kw_only=True)
class DefinedTemplate:
    """What a carrier charges for a shop or from a warehouse (neither: for everybody) into an area (none: all)."""

    carrier_code: str
    tariff: Tariff
    channel_id: UUID | None = None
    warehouse_id: UUID | None = None
    area: str | None = None


@action
async def define_freight_template(work: Work, template: DefinedTemplate) -> FreightTemplate:
    """Say what a carrier charges for parcels into an area; it replaces the template there was."""
    place = _place(work, template, template.area)
    template.tariff.check()
    await _must_know(work, [template.carrier_code], "carrierCode")
    key = {"carrier_code": template.carrier_code, **place}
    return await _put(work, FreightTemplate, key, {"tariff": template.tariff.stored()})


@action
async def remove_freight_template(work: Work, template_id: UUID) -> FreightTemplate:
    """Take a freight template away; what was counted by it stays."""
    return await _remove(work, FreightTemplate, template_id, "freight template")


def _place(work: Work, given: Any, area: str | None) -> dict[str, Any]:
    """Check for whom and whereto something holds."""
    if given.channel_id is not None and given.warehouse_id is not None:
        raise BadInput(field="warehouseId", problem="give a channel or a warehouse, not both").at(
            "input", "warehouseId"
        )
    if given.channel_id is not None and not sees_channel(work.actor, given.channel_id):
        raise NotFound(what="channel", which=str(given.channel_id)).at("input", "channelId")
    if given.warehouse_id is not None and not sees_warehouse(work.actor, given.warehouse_id):
        raise NotFound(what="warehouse", which=str(given.warehouse_id)).at("input", "warehouseId")
    if area is not None:
        known_areas([area], "area")
    return {"channel_id": given.channel_id, "warehouse_id": given.warehouse_id, "area": area}


async def _must_know(work: Work, codes: Sequence[str], field: str) -> None:
    known = {row.code for row in await work.rows(select(Carrier.code).where(Carrier.code.in_(codes)))}
    if unknown := next((each for each in codes if each not in known), None):
        problem = f"there is no carrier {unknown[:20]!r}"
        raise BadInput(field=field, problem=problem).at("input", field)


async def _put(work: Work, kind: type[T], key: dict[str, Any], values: dict[str, Any]) -> T:
    """Write the one row of a place."""
    columns = kind.__table__.c
    same: Select[Any] = select(kind).where(*(columns[name].is_not_distinct_from(value) for name, value in key.items()))
    found: T | None = await work.session.scalar(same.with_for_update())
    values |= {"updated_at": work.now, "updated_by": work.actor.name}
    if found is None:
        found = kind(**key, **values)
        work.session.add(found)
    else:
        for name, value in values.items():
            setattr(found, name, value)
    await work.session.flush()
    return found


async def _remove(work: Work, kind: type[T], row_id: UUID, what: str) -> T:
    found: T | None = await work.session.get(kind, row_id, with_for_update=True)
    hidden = found is not None and not (
        (found.channel_id is None or sees_channel(work.actor, found.channel_id))
        and (found.warehouse_id is None or sees_warehouse(work.actor, found.warehouse_id))
    )
    if found is None or hidden:
        raise NotFound(what=what, which=str(row_id)).at("input", "id")
    await work.session.delete(found)
    await work.session.flush()
    return found
