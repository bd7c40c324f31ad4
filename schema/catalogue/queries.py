"""Asking for goods (商品查询)."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, false

from domain import catalogue
from schema.base import Info, query
from schema.catalogue.types import VIEW, Brand, Category, Product, Variant
from schema.filters import IdFilter, PeriodFilter, SearchFilter, TextFilter, of_id, of_period, of_text
from schema.paging import Connection, OrderDirection, page_request
from schema.scalars import bad_input, key_of


@strawberry.input(description="Which products.")
class ProductFilter:
    """Combined by AND."""

    name: SearchFilter | None = strawberry.field(default=None, description="The name.")
    slug: TextFilter | None = strawberry.field(default=None, description="The slug.")
    brand_id: IdFilter | None = strawberry.field(default=None, description="The brand.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="This category or any below it.")
    status: catalogue.ProductStatus | None = strawberry.field(default=None, description="Whether they may be sold.")
    created_at: PeriodFilter | None = strawberry.field(default=None, description="When they were added.")


@strawberry.input(description="Which variants.")
class VariantFilter:
    """Combined by AND."""

    sku: TextFilter | None = strawberry.field(default=None, description="The SKU.")
    product_id: IdFilter | None = strawberry.field(default=None, description="The product.")
    active: bool | None = strawberry.field(default=None, description="Whether they may be sold.")


@strawberry.enum(description="What products can be ordered by.")
class ProductOrderField(Enum):
    """Each is served by an index."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


@strawberry.input(description="The order of a list of products.")
class ProductOrder:
    """The newest first unless it says otherwise."""

    field: ProductOrderField = strawberry.field(default=ProductOrderField.CREATED_AT, description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which end comes first.")


ORDERINGS = {
    ProductOrderField.NAME: catalogue.products_by_name,
    ProductOrderField.CREATED_AT: catalogue.products_by_created,
}


def product_conditions(where: ProductFilter | None) -> list[ColumnElement[bool]]:
    """Turn the filter into conditions; a category of another type holds nothing."""
    given, product = where or ProductFilter(), catalogue.Product
    conditions = [
        *of_text(product.name, given.name, "name"),
        *of_text(product.slug, given.slug, "slug"),
        *of_id(product.brand_id, given.brand_id, "Brand"),
        *of_period(product.created_at, given.created_at),
    ]
    if given.category_id is not None:
        key = key_of("Category", given.category_id)
        conditions.append(false() if key is None else catalogue.within_category(catalogue.CategoryId(key)))
    if given.status is not None:
        conditions.append(product.status == given.status)
    return conditions


def variant_conditions(where: VariantFilter | None) -> list[ColumnElement[bool]]:
    """Turn the filter into conditions."""
    given, variant = where or VariantFilter(), catalogue.Variant
    conditions = [
        *of_text(variant.sku, given.sku, "sku"),
        *of_id(variant.product_id, given.product_id, "Product"),
    ]
    return conditions if given.active is None else [*conditions, variant.active == given.active]


def only_one(**given: str | None) -> tuple[str, str]:
    """Find the one argument that was given, or refuse none and several."""
    named = [(name, value) for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise bad_input(f"give exactly one of {', '.join(given)}")
    return named[0]


@strawberry.type
class CatalogueQuery:
    """Root fields."""

    @query(Product | None, "A product by its id or its slug; null when there is none.", needs=VIEW)
    async def product(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002
        slug: Annotated[str | None, strawberry.argument(description="Its slug.")] = None,
    ) -> Any:
        name, value = only_one(id=id, slug=slug)
        if name == "slug":
            return await info.context.load(catalogue.products_by_slug, value)
        key = key_of("Product", value)
        return key and await info.context.load(catalogue.products_by_id, key)

    @query(Connection[Product], "Products, the newest first unless ordered otherwise.", needs=VIEW)
    async def products(
        self,
        info: Info,
        *,
        where: ProductFilter | None = None,
        order_by: ProductOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        order = order_by or ProductOrder()
        ordering = ORDERINGS[order.field](descending=order.direction is OrderDirection.DESC)
        request = page_request(first, after, last, before)
        return await catalogue.products_page(info.context.read, product_conditions(where), ordering, request)

    @query(Variant | None, "A variant by its id, its SKU or a barcode; null when there is none.", needs=VIEW)
    async def variant(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002
        sku: Annotated[str | None, strawberry.argument(description="Its SKU.")] = None,
        barcode: Annotated[str | None, strawberry.argument(description="One of its barcodes.")] = None,
    ) -> Any:
        name, value = only_one(id=id, sku=sku, barcode=barcode)
        if name == "id":
            key = key_of("Variant", value)
            return key and await info.context.load(catalogue.variants_by_id, key)
        reader = catalogue.variants_of_skus if name == "sku" else catalogue.variants_of_barcodes
        return await info.context.load(reader, value)

    @query(Connection[Variant], "Variants, by SKU.", needs=VIEW)
    async def variants(
        self,
        info: Info,
        where: VariantFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await catalogue.variants_page(info.context.read, variant_conditions(where), request)

    @query(Connection[Brand], "Brands, by name.", needs=VIEW)
    async def brands(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await catalogue.brands_page(info.context.read, page_request(first, after, last, before))

    @query(Connection[Category], "Categories, each before those below it.", needs=VIEW)
    async def categories(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await catalogue.categories_page(info.context.read, [], page_request(first, after, last, before))
