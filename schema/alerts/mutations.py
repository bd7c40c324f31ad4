"""What can be done to alerts (警示处理)."""

from datetime import datetime
from typing import Any

import strawberry

from domain import alerts
from schema.alerts.types import Alert
from schema.mutating import Call, mutation


@strawberry.input(description="An open alert, to be put off until later (暂缓).")
class SnoozeAlertInput:
    """It leaves the worklists, comes back at that moment, and is resolved as ever when its cause is gone."""

    alert_id: strawberry.ID = strawberry.field(description="The alert.")
    until: datetime = strawberry.field(description="Until when, in UTC; at most 30 days away.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.type
class AlertsMutation:
    """Mutations."""

    @mutation(Alert)
    async def snooze_alert(self, call: Call, input: SnoozeAlertInput) -> Any:  # noqa: A002
        return await call.perform(alerts.snooze_alert, call.key("Alert", input.alert_id), input.until, input.reason)
