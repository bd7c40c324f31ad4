"""Goods (商品) as clients see them: products, variants, brands and categories."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import bundles, catalogue, channels, finance, inventory, pricing
from schema.base import Info, Node, edge, entity, field_of
from schema.scalars import DecimalValue, key_of

if TYPE_CHECKING:
    from schema.bundles.types import Bundle
    from schema.channels.types import Listing
    from schema.inventory.types import StockLevel
    from schema.pricing.types import PriceInForce

VIEW = "catalogue.view"


@entity(reader=catalogue.brands_by_id, needs=VIEW, description="A brand.")
class Brand(Node):
    """Products may have one."""

    name: str = strawberry.field(description="Its name.")


@entity(reader=catalogue.categories_by_id, needs=VIEW, description="A node of the category tree.")
class Category(Node):
    """Nested at most eight deep."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    path: str = strawberry.field(description="The codes from the root, joined by slashes.")
    parent: Annotated["Category", strawberry.lazy("schema.catalogue.types")] | None = edge(
        Annotated["Category", strawberry.lazy("schema.catalogue.types")] | None,
        catalogue.categories_by_id,
        "parent_id",
        "The category above; null at the root.",
    )


@strawberry.type(description="An optional fact of a product, such as its approval number (批准文号).")
class ProductAttribute:
    """Free names; a site shows them as they are."""

    name: str = strawberry.field(description="Which fact.")
    value: str = strawberry.field(description="What it is.")


@entity(
    reader=catalogue.variants_by_id,
    needs=VIEW,
    description="One stocked article (SKU): what prices, stock and order lines refer to.",
)
class Variant(Node):
    """A specification of a product."""

    sku: str = strawberry.field(description="Our own code; it never changes.")
    specification: str = strawberry.field(description="What tells it from its siblings, such as 100 g.")
    weight_grams: int = strawberry.field(description="Its weight.")
    volume_millilitres: int = strawberry.field(description="Its volume.")
    prescription: bool = strawberry.field(description="Whether it needs a reviewed prescription.")
    cost_method: catalogue.CostMethod = strawberry.field(description="How its cost is kept.")
    active: bool = strawberry.field(description="Whether it may be sold, as far as it alone decides.")
    version: int = strawberry.field(description="Counts its edits; give it as expectedVersion.")
    created_at: datetime = strawberry.field(description="When it was added, in UTC.")
    barcodes: list[str] = edge(list[str], catalogue.barcodes_of, "id", "Its barcodes, at most 20.")
    product: Annotated["Product", strawberry.lazy("schema.catalogue.types")] = edge(
        Annotated["Product", strawberry.lazy("schema.catalogue.types")],
        catalogue.products_by_id,
        "product_id",
        "What it is a specification of.",
    )
    listings: list[Annotated["Listing", strawberry.lazy("schema.channels.types")]] | None = edge(
        list[Annotated["Listing", strawberry.lazy("schema.channels.types")]] | None,
        channels.listings_of,
        "id",
        "Where it is shown, on the channels you see.",
        needs="channels.view",
    )
    stocked: bool = strawberry.field(description="Whether it is ever in stock itself; a virtual bundle is not.")
    bundle: Annotated["Bundle", strawberry.lazy("schema.bundles.types")] | None = edge(
        Annotated["Bundle", strawberry.lazy("schema.bundles.types")] | None,
        bundles.bundles_by_variant,
        "id",
        "What it is made of, if it is a bundle.",
    )
    stock: list[Annotated["StockLevel", strawberry.lazy("schema.inventory.types")]] | None = edge(
        list[Annotated["StockLevel", strawberry.lazy("schema.inventory.types")]] | None,
        inventory.stock_of_variants,
        "id",
        "What of it is where, in the warehouses you see.",
        needs="inventory.view",
    )

    @field_of(
        Annotated["PriceInForce", strawberry.lazy("schema.pricing.types")] | None,
        "What it costs on a channel, now or at a moment; null when no price is in force. Requires `pricing.view`.",
        needs="pricing.view",
    )
    async def price(
        root: strawberry.Parent[Any],  # noqa: N805
        info: Info,
        channel_id: Annotated[strawberry.ID, strawberry.argument(description="The channel it is sold on.")],
        as_of: datetime | None = None,
    ) -> Any:
        channel = key_of("Channel", channel_id)
        return channel and await info.context.load(pricing.prices_at, pricing.PriceKey(channel, root.id, as_of))


@entity(reader=catalogue.products_by_id, needs=VIEW, description="What a shop shows as one article.")
class Product(Node):
    """Retired, never deleted."""

    slug: str = strawberry.field(description="Its unique name in addresses.")
    name: str = strawberry.field(description="Its name.")
    description: str = strawberry.field(description="What buyers read about it.")
    status: catalogue.ProductStatus = strawberry.field(description="Whether it may be sold.")
    version: int = strawberry.field(description="Counts its edits; give it as expectedVersion.")
    created_at: datetime = strawberry.field(description="When it was added, in UTC.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    brand: Brand | None = edge(Brand | None, catalogue.brands_by_id, "brand_id", "Its brand.")
    category: Category | None = edge(Category | None, catalogue.categories_by_id, "category_id", "Its category.")
    images: list[str] = edge(list[str], catalogue.images_of, "id", "The addresses of its pictures, at most 20.")
    variants: list[Variant] = edge(
        list[Variant], catalogue.variants_of_products, "id", "Its variants in their order, at most 100."
    )
    tax_rate: DecimalValue | None = edge(
        DecimalValue | None,
        finance.tax_rates_of,
        "id",
        "The rate of the value-added tax that its price contains (增值税率).",
        needs="finance.view",
    )

    @strawberry.field(description="Optional facts, at most 50, by name.")
    def attributes(root: strawberry.Parent[Any]) -> list[ProductAttribute]:  # noqa: N805
        return [ProductAttribute(name=name, value=str(value)) for name, value in sorted(root.attributes.items())]
