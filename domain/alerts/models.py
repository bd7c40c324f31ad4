"""Alerts (异常警示): a row first, pushed second, one open per subject, kind and level; each change has a cursor."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NewType
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, primary_key, reference

AlertId = NewType("AlertId", UUID)


class AlertSubject(StrEnum):
    """What an alert is about."""

    ORDER = "ORDER"
    STOCK = "STOCK"
    CHANNEL = "CHANNEL"
    BIN = "BIN"
    WAREHOUSE = "WAREHOUSE"


class AlertLevel(StrEnum):
    """How urgent it is: somebody should look, or somebody must act now."""

    WARN = "WARN"
    SEVERE = "SEVERE"


class AlertKind(StrEnum):
    """What is wrong."""

    UNREVIEWED = "UNREVIEWED"
    UNPROCESSED = "UNPROCESSED"
    PROMISE_AT_RISK = "PROMISE_AT_RISK"
    UNPRINTED = "UNPRINTED"
    NOT_SHIPPED = "NOT_SHIPPED"
    REFUND_WAITING = "REFUND_WAITING"
    BALANCE_DUE = "BALANCE_DUE"
    MERGE_SUGGESTED = "MERGE_SUGGESTED"
    DAILY_DIGEST = "DAILY_DIGEST"
    DIGEST_UNDELIVERED = "DIGEST_UNDELIVERED"
    UNREADABLE_TRADE = "UNREADABLE_TRADE"
    SHOP_UNAUTHORISED = "SHOP_UNAUTHORISED"
    SHOP_NOT_READ = "SHOP_NOT_READ"
    BELOW_SAFETY = "BELOW_SAFETY"
    ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
    OVERSOLD = "OVERSOLD"
    NEGATIVE_ATTEMPT = "NEGATIVE_ATTEMPT"
    OVERDRAWN = "OVERDRAWN"
    UNEXPLAINED_JUMP = "UNEXPLAINED_JUMP"
    EXPIRING = "EXPIRING"
    PROMISED_BLOCKED = "PROMISED_BLOCKED"
    MOVEMENT_OFF_MEAN = "MOVEMENT_OFF_MEAN"
    STOCK_OUT_AHEAD = "STOCK_OUT_AHEAD"
    FROZEN_TOO_LONG = "FROZEN_TOO_LONG"
    IDLE_BIN = "IDLE_BIN"
    COUNT_DIFFERENCE = "COUNT_DIFFERENCE"
    BOOK_NOT_WMS = "BOOK_NOT_WMS"
    BOOK_NOT_CHANNEL = "BOOK_NOT_CHANNEL"
    SHOWN_NOT_TOLD = "SHOWN_NOT_TOLD"
    SHORT_PICKED = "SHORT_PICKED"
    PAPER_REFUSED = "PAPER_REFUSED"
    ARTICLE_REFUSED = "ARTICLE_REFUSED"
    NOT_ANNOUNCED = "NOT_ANNOUNCED"
    WAREHOUSE_TROUBLE = "WAREHOUSE_TROUBLE"
    REPORT_NOT_APPLIED = "REPORT_NOT_APPLIED"
    CONFIRMED_OTHERWISE = "CONFIRMED_OTHERWISE"
    WEIGHT_OFF = "WEIGHT_OFF"
    SALES_FEED_REFUSED = "SALES_FEED_REFUSED"
    FEEDBACK_FAILED = "FEEDBACK_FAILED"
    SHIPPED_CANCELLED = "SHIPPED_CANCELLED"
    PARCEL_REFUSED = "PARCEL_REFUSED"
    REFUND_GOODS_DIFFER = "REFUND_GOODS_DIFFER"


class AlertChangeKind(StrEnum):
    """What happened to an alert."""

    OPENED = "OPENED"
    RESOLVED = "RESOLVED"
    SNOOZED = "SNOOZED"
    WOKEN = "WOKEN"
    ADDRESSED = "ADDRESSED"


class Alert(Table):
    """Something that someone must act on, open until its cause is gone; addressed to who is in charge, if known."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open",
            "subject_id",
            "kind",
            "level",
            "place_id",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_alerts_opened", "opened_at", "id"),
        Index("ix_alerts_open_opened", "opened_at", "id", postgresql_where=text("resolved_at IS NULL")),
        Index("ix_alerts_subject", "subject_id"),
        Index("ix_alerts_addressed", "addressed_to_id", "opened_at", "id"),
        Index("ix_alerts_snoozed", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")),
    )

    id: Mapped[AlertId] = primary_key(default_factory=identifier)
    subject: Mapped[AlertSubject]
    subject_id: Mapped[UUID]
    place_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[AlertKind]
    level: Mapped[AlertLevel]
    channel_id: Mapped[UUID | None] = mapped_column(default=None)
    warehouse_id: Mapped[UUID | None] = mapped_column(default=None)
    message: Mapped[str]
    message_chinese: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)
    snoozed_until: Mapped[datetime | None] = mapped_column(default=None)
    snoozed_by: Mapped[str | None] = mapped_column(default=None)
    snooze_reason: Mapped[str | None] = mapped_column(default=None)
    addressed_to_id: Mapped[UUID | None] = mapped_column(default=None)
    addressed_to_name: Mapped[str | None] = mapped_column(default=None)
    escalated_at: Mapped[datetime | None] = mapped_column(default=None)


class AlertChange(Table):
    """One change of an alert, as `change` says; cursors grow in the order of commits: a tail misses nothing."""

    __tablename__ = "alert_changes"
    append_only: ClassVar[bool] = True

    cursor: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, init=False)
    alert_id: Mapped[AlertId] = reference("alerts.id", index=True)
    change: Mapped[AlertChangeKind]
    at: Mapped[datetime]
