"""What the stages of work in a warehouse are told (仓内作业输入)."""

import strawberry

from domain import fulfilment
from schema.filters import IdFilter
from schema.scalars import QuantityValue


@strawberry.input(description="An order to give to its warehouse.")
class ReleaseOrderInput:
    """It is reviewed, has a warehouse, and nothing holds it back."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    carrier_code: str | None = strawberry.field(default=None, description="Who is to take it, if that is known.")
    expected_version: int | None = strawberry.field(default=None, description="Refuse when the order is another one.")


@strawberry.input(description="An order to call back from its warehouse.")
class RecallOrderInput:
    """At any stage before it is handed over."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why; people read it later.")
    expected_version: int | None = strawberry.field(default=None, description="Refuse when the order is another one.")


@strawberry.input(description="How a warehouse works.")
class SetWarehouseRulesInput:
    """Holds from now on."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    releases_itself: bool = strawberry.field(default=False, description="Whether it releases orders by the clock.")
    release_after_minutes: int = strawberry.field(default=0, description="How long after review, up to 10,080.")
    weighs: bool = strawberry.field(default=False, description="Whether every parcel is weighed before handover.")
    weight_tolerance_percent: int = strawberry.field(default=10, description="How far a weight may be off, in percent.")
    weight_tolerance_grams: int = strawberry.field(default=50, description="And how far in grams; the larger counts.")


@strawberry.input(description="A wave to make; with `validateOnly` the answer shows what it would be.")
class MakeWaveInput:
    """Without orders, those that wait longest and fit."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    mode: fulfilment.PickMode = strawberry.field(description="How it is picked.")
    size: int = strawberry.field(description="How many orders at most, 1 to 200.")
    carrier_code: str | None = strawberry.field(default=None, description="Only orders for this carrier or for none.")
    single: bool | None = strawberry.field(default=None, description="Only orders of one piece, or only others.")
    order_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Exactly these orders, or a refusal."
    )


@strawberry.input(description="Who picks a wave.")
class AssignWaveInput:
    """Somebody who sees its warehouse."""

    wave_id: strawberry.ID = strawberry.field(description="The wave.")
    staff_id: strawberry.ID = strawberry.field(description="The person.")


@strawberry.input(description="A wave to dissolve.")
class CancelWaveInput:
    """Nothing of it was picked yet."""

    wave_id: strawberry.ID = strawberry.field(description="The wave.")


@strawberry.input(description="What was taken from one place on a walk.")
class PickInput:
    """The place as the pick list names it."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How many were taken now; 0 when none was found.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="The bin; none is not put away.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="The lot, if it has one.")
    release_id: strawberry.ID | None = strawberry.field(
        default=None, description="For which order; without it, for the wave, the first slot first."
    )
    missing: bool = strawberry.field(default=False, description="Whether the rest of what was planned is not there.")


@strawberry.input(description="What was taken on the walk of a wave.")
class ConfirmPicksInput:
    """All of it or nothing."""

    wave_id: strawberry.ID = strawberry.field(description="The wave.")
    picks: list[PickInput] = strawberry.field(description="What was taken from where, 1 to 500.")


@strawberry.input(description="Picked goods that lie on a shelf again.")
class PutBackGoodsInput:
    """All of a task."""

    id: strawberry.ID = strawberry.field(description="The task, a PutBack.")
    bin_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which bin; without, where they came from."
    )


@strawberry.input(description="Which releases; conditions are combined by AND.")
class ReleaseFilter:
    """What is not given does not matter."""

    stages: list[fulfilment.ReleaseStage] | None = strawberry.field(default=None, description="Standing there.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    order: IdFilter | None = strawberry.field(default=None, description="Of these orders.")
    carrier_codes: list[str] | None = strawberry.field(default=None, description="For these carriers.")
    single: bool | None = strawberry.field(default=None, description="Of one piece, or of more.")


@strawberry.input(description="Which waves; conditions are combined by AND.")
class WaveFilter:
    """What is not given does not matter."""

    statuses: list[fulfilment.WaveStatus] | None = strawberry.field(default=None, description="Having come so far.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    picker: IdFilter | None = strawberry.field(default=None, description="Picked by these people.")


@strawberry.input(description="Which goods to be put back; conditions are combined by AND.")
class PutBackFilter:
    """What is not given does not matter."""

    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    done: bool | None = strawberry.field(default=False, description="Put back already, or still to be; null is both.")
