"""Distributors (经销商) as clients see them: their account, and every change of their funds."""

from datetime import datetime

import strawberry

from domain import channels, distributors
from schema.base import Node, edge, entity, id_of
from schema.channels.types import Channel
from schema.measures import Money, amount_of

VIEW = "distributors.view"


@strawberry.type(description="One change of a distributor's balance.")
class FundsEntry:
    """Never edited, and made once for each cause."""

    kind: distributors.FundsKind = strawberry.field(description="Why.")
    reference: str = strawberry.field(description="The receipt, the order or the parcel that caused it.")
    made_by: str = strawberry.field(description="Who caused it.")
    made_at: datetime = strawberry.field(description="When, in UTC.")
    amount: Money = amount_of(Money, "amount", "How much; negative when it was taken off.")


@entity(reader=distributors.distributors_by_id, needs=VIEW, description="Who orders on account (经销商).")
class Distributor(Node):
    """What they may order for is balance and credit limit, less what is approved and has not left yet."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    active: bool = strawberry.field(description="Whether its orders are approved.")
    version: int = strawberry.field(description="Counts its edits; give it as expectedVersion.")
    created_at: datetime = strawberry.field(description="When the account was opened, in UTC.")
    credit_limit: Money = amount_of(Money, "credit_limit", "How much it may owe.")
    balance: Money = amount_of(Money, "balance", "What it paid, less what left; negative when it owes.")
    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel it orders through.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "The channel it orders through.", needs="channels.view"
    )
