"""Alerts (异常警示) as clients see them."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain import alerts, channels, inventory, orders
from schema.base import Info, Node, edge, entity, field_of, find_node, id_of
from schema.channels.types import Channel
from schema.inventory.types import Warehouse
from schema.scalars import global_id

if TYPE_CHECKING:
    from schema.orders.types import Order

ORDERS_MAX = 200
SUBJECT_TYPES = {
    alerts.AlertSubject.ORDER: "Order",
    alerts.AlertSubject.STOCK: "Variant",
    alerts.AlertSubject.CHANNEL: "Channel",
    alerts.AlertSubject.BIN: "Bin",
    alerts.AlertSubject.WAREHOUSE: "Warehouse",
}


def orders_in(evidence: Mapping[str, Any]) -> list[UUID]:
    """List the orders that an alert names: those that wait for its stock, or whose promise cannot be kept."""
    return [UUID(each) for key in ("waiting", "orders") for each in evidence.get(key) or ()][:ORDERS_MAX]


def subject_of(alert: Any) -> str:
    """Give the id of what an alert is about; a trade nobody can read never became an order."""
    unread = alert.kind is alerts.AlertKind.UNREADABLE_TRADE
    return global_id("Trade" if unread else SUBJECT_TYPES[alert.subject], alert.subject_id)


@entity(
    reader=alerts.alerts_by_id,
    needs="alerts.view",
    description="Something that someone must act on, open until its cause is gone.",
)
class Alert(Node):
    """One open alert per subject, kind, level and place."""

    subject: alerts.AlertSubject = strawberry.field(description="What it is about.")
    kind: alerts.AlertKind = strawberry.field(description="What is wrong.")
    level: alerts.AlertLevel = strawberry.field(description="How urgent it is.")
    opened_at: datetime = strawberry.field(description="Since when, in UTC.")
    resolved_at: datetime | None = strawberry.field(description="When its cause was gone; null while it is open.")
    snoozed_until: datetime | None = strawberry.field(
        description="Until when it is put off, in UTC; null if it is not."
    )
    snoozed_by: str | None = strawberry.field(description="Who put it off last.")
    snooze_reason: str | None = strawberry.field(description="Why it was put off.")
    addressed_to_name: str | None = strawberry.field(
        description="Who is to act: who is in charge of its subject, or a superior once it was escalated."
    )
    escalated_at: datetime | None = strawberry.field(description="When it was last escalated to a superior, in UTC.")
    addressed_to_id: strawberry.ID | None = id_of(
        "Staff", "addressed_to_id", "The id of the person who is to act; null is nobody in particular.", optional=True
    )

    @strawberry.field(description="The sentence for the person, in the language of Accept-Language (en, zh).")
    def message(root: strawberry.Parent[Any], info: Info) -> str:  # noqa: N805
        return str(root.message_chinese if info.context.chinese else root.message)

    @strawberry.field(description="The figures it was decided by.")
    def evidence(root: strawberry.Parent[Any]) -> strawberry.scalars.JSON:  # noqa: N805
        return strawberry.scalars.JSON(root.evidence)

    @field_of(
        list[Annotated["Order", strawberry.lazy("schema.orders.types")]],
        "The orders that its evidence names by their ids, as far as you may see them, at most 200.",
        needs="orders.view",
    )
    async def orders(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805
        found = [info.context.load(orders.orders_by_id, each) for each in orders_in(root.evidence)]
        return [each for each in await asyncio.gather(*found) if each is not None]

    @strawberry.field(description="The id of the order, trade, variant, channel or bin it is about.")
    def subject_id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(subject_of(root))

    @strawberry.field(description="What it is about; null when you may not see it.")
    async def about(root: strawberry.Parent[Any], info: Info) -> Node | None:  # noqa: N805
        found: Any = await find_node(info.context, subject_of(root))
        return found  # type: ignore[no-any-return]

    @strawberry.field(description="The id of the channel it concerns.")
    def channel_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return strawberry.ID(global_id("Channel", root.channel_id)) if root.channel_id else None

    @strawberry.field(description="The id of the warehouse it concerns.")
    def warehouse_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return strawberry.ID(global_id("Warehouse", root.warehouse_id)) if root.warehouse_id else None

    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "The channel it concerns.", needs="channels.view"
    )
    warehouse: Warehouse | None = edge(
        Warehouse | None,
        inventory.warehouses_by_id,
        "warehouse_id",
        "The warehouse it concerns.",
        needs="inventory.view",
    )


@strawberry.type(
    description="One opening, resolution, snoozing, waking or new addressee of an alert; go on after its cursor."
)
class AlertEvent:
    """Cursors grow in the order of commits: after a cursor, nothing before it can still appear."""

    change: alerts.AlertChangeKind = strawberry.field(
        description="Whether it was opened, resolved, put off, asked for again, or addressed to another person."
    )
    at: datetime = strawberry.field(description="When, in UTC.")

    @strawberry.field(description="Give it as `after` to receive what follows.")
    def cursor(root: strawberry.Parent[Any]) -> str:  # noqa: N805
        return str(root.cursor)

    @strawberry.field(description="The alert as it now is.", graphql_type=Alert)
    def alert(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return root
