"""What must hold of what channels were told (回传恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "B1 what a channel knows has its moment, and no problem": """
        SELECT id FROM order_feedback WHERE status = 'TOLD' AND (told_at IS NULL OR problem IS NOT NULL)
    """,
    "B2 of a trade its own channel is told": """
        SELECT told.id FROM order_feedback AS told JOIN orders ON orders.id = told.order_id
        WHERE orders.channel_id <> told.channel_id OR orders.external_number IS NULL
    """,
}
