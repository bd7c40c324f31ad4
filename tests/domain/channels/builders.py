"""Short words for shops in tests."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, channels
from domain.alerts import Alert
from domain.channels import Channel, Listing, NewChannel, NewListing, Platform, PushKind
from domain.kernel import Actor, ActorKind, Work
from tests.domain.catalogue.builders import a_variant


def a_shop(code: str = "site", platform: Platform = Platform.OFFICIAL_SITE, **changes: Any) -> NewChannel:
    return NewChannel(**{"code": code, "name": code.capitalize(), "platform": platform, **changes})


async def an_open_shop(work: Work, code: str = "site", platform: Platform = Platform.OFFICIAL_SITE) -> Channel:
    return await channels.open_channel(work, a_shop(code, platform))


async def a_listing(work: Work, channel: Channel, sku: str = "TEA", variant_id: UUID | None = None) -> Listing:
    """List a variant, kept for it unless one is given; its numbers in the shop are made from the SKU."""
    known = catalogue.VariantId(variant_id) if variant_id else await a_variant(work, sku)
    given = NewListing(variant_id=known, external_item=f"item-{sku}", external_sku=f"sku-{sku}")
    return await channels.list_variant(work, channel.id, given)


async def a_known_listing(work: Work, channel: Channel, sku: str = "TEA", variant_id: UUID | None = None) -> Listing:
    """List a variant of which the shop already has the goods."""
    listing = await a_listing(work, channel, sku, variant_id)
    await channels.note_told(work, PushKind.GOODS, [(listing.id, listing.goods_version)])
    return listing


async def open_alerts(work: Work) -> list[Alert]:
    return list(await work.session.scalars(select(Alert).where(Alert.resolved_at.is_(None))))


def staff_of(*channel_ids: UUID, permissions: frozenset[str] = frozenset({"*"})) -> Actor:
    """Someone who sees only these channels."""
    return Actor(kind=ActorKind.STAFF, id=None, name="Wang", permissions=permissions, channels=frozenset(channel_ids))
