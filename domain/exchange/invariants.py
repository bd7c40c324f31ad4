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
}
