"""What was said of an order, and why it was decided so (留言备注、决策说明), as clients see them."""

from datetime import datetime
from typing import Any, NamedTuple

import strawberry

from domain import orders
from schema.base import field_of, id_of


@strawberry.type(description="What a buyer wrote and the seller noted of an order, or of one that lives on in it.")
class OrderRemark:
    """The order it was said of is named."""

    number: str = strawberry.field(description="Our number of the order of which it was said.")
    external_number: str | None = strawberry.field(description="Its number on its platform.")
    buyer_message: str | None = strawberry.field(description="What the buyer wrote.")
    seller_memo: str | None = strawberry.field(description="What the seller noted.")
    seller_flag: int | None = strawberry.field(description="The seller's flag.")
    order_id: strawberry.ID = id_of("Order", "id", "The id of the order of which it was said.")


@strawberry.type(description="One rule that was tried for a decision, and what came of it.")
class TriedRule:
    """In the order in which they were tried."""

    rule: str = strawberry.field(description="Which rule, or which warehouse.")
    outcome: str = strawberry.field(description="What came of it.")
    score: str | None = strawberry.field(description="Its score, where scores decide: the value short, negative.")
    won: bool = strawberry.field(description="Whether it decided.")


class Tried(NamedTuple):
    """A row of `TriedRule`."""

    rule: str
    outcome: str
    score: str | None
    won: bool


@strawberry.type(description="What was decided about an order, and why (决策说明).")
class OrderDecision:
    """As it was at the time, whatever became of the rules."""

    kind: orders.DecisionKind = strawberry.field(description="What was decided.")
    outcome: str = strawberry.field(description="What it is, and which rule won.")
    decided_at: datetime = strawberry.field(description="When, in UTC.")
    decided_by: str = strawberry.field(description="Who, or what program, had it decided.")

    @field_of(list[TriedRule], "The rules that were tried, in their order, at most 60.")
    def tried(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return [Tried(**each) for each in root.tried["rules"]]
