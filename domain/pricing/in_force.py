"""Prices in force (生效价格): the list of highest priority wins, then the channel's own, then the latest.

A list applies to a channel when it is the channel's own or for all channels, is in the channel's currency and in
force; so is the price in it. Periods are half-open: a price ends at the instant the next one may start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Uuid, and_, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from domain import channels
from domain.catalogue import VariantId
from domain.kernel import Read, UnitPrice, Work, now, sees_channel
from domain.pricing.models import Price, PriceList


def applying(channel_id: Any) -> ColumnElement[bool]:
    """State when a list applies to a channel, whatever the time."""
    of_channel = or_(PriceList.channel_id == channel_id, PriceList.channel_id.is_(None))
    return of_channel & (PriceList.currency == channels.currency_of(channel_id))


def in_force(table: type[Price] | type[PriceList], at: Any) -> ColumnElement[bool]:
    """State when a price or a list is in force."""
    return and_(table.starts_at <= at, or_(table.ends_at.is_(None), table.ends_at > at))


RANK = (
    PriceList.priority.desc(),
    PriceList.channel_id.is_(None),
    Price.starts_at.desc(),
    PriceList.starts_at.desc(),
    Price.id.desc(),
)
"""What wins comes first; the id makes it a total order."""


CHANNEL, MOMENT = bindparam("channel_id", type_=Uuid), bindparam("at", type_=DateTime(timezone=True))

# Made once: every basket asks it, and building it costs more than running it.
WINNING = (
    select(Price.variant_id, Price.unit_price, Price.id, PriceList.currency, Price.price_list_id)
    .ext(distinct_on(Price.variant_id))
    .join(PriceList, PriceList.id == Price.price_list_id)
    .where(Price.variant_id == any_(bindparam("variant_ids", type_=ARRAY(Uuid))))
    .where(applying(CHANNEL), in_force(PriceList, MOMENT), in_force(Price, MOMENT))
    .order_by(Price.variant_id, *RANK)
)


def asked(channel_id: UUID, variant_ids: Sequence[UUID], at: datetime) -> dict[str, Any]:
    """Name the parameters of the statement that finds the winning price of each variant."""
    return {"channel_id": channel_id, "variant_ids": sorted(set(variant_ids)), "at": at}


async def prices_in_force(
    work: Work, channel_id: UUID, variant_ids: Sequence[VariantId] | Sequence[UUID], at: datetime
) -> Mapping[VariantId, UnitPrice]:
    """Find what each variant costs on a channel at a moment; one without a price is absent."""
    rows = await work.rows(WINNING, asked(channel_id, variant_ids, at))
    return {row.variant_id: row.unit_price for row in rows}


async def prices_of_variants(
    read: Read, channel_id: UUID, variant_ids: Sequence[UUID], at: datetime
) -> Mapping[UUID, Any]:
    """Read what each variant costs on a channel at a moment, with its list; nothing on a channel out of scope."""
    if not sees_channel(read.actor, channel_id):
        return {}
    return {row.variant_id: row for row in await read.rows(WINNING, asked(channel_id, variant_ids, at))}


@dataclass(frozen=True, slots=True)
class PriceKey:
    """Which price is asked for; no moment means now."""

    channel_id: UUID
    variant_id: UUID
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFound:
    """The price in force that was asked for, at the moment of `key`."""

    key: PriceKey
    id: UUID
    unit_price: UnitPrice
    currency: str
    price_list_id: UUID


async def prices_at(read: Read, keys: Sequence[PriceKey]) -> Mapping[PriceKey, PriceFound]:
    """Read prices in force for many keys, one statement for each channel and moment; what is not yours is absent."""
    present, found = now(), {}
    for (channel_id, at), variant_ids in together(keys).items():
        moment = at or present
        for variant_id, row in (await prices_of_variants(read, channel_id, variant_ids, moment)).items():
            found[PriceKey(channel_id, variant_id, at)] = PriceFound(
                key=PriceKey(channel_id, variant_id, moment),
                id=row.id,
                unit_price=row.unit_price,
                currency=row.currency,
                price_list_id=row.price_list_id,
            )
    return found


def together(keys: Sequence[PriceKey]) -> dict[tuple[UUID, datetime | None], list[UUID]]:
    """Group what is asked for by channel and moment."""
    groups: dict[tuple[UUID, datetime | None], list[UUID]] = {}
    for each in keys:
        groups.setdefault((each.channel_id, each.at), []).append(each.variant_id)
    return groups


def in_force_at(at: datetime) -> ColumnElement[bool]:
    """State that a price and its list are in force: for a statement that joins both."""
    return in_force(PriceList, at) & in_force(Price, at)
