"""Odd weights (重量异常): alerts about packages that weigh otherwise than their goods, until it does not matter."""

from collections.abc import Sequence

from sqlalchemy import select

from domain import alerts
from domain.fulfilment.packages import Package
from domain.kernel import Work


async def forget_weights(work: Work, packages: Sequence[Package]) -> None:
    """Resolve the alerts about odd weights of packages that weigh right, were taken apart, or have left."""
    if not packages:
        return
    alert = alerts.Alert
    odd = select(alert.id).where(
        alert.subject_id.in_([each.order_id for each in packages]),
        alert.place_id.in_([each.id for each in packages]),
        alert.kind == alerts.AlertKind.WEIGHT_OFF,
        alert.resolved_at.is_(None),
    )
    await alerts.resolve_alerts_by_id(work, [row.id for row in await work.rows(odd)])
