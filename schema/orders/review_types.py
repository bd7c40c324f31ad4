"""Review rules (审单策略) as clients see them, and why no rule approved an order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from domain import orders
from schema.base import Node, edge, entity
from schema.measures import Currency
from schema.scalars import DecimalValue, global_id

RULES = "orders.view"


@strawberry.type(description="A condition that does not hold.")
class ReviewFailure:
    """With what it was decided by."""

    condition: orders.ReviewCondition = strawberry.field(description="Which.")
    evidence: str = strawberry.field(description="By what.")


@strawberry.type(description="Why no rule approved an order by itself.")
class ReviewFinding:
    """Kept fresh while the order waits for review."""

    judged_at: datetime = strawberry.field(description="When it was last judged, in UTC.")
    rule_name: str | None = strawberry.field(description="The rule that came closest; null when none is enabled.")

    @strawberry.field(description="What failed of that rule.", graphql_type=list[ReviewFailure])
    def failed(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        known = [each for each in orders.ReviewCondition if each.value in root.failed]
        return [ReviewFailure(condition=each, evidence=root.failed[each.value]) for each in known]


@strawberry.type(description="What a rule asks for beside what always holds; null, false or empty does not matter.")
class ReviewConditions:
    """Always: paid, no hold, matched, stock claimed, complete address, warehouse chosen, not taken, not sent back.

    Unless `beforeMerging`, also not what the clock is about to merge.
    """

    waited_minutes: int = strawberry.field(description="Paid at least so many minutes ago.")
    allows_cash_on_delivery: bool = strawberry.field(description="Whether orders paid on delivery count as paid.")
    no_message: bool = strawberry.field(description="The buyer said nothing but harmless words.")
    no_memo: bool = strawberry.field(description="The seller noted nothing but harmless words.")
    harmless_words: list[str] = strawberry.field(description="The harmless words.")
    flags: list[int] | None = strawberry.field(description="The seller's flags that are allowed beside none.")
    currency: Currency = strawberry.field(description="The currency of the amounts.")
    amount_min: DecimalValue | None = strawberry.field(description="The least total.")
    amount_max: DecimalValue | None = strawberry.field(description="The greatest total.")
    above_floor: bool = strawberry.field(description="No line costs less than its floor price.")
    margin_min: DecimalValue | None = strawberry.field(description="The least part left after cost, such as 0.15.")
    remote_areas: list[str] = strawberry.field(description="Words that the address must not contain.")
    courier_chosen: bool = strawberry.field(description="A courier is chosen.")
    no_siblings: bool = strawberry.field(description="No other order of the buyer could go along.")
    before_merging: bool = strawberry.field(description="Also approves what the clock is about to merge.")
    channel_ids: list[strawberry.ID] | None = strawberry.field(description="Of these channels only.")
    category_ids: list[strawberry.ID] | None = strawberry.field(description="Goods of these categories only.")


def conditions_shown(stored: Mapping[str, Any]) -> ReviewConditions:
    """Show the conditions of a rule as they are kept."""
    given = orders.Conditions.read(stored)
    measures = {key: getattr(given, key) for key in ("amount_min", "amount_max", "margin_min")}
    plain: dict[str, Any] = {key: None if value is None else value.value for key, value in measures.items()}
    plain |= {key: getattr(given, key) for key in PLAIN}
    return ReviewConditions(
        **plain,
        harmless_words=list(given.harmless_words),
        remote_areas=list(given.remote_areas),
        flags=None if given.flags is None else list(given.flags),
        currency=Currency(given.currency),
        channel_ids=_global("Channel", given.channel_ids),
        category_ids=_global("Category", given.category_ids),
    )


PLAIN = (
    "waited_minutes", "allows_cash_on_delivery", "no_message", "no_memo", "above_floor", "courier_chosen",
    "no_siblings", "before_merging",
)  # fmt: skip


def _global(type_name: str, keys: Any) -> list[strawberry.ID] | None:
    return None if keys is None else [strawberry.ID(global_id(type_name, each)) for each in keys]


@strawberry.type(description="A review rule as it was from some moment on.")
class ReviewRuleVersion:
    """The latest one is the rule."""

    version: int = strawberry.field(description="Counted from 1.")
    name: str = strawberry.field(description="Its name then.")
    priority: int = strawberry.field(description="Its priority then.")
    enabled: bool = strawberry.field(description="Whether it approved orders then.")
    removed: bool = strawberry.field(description="Whether it was removed.")
    set_at: datetime = strawberry.field(description="From when, in UTC.")
    set_by: str = strawberry.field(description="Who set it.")

    @strawberry.field(description="Its conditions then.", graphql_type=ReviewConditions)
    def conditions(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return conditions_shown(root.conditions)


@entity(
    reader=orders.review_rules_by_id, needs=RULES, description="Conditions under which an order is approved by itself."
)
class ReviewRule(Node):
    """Of the enabled ones the highest priority is tried first; the first whose conditions all hold approves."""

    name: str = strawberry.field(description="Its name; orders it approved say so in `reviewedBy`.")
    priority: int = strawberry.field(description="The higher is tried first.")
    enabled: bool = strawberry.field(description="Whether it approves orders.")
    version: int = strawberry.field(description="Give it as `expectedVersion` to be refused when someone was faster.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")
    removed_at: datetime | None = strawberry.field(description="When it was removed, in UTC.")
    versions: list[ReviewRuleVersion] = edge(
        list[ReviewRuleVersion], orders.review_rule_versions_of, "id", "As it was before, the latest first."
    )

    @strawberry.field(description="What it asks for.", graphql_type=ReviewConditions)
    def conditions(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return conditions_shown(root.conditions)
