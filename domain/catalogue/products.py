"""Products (商品): what a shop shows as one article; retired, never deleted, because orders refer to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, any_, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalogue.codes import reserve_codes
from domain.catalogue.drafts import NewProduct, check_images, check_product, check_texts
from domain.catalogue.events import ProductChanged, ProductRestored, ProductRetired
from domain.catalogue.models import (
    Barcode,
    Brand,
    BrandId,
    Category,
    CategoryId,
    CostMethod,
    Product,
    ProductId,
    ProductImage,
    ProductStatus,
    Variant,
    VariantId,
)
from domain.kernel import NotFound, Work, WrongState, action, identifier, routine
from domain.kernel.versions import check_version

IMPORTED_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class ProductChanges:
    """What is to change of a product; None stays as it is, `images` and `attributes` are replaced as a whole."""

    name: str | None = None
    description: str | None = None
    brand_id: BrandId | None = None
    category_id: CategoryId | None = None
    attributes: Mapping[str, str] | None = None
    images: tuple[str, ...] | None = None


@action
async def create_product(work: Work, given: NewProduct) -> Product:
    """Add a product with its variants, barcodes and pictures."""
    check_product(given)
    await _check_places(work, given.brand_id, given.category_id)
    skus = [each.sku for each in given.variants]
    await reserve_codes(
        work, slugs=[given.slug], skus=skus, barcodes=[code for each in given.variants for code in each.barcodes]
    )
    (product_id,) = await _insert(work, [given])
    work.record(ProductChanged(product_id=product_id))
    return await product_for_change(work, product_id)


@action
async def edit_product(
    work: Work, product_id: ProductId, changes: ProductChanges, *, expected_version: int | None = None
) -> Product:
    """Change the texts, pictures, brand or category of a product."""
    product = await product_for_change(work, product_id)
    await check_version(work, product, expected_version)
    check_texts(changes.name, changes.description, changes.attributes)
    await _check_places(work, changes.brand_id, changes.category_id)
    for name in ("name", "description", "brand_id", "category_id"):
        if (value := getattr(changes, name)) is not None:
            setattr(product, name, value)
    if changes.attributes is not None:
        product.attributes = dict(changes.attributes)
    if changes.images is not None:
        check_images(changes.images)
        await work.execute(delete(ProductImage).where(ProductImage.product_id == product_id))
        work.session.add_all(ProductImage(**each) for each in _images(product_id, changes.images))
    touch(work, product)
    return product


@action
async def retire_product(work: Work, product_id: ProductId) -> Product:
    """Stop selling a product on every channel."""
    product = await _moved(work, product_id, ProductStatus.ACTIVE, ProductStatus.RETIRED)
    work.record(ProductRetired(product_id=product.id))
    return product


@action
async def restore_product(work: Work, product_id: ProductId) -> Product:
    """Sell a retired product again; list it anew where it shall be shown."""
    product = await _moved(work, product_id, ProductStatus.RETIRED, ProductStatus.ACTIVE)
    work.record(ProductRestored(product_id=product.id))
    return product


async def _moved(work: Work, product_id: ProductId, before: ProductStatus, after: ProductStatus) -> Product:
    product = await product_for_change(work, product_id)
    if product.status is not before:
        raise WrongState(what="product", which=product.slug, state=product.status.value, needed=before.value)
    product.status = after
    product.version += 1
    product.updated_at = work.now
    return product


async def product_for_change(work: Work, product_id: ProductId) -> Product:
    """Load a product, locked, or refuse."""
    product = await work.session.get(Product, product_id, with_for_update=True, populate_existing=True)
    if product is None:
        raise NotFound(what="product", which=str(product_id)).at("input", "id")
    return product


def touch(work: Work, product: Product) -> None:
    """Count a new version of a product and say that shops must be told."""
    product.version += 1
    product.updated_at = work.now
    fact = ProductChanged(product_id=product.id)
    if fact not in work.facts:
        work.record(fact)


async def _check_places(work: Work, brand_id: BrandId | None, category_id: CategoryId | None) -> None:
    for kind, name, key in ((Brand, "brand", brand_id), (Category, "category", category_id)):
        if key is not None and await work.session.get(kind, key) is None:
            raise NotFound(what=name, which=str(key)).at("input", f"{name}Id")


@routine
async def import_products(work: Work, given: Sequence[NewProduct]) -> Mapping[str, VariantId]:
    """Add many products at once, by a constant number of statements; those whose slug is known are left alone.

    Returns the variants of all given SKUs.
    """
    if len(given) > IMPORTED_MAX:
        raise ValueError(f"import at most {IMPORTED_MAX} products at once")
    for each in given:
        check_product(each)
    slugs = literal([each.slug for each in given], ARRAY(Text))
    known = {row.slug for row in await work.rows(select(Product.slug).where(Product.slug == any_(slugs)))}
    fresh = [each for each in given if each.slug not in known]
    variants = [variant for each in fresh for variant in each.variants]
    await reserve_codes(
        work, skus=[each.sku for each in variants], barcodes=[code for each in variants for code in each.barcodes]
    )
    await _insert(work, fresh)
    skus = literal([variant.sku for each in given for variant in each.variants], ARRAY(Text))
    rows = await work.rows(select(Variant.sku, Variant.id).where(Variant.sku == any_(skus)))
    return {row.sku: row.id for row in rows}


async def _insert(work: Work, given: Sequence[NewProduct]) -> list[ProductId]:
    rows: dict[Any, list[dict[str, Any]]] = {Product: [], ProductImage: [], Variant: [], Barcode: []}
    for each in given:
        product = _product(work, each)
        rows[Product].append(product)
        rows[ProductImage] += _images(product["id"], each.images)
        for position, new in enumerate(each.variants):
            variant = variant_row(work, product["id"], position, new)
            rows[Variant].append(variant)
            rows[Barcode] += [{"code": code, "variant_id": variant["id"]} for code in new.barcodes]
    for table, values in rows.items():
        if values:
            await work.execute(insert(table), values)
    return [each["id"] for each in rows[Product]]


def _product(work: Work, given: NewProduct) -> dict[str, Any]:
    return {
        "id": identifier(),
        "slug": given.slug,
        "name": given.name,
        "description": given.description,
        "brand_id": given.brand_id,
        "category_id": given.category_id,
        "status": ProductStatus.ACTIVE,
        "attributes": dict(given.attributes),
        "version": 1,
        "created_at": work.now,
        "updated_at": work.now,
    }


def _images(product_id: ProductId, images: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"id": identifier(), "product_id": product_id, "position": position, "url": url}
        for position, url in enumerate(images)
    ]


def variant_row(work: Work, product_id: ProductId, position: int, given: Any) -> dict[str, Any]:
    """Build the row of a new variant."""
    return {
        "id": identifier(),
        "product_id": product_id,
        "position": position,
        "sku": given.sku,
        "specification": given.specification,
        "weight_grams": given.weight_grams,
        "volume_millilitres": given.volume_millilitres,
        "prescription": given.prescription,
        "cost_method": CostMethod.MOVING_AVERAGE,
        "active": True,
        "version": 1,
        "created_at": work.now,
    }


async def next_position(work: Work, product_id: ProductId) -> tuple[int, int]:
    """Say the position after the last variant of a product, and how many it has."""
    statement = select(func.coalesce(func.max(Variant.position) + 1, 0), func.count())
    row = (await work.rows(statement.where(Variant.product_id == product_id)))[0]
    return int(row[0]), int(row[1])
