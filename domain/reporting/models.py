"""Reserves (储备): by what rules stock is judged, and how it stands by them."""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory import ValueClass
from domain.kernel import Money, Quantity, Rate, Table, identifier, optional_reference, primary_key, reference

ReservePolicyId = NewType("ReservePolicyId", UUID)


class ReservePolicy(Table):
    """By what rules stock is judged: of a product, else of its nearest category, else of everything.

    `z` is how many deviations of demand the safety stock covers: it follows from the service level.
    """

    __tablename__ = "reserve_policies"
    __table_args__ = (
        CheckConstraint("category_id IS NULL OR product_id IS NULL", name="of_one_thing"),
        Index("uq_reserve_policies_of", "category_id", "product_id", unique=True, postgresql_nulls_not_distinct=True),
    )

    id: Mapped[ReservePolicyId] = primary_key(default_factory=identifier)
    category_id: Mapped[UUID | None] = optional_reference("categories.id", default=None)
    product_id: Mapped[UUID | None] = optional_reference("products.id", index=True, default=None)
    slow_days: Mapped[int]
    days_max: Mapped[int]
    overstock_days: Mapped[int | None]
    turnover_days: Mapped[int]
    turnover_min: Mapped[Rate | None]
    sales_days: Mapped[int]
    lead_days: Mapped[int]
    cover_days: Mapped[int]
    service_level: Mapped[Rate]
    z: Mapped[Rate]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class Suggestion(StrEnum):
    """What to do about a reserve."""

    NONE = "NONE"
    PURCHASE = "PURCHASE"
    TRANSFER_IN = "TRANSFER_IN"
    TRANSFER_OUT = "TRANSFER_OUT"
    PROMOTE = "PROMOTE"
    RETURN_TO_SUPPLIER = "RETURN_TO_SUPPLIER"


class DemandClass(StrEnum):
    """How evenly a variant is sold (XYZ)."""

    X = "X"
    Y = "Y"
    Z = "Z"


class Reserve(Table):
    """How the stock of a variant in a warehouse stood at the last analysis; all rows are written anew by each.

    `place` is its rank by the amount tied up: lists go by it, so that a cursor tells no amount.
    """

    __tablename__ = "reserves"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "warehouse_id"),
        Index("ix_reserves_place", "place", unique=True),
    )

    variant_id: Mapped[UUID]
    warehouse_id: Mapped[UUID] = reference("warehouses.id")
    place: Mapped[int]
    on_hand: Mapped[Quantity]
    available: Mapped[Quantity]
    value: Mapped[Money]
    overstock: Mapped[bool]
    shortage: Mapped[bool]
    slow: Mapped[bool]
    backlog: Mapped[bool]
    excess: Mapped[Quantity]
    lack: Mapped[Quantity]
    tied_up: Mapped[Money]
    minimum: Mapped[Quantity]
    maximum: Mapped[Quantity | None]
    reorder_point: Mapped[Quantity]
    in_transit: Mapped[Quantity]
    safety_set: Mapped[bool]
    lead_days: Mapped[int]
    cover_days: Mapped[int]
    z: Mapped[Rate]
    daily_sales: Mapped[Quantity]
    daily_deviation: Mapped[Quantity]
    days_of_stock: Mapped[Rate | None]
    turnover: Mapped[Rate | None]
    average_on_hand: Mapped[Quantity]
    last_sold_on: Mapped[date | None]
    in_stock_rate: Mapped[Rate | None]
    value_class: Mapped[ValueClass]
    demand_class: Mapped[DemandClass]
    suggestion: Mapped[Suggestion]
    suggested_quantity: Mapped[Quantity]
    other_warehouse_id: Mapped[UUID | None] = mapped_column(default=None)
    analysed_at: Mapped[datetime]
