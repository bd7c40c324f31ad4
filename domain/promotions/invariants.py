"""What must hold of gifts (赠品恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "a limited gift rule counts what it gave": """
        SELECT rule.id, rule.sends, given.times FROM gift_rules AS rule
        LEFT JOIN (SELECT rule_id, count(*) AS times FROM gift_sends WHERE undone_at IS NULL GROUP BY 1) AS given
            ON given.rule_id = rule.id
        WHERE rule.total_max IS NOT NULL AND rule.sends <> coalesce(given.times, 0)
    """,
    "a gift rule limited per customer counts each of them": """
        SELECT coalesce(given.rule_id, counted.rule_id), counted.sends, given.times FROM (
            SELECT send.rule_id, send.customer_id, count(*) AS times
            FROM gift_sends AS send JOIN gift_rules AS rule ON rule.id = send.rule_id
            WHERE undone_at IS NULL AND customer_id IS NOT NULL AND rule.per_customer_max IS NOT NULL GROUP BY 1, 2
        ) AS given FULL JOIN gift_counts AS counted USING (rule_id, customer_id)
        WHERE coalesce(given.times, 0) <> coalesce(counted.sends, 0)
    """,
}
