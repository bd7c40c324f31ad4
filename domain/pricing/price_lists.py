"""Price lists (价格表): what a unit costs, by channel and by date; a price is set, ended, never silently rounded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue, channels
from domain.kernel import BadInput, Inexact, NotFound, Refusal, UnitPrice, Work, WrongState, action, identifier
from domain.kernel.scope import within
from domain.pricing.events import PriceChanged
from domain.pricing.models import Price, PriceId, PriceList, PriceListId

NAME_LENGTH_MAX = 200
PRIORITY_MAX = 1_000
PRICES_MAX = 1_000
FACT_VARIANTS_MAX = 500
BUYER_PLACES = 2

CODE = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
CURRENCY = re.compile(r"[A-Z]{3}")
PRICE_MAX = UnitPrice(10_000_000)


class PriceInexact(Refusal):
    """The price {price} has more than {places} decimal places, which no buyer can pay."""

    price: str
    places: int
    chinese = "价格 {price} 超过 {places} 位小数"


class PriceListTaken(Refusal):
    """There is already a price list with the code {price_list}."""

    price_list: str
    chinese = "价格表编码 {price_list} 已存在"


class PriceListShared(Refusal):
    """The price list {price_list} holds for all channels; only who sees all channels may change it."""

    price_list: str
    chinese = "价格表 {price_list} 适用于全部渠道，只有可查看全部渠道的人员可以修改"


@dataclass(frozen=True, kw_only=True)
class NewPriceList:
    """A list to be kept; without a channel it holds for all of its currency, without an end for ever."""

    code: str
    name: str
    channel_id: channels.ChannelId | None = None
    currency: str | None = None
    priority: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewPrice:
    """What one unit of a variant shall cost; from now unless `starts_at` says otherwise, in the list's currency."""

    variant_id: catalogue.VariantId
    unit_price: UnitPrice
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    currency: str | None = None


@action
async def create_price_list(work: Work, given: NewPriceList) -> PriceList:
    """Add a price list for one channel or for all of them."""
    if not CODE.fullmatch(given.code) or not 1 <= len(given.name.strip()) <= NAME_LENGTH_MAX:
        raise BadInput(field="code", problem="a code is a-z, 0-9, - and _, a name not empty").at("input", "code")
    if abs(given.priority) > PRIORITY_MAX:
        raise BadInput(field="priority", problem=f"at most {PRIORITY_MAX}").at("input", "priority")
    starts_at = given.starts_at or work.now
    check_period(starts_at, given.ends_at)
    row = {
        "id": identifier(),
        "code": given.code,
        "name": given.name.strip(),
        "channel_id": given.channel_id,
        "currency": await _currency(work, given),
        "priority": given.priority,
        "starts_at": starts_at,
        "ends_at": given.ends_at,
        "created_at": work.now,
    }
    if not await work.change(insert(PriceList).values(row).on_conflict_do_nothing(index_elements=["code"])):
        raise PriceListTaken(price_list=given.code).at("input", "code")
    return await work.session.get_one(PriceList, row["id"])


async def _currency(work: Work, given: NewPriceList) -> str:
    if given.channel_id is None:
        if work.actor.channels is not None:
            raise PriceListShared(price_list=given.code).at("input", "channelId")
        currency = given.currency or "CNY"
        if not CURRENCY.fullmatch(currency):
            raise BadInput(field="currency", problem="is three capitals").at("input", "currency")
        return currency
    channel = await channels.channel_by_id(work, given.channel_id)
    if given.currency not in (None, channel.currency):
        problem = f"the channel sells in {channel.currency}"
        raise BadInput(field="currency", problem=problem).at("input", "currency")
    return str(channel.currency)


@action
async def set_price(work: Work, price_list_id: PriceListId, given: NewPrice) -> Price:
    """Set what one unit of a variant costs in a price list; earlier prices give way from its start."""
    price_list = await price_list_for_change(work, price_list_id)
    (price_id,) = await _set(work, price_list, [given])
    return await work.session.get_one(Price, price_id, populate_existing=True)


@action
async def set_prices(work: Work, price_list_id: PriceListId, given: Sequence[NewPrice]) -> PriceList:
    """Set the prices of many variants in a price list at once."""
    price_list = await price_list_for_change(work, price_list_id)
    await _set(work, price_list, given)
    return price_list


@action
async def end_price(work: Work, price_id: PriceId, *, ends_at: datetime | None = None) -> Price:
    """End a price, now or at a moment to come; one that has not started yet is dropped."""
    price = await work.session.get(Price, price_id, with_for_update=True, populate_existing=True)
    if price is None:
        raise NotFound(what="price", which=str(price_id)).at("input", "id")
    price_list = await price_list_for_change(work, price.price_list_id)
    moment = ends_at or work.now
    if price.ends_at is not None and price.ends_at <= work.now:
        raise WrongState(what="price", which=str(price_id), state="ENDED", needed="IN_FORCE")
    if moment < work.now:
        raise BadInput(field="endsAt", problem="lies in the past").at("input", "endsAt")
    if moment <= price.starts_at:
        await work.session.delete(price)
    else:
        price.ends_at = moment
    await work.session.flush()
    _record(work, price_list, [price.variant_id])
    return price


async def _set(work: Work, price_list: PriceList, given: Sequence[NewPrice]) -> list[PriceId]:
    if not 1 <= len(given) <= PRICES_MAX:
        raise BadInput(field="prices", problem=f"1 to {PRICES_MAX} at once, not {len(given)}").at("input", "prices")
    made = [_row_at(work, price_list, given, index) for index in range(len(given))]
    rows = sorted(made, key=lambda row: (row["variant_id"], row["starts_at"]))
    if len({(row["variant_id"], row["starts_at"]) for row in rows}) < len(rows):
        raise BadInput(field="prices", problem="a variant has two prices from the same moment").at("input", "prices")
    await _check_variants(work, [each.variant_id for each in given])
    new = insert(Price).values(rows)
    changed = {"unit_price": new.excluded.unit_price, "ends_at": new.excluded.ends_at}
    kept = await work.rows(
        new.on_conflict_do_update(index_elements=["variant_id", "price_list_id", "starts_at"], set_=changed).returning(
            Price.id
        )
    )
    _record(work, price_list, [row["variant_id"] for row in rows])
    return [row.id for row in kept]


def _row_at(work: Work, price_list: PriceList, given: Sequence[NewPrice], index: int) -> dict[str, Any]:
    try:
        return _row(work, price_list, given[index])
    except Refusal as refusal:
        raise (refusal.within("prices", str(index)) if len(given) > 1 else refusal) from None


def _row(work: Work, price_list: PriceList, given: NewPrice) -> dict[str, Any]:
    check_price(given.unit_price)
    if given.currency not in (None, price_list.currency):
        raise BadInput(field="currency", problem=f"the list is in {price_list.currency}").at("input", "unitPrice")
    starts_at = given.starts_at or work.now
    check_period(starts_at, given.ends_at)
    return {
        "id": identifier(),
        "price_list_id": price_list.id,
        "variant_id": given.variant_id,
        "unit_price": given.unit_price,
        "starts_at": starts_at,
        "ends_at": given.ends_at,
    }


async def _check_variants(work: Work, variant_ids: Sequence[catalogue.VariantId]) -> None:
    known = await catalogue.variants_for_sale(work, ids=variant_ids)
    unknown = [each for each in variant_ids if each not in known]
    if unknown:
        raise NotFound(what="variant", which=str(unknown[0])).at("input", "variantId")


def exact_price(amount: Decimal) -> UnitPrice:
    """Read the price of a client, or refuse it for what it is: finer than any buyer can pay."""
    try:
        return UnitPrice(amount)
    except Inexact:
        raise PriceInexact(price=format(amount, "f"), places=BUYER_PLACES).at("input", "unitPrice") from None


def check_price(price: UnitPrice) -> None:
    """Refuse a price no buyer could pay: negative, endless, or finer than the smallest coin."""
    if price.value != round(price.value, BUYER_PLACES):
        raise PriceInexact(price=format(price.value.normalize(), "f"), places=BUYER_PLACES).at("input", "unitPrice")
    if price.value < Decimal(0) or price > PRICE_MAX:
        raise BadInput(field="unitPrice", problem=f"must lie between 0 and {PRICE_MAX}").at("input", "unitPrice")


def check_period(starts_at: datetime, ends_at: datetime | None) -> None:
    """Refuse a period that ends before it starts, or instants without a zone."""
    if starts_at.tzinfo is None or (ends_at is not None and ends_at.tzinfo is None):
        raise BadInput(field="startsAt", problem="an instant needs its zone").at("input", "startsAt")
    if ends_at is not None and ends_at <= starts_at:
        raise BadInput(field="endsAt", problem="lies before the start").at("input", "endsAt")


async def price_list_for_change(work: Work, price_list_id: PriceListId) -> PriceList:
    """Load a price list of the actor's scope, locked, or refuse."""
    mine = within(PriceList.channel_id, work.actor.channels)
    statement = select(PriceList).where(PriceList.id == price_list_id)
    if mine is not None:
        statement = statement.where(or_(mine, PriceList.channel_id.is_(None)))
    locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    price_list: PriceList | None = (await work.session.scalars(locked)).one_or_none()
    if price_list is None:
        raise NotFound(what="price list", which=str(price_list_id)).at("input", "priceListId")
    if price_list.channel_id is None and work.actor.channels is not None:
        raise PriceListShared(price_list=price_list.code).at("input", "priceListId")
    return price_list


def _record(work: Work, price_list: PriceList, variant_ids: Sequence[UUID]) -> None:
    for start in range(0, len(variant_ids), FACT_VARIANTS_MAX):
        some = tuple(variant_ids[start : start + FACT_VARIANTS_MAX])
        work.record(PriceChanged(price_list_id=price_list.id, channel_id=price_list.channel_id, variant_ids=some))
