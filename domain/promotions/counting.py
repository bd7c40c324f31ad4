"""Counters of gifts (赠送计数): exact for any number of clients, because a limited rule is held while it is counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, TextClause, Uuid, any_, bindparam, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from domain.kernel import Quantity, Work, identifier
from domain.promotions.conditions import GiftFacts, read_conditions
from domain.promotions.deciding import Award, KnownGiftRule, Limits, Room
from domain.promotions.models import GiftCount, GiftRule, GiftSend

RULES = select(
    GiftRule.id,
    GiftRule.name,
    GiftRule.group_name,
    GiftRule.priority,
    GiftRule.conditions,
    GiftRule.total_max,
    GiftRule.per_customer_max,
).where(GiftRule.active)

KEYS, NUMBERS = ARRAY(Uuid), ARRAY(BigInteger)

# Only a rule with room left is counted: what the lock made certain is asked once more by the statement itself.
COUNT = text("""
    UPDATE gift_rules AS rule SET sends = rule.sends + given.step
    FROM unnest(:rules, :steps) AS given (id, step)
    WHERE rule.id = given.id AND rule.total_max IS NOT NULL AND rule.sends + given.step BETWEEN 0 AND rule.total_max
""").bindparams(bindparam("rules", type_=KEYS), bindparam("steps", type_=NUMBERS))
COUNT_CUSTOMERS = """
    INSERT INTO gift_counts AS counted (rule_id, customer_id, sends)
    SELECT given.* FROM unnest(:rules, :customers, :steps) AS given (rule_id, customer_id, sends)
    JOIN gift_rules AS rule ON rule.id = given.rule_id AND rule.per_customer_max IS NOT NULL
    ON CONFLICT (rule_id, customer_id) DO UPDATE SET sends = counted.sends + excluded.sends
"""
UNCOUNT_CUSTOMERS = """
    UPDATE gift_counts AS counted SET sends = counted.sends - given.times
    FROM unnest(:rules, :customers, :steps) AS given (rule_id, customer_id, times)
    WHERE counted.rule_id = given.rule_id AND counted.customer_id = given.customer_id
"""
TRIPLES = (bindparam("rules", type_=KEYS), bindparam("customers", type_=KEYS), bindparam("steps", type_=NUMBERS))
COUNT_MINE, UNCOUNT_MINE = (text(each).bindparams(*TRIPLES) for each in (COUNT_CUSTOMERS, UNCOUNT_CUSTOMERS))


class CountLostError(RuntimeError):
    """A counter would have passed its limit although its rule was held: a mistake of the program."""


async def gift_rules_in_force(work: Work) -> list[KnownGiftRule]:
    """Read the active rules."""
    return [
        KnownGiftRule(
            id=row.id,
            name=row.name,
            group=row.group_name,
            priority=row.priority,
            conditions=read_conditions(row.conditions),
            total_max=row.total_max,
            per_customer_max=row.per_customer_max,
        )
        for row in await work.rows(RULES)
    ]


async def hold_counters(
    work: Work, rules: Sequence[KnownGiftRule], customers: Sequence[UUID], free: Mapping[tuple[UUID, UUID], Quantity]
) -> Room:
    """Hold limited rules until the transaction ends, and say how often they were used."""
    room = Room(dict(free))
    if not rules:
        return room
    ids = sorted(each.id for each in rules)
    columns = (GiftRule.id, GiftRule.sends, GiftRule.total_max, GiftRule.per_customer_max)
    held = select(*columns).where(GiftRule.id == any_(literal(ids, KEYS))).order_by(GiftRule.id)
    for row in await work.rows(held.with_for_update(key_share=True)):
        room.sends[row.id] = row.sends
        room.limits[row.id] = (row.total_max, row.per_customer_max)
    of_whom = (GiftCount.rule_id == any_(literal(ids, KEYS)), GiftCount.customer_id == any_(literal(customers, KEYS)))
    counted = await work.rows(select(GiftCount.rule_id, GiftCount.customer_id, GiftCount.sends).where(*of_whom))
    room.of_customers = {(row.rule_id, row.customer_id): row.sends for row in counted}
    return room


@dataclass(frozen=True)
class Given:
    """A gift that went with an order."""

    order: GiftFacts
    award: Award


async def note_gifts(work: Work, given: Sequence[Given], limits: Limits) -> None:
    """Write down which gifts went with which orders, and count them; `limits` are those of the rules that are held."""
    if not given:
        return
    rows = [
        {
            "id": identifier(),
            "rule_id": each.award.rule.id,
            "order_id": each.order.order_id,
            "customer_id": each.order.customer_id,
            "variant_id": each.award.gift.variant_id,
            "multiple": each.award.multiple,
            "sent_at": work.now,
        }
        for each in given
    ]
    await work.execute(insert(GiftSend), rows)
    # A rule that got a limit since it was read is counted too: writing down its gifts waited for who set it.
    totals = Counter(each.award.rule.id for each in given)
    if await _count(work, totals) < len({each for each in totals if limits.get(each, (None, None))[0] is not None}):
        raise CountLostError
    of_customers = Counter((each.award.rule.id, each.order.customer_id) for each in given if each.order.customer_id)
    await _count_customers(work, COUNT_MINE, of_customers)


async def hold_sent_gifts(work: Work, order_ids: Sequence[UUID]) -> Sequence[Any]:
    """Hold until the transaction ends which gifts went with orders: each with its id, its order and its rule."""
    columns = (GiftSend.id, GiftSend.order_id, GiftSend.rule_id)
    of_them = (GiftSend.order_id == any_(literal(list(order_ids), KEYS)), GiftSend.undone_at.is_(None))
    return await work.rows(select(*columns).where(*of_them).order_by(GiftSend.id).with_for_update())


async def undo_gifts(work: Work, send_ids: Sequence[UUID]) -> None:
    """Note that orders lost these gifts: what they counted may be given to others."""
    if not send_ids:
        return
    lost = (
        update(GiftSend)
        .where(GiftSend.id == any_(literal(list(send_ids), KEYS)), GiftSend.undone_at.is_(None))
        .values(undone_at=work.now)
        .returning(GiftSend.rule_id, GiftSend.customer_id)
    )
    rows = await work.rows(lost)
    if not rows:
        return
    # In the order of their ids, as those do who count: so nobody waits for each other in a circle.
    ids = sorted({row.rule_id for row in rows})
    found = select(GiftRule.id, GiftRule.total_max, GiftRule.per_customer_max).where(
        GiftRule.id == any_(literal(ids, KEYS))
    )
    rules = {row.id: row for row in await work.rows(found.order_by(GiftRule.id).with_for_update(key_share=True))}
    totals = Counter(row.rule_id for row in rows if rules[row.rule_id].total_max is not None)
    await _count(work, Counter({rule_id: -times for rule_id, times in totals.items()}))
    of_customers = Counter(
        (row.rule_id, row.customer_id)
        for row in rows
        if row.customer_id and rules[row.rule_id].per_customer_max is not None
    )
    await _count_customers(work, UNCOUNT_MINE, of_customers)


async def _count(work: Work, totals: Mapping[UUID, int]) -> int:
    if not totals:
        return 0
    rules = sorted(totals)
    return await work.change(COUNT, {"rules": rules, "steps": [totals[each] for each in rules]})


async def _count_customers(work: Work, statement: TextClause, totals: Mapping[tuple[UUID, UUID], int]) -> None:
    if totals:
        keys = sorted(totals)
        steps = [totals[each] for each in keys]
        given = {"rules": [rule for rule, _ in keys], "customers": [customer for _, customer in keys], "steps": steps}
        await work.execute(statement, given)
