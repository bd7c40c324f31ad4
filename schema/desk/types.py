"""Desk rules, digests and queues as clients see them (工作台)."""

from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import strawberry

from domain import alerts, channels, desk
from schema.base import Node, edge, entity, id_of
from schema.channels.types import Channel
from schema.desk.delivery_types import DigestDelivery

VIEW = "desk.view"


@strawberry.type(description="Hours in which a desk is stricter, laxer or silent (时段); in China's time.")
class DeskHours:
    """The first entry that covers a moment counts; one over midnight belongs to the day it began."""

    from_hour: int = strawberry.field(description="From this full hour, 0 to 23.")
    until_hour: int = strawberry.field(description="Until before this one, 0 to 24; the same as fromHour is all day.")
    first_day: date | None = strawberry.field(description="Not before this day.")
    last_day: date | None = strawberry.field(description="Not after this day.")
    percent: int | None = strawberry.field(
        description="Limits are so many percent of the usual: 50 is twice as strict; null: nobody is reminded."
    )


@entity(reader=desk.desk_rules_by_id, needs=VIEW, description="How a channel's desk works; what is null is not done.")
class DeskRule(Node):
    """A channel without one is only reminded by its own thresholds."""

    assigns_by_load: bool = strawberry.field(description="Whether orders to review are given to who has least to do.")
    most_open_orders: int | None = strawberry.field(description="Nobody is given more open orders than this.")
    unprinted_minutes: int | None = strawberry.field(description="Reviewed so long without a paper: UNPRINTED.")
    unshipped_minutes: int | None = strawberry.field(description="Picked so long and not handed over: NOT_SHIPPED.")
    promise_minutes: int | None = strawberry.field(
        description="So long before its promised ship time an order that was not shipped is PROMISE_AT_RISK."
    )
    refund_minutes: int | None = strawberry.field(description="A refund requested so long ago: REFUND_WAITING.")
    balance_minutes: int | None = strawberry.field(
        description="So long before its balance is due a deposit order that is not paid is BALANCE_DUE."
    )
    escalate_minutes: int | None = strawberry.field(
        description="An alert open so long is addressed to the next superior, and again after as long."
    )
    escalates_to_id: strawberry.ID | None = id_of(
        "Staff", "escalates_to_id", "Who is addressed when there is no superior; null is nobody.", optional=True
    )
    digest_hour: int | None = strawberry.field(description="From which hour of the day on its digest is made.")
    version: int = strawberry.field(description="How often it was changed.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")

    @strawberry.field(description="When it is stricter, laxer or silent.", graphql_type=list[DeskHours])
    def hours(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return desk.decoded(root.hours)

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of its channel.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Its channel.", needs="channels.view"
    )


@strawberry.type(description="How many alerts of a kind and level were open.")
class DigestCount:
    """Of one channel."""

    kind: alerts.AlertKind = strawberry.field(description="What is wrong.")
    level: alerts.AlertLevel = strawberry.field(description="How urgent it is.")
    orders: int = strawberry.field(description="How many orders.")


@strawberry.type(description="A case that was open the longest.")
class DigestCase:
    """As it stood when the digest was made."""

    kind: alerts.AlertKind = strawberry.field(description="What is wrong.")
    level: alerts.AlertLevel = strawberry.field(description="How urgent it is.")
    number: str = strawberry.field(description="The number of the order.")
    addressed_to_name: str | None = strawberry.field(description="Who is to act.")
    opened_at: datetime = strawberry.field(description="Since when, in UTC.")
    order_id: strawberry.ID = id_of("Order", "order_id", "The id of the order.")


@strawberry.type(description="What one person had to do.")
class DigestPerson:
    """Without a person: what was nobody's."""

    person_name: str | None = strawberry.field(description="Who; null is nobody.")
    orders: int = strawberry.field(description="How many open orders.")
    alerts: int = strawberry.field(description="How many open alerts about them.")
    person_id: strawberry.ID | None = id_of("Staff", "person_id", "The id of the person.", optional=True)


@entity(reader=desk.desk_digests_by_id, needs=VIEW, description="What a desk looked like on a day (每日汇总).")
class DeskDigest(Node):
    """Made once per day and channel, never edited."""

    day: date = strawberry.field(description="Of which day in China.")
    made_at: datetime = strawberry.field(description="When it was made, in UTC.")

    @strawberry.field(description="What was open, the most first.", graphql_type=list[DigestCount])
    def counts(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return [_row(each) for each in root.counts]

    @strawberry.field(description="The cases that were open the longest, at most 20.", graphql_type=list[DigestCase])
    def oldest(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return [_row(each) for each in root.oldest]

    @strawberry.field(description="By person, the most alerts first.", graphql_type=list[DigestPerson])
    def people(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return [_row(each) for each in root.people]

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of its channel.")
    deliveries: list[DigestDelivery] = edge(
        list[DigestDelivery], desk.deliveries_of_digests, "id", "Who had it, by name, and what became of each message."
    )


@strawberry.type(description="The open orders of one person (个人队列).")
class DeskQueue:
    """Without a person: what is nobody's. What waits for a reason is counted as on hold only."""

    person_name: str | None = strawberry.field(description="Who; null is nobody.")
    on_duty: bool = strawberry.field(description="Whether they are given orders by load.")
    total: int = strawberry.field(description="All open orders.")
    on_hold: int = strawberry.field(description="Those that wait for a reason.")
    to_review: int = strawberry.field(description="Those to review.")
    to_finance: int = strawberry.field(description="Those that finance is to approve.")
    to_ship: int = strawberry.field(description="Those reviewed and not yet shipped.")
    person_id: strawberry.ID | None = id_of("Staff", "person_id", "The id of the person.", optional=True)


READ: dict[str, Callable[[str], Any]] = {
    "kind": alerts.AlertKind,
    "level": alerts.AlertLevel,
    "opened_at": datetime.fromisoformat,
    "order_id": UUID,
    "person_id": UUID,
}


def _row(kept: dict[str, Any]) -> SimpleNamespace:
    """Read a kept row back: kinds, levels, ids and moments as what they are."""
    return SimpleNamespace(**{key: READ[key](each) if each and key in READ else each for key, each in kept.items()})
