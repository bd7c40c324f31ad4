"""Which figures count for what (预警阈值的取值), as a part of statements: the nearest goods first, then the place."""

RULES = """
    JOIN variants AS of_variant ON of_variant.id = {variant}
    JOIN products AS of_product ON of_product.id = of_variant.product_id
    LEFT JOIN categories AS of_category ON of_category.id = of_product.category_id
    CROSS JOIN LATERAL (
        SELECT policy.* FROM watch_policies AS policy LEFT JOIN categories AS above ON above.id = policy.category_id
        WHERE (policy.warehouse_id IS NULL OR policy.warehouse_id = {warehouse})
          AND (policy.product_id = of_product.id OR policy.product_id IS NULL AND (
                policy.category_id IS NULL OR of_category.path = above.path
                OR starts_with(of_category.path, above.path || '/')))
        ORDER BY policy.product_id IS NULL, length(above.path) DESC NULLS LAST, policy.warehouse_id IS NULL LIMIT 1
    ) AS rules
"""
PLACE_RULES = """
    CROSS JOIN LATERAL (
        SELECT policy.* FROM watch_policies AS policy
        WHERE policy.product_id IS NULL AND policy.category_id IS NULL
          AND (policy.warehouse_id IS NULL OR policy.warehouse_id = {warehouse})
        ORDER BY policy.warehouse_id IS NULL LIMIT 1
    ) AS rules
"""


def rules_of(variant: str, warehouse: str = "NULL::uuid") -> str:
    """Join the figures that count for a variant in a warehouse (or wherever it is), as `rules`.

    The variant, its product and its category stand beside it as `of_variant`, `of_product` and `of_category`.
    """
    return RULES.format(variant=variant, warehouse=warehouse)


def rules_of_place(warehouse: str) -> str:
    """Join the figures that count for a warehouse, whatever lies in it, as `rules`."""
    return PLACE_RULES.format(warehouse=warehouse)
