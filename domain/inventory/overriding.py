"""Negative stock (负库存): denied, but a right of its own lets a document take more than is there, with a reason.

What is missing is taken of no lot and out of no bin, at what one cost before; nothing of it is ever promised. What
comes in next makes up for it, and tells what it cost.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.inventory.document_lines import REASON_LENGTH_MAX, TAKES_OUT
from domain.inventory.items import Override
from domain.inventory.models import StockDocument
from domain.inventory.statements import statement
from domain.kernel import BadInput, NotAllowed, UnitPrice, Work, right, short_text

OVERRIDE_NEGATIVE = right("inventory.override_negative")

# What the last movement of a variant there, or in the company, cost by piece.
LAST_COSTS = statement("""
    SELECT key.variant_id, last.unit_cost FROM unnest(:variant_ids) AS key (variant_id)
    CROSS JOIN LATERAL (
        SELECT row.cost_amount / row.quantity AS unit_cost FROM stock_ledger AS row
        WHERE row.variant_id = key.variant_id AND row.quantity <> 0 AND row.counterpart_id <> row.warehouse_id
          AND (row.warehouse_id = :warehouse_id
            OR :company_wide AND row.warehouse_id IN (SELECT id FROM warehouses WHERE valued))
        ORDER BY row.position DESC LIMIT 1
    ) AS last
""")


def check_override(work: Work, document: StockDocument) -> None:
    """Refuse to take more than is there from whoever may not, without saying why, or where nothing is taken."""
    if document.override_reason is None:
        return
    if not work.actor.may(OVERRIDE_NEGATIVE):
        raise NotAllowed(permission=OVERRIDE_NEGATIVE)
    document.override_reason = short_text(document.override_reason, "overrideReason", REASON_LENGTH_MAX)
    problem = None
    if document.kind not in TAKES_OUT:
        problem = "is given for what takes goods out"
    elif document.effective_at is not None:
        problem = "is not given for a past moment"
    if problem is not None:
        raise BadInput(field="overrideReason", problem=problem).at("input", "overrideReason")


async def overrides_of(
    work: Work, document: StockDocument, variant_ids: Sequence[UUID], *, company_wide: bool
) -> Mapping[UUID, Override]:
    """Say by which reason, and at which cost, more of each variant may be taken than is there; without one, of none."""
    if document.override_reason is None:
        return {}
    given = {
        "variant_ids": sorted(set(variant_ids)),
        "warehouse_id": document.warehouse_id,
        "company_wide": company_wide,
    }
    known = {row.variant_id: UnitPrice.rounded(row.unit_cost) for row in await work.rows(LAST_COSTS, given)}
    return {each: Override(reason=document.override_reason, unit_cost=known.get(each)) for each in variant_ids}
