"""The list of alerts (警示列表)."""

from typing import Any

import strawberry

from domain import alerts
from schema.alerts.types import Alert
from schema.base import Info, query
from schema.filters import limited
from schema.paging import Connection, page_request
from schema.scalars import key_of


@strawberry.input(name="AlertFilter", description="Which alerts; combined by AND.")
class AlertFilterInput:
    """What is not given does not matter."""

    subject: alerts.AlertSubject | None = strawberry.field(
        default=None, description="About orders, stock, bins or shops."
    )
    kinds: list[alerts.AlertKind] | None = strawberry.field(default=None, description="What is wrong.")
    levels: list[alerts.AlertLevel] | None = strawberry.field(default=None, description="How urgent.")
    channels: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these channels.")
    warehouses: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these warehouses.")
    addressed_to: list[strawberry.ID] | None = strawberry.field(default=None, description="Addressed to these people.")
    open_only: bool = strawberry.field(default=True, description="Only those whose cause is not gone.")
    with_snoozed: bool = strawberry.field(default=False, description="Also those that somebody put off until later.")


def keys_of(type_name: str, ids: list[strawberry.ID] | None) -> list[Any] | None:
    """Read ids of one type; ids of another match nothing."""
    if ids is None:
        return None
    return [key for key in (key_of(type_name, each) for each in limited(ids, type_name)) if key is not None]


@strawberry.type
class AlertsQuery:
    """Root fields."""

    @query(Connection[Alert], "Alerts, those opened last first.", needs="alerts.view")
    async def alerts(
        self,
        info: Info,
        where: AlertFilterInput | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or AlertFilterInput()
        wanted = alerts.AlertFilter(
            subjects=None if given.subject is None else [given.subject],
            kinds=given.kinds,
            levels=given.levels,
            channels=keys_of("Channel", given.channels),
            warehouses=keys_of("Warehouse", given.warehouses),
            addressed_to=keys_of("Staff", given.addressed_to),
            open_only=given.open_only,
            with_snoozed=given.with_snoozed,
        )
        return await alerts.alerts(info.context.read, wanted, page_request(first, after, last, before))
