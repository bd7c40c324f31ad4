"""What the mutations of promotions are given (促销输入)."""

from datetime import datetime

import strawberry

from schema.promotions.types import GiftMeasure, GiftMoment, GiftPick, MultipleBy
from schema.scalars import DecimalValue, QuantityValue


@strawberry.input(description="Which goods a condition measures, instead of those of the rule; empty is all goods.")
class GiftGoodsInput:
    """Of any of these; the excluded goods of the rule never count."""

    brand_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Goods of these brands.")
    categories: list[str] | None = strawberry.field(default=None, description="Goods of these categories.")
    variant_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These goods.")


@strawberry.input(description="A measure of an order must lie in a range, both ends included.")
class GiftRangeInput:
    """One condition of several."""

    measure: GiftMeasure = strawberry.field(description="What is measured.")
    at_least: DecimalValue | None = strawberry.field(default=None, description="The lower end.")
    at_most: DecimalValue | None = strawberry.field(default=None, description="The upper end.")
    goods: GiftGoodsInput | None = strawberry.field(default=None, description="Goods of its own, if it has any.")


@strawberry.input(description="A gift for each full step of a measure.")
class GiftStepInput:
    """Every 100 paid, say."""

    measure: GiftMeasure = strawberry.field(description="What is measured.")
    step: DecimalValue = strawberry.field(description="How much a step is, more than nothing.")
    goods: GiftGoodsInput | None = strawberry.field(default=None, description="Goods of its own, if it has any.")


@strawberry.input(description="A gift that may be given.")
class GiftChoiceInput:
    """The first of a rule that is in stock is given, in the turn of `pick`."""

    variant_id: strawberry.ID = strawberry.field(description="The gift.")
    quantity: QuantityValue = strawberry.field(description="How many, times the multiple.")


@strawberry.input(description="Which orders get a gift; all conditions given must hold.")
class DefineGiftRuleInput:
    """With an id it replaces that rule."""

    name: str = strawberry.field(description="Its name.")
    group: str = strawberry.field(description="Its group: of each at most one rule applies.")
    priority: int = strawberry.field(description="0 to 10,000; the higher, the earlier it is tried.")
    gifts: list[GiftChoiceInput] = strawberry.field(description="What is given, 1 to 20: the first that is in stock.")
    pick: GiftPick = strawberry.field(default=GiftPick.LISTED, description="In which turn the gifts are tried.")
    id: strawberry.ID | None = strawberry.field(default=None, description="The rule that is changed.")
    active: bool = strawberry.field(default=True, description="Whether it is tried.")
    total_max: int | None = strawberry.field(default=None, description="To how many orders it gives at most.")
    per_customer_max: int | None = strawberry.field(
        default=None, description="To how many orders of one customer at most; unknown buyers then get none."
    )
    moment: GiftMoment = strawberry.field(default=GiftMoment.PAID, description="Which moment must lie in the window.")
    starts_at: datetime | None = strawberry.field(default=None, description="When the window begins.")
    ends_at: datetime | None = strawberry.field(default=None, description="When it ends.")
    channel_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Only these shops.")
    brand_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Goods of these brands count.")
    categories: list[str] | None = strawberry.field(default=None, description="Goods of these categories count.")
    variant_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These goods count.")
    excluded_variant_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These goods never count."
    )
    ranges: list[GiftRangeInput] | None = strawberry.field(default=None, description="What must lie in which range.")
    buyer_ranks: list[str] | None = strawberry.field(default=None, description="Only buyers of one of these ranks.")
    address_words: list[str] | None = strawberry.field(default=None, description="One of these is in the address.")
    message_words: list[str] | None = strawberry.field(default=None, description="One is in the buyer's message.")
    memo_word: str | None = strawberry.field(
        default=None, description="This is in the seller's memo; a number after it says how many (AAA2支)."
    )
    steps: list[GiftStepInput] | None = strawberry.field(default=None, description="How often the gift is given.")
    multiple_by: MultipleBy = strawberry.field(default=MultipleBy.LEAST, description="Which of several multiples.")
    multiple_max: int | None = strawberry.field(default=None, description="How often at most in one order.")
