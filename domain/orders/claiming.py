"""Stock for waiting orders (订单占用): what each still needs is claimed, a whole order or nothing; short is a hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain import inventory
from domain.inventory import ClaimClass, ClaimRequest, WantedLine
from domain.kernel import Quantity, Work
from domain.orders import holds
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import OrderStatus

CLASS_OF: Mapping[OrderStatus, ClaimClass] = {
    OrderStatus.AWAITING_PAYMENT: ClaimClass.UNPAID,
    OrderStatus.UNREVIEWED: ClaimClass.TO_REVIEW,
    OrderStatus.AWAITING_FINANCE: ClaimClass.TO_REVIEW,
}


@dataclass(frozen=True)
class Need:
    """What an order still has to claim; `lines` are its rows, claimed or not."""

    order_id: UUID
    status: OrderStatus
    warehouses: Sequence[UUID]
    lines: Sequence[Mapping[str, Any]]
    claimed: frozenset[UUID] = frozenset()

    def wanted(self) -> list[WantedLine]:
        """List the lines that are matched, still open and not claimed yet."""
        return [
            WantedLine(each["id"], each["variant_id"], open_quantity(each), each["unit_price"])
            for each in self.lines
            if each["variant_id"] is not None and each["id"] not in self.claimed and open_quantity(each) > NOTHING
        ]


@dataclass(frozen=True)
class Claimed:
    """Where an order got its stock, or the evidence of what is short."""

    warehouse_id: UUID | None
    shortage: str
    scores: tuple[tuple[UUID, Decimal], ...] = ()


def open_quantity(line: Mapping[str, Any]) -> Quantity:
    """Say how much of a line is neither shipped nor cancelled."""
    return Quantity(line["quantity"].value - line["shipped_quantity"].value - line["cancelled_quantity"].value)


async def claim_needs(work: Work, needs: Iterable[Need]) -> dict[UUID, Claimed]:
    """Claim for many orders, in their order; an order that wants nothing is absent from the answer."""
    found: dict[UUID, Claimed] = {}
    by_class: dict[ClaimClass, list[tuple[Need, ClaimRequest]]] = {}
    for need in needs:
        if (lines := need.wanted()) and (claim_class := CLASS_OF.get(need.status)):
            request = ClaimRequest(order_id=need.order_id, warehouses=need.warehouses, lines=lines)
            by_class.setdefault(claim_class, []).append((need, request))
    for claim_class in sorted(by_class):
        chosen = by_class[claim_class]
        outcomes = await inventory.claim_in_bulk(work, [request for _, request in chosen], claim_class)
        for need, _ in chosen:
            found[need.order_id] = _claimed(need, outcomes[need.order_id])
    return found


def _claimed(need: Need, outcome: inventory.ClaimOutcome) -> Claimed:
    titles = {each["id"]: each["title"] for each in need.lines}
    missing = [(titles[each.order_line_id], each.wanted, each.available) for each in outcome.short]
    return Claimed(outcome.warehouse_id, holds.shortage(missing)[: holds.EVIDENCE_LENGTH_MAX], outcome.scores)
