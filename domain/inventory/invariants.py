"""What must hold of stock (库存恒等式), as SQL that returns the offending rows."""

from domain.inventory.models import COMPANY
from domain.inventory.statements import COMPANY_WIDE

SCOPE = f"""CASE WHEN {COMPANY_WIDE} AND (SELECT valued FROM warehouses WHERE warehouses.id = warehouse_id)
    THEN CAST('{COMPANY}' AS uuid) ELSE warehouse_id END"""  # noqa: S608 — The names are ours.

INVARIANTS: dict[str, str] = {
    "I3 balances are the sum of the ledger": """
        SELECT variant_id, warehouse_id, lot_key, bin_key, ledger.quantity, balance.on_hand
        FROM (
            SELECT variant_id, warehouse_id, coalesce(lot_id::text, '') AS lot_key,
                coalesce(bin_id::text, '') AS bin_key, sum(quantity) AS quantity
            FROM stock_ledger GROUP BY 1, 2, 3, 4
        ) AS ledger
        FULL JOIN (
            SELECT variant_id, warehouse_id, coalesce(lot_id::text, '') AS lot_key,
                coalesce(bin_id::text, '') AS bin_key, on_hand
            FROM stock_balances
        ) AS balance USING (variant_id, warehouse_id, lot_key, bin_key)
        WHERE coalesce(ledger.quantity, 0) <> coalesce(balance.on_hand, 0)
    """,
    "I4 on hand is the sum of the lots and bins": """
        SELECT variant_id, warehouse_id, item.on_hand, balance.on_hand AS by_lot
        FROM (SELECT variant_id, warehouse_id, sum(on_hand) AS on_hand FROM stock_balances GROUP BY 1, 2) AS balance
        FULL JOIN stock_items AS item USING (variant_id, warehouse_id)
        WHERE coalesce(item.on_hand, 0) <> coalesce(balance.on_hand, 0)
    """,
    "I5 claims and the room in buckets equal the claimed quantities": """
        SELECT variant_id, warehouse_id, item.unpaid, item.to_review, item.to_ship, item.preorder, claimed.*
        FROM stock_items AS item
        FULL JOIN (
            SELECT variant_id, warehouse_id,
                sum(quantity) FILTER (WHERE claim_class = 'UNPAID') AS claimed_unpaid,
                sum(quantity) FILTER (WHERE claim_class = 'TO_REVIEW') AS claimed_to_review,
                sum(quantity) FILTER (WHERE claim_class = 'TO_SHIP') AS claimed_to_ship,
                sum(quantity) FILTER (WHERE claim_class = 'PREORDER') AS claimed_preorder
            FROM (
                SELECT variant_id, warehouse_id, claim_class, quantity FROM claims
                UNION ALL SELECT variant_id, warehouse_id, claim_class, room FROM stock_buckets
            ) AS promised GROUP BY 1, 2
        ) AS claimed USING (variant_id, warehouse_id)
        WHERE coalesce(item.unpaid, 0) <> coalesce(claimed_unpaid, 0)
           OR coalesce(item.to_review, 0) <> coalesce(claimed_to_review, 0)
           OR coalesce(item.to_ship, 0) <> coalesce(claimed_to_ship, 0)
           OR coalesce(item.preorder, 0) <> coalesce(claimed_preorder, 0)
    """,
    "no more is promised before it is there than is expected": """
        SELECT variant_id, warehouse_id, preorder, preorder_limit FROM stock_items WHERE preorder > preorder_limit
        UNION ALL SELECT variant_id, warehouse_id, room, NULL FROM stock_buckets WHERE claim_class = 'PREORDER'
    """,
    "I6 what is blocked is what lies in blocked lots": """
        SELECT item.variant_id, item.warehouse_id, item.blocked, coalesce(lying.quantity, 0) AS lying
        FROM stock_items AS item
        LEFT JOIN (
            SELECT balance.variant_id, balance.warehouse_id, sum(balance.on_hand) AS quantity
            FROM stock_balances AS balance JOIN lots ON lots.id = balance.lot_id
                AND (lots.status <> 'GOOD' OR lots.sale_ended)
            GROUP BY 1, 2
        ) AS lying USING (variant_id, warehouse_id)
        WHERE item.blocked <> coalesce(lying.quantity, 0)
    """,
    "I6 nothing is promised that is not there": """
        SELECT variant_id, warehouse_id, on_hand, overdrawn, unpaid, to_review, to_ship, held FROM stock_items
        WHERE least(on_hand + overdrawn, unpaid, to_review, to_ship, held) < 0
           OR unpaid + to_review + to_ship + held > greatest(on_hand, 0)
    """,
    "what is missing was taken with a reason": """
        SELECT item.variant_id, item.warehouse_id, item.overdrawn, balance.on_hand FROM stock_items AS item
        LEFT JOIN stock_balances AS balance ON balance.variant_id = item.variant_id
            AND balance.warehouse_id = item.warehouse_id AND balance.lot_id IS NULL AND balance.bin_id IS NULL
        WHERE item.overdrawn <> greatest(-coalesce(balance.on_hand, 0), 0)
           OR item.overdrawn > 0 AND item.overdrawn > (
                SELECT coalesce(-sum(quantity), 0) FROM stock_ledger AS taken WHERE taken.variant_id = item.variant_id
                    AND taken.warehouse_id = item.warehouse_id AND override_reason IS NOT NULL)
    """,
    "I7 stock is worth the sum of its costs": f"""
        SELECT variant_id, place, ledger.quantity, ledger.value, cost.quantity AS kept, cost.value AS kept_value
        FROM (
            SELECT variant_id, {SCOPE} AS place, sum(quantity) AS quantity, sum(value) AS value
            FROM (
                SELECT variant_id, warehouse_id, sum(quantity) AS quantity, sum(cost_amount) AS value
                FROM stock_ledger GROUP BY 1, 2
            ) AS there GROUP BY 1, 2
        ) AS ledger
        FULL JOIN (SELECT variant_id, scope_id AS place, quantity, value FROM stock_costs) AS cost
        USING (variant_id, place)
        WHERE coalesce(ledger.quantity, 0) <> coalesce(cost.quantity, 0)
           OR coalesce(ledger.value, 0) <> coalesce(cost.value, 0)
    """,  # noqa: S608 — The names are ours.
    "I8 nothing is worth nothing": """
        SELECT variant_id, scope_id, value FROM stock_costs
        WHERE quantity = 0 AND value <> 0 OR quantity < 0 AND (value > 0 OR NOT EXISTS (
            SELECT FROM stock_ledger AS taken
            WHERE taken.variant_id = stock_costs.variant_id AND override_reason IS NOT NULL))
    """,
    "the company is one cost scope or none": f"""
        SELECT variant_id, scope_id FROM stock_costs WHERE scope_id = '{COMPANY}' AND NOT {COMPANY_WIDE}
        UNION ALL
        SELECT variant_id, scope_id FROM stock_costs JOIN warehouses ON warehouses.id = scope_id
        WHERE valued AND {COMPANY_WIDE}
    """,  # noqa: S608 — As above.
    "stock at a fixed cost is worth its quantity times that cost": f"""
        SELECT cost.variant_id, cost.scope_id, cost.quantity, cost.value, rule.fixed_cost FROM stock_costs AS cost
        JOIN cost_rules AS rule ON rule.variant_id = cost.variant_id AND rule.fixed_cost IS NOT NULL
        LEFT JOIN warehouses ON warehouses.id = cost.scope_id AND valued AND kind <> 'IN_TRANSIT'
        WHERE (warehouses.id IS NOT NULL OR cost.scope_id = '{COMPANY}')
          AND cost.value <> round(cost.quantity * rule.fixed_cost, 2)
    """,  # noqa: S608 — As above.
    "the catalogue says how a variant is costed": """
        SELECT variants.id FROM variants LEFT JOIN cost_rules ON cost_rules.variant_id = variants.id
        WHERE variants.cost_method <> coalesce(cost_rules.method, 'MOVING_AVERAGE')
    """,
    "a change of cost moves nothing": """
        SELECT id FROM stock_ledger
        WHERE kind = 'REVALUATION' AND quantity <> 0 OR document_type = 'CostChange' AND kind <> 'REVALUATION'
    """,
    "I16 nothing was posted into a closed month": """
        SELECT moved.id, moved.effective_at, moved.posted_at, period.month
        FROM stock_periods AS period
        JOIN stock_ledger AS moved ON moved.posted_at > period.closed_at
            AND moved.effective_at < (period.month + interval '1 month') AT TIME ZONE interval '8 hours'
        WHERE period.reopened_at IS NULL
    """,
    "a correction is dated as what it corrects": """
        SELECT correction.id FROM stock_ledger AS correction
        JOIN stock_ledger AS corrected ON corrected.id = correction.adjusts_id
        WHERE (correction.variant_id, correction.warehouse_id, correction.effective_at)
            <> (corrected.variant_id, corrected.warehouse_id, corrected.effective_at)
           OR correction.kind <> 'REVALUATION' OR corrected.adjusts_id IS NOT NULL
    """,
    "what carries a cost carries no more than there is of it": """
        SELECT carrier.id FROM stock_ledger AS carrier JOIN stock_ledger AS carried ON carried.carries_id = carrier.id
        WHERE NOT EXISTS (SELECT FROM stock_ledger AS undone WHERE undone.reverses_id = carried.id)
        GROUP BY carrier.id HAVING abs(carrier.quantity) < sum(abs(carried.quantity))
    """,
    "I18 no more goes back to a supplier than came": """
        SELECT receipt.number, line.position, line.quantity, sum(back.quantity) AS returned
        FROM stock_document_lines AS back
        JOIN stock_documents AS paper ON paper.id = back.document_id AND paper.status = 'POSTED'
            AND paper.voids_id IS NULL
        LEFT JOIN stock_document_lines AS line
            ON line.document_id = back.receipt_id AND line.position = back.receipt_position
            AND line.variant_id = back.variant_id
        LEFT JOIN stock_documents AS receipt ON receipt.id = back.receipt_id
        WHERE back.receipt_id IS NOT NULL
        GROUP BY receipt.id, line.id HAVING coalesce(sum(back.quantity) > line.quantity, true)
            OR receipt.status <> 'POSTED' OR receipt.kind <> 'RECEIPT' OR receipt.voids_id IS NOT NULL
    """,
    "I18 what comes back of a parcel left in it": """
        SELECT back.id FROM stock_ledger AS back LEFT JOIN stock_ledger AS sold ON sold.id = back.carries_id
        WHERE back.kind = 'SALE_RETURN' AND back.reverses_id IS NULL
          AND (sold.kind, sold.variant_id, sold.lot_id) IS DISTINCT FROM ('SALE', back.variant_id, back.lot_id)
    """,
    "I10 a transfer loses neither goods nor value": """
        SELECT document_id, document_line, sum(quantity) AS quantity, sum(cost_amount) AS value FROM stock_ledger
        JOIN warehouses ON warehouses.id = warehouse_id
        WHERE stock_ledger.kind IN ('TRANSFER_OUT', 'TRANSFER_IN')
        GROUP BY document_id, document_line, variant_id, lot_id
        HAVING sum(quantity) <> 0 OR sum(cost_amount) <> 0 AND bool_and(warehouses.valued)
    """,
    "I11 a line of a document moves once per leg": """
        SELECT document_type, document_id, document_line, leg FROM stock_ledger
        GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
        UNION ALL
        SELECT 'StockDocument', id, NULL, NULL FROM stock_documents
        WHERE (posted_at IS NOT NULL) <> EXISTS (
            SELECT FROM stock_ledger WHERE document_type = 'StockDocument' AND document_id = stock_documents.id)
    """,
    "I11 a posted document moves what its lines say": """
        SELECT number, position, line.quantity, moved.quantity AS moved FROM stock_document_lines AS line
        JOIN stock_documents ON stock_documents.id = line.document_id
        LEFT JOIN LATERAL (
            SELECT greatest(sum(quantity) FILTER (WHERE quantity > 0), -sum(quantity) FILTER (WHERE quantity < 0))
                AS quantity
            FROM stock_ledger
            WHERE document_type = 'StockDocument' AND document_id = line.document_id AND document_line = line.position
        ) AS moved ON true
        WHERE posted_at IS NOT NULL AND moved.quantity IS DISTINCT FROM line.quantity
    """,
    "a move within a warehouse changes neither its stock nor its value": """
        SELECT document_id, document_line FROM stock_ledger WHERE kind IN ('BIN_MOVE', 'LOT_CHANGE')
        GROUP BY document_id, document_line, warehouse_id, variant_id
        HAVING sum(quantity) <> 0 OR bool_or(cost_amount <> 0)
    """,
    "what is made is worth what went into it": """
        SELECT made.document_id, sum(made.cost_amount + coalesce(corrected.amount, 0)) AS gained
        FROM stock_ledger AS made
        LEFT JOIN (
            SELECT adjusts_id, sum(cost_amount) AS amount FROM stock_ledger WHERE adjusts_id IS NOT NULL GROUP BY 1
        ) AS corrected ON corrected.adjusts_id = made.id
        WHERE made.kind IN ('ASSEMBLY', 'DISASSEMBLY') AND made.adjusts_id IS NULL
        GROUP BY made.document_id HAVING sum(made.cost_amount + coalesce(corrected.amount, 0)) <> 0
    """,
    "a voided document is undone by one other": """
        SELECT original.number FROM stock_documents AS original
        LEFT JOIN stock_documents AS void ON void.voids_id = original.id
        WHERE (original.status = 'VOIDED') <> (void.id IS NOT NULL)
    """,
    "I12 a reversal is the exact negative, and there is one": """
        SELECT reversal.id FROM stock_ledger AS reversal JOIN stock_ledger AS original
            ON original.id = reversal.reverses_id
        WHERE reversal.quantity <> -original.quantity OR reversal.cost_amount <> -original.cost_amount
           OR (reversal.variant_id, reversal.warehouse_id) <> (original.variant_id, original.warehouse_id)
        UNION ALL
        SELECT reverses_id FROM stock_ledger WHERE reverses_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1
    """,
    "I19 no expired lot was sold": """
        SELECT stock_ledger.id, lots.code, lots.expires_on FROM stock_ledger JOIN lots ON lots.id = lot_id
        WHERE kind = 'SALE' AND (
            lots.expires_on < (effective_at AT TIME ZONE interval '8 hours')::date
            OR lots.sold_until < (posted_at AT TIME ZONE interval '8 hours')::date AND posted_at > sold_until_since)
    """,
    "Days and months are the sums of the ledger": """
        WITH ledger AS (
            SELECT variant_id, warehouse_id, (effective_at AT TIME ZONE interval '8 hours')::date AS day, kind,
                sum(quantity) AS quantity, sum(cost_amount) AS amount, count(*) AS movements
            FROM stock_ledger
            WHERE position <= (SELECT summed_to FROM stock_summing) AND counterpart_id <> warehouse_id
            GROUP BY 1, 2, 3, 4
        ), days AS (
            SELECT variant_id, warehouse_id, day, kind, in_quantity - out_quantity AS quantity,
                in_amount - out_amount AS amount, movements FROM stock_days
        ), months AS (
            SELECT variant_id, warehouse_id, month, kind, in_quantity - out_quantity AS quantity,
                in_amount - out_amount AS amount, movements FROM stock_months
        ), days_of_months AS (
            SELECT variant_id, warehouse_id, date_trunc('month', day)::date AS month, kind,
                sum(quantity) AS quantity, sum(amount) AS amount, sum(movements) AS movements
            FROM days GROUP BY 1, 2, 3, 4
        )
        SELECT 'day' AS span, day.* FROM ledger FULL JOIN days AS day USING (variant_id, warehouse_id, day, kind)
        WHERE (ledger.quantity, ledger.amount, ledger.movements)
            IS DISTINCT FROM (day.quantity, day.amount, day.movements)
        UNION ALL
        SELECT 'month', month.* FROM days_of_months AS added
        FULL JOIN months AS month USING (variant_id, warehouse_id, month, kind)
        WHERE (added.quantity, added.amount, added.movements)
            IS DISTINCT FROM (month.quantity, month.amount, month.movements)
    """,
    "a movement has another side": """
        SELECT stock_ledger.id FROM stock_ledger LEFT JOIN warehouses ON warehouses.id = counterpart_id
        WHERE warehouses.id IS NULL
    """,
    "goods in a place that is not valued are worth nothing": """
        SELECT variant_id, scope_id, value FROM stock_costs JOIN warehouses ON warehouses.id = scope_id
        WHERE NOT valued AND value <> 0
    """,
    "a bin stands in the warehouse of what it holds": """
        SELECT stock_balances.id FROM stock_balances JOIN bins ON bins.id = bin_id
        WHERE bins.warehouse_id <> stock_balances.warehouse_id
    """,
    "I23 stock was never negative but by a right with a reason": """
        SELECT id, variant_id, warehouse_id, running FROM (
            SELECT id, variant_id, warehouse_id, quantity, override_reason, counterpart_id, sum(quantity) OVER (
                PARTITION BY variant_id, warehouse_id ORDER BY effective_at, position
            ) AS running FROM stock_ledger
        ) AS ordered
        WHERE running < 0 AND quantity < 0 AND override_reason IS NULL AND counterpart_id <> warehouse_id
    """,
}
