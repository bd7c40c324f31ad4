"""What must hold of prices, as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "P1 no price is finer than a cent or negative": """
        SELECT id FROM prices WHERE unit_price <> round(unit_price, 2) OR unit_price < 0
    """,
    "P2 a list of a channel is in its currency": """
        SELECT price_lists.id FROM price_lists JOIN channels ON channels.id = price_lists.channel_id
        WHERE channels.currency <> price_lists.currency
    """,
}
