"""Worklists (工作台队列) as clients see them: how much there is to do."""

import strawberry

from domain import orders


@strawberry.type(description="How many orders are on a worklist.")
class WorklistCount:
    """Ask `orders(where: {worklist})` for the orders themselves."""

    worklist: orders.OrderWorklist = strawberry.field(description="Which worklist.")
    count: int = strawberry.field(description="How many orders, counted to 10,000 at most.")
    count_is_exact: bool = strawberry.field(description="Whether the count is the whole truth.")


@strawberry.type(description="How many orders wait for one reason.")
class HoldCount:
    """An order that waits for two reasons is counted with both."""

    reason: orders.HoldReason = strawberry.field(description="Why they wait.")
    waiting: int = strawberry.field(description="How many of them are not reviewed yet.")
    stopped: int = strawberry.field(description="How many of them were reviewed and are stopped on their way out.")
    left: int = strawberry.field(description="How many of them left already: a refund is requested of their goods.")
