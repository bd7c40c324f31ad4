"""What must hold between us and partners (外仓恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "X1 a plan that a partner carries out is bound to a paper that is not over": """
        SELECT document.id FROM stock_documents AS document
        LEFT JOIN exchange_papers AS paper ON paper.id = document.origin_id
        WHERE document.status = 'APPROVED' AND document.origin IS NOT NULL
          AND (paper.id IS NULL OR paper.status IN ('DONE', 'CANCELLED'))
    """,
    "X2 what a partner confirmed of an order has left it": """
        SELECT line.source_line_id, sum(line.confirmed), ordered.shipped_quantity FROM exchange_paper_lines AS line
        JOIN exchange_papers AS paper ON paper.id = line.paper_id AND paper.source = 'ORDER'
        JOIN order_lines AS ordered ON ordered.id = line.source_line_id
        GROUP BY line.source_line_id, ordered.shipped_quantity HAVING sum(line.confirmed) > ordered.shipped_quantity
    """,
    "X3 a paper is closed when it is over": """
        SELECT id FROM exchange_papers WHERE (status IN ('DONE', 'CANCELLED')) <> (closed_at IS NOT NULL)
    """,
    "X4 who runs a warehouse is a partner": """
        SELECT code FROM partner_warehouses LEFT JOIN partners USING (id, code, name)
        WHERE partners.kind IS DISTINCT FROM 'WMS'
    """,
    "X5 what is held is to leave and has not left": """
        SELECT variant_id, warehouse_id, item.held, waiting.quantity FROM (
            SELECT variant_id, warehouse_id, sum(quantity) AS quantity FROM (
                SELECT line.variant_id, transfer.from_warehouse_id AS warehouse_id,
                    line.approved - line.shipped AS quantity
                FROM stock_transfer_lines AS line JOIN stock_transfers AS transfer ON transfer.id = line.transfer_id
                WHERE transfer.status IN ('APPROVED', 'IN_TRANSIT')
                UNION ALL
                SELECT line.variant_id, paper.warehouse_id, line.held
                FROM exchange_paper_lines AS line JOIN exchange_papers AS paper ON paper.id = line.paper_id
                WHERE line.held > 0
            ) AS leaving GROUP BY 1, 2
        ) AS waiting
        FULL JOIN stock_items AS item USING (variant_id, warehouse_id)
        WHERE coalesce(item.held, 0) <> coalesce(waiting.quantity, 0)
    """,
    "X6 goods are held for what a partner still has to let out": """
        SELECT line.paper_id, line.position, line.held FROM exchange_paper_lines AS line
        JOIN exchange_papers AS paper ON paper.id = line.paper_id
        WHERE line.held > 0 AND (paper.source <> 'STOCK_DOCUMENT' OR paper.kind <> 'STOCKOUT'
            OR paper.status IN ('REFUSED', 'DONE', 'CANCELLED') OR line.held > line.planned - line.confirmed)
    """,
}
