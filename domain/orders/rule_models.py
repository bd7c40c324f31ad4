"""Review rules (审单策略): by which an order is approved without a person, and why the others were not."""

from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, optional_reference, primary_key, reference
from domain.orders.models import OrderId

ReviewRuleId = NewType("ReviewRuleId", UUID)


class ReviewRule(Table):
    """Conditions under which an order is approved by itself; of those enabled the higher priority is tried first."""

    __tablename__ = "review_rules"
    __table_args__ = (
        Index("uq_review_rules_name", "name", unique=True, postgresql_where=text("removed_at IS NULL")),
        Index("ix_review_rules_priority", "priority", "id"),
    )

    id: Mapped[ReviewRuleId] = primary_key(default_factory=identifier)
    name: Mapped[str]
    priority: Mapped[int]
    enabled: Mapped[bool] = mapped_column(default=False)
    conditions: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    removed_at: Mapped[datetime | None] = mapped_column(default=None)


class ReviewRuleVersion(Table):
    """A rule as it was from some moment on: what approved an order then can be read."""

    __tablename__ = "review_rule_versions"
    __table_args__ = (PrimaryKeyConstraint("rule_id", "version"),)

    rule_id: Mapped[ReviewRuleId] = reference("review_rules.id")
    version: Mapped[int]
    name: Mapped[str]
    priority: Mapped[int]
    enabled: Mapped[bool]
    removed: Mapped[bool]
    conditions: Mapped[dict[str, Any]]
    set_at: Mapped[datetime]
    set_by: Mapped[str]


class ReviewFinding(Table):
    """Why no rule approved an order that waits for review: what failed of the rule that came closest."""

    __tablename__ = "review_findings"
    __table_args__ = (Index("ix_review_findings_judged", "judged_at", "order_id"),)

    order_id: Mapped[OrderId] = reference("orders.id", primary=True)
    judged_at: Mapped[datetime]
    rule_id: Mapped[ReviewRuleId | None] = optional_reference("review_rules.id", default=None)
    rule_name: Mapped[str | None] = mapped_column(default=None)
    failed: Mapped[dict[str, Any]]
