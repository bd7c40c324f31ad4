"""Goods as shops are told of them (商品铺货): texts, pictures and specifications of listed variants, by the set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalogue.models import (
    Barcode,
    Brand,
    Category,
    Product,
    ProductId,
    ProductImage,
    ProductStatus,
    Variant,
    VariantId,
)
from domain.kernel import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopGoods:
    """One variant with the texts of its product; `sold` is false once either is retired."""

    variant_id: VariantId
    product_id: ProductId
    title: str
    description: str
    brand: str | None
    category: str | None
    attributes: Mapping[str, str]
    images: tuple[str, ...]
    sku: str
    specification: str
    barcode: str | None
    weight_grams: int
    sold: bool


async def goods_for_shops(work: Work, variant_ids: Sequence[VariantId]) -> Mapping[VariantId, ShopGoods]:
    """Read what shops show of variants, in three statements."""
    wanted = literal(sorted(set(variant_ids)), ARRAY(Uuid))
    statement = (
        select(
            *(Variant.id, Variant.product_id, Variant.sku, Variant.specification, Variant.weight_grams, Variant.active),
            *(Product.name, Product.description, Product.attributes, Product.status),
            Brand.name.label("brand"),
            Category.name.label("category"),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .outerjoin(Category, Category.id == Product.category_id)
        .where(Variant.id == any_(wanted))
    )
    rows = await work.rows(statement)
    barcodes = await _first_barcodes(work, variant_ids)
    images = await _images(work, sorted({row.product_id for row in rows}))
    return {
        row.id: ShopGoods(
            variant_id=row.id,
            product_id=row.product_id,
            title=row.name,
            description=row.description,
            brand=row.brand,
            category=row.category,
            attributes={key: str(value) for key, value in row.attributes.items()},
            images=tuple(images.get(row.product_id, ())),
            sku=row.sku,
            specification=row.specification,
            barcode=barcodes.get(row.id),
            weight_grams=row.weight_grams,
            sold=row.active and row.status is ProductStatus.ACTIVE,
        )
        for row in rows
    }


async def _first_barcodes(work: Work, variant_ids: Sequence[VariantId]) -> dict[VariantId, str]:
    wanted = literal(sorted(set(variant_ids)), ARRAY(Uuid))
    statement = select(Barcode.variant_id, Barcode.code).where(Barcode.variant_id == any_(wanted))
    return {row.variant_id: row.code for row in await work.rows(statement.order_by(Barcode.code.desc()))}


async def _images(work: Work, product_ids: Sequence[ProductId]) -> dict[ProductId, list[str]]:
    statement = select(ProductImage.product_id, ProductImage.url)
    statement = statement.where(ProductImage.product_id == any_(literal(product_ids, ARRAY(Uuid))))
    urls: dict[ProductId, list[str]] = {}
    for row in await work.rows(statement.order_by(ProductImage.product_id, ProductImage.position)):
        urls.setdefault(row.product_id, []).append(row.url)
    return urls


async def variants_of_product(work: Work, product_id: ProductId) -> list[VariantId]:
    """List the variants of a product."""
    rows = await work.rows(select(Variant.id).where(Variant.product_id == product_id).order_by(Variant.id))
    return [row.id for row in rows]
