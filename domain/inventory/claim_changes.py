"""What becomes of claims (占用变更): they move to another class or order, or are given back, in whole sets.

Every statement locks the claims it changes, then the stock items in sorted order. The caller holds the orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.inventory.events import touch
from domain.inventory.models import ClaimClass
from domain.inventory.statements import statement
from domain.kernel import Quantity, Work

PROMOTE = statement("""
    WITH held AS (
        SELECT order_line_id, variant_id, warehouse_id, claim_class, quantity FROM claims
        WHERE order_id = ANY (:order_ids) AND claim_class NOT IN (:claim_class, 'PREORDER')
        ORDER BY order_line_id FOR UPDATE
    ), moved AS (
        SELECT variant_id, warehouse_id, sum(quantity) AS quantity,
            coalesce(sum(quantity) FILTER (WHERE claim_class = 'UNPAID'), 0) AS unpaid,
            coalesce(sum(quantity) FILTER (WHERE claim_class = 'TO_REVIEW'), 0) AS to_review,
            coalesce(sum(quantity) FILTER (WHERE claim_class = 'TO_SHIP'), 0) AS to_ship
        FROM held GROUP BY variant_id, warehouse_id
    ), locked AS (
        SELECT moved.* FROM stock_items AS item
        JOIN moved ON moved.variant_id = item.variant_id AND moved.warehouse_id = item.warehouse_id
        ORDER BY item.variant_id, item.warehouse_id FOR NO KEY UPDATE OF item
    ), items AS (
        UPDATE stock_items AS item SET
            unpaid = item.unpaid - locked.unpaid + locked.quantity * (:claim_class = 'UNPAID')::int,
            to_review = item.to_review - locked.to_review + locked.quantity * (:claim_class = 'TO_REVIEW')::int,
            to_ship = item.to_ship - locked.to_ship + locked.quantity * (:claim_class = 'TO_SHIP')::int
        FROM locked
        WHERE item.variant_id = locked.variant_id AND item.warehouse_id = locked.warehouse_id
    )
    UPDATE claims SET claim_class = :claim_class FROM held WHERE claims.order_line_id = held.order_line_id
""")


async def promote(work: Work, order_ids: Sequence[UUID], to_class: ClaimClass) -> int:
    """Move the claims of orders to another class; returns how many changed. Nothing becomes more or less free.

    What is promised before it is there stays so until it is.
    """
    return await work.change(PROMOTE, {"order_ids": sorted(order_ids), "claim_class": to_class.value})


# The items are chosen from the held claims, so that what is given back is what was there after waiting for the locks.
RELEASE = """
    WITH held AS ({held}), freed AS (
        SELECT variant_id, warehouse_id,
            coalesce(sum(released) FILTER (WHERE claim_class = 'UNPAID'), 0) AS unpaid,
            coalesce(sum(released) FILTER (WHERE claim_class = 'TO_REVIEW'), 0) AS to_review,
            coalesce(sum(released) FILTER (WHERE claim_class = 'TO_SHIP'), 0) AS to_ship,
            coalesce(sum(released) FILTER (WHERE claim_class = 'PREORDER'), 0) AS preorder
        FROM held GROUP BY variant_id, warehouse_id
    ), locked AS (
        SELECT freed.* FROM stock_items AS item
        JOIN freed ON freed.variant_id = item.variant_id AND freed.warehouse_id = item.warehouse_id
        ORDER BY item.variant_id, item.warehouse_id FOR NO KEY UPDATE OF item
    ), gone AS (
        DELETE FROM claims USING held WHERE claims.order_line_id = held.order_line_id AND held.released = held.quantity
    ), shrunk AS (
        UPDATE claims SET quantity = claims.quantity - held.released FROM held
        WHERE claims.order_line_id = held.order_line_id AND held.released < held.quantity
    )
    UPDATE stock_items AS item SET
        unpaid = item.unpaid - locked.unpaid,
        to_review = item.to_review - locked.to_review,
        to_ship = item.to_ship - locked.to_ship,
        preorder = item.preorder - locked.preorder
    FROM locked
    WHERE item.variant_id = locked.variant_id AND item.warehouse_id = locked.warehouse_id
    RETURNING item.variant_id
"""

RELEASE_ORDERS = statement(
    RELEASE.format(
        held="""
        SELECT order_line_id, variant_id, warehouse_id, claim_class, quantity, quantity AS released FROM claims
        WHERE order_id = ANY (:order_ids) ORDER BY order_line_id FOR UPDATE
        """
    )
)

RELEASE_LINES = statement(
    RELEASE.format(
        held="""
        SELECT claims.order_line_id, variant_id, warehouse_id, claim_class, claims.quantity,
            least(claims.quantity, coalesce(line.quantity, claims.quantity)) AS released
        FROM claims JOIN unnest(:line_ids, :quantities) AS line (id, quantity) ON line.id = claims.order_line_id
        WHERE order_id = ANY (:order_ids) ORDER BY claims.order_line_id FOR UPDATE OF claims
        """
    )
)


async def release(
    work: Work,
    order_ids: Sequence[UUID],
    order_line_ids: Sequence[UUID] | None = None,
    quantities: Sequence[Quantity] | None = None,
) -> None:
    """Give back what orders hold: everything, or only these lines, or only so much of each of these lines."""
    given: dict[str, object] = {"order_ids": sorted(order_ids)}
    if order_line_ids is not None:
        given["line_ids"] = list(order_line_ids)
        given["quantities"] = [each.value for each in quantities] if quantities else [None] * len(order_line_ids)
    freed = await work.rows(RELEASE_ORDERS if order_line_ids is None else RELEASE_LINES, given)
    touch(work, {row.variant_id for row in freed})


@dataclass(frozen=True, slots=True)
class MovedClaim:
    """How much of an order line's claim goes to a line of another order (拆单, 合单)."""

    order_line_id: UUID
    to_order_id: UUID
    to_order_line_id: UUID
    quantity: Quantity


REASSIGN = statement("""
    UPDATE claims SET order_id = line.to_order_id
    FROM unnest(:line_ids, :to_order_ids) AS line (id, to_order_id) WHERE claims.order_line_id = line.id
""")

MOVE = statement("""
    WITH line AS (
        SELECT * FROM unnest(:line_ids, :to_order_ids, :to_line_ids, :quantities)
            AS line (id, to_order_id, to_line_id, quantity)
    ), given AS (
        SELECT id, sum(quantity) AS quantity FROM line GROUP BY id
    ), held AS (
        SELECT claims.*, given.quantity AS given FROM claims JOIN given ON given.id = claims.order_line_id
        ORDER BY claims.order_line_id FOR UPDATE OF claims
    ), gone AS (
        DELETE FROM claims USING held WHERE claims.order_line_id = held.order_line_id AND held.given = held.quantity
    ), shrunk AS (
        UPDATE claims SET quantity = held.quantity - held.given FROM held
        WHERE claims.order_line_id = held.order_line_id AND held.given <> held.quantity
    )
    INSERT INTO claims AS claim
        (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
    SELECT line.to_line_id, line.to_order_id, held.variant_id, held.warehouse_id, held.claim_class,
        sum(line.quantity), min(held.claimed_at)
    FROM line JOIN held ON held.order_line_id = line.id
    GROUP BY line.to_line_id, line.to_order_id, held.variant_id, held.warehouse_id, held.claim_class
""")


async def move_claims(work: Work, moves: Sequence[MovedClaim]) -> None:
    """Hand claims to lines of other orders; what is claimed in all stays the same. More than is held is a bug."""
    whole = [each for each in moves if each.order_line_id == each.to_order_line_id]
    parts = [each for each in moves if each.order_line_id != each.to_order_line_id]
    for kind, chosen in ((REASSIGN, whole), (MOVE, parts)):
        if chosen:
            await work.execute(kind, _given(chosen, with_target=kind is MOVE))


def _given(moves: Sequence[MovedClaim], *, with_target: bool) -> dict[str, object]:
    given: dict[str, object] = {
        "line_ids": [each.order_line_id for each in moves],
        "to_order_ids": [each.to_order_id for each in moves],
    }
    if with_target:
        given["to_line_ids"] = [each.to_order_line_id for each in moves]
        given["quantities"] = [each.quantity.value for each in moves]
    return given
