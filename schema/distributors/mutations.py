"""The mutations of distributors (经销商变更)."""

from typing import Any

import strawberry

from domain import distributors
from schema.distributors.types import Distributor
from schema.finance.inputs import exact
from schema.mutating import Call, mutation
from schema.scalars import DecimalValue


@strawberry.input(description="Who orders on account through which channel.")
class OpenDistributorInput:
    """The channel is of the kind DIRECT, and of nobody else."""

    code: str = strawberry.field(description="Its unique code, in 1 to 40 characters.")
    name: str = strawberry.field(description="Its name, in 1 to 200 characters.")
    channel_id: strawberry.ID = strawberry.field(description="The channel it orders through.")
    credit_limit: DecimalValue = strawberry.field(description="How much it may owe, in the channel's currency.")


@strawberry.input(description="What changes of a distributor; what is not given stays.")
class ChangeDistributorInput:
    """What is owed stays owed."""

    id: strawberry.ID = strawberry.field(description="The distributor.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    credit_limit: DecimalValue | None = strawberry.field(default=None, description="How much it may owe.")
    active: bool | None = strawberry.field(default=None, description="Whether its orders are approved.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you have seen; refused when someone was faster."
    )


@strawberry.type
class DistributorsMutation:
    """Mutations."""

    @mutation(Distributor)
    async def open_distributor(self, call: Call, input: OpenDistributorInput) -> Any:  # noqa: A002
        new = distributors.NewDistributor(
            code=input.code,
            name=input.name,
            channel_id=call.key("Channel", input.channel_id),
            credit_limit=exact(input.credit_limit, "creditLimit"),
        )
        return await call.perform(distributors.open_distributor, new)

    @mutation(Distributor)
    async def change_distributor(self, call: Call, input: ChangeDistributorInput) -> Any:  # noqa: A002
        limit = None if input.credit_limit is None else exact(input.credit_limit, "creditLimit")
        changes = distributors.DistributorChanges(name=input.name, credit_limit=limit, active=input.active)
        key = call.key("Distributor", input.id)
        return await call.perform(distributors.change_distributor, key, changes, input.expected_version)
