"""Decisions (决策记录): what was decided about an order, which rules were tried and why one won; the last few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.inventory import Candidates
from domain.kernel import Tried, Work, identifier
from domain.orders.batches import insert_rows
from domain.orders.grounds import Grounds
from domain.orders.models import DecisionKind, OrderDecision
from domain.shipping import CarrierChoice

TRIED_MAX = 60
KEPT_OF_A_KIND = 5

FORGET = text(f"""
    DELETE FROM order_decisions WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY order_id, kind ORDER BY decided_at DESC, id DESC) AS place
            FROM order_decisions WHERE order_id = ANY (:order_ids)
        ) AS numbered WHERE place > {KEPT_OF_A_KIND})
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))  # noqa: S608 — The number is ours.


TAKE_BACK = text("DELETE FROM order_decisions WHERE order_id = :order_id").bindparams(bindparam("order_id", type_=Uuid))


@dataclass(frozen=True)
class Decision:
    """What was decided about an order, and what was tried for it."""

    order_id: UUID
    kind: DecisionKind
    outcome: str
    tried: Sequence[Tried]


async def write_decisions(work: Work, decisions: Sequence[Decision], *, first: bool = False) -> None:
    """Write down decisions; of each kind the last few of an order stay. New orders have nothing to forget."""
    await insert_rows(work, OrderDecision, rows_of(work, decisions))
    if decisions and not first:
        await work.execute(FORGET, {"order_ids": sorted({each.order_id for each in decisions})})


def rows_of(work: Work, decisions: Sequence[Decision]) -> list[Mapping[str, Any]]:
    """Give decisions as rows, for whoever writes them with the orders they are about."""
    return [_row(work, each) for each in decisions]


async def take_back_decisions(work: Work, order_id: UUID) -> None:
    """Forget what was decided about an order that is being made: it came otherwise."""
    await work.execute(TAKE_BACK, {"order_id": order_id})


def _row(work: Work, decision: Decision) -> Mapping[str, Any]:
    return {
        "id": identifier(),
        "order_id": decision.order_id,
        "kind": decision.kind,
        "outcome": decision.outcome,
        "tried": {"rules": [each.stored() for each in decision.tried[:TRIED_MAX]]},
        "decided_at": work.now,
        "decided_by": work.actor.name,
    }


def of_warehouse(
    grounds: Grounds, order_id: UUID, found: Candidates, scores: Sequence[tuple[UUID, Any]], chosen: UUID | None
) -> Decision:
    """Explain which warehouse serves an order, or that none has everything."""
    tried = grounds.explained(found, scores, chosen)
    return Decision(order_id, DecisionKind.WAREHOUSE, grounds.code_of(chosen), tried)


def of_carrier(order_id: UUID, choice: CarrierChoice) -> Decision:
    """Explain which carrier takes an order, or that nobody goes there."""
    return Decision(order_id, DecisionKind.CARRIER, choice.outcome, choice.tried)


def unreachable(choice: CarrierChoice) -> str:
    """Say why nobody can take an order: the evidence of its hold; empty when somebody can."""
    if choice.carrier_code is not None:
        return ""
    return "; ".join(each.outcome for each in choice.tried) or "there is no carrier"
