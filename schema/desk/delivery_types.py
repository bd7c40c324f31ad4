"""Where digests are sent, and what became of each (汇总投递), as clients see them."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain import desk
from schema.base import Node, entity, id_of
from schema.scalars import global_id

VIEW = "desk.view"


@entity(
    reader=desk.digest_addresses_by_id,
    needs=VIEW,
    description="The webhook or mailbox of a person, or of a team for its channels (汇总接收地址), without its secret.",
)
class DigestAddress(Node):
    """Of where it is only the host is told."""

    name: str = strawberry.field(description="Whose it is, or what the team is called.")
    host: str = strawberry.field(description="The host of a webhook, or a mailbox without the name in front.")
    version: int = strawberry.field(description="How often it was changed.")
    updated_at: datetime = strawberry.field(description="When it last changed, in UTC.")
    updated_by: str = strawberry.field(description="Who last changed it.")
    removed_at: datetime | None = strawberry.field(description="When it was removed, in UTC.")
    staff_id: strawberry.ID | None = id_of("Staff", "staff_id", "The id of the person; null for a team.", optional=True)

    @strawberry.field(description="A team's channels; null for all, and for a person, who gets what they see.")
    def channel_ids(root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:  # noqa: N805
        keys = root.channel_ids
        return None if keys is None else [strawberry.ID(global_id("Channel", each)) for each in keys]


@entity(
    reader=desk.digest_deliveries_by_id,
    needs=VIEW,
    description="A digest for one person or team (汇总投递): once for each, shown as an alert and sent to its address.",
)
class DigestDelivery(Node):
    """Sent again under the same number and sequence, it is the same message."""

    day: date = strawberry.field(description="Of which day in China.")
    recipient: str = strawberry.field(description="Who gets it.")
    state: desk.DeliveryState = strawberry.field(description="What became of it.")
    sequence: int = strawberry.field(description="Counted from 1; one more each time somebody has it sent again.")
    attempts: int = strawberry.field(description="How often it was tried.")
    owed_at: datetime = strawberry.field(description="Since when it is owed, in UTC.")
    sent_at: datetime | None = strawberry.field(description="When the receiver took it, in UTC.")
    receipt: str | None = strawberry.field(description="The receiver's own number of it.")
    problem: str | None = strawberry.field(description="Why it was not taken the last time.")
    staff_id: strawberry.ID | None = id_of("Staff", "staff_id", "The id of the person; null for a team.", optional=True)
    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel.")
