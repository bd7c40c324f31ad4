"""What must hold of transfers (调拨恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "I10 in transit is shipped less received and lost": """
        SELECT line.id, line.shipped, line.received, line.lost, way.quantity, way.rest FROM stock_transfer_lines AS line
        LEFT JOIN (
            SELECT line_id, sum(quantity) AS quantity, sum(rest) AS rest FROM transit_lots GROUP BY line_id
        ) AS way ON way.line_id = line.id
        WHERE coalesce(way.quantity, 0) <> line.shipped
           OR coalesce(way.rest, 0) <> line.shipped - line.received - line.lost
    """,
    "I10 the place in transit holds what transfers carry": """
        SELECT * FROM (
            SELECT line.variant_id, sum(way.rest) AS rest
            FROM transit_lots AS way JOIN stock_transfer_lines AS line ON line.id = way.line_id GROUP BY line.variant_id
        ) AS carried
        FULL JOIN (
            SELECT variant_id, on_hand AS quantity FROM stock_items
            WHERE warehouse_id = '00000000-0000-7000-8000-000000000001'
        ) AS place USING (variant_id)
        WHERE coalesce(rest, 0) <> coalesce(quantity, 0)
    """,
    "I10 each shipment in transit is worth what is left of its cost": """
        SELECT way.id, way.rest, passed.quantity, passed.amount FROM transit_lots AS way
        JOIN LATERAL (
            SELECT sum(quantity) AS quantity, sum(cost_amount + coalesce((
                SELECT sum(cost_amount) FROM stock_ledger AS correction
                WHERE correction.adjusts_id = moved.id), 0)) AS amount
            FROM stock_ledger AS moved
            WHERE moved.id = way.movement_id OR moved.carries_id = way.movement_id AND moved.quantity < 0
        ) AS passed ON true
        WHERE passed.quantity <> way.rest OR (passed.amount < 0 OR way.rest = 0 AND passed.amount <> 0)
            AND NOT EXISTS (SELECT FROM cost_scoping WHERE cost_scope = 'COMPANY')
    """,
    "I10 a warehouse expects what is under way to it": """
        SELECT variant_id, warehouse_id, item.in_transit, carried.rest FROM (
            SELECT line.variant_id, transfer.to_warehouse_id AS warehouse_id, sum(way.rest) AS rest
            FROM transit_lots AS way JOIN stock_transfer_lines AS line ON line.id = way.line_id
            JOIN stock_transfers AS transfer ON transfer.id = way.transfer_id GROUP BY 1, 2
        ) AS carried
        FULL JOIN stock_items AS item USING (variant_id, warehouse_id)
        WHERE coalesce(item.in_transit, 0) <> coalesce(carried.rest, 0)
    """,
    "an ended transfer carries nothing": """
        SELECT transfer.number, line.id FROM stock_transfers AS transfer
        JOIN stock_transfer_lines AS line ON line.transfer_id = transfer.id
        WHERE (transfer.status = 'DONE' AND line.shipped <> line.received + line.lost)
           OR (transfer.status IN ('REQUESTED', 'CANCELLED') AND line.shipped <> 0)
    """,
}
