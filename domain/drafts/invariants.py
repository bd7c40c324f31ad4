"""What must hold of drafts (草稿恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "D1 a placed draft became an order of its channel, and each order at most one draft's": """
        SELECT draft.id, draft.status, draft.order_id FROM order_drafts AS draft
        LEFT JOIN orders ON orders.id = draft.order_id
        WHERE draft.status = 'PLACED' AND (orders.id IS NULL OR orders.channel_id <> draft.channel_id)
    """,
}
