"""What shipping is told (发货输入)."""

from datetime import datetime

import strawberry

from domain import fulfilment, inventory
from schema.scalars import QuantityValue


@strawberry.input(description="How much of an order line goes into a parcel.")
class ShipLineInput:
    """A part of a line."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How many, at most what is still open.")


@strawberry.input(description="How much of an order line came back of a parcel.")
class ReturnedLineInput:
    """A part of a line."""

    order_line_id: strawberry.ID = strawberry.field(description="The line of the order that was shipped.")
    quantity: QuantityValue = strawberry.field(description="How many, at most what is still with the buyer.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="The bin it is put into.")


@strawberry.input(description="Goods of a parcel that came back from the buyer.")
class ReceiveReturnInput:
    """They enter at what they had cost when they left, and in their lots."""

    shipment_id: strawberry.ID = strawberry.field(description="The parcel.")
    warehouse_id: strawberry.ID = strawberry.field(
        description="Where they are put: GOOD ones where goods are sold, DEFECTIVE ones where none are."
    )
    condition: inventory.ReturnCondition = strawberry.field(description="Whether they can be sold again.")
    reason: str = strawberry.field(description="Why they came back; people read it later.")
    lines: list[ReturnedLineInput] = strawberry.field(description="What came back, 1 to 500 lines.")


@strawberry.input(description="What became of a parcel at its buyer (签收登记).")
class RecordDeliveryInput:
    """A carrier's program says it like a person does."""

    shipment_id: strawberry.ID = strawberry.field(description="The parcel.")
    outcome: fulfilment.DeliveryOutcome = strawberry.field(description="Signed for, refused, or come back.")
    delivered_at: datetime | None = strawberry.field(
        default=None, description="When, in UTC: since it left; now when it is not given."
    )
    remark: str | None = strawberry.field(default=None, description="Who signed, or why it was refused.")


@strawberry.input(description="Goods that an exchange expects back and that came.")
class ReceiveExchangeReturnInput:
    """In one or several steps; good and defective ones apart."""

    id: strawberry.ID = strawberry.field(description="The exchange order.")
    warehouse_id: strawberry.ID = strawberry.field(
        description="Where they are put: GOOD ones where goods are sold, DEFECTIVE ones where none are."
    )
    condition: inventory.ReturnCondition = strawberry.field(description="Whether they can be sold again.")
    lines: list[ReturnedLineInput] = strawberry.field(description="What has come, by the lines of the original order.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the exchange changed since it had this version."
    )


@strawberry.input(description="A return that was wrong.")
class VoidReturnInput:
    """It stays to be read, but never was."""

    id: strawberry.ID = strawberry.field(description="The return.")
    reason: str = strawberry.field(description="Why it is undone.")


@strawberry.input(description="A parcel of an order that is handed to a carrier.")
class ShipOrderInput:
    """Without lines, everything that is still open."""

    order_id: strawberry.ID = strawberry.field(description="The order; it is reviewed and not on hold.")
    carrier_code: str = strawberry.field(description="Who takes it, by code; `carriers` lists them.")
    waybill: str = strawberry.field(description="The carrier's number of the parcel, never used before.")
    lines: list[ShipLineInput] | None = strawberry.field(
        default=None, description="What goes into it, at most 1,000 lines; everything still open when not given."
    )
