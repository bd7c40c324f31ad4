"""What can be done to lots (批次变更): freezing, recalling, releasing."""

from typing import Any

import strawberry

from domain import inventory
from schema.inventory.types import Lot
from schema.mutating import Call, mutation


@strawberry.input(description="A lot, and why it is treated so.")
class LotVerdictInput:
    """In every warehouse at once."""

    lot_id: strawberry.ID = strawberry.field(description="The lot.")
    reason: str = strawberry.field(description="Why; people read it later.")


INCLUDING_MADE_OF = "Whether lots that were made of it are stopped with it, and released with it."


@strawberry.input(description="A lot that shall not be sold until it is released.")
class FreezeLotInput(LotVerdictInput):
    """In every warehouse at once."""

    including_made_of: bool = strawberry.field(default=True, description=INCLUDING_MADE_OF)


@strawberry.input(description="A lot that is called back from its buyers.")
class RecallLotInput(LotVerdictInput):
    """`lotTraces` tells who got of it."""

    including_made_of: bool = strawberry.field(default=True, description=INCLUDING_MADE_OF)


@strawberry.input(description="A frozen or recalled lot that may be sold again.")
class ReleaseLotInput(LotVerdictInput):
    """In every warehouse at once."""


@strawberry.type
class LotMutation:
    """Mutations."""

    @mutation(Lot)
    async def freeze_lot(self, call: Call, input: FreezeLotInput) -> Any:  # noqa: A002
        lot_id, including = call.key("Lot", input.lot_id), input.including_made_of
        return await call.perform(inventory.freeze_lot, lot_id, input.reason, including_made_of=including)

    @mutation(Lot)
    async def recall_lot(self, call: Call, input: RecallLotInput) -> Any:  # noqa: A002
        lot_id, including = call.key("Lot", input.lot_id), input.including_made_of
        return await call.perform(inventory.recall_lot, lot_id, input.reason, including_made_of=including)

    @mutation(Lot)
    async def release_lot(self, call: Call, input: ReleaseLotInput) -> Any:  # noqa: A002
        return await call.perform(inventory.release_lot, call.key("Lot", input.lot_id), input.reason)
