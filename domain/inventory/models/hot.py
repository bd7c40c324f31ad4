"""Hot stock (热点库存): what the house split because many buy it in the same minute, and by which figures."""

from datetime import datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from domain.kernel import Table, primary_key

StockSplittingId = NewType("StockSplittingId", UUID)

THE_ONLY = StockSplittingId(UUID("00000000-0000-7000-8000-00000000000d"))


class StockSplitting(Table):
    """By which figures the house splits hot variants and joins them again (one row, there from the beginning)."""

    __tablename__ = "stock_splitting"
    __table_args__ = (
        CheckConstraint("id = '00000000-0000-7000-8000-00000000000d'", name="one_row"),
        CheckConstraint("claims_per_minute > 0 AND buckets > 1 AND quiet_minutes > 0", name="figures"),
    )

    id: Mapped[StockSplittingId] = primary_key(default_factory=lambda: THE_ONLY)
    active: Mapped[bool]
    claims_per_minute: Mapped[int]
    buckets: Mapped[int]
    quiet_minutes: Mapped[int]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class HotStock(Table):
    """A variant in a warehouse that the house has split, and when it last saw it hot; what people split is not here."""

    __tablename__ = "hot_stock"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "warehouse_id"),
        ForeignKeyConstraint(
            ["variant_id", "warehouse_id"],
            ["stock_items.variant_id", "stock_items.warehouse_id"],
            name="fk_hot_stock_stock_item",
        ),
    )

    variant_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    split_at: Mapped[datetime]
    hot_at: Mapped[datetime]
