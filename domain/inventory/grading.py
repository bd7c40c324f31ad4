"""Classes of goods (ABC, XYZ 分类): how much of what is sold a variant makes up, and how evenly it is sold.

By what was sold over twelve weeks, at cost: the first 80 % are A, up to 95 % are B, the rest and what was not sold is
C. By how much the weeks differ: up to half of their mean is X, up to the mean Y, the rest Z.
"""

from enum import StrEnum


class ValueClass(StrEnum):
    """How much of what is sold a variant makes up (ABC)."""

    A = "A"
    B = "B"
    C = "C"


GRADES = """
weeks AS (
    SELECT variant_id, (:today - day) / 7 AS week, sum(sold) AS sold, sum(cost) AS cost
    FROM moved WHERE day > :today - 84 GROUP BY 1, 2
), grades AS (
    SELECT variant_id,
        CASE WHEN share_before < 0.80 THEN 'A' WHEN share_before < 0.95 THEN 'B' ELSE 'C' END AS value_class,
        CASE WHEN variation <= 0.5 THEN 'X' WHEN variation <= 1.0 THEN 'Y' ELSE 'Z' END AS demand_class
    FROM (
        SELECT variant_id,
            (sum(cost) OVER (ORDER BY cost DESC, variant_id) - cost) / nullif(sum(cost) OVER (), 0) AS share_before,
            sqrt(greatest(squared / 12 - (sold / 12) * (sold / 12), 0)) / nullif(sold / 12, 0) AS variation
        FROM (
            SELECT variant_id, sum(cost) AS cost, sum(sold) AS sold, sum(sold * sold) AS squared
            FROM weeks GROUP BY 1
        ) AS by_variant
        WHERE sold > 0
    ) AS graded
)"""
"""The relation `grades`, from `moved`: what was sold of a variant on a day, and at which cost."""

# What was sold is what is added up by day, and the few rows nobody has added up yet.
VALUE_CLASSES = f"""
    WITH moved AS (
        SELECT variant_id, day, out_quantity AS sold, out_amount AS cost FROM stock_days
        WHERE kind = 'SALE' AND day > :today - 84 AND day <= :today
        UNION ALL
        SELECT variant_id, (effective_at AT TIME ZONE interval '8 hours')::date, greatest(-quantity, 0),
            greatest(-cost_amount, 0)
        FROM stock_ledger WHERE position > stock_summed_to() AND kind = 'SALE'
    ), {GRADES}
    SELECT variants.id AS variant_id, coalesce(grades.value_class, 'C') AS value_class
    FROM variants LEFT JOIN grades ON grades.variant_id = variants.id
"""  # noqa: S608 — The formula is ours.
"""The class of every variant, as of today."""
