"""Alerts as clients see them: a list, and its live tail. Enums are registered before any field names them."""

import strawberry

from domain import alerts

strawberry.enum(alerts.AlertSubject, description="What an alert is about.")
strawberry.enum(alerts.AlertKind, description="What is wrong.")
strawberry.enum(alerts.AlertLevel, description="WARN: look at it. SEVERE: act now.")
strawberry.enum(alerts.AlertChangeKind, description="What happened to an alert.")
