"""Figures of the watch (预警阈值): from where on stock, movements, lots and bins count as abnormal."""

from datetime import datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.places import WarehouseId
from domain.kernel import Quantity, Rate, Table, identifier, optional_reference, primary_key

WatchPolicyId = NewType("WatchPolicyId", UUID)


class WatchPolicy(Table):
    """From where on something counts as abnormal: for a product, else its nearest category, else everything.

    Of two for the same goods, the warehouse's own goes before the one for all warehouses. Null: that is not watched.
    """

    __tablename__ = "watch_policies"
    __table_args__ = (
        CheckConstraint("category_id IS NULL OR product_id IS NULL", name="of_one_thing"),
        CheckConstraint("sale_ban_days IS NULL OR warehouse_id IS NULL", name="banned_everywhere"),
        Index(
            "uq_watch_policies_of",
            "category_id",
            "product_id",
            "warehouse_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[WatchPolicyId] = primary_key(default_factory=identifier)
    category_id: Mapped[UUID | None] = optional_reference("categories.id", default=None)
    product_id: Mapped[UUID | None] = optional_reference("products.id", index=True, default=None)
    warehouse_id: Mapped[WarehouseId | None] = optional_reference("warehouses.id", default=None)
    safety: Mapped[Quantity | None]
    maximum: Mapped[Quantity | None]
    deviation_factor: Mapped[Rate | None]
    stock_out_days: Mapped[int | None]
    count_tolerance: Mapped[Rate | None]
    idle_bin_days: Mapped[int | None]
    frozen_days: Mapped[int | None]
    expiry_tiers: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    sale_ban_days: Mapped[int | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
