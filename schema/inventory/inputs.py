"""What the mutations of stock are given (库存输入)."""

from datetime import date, datetime

import strawberry

from domain import kernel
from schema.inventory.types import AdjustmentKind, MovementKind, WarehouseKind
from schema.scalars import DecimalValue, QuantityValue

EFFECTIVE_AT = (
    "When it took effect, if that was before now, in a month that is open (UTC); later movements are costed anew. "
    "Requires `inventory.back_date`."
)
OVERRIDE_REASON = (
    "Why more may be taken out than is there, at most 500 characters. Requires `inventory.override_negative`."
)

PARTNER = "Whom goods come from or go to (往来单位), where they cross the border of the house."


@strawberry.input(description="A warehouse to be opened.")
class OpenWarehouseInput:
    """Only a sellable one is promised to buyers."""

    code: str = strawberry.field(description="Its unique code, at most 40 characters.")
    name: str = strawberry.field(description="Its name.")
    kind: WarehouseKind = strawberry.field(description="What it is for.")
    sellable: bool = strawberry.field(default=True, description="Whether its stock is promised to buyers.")
    valued: bool = strawberry.field(default=True, description="Whether what lies there is worth its cost, or nothing.")
    province: str | None = strawberry.field(default=None, description="Where it stands, as a GB/T 2260 code.")
    areas: list[str] = strawberry.field(
        default_factory=list, description="The areas it serves, as GB/T 2260 codes, at most 400; none means all."
    )


@strawberry.input(description="What a warehouse shall be from now on; its code, kind and value stay.")
class ChangeWarehouseInput:
    """All of it is given, changed or not."""

    id: strawberry.ID = strawberry.field(description="The warehouse.")
    name: str = strawberry.field(description="Its name.")
    sellable: bool = strawberry.field(description="Whether its stock is promised to buyers.")
    province: str | None = strawberry.field(default=None, description="Where it stands, as a GB/T 2260 code.")
    areas: list[str] = strawberry.field(
        default_factory=list, description="The areas it serves, as GB/T 2260 codes, at most 400; none means all."
    )
    active: bool = strawberry.field(default=True, description="Whether it is in use; only an empty one can be closed.")


@strawberry.input(description="Which warehouse another is replenished from.")
class SupplyWarehouseInput:
    """Warehouses do not supply each other in a circle."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    supplied_by_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who supplies it; absent, nothing is proposed for it any more."
    )


@strawberry.input(description="From which warehouses a variant is sent whatever the shop says.")
class DesignateWarehousesInput:
    """They replace those designated before."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    warehouse_ids: list[strawberry.ID] = strawberry.field(
        description="The warehouses, at most 20; none leaves it to the shops again."
    )


@strawberry.input(description="A zone to be opened in a warehouse.")
class OpenZoneInput:
    """A lower walking order is walked through earlier."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    code: str = strawberry.field(description="Its code, unique in the warehouse, at most 40 characters.")
    name: str = strawberry.field(description="Its name.")
    walking_order: int = strawberry.field(description="When people walk through it.")


@strawberry.input(description="A bin to be opened.")
class NewBinInput:
    """People walk by the zone's order first, then by the bin's."""

    code: str = strawberry.field(description="Its code, unique in the warehouse, at most 40 characters.")
    walking_order: int = strawberry.field(description="When people come to it within its zone.")
    capacity: QuantityValue | None = strawberry.field(default=None, description="How much it holds at most.")
    one_sku: bool = strawberry.field(default=False, description="Whether it holds one variant only (一位一品).")


@strawberry.input(description="Bins to be opened in a zone.")
class OpenBinsInput:
    """All of them or none."""

    zone_id: strawberry.ID = strawberry.field(description="The zone.")
    bins: list[NewBinInput] = strawberry.field(description="The bins, 1 to 500.")


@strawberry.input(description="What a bin shall be from now on.")
class ChangeBinInput:
    """All of it is given, changed or not; a new rule holds for what comes in, what is there may stay."""

    id: strawberry.ID = strawberry.field(description="The bin.")
    walking_order: int = strawberry.field(description="When people come to it within its zone.")
    capacity: QuantityValue | None = strawberry.field(default=None, description="How much it holds at most.")
    one_sku: bool = strawberry.field(default=False, description="Whether it holds one variant only (一位一品).")
    active: bool = strawberry.field(default=True, description="Whether it is in use; only an empty one can be closed.")


@strawberry.input(description="How much of a variant should lie in a warehouse.")
class SetStockLimitsInput:
    """Absent means no limit."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    safety: QuantityValue | None = strawberry.field(default=None, description="At least so much available.")
    maximum: QuantityValue | None = strawberry.field(default=None, description="At most so much on hand.")


@strawberry.input(description="How much of a variant a warehouse may promise before it is there (预售上限).")
class SetPreorderLimitInput:
    """It says anew how much may be promised in all; what preorders are served with is taken off it."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse it is expected in.")
    limit: QuantityValue | None = strawberry.field(
        default=None, description="How much, not less than is promised already; null is no limit."
    )
    expected_on: date | None = strawberry.field(
        default=None, description="When it is expected; after that day nothing more is promised."
    )


@strawberry.input(description="Over how many rows the claims of a hot variant are split (热点分桶).")
class SplitStockInput:
    """Nothing else changes by it."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    buckets: int = strawberry.field(description="How many, at most 64; 0 puts them together again.")


@strawberry.input(description="What was received of one variant.")
class ReceivedLineInput:
    """The lot is found by its code, or made."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")
    unit_cost: DecimalValue = strawberry.field(description="What one cost in the company's currency, to 6 places.")
    lot_code: str | None = strawberry.field(default=None, description="The lot (批号) it is of.")
    produced_on: date | None = strawberry.field(default=None, description="When the lot was made.")
    expires_on: date | None = strawberry.field(default=None, description="The last day before it has expired.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="The bin it was put into.")


@strawberry.input(description="Goods that arrived.")
class ReceiveStockInput:
    """1 to 500 lines."""

    warehouse_id: strawberry.ID = strawberry.field(description="Where they arrived.")
    reason: str = strawberry.field(description="Why, such as the purchase it belongs to.")
    lines: list[ReceivedLineInput] = strawberry.field(description="What arrived, 1 to 500 lines.")
    effective_at: datetime | None = strawberry.field(default=None, description=EFFECTIVE_AT)
    partner_id: strawberry.ID | None = strawberry.field(default=None, description=PARTNER)


@strawberry.input(description="How much of one variant is put in or taken out.")
class AdjustedLineInput:
    """In without a cost enters at the current average; out without a lot takes what expires first."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")
    unit_cost: DecimalValue | None = strawberry.field(default=None, description="What one costs; only for IN.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="Which lot.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="Which bin.")


@strawberry.input(description="Stock put in or taken out for another reason than trade.")
class AdjustStockInput:
    """1 to 500 lines."""

    warehouse_id: strawberry.ID = strawberry.field(description="Where.")
    kind: AdjustmentKind = strawberry.field(description="In or out.")
    reason: str = strawberry.field(description="Why; people read it later.")
    lines: list[AdjustedLineInput] = strawberry.field(description="What, 1 to 500 lines.")
    effective_at: datetime | None = strawberry.field(default=None, description=EFFECTIVE_AT)
    override_reason: str | None = strawberry.field(default=None, description=OVERRIDE_REASON)
    partner_id: strawberry.ID | None = strawberry.field(default=None, description=PARTNER)


@strawberry.input(description="How much of one variant moves.")
class TransferredLineInput:
    """Without a lot, what expires first."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="Which lot.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="From which bin.")
    to_bin_id: strawberry.ID | None = strawberry.field(default=None, description="Into which bin.")


@strawberry.input(description="Stock that moves from one warehouse to another.")
class TransferStockInput:
    """1 to 500 lines."""

    from_warehouse_id: strawberry.ID = strawberry.field(description="From where.")
    to_warehouse_id: strawberry.ID = strawberry.field(description="To where.")
    reason: str = strawberry.field(description="Why.")
    lines: list[TransferredLineInput] = strawberry.field(description="What, 1 to 500 lines.")
    effective_at: datetime | None = strawberry.field(default=None, description=EFFECTIVE_AT)


@strawberry.input(description="What a stock document says of one variant.")
class StockDocumentLineInput:
    """What may be said follows from the kind of the document."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, more than 0.")
    unit_cost: DecimalValue | None = strawberry.field(
        default=None, description="What one costs, to 6 places: of a RECEIPT always, else at the average."
    )
    lot_id: strawberry.ID | None = strawberry.field(
        default=None, description="The lot it is taken from; without it what expires first."
    )
    lot_code: str | None = strawberry.field(
        default=None, description="The lot (批号) it enters; made if there is none."
    )
    produced_on: date | None = strawberry.field(default=None, description="When that lot was made.")
    expires_on: date | None = strawberry.field(default=None, description="The last day before that lot has expired.")
    bin_id: strawberry.ID | None = strawberry.field(
        default=None, description="The bin it is taken from, or put into by what comes in."
    )
    to_bin_id: strawberry.ID | None = strawberry.field(
        default=None, description="The bin a TRANSFER_OUT or BIN_MOVE ends in; without it, not put away."
    )
    receipt_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a SUPPLIER_RETURN: the receipt it came with, at whose cost it leaves."
    )
    receipt_position: int | None = strawberry.field(
        default=None, description="Its line on that receipt, from 1; given with receiptId."
    )


@strawberry.input(description="A stock document to be written down.")
class DraftStockDocumentInput:
    """Of an ASSEMBLY or DISASSEMBLY the first line is what is made or taken apart, the others are its parts."""

    kind: MovementKind = strawberry.field(description="What it does; SALE, SALE_RETURN and TRANSFER_IN are refused.")
    warehouse_id: strawberry.ID = strawberry.field(description="Where; of a transfer, from.")
    to_warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="Where a transfer goes.")
    reason: str = strawberry.field(description="Why; people read it later.")
    lines: list[StockDocumentLineInput] = strawberry.field(description="What, 1 to 500 lines.")
    effective_at: datetime | None = strawberry.field(default=None, description=EFFECTIVE_AT)
    override_reason: str | None = strawberry.field(default=None, description=OVERRIDE_REASON)
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description=f"{PARTNER} A SUPPLIER_RETURN that names receipts goes to their supplier."
    )


@strawberry.input(description="What a stock document shall say instead, all of it.")
class ChangeStockDocumentInput:
    """An approved document becomes a draft again."""

    id: strawberry.ID = strawberry.field(description="The document.")
    document: DraftStockDocumentInput = strawberry.field(description="What it shall say.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version the change was made from; another one refuses it."
    )


@strawberry.input(description="A stock document, to be approved.")
class ApproveStockDocumentInput:
    """It may be posted then."""

    id: strawberry.ID = strawberry.field(description="The document.")


@strawberry.input(description="A stock document, to be discarded.")
class DiscardStockDocumentInput:
    """Only what was not posted."""

    id: strawberry.ID = strawberry.field(description="The document.")


@strawberry.input(description="An approved stock document, to be posted.")
class PostStockDocumentInput:
    """All of it or none."""

    id: strawberry.ID = strawberry.field(description="The document.")


@strawberry.input(description="A posted stock document, to be undone.")
class VoidStockDocumentInput:
    """Another document takes its movements back."""

    id: strawberry.ID = strawberry.field(description="The document.")
    reason: str = strawberry.field(description="Why; people read it later.")


def cost_of(given: DecimalValue, *path: str) -> kernel.UnitPrice:
    """Read a unit cost, or refuse more places than one holds, at the field that was given."""
    try:
        return kernel.UnitPrice(given)
    except kernel.Inexact as problem:
        raise kernel.BadInput(field=path[-1], problem=str(problem)).at("input", *path) from None
