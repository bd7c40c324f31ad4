"""Stock periods (库存期间): months into which nothing is posted any more."""

from datetime import date, datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, primary_key

StockPeriodId = NewType("StockPeriodId", UUID)


class StockPeriod(Table):
    """A month that was closed, with all before it; the month is its first day. Reopened, it is closed no more."""

    __tablename__ = "stock_periods"
    __table_args__ = (CheckConstraint("extract(day FROM month) = 1", name="begins_on_the_first"),)

    id: Mapped[StockPeriodId] = primary_key(default_factory=identifier)
    month: Mapped[date] = mapped_column(unique=True)
    reason: Mapped[str]
    closed_by: Mapped[str]
    closed_at: Mapped[datetime]
    reopened_by: Mapped[str | None] = mapped_column(default=None)
    reopened_at: Mapped[datetime | None] = mapped_column(default=None)
