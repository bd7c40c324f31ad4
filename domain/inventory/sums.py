"""The ledger added up (库存汇总): what came in and went out by day and by month, up to a position of the ledger.

A question about the past reads whole months, the days of one month, and only the few rows nobody has added up yet.
The sums are not cumulative: a movement posted today for last March changes one day and one month, and nothing after.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models import MovementKind, WarehouseId
from domain.kernel import Money, Quantity, Table, reference
from domain.kernel.records import TransactionNumber


class StockDay(Table):
    """What one kind of movement brought in and took out of a variant in a warehouse on one day of the company."""

    __tablename__ = "stock_days"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "warehouse_id", "day", "kind"),
        Index("ix_stock_days_day", "day"),
    )

    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    day: Mapped[date]
    kind: Mapped[MovementKind]
    in_quantity: Mapped[Quantity]
    out_quantity: Mapped[Quantity]
    in_amount: Mapped[Money]
    out_amount: Mapped[Money]
    movements: Mapped[int]


class StockMonth(Table):
    """The same by month; the month is its first day."""

    __tablename__ = "stock_months"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "warehouse_id", "month", "kind"),
        CheckConstraint("extract(day FROM month) = 1", name="begins_on_the_first"),
        Index("ix_stock_months_month", "month"),
    )

    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    month: Mapped[date]
    kind: Mapped[MovementKind]
    in_quantity: Mapped[Quantity]
    out_quantity: Mapped[Quantity]
    in_amount: Mapped[Money]
    out_amount: Mapped[Money]
    movements: Mapped[int]


class StockSumming(Table):
    """How far the ledger is added up (one row): to `summed_to`, and next to `candidate`.

    Positions are given out before their transactions end. A candidate is therefore added up only when every
    transaction that was running when it was read has ended: nothing can still appear below it.
    """

    __tablename__ = "stock_summing"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    summed_to: Mapped[int] = mapped_column(default=0)
    candidate: Mapped[int | None] = mapped_column(default=None)
    candidate_before: Mapped[int | None] = mapped_column(TransactionNumber(), default=None)
