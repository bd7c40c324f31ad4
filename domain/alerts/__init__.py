"""Alerts (异常警示): what someone must act on, a row first, pushed second."""

from domain.alerts import models as models
from domain.alerts.models import Alert as Alert
from domain.alerts.models import AlertChangeKind as AlertChangeKind
from domain.alerts.models import AlertId as AlertId
from domain.alerts.models import AlertKind as AlertKind
from domain.alerts.models import AlertLevel as AlertLevel
from domain.alerts.models import AlertSubject as AlertSubject
from domain.alerts.queries import AlertFilter as AlertFilter
from domain.alerts.queries import alert_changes_after as alert_changes_after
from domain.alerts.queries import alerts as alerts
from domain.alerts.queries import alerts_by_id as alerts_by_id
from domain.alerts.queries import latest_cursor as latest_cursor
from domain.alerts.queries import matches as matches
from domain.alerts.queries import open_alerts_of as open_alerts_of
from domain.alerts.queries import sees_alert as sees_alert
from domain.alerts.raising import NewAlert as NewAlert
from domain.alerts.raising import Within as Within
from domain.alerts.raising import open_alerts as open_alerts
from domain.alerts.raising import resolve_alerts as resolve_alerts
from domain.alerts.raising import resolve_alerts_by_id as resolve_alerts_by_id
from domain.alerts.raising import resolve_alerts_of_place as resolve_alerts_of_place
from domain.alerts.raising import set_evidence as set_evidence
from domain.alerts.raising import settle_alerts as settle_alerts
from domain.alerts.snoozing import snooze_alert as snooze_alert
from domain.alerts.snoozing import wake_alerts as wake_alerts
