"""Which orders may become one parcel (合单条件), decided from facts alone; every condition has a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel import Actor, ActorKind
from domain.orders.combining import Combining
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import MergeMode, OrderSource

SOURCES_MAX = 6
DESPITE = frozenset({"SHORTAGE", "UNMERGED_SIBLINGS", "BUYER_MESSAGE", "SELLER_MEMO"})
"""Reasons to wait that do not freeze an order: merging is the answer to them, or goes along with them."""


class MergeCondition(StrEnum):
    """What must hold for two orders to be merged."""

    SAME_BUYER = "SAME_BUYER"
    SAME_RECEIVER = "SAME_RECEIVER"
    SAME_AREA = "SAME_AREA"
    SAME_ADDRESS = "SAME_ADDRESS"
    SAME_SHOPS = "SAME_SHOPS"
    MERGING_ALLOWED = "MERGING_ALLOWED"
    PREPAID = "PREPAID"
    SAME_WAREHOUSE = "SAME_WAREHOUSE"
    TO_REVIEW = "TO_REVIEW"
    NOT_TAKEN = "NOT_TAKEN"
    NOT_FROZEN = "NOT_FROZEN"
    NEVER_SPLIT = "NEVER_SPLIT"
    NEVER_SENT_BACK = "NEVER_SENT_BACK"
    IMPORTED = "IMPORTED"
    OF_NORMAL_KIND = "OF_NORMAL_KIND"
    NO_REFUND = "NO_REFUND"
    NO_LARGE_GOODS = "NO_LARGE_GOODS"
    ONE_SURVIVOR = "ONE_SURVIVOR"
    AT_MOST_SIX = "AT_MOST_SIX"


C = MergeCondition
OF_THE_DESK = frozenset({C.NOT_TAKEN, C.NOT_FROZEN})
"""What colleagues can clear away: orders that only fail these are siblings that could still be merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mergeable:
    """What of an order decides whether it may be merged."""

    id: UUID
    number: str
    channel_id: UUID
    platform: str
    combining: Combining
    currency: str
    customer_id: UUID | None
    receiver: tuple[str | None, ...]
    area: tuple[str | None, ...]
    address: tuple[str | None, ...]
    prepaid: bool
    warehouse_id: UUID | None
    status: OrderStatus
    responsible_id: UUID | None
    taken: bool
    superiors: frozenset[UUID]
    holds: frozenset[str]
    split_before: bool
    sent_back: bool
    source: OrderSource
    kind: OrderKind
    refund: bool
    large: bool
    sources: int
    placed_at: datetime


def against_itself(order: Mergeable, actor: Actor) -> list[MergeCondition]:
    """List the conditions that an order itself breaks, whatever it is to be merged with."""
    others = order.responsible_id not in (None, actor.id) and actor.id not in order.superiors
    taken = others and (order.taken or actor.kind is not ActorKind.SYSTEM)
    found = {
        C.MERGING_ALLOWED: order.combining.merge_mode is MergeMode.OFF,
        C.PREPAID: not order.prepaid,
        C.TO_REVIEW: order.status is not OrderStatus.UNREVIEWED,
        C.NOT_TAKEN: taken,
        C.NOT_FROZEN: bool(order.holds - DESPITE),
        C.NEVER_SPLIT: order.split_before,
        C.NEVER_SENT_BACK: order.sent_back,
        C.IMPORTED: order.source is not OrderSource.IMPORTED,
        C.OF_NORMAL_KIND: order.kind is not OrderKind.NORMAL,
        C.NO_REFUND: order.refund and not order.combining.merges_despite_refunds,
        C.NO_LARGE_GOODS: order.large,
    }
    return [condition for condition, broken in found.items() if broken]


def against_both(one: Mergeable, other: Mergeable) -> list[MergeCondition]:
    """List the conditions that two orders break together."""
    warehouses = {one.warehouse_id, other.warehouse_id} - {None}
    found = {
        C.SAME_BUYER: one.customer_id is None or one.customer_id != other.customer_id,
        C.SAME_RECEIVER: one.receiver != other.receiver,
        C.SAME_AREA: one.area != other.area,
        C.SAME_ADDRESS: one.address != other.address,
        C.SAME_SHOPS: not _same_shops(one, other) or one.currency != other.currency,
        C.SAME_WAREHOUSE: len(warehouses) > 1,
        C.ONE_SURVIVOR: one.sources > 1 and other.sources > 1,
        C.AT_MOST_SIX: one.sources + other.sources > SOURCES_MAX,
    }
    return [condition for condition, broken in found.items() if broken]


def _same_shops(one: Mergeable, other: Mergeable) -> bool:
    if one.channel_id == other.channel_id:
        return True
    grouped = one.combining.merge_mode is other.combining.merge_mode is MergeMode.SAME_GROUP
    same = (one.platform, one.combining.shop_group) == (other.platform, other.combining.shop_group)
    return grouped and same


def survivor_of(orders: Sequence[Mergeable]) -> Mergeable:
    """Choose which order lives on: the one that has taken others up already, else the oldest."""
    return min(orders, key=lambda each: (-min(each.sources, 2), each.placed_at, each.id))


def groups_of(
    orders: Sequence[Mergeable], actor: Actor, despite: frozenset[MergeCondition] = frozenset()
) -> list[list[Mergeable]]:
    """Put orders together that may be merged, the survivor of each group first; what fits to none is left out."""
    left = [each for each in orders if despite.issuperset(against_itself(each, actor))]
    groups = []
    while left:
        survivor = survivor_of(left)
        group, sources = [survivor], survivor.sources
        for other in sorted(left, key=lambda each: (each.placed_at, each.id)):
            fits = other is not survivor and other.sources == 1 and sources < SOURCES_MAX
            if fits and not against_both(survivor, other):
                group.append(other)
                sources += 1
        if len(group) > 1:
            groups.append(group)
        left = [each for each in left if each not in group]
    return groups


def suggested_of(orders: Sequence[Mergeable], actor: Actor) -> list[list[Mergeable]]:
    """Put orders together that could be merged but for those who took some of them: it is theirs to do it."""
    found = groups_of(orders, actor, frozenset({C.NOT_TAKEN}))
    return [group for group in found if any(C.NOT_TAKEN in against_itself(each, actor) for each in group)]
