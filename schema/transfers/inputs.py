"""What the mutations and lists of transfers are given (调拨输入)."""

import strawberry

from schema.filters import IdFilter, PeriodFilter
from schema.scalars import QuantityValue
from schema.transfers.types import TransferStatus


@strawberry.input(description="How much of a variant is wanted.")
class WantedGoodsInput:
    """Each variant stands on a transfer once."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")


@strawberry.input(description="What one warehouse asks of another.")
class RequestTransferInput:
    """Nothing is held or moved before it is approved."""

    from_warehouse_id: strawberry.ID = strawberry.field(description="Who is asked.")
    to_warehouse_id: strawberry.ID = strawberry.field(description="Who asks.")
    reason: str = strawberry.field(description="Why; people read it later.")
    lines: list[WantedGoodsInput] = strawberry.field(description="What, 1 to 500 lines.")


@strawberry.input(description="How much of a line may leave.")
class ApprovedLineInput:
    """Lines that are not named are approved as they were asked for."""

    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How much, 0 to what was asked for; 0 refuses the line.")


@strawberry.input(description="A transfer to be approved.")
class ApproveTransferInput:
    """What is approved is held: no buyer can have it."""

    id: strawberry.ID = strawberry.field(description="The transfer.")
    lines: list[ApprovedLineInput] | None = strawberry.field(
        default=None, description="Lines of which less may leave than was asked for."
    )
    expected_version: int | None = strawberry.field(default=None, description="The version that was looked at.")


@strawberry.input(description="How much of a line leaves now.")
class SentLineInput:
    """Without a lot, what expires first."""

    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How much, at most what was approved and has not left.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="The lot it is of.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="The bin it is taken from.")


@strawberry.input(description="Goods that leave.")
class ShipTransferInput:
    """In one part or in several."""

    id: strawberry.ID = strawberry.field(description="The transfer.")
    lines: list[SentLineInput] | None = strawberry.field(
        default=None, description="What leaves now; without it, everything that has not left yet."
    )


@strawberry.input(description="How much of a line arrived.")
class ArrivedLineInput:
    """Without a lot, what left first."""

    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How much, at most what is under way.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="The lot it is of.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="The bin it is put into.")


@strawberry.input(description="Goods that arrived.")
class ReceiveTransferInput:
    """In one part or in several; each part into one warehouse."""

    id: strawberry.ID = strawberry.field(description="The transfer.")
    lines: list[ArrivedLineInput] | None = strawberry.field(
        default=None, description="What arrived; without it, everything that is under way."
    )
    into_warehouse_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Where it is taken in, if not at its destination: a warehouse for defective or returned goods, or "
        "the one it came from.",
    )


@strawberry.input(description="A transfer that ends with a difference.")
class CloseTransferInput:
    """What is under way is written off; what has not left is free again."""

    id: strawberry.ID = strawberry.field(description="The transfer.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="A transfer to be called off.")
class CancelTransferInput:
    """Only while nothing has left."""

    id: strawberry.ID = strawberry.field(description="The transfer.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="Which transfers.")
class StockTransferFilter:
    """Conditions are combined by AND."""

    statuses: list[TransferStatus] | None = strawberry.field(default=None, description="In one of these states.")
    from_warehouse: IdFilter | None = strawberry.field(default=None, description="Who is asked.")
    to_warehouse: IdFilter | None = strawberry.field(default=None, description="Who asks.")
    variant: IdFilter | None = strawberry.field(default=None, description="With a line of this variant.")
    person: str | None = strawberry.field(default=None, description="Asked for, approved or closed by this name.")
    number: str | None = strawberry.field(default=None, description="With this number.")
    requested_at: PeriodFilter | None = strawberry.field(default=None, description="When it was asked for.")
