"""What shipping is told (发货输入)."""

import strawberry

from schema.scalars import QuantityValue


@strawberry.input(description="How much of an order line goes into a parcel.")
class ShipLineInput:
    """A part of a line."""

    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: QuantityValue = strawberry.field(description="How many, at most what is still open.")


@strawberry.input(description="A parcel of an order that is handed to a carrier.")
class ShipOrderInput:
    """Without lines, everything that is still open."""

    order_id: strawberry.ID = strawberry.field(description="The order; it is reviewed and not on hold.")
    carrier_code: str = strawberry.field(description="Who takes it, by code; `carriers` lists them.")
    waybill: str = strawberry.field(description="The carrier's number of the parcel, never used before.")
    lines: list[ShipLineInput] | None = strawberry.field(
        default=None, description="What goes into it, at most 1,000 lines; everything still open when not given."
    )
