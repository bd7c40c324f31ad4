"""What must hold of customers, as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "I4 a buyer of a channel is one customer": """
        SELECT channel_id, external_id FROM customer_identities
        GROUP BY channel_id, external_id HAVING count(*) > 1
    """,
}
