"""Why a price is what it is (价格说明): every price of a variant that was considered, and what each one lost by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain import channels
from domain.kernel import Read, UnitPrice, grouped, now, sees_channel
from domain.pricing.in_force import PriceKey, together
from domain.pricing.models import Price, PriceList

CONSIDERED_MAX = 200


class Verdict(StrEnum):
    """What became of a price that was considered."""

    CHOSEN = "CHOSEN"
    OTHER_CURRENCY = "OTHER_CURRENCY"
    LIST_NOT_IN_FORCE = "LIST_NOT_IN_FORCE"
    PRICE_NOT_IN_FORCE = "PRICE_NOT_IN_FORCE"
    LOWER_PRIORITY = "LOWER_PRIORITY"
    NOT_OF_THE_CHANNEL = "NOT_OF_THE_CHANNEL"
    EARLIER = "EARLIER"


@dataclass(frozen=True, kw_only=True)
class Considered:
    """One price that was considered, in which list, and its verdict."""

    price_id: UUID
    price_list_id: UUID
    price_list_code: str
    price_list_name: str
    unit_price: UnitPrice
    currency: str
    priority: int
    of_channel: bool
    verdict: Verdict


async def explain_prices(read: Read, channel_id: UUID, variant_id: UUID, at: datetime) -> list[Considered]:
    """Read which prices of a variant were considered for a channel at a moment, the chosen one first."""
    key = PriceKey(channel_id, variant_id, at)
    return (await explanations_at(read, [key]))[key]


async def explanations_at(read: Read, keys: Sequence[PriceKey]) -> Mapping[PriceKey, list[Considered]]:
    """Read which prices were considered for many keys, one statement for each channel and moment."""
    explained: dict[PriceKey, list[Considered]] = {each: [] for each in keys}
    for (channel_id, at), variant_ids in together(keys).items():
        moment = at or now()
        candidates = await _candidates(read, channel_id, variant_ids) if sees_channel(read.actor, channel_id) else {}
        for variant_id, rows in candidates.items():
            explained[PriceKey(channel_id, variant_id, at)] = judged(rows, moment)
    return explained


async def _candidates(read: Read, channel_id: UUID, variant_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    newest = (Price.starts_at.desc(), Price.id.desc())
    ranked = (
        select(
            *(Price.id, Price.variant_id, Price.price_list_id, Price.unit_price, Price.starts_at, Price.ends_at),
            *(PriceList.code, PriceList.name, PriceList.channel_id, PriceList.currency, PriceList.priority),
            PriceList.starts_at.label("list_starts_at"),
            PriceList.ends_at.label("list_ends_at"),
            channels.currency_of(channel_id).label("channel_currency"),
            func.row_number().over(partition_by=Price.variant_id, order_by=newest).label("place"),
        )
        .join(PriceList, PriceList.id == Price.price_list_id)
        .where(Price.variant_id == any_(literal(sorted(set(variant_ids)), ARRAY(Uuid))))
        .where(or_(PriceList.channel_id == channel_id, PriceList.channel_id.is_(None)))
        .subquery()
    )
    rows = await read.rows(select(ranked).where(ranked.c.place <= CONSIDERED_MAX).order_by(ranked.c.place))
    return grouped(rows, "variant_id", variant_ids)


def judged(candidates: Sequence[Any], at: datetime) -> list[Considered]:
    """Judge prices at a moment: the rule of `in_force`, said in words."""
    excluded = [(row, verdict) for row in candidates if (verdict := _exclusion(row, at)) is not None]
    standing = sorted((row for row in candidates if _exclusion(row, at) is None), key=_rank, reverse=True)
    lost = [(row, _lost_by(row, standing[0])) for row in standing[1:]]
    chosen = [(standing[0], Verdict.CHOSEN)] if standing else []
    return [_considered(row, verdict) for row, verdict in (*chosen, *lost, *excluded)]


def _exclusion(row: Any, at: datetime) -> Verdict | None:
    if row.currency != row.channel_currency:
        return Verdict.OTHER_CURRENCY
    if not row.list_starts_at <= at or (row.list_ends_at is not None and row.list_ends_at <= at):
        return Verdict.LIST_NOT_IN_FORCE
    if not row.starts_at <= at or (row.ends_at is not None and row.ends_at <= at):
        return Verdict.PRICE_NOT_IN_FORCE
    return None


def _rank(row: Any) -> tuple[Any, ...]:
    return (row.priority, row.channel_id is not None, row.starts_at, row.list_starts_at, row.id)


def _lost_by(row: Any, chosen: Any) -> Verdict:
    if row.priority < chosen.priority:
        return Verdict.LOWER_PRIORITY
    if row.channel_id is None and chosen.channel_id is not None:
        return Verdict.NOT_OF_THE_CHANNEL
    return Verdict.EARLIER


def _considered(row: Any, verdict: Verdict) -> Considered:
    return Considered(
        price_id=row.id,
        price_list_id=row.price_list_id,
        price_list_code=row.code,
        price_list_name=row.name,
        unit_price=row.unit_price,
        currency=row.currency,
        priority=row.priority,
        of_channel=row.channel_id is not None,
        verdict=verdict,
    )
