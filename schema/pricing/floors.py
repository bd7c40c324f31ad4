"""Floor prices (最低限价) as clients see and set them."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, pricing
from schema.base import Info, Node, edge, entity, query
from schema.catalogue.types import Product, Variant
from schema.measures import Money, MoneyInput, amount_of, price_of
from schema.mutating import Call, mutation
from schema.paging import Connection, page_request
from schema.pricing.types import VIEW


@entity(
    reader=pricing.floor_prices_by_id,
    needs=VIEW,
    description="What one unit of a variant or product must bring at least.",
)
class FloorPrice(Node):
    """A variant's own goes before its product's."""

    unit_price: Money = amount_of(Money, "unit_price", "What one unit must bring at least.")
    updated_at: datetime = strawberry.field(description="Since when, in UTC.")
    updated_by: str = strawberry.field(description="Who set it.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "Of which variant.", needs="catalogue.view"
    )
    product: Product | None = edge(
        Product | None, catalogue.products_by_id, "product_id", "Of which product.", needs="catalogue.view"
    )


@strawberry.input(description="What one unit of a variant, or of each variant of a product, must bring at least.")
class SetFloorPriceInput:
    """Exactly one of variant and product."""

    unit_price: MoneyInput = strawberry.field(description="The floor; it replaces the one before.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant.")
    product_id: strawberry.ID | None = strawberry.field(default=None, description="Or the product.")


@strawberry.input(description="A floor price.")
class FloorPriceInput:
    """For what needs nothing else."""

    id: strawberry.ID = strawberry.field(description="The floor price.")


@strawberry.type
class FloorPricesMutation:
    """Mutations."""

    @mutation(FloorPrice)
    async def set_floor_price(self, call: Call, input: SetFloorPriceInput) -> Any:  # noqa: A002
        return await call.perform(
            pricing.set_floor_price,
            price_of(input.unit_price, "unitPrice"),
            input.unit_price.currency.value,
            call.key("Variant", input.variant_id) if input.variant_id else None,
            call.key("Product", input.product_id) if input.product_id else None,
        )

    @mutation(FloorPrice)
    async def end_floor_price(self, call: Call, input: FloorPriceInput) -> Any:  # noqa: A002
        return await call.perform(pricing.end_floor_price, call.key("FloorPrice", input.id))


@strawberry.type
class FloorPricesQuery:
    """Root fields."""

    @query(Connection[FloorPrice], "What units must bring at least, the latest set first.", needs=VIEW)
    async def floor_prices(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await pricing.floor_prices_page(info.context.read, page_request(first, after, last, before))
