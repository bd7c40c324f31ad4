"""Facts of the stock centre (库存事实): what changed, what ran short, what was tried and refused."""

from typing import cast
from uuid import UUID

from domain.inventory.models import CostChangeId, MovementKind, StockDocumentId, WarehouseId, WatchPolicyId
from domain.kernel import Event, Money, Quantity, Work

VARIANTS_PER_FACT_MAX = 500


class StockChanged(Event):
    """What is there or free of these variants changed; said once per transaction."""

    variant_ids: tuple[UUID, ...]

    def subject(self) -> str:
        """Name one variant: reactions look at the stock as it is, so their order among variants does not matter."""
        return f"variant_id:{self.variant_ids[0]}"


class StockRanShort(Event):
    """An order that was taken waits for stock of a variant (缺货)."""

    variant_id: UUID
    order_id: UUID
    warehouse_id: WarehouseId | None
    wanted: Quantity
    available: Quantity


class NegativeStockAttempted(Event):
    """Somebody tried to take more out than is there or free, and was refused."""

    variant_id: UUID
    warehouse_id: WarehouseId
    wanted: Quantity
    available: Quantity


class StockDocumentApproved(Event):
    """A stock document may be posted, or carried out by whoever runs its warehouse."""

    document_id: StockDocumentId


class StockReceived(Event):
    """Goods were received into a warehouse (入库) at this value; at a fixed cost they are worth the variance more."""

    document_id: StockDocumentId
    warehouse_id: WarehouseId
    cost_amount: Money
    variance: Money = Money(0)


class StockReturned(Event):
    """Goods came back from a buyer (销售退货) at what they had cost, or what had come back left again (negative)."""

    document_id: StockDocumentId
    warehouse_id: WarehouseId
    cost_amount: Money
    variance: Money = Money(0)


class StockAdjusted(Event):
    """Stock was put in or taken out for another reason than trade (其他入库, 其他出库); the value is signed."""

    document_id: StockDocumentId
    warehouse_id: WarehouseId
    kind: MovementKind
    cost_amount: Money
    variance: Money = Money(0)


class StockRevalued(Event):
    """What stock is worth changed by so much, although nothing was bought, sold or lost."""

    document_id: StockDocumentId
    cost_amount: Money
    variance: Money = Money(0)


class ReceiptRepriced(Event):
    """A receipt cost so much more by its invoice (发票价差); the variance of it was not in stock any more."""

    change_id: CostChangeId
    cost_amount: Money
    variance: Money


class CostChanged(Event):
    """Stock is worth more or less by a paper of its own (成本调整), and nothing moved."""

    change_id: CostChangeId


class WatchPolicySet(Event):
    """Other figures count for what is abnormal; everything is looked at anew."""

    policy_id: WatchPolicyId


class _Touched:
    """The variants a transaction has touched so far; it says so in few facts when the transaction closes."""

    name = "inventory.stock_changed"

    def __init__(self) -> None:
        self.variant_ids: set[UUID] = set()
        self.told: set[UUID] = set()

    async def __call__(self, work: Work) -> None:
        work.record(*_changed(self.variant_ids - self.told))


def _changed(variant_ids: set[UUID]) -> list[StockChanged]:
    ordered = sorted(variant_ids)
    starts = range(0, len(ordered), VARIANTS_PER_FACT_MAX)
    return [StockChanged(variant_ids=tuple(ordered[start : start + VARIANTS_PER_FACT_MAX])) for start in starts]


def _touched(work: Work) -> _Touched:
    work.at_closing(_Touched.name, _Touched())
    return cast("_Touched", work.closing[_Touched.name])


def touch(work: Work, variant_ids: set[UUID]) -> None:
    """Remember that stock of these variants changed in this transaction."""
    _touched(work).variant_ids |= variant_ids


def told_with(work: Work, variant_ids: set[UUID]) -> str:
    """Give the facts that a statement stores itself while it changes stock, so that the commit can follow at once.

    Within a savepoint there are none: what is stored there may be undone, and must then be said by what comes after.
    """
    if work.session.in_nested_transaction():
        return work.stored()
    return work.stored(*_changed(variant_ids - _touched(work).told))


def told(work: Work, variant_ids: set[UUID]) -> None:
    """Remember that stock of these variants changed, and that the statement that changed it has said so."""
    touch(work, variant_ids)
    if not work.session.in_nested_transaction():
        _touched(work).told |= variant_ids
