"""Repricing (调价同步): listings show the price in force, whenever one is set, starts or ends, or goods are listed.

Every reaction computes the price as it is now and shows it where it differs, so doing it twice changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.dialects.postgresql import insert

from domain import channels
from domain.kernel import Work
from domain.pricing.events import PriceChanged
from domain.pricing.in_force import prices_in_force
from domain.pricing.models import Price, PriceList, Repricing

BATCH_MAX = 500
REPRICING = "listings"


async def mark_prices_owed(work: Work, fact: PriceChanged) -> None:
    """React to set or ended prices: listings show them, and shops that take prices are told."""
    await reprice(work, fact.variant_ids, fact.channel_id)


async def price_listings(work: Work, fact: channels.VariantsListed) -> None:
    """React to newly listed variants: they show the price in force."""
    await reprice(work, fact.variant_ids, fact.channel_id)


async def reprice(work: Work, variant_ids: Sequence[UUID], channel_id: UUID | None = None) -> int:
    """Show the price in force now on the listings of variants; returns how many changed."""
    changed = 0
    for start in range(0, len(variant_ids), BATCH_MAX):
        listings = await channels.listings_to_price(work, variant_ids[start : start + BATCH_MAX], channel_id)
        by_channel: dict[UUID, list[UUID]] = {}
        for row in listings:
            by_channel.setdefault(row.channel_id, []).append(row.variant_id)
        prices = {
            (each, variant_id): price
            for each in sorted(by_channel)
            for variant_id, price in (await prices_in_force(work, each, by_channel[each], work.now)).items()
        }
        shown = [
            channels.ShownPrice(row.id, prices[row.channel_id, row.variant_id])
            for row in listings
            if (row.channel_id, row.variant_id) in prices
        ]
        changed += await channels.show_prices(work, shown)
    return changed


async def reprice_due(work: Work) -> int:
    """Show what changed by the clock: prices and lists that started or ended since the last time."""
    first = insert(Repricing).values(name=REPRICING, until_at=work.now).on_conflict_do_nothing()
    await work.execute(first)
    statement = select(Repricing).where(Repricing.name == REPRICING).with_for_update()
    done = (await work.session.scalars(statement)).one()
    since, until = done.until_at, work.now
    if until <= since:
        return 0

    of_prices = select(Price.variant_id).where(_crossed(Price, since, until))
    of_lists = (
        select(Price.variant_id)
        .join(PriceList, PriceList.id == Price.price_list_id)
        .where(_crossed(PriceList, since, until))
    )
    rows = await work.rows(union(of_prices, of_lists).order_by("variant_id"))
    changed = await reprice(work, [row.variant_id for row in rows])
    done.until_at = until
    return changed


def _crossed(table: type[Price] | type[PriceList], since: datetime, until: datetime) -> ColumnElement[bool]:
    started = and_(table.starts_at > since, table.starts_at <= until)
    return or_(started, and_(table.ends_at > since, table.ends_at <= until))
