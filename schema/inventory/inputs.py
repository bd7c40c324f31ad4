"""What the mutations of stock are given (库存输入)."""

from datetime import date

import strawberry

from domain import kernel
from schema.inventory.types import AdjustmentKind, WarehouseKind
from schema.scalars import DecimalValue, QuantityValue, bad_input


@strawberry.input(description="A warehouse to be opened.")
class OpenWarehouseInput:
    """Only a sellable one is promised to buyers."""

    code: str = strawberry.field(description="Its unique code, at most 40 characters.")
    name: str = strawberry.field(description="Its name.")
    kind: WarehouseKind = strawberry.field(description="What it is for.")
    sellable: bool = strawberry.field(default=True, description="Whether its stock is promised to buyers.")
    province: str | None = strawberry.field(default=None, description="Where it stands, as a GB/T 2260 code.")


@strawberry.input(description="How much of a variant should lie in a warehouse.")
class SetStockLimitsInput:
    """Absent means no limit."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    safety: QuantityValue | None = strawberry.field(default=None, description="At least so much available.")
    maximum: QuantityValue | None = strawberry.field(default=None, description="At most so much on hand.")


@strawberry.input(description="What was received of one variant.")
class ReceivedLineInput:
    """The lot is found by its code, or made."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")
    unit_cost: DecimalValue = strawberry.field(description="What one cost in the company's currency, to 6 places.")
    lot_code: str | None = strawberry.field(default=None, description="The lot (批号) it is of.")
    produced_on: date | None = strawberry.field(default=None, description="When the lot was made.")
    expires_on: date | None = strawberry.field(default=None, description="The last day on which it may be sold.")


@strawberry.input(description="Goods that arrived.")
class ReceiveStockInput:
    """1 to 500 lines."""

    warehouse_id: strawberry.ID = strawberry.field(description="Where they arrived.")
    reason: str = strawberry.field(description="Why, such as the purchase it belongs to.")
    lines: list[ReceivedLineInput] = strawberry.field(description="What arrived, 1 to 500 lines.")


@strawberry.input(description="How much of one variant is put in or taken out.")
class AdjustedLineInput:
    """In without a cost enters at the current average; out without a lot takes what expires first."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")
    unit_cost: DecimalValue | None = strawberry.field(default=None, description="What one costs; only for IN.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="Which lot.")


@strawberry.input(description="Stock put in or taken out for another reason than trade.")
class AdjustStockInput:
    """1 to 500 lines."""

    warehouse_id: strawberry.ID = strawberry.field(description="Where.")
    kind: AdjustmentKind = strawberry.field(description="In or out.")
    reason: str = strawberry.field(description="Why; people read it later.")
    lines: list[AdjustedLineInput] = strawberry.field(description="What, 1 to 500 lines.")


@strawberry.input(description="How much of one variant moves.")
class TransferredLineInput:
    """Without a lot, what expires first."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="Which lot.")


@strawberry.input(description="Stock that moves from one warehouse to another.")
class TransferStockInput:
    """1 to 500 lines."""

    from_warehouse_id: strawberry.ID = strawberry.field(description="From where.")
    to_warehouse_id: strawberry.ID = strawberry.field(description="To where.")
    reason: str = strawberry.field(description="Why.")
    lines: list[TransferredLineInput] = strawberry.field(description="What, 1 to 500 lines.")


def cost_of(given: DecimalValue) -> kernel.UnitPrice:
    """Read a unit cost, or refuse more places than one holds."""
    try:
        return kernel.UnitPrice(given)
    except kernel.Inexact as problem:
        raise bad_input(f"unitCost: {problem}") from None
