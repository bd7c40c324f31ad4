"""Reading goods (商品查询): products, variants, barcodes, pictures, brands and categories, by key and by page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.catalogue.models import Barcode, Brand, Category, Product, ProductImage, Variant
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, by_key, constant, page

PRODUCT_COLUMNS = tuple(Product.__table__.columns)
VARIANT_COLUMNS = tuple(Variant.__table__.columns)
BRAND_COLUMNS = tuple(Brand.__table__.columns)
CATEGORY_COLUMNS = tuple(Category.__table__.columns)

PRODUCTS = constant(select(*PRODUCT_COLUMNS))
VARIANTS = constant(select(*VARIANT_COLUMNS))

products_by_id = Reading(PRODUCTS, Product.id)
products_by_slug = Reading(PRODUCTS, Product.slug)
variants_by_id = Reading(VARIANTS, Variant.id)
variants_of_skus = Reading(VARIANTS, Variant.sku)
# The variants of products in their stated order, at most 100 each.
variants_of_products = Reading(VARIANTS.order_by(Variant.position, Variant.id), Variant.product_id, many=True)
brands_by_id = Reading(select(*BRAND_COLUMNS), Brand.id)
categories_by_id = Reading(select(*CATEGORY_COLUMNS), Category.id)


def products_by_name(*, descending: bool = False) -> Ordering:
    return Ordering("products.name", (Product.name, Product.id), ("name", "id"), (str, UUID), descending)


def products_by_created(*, descending: bool = True) -> Ordering:
    parsers = (datetime.fromisoformat, UUID)
    return Ordering("products.created", (Product.created_at, Product.id), ("created_at", "id"), parsers, descending)


VARIANTS_BY_SKU = Ordering("variants.sku", (Variant.sku,), ("sku",), (str,))
BRANDS_BY_NAME = Ordering("brands.name", (Brand.name,), ("name",), (str,))
CATEGORIES_BY_PATH = Ordering("categories.path", (Category.path,), ("path",), (str,))


async def products_page(
    read: Read, conditions: Sequence[ColumnElement[bool]], ordering: Ordering, request: PageRequest
) -> Page:
    """Read a page of products."""
    return await page(read, PRODUCTS.where(*conditions) if conditions else PRODUCTS, ordering, request)


async def variants_of_barcodes(read: Read, codes: Sequence[str]) -> Mapping[str, Any]:
    statement = select(*VARIANT_COLUMNS, Barcode.code.label("barcode"))
    joined = statement.join(Barcode, Barcode.variant_id == Variant.id)
    return by_key(await read.rows(joined.where(Barcode.code.in_(codes))), "barcode")


async def variants_page(read: Read, conditions: Sequence[ColumnElement[bool]], request: PageRequest) -> Page:
    """Read a page of variants, by SKU."""
    return await page(read, VARIANTS.where(*conditions) if conditions else VARIANTS, VARIANTS_BY_SKU, request)


async def barcodes_of(read: Read, variant_ids: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    """Read the barcodes of variants, at most 20 each."""
    statement = select(Barcode.variant_id, Barcode.code).where(Barcode.variant_id.in_(variant_ids))
    codes: dict[UUID, list[str]] = {each: [] for each in variant_ids}
    for row in await read.rows(statement.order_by(Barcode.code)):
        codes[row.variant_id].append(row.code)
    return codes


async def images_of(read: Read, product_ids: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    """Read the addresses of the pictures of products, at most 20 each."""
    statement = select(ProductImage.product_id, ProductImage.url).where(ProductImage.product_id.in_(product_ids))
    urls: dict[UUID, list[str]] = {each: [] for each in product_ids}
    for row in await read.rows(statement.order_by(ProductImage.product_id, ProductImage.position)):
        urls[row.product_id].append(row.url)
    return urls


async def brands_page(read: Read, request: PageRequest) -> Page:
    """Read a page of brands, by name."""
    return await page(read, select(*BRAND_COLUMNS), BRANDS_BY_NAME, request)


async def categories_page(read: Read, conditions: Sequence[ColumnElement[bool]], request: PageRequest) -> Page:
    """Read a page of categories, parents before their children."""
    return await page(read, select(*CATEGORY_COLUMNS).where(*conditions), CATEGORIES_BY_PATH, request)
