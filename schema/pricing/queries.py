"""Asking for prices (价格查询)."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement

from domain import pricing
from schema.base import Info, query
from schema.filters import IdFilter, TextFilter, of_id, of_text
from schema.paging import Connection, page_request
from schema.pricing.types import VIEW, Price, PriceList


@strawberry.input(description="Which prices.")
class PriceFilter:
    """Combined by AND."""

    variant_id: IdFilter | None = strawberry.field(default=None, description="The variant.")
    price_list_id: IdFilter | None = strawberry.field(default=None, description="The price list.")
    channel_id: IdFilter | None = strawberry.field(default=None, description="The channel its list is of.")
    in_force_at: datetime | None = strawberry.field(default=None, description="In force at this moment.")


@strawberry.input(description="Which price lists.")
class PriceListFilter:
    """Combined by AND."""

    code: TextFilter | None = strawberry.field(default=None, description="The code.")
    channel_id: IdFilter | None = strawberry.field(default=None, description="The channel.")


def price_conditions(where: PriceFilter | None) -> list[ColumnElement[bool]]:
    """Turn the filter into conditions."""
    given = where or PriceFilter()
    conditions = [
        *of_id(pricing.Price.variant_id, given.variant_id, "Variant"),
        *of_id(pricing.Price.price_list_id, given.price_list_id, "PriceList"),
        *of_id(pricing.PriceList.channel_id, given.channel_id, "Channel"),
    ]
    return conditions if given.in_force_at is None else [*conditions, pricing.in_force_at(given.in_force_at)]


@strawberry.type
class PricingQuery:
    """Root fields."""

    @query(Connection[Price], "Prices, list by list.", needs=VIEW)
    async def prices(
        self,
        info: Info,
        *,
        where: PriceFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await pricing.prices_page(info.context.read, price_conditions(where), request)

    @query(Connection[PriceList], "Price lists, by code.", needs=VIEW)
    async def price_lists(
        self,
        info: Info,
        *,
        where: PriceListFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given, price_list = where or PriceListFilter(), pricing.PriceList
        conditions = [
            *of_text(price_list.code, given.code, "code"),
            *of_id(price_list.channel_id, given.channel_id, "Channel"),
        ]
        request = page_request(first, after, last, before)
        return await pricing.price_lists_page(info.context.read, conditions, request)
