"""What must hold of bundles (套件恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "a bundle is made of something, and of no bundle": """
        SELECT bundles.variant_id FROM bundles
        LEFT JOIN bundle_components AS component ON component.bundle_id = bundles.variant_id
        LEFT JOIN bundles AS inner_one ON inner_one.variant_id = component.component_id
        WHERE component.bundle_id IS NULL OR inner_one.variant_id IS NOT NULL
    """,
    "virtual bundles, and nothing else, are never in stock": """
        SELECT variants.sku, bundles.kind FROM variants
        LEFT JOIN bundles ON bundles.variant_id = variants.id AND bundles.kind = 'VIRTUAL'
        WHERE stocked = (bundles.variant_id IS NOT NULL)
        UNION ALL
        SELECT variants.sku, 'on hand' FROM stock_items JOIN variants ON variants.id = variant_id
        WHERE NOT stocked AND (on_hand <> 0 OR unpaid <> 0 OR to_review <> 0 OR to_ship <> 0 OR preorder <> 0)
    """,
}
