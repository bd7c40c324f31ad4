"""What must hold of stocktakes (盘点恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "what is counted is the sum of the scans": """
        SELECT line.id, line.counted_quantity, scanned.quantity FROM stocktake_lines AS line
        LEFT JOIN (
            SELECT line_id, recount, sum(quantity) AS quantity FROM count_scans GROUP BY line_id, recount
        ) AS scanned ON scanned.line_id = line.id AND scanned.recount = line.recount
        WHERE coalesce(line.counted_quantity, 0) <> coalesce(scanned.quantity, 0)
    """,
    "a posted stocktake posted its differences": """
        SELECT stocktakes.number, line.id FROM stocktake_lines AS line
        JOIN stocktakes ON stocktakes.id = line.stocktake_id
        WHERE (line.document_id IS NOT NULL)
            <> (stocktakes.status = 'POSTED' AND coalesce(line.counted_quantity <> line.book_quantity, false))
    """,
}
