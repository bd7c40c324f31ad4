"""Short words for prices in tests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain import catalogue, pricing
from domain.kernel import UnitPrice, Work
from domain.pricing import NewPrice, NewPriceList, Price, PriceList
from tests.conftest import NOW


async def a_price_list(work: Work, code: str = "base", **changes: Any) -> PriceList:
    """Keep a list that has been in force for long."""
    given = NewPriceList(
        **{"code": code, "name": code, "starts_at": datetime(2020, 1, 1, tzinfo=NOW.tzinfo), **changes}
    )
    return await pricing.create_price_list(work, given)


async def a_price(work: Work, price_list: PriceList, variant_id: UUID, price: str, **changes: Any) -> Price:
    """Set a price that has been in force since the list unless the changes say otherwise."""
    starts_at = changes.pop("starts_at", price_list.starts_at)
    given = NewPrice(
        variant_id=catalogue.VariantId(variant_id), unit_price=UnitPrice(price), starts_at=starts_at, **changes
    )
    return await pricing.set_price(work, price_list.id, given)
