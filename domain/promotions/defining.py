"""Gift rules (赠品规则) are defined, changed and ended by people; what was given by them stays counted."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from domain import catalogue
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, action, short_text
from domain.promotions.conditions import GiftConditions
from domain.promotions.models import GiftCount, GiftRule, GiftSend

NAME_LENGTH_MAX = 100
PRIORITY_MAX = 10_000
LIMIT_MAX = 1_000_000_000
GIFTS_MAX = 20
NAMED_MAX = 500
QUANTITY_MAX = Quantity(10_000)


class GiftsGivenAlready(Refusal):
    """The rule gave {given} gifts already, more than the limit of {limit}."""

    given: int
    limit: int
    chinese = "该规则已赠送 {given} 次，超过上限 {limit}"


@dataclass(frozen=True, kw_only=True)
class DefinedGiftRule:
    """A gift rule; with an id it replaces the one of this id. Limits count orders."""

    name: str
    group: str
    priority: int
    conditions: GiftConditions
    id: UUID | None = None
    active: bool = True
    total_max: int | None = None
    per_customer_max: int | None = None


@action
async def define_gift_rule(work: Work, rule: DefinedGiftRule) -> GiftRule:
    """Say which orders get a gift, or change what was said; orders that have theirs keep it until they change."""
    await _check(work, rule)
    values: dict[str, Any] = {
        "name": short_text(rule.name, "name", NAME_LENGTH_MAX),
        "group_name": short_text(rule.group, "group", NAME_LENGTH_MAX),
        "priority": rule.priority,
        "active": rule.active,
        "conditions": rule.conditions.stored(),
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    if rule.id is None:
        made = GiftRule(**values, total_max=rule.total_max, per_customer_max=rule.per_customer_max)
        work.session.add(made)
        await work.session.flush()
        return made
    # Held before its gifts are counted: nobody gives one meanwhile without counting it.
    found = await work.session.get(GiftRule, rule.id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(what="gift rule", which=str(rule.id)).at("input", "id")
    for name, value in values.items():
        setattr(found, name, value)
    await _limit(work, found, rule)
    await work.session.flush()
    return found


async def _limit(work: Work, found: GiftRule, rule: DefinedGiftRule) -> None:
    """Count what was given so far: a rule without a limit did not."""
    current = (GiftSend.rule_id == found.id, GiftSend.undone_at.is_(None))
    given = int(await work.session.scalar(select(func.count()).select_from(GiftSend).where(*current)) or 0)
    if rule.total_max is not None and given > rule.total_max:
        raise GiftsGivenAlready(given=given, limit=rule.total_max).at("input", "totalMax")
    found.sends = given if rule.total_max is not None else 0
    found.total_max, found.per_customer_max = rule.total_max, rule.per_customer_max
    await work.execute(delete(GiftCount).where(GiftCount.rule_id == found.id))
    if rule.per_customer_max is not None:
        counted = select(GiftSend.rule_id, GiftSend.customer_id, func.count()).where(*current)
        counted = counted.where(GiftSend.customer_id.is_not(None)).group_by(GiftSend.rule_id, GiftSend.customer_id)
        await work.execute(insert(GiftCount).from_select(["rule_id", "customer_id", "sends"], counted))


async def _check(work: Work, rule: DefinedGiftRule) -> None:
    given = rule.conditions
    if not 0 <= rule.priority <= PRIORITY_MAX:
        raise BadInput(field="priority", problem=f"must be 0 to {PRIORITY_MAX}").at("input", "priority")
    for field, limit in (("totalMax", rule.total_max), ("perCustomerMax", rule.per_customer_max)):
        if limit is not None and not 1 <= limit <= LIMIT_MAX:
            raise BadInput(field=field, problem="must be at least 1").at("input", field)
    if given.multiple_max is not None and not 1 <= given.multiple_max <= PRIORITY_MAX:
        raise BadInput(field="multipleMax", problem="must be at least 1").at("input", "multipleMax")
    if any(each.step <= 0 for each in given.steps):
        raise BadInput(field="steps", problem="a step must be more than nothing").at("input", "steps")
    if given.starts_at is not None and given.ends_at is not None and given.starts_at >= given.ends_at:
        raise BadInput(field="endsAt", problem="must come after it begins").at("input", "endsAt")
    named = (given.channel_ids, given.brand_ids, given.categories, given.variant_ids, given.excluded_variant_ids)
    said = (given.address_words, given.message_words, given.buyer_ranks, given.ranges, given.steps)
    of_conditions = (*(each.goods for each in given.ranges), *(each.goods for each in given.steps))
    own = [each for each in of_conditions if each is not None]
    of_own = [names for goods in own for names in (goods.brand_ids, goods.categories, goods.variant_ids)]
    if any(len(each) > NAMED_MAX for each in (*named, *said, *of_own)):
        raise BadInput(field="conditions", problem=f"at most {NAMED_MAX} of each").at("input")
    await _check_gifts(work, given)


async def _check_gifts(work: Work, given: GiftConditions) -> None:
    if not 1 <= len(given.gifts) <= GIFTS_MAX:
        raise BadInput(field="gifts", problem=f"must be 1 to {GIFTS_MAX}").at("input", "gifts")
    variants = [each.variant_id for each in given.gifts]
    statement = select(catalogue.Variant.id).where(catalogue.Variant.id.in_(variants))
    known = {row.id for row in await work.rows(statement)}
    for index, each in enumerate(given.gifts):
        if each.variant_id not in known:
            where = ("input", "gifts", str(index), "variantId")
            raise NotFound(what="variant", which=str(each.variant_id)).at(*where)
        if not Quantity(0) < each.quantity <= QUANTITY_MAX:
            problem = f"must be more than 0 and at most {QUANTITY_MAX}"
            raise BadInput(field="quantity", problem=problem).at("input", "gifts", str(index), "quantity")
