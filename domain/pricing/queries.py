"""Reading prices (价格查询): lists and prices by key and by page; lists of channels outside the scope are absent."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from domain.kernel import Actor, Ordering, Page, PageRequest, Read, by_key, page
from domain.kernel.scope import within
from domain.pricing.models import Price, PriceList

PRICE_COLUMNS = (*Price.__table__.columns, PriceList.currency, PriceList.channel_id)
PRICE_LIST_COLUMNS = tuple(PriceList.__table__.columns)

PRICES_BY_LIST = Ordering("prices.list", (Price.price_list_id, Price.id), ("price_list_id", "id"), (UUID, UUID))
PRICE_LISTS_BY_CODE = Ordering("price_lists.code", (PriceList.code,), ("code",), (str,))


def _seen(statement: Select[Any], actor: Actor) -> Select[Any]:
    """Restrict to the lists of the actor's channels and those of all channels."""
    mine = within(PriceList.channel_id, actor.channels)
    return statement if mine is None else statement.where(or_(mine, PriceList.channel_id.is_(None)))


def _prices() -> Select[Any]:
    statement: Select[Any] = select(*PRICE_COLUMNS).join(PriceList, PriceList.id == Price.price_list_id)
    return statement


async def price_lists_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(_seen(select(*PRICE_LIST_COLUMNS).where(PriceList.id.in_(ids)), read.actor)))


async def price_lists_page(read: Read, conditions: Sequence[ColumnElement[bool]], request: PageRequest) -> Page:
    """Read a page of price lists, by code."""
    statement = _seen(select(*PRICE_LIST_COLUMNS).where(*conditions), read.actor)
    return await page(read, statement, PRICE_LISTS_BY_CODE, request)


async def prices_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(_seen(_prices().where(Price.id.in_(ids)), read.actor)))


async def prices_page(read: Read, conditions: Sequence[ColumnElement[bool]], request: PageRequest) -> Page:
    """Read a page of prices, list by list."""
    return await page(read, _seen(_prices().where(*conditions), read.actor), PRICES_BY_LIST, request)
