"""Prices (价格): lists by channel and by date; the most specific list in force wins."""

from datetime import datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, UnitPrice, identifier, primary_key, reference

PriceListId = NewType("PriceListId", UUID)
PriceId = NewType("PriceId", UUID)
FloorPriceId = NewType("FloorPriceId", UUID)


class PriceList(Table):
    """Prices for one channel (or for all of them), in one currency, in force from and until; higher priority wins."""

    __tablename__ = "price_lists"
    __table_args__ = (CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="period"),)

    id: Mapped[PriceListId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(default=None, index=True)
    currency: Mapped[str] = mapped_column(default="CNY")
    priority: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class Price(Table):
    """The price of one unit of a variant in one list, in force from and until."""

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint("unit_price >= 0", name="not_negative"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="period"),
        UniqueConstraint("variant_id", "price_list_id", "starts_at"),
        Index("ix_prices_list", "price_list_id", "id"),
        Index("ix_prices_starts", "starts_at", "id"),
        Index("ix_prices_ends", "ends_at", postgresql_where=text("ends_at IS NOT NULL")),
    )

    id: Mapped[PriceId] = primary_key(default_factory=identifier)
    price_list_id: Mapped[PriceListId] = reference("price_lists.id")
    variant_id: Mapped[UUID]
    unit_price: Mapped[UnitPrice]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(default=None)


class FloorPrice(Table):
    """What one unit must bring at least: of a variant, else of all variants of a product."""

    __tablename__ = "floor_prices"
    __table_args__ = (
        CheckConstraint("unit_price >= 0", name="not_negative"),
        CheckConstraint("(product_id IS NULL) <> (variant_id IS NULL)", name="of_one_thing"),
        Index(
            "uq_floor_prices_of",
            "product_id",
            "variant_id",
            "currency",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_floor_prices_variant", "variant_id", postgresql_where=text("variant_id IS NOT NULL")),
        Index("ix_floor_prices_updated", "updated_at", "id"),
    )

    id: Mapped[FloorPriceId] = primary_key(default_factory=identifier)
    product_id: Mapped[UUID | None] = mapped_column(default=None)
    variant_id: Mapped[UUID | None] = mapped_column(default=None)
    currency: Mapped[str] = mapped_column(default="CNY")
    unit_price: Mapped[UnitPrice]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class Repricing(Table):
    """Until which moment the starts and ends of prices have been carried to the listings."""

    __tablename__ = "repricing"

    name: Mapped[str] = mapped_column(primary_key=True)
    until_at: Mapped[datetime]
