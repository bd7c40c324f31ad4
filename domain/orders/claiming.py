"""Stock for waiting orders (订单占用): what each still needs is claimed, a whole order or nothing; short is a hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import inventory
from domain.inventory import Candidates, ClaimClass, ClaimRequest, PreorderRequest, Promised, ShortLine, WantedLine
from domain.kernel import Quantity, Work
from domain.orders import holds
from domain.orders.batches import among
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import OrderStatus

CLASS_OF: Mapping[OrderStatus, ClaimClass] = {
    OrderStatus.AWAITING_PAYMENT: ClaimClass.UNPAID,
    OrderStatus.UNREVIEWED: ClaimClass.TO_REVIEW,
    OrderStatus.AWAITING_FINANCE: ClaimClass.TO_REVIEW,
}


@dataclass(frozen=True)
class Need:
    """What an order still has to claim; `lines` are its rows, claimed, promised before they are there, or neither."""

    order_id: UUID
    status: OrderStatus
    warehouses: Sequence[UUID]
    lines: Sequence[Mapping[str, Any]]
    claimed: frozenset[UUID] = frozenset()
    promised: Sequence[Promised] = ()

    def wanted(self) -> list[WantedLine]:
        """List the lines that are matched, still open and not claimed yet."""
        return [
            WantedLine(each["id"], each["variant_id"], open_quantity(each), each["unit_price"])
            for each in self.lines
            if each["variant_id"] is not None and each["id"] not in self.claimed and open_quantity(each) > NOTHING
        ]

    def unpromised(self) -> list[WantedLine]:
        """List what is sold before it is there and was not promised yet."""
        known = {each.order_line_id for each in self.promised}
        preordered = {each["id"] for each in self.lines if each.get("ships_on") is not None}
        return [each for each in self.wanted() if each.order_line_id in preordered - known]


@dataclass(frozen=True)
class Claimed:
    """Where an order got its stock, or the evidence of what is short."""

    warehouse_id: UUID | None
    shortage: str
    scores: tuple[tuple[UUID, Decimal], ...] = ()


def open_quantity(line: Mapping[str, Any]) -> Quantity:
    """Say how much of a line is neither shipped nor cancelled."""
    return Quantity(line["quantity"].value - line["shipped_quantity"].value - line["cancelled_quantity"].value)


async def claim_needs(
    work: Work, needs: Sequence[Need], *, in_turn: bool = False, promising: bool = True
) -> dict[UUID, Claimed]:
    """Claim for many orders, in their order; an order that wants nothing is absent from the answer.

    What is short and sold before it is there is promised, unless the caller does so.
    """
    found: dict[UUID, Claimed] = {}
    by_class: dict[ClaimClass, list[tuple[Need, ClaimRequest]]] = {}
    for need in needs:
        if (lines := need.wanted()) and (claim_class := CLASS_OF.get(need.status)):
            request = ClaimRequest(need.order_id, need.warehouses, lines, need.promised)
            by_class.setdefault(claim_class, []).append((need, request))
    for claim_class in sorted(by_class):
        chosen = by_class[claim_class]
        outcomes = await inventory.claim_in_bulk(work, [request for _, request in chosen], claim_class, in_turn=in_turn)
        for need, _ in chosen:
            found[need.order_id] = _claimed(need, outcomes[need.order_id])
    return found | await promise_short(work, short_of(needs, found), found) if promising else found


def short_of(needs: Iterable[Need], found: Mapping[UUID, Claimed]) -> list[Need]:
    """List the orders that are short, in their order."""
    return [each for each in needs if each.order_id in found and found[each.order_id].shortage]


async def promise_short(work: Work, short: Sequence[Need], found: Mapping[UUID, Claimed]) -> dict[UUID, Claimed]:
    """Promise what these orders are short of and what is sold before it is there; says anew why they wait."""
    asked = [
        PreorderRequest(each.order_id, each.warehouses, lines)
        for each in short
        if each.warehouses and (lines := each.unpromised())
    ]
    if not asked:
        return {}
    outcomes = await inventory.promise_preorders(work, asked)
    return {
        key: replace(found[key], shortage=f"{found[key].shortage}, {expected(outcome)}"[: holds.EVIDENCE_LENGTH_MAX])
        for key, outcome in outcomes.items()
    }


def expected(short: ShortLine | None) -> str:
    """Say whether what is not there was promised, or that it is more than is expected."""
    return "promised" if short is None else f"{short.wanted} are more than the {short.available} that are expected"


async def needs_of(
    work: Work,
    found: Mapping[UUID, Candidates],
    statuses: Mapping[UUID, OrderStatus],
    chosen: Mapping[UUID, UUID | None],
    lines: Mapping[UUID, Sequence[Mapping[str, Any]]],
) -> list[Need]:
    """Say what orders still have to claim; one that has claims already stays in its warehouse."""
    claim = inventory.models.Claim
    columns = (claim.order_line_id, claim.variant_id, claim.warehouse_id, claim.quantity)
    held = await work.rows(
        select(*columns, claim.order_id, claim.claim_class).where(among(claim.order_id, list(statuses)))
    )
    claimed: dict[UUID, set[UUID]] = {each: set() for each in statuses}
    promised: dict[UUID, list[Promised]] = {each: [] for each in statuses}
    for row in held:
        if row.claim_class is ClaimClass.PREORDER:
            promised[row.order_id].append(Promised(*row[:4]))
        else:
            claimed[row.order_id].add(row.order_line_id)
    needs = []
    for order_id, status in statuses.items():
        own = chosen[order_id]
        places = [own] if own is not None and claimed[order_id] else found[order_id].warehouses
        need = Need(order_id, status, places, lines[order_id], frozenset(claimed[order_id]), promised[order_id])
        needs.append(need)
    return needs


def _claimed(need: Need, outcome: inventory.ClaimOutcome) -> Claimed:
    titles = {each["id"]: each["title"] for each in need.lines}
    missing = [(titles[each.order_line_id], each.wanted, each.available) for each in outcome.short]
    return Claimed(outcome.warehouse_id, holds.shortage(missing)[: holds.EVIDENCE_LENGTH_MAX], outcome.scores)
