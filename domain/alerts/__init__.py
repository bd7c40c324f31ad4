"""Alerts (异常警示): what someone must act on, a row first, pushed second."""

from domain.alerts import models as models
