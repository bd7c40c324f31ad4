"""What goods of a lot became, and what a lot was made of (批次流向): under another number, put together, taken apart.

Goods that were made without a lot of their own are followed by document and quantity: what left their place since,
without a lot, may be of them until nothing without a lot was left there; so may what came elsewhere of that. Of a
document that makes something, all that went in is in all that came of it. What was undone counts for nothing.
"""

from domain.inventory.statements import statement

LAST = 2**63 - 1

# Whatever the planner believes, the other side is looked for by its document (OFFSET 0).
# A row is a lot; or, where there is none, a variant in a place without a lot, from one position of the ledger on. It is
# sure unless it was only mixed with what is.
FORWARD = f"""
    WITH RECURSIVE became AS (
        SELECT lots.id AS lot_id, NULL::uuid AS variant_id, NULL::uuid AS warehouse_id,
            0::bigint AS since, {LAST}::bigint AS until, true AS sure
        FROM lots WHERE lots.id = :lot_id
        UNION
        SELECT came.lot_id, loose.variant_id, loose.warehouse_id, coalesce(loose.position, 0),
            coalesce(emptied.position, {LAST}), became.sure AND became.lot_id IS NOT NULL
        FROM became
        JOIN LATERAL (
            SELECT * FROM stock_ledger AS of_it WHERE of_it.lot_id = became.lot_id
            UNION ALL
            SELECT * FROM stock_ledger AS mixed
            WHERE became.lot_id IS NULL AND mixed.lot_id IS NULL AND mixed.variant_id = became.variant_id
              AND mixed.warehouse_id = became.warehouse_id
              AND mixed.position > became.since AND mixed.position <= became.until
        ) AS gone ON gone.quantity < 0 AND gone.reverses_id IS NULL
        JOIN LATERAL (
            SELECT * FROM stock_ledger AS other
            WHERE other.document_type = gone.document_type AND other.document_id = gone.document_id OFFSET 0
        ) AS came ON came.quantity > 0 AND came.reverses_id IS NULL
        LEFT JOIN LATERAL (
            SELECT came.variant_id, came.warehouse_id, came.position WHERE came.lot_id IS NULL
        ) AS loose ON true
        LEFT JOIN LATERAL (
            SELECT min(position) AS position FROM (
                SELECT position, sum(quantity) OVER (ORDER BY position) AS running FROM stock_ledger AS there
                WHERE there.variant_id = loose.variant_id AND there.warehouse_id = loose.warehouse_id
                  AND there.lot_id IS NULL AND there.kind <> 'BIN_MOVE'
            ) AS level WHERE level.position > loose.position AND level.running <= 0
        ) AS emptied ON loose.position IS NOT NULL
        WHERE (gone.kind IN ('ASSEMBLY', 'DISASSEMBLY') AND came.kind = gone.kind
            OR gone.kind = 'LOT_CHANGE' AND came.kind = 'LOT_CHANGE' AND came.document_line = gone.document_line
            OR became.lot_id IS NULL AND came.carries_id = gone.id)
          AND NOT EXISTS (SELECT FROM stock_ledger AS undone WHERE undone.reverses_id = gone.id)
    )
"""  # noqa: S608 — The number is ours.

# A row is a movement by which something of it left, or went into what it was made of.
BACK = """
    WITH RECURSIVE went AS (
        {base}
        UNION
        SELECT went.root, gone.id, gone.lot_id, gone.variant_id, gone.warehouse_id, gone.position,
            went.sure AND went.lot_id IS NOT NULL
        FROM went
        LEFT JOIN LATERAL (
            SELECT max(position) AS position FROM (
                SELECT position, sum(quantity) OVER (ORDER BY position) AS running FROM stock_ledger AS there
                WHERE went.lot_id IS NULL AND there.variant_id = went.variant_id
                  AND there.warehouse_id = went.warehouse_id AND there.lot_id IS NULL AND there.kind <> 'BIN_MOVE'
            ) AS level WHERE level.position < went.position AND level.running <= 0
        ) AS emptied ON went.lot_id IS NULL
        JOIN LATERAL (
            SELECT * FROM stock_ledger AS of_it WHERE of_it.lot_id = went.lot_id
            UNION ALL
            SELECT * FROM stock_ledger AS mixed
            WHERE went.lot_id IS NULL AND mixed.lot_id IS NULL AND mixed.variant_id = went.variant_id
              AND mixed.warehouse_id = went.warehouse_id
              AND mixed.position < went.position AND mixed.position > coalesce(emptied.position, 0)
        ) AS came ON came.quantity > 0 AND came.reverses_id IS NULL
        JOIN LATERAL (
            SELECT * FROM stock_ledger AS other
            WHERE other.document_type = came.document_type AND other.document_id = came.document_id OFFSET 0
        ) AS gone ON gone.quantity < 0 AND gone.reverses_id IS NULL
        WHERE (gone.kind IN ('ASSEMBLY', 'DISASSEMBLY') AND came.kind = gone.kind
            OR gone.kind = 'LOT_CHANGE' AND came.kind = 'LOT_CHANGE' AND came.document_line = gone.document_line
            OR went.lot_id IS NULL AND came.carries_id = gone.id)
          AND NOT EXISTS (SELECT FROM stock_ledger AS undone WHERE undone.reverses_id = gone.id)
    )
"""
OF_LOTS = """
        SELECT lots.id AS root, lots.id AS id, lots.id AS lot_id, lots.variant_id, NULL::uuid AS warehouse_id,
            0::bigint AS position, true AS sure
        FROM lots WHERE lots.id = ANY (:lot_ids)
"""

TRACED = f"""
    {FORWARD}
    SELECT id, bool_or(sure) AS certain FROM (
        SELECT moved.id, became.sure FROM became JOIN stock_ledger AS moved ON moved.lot_id = became.lot_id
        UNION ALL
        SELECT moved.id, became.sure AND moved.position = became.since FROM became
        JOIN stock_ledger AS moved ON moved.variant_id = became.variant_id AND moved.warehouse_id = became.warehouse_id
            AND moved.lot_id IS NULL AND (moved.position = became.since
                OR moved.quantity < 0 AND moved.position > became.since AND moved.position <= became.until)
        WHERE became.lot_id IS NULL
    ) AS moved GROUP BY id
"""  # noqa: S608 — The statement is ours.
"""The movements of a lot and of what it became, with whether they are certainly of it."""

# A lot that was stopped by itself stays as it is.
LOTS_MADE_OF = statement(f"""
    {FORWARD}
    SELECT DISTINCT lots.id, lots.variant_id FROM became JOIN lots ON lots.id = became.lot_id
    WHERE lots.id <> :lot_id AND (lots.status = 'GOOD' OR lots.stopped_with_id = :lot_id)
    ORDER BY lots.id
""")  # noqa: S608 — As above.

# Of what else that is stopped a lot was made, what was recalled before what was frozen.
STOPPED_PARTS = statement(f"""
    {BACK.format(base=OF_LOTS)}
    SELECT DISTINCT ON (went.root) went.root, lots.id, lots.status, lots.code
    FROM went JOIN lots ON lots.id = went.lot_id
    WHERE lots.id <> went.root AND lots.id <> :lot_id AND lots.status <> 'GOOD' AND lots.stopped_with_id IS NULL
    ORDER BY went.root, lots.status DESC, lots.id
""")  # noqa: S608 — As above.
