"""Alerts about stock (库存警示的写法): what every one of them names, written once."""

from typing import Any
from uuid import UUID

from domain import alerts
from domain.alerts import AlertKind, AlertLevel, NewAlert


def stock_alert(
    row: Any,
    kind: AlertKind,
    level: AlertLevel,
    messages: tuple[str, str],
    evidence: dict[str, Any],
    place_id: UUID | None = None,
) -> NewAlert:
    """Write an alert about a variant in a warehouse; `place_id` tells several of a kind there apart."""
    return NewAlert(
        subject=alerts.AlertSubject.STOCK,
        subject_id=row.variant_id,
        place_id=place_id or row.warehouse_id,
        kind=kind,
        level=level,
        warehouse_id=row.warehouse_id,
        message=messages[0],
        message_chinese=messages[1],
        evidence={"variantId": str(row.variant_id), "sku": row.sku, **evidence},
    )


def levels(*, severe: bool) -> list[AlertLevel]:
    """Say at which levels something is open: what is severe also warns, so that each ends with its own cause."""
    return [AlertLevel.WARN] + [AlertLevel.SEVERE] * severe
