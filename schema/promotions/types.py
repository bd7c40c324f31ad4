"""Gift rules (赠品规则) as clients see them."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, promotions
from schema.base import Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.scalars import DecimalValue, QuantityValue, global_id

VIEW = "promotions.view"
GiftMeasure = promotions.GiftMeasure
GiftMoment = promotions.GiftMoment
GiftPick = promotions.GiftPick
MultipleBy = promotions.MultipleBy


@strawberry.type(description="Which goods a condition measures, instead of those of the rule; empty is all goods.")
class GiftGoods:
    """Of any of these; the excluded goods of the rule never count."""

    categories: list[str] = strawberry.field(description="Goods of these categories, by code.")

    @field_of(list[strawberry.ID], "Goods of these brands.")
    def brand_ids(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return [global_id("Brand", each) for each in root.brand_ids]

    @field_of(list[strawberry.ID], "These goods.")
    def variant_ids(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return [global_id("Variant", each) for each in root.variant_ids]


@strawberry.type(description="A measure of an order must lie in a range, both ends included.")
class GiftRange:
    """One condition of several."""

    measure: GiftMeasure = strawberry.field(description="What is measured.")
    at_least: DecimalValue | None = strawberry.field(description="The lower end; null is none.")
    at_most: DecimalValue | None = strawberry.field(description="The upper end; null is none.")
    goods: GiftGoods | None = strawberry.field(description="Goods of its own; null are those of the rule.")


@strawberry.type(description="A gift for each full step of a measure.")
class GiftStep:
    """Every 100 paid, say."""

    measure: GiftMeasure = strawberry.field(description="What is measured.")
    step: DecimalValue = strawberry.field(description="How much a step is.")
    goods: GiftGoods | None = strawberry.field(description="Goods of its own; null are those of the rule.")


@strawberry.type(description="A gift that may be given: the first of a rule that is in stock is, in its turn.")
class GiftChoice:
    """Times the multiple."""

    quantity: QuantityValue = strawberry.field(description="How many.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the gift.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "The gift.", needs="catalogue.view"
    )


@strawberry.type(description="When a gift rule applies, how often, and what it gives.")
class GiftConditions:
    """All must hold; what is empty or null does not matter."""

    moment: GiftMoment = strawberry.field(description="Which moment must lie in the window.")
    starts_at: datetime | None = strawberry.field(description="When the window begins, in UTC.")
    ends_at: datetime | None = strawberry.field(description="When it ends, in UTC.")
    categories: list[str] = strawberry.field(description="Goods of these categories count, by code.")
    buyer_ranks: list[str] = strawberry.field(description="Only buyers of one of these ranks.")
    address_words: list[str] = strawberry.field(description="One of these words is in the address.")
    message_words: list[str] = strawberry.field(description="One of these words is in the buyer's message.")
    memo_word: str | None = strawberry.field(description="This word is in the seller's memo; a number after it counts.")
    ranges: list[GiftRange] = strawberry.field(description="What is measured lies in these ranges.")
    steps: list[GiftStep] = strawberry.field(description="How often the gift is given.")
    multiple_by: MultipleBy = strawberry.field(description="Which of several multiples counts.")
    multiple_max: int | None = strawberry.field(description="How often at most in one order.")
    pick: GiftPick = strawberry.field(description="In which turn the gifts are tried.")
    gifts: list[GiftChoice] = strawberry.field(description="What is given: the first that is in stock, in turn.")

    @field_of(list[strawberry.ID], "Only orders of these shops.")
    def channel_ids(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return [global_id("Channel", each) for each in root.channel_ids]

    @field_of(list[strawberry.ID], "Goods of these brands count.")
    def brand_ids(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return [global_id("Brand", each) for each in root.brand_ids]

    @field_of(list[strawberry.ID], "These goods count.")
    def variant_ids(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return [global_id("Variant", each) for each in root.variant_ids]

    @field_of(list[strawberry.ID], "These goods never count.")
    def excluded_variant_ids(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return [global_id("Variant", each) for each in root.excluded_variant_ids]


@entity(reader=promotions.gift_rules_by_id, needs=VIEW, description="Which orders get a gift (赠品规则).")
class GiftRule(Node):
    """Of each group at most one rule applies: the one of the highest priority that can."""

    name: str = strawberry.field(description="Its name.")
    group_name: str = strawberry.field(name="group", description="Its group.")
    priority: int = strawberry.field(description="The higher, the earlier it is tried.")
    active: bool = strawberry.field(description="Whether it is tried.")
    total_max: int | None = strawberry.field(description="To how many orders it gives at most; null is no limit.")
    per_customer_max: int | None = strawberry.field(description="To how many orders of one customer at most.")
    sends: int = strawberry.field(description="To how many orders it gave; counted while it has a limit in total.")
    updated_at: datetime = strawberry.field(description="When it was last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")

    @field_of(GiftConditions, "When it applies, how often, and what it gives.")
    def conditions(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return promotions.read_conditions(root.conditions)
