"""Gift rules (赠品规则), what was sent by them, and how often: per customer and in all."""

from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, primary_key, reference

GiftRuleId = NewType("GiftRuleId", UUID)


class GiftRule(Table):
    """Which orders get a gift: of each group at most one rule, the one of the highest priority whose conditions hold.

    `sends` counts only while the rule has a limit in total.
    """

    __tablename__ = "gift_rules"
    __table_args__ = (
        CheckConstraint("sends >= 0 AND (total_max IS NULL OR sends <= total_max)", name="within_limit"),
        Index("ix_gift_rules_active", "group_name", "priority", postgresql_where=text("active")),
    )

    id: Mapped[GiftRuleId] = primary_key(default_factory=identifier)
    name: Mapped[str]
    group_name: Mapped[str]
    priority: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    total_max: Mapped[int | None] = mapped_column(default=None)
    per_customer_max: Mapped[int | None] = mapped_column(default=None)
    sends: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class GiftSend(Table):
    """A gift that went with an order by a rule, `multiple` times; undone when the order lost it."""

    __tablename__ = "gift_sends"
    __table_args__ = (
        Index("uq_gift_sends_order", "order_id", "rule_id", unique=True, postgresql_where=text("undone_at IS NULL")),
        Index("ix_gift_sends_rule", "rule_id", "customer_id", postgresql_where=text("undone_at IS NULL")),
    )

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    rule_id: Mapped[GiftRuleId] = reference("gift_rules.id")
    order_id: Mapped[UUID]
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    variant_id: Mapped[UUID]
    multiple: Mapped[int]
    sent_at: Mapped[datetime]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)


class GiftCount(Table):
    """How often a customer got gifts by a rule with a limit per customer."""

    __tablename__ = "gift_counts"
    __table_args__ = (
        PrimaryKeyConstraint("rule_id", "customer_id"),
        CheckConstraint("sends >= 0", name="not_negative"),
    )

    rule_id: Mapped[GiftRuleId] = reference("gift_rules.id")
    customer_id: Mapped[UUID]
    sends: Mapped[int]
