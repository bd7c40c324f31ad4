"""What must hold of distributors (经销商恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "each distributor is a partner of its name": """
        SELECT distributors.code FROM distributors LEFT JOIN partners
            ON partners.id = distributors.id AND partners.kind = 'DISTRIBUTOR' AND partners.name = distributors.name
        WHERE partners.id IS NULL OR partners.active <> distributors.active
    """,
    "the balance of a distributor is the sum of its entries": """
        SELECT distributors.code, balance, coalesce(sum(entry.amount), 0) AS entered FROM distributors
        LEFT JOIN distributor_entries AS entry ON entry.distributor_id = distributors.id
        GROUP BY distributors.id HAVING balance <> coalesce(sum(entry.amount), 0)
    """,
    "each parcel on account is charged once, for what it is worth": """
        SELECT shipments.number, shipments.goods_amount + shipments.freight_amount AS worth, entry.amount
        FROM shipments JOIN distributors USING (channel_id)
        LEFT JOIN distributor_entries AS entry ON entry.cause_id = shipments.id AND entry.kind = 'SHIPMENT'
        WHERE shipments.shipped_at >= distributors.created_at
            AND shipments.goods_amount + shipments.freight_amount + coalesce(entry.amount, 0) <> 0
    """,
}
