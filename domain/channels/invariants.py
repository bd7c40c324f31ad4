"""What must hold of channels, as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "C1 no shop was told more than is shown": """
        SELECT id FROM listings
        WHERE stock_told_version > stock_version OR goods_told_version > goods_version
           OR price_told_version > price_version
    """,
}
