"""Goods (商品): products and the variants that are stocked and sold, with their barcodes, brands and categories."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, optional_reference, primary_key, reference

BrandId = NewType("BrandId", UUID)
CategoryId = NewType("CategoryId", UUID)
ProductId = NewType("ProductId", UUID)
VariantId = NewType("VariantId", UUID)


class ProductStatus(StrEnum):
    """Whether a product may be sold."""

    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class Brand(Table):
    """A brand."""

    __tablename__ = "brands"

    id: Mapped[BrandId] = primary_key(default_factory=identifier)
    name: Mapped[str] = mapped_column(unique=True)


class Category(Table):
    """A node of the category tree; `path` lists the codes from the root, joined by slashes."""

    __tablename__ = "categories"
    __table_args__ = (Index("ix_categories_below", "path", postgresql_ops={"path": "text_pattern_ops"}),)

    id: Mapped[CategoryId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[CategoryId | None] = optional_reference("categories.id", index=True, default=None)
    path: Mapped[str] = mapped_column(unique=True)


class Product(Table):
    """What a shop shows as one article; `attributes` hold optional facts such as the approval number (批准文号)."""

    __tablename__ = "products"
    __table_args__ = (
        Index("ix_products_name", "name", "id"),
        Index("ix_products_created", "created_at", "id"),
        Index("ix_products_name_contains", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )

    id: Mapped[ProductId] = primary_key(default_factory=identifier)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    brand_id: Mapped[BrandId | None] = optional_reference("brands.id", index=True, default=None)
    category_id: Mapped[CategoryId | None] = optional_reference("categories.id", index=True, default=None)
    status: Mapped[ProductStatus] = mapped_column(default=ProductStatus.ACTIVE)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ProductImage(Table):
    """A picture of a product, by its address."""

    __tablename__ = "product_images"
    __table_args__ = (Index("ix_product_images_product", "product_id", "position"),)

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    product_id: Mapped[ProductId] = reference("products.id")
    position: Mapped[int]
    url: Mapped[str]


class CostMethod(StrEnum):
    """How the cost of a variant is kept."""

    MOVING_AVERAGE = "MOVING_AVERAGE"
    FIXED = "FIXED"


class Variant(Table):
    """One stocked article (SKU): specification, weight and volume; what prices, stock and order lines refer to."""

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("weight_grams >= 0 AND volume_millilitres >= 0", name="measures"),
        Index("ix_variants_product", "product_id", "position"),
    )

    id: Mapped[VariantId] = primary_key(default_factory=identifier)
    product_id: Mapped[ProductId] = reference("products.id")
    position: Mapped[int] = mapped_column(default=0)
    sku: Mapped[str] = mapped_column(unique=True)
    specification: Mapped[str] = mapped_column(default="")
    weight_grams: Mapped[int] = mapped_column(default=0)
    volume_millilitres: Mapped[int] = mapped_column(default=0)
    prescription: Mapped[bool] = mapped_column(default=False)
    cost_method: Mapped[CostMethod] = mapped_column(default=CostMethod.MOVING_AVERAGE)
    active: Mapped[bool] = mapped_column(default=True)
    stocked: Mapped[bool] = mapped_column(server_default="true", default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class Barcode(Table):
    """A barcode of a variant; a variant may have several, a barcode belongs to one."""

    __tablename__ = "barcodes"

    code: Mapped[str] = mapped_column(primary_key=True)
    variant_id: Mapped[VariantId] = reference("variants.id", index=True)
