"""Floor prices (最低限价): what one unit must bring at least; of a variant, else of all variants of its product."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

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

FLOORS_READ = """
    SELECT 'floor' AS kind, jsonb_build_object('variant', variant.id, 'currency', floor.currency,
        'price', floor.unit_price::text, 'own', floor.variant_id IS NOT NULL) AS stored
    FROM variants AS variant CROSS JOIN LATERAL (
        SELECT variant_id, currency, unit_price FROM floor_prices WHERE variant_id = variant.id
        UNION ALL SELECT variant_id, currency, unit_price FROM floor_prices WHERE product_id = variant.product_id
    ) AS floor WHERE variant.id = ANY (:variant_ids)
"""
"""The floors of variants, also as a part of statements that read more; prices are texts: what is read is exact."""
FLOORS_OF = text(FLOORS_READ).bindparams(bindparam("variant_ids", type_=ARRAY(Uuid))).columns(kind=Text, stored=JSONB)
Floors = Mapping[UUID, Mapping[str, UnitPrice]]
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


async def floor_prices_of(work: Work | Read, variant_ids: Sequence[UUID]) -> Floors:
    """Find the floors of variants by currency: their own, else their product's; in one statement."""
    if not variant_ids:
        return {}
    rows = await work.rows(FLOORS_OF, {"variant_ids": sorted(set(variant_ids))})
    return floors_from([row.stored for row in rows])


def floors_from(read: Sequence[Mapping[str, Any]]) -> Floors:
    """Make the floors of rows that were read: a variant's own goes before its product's."""
    found: dict[UUID, dict[str, UnitPrice]] = {}
    for each in sorted(read, key=lambda row: bool(row["own"])):
        found.setdefault(UUID(each["variant"]), {})[each["currency"]] = UnitPrice(each["price"])
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
    for table, key, field in (
        (catalogue.Variant, variant_id, "variantId"),
        (catalogue.Product, product_id, "productId"),
    ):
        if key is not None and await work.session.get(table, key) is None:
            raise NotFound(what=field.removesuffix("Id"), which=str(key)).at("input", field)
