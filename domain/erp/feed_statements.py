"""What a feed of sales is made of (销售日报取数): parcels and paid-back lines that stand in no feed yet, as sets."""

from sqlalchemy import text

# A day is a day of the company (UTC+8). What was paid back is told with the day it is seen, the last one that ended.
_UNTAKEN = """
    shipments.shipped_at >= :begins AND shipments.shipped_at < :ends AND NOT EXISTS (
        SELECT FROM sales_feed_sources AS taken
        WHERE taken.partner_id = :partner_id AND taken.source_id = shipments.id
    )
"""
_PAID_BACK = """
    FROM shipments
    JOIN shipment_lines AS part ON part.shipment_id = shipments.id
    JOIN order_lines AS line ON line.id = part.order_line_id
    WHERE shipments.shipped_at >= :begins AND shipments.shipped_at < :ends AND line.refund = 'SUCCEEDED'
      AND NOT EXISTS (
        SELECT FROM sales_feed_sources AS taken
        WHERE taken.partner_id = :partner_id AND taken.source_id = line.id
    )
"""
UNFED = text(f"""
    SELECT (shipments.shipped_at AT TIME ZONE interval '8 hours')::date AS day, shipments.channel_id, shipments.currency
    FROM shipments WHERE {_UNTAKEN} GROUP BY 1, 2, 3
    UNION
    SELECT CAST(:last_day AS date), shipments.channel_id, shipments.currency {_PAID_BACK} GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
""")  # noqa: S608 — our own words.
TAKE_PARCELS = text(f"""
    INSERT INTO sales_feed_sources (partner_id, source_id, feed_id, kind, goods_amount, freight_amount, cost_amount)
    SELECT :partner_id, shipments.id, :feed_id, 'SOLD', goods_amount, freight_amount, cost_amount
    FROM shipments WHERE {_UNTAKEN}
      AND (shipments.shipped_at AT TIME ZONE interval '8 hours')::date = :day
      AND shipments.channel_id = :channel_id AND shipments.currency = :currency
""")  # noqa: S608 — our own words.
TAKE_PAID_BACK = text(f"""
    INSERT INTO sales_feed_sources (partner_id, source_id, feed_id, kind, goods_amount, freight_amount, cost_amount)
    SELECT :partner_id, whole.order_line_id, :feed_id, 'RETURNED', sum(whole.amount), 0, sum(whole.cost_amount)
    FROM shipment_lines AS whole WHERE whole.order_line_id IN (
        SELECT line.id {_PAID_BACK} AND shipments.channel_id = :channel_id AND shipments.currency = :currency
    )
    GROUP BY whole.order_line_id
""")  # noqa: S608 — our own words.

# The discount of a part is what the same goods would have been without it: parts of a line add up to the line.
WRITE_LINES = text("""
    WITH part AS (
        SELECT taken.kind, part.variant_id, part.quantity, part.amount, part.cost_amount,
            round(line.list_amount * (before.quantity + part.quantity) / nullif(line.quantity, 0), 2)
                - round(line.list_amount * before.quantity / nullif(line.quantity, 0), 2) - part.amount AS discount
        FROM sales_feed_sources AS taken
        JOIN shipment_lines AS part
            ON CASE taken.kind WHEN 'SOLD' THEN part.shipment_id ELSE part.order_line_id END = taken.source_id
        JOIN order_lines AS line ON line.id = part.order_line_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(earlier.quantity), 0) AS quantity FROM shipment_lines AS earlier
            WHERE earlier.order_line_id = part.order_line_id AND earlier.shipment_id < part.shipment_id
        ) AS before
        WHERE taken.feed_id = :feed_id
    )
    INSERT INTO sales_feed_lines (feed_id, position, kind, variant_id, sku, quantity, amount, discount, cost_amount)
    SELECT :feed_id, row_number() OVER (ORDER BY part.kind DESC, variants.sku), part.kind, part.variant_id,
        variants.sku, sum(part.quantity), sum(part.amount), coalesce(sum(part.discount), 0), sum(part.cost_amount)
    FROM part JOIN variants ON variants.id = part.variant_id
    GROUP BY part.kind, part.variant_id, variants.sku
""")
TOTALS = text("""
    SELECT sold.*, freight.* FROM (
        SELECT coalesce(sum(quantity) FILTER (WHERE kind = 'SOLD'), 0) AS sold_quantity,
            coalesce(sum(amount) FILTER (WHERE kind = 'SOLD'), 0) AS goods_amount,
            coalesce(sum(discount) FILTER (WHERE kind = 'SOLD'), 0) AS discount_amount,
            coalesce(sum(cost_amount) FILTER (WHERE kind = 'SOLD'), 0) AS cost_amount,
            coalesce(sum(quantity) FILTER (WHERE kind = 'RETURNED'), 0) AS returned_quantity,
            coalesce(sum(amount) FILTER (WHERE kind = 'RETURNED'), 0) AS returned_amount,
            coalesce(sum(cost_amount) FILTER (WHERE kind = 'RETURNED'), 0) AS returned_cost
        FROM sales_feed_lines WHERE feed_id = :feed_id
    ) AS sold CROSS JOIN (
        SELECT coalesce(sum(freight_amount), 0) AS freight_amount FROM sales_feed_sources WHERE feed_id = :feed_id
    ) AS freight
""")
