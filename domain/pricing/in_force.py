"""Prices in force (生效价格): the list of highest priority wins, then the channel's own, then the latest.

A list applies to a channel when it is the channel's own or for all channels, is in the channel's currency and in
force; so is the price in it. Periods are half-open: a price ends at the instant the next one may start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Uuid, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from domain import channels
from domain.catalogue import VariantId
from domain.kernel import Read, UnitPrice, Work, now, sees_channel
from domain.pricing.models import Price, PriceList


def applying(channel_id: UUID) -> ColumnElement[bool]:
    """State when a list applies to a channel, whatever the time."""
    of_channel = or_(PriceList.channel_id == channel_id, PriceList.channel_id.is_(None))
    return of_channel & (PriceList.currency == channels.currency_of(channel_id))


def in_force(table: type[Price] | type[PriceList], at: datetime) -> ColumnElement[bool]:
    """State when a price or a list is in force."""
    return (table.starts_at <= at) & or_(table.ends_at.is_(None), table.ends_at > at)


RANK = (
    PriceList.priority.desc(),
    PriceList.channel_id.is_(None),
    Price.starts_at.desc(),
    PriceList.starts_at.desc(),
    Price.id.desc(),
)
"""What wins comes first; the id makes it a total order."""


def winning(channel_id: UUID, variant_ids: Sequence[UUID], at: datetime) -> Executable:
    """Build the statement that finds the winning price of each variant."""
    return (
        select(Price.variant_id, Price.unit_price, Price.id, PriceList.currency, Price.price_list_id)
        .ext(distinct_on(Price.variant_id))
        .join(PriceList, PriceList.id == Price.price_list_id)
        .where(Price.variant_id == any_(literal(sorted(set(variant_ids)), ARRAY(Uuid))))
        .where(applying(channel_id), in_force(PriceList, at), in_force(Price, at))
        .order_by(Price.variant_id, *RANK)
    )


async def prices_in_force(
    work: Work, channel_id: UUID, variant_ids: Sequence[VariantId] | Sequence[UUID], at: datetime
) -> Mapping[VariantId, UnitPrice]:
    """Find what each variant costs on a channel at a moment; one without a price is absent."""
    rows = await work.rows(winning(channel_id, variant_ids, at))
    return {row.variant_id: row.unit_price for row in rows}


async def prices_of_variants(
    read: Read, channel_id: UUID, variant_ids: Sequence[UUID], at: datetime
) -> Mapping[UUID, Any]:
    """Read what each variant costs on a channel at a moment, with its list; nothing on a channel out of scope."""
    if not sees_channel(read.actor, channel_id):
        return {}
    return {row.variant_id: row for row in await read.rows(winning(channel_id, variant_ids, at))}


@dataclass(frozen=True, slots=True)
class PriceKey:
    """Which price is asked for; no moment means now."""

    channel_id: UUID
    variant_id: UUID
    at: datetime | None = None


async def prices_at(read: Read, keys: Sequence[PriceKey]) -> Mapping[PriceKey, Any]:
    """Read prices in force for many keys, one statement for each channel and moment; what is not yours is absent."""
    moment = now()
    found: dict[PriceKey, Any] = {}
    for channel_id, at in sorted({(each.channel_id, each.at) for each in keys}, key=str):
        wanted = [each.variant_id for each in keys if (each.channel_id, each.at) == (channel_id, at)]
        rows = await prices_of_variants(read, channel_id, wanted, at or moment)
        found.update({PriceKey(channel_id, variant_id, at): row for variant_id, row in rows.items()})
    return found
