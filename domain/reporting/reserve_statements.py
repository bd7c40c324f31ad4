"""The reserve analysis as one statement (储备分析语句): everything is judged at once, from days already added up.

A month of a company's ledger would take a person's patience row by row; as sets it takes seconds.
"""

from sqlalchemy import Date, DateTime, bindparam, text

from domain import inventory

# The rules of a variant: of its product, else of the nearest category above, else of everything.
RULES = """
WITH rules AS (
    SELECT variants.id AS of_variant, chosen.* FROM variants
    JOIN products ON products.id = variants.product_id
    LEFT JOIN categories ON categories.id = products.category_id
    CROSS JOIN LATERAL (
        SELECT policy.slow_days::int, policy.days_max, policy.overstock_days, policy.turnover_days::int,
            policy.turnover_min, policy.sales_days::int, policy.lead_days, policy.cover_days, policy.z
        FROM reserve_policies AS policy LEFT JOIN categories AS above ON above.id = policy.category_id
        WHERE policy.product_id = products.id
           OR policy.product_id IS NULL AND (
                policy.category_id IS NULL OR categories.path = above.path
                OR starts_with(categories.path, above.path || '/'))
        ORDER BY policy.product_id IS NULL, length(above.path) DESC NULLS LAST LIMIT 1
    ) AS chosen
)"""

# What moved on each day: what is added up by day, and the few rows nobody has added up yet.
MOVED = """
moved AS (
    SELECT variant_id, warehouse_id, day, sum(net) AS net, sum(gone) AS gone, sum(sold) AS sold, sum(cost) AS cost
    FROM (
        SELECT variant_id, warehouse_id, day, in_quantity - out_quantity AS net, out_quantity AS gone,
            CASE WHEN kind = 'SALE' THEN out_quantity ELSE 0 END AS sold,
            CASE WHEN kind = 'SALE' THEN out_amount ELSE 0 END AS cost
        FROM stock_days
        UNION ALL
        SELECT variant_id, warehouse_id, (effective_at AT TIME ZONE interval '8 hours')::date, quantity,
            greatest(-quantity, 0), CASE WHEN kind = 'SALE' THEN greatest(-quantity, 0) ELSE 0 END,
            CASE WHEN kind = 'SALE' THEN greatest(-cost_amount, 0) ELSE 0 END
        FROM stock_ledger WHERE position > stock_summed_to() AND counterpart_id <> warehouse_id
    ) AS parts
    WHERE day <= :today
    GROUP BY 1, 2, 3
)"""

# The average of what was there at the end of each day follows from what is there now and from each day's change,
# weighted by how many days of the period lie before it.
TOLD = """
told AS (
    SELECT variant_id, warehouse_id, min(day) AS first_day, max(day) FILTER (WHERE sold > 0) AS last_sold_on,
        coalesce(sum(sold) FILTER (WHERE day > :today - sales_days), 0) AS sold,
        coalesce(sum(sold * sold) FILTER (WHERE day > :today - sales_days), 0) AS sold_squared,
        coalesce(sum(gone) FILTER (WHERE day > :today - turnover_days), 0) AS gone,
        coalesce(sum(net * (day - (:today - turnover_days + 1))) FILTER (WHERE day > :today - turnover_days), 0)
            AS weighted
    FROM moved JOIN rules ON of_variant = variant_id
    GROUP BY 1, 2
)"""

# How many days of the period ended with nothing there; goods that came later count from their first day.
EMPTY = """
changes AS (
    SELECT moved.variant_id, moved.warehouse_id, day, net, item.on_hand, turnover_days,
        sum(net) OVER (PARTITION BY moved.variant_id, moved.warehouse_id ORDER BY day DESC) AS since,
        lead(day, 1, :today + 1) OVER (PARTITION BY moved.variant_id, moved.warehouse_id ORDER BY day) - day AS lasted,
        row_number() OVER (PARTITION BY moved.variant_id, moved.warehouse_id ORDER BY day) AS nth
    FROM moved JOIN rules ON of_variant = moved.variant_id JOIN stock_items AS item USING (variant_id, warehouse_id)
    WHERE day > :today - turnover_days
), empty AS (
    SELECT variant_id, warehouse_id,
        sum(CASE WHEN on_hand - since + net <= 0 THEN lasted ELSE 0 END
            + CASE WHEN nth = 1 AND on_hand - since <= 0 AND first_day <= :today - turnover_days
                THEN day - (:today - turnover_days + 1) ELSE 0 END) AS days
    FROM changes JOIN told USING (variant_id, warehouse_id) GROUP BY 1, 2
)"""

# What is too little and too much is said for a variant in its warehouse, else by the nearest watch policy.
STOOD = f"""
limits AS (
    SELECT item.variant_id, item.warehouse_id, rules.safety, rules.maximum
    FROM stock_items AS item {inventory.rules_of("item.variant_id", "item.warehouse_id")}
), stood AS (
    SELECT item.variant_id, item.warehouse_id, place.sellable, item.on_hand,
        {inventory.FREE_OF_ITEM} AS available, item.in_transit,
        CASE WHEN cost.scope_id <> '{inventory.COMPANY}' THEN cost.value
            WHEN place.valued AND cost.quantity > 0 THEN round(cost.value * item.on_hand / cost.quantity, 2)
            ELSE 0 END AS value,
        coalesce(item.safety, limits.safety) AS safety, coalesce(item.maximum, limits.maximum) AS limited_to,
        rules.*, told.first_day, told.last_sold_on,
        coalesce(told.gone, 0) AS gone, coalesce(told.sold, 0) / sales_days AS daily,
        sqrt(greatest(coalesce(told.sold_squared, 0) / sales_days
            - (coalesce(told.sold, 0) / sales_days) * (coalesce(told.sold, 0) / sales_days), 0)) AS deviation,
        item.on_hand - coalesce(told.weighted, 0) / turnover_days AS average_on_hand,
        1 - empty.days::numeric / least(turnover_days, :today - told.first_day + 1) AS in_stock_rate
    FROM stock_items AS item
    JOIN warehouses AS place ON place.id = item.warehouse_id
        AND place.kind NOT IN ('IN_TRANSIT', 'SUPPLIER', 'CUSTOMER', 'LOSS')
    JOIN rules ON of_variant = item.variant_id
    LEFT JOIN stock_costs AS cost ON cost.variant_id = item.variant_id AND cost.scope_id = CASE
        WHEN place.valued AND {inventory.COMPANY_WIDE} THEN CAST('{inventory.COMPANY}' AS uuid)
        ELSE item.warehouse_id END
    LEFT JOIN limits ON limits.variant_id = item.variant_id AND limits.warehouse_id = item.warehouse_id
    LEFT JOIN told ON told.variant_id = item.variant_id AND told.warehouse_id = item.warehouse_id
    LEFT JOIN empty ON empty.variant_id = item.variant_id AND empty.warehouse_id = item.warehouse_id
), needed AS (
    SELECT *, coalesce(safety, z * deviation * sqrt(lead_days::numeric)) AS minimum FROM stood
), judged AS (
    SELECT *, daily * lead_days + minimum AS reorder_point, daily * (lead_days + cover_days) + minimum AS target,
        coalesce(limited_to, daily * overstock_days + minimum) AS maximum,
        on_hand / nullif(daily, 0) AS days_of_stock, gone / nullif(average_on_hand, 0) AS turnover,
        on_hand > 0 AND coalesce(last_sold_on, first_day) <= :today - slow_days AS slow
    FROM needed
), classed AS (
    SELECT *, coalesce(available + in_transit > maximum, false) AS overstock,
        available + in_transit < minimum AS shortage,
        on_hand > 0 AND NOT coalesce(slow, false)
            AND (coalesce(turnover < turnover_min, false) OR coalesce(days_of_stock > days_max, false)) AS backlog,
        greatest(available + in_transit - maximum, 0) AS excess, greatest(minimum - available - in_transit, 0) AS lack,
        floor(greatest(available - target, 0)) AS spare,
        ceil(greatest(target - available - in_transit, 0)) AS wanted
    FROM judged
)"""  # noqa: S608 — The formula is ours.

# Who lacks has nothing to spare, so the warehouse with the most to spare is always another one; and the other way
# round.
NEIGHBOURS = """
givers AS (
    SELECT DISTINCT ON (variant_id) variant_id, warehouse_id, spare FROM classed
    WHERE sellable AND spare > 0 ORDER BY variant_id, spare DESC, warehouse_id
), takers AS (
    SELECT DISTINCT ON (variant_id) variant_id, warehouse_id, wanted FROM classed
    WHERE sellable AND shortage AND wanted > 0 ORDER BY variant_id, wanted DESC, warehouse_id
), advised AS (
    SELECT classed.*, givers.warehouse_id AS giver, givers.spare AS given, takers.warehouse_id AS taker,
        takers.wanted AS taken,
        CASE
            WHEN shortage AND sellable AND givers.spare > 0 AND classed.wanted > 0 THEN 'TRANSFER_IN'
            WHEN shortage AND sellable AND classed.wanted > 0 THEN 'PURCHASE'
            WHEN (overstock OR slow OR backlog) AND classed.spare > 0 AND takers.wanted > 0 THEN 'TRANSFER_OUT'
            WHEN slow AND last_sold_on IS NULL THEN 'RETURN_TO_SUPPLIER'
            WHEN overstock OR slow OR backlog THEN 'PROMOTE'
            ELSE 'NONE'
        END AS suggestion,
        CASE WHEN on_hand > 0 THEN value / on_hand ELSE 0 END AS unit_cost
    FROM classed LEFT JOIN givers USING (variant_id) LEFT JOIN takers USING (variant_id)
), costed AS (
    SELECT *, round(least(value, greatest(
            CASE WHEN slow THEN value ELSE 0 END,
            CASE WHEN backlog AND days_of_stock > days_max THEN value - unit_cost * daily * days_max
                WHEN backlog THEN value ELSE 0 END,
            CASE WHEN overstock THEN unit_cost * excess ELSE 0 END)), 2) AS tied_up
    FROM advised
)"""

WRITE = """
INSERT INTO reserves (variant_id, warehouse_id, place, on_hand, available, value, overstock, shortage, slow,
    backlog, excess, lack, tied_up, minimum, maximum, reorder_point, in_transit, safety_set,
    lead_days, cover_days, z, daily_sales, daily_deviation, days_of_stock,
    turnover, average_on_hand, last_sold_on, in_stock_rate, value_class, demand_class, suggestion,
    suggested_quantity, other_warehouse_id, analysed_at)
SELECT costed.variant_id, costed.warehouse_id,
    row_number() OVER (ORDER BY tied_up DESC, shortage DESC, costed.variant_id, costed.warehouse_id),
    on_hand, available, value, overstock, shortage, coalesce(slow, false), backlog, coalesce(excess, 0), lack,
    tied_up, minimum, maximum, reorder_point, in_transit, safety IS NOT NULL, lead_days, cover_days, z,
    daily, deviation, days_of_stock, turnover, average_on_hand,
    last_sold_on, in_stock_rate, coalesce(value_class, 'C'), coalesce(demand_class, 'Z'), suggestion,
    CASE suggestion
        WHEN 'TRANSFER_IN' THEN least(wanted, given) WHEN 'PURCHASE' THEN wanted
        WHEN 'TRANSFER_OUT' THEN least(spare, taken) WHEN 'NONE' THEN 0
        ELSE CASE WHEN slow THEN available ELSE greatest(spare, coalesce(excess, 0)) END
    END,
    CASE suggestion WHEN 'TRANSFER_IN' THEN giver WHEN 'TRANSFER_OUT' THEN taker END, :now
FROM costed LEFT JOIN grades USING (variant_id)
"""

PARTS = (RULES, MOVED, TOLD, EMPTY, inventory.GRADES, STOOD, NEIGHBOURS)
ANALYSE = text(",".join(PARTS) + WRITE).bindparams(
    bindparam("today", type_=Date), bindparam("now", type_=DateTime(timezone=True))
)
