"""Keeping and rehearsing review rules (审单策略维护与试算)."""

from typing import Any

import strawberry

from domain import kernel, orders
from schema.base import Info, query
from schema.measures import Currency
from schema.mutating import Call, mutation
from schema.orders.checks import amount_in
from schema.orders.review_types import PLAIN, RULES, ReviewRule
from schema.orders.types import Order
from schema.paging import Connection, page_request
from schema.scalars import DecimalValue, key_of

VERSION = "The version you have seen; refused when someone was faster."


@strawberry.input(description="What a rule asks for beside what always holds.")
class ReviewConditionsInput:
    """What is not given does not matter."""

    waited_minutes: int = strawberry.field(default=0, description="Paid at least so many minutes ago, up to a week.")
    allows_cash_on_delivery: bool = strawberry.field(
        default=False, description="Whether orders paid on delivery count as paid."
    )
    no_message: bool = strawberry.field(default=False, description="The buyer said nothing but harmless words.")
    no_memo: bool = strawberry.field(default=False, description="The seller noted nothing but harmless words.")
    harmless_words: list[str] = strawberry.field(default_factory=list, description="The harmless words, at most 100.")
    flags: list[int] | None = strawberry.field(
        default=None, description="The seller's flags that are allowed beside none, at most 20."
    )
    currency: Currency = strawberry.field(default=Currency.CNY, description="The currency of the amounts.")
    amount_min: DecimalValue | None = strawberry.field(default=None, description="The least total.")
    amount_max: DecimalValue | None = strawberry.field(default=None, description="The greatest total.")
    above_floor: bool = strawberry.field(default=False, description="No line costs less than its floor price.")
    margin_min: DecimalValue | None = strawberry.field(
        default=None, description="The least part left after cost, such as 0.15; between -1 and 1."
    )
    remote_areas: list[str] = strawberry.field(
        default_factory=list, description="Words that the address must not contain, at most 100."
    )
    courier_chosen: bool = strawberry.field(default=False, description="A courier is chosen.")
    no_siblings: bool = strawberry.field(default=False, description="No other order of the buyer could go along.")
    before_merging: bool = strawberry.field(
        default=False, description="Also approve what the clock is about to merge; else it is merged first."
    )
    channel_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these channels only.")
    category_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Goods of these categories, or below them, only."
    )


@strawberry.input(description="A review rule to be defined; it does nothing until it is enabled.")
class DefineReviewRuleInput:
    """Names are unique."""

    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    priority: int = strawberry.field(default=0, description="The higher is tried first; between -1,000 and 1,000.")
    conditions: ReviewConditionsInput = strawberry.field(description="What it asks for.")


@strawberry.input(description="What a review rule shall be from now on.")
class ChangeReviewRuleInput:
    """All of it replaces what was."""

    id: strawberry.ID = strawberry.field(description="The rule.")
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    priority: int = strawberry.field(default=0, description="The higher is tried first; between -1,000 and 1,000.")
    conditions: ReviewConditionsInput = strawberry.field(description="What it asks for.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A review rule.")
class ReviewRuleInput:
    """For what needs nothing else."""

    id: strawberry.ID = strawberry.field(description="The rule.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.type(description="For how many orders a condition would have failed.")
class ReviewFailureCount:
    """An order may fail several."""

    condition: orders.ReviewCondition = strawberry.field(description="Which.")
    count: int = strawberry.field(description="For how many orders.")


@strawberry.type(
    description="What a rule would have approved: each order judged at the first moment the rule could have"
    " looked at it. Holds are those of that moment; lines, amounts, texts, address, prices, costs, blacklist of today."
)
class ReviewRehearsal:
    """Nothing is changed by it."""

    considered: int = strawberry.field(description="How many orders were looked at, at most the latest 2,000.")
    cut: bool = strawberry.field(description="Whether there were more than those.")

    @strawberry.field(description="How many it would have approved.")
    def approved_count(root: strawberry.Parent[Any]) -> int:  # noqa: N805
        return len(root.approved)

    @strawberry.field(
        description="What would have failed, the most frequent first.", graphql_type=list[ReviewFailureCount]
    )
    def failed_conditions(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        ordered = sorted(root.failed.items(), key=lambda each: (-each[1], each[0]))
        return [ReviewFailureCount(condition=condition, count=count) for condition, count in ordered]

    @strawberry.field(
        description="The orders it would have approved, the latest placed first.", graphql_type=Connection[Order]
    )
    async def orders(
        root: strawberry.Parent[Any],  # noqa: N805
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await root.page(page_request(first, after, last, before))


def conditions_of(given: ReviewConditionsInput) -> orders.Conditions:
    """Read the conditions of a rule; an id of another type is not there."""
    margin = None if given.margin_min is None else _rate(given.margin_min)
    plain: dict[str, Any] = {name: getattr(given, name) for name in PLAIN}
    return orders.Conditions(
        **plain,
        harmless_words=tuple(given.harmless_words),
        remote_areas=tuple(given.remote_areas),
        flags=None if given.flags is None else tuple(given.flags),
        currency=given.currency.value,
        amount_min=amount_in(given.amount_min, "amountMin"),
        amount_max=amount_in(given.amount_max, "amountMax"),
        margin_min=margin,
        channel_ids=_keys(given.channel_ids, "Channel", "channelIds"),
        category_ids=_keys(given.category_ids, "Category", "categoryIds"),
    )


def _rate(given: Any) -> kernel.Rate:
    try:
        return kernel.Rate(given)
    except kernel.Inexact as problem:
        raise kernel.BadInput(field="marginMin", problem=str(problem)).at("input", "marginMin") from None


def _keys(given: list[strawberry.ID] | None, type_name: str, field: str) -> Any:
    if given is None:
        return None
    keys = [key_of(type_name, each) for each in given]
    for key, opaque in zip(keys, given, strict=True):
        if key is None:
            raise kernel.NotFound(what=type_name.lower(), which=opaque).at("input", field)
    return tuple(keys)


def rule_of(given: DefineReviewRuleInput | ChangeReviewRuleInput) -> orders.RuleGiven:
    return orders.RuleGiven(name=given.name, priority=given.priority, conditions=conditions_of(given.conditions))


def on_rule(call: Call, given: ReviewRuleInput | ChangeReviewRuleInput) -> dict[str, Any]:
    return {"rule_id": call.key("ReviewRule", given.id), "expected_version": given.expected_version}


@strawberry.type
class ReviewRulesMutation:
    """Mutations."""

    @mutation(ReviewRule)
    async def define_review_rule(self, call: Call, input: DefineReviewRuleInput) -> Any:  # noqa: A002
        return await call.perform(orders.define_review_rule, rule_of(input))

    @mutation(ReviewRule)
    async def change_review_rule(self, call: Call, input: ChangeReviewRuleInput) -> Any:  # noqa: A002
        return await call.perform(orders.change_review_rule, **on_rule(call, input), rule=rule_of(input))

    @mutation(ReviewRule)
    async def enable_review_rule(self, call: Call, input: ReviewRuleInput) -> Any:  # noqa: A002
        return await call.perform(orders.enable_review_rule, **on_rule(call, input))

    @mutation(ReviewRule)
    async def disable_review_rule(self, call: Call, input: ReviewRuleInput) -> Any:  # noqa: A002
        return await call.perform(orders.disable_review_rule, **on_rule(call, input))

    @mutation(ReviewRule)
    async def remove_review_rule(self, call: Call, input: ReviewRuleInput) -> Any:  # noqa: A002
        return await call.perform(orders.remove_review_rule, **on_rule(call, input))


@strawberry.type
class ReviewRulesQuery:
    """Root fields."""

    @query(Connection[ReviewRule], "The review rules, the highest priority first.", needs=RULES)
    async def review_rules(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await orders.review_rules_page(info.context.read, page_request(first, after, last, before))

    @query(
        ReviewRehearsal,
        "What a review rule, kept or given, would have approved of the orders placed in the last days.",
        needs="orders.view_rehearsals",
    )
    async def rehearse_review_rule(
        self,
        info: Info,
        days: int,
        rule_id: strawberry.ID | None = None,
        conditions: ReviewConditionsInput | None = None,
    ) -> Any:
        if (rule_id is None) == (conditions is None):
            raise kernel.BadInput(field="ruleId", problem="name a rule or give conditions").at("ruleId")
        asked = conditions_of(conditions) if conditions is not None else await _kept(info, rule_id)
        orders.check_conditions(asked)
        return await orders.rehearse(info.context.read, asked, days, kernel.now())


async def _kept(info: Info, rule_id: strawberry.ID | None) -> orders.Conditions:
    key = key_of("ReviewRule", str(rule_id))
    row = None if key is None else await info.context.load(orders.review_rules_by_id, key)
    if row is None:
        raise kernel.NotFound(what="review rule", which=str(rule_id)).at("ruleId")
    return orders.Conditions.read(row.conditions)
