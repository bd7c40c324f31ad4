"""The mutations of channels (渠道变更)."""

import dataclasses
from typing import Any

import strawberry

from domain import channels
from schema.channels import inputs
from schema.channels.types import Channel, Listing
from schema.mutating import Call, OnRefusal, bulk_mutation, mutation


def without_key(call: Call) -> Call:
    """Drop the idempotency key, which would store a fast hash of secrets; the same again does no harm here."""
    return dataclasses.replace(call, idempotency_key=None)


@strawberry.type
class ChannelsMutation:
    """Mutations."""

    @mutation(Channel)
    async def open_channel(self, call: Call, input: inputs.OpenChannelInput) -> Any:  # noqa: A002
        return await without_key(call).perform(channels.open_channel, inputs.channel_of(call, input))

    @mutation(Channel)
    async def edit_channel(self, call: Call, input: inputs.EditChannelInput) -> Any:  # noqa: A002
        key, changes = call.key("Channel", input.id), inputs.channel_changes_of(call, input)
        return await call.perform(channels.edit_channel, key, changes, expected_version=input.expected_version)

    @mutation(Channel)
    async def pause_channel(self, call: Call, input: inputs.PauseChannelInput) -> Any:  # noqa: A002
        return await call.perform(channels.pause_channel, call.key("Channel", input.id), input.reason)

    @mutation(Channel)
    async def resume_channel(self, call: Call, input: inputs.ResumeChannelInput) -> Any:  # noqa: A002
        return await call.perform(channels.resume_channel, call.key("Channel", input.id))

    @mutation(Channel)
    async def authorise_channel(self, call: Call, input: inputs.AuthoriseChannelInput) -> Any:  # noqa: A002
        given = {"sealed_credentials": inputs.sealed(call, input.credentials)}
        return await without_key(call).perform(channels.authorise_channel, call.key("Channel", input.id), **given)

    @mutation(Listing)
    async def list_variant(self, call: Call, input: inputs.ListVariantInput) -> Any:  # noqa: A002
        key = call.key("Channel", input.channel_id)
        return await call.perform(channels.list_variant, key, inputs.listing_of(call, input))

    @mutation(Listing)
    async def unlist_variant(self, call: Call, input: inputs.UnlistVariantInput) -> Any:  # noqa: A002
        return await call.perform(channels.unlist_variant, call.key("Listing", input.id))

    @mutation(Listing)
    async def block_listing(self, call: Call, input: inputs.BlockListingInput) -> Any:  # noqa: A002
        return await call.perform(channels.block_listing, call.key("Listing", input.id), input.reason)

    @mutation(Listing)
    async def unblock_listing(self, call: Call, input: inputs.UnblockListingInput) -> Any:  # noqa: A002
        return await call.perform(channels.unblock_listing, call.key("Listing", input.id))

    @bulk_mutation(Listing)
    async def list_variants(self, call: Call, inputs: list[inputs.ListVariantInput], on_refusal: OnRefusal) -> Any:
        return await call.perform_each(channels.list_variant, [_listing(call, each) for each in inputs], on_refusal)


def _listing(call: Call, given: inputs.ListVariantInput) -> Any:
    return lambda: {
        "channel_id": call.key("Channel", given.channel_id),
        "given": inputs.listing_of(call, given),
    }
