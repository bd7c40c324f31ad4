"""What the mutations of channels are given (渠道录入); credentials are sealed at the door and never answered."""

from typing import Any

import strawberry

from domain import catalogue, channels
from domain.channels import Platform
from schema.measures import Currency
from schema.mutating import Call


@strawberry.input(description="The keys a platform gave the shop; sealed at once, never answered.")
class CredentialsInput:
    """What the platform calls them differs."""

    app_key: str = strawberry.field(description="The key of the application.")
    app_secret: str = strawberry.field(description="The secret requests are signed with.")
    session: str | None = strawberry.field(default=None, description="The seller's session or access token.")


@strawberry.input(description="After how many minutes an order of the channel is late.")
class ChannelThresholdsInput:
    """What is not given has its usual value."""

    warn_minutes: int = strawberry.field(default=30, description="Unreviewed: somebody should look.")
    severe_minutes: int = strawberry.field(default=120, description="Unreviewed: somebody must act.")
    pick_lead_minutes: int = strawberry.field(default=240, description="Before the promised ship time.")
    process_minutes: int = strawberry.field(default=240, description="Unprocessed since its review.")


@strawberry.input(description="How much of the stock the channel shows.")
class ShownRuleInput:
    """What is not given has its usual value: all of it."""

    percent: int = strawberry.field(default=100, description="Percent of what is free, 0 to 1000.")
    plus: int = strawberry.field(default=0, description="Pieces more, or less if negative.")
    minimum: int = strawberry.field(default=0, description="Never less than this.")
    maximum: int | None = strawberry.field(default=None, description="Never more than this; null means no limit.")


@strawberry.input(description="A shop to be opened.")
class OpenChannelInput:
    """It is read and told from now on."""

    code: str = strawberry.field(description="Its unique code: a-z, 0-9, - and _.")
    name: str = strawberry.field(description="Its name.")
    platform: Platform = strawberry.field(description="Whose protocol it speaks.")
    currency: Currency = strawberry.field(default=Currency.CNY, description="The currency it sells in.")
    base_url: str | None = strawberry.field(default=None, description="Where its gateway is.")
    credentials: CredentialsInput | None = strawberry.field(default=None, description="Not needed for DIRECT.")
    warehouse_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The warehouses that serve it, the first choice first."
    )
    thresholds: ChannelThresholdsInput | None = strawberry.field(default=None, description="When orders are late.")
    shown: ShownRuleInput | None = strawberry.field(default=None, description="How much of the stock it shows.")
    warehouse_criteria: list[channels.WarehouseCriterion] | None = strawberry.field(
        default=None, description="What decides between warehouses that leave as little short, before their order."
    )


@strawberry.input(description="What changes about a shop; what is not given stays.")
class EditChannelInput:
    """Warehouses, thresholds and the rule are replaced as a whole."""

    id: strawberry.ID = strawberry.field(description="The channel.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    base_url: str | None = strawberry.field(default=None, description="Where its gateway is.")
    warehouse_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="All warehouses that serve it, the first choice first."
    )
    thresholds: ChannelThresholdsInput | None = strawberry.field(default=None, description="When orders are late.")
    shown: ShownRuleInput | None = strawberry.field(default=None, description="How much of the stock it shows.")
    warehouse_criteria: list[channels.WarehouseCriterion] | None = strawberry.field(
        default=None, description="What decides between warehouses that leave as little short, before their order."
    )
    expected_version: int | None = strawberry.field(default=None, description="Refuse if somebody edited it since.")


@strawberry.input(description="The shop that is neither read nor told for a while.")
class PauseChannelInput:
    """Nothing is lost: it is caught up when it is resumed."""

    id: strawberry.ID = strawberry.field(description="The channel.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="The shop that is read and told again.")
class ResumeChannelInput:
    """It must have been paused."""

    id: strawberry.ID = strawberry.field(description="The channel.")


@strawberry.input(description="New credentials of a shop.")
class AuthoriseChannelInput:
    """One whose session had died is read and told again."""

    id: strawberry.ID = strawberry.field(description="The channel.")
    credentials: CredentialsInput = strawberry.field(description="The new keys.")


@strawberry.input(description="A variant to be shown on a channel.")
class ListVariantInput:
    """Under the channel's own numbers."""

    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    external_item: str = strawberry.field(description="The channel's number of the item.")
    external_sku: str = strawberry.field(description="The channel's number of the specification.")
    title: str = strawberry.field(default="", description="What it is called there; empty means the product's name.")


@strawberry.input(description="The listing that is shown no longer.")
class UnlistVariantInput:
    """Listing the variant again shows it again."""

    id: strawberry.ID = strawberry.field(description="The listing.")


@strawberry.input(description="The listing nobody tells the channel about.")
class BlockListingInput:
    """For instance while a campaign locks it there."""

    id: strawberry.ID = strawberry.field(description="The listing.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="The listing the channel is told about again.")
class UnblockListingInput:
    """What it missed is told at once."""

    id: strawberry.ID = strawberry.field(description="The listing.")


def sealed(call: Call, given: CredentialsInput | None) -> str | None:
    """Seal credentials with the installation's key, which the door lends."""
    if given is None:
        return None
    known = {name: value for name, value in vars(given).items() if value is not None}
    words: str = call.context.services["seal"](known)
    return words


def thresholds_of(given: ChannelThresholdsInput | None) -> channels.Thresholds | None:
    return None if given is None else channels.Thresholds(**vars(given))


def shown_of(given: ShownRuleInput | None) -> channels.ShownRule | None:
    return None if given is None else channels.ShownRule(**vars(given))


def warehouses_of(call: Call, ids: list[strawberry.ID]) -> tuple[Any, ...]:
    return tuple(call.key("Warehouse", each) for each in ids)


def channel_of(call: Call, given: OpenChannelInput) -> channels.NewChannel:
    return channels.NewChannel(
        code=given.code,
        name=given.name,
        platform=given.platform,
        currency=given.currency.value,
        base_url=given.base_url,
        sealed_credentials=sealed(call, given.credentials),
        warehouse_ids=warehouses_of(call, given.warehouse_ids),
        thresholds=thresholds_of(given.thresholds) or channels.Thresholds(),
        shown=shown_of(given.shown) or channels.ShownRule(),
        warehouse_criteria=tuple(given.warehouse_criteria or ()),
    )


def channel_changes_of(call: Call, given: EditChannelInput) -> channels.ChannelChanges:
    return channels.ChannelChanges(
        name=given.name,
        base_url=given.base_url,
        warehouse_ids=None if given.warehouse_ids is None else warehouses_of(call, given.warehouse_ids),
        thresholds=thresholds_of(given.thresholds),
        shown=shown_of(given.shown),
        warehouse_criteria=None if given.warehouse_criteria is None else tuple(given.warehouse_criteria),
    )


def listing_of(call: Call, given: ListVariantInput) -> channels.NewListing:
    return channels.NewListing(
        variant_id=catalogue.VariantId(call.key("Variant", given.variant_id)),
        external_item=given.external_item,
        external_sku=given.external_sku,
        title=given.title,
    )
