"""Floor prices (最低限价): what one unit must bring at least; of a variant, else of all variants of its product."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, delete, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain import catalogue
from domain.kernel import (
    BadInput,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Read,
    Reading,
    Refusal,
    UnitPrice,
    Work,
    action,
    constant,
    identifier,
    page,
)
from domain.pricing.models import FloorPrice, FloorPriceId
from domain.pricing.price_lists import CURRENCY, PRICE_MAX

VARIANT = catalogue.Variant
FLOORS = constant(select(*FloorPrice.__table__.c))
BY_UPDATED = Ordering(
    name="floor_prices.updated",
    columns=(FloorPrice.updated_at, FloorPrice.id),
    keys=("updated_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)

floor_prices_by_id = Reading(FLOORS, FloorPrice.id)


class FloorNotSet(Refusal):
    """There is no such floor price any more."""

    chinese = "该最低限价已不存在"


@action
async def set_floor_price(
    work: Work,
    unit_price: UnitPrice,
    currency: str = "CNY",
    variant_id: UUID | None = None,
    product_id: UUID | None = None,
) -> FloorPrice:
    """Set what one unit of a variant, or of each variant of a product, must bring at least."""
    await _check(work, unit_price, currency, variant_id, product_id)
    row: dict[str, Any] = {
        "product_id": product_id,
        "variant_id": variant_id,
        "currency": currency,
        "unit_price": unit_price,
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    new = insert(FloorPrice).values(row | {"id": identifier()})
    changed = new.on_conflict_do_update(index_elements=["product_id", "variant_id", "currency"], set_=row)
    floor_id = (await work.rows(changed.returning(FloorPrice.id)))[0][0]
    return await work.session.get_one(FloorPrice, floor_id, populate_existing=True)


@action
async def end_floor_price(work: Work, floor_price_id: UUID) -> FloorPrice:
    """Let a variant or product have no floor price any more."""
    floor = await work.session.get(FloorPrice, FloorPriceId(floor_price_id))
    if floor is None or not await work.change(delete(FloorPrice).where(FloorPrice.id == floor.id)):
        raise FloorNotSet().at("input", "id")
    work.session.expunge(floor)
    return floor


async def floor_prices_of(work: Work | Read, variant_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, UnitPrice]]:
    """Find the floors of variants by currency: their own, else their product's; in one statement."""
    if not variant_ids:
        return {}
    among = VARIANT.id == any_(literal(sorted(set(variant_ids)), ARRAY(Uuid)))
    columns = (VARIANT.id.label("of_variant"), FloorPrice.currency, FloorPrice.unit_price)
    of_product = select(*columns, literal(0).label("nearer")).join(
        FloorPrice, FloorPrice.product_id == VARIANT.product_id
    )
    of_variant = select(*columns, literal(1).label("nearer")).join(FloorPrice, FloorPrice.variant_id == VARIANT.id)
    both = of_product.where(among).union_all(of_variant.where(among)).order_by("nearer")
    found: dict[UUID, dict[str, UnitPrice]] = {}
    for row in await work.rows(both):
        found.setdefault(row.of_variant, {})[row.currency] = row.unit_price
    return found


async def floor_prices_page(read: Read, request: PageRequest) -> Page:
    """Read a page of floor prices, the latest set first."""
    return await page(read, FLOORS, BY_UPDATED, request)


async def _check(
    work: Work, unit_price: UnitPrice, currency: str, variant_id: UUID | None, product_id: UUID | None
) -> None:
    if (variant_id is None) == (product_id is None):
        problem = "name a variant or a product, and not both"
        raise BadInput(field="variantId", problem=problem).at("input", "variantId")
    if not UnitPrice(0) <= unit_price <= PRICE_MAX:
        raise BadInput(field="unitPrice", problem=f"must lie between 0 and {PRICE_MAX}").at("input", "unitPrice")
    if not CURRENCY.fullmatch(currency):
        raise BadInput(field="currency", problem="must be three capital letters").at("input", "currency")
    for table, key, field in ((VARIANT, variant_id, "variantId"), (catalogue.Product, product_id, "productId")):
        if key is not None and await work.session.get(table, key) is None:
            raise NotFound(what=field.removesuffix("Id"), which=str(key)).at("input", field)
