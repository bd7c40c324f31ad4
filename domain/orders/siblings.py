"""Orders of one buyer to one address (同名未合并): which could still become one parcel, for many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import Executable

from domain.kernel import Actor, Read
from domain.orders import combining, merging_rules
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.merging_rules import Mergeable, MergeCondition
from domain.orders.models import OrderSource

GROUPS_MAX = 100
NAMED_MAX = 5
SIBLINGS_MAX = 20
"""Orders compared with one; whoever has more at one address is a reseller."""


class Rows(Protocol):
    """Whoever can read: a query, or an action in its transaction."""

    @property
    def actor(self) -> Actor: ...

    async def rows(self, statement: Executable, parameters: Any = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Sibling:
    """An order that could be merged with another one, and what colleagues must clear away before."""

    order_id: UUID
    number: str
    in_the_way: tuple[MergeCondition, ...]


@dataclass(frozen=True, slots=True)
class MergeCandidate:
    """Orders that may become one parcel; the first one would live on."""

    order_ids: tuple[UUID, ...]


def _with_ids(statement: str, *names: str) -> Any:
    return text(statement).bindparams(*(bindparam(each, type_=ARRAY(Uuid)) for each in names))


FACTS = _with_ids(
    """
    SELECT orders.id, orders.number, orders.channel_id, channels.platform, orders.currency, orders.customer_id,
        orders.receiver_name, orders.receiver_phone, orders.province, orders.city, orders.district, orders.town,
        orders.address_detail, orders.cash_on_delivery, orders.paid_at, orders.paid_amount, orders.total_amount,
        orders.taken_at, orders.warehouse_id, orders.status, orders.sent_back_at, orders.source, orders.kind,
        orders.placed_at,
        (SELECT orders.responsible_id WHERE NOT EXISTS (
            SELECT FROM staff WHERE staff.id = orders.responsible_id AND NOT staff.active)) AS responsible_id,
        ARRAY(WITH RECURSIVE above AS (
            SELECT superior_id FROM staff WHERE id = orders.responsible_id
            UNION SELECT staff.superior_id FROM above JOIN staff ON staff.id = above.superior_id
        ) SELECT superior_id FROM above WHERE superior_id IS NOT NULL) AS superiors,
        ARRAY(SELECT reason FROM order_holds WHERE order_id = orders.id AND released_at IS NULL) AS holds,
        orders.split_from_id IS NOT NULL
            OR EXISTS (SELECT FROM orders AS part WHERE part.split_from_id = orders.id) AS split_before,
        EXISTS (SELECT FROM order_lines WHERE order_id = orders.id AND refund IN ('REQUESTED', 'SUCCEEDED')) AS refund,
        (SELECT max(variants.weight_grams) FROM order_lines JOIN variants ON variants.id = order_lines.variant_id
            WHERE order_lines.order_id = orders.id) AS heaviest,
        1 + (SELECT count(*) FROM orders AS source WHERE source.merged_into_id = orders.id) AS sources
    FROM orders JOIN channels ON channels.id = orders.channel_id
    WHERE orders.id = ANY (:order_ids) ORDER BY orders.id
    """,
    "order_ids",
)

OTHERS = _with_ids(
    """
    SELECT one.id, other.id AS other_id FROM orders AS one
    CROSS JOIN LATERAL (
        SELECT id FROM orders AS other
        WHERE other.customer_id = one.customer_id AND other.id <> one.id AND other.status = 'UNREVIEWED'
          AND other.receiver_name IS NOT DISTINCT FROM one.receiver_name
          AND other.address_detail IS NOT DISTINCT FROM one.address_detail
        ORDER BY other.placed_at DESC, other.id LIMIT :most
    ) AS other
    WHERE one.id = ANY (:order_ids) AND one.status = 'UNREVIEWED'
    """,
    "order_ids",
)

# The same, of those that the clock merges by itself.
OTHERS_BY_ITSELF = _with_ids(
    """
    SELECT one.id, other.id AS other_id FROM orders AS one
    JOIN combining_rules AS rule ON rule.channel_id = one.channel_id AND rule.merges_by_itself
    CROSS JOIN LATERAL (
        SELECT other.id FROM orders AS other
        JOIN combining_rules AS theirs ON theirs.channel_id = other.channel_id AND theirs.merges_by_itself
        WHERE other.customer_id = one.customer_id AND other.id <> one.id AND other.status = 'UNREVIEWED'
          AND other.receiver_name IS NOT DISTINCT FROM one.receiver_name
          AND other.address_detail IS NOT DISTINCT FROM one.address_detail
        ORDER BY other.placed_at DESC, other.id LIMIT :most
    ) AS other
    WHERE one.id = ANY (:order_ids) AND one.status = 'UNREVIEWED'
    """,
    "order_ids",
)

TOGETHER = _with_ids(
    """
    SELECT array_agg(id ORDER BY placed_at, id) AS order_ids FROM orders
    WHERE status = 'UNREVIEWED' AND customer_id IS NOT NULL AND NOT cash_on_delivery AND source = 'IMPORTED'
      AND kind = 'NORMAL'
      AND (CAST(:channel_ids AS uuid[]) IS NULL OR channel_id = ANY (:channel_ids))
    GROUP BY customer_id, receiver_name, receiver_phone, province, city, district, town, address_detail
    HAVING count(*) > 1 ORDER BY min(placed_at) LIMIT :most
    """,
    "channel_ids",
)


async def mergeable(read: Rows, order_ids: Sequence[UUID]) -> dict[UUID, Mergeable]:
    """Read what of orders decides whether they may be merged."""
    rows = await read.rows(FACTS, {"order_ids": list(order_ids)})
    rules = await combining.combining_of(read, sorted({row.channel_id for row in rows}))
    return {row.id: _mergeable(row, rules[row.channel_id]) for row in rows}


def _mergeable(row: Any, rule: combining.Combining) -> Mergeable:
    heavy = rule.large_from_grams is not None and (row.heaviest or 0) >= rule.large_from_grams
    return Mergeable(
        id=row.id,
        number=row.number,
        channel_id=row.channel_id,
        platform=row.platform,
        combining=rule,
        currency=row.currency,
        customer_id=row.customer_id,
        receiver=(row.receiver_name, row.receiver_phone),
        area=(row.province, row.city, row.district, row.town),
        address=(row.address_detail,),
        prepaid=not row.cash_on_delivery and row.paid_at is not None and row.paid_amount >= row.total_amount,
        warehouse_id=row.warehouse_id,
        status=OrderStatus(row.status),
        responsible_id=row.responsible_id,
        taken=row.taken_at is not None,
        superiors=frozenset(row.superiors),
        holds=frozenset(row.holds),
        split_before=row.split_before,
        sent_back=row.sent_back_at is not None,
        source=OrderSource(row.source),
        kind=OrderKind(row.kind),
        refund=row.refund,
        large=heavy,
        sources=row.sources,
        placed_at=row.placed_at,
    )


async def mergeable_with(read: Rows, order_ids: Sequence[UUID]) -> dict[UUID, list[Sibling]]:
    """Say which orders could still be merged with each of these: those in the way of which only colleagues stand."""
    return await _paired(read, OTHERS, order_ids)


async def names_of_to_merge(read: Rows, order_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Name the first of the orders with which the clock is about to merge each of these."""
    found = await _paired(read, OTHERS_BY_ITSELF, order_ids) if order_ids else {}
    free = {key: [each.number for each in of_order if not each.in_the_way] for key, of_order in found.items()}
    return {key: numbers[:NAMED_MAX] for key, numbers in free.items() if numbers}


async def _paired(read: Rows, statement: Any, order_ids: Sequence[UUID]) -> dict[UUID, list[Sibling]]:
    pairs = await read.rows(statement, {"order_ids": list(order_ids), "most": SIBLINGS_MAX})
    if not pairs:
        return {}
    facts = await mergeable(read, sorted({each for row in pairs for each in (row.id, row.other_id)}))
    found: dict[UUID, list[Sibling]] = {}
    for row in pairs:
        one, other = facts[row.id], facts[row.other_id]
        own = [*merging_rules.against_itself(one, read.actor), *merging_rules.against_itself(other, read.actor)]
        broken = {*own, *merging_rules.against_both(one, other)}
        if broken <= merging_rules.OF_THE_DESK:
            found.setdefault(one.id, []).append(Sibling(other.id, other.number, tuple(sorted(broken))))
    return found


async def names_of_mergeable(read: Rows, order_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Name the first of the orders that each of these could still be merged with, for those who wait for it."""
    found = await mergeable_with(read, order_ids) if order_ids else {}
    return {key: [each.number for each in of_order[:NAMED_MAX]] for key, of_order in found.items()}


async def siblings_by_order(read: Read, order_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Sibling]]:
    """Read the same for the orders of a page; one without siblings has an empty list."""
    visible = read.actor.channels
    found = await mergeable_with(read, order_ids) if visible is None or visible else {}
    return {each: found.get(each, []) for each in order_ids}


async def together(read: Rows, channel_ids: Sequence[UUID] | None, most: int) -> list[list[Mergeable]]:
    """Find the orders of one buyer to one address, those that wait longest first, whether they may be merged or not."""
    rows = await read.rows(TOGETHER, {"channel_ids": None if channel_ids is None else list(channel_ids), "most": most})
    if not rows:
        return []
    facts = await mergeable(read, sorted({each for row in rows for each in row.order_ids}))
    return [[facts[each] for each in row.order_ids] for row in rows]


async def merge_candidates(read: Rows, channel_id: UUID | None = None) -> list[MergeCandidate]:
    """List what may be merged in the channels the caller sees, at most 100 groups."""
    seen = read.actor.channels
    wanted = [channel_id] if channel_id is not None else None
    if seen is not None:
        wanted = sorted(seen if channel_id is None else seen & {channel_id})
    found = await together(read, wanted, GROUPS_MAX)
    groups = [group for each in found for group in merging_rules.groups_of(each, read.actor)]
    return [MergeCandidate(tuple(each.id for each in group)) for group in groups][:GROUPS_MAX]
