"""Asking for channels and what they list (渠道查询)."""

from typing import Annotated, Any

import strawberry

from domain import channels
from schema.base import Info, query
from schema.catalogue.queries import only_one
from schema.channels.types import VIEW, Channel, Listing
from schema.filters import IdFilter, TextFilter, of_id, of_text
from schema.paging import Connection, page_request
from schema.scalars import key_of


@strawberry.input(description="Which channels.")
class ChannelFilter:
    """Combined by AND."""

    code: TextFilter | None = strawberry.field(default=None, description="The code.")
    platform: channels.Platform | None = strawberry.field(default=None, description="The platform.")
    status: channels.ChannelStatus | None = strawberry.field(default=None, description="Whether it is read and told.")


@strawberry.input(description="Which listings.")
class ListingFilter:
    """Combined by AND."""

    channel_id: IdFilter | None = strawberry.field(default=None, description="The channel.")
    variant_id: IdFilter | None = strawberry.field(default=None, description="The variant.")
    listed: bool | None = strawberry.field(default=None, description="Whether it is shown.")
    blocked: bool | None = strawberry.field(default=None, description="Whether nobody tells the channel about it.")


@strawberry.type
class ChannelsQuery:
    """Root fields."""

    @query(Channel | None, "A channel by id or code; null when there is none that you see.", needs=VIEW)
    async def channel(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002
        code: Annotated[str | None, strawberry.argument(description="Its code.")] = None,
    ) -> Any:
        name, value = only_one(id=id, code=code)
        if name == "code":
            return await info.context.load(channels.channels_of_codes, value)
        key = key_of("Channel", value)
        return key and await info.context.load(channels.channels_by_id, key)

    @query(Connection[Channel], "The channels you see, by code.", needs=VIEW)
    async def channels(
        self,
        info: Info,
        *,
        where: ChannelFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given, channel = where or ChannelFilter(), channels.Channel
        conditions = of_text(channel.code, given.code, "code")
        conditions += [] if given.platform is None else [channel.platform == given.platform]
        conditions += [] if given.status is None else [channel.status == given.status]
        return await channels.channels_page(info.context.read, conditions, page_request(first, after, last, before))

    @query(Connection[Listing], "What the channels you see list, the oldest first.", needs=VIEW)
    async def listings(
        self,
        info: Info,
        *,
        where: ListingFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given, listing = where or ListingFilter(), channels.Listing
        conditions = [
            *of_id(listing.channel_id, given.channel_id, "Channel"),
            *of_id(listing.variant_id, given.variant_id, "Variant"),
        ]
        conditions += [] if given.listed is None else [listing.listed == given.listed]
        conditions += [] if given.blocked is None else [listing.sync_blocked.is_not(None) == given.blocked]
        return await channels.listings_page(info.context.read, conditions, page_request(first, after, last, before))
