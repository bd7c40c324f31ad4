"""What the mutations and lists of stocktakes are given (盘点输入)."""

from datetime import datetime

import strawberry

from domain import inventory
from schema.filters import IdFilter, PeriodFilter
from schema.scalars import QuantityValue
from schema.stocktaking.types import StocktakeScope, StocktakeStatus, Uncounted

ValueClass = inventory.ValueClass


@strawberry.input(description="A stocktake to begin.")
class StartStocktakeInput:
    """What the scope names is given, and nothing else is looked at."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    scope: StocktakeScope = strawberry.field(description="What of it is counted.")
    reason: str = strawberry.field(description="Why; people read it later.")
    variant_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="For VARIANTS: which, 1 to 500."
    )
    category_id: strawberry.ID | None = strawberry.field(
        default=None, description="For CATEGORY: which; all below it too."
    )
    bin_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="For BINS: which, 1 to 500.")
    moved_since: datetime | None = strawberry.field(
        default=None, description="For MOVING: bins into which or out of which something went since."
    )
    value_classes: list[ValueClass] = strawberry.field(
        default_factory=list, description="For VALUE_CLASS: which, by what was sold in the last twelve weeks."
    )
    blind: bool = strawberry.field(default=True, description="Whether counters do not see what should be there.")
    tolerance_percent: int = strawberry.field(
        default=0, description="Lines further off than this are counted again, 0 to 100."
    )


@strawberry.input(description="What a counter found in one go.")
class CountScanInput:
    """Added to what was found of the line before; 0 says that nothing is there."""

    scan_id: strawberry.ID = strawberry.field(description="A UUID the scanner makes, and keeps when it sends it again.")
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: QuantityValue = strawberry.field(description="How much, not negative.")
    lot_id: strawberry.ID | None = strawberry.field(default=None, description="The lot, if it has one.")
    bin_id: strawberry.ID | None = strawberry.field(default=None, description="The bin; without it, not put away.")
    scanned_at: datetime | None = strawberry.field(
        default=None, description="When, by the scanner's clock; without it, now. An offline scanner must say it."
    )


@strawberry.input(description="What counters found.")
class CountStockInput:
    """A scan that was sent before changes nothing."""

    id: strawberry.ID = strawberry.field(description="The stocktake.")
    scans: list[CountScanInput] = strawberry.field(description="The scans, 1 to 500.")


@strawberry.input(description="A count to be closed.")
class CloseCountInput:
    """What is too far off is counted again, once."""

    id: strawberry.ID = strawberry.field(description="The stocktake.")
    uncounted: Uncounted = strawberry.field(default=Uncounted.KEEP, description="What lines mean that nobody counted.")


@strawberry.input(description="A stocktake, to be approved.")
class ApproveStocktakeInput:
    """Its count is complete."""

    id: strawberry.ID = strawberry.field(description="The stocktake.")


@strawberry.input(description="An approved stocktake, to be posted.")
class PostStocktakeInput:
    """All differences or none."""

    id: strawberry.ID = strawberry.field(description="The stocktake.")


@strawberry.input(description="A stocktake, to be given up.")
class CancelStocktakeInput:
    """Nothing is posted."""

    id: strawberry.ID = strawberry.field(description="The stocktake.")


@strawberry.input(description="Which stocktakes; combined by AND.")
class StocktakeFilter:
    """What is not given does not matter."""

    warehouse: IdFilter | None = strawberry.field(default=None, description="Of these warehouses.")
    statuses: list[StocktakeStatus] | None = strawberry.field(default=None, description="In these states.")
    scopes: list[StocktakeScope] | None = strawberry.field(default=None, description="Of what of a warehouse.")
    variant: IdFilter | None = strawberry.field(default=None, description="With one of these variants.")
    person: str | None = strawberry.field(default=None, description="Begun, approved or posted by this person.")
    number: str | None = strawberry.field(default=None, description="With this number.")
    started_at: PeriodFilter | None = strawberry.field(default=None, description="When they began.")


@strawberry.input(description="Which lines of stocktakes; combined by AND.")
class StocktakeLineFilter:
    """What is not given does not matter."""

    stocktake: IdFilter | None = strawberry.field(default=None, description="Of these stocktakes.")
    variant: IdFilter | None = strawberry.field(default=None, description="Of these variants.")
    only_uncounted: bool = strawberry.field(default=False, description="That nobody counted yet.")
    only_recount: bool = strawberry.field(default=False, description="That are, or were, counted again.")
    only_different: bool = strawberry.field(default=False, description="Whose count differs from the book.")
