"""The live tail of alerts (警示推送): what was missed after a cursor, in order, then whatever is committed next.

The rows are the promise and the push a convenience: each wake-up reads the rows after the last cursor, so nothing is
lost and nothing comes twice, whatever happens to the notices.
"""

from collections.abc import AsyncIterator
from typing import Any

import strawberry

from domain import alerts
from schema.alerts.queries import keys_of
from schema.alerts.types import AlertEvent
from schema.base import Context, Info, Tail
from schema.scalars import bad_input

NEEDS = "alerts.view"
CURSOR_MAX = 2**63 - 1
# A shop that is not read is about all the orders that do not come in.
ABOUT_ORDERS = (alerts.AlertSubject.ORDER, alerts.AlertSubject.CHANNEL)
ABOUT_STOCK = (alerts.AlertSubject.STOCK, alerts.AlertSubject.BIN, alerts.AlertSubject.WAREHOUSE)


def cursor_of(after: str) -> int:
    """Read a cursor back, or refuse what never was one."""
    if not (after.isascii() and after.isdigit() and int(after) <= CURSOR_MAX):
        raise bad_input("after: is not a cursor of an alert event")
    return int(after)


async def tail(context: Context, where: alerts.AlertFilter, after: str | None) -> AsyncIterator[Any]:
    """Give the changes after a cursor (or from now on), for as long as the client listens."""
    context.require(NEEDS)
    if context.live is None:
        raise bad_input("subscriptions are served over graphql-transport-ws")
    wakeups = context.live.wakeups()
    # The cursor is read after listening began, so that nothing falls between the two.
    cursor = context.cursor
    if cursor is None:
        cursor = cursor_of(after) if after is not None else await alerts.latest_cursor(context.read)
    async for _ in wakeups:
        while changes := await alerts.alert_changes_after(context.read, cursor, where):
            for change in changes:
                context.forget()
                context.cursor = change.cursor
                yield change
            cursor = changes[-1].cursor


ALERT_TAIL = {"needs": NEEDS, "tail": Tail(NEEDS, cursor_of, alerts.latest_cursor)}


@strawberry.type
class AlertsSubscription:
    """Root fields."""

    @strawberry.subscription(
        description=f"Orders someone must act on and shops that cannot be read, as it happens. Requires `{NEEDS}`.",
        graphql_type=AlertEvent,
        metadata=ALERT_TAIL,
    )
    async def order_alerts(
        self,
        info: Info,
        levels: list[alerts.AlertLevel] | None = None,
        channels: list[strawberry.ID] | None = None,
        addressed_to: list[strawberry.ID] | None = None,
        after: str | None = None,
    ) -> AsyncIterator[Any]:
        where = alerts.AlertFilter(
            subjects=ABOUT_ORDERS,
            levels=levels,
            channels=keys_of("Channel", channels),
            addressed_to=keys_of("Staff", addressed_to),
        )
        async for change in tail(info.context, where, after):
            yield change

    @strawberry.subscription(
        description=f"Stock, bins and warehouses that are not as they should be, as it happens. Requires `{NEEDS}`.",
        graphql_type=AlertEvent,
        metadata=ALERT_TAIL,
    )
    async def stock_alerts(
        self,
        info: Info,
        kinds: list[alerts.AlertKind] | None = None,
        warehouses: list[strawberry.ID] | None = None,
        after: str | None = None,
    ) -> AsyncIterator[Any]:
        where = alerts.AlertFilter(subjects=ABOUT_STOCK, kinds=kinds, warehouses=keys_of("Warehouse", warehouses))
        async for change in tail(info.context, where, after):
            yield change
