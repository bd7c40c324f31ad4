"""What a feed of sales is made of (销售日报取数): parcels and paid-back lines that stand in no feed yet, as sets."""

from sqlalchemy import text

# A day is a day of the company (UTC+8). What was paid back or came back is told with the day it is seen, the last one
# that ended. What of a line was told as returned already is not told again, whether it was paid back or came back.
_UNTAKEN = """
    shipments.shipped_at >= :begins AND shipments.shipped_at < :ends AND NOT EXISTS (
        SELECT FROM sales_feed_sources AS taken
        WHERE taken.partner_id = :partner_id AND taken.source_id = shipments.id
    )
"""
_TOLD = """
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE told.kind WHEN 'RETURNED' THEN told.quantity ELSE -told.quantity END), 0) AS quantity,
            coalesce(sum(CASE told.kind WHEN 'RETURNED' THEN told.amount ELSE -told.amount END), 0) AS amount,
            coalesce(sum(CASE told.kind WHEN 'RETURNED' THEN told.discount ELSE -told.discount END), 0) AS discount,
            coalesce(sum(CASE told.kind WHEN 'RETURNED' THEN told.cost_amount ELSE -told.cost_amount END), 0) AS cost
        FROM sales_feed_returns AS told JOIN sales_feeds AS earlier ON earlier.id = told.feed_id
        WHERE earlier.partner_id = :partner_id AND told.order_line_id = line.id
    ) AS told
"""
_PAID_BACK = f"""
    FROM shipments
    JOIN shipment_lines AS part ON part.shipment_id = shipments.id
    JOIN order_lines AS line ON line.id = part.order_line_id
    {_TOLD}
    WHERE shipments.shipped_at >= :begins AND shipments.shipped_at < :ends AND line.refund = 'SUCCEEDED'
      AND told.quantity < line.shipped_quantity AND NOT EXISTS (
        SELECT FROM sales_feed_sources AS taken
        WHERE taken.partner_id = :partner_id AND taken.source_id = line.id
    )
"""
_CAME_BACK = f"""
    FROM goods_returns AS back
    JOIN shipments ON shipments.id = back.shipment_id
    JOIN goods_return_lines AS came ON came.return_id = back.id
    JOIN order_lines AS line ON line.id = came.order_line_id
    {_TOLD}
    WHERE back.received_at >= :begins AND back.received_at < :ends AND back.voided_at IS NULL
      AND shipments.shipped_at >= :sold_from AND told.quantity < line.shipped_quantity AND NOT EXISTS (
        SELECT FROM sales_feed_sources AS taken
        WHERE taken.partner_id = :partner_id AND taken.source_id = back.id
    )
"""
_UNDONE = """
    FROM goods_returns AS back
    JOIN shipments ON shipments.id = back.shipment_id
    JOIN stock_documents AS void ON void.voids_id = back.document_id
    JOIN sales_feed_sources AS known ON known.partner_id = :partner_id AND known.source_id = back.id
    JOIN sales_feed_returns AS came ON came.feed_id = known.feed_id AND came.source_id = back.id
    WHERE back.voided_at >= :begins AND back.voided_at < :ends AND NOT EXISTS (
        SELECT FROM sales_feed_sources AS taken
        WHERE taken.partner_id = :partner_id AND taken.source_id = void.id
    )
"""
_HERE = "AND shipments.channel_id = :channel_id AND shipments.currency = :currency"
_GROUP = "SELECT CAST(:last_day AS date), shipments.channel_id, shipments.currency"
UNFED = text(f"""
    SELECT (shipments.shipped_at AT TIME ZONE interval '8 hours')::date AS day, shipments.channel_id, shipments.currency
    FROM shipments WHERE {_UNTAKEN} GROUP BY 1, 2, 3
    UNION {_GROUP} {_PAID_BACK} GROUP BY 1, 2, 3
    UNION {_GROUP} {_CAME_BACK} GROUP BY 1, 2, 3
    UNION {_GROUP} {_UNDONE} GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
""")  # noqa: S608 — our own words.
TAKE_PARCELS = text(f"""
    INSERT INTO sales_feed_sources (partner_id, source_id, feed_id, kind, goods_amount, freight_amount, cost_amount)
    SELECT :partner_id, shipments.id, :feed_id, 'SOLD', goods_amount, freight_amount, cost_amount
    FROM shipments WHERE {_UNTAKEN}
      AND (shipments.shipped_at AT TIME ZONE interval '8 hours')::date = :day
      AND shipments.channel_id = :channel_id AND shipments.currency = :currency
""")  # noqa: S608 — our own words.
_TAKE = """
    WITH taken AS (
        INSERT INTO sales_feed_returns (
            feed_id, source_id, order_line_id, kind, variant_id, quantity, amount, discount, cost_amount)
        {rows}
        RETURNING source_id, kind, amount, cost_amount
    )
    INSERT INTO sales_feed_sources (partner_id, source_id, feed_id, kind, goods_amount, freight_amount, cost_amount)
    SELECT :partner_id, source_id, :feed_id, kind, sum(amount), 0, sum(cost_amount) FROM taken GROUP BY source_id, kind
"""
# What came back for an exchange is worth what goes beyond the goods that go out; the rest was never sold for money.
TAKE_CAME_BACK = text(
    _TAKE.format(
        rows=f"""
        SELECT :feed_id, back.id, line.id, 'RETURNED', came.variant_id, came.quantity, came.credit_amount,
            CASE WHEN back.exchange_id IS NULL
                THEN round(line.list_amount * came.quantity / nullif(line.quantity, 0), 2) - came.amount ELSE 0 END,
            came.cost_amount
        {_CAME_BACK} {_HERE}
"""
    )
)
# A return that never was: what was told as returned is sold after all.
TAKE_UNDONE = text(
    _TAKE.format(
        rows=f"""
        SELECT :feed_id, void.id, came.order_line_id, 'SOLD', came.variant_id, came.quantity, came.amount,
            came.discount, came.cost_amount
        {_UNDONE} {_HERE}
"""
    )
)
TAKE_PAID_BACK = text(
    _TAKE.format(
        rows=f"""
        SELECT :feed_id, line.id, line.id, 'RETURNED', whole.variant_id, whole.quantity - told.quantity,
            whole.amount - told.amount,
            round(line.list_amount * whole.quantity / nullif(line.quantity, 0), 2) - whole.amount - told.discount,
            whole.cost - told.cost
        FROM order_lines AS line
        CROSS JOIN LATERAL (
            SELECT min(part.variant_id::text)::uuid AS variant_id, sum(part.quantity) AS quantity,
                sum(part.amount) AS amount, sum(part.cost_amount) AS cost
            FROM shipment_lines AS part WHERE part.order_line_id = line.id
        ) AS whole
        {_TOLD}
        WHERE line.id IN (SELECT line.id {_PAID_BACK} {_HERE})
"""  # noqa: S608 — our own words.
    )
)
TAKE_BACK = (TAKE_CAME_BACK, TAKE_PAID_BACK, TAKE_UNDONE)

# The discount of a part is what the same goods would have been without it: parts of a line add up to the line.
WRITE_LINES = text("""
    WITH part AS (
        SELECT taken.kind, part.variant_id, part.quantity, part.amount, part.cost_amount,
            round(line.list_amount * (before.quantity + part.quantity) / nullif(line.quantity, 0), 2)
                - round(line.list_amount * before.quantity / nullif(line.quantity, 0), 2) - part.amount AS discount
        FROM sales_feed_sources AS taken
        JOIN shipment_lines AS part ON part.shipment_id = taken.source_id
        JOIN order_lines AS line ON line.id = part.order_line_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(earlier.quantity), 0) AS quantity FROM shipment_lines AS earlier
            WHERE earlier.order_line_id = part.order_line_id AND earlier.shipment_id < part.shipment_id
        ) AS before
        WHERE taken.feed_id = :feed_id
        UNION ALL
        SELECT kind, variant_id, quantity, amount, cost_amount, discount FROM sales_feed_returns
        WHERE feed_id = :feed_id
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
