"""What must hold between us and the ERP (ERP 对接恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "P1 a feed of sales says what its parcels and paid-back lines add up to": """
        SELECT feed.number FROM sales_feeds AS feed
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(goods_amount) FILTER (WHERE kind = 'SOLD'), 0) AS goods,
                coalesce(sum(goods_amount) FILTER (WHERE kind = 'RETURNED'), 0) AS returned,
                coalesce(sum(cost_amount) FILTER (WHERE kind = 'SOLD'), 0) AS cost,
                coalesce(sum(freight_amount), 0) AS freight
            FROM sales_feed_sources WHERE feed_id = feed.id
        ) AS source ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (WHERE kind = 'SOLD'), 0) AS goods,
                coalesce(sum(amount) FILTER (WHERE kind = 'RETURNED'), 0) AS returned
            FROM sales_feed_lines WHERE feed_id = feed.id
        ) AS line ON true
        WHERE (feed.goods_amount, feed.returned_amount, feed.cost_amount, feed.freight_amount, feed.goods_amount,
               feed.returned_amount)
            <> (source.goods, source.returned, source.cost, source.freight, line.goods, line.returned)
    """,
    "P2 a feed of sales has the parcels of its day and channel, as they are": """
        SELECT feed.number, shipment.number FROM sales_feed_sources AS source
        JOIN sales_feeds AS feed ON feed.id = source.feed_id
        LEFT JOIN shipments AS shipment ON shipment.id = source.source_id
        WHERE source.kind = 'SOLD'
          AND NOT EXISTS (SELECT FROM sales_feed_returns WHERE source_id = source.source_id)
          AND (shipment.id IS NULL OR shipment.channel_id <> feed.channel_id
          OR (shipment.shipped_at AT TIME ZONE interval '8 hours')::date <> feed.day
          OR shipment.goods_amount <> source.goods_amount OR shipment.freight_amount <> source.freight_amount)
    """,
    "P3 what was shipped before the sales were last told stands in a feed": """
        SELECT partner.code, shipment.number FROM partner_erps AS partner
        JOIN shipments AS shipment
            ON (shipment.shipped_at AT TIME ZONE interval '8 hours')::date BETWEEN partner.sales_from
                AND partner.sales_until - 1 AND shipment.shipped_at < partner.fed_at - interval '1 hour'
        WHERE NOT EXISTS (
            SELECT FROM sales_feed_sources WHERE partner_id = partner.id AND source_id = shipment.id
        )
    """,
    "P5 no more of a line is told as returned than was shipped of it": """
        SELECT partner_id, line.id, line.shipped_quantity, sum(CASE kind WHEN 'RETURNED' THEN told.quantity
            ELSE -told.quantity END) AS returned
        FROM sales_feed_returns AS told JOIN sales_feeds AS feed ON feed.id = told.feed_id
        JOIN order_lines AS line ON line.id = told.order_line_id GROUP BY partner_id, line.id
        HAVING sum(CASE kind WHEN 'RETURNED' THEN told.quantity ELSE -told.quantity END)
            NOT BETWEEN 0 AND line.shipped_quantity
    """,
    "P6 what came back before the sales were last told stands in a feed, unless all of it was paid back before": """
        SELECT partner.code, back.number FROM partner_erps AS partner
        JOIN goods_returns AS back ON back.voided_at IS NULL AND back.received_at < partner.fed_at - interval '1 hour'
          AND (back.received_at AT TIME ZONE interval '8 hours')::date BETWEEN partner.sales_from
              AND partner.sales_until - 1
        JOIN shipments AS shipment ON shipment.id = back.shipment_id
          AND (shipment.shipped_at AT TIME ZONE interval '8 hours')::date >= partner.sales_from
        WHERE NOT EXISTS (
            SELECT FROM sales_feed_sources WHERE partner_id = partner.id AND source_id = back.id
        ) AND EXISTS (
            SELECT FROM goods_return_lines AS came WHERE came.return_id = back.id AND NOT EXISTS (
                SELECT FROM sales_feed_sources WHERE partner_id = partner.id AND source_id = came.order_line_id)
        )
    """,
    "P4 a change of the ERP that was applied has its document": """
        SELECT change.id FROM erp_changes AS change
        LEFT JOIN stock_documents AS document ON document.id = change.document_id
        WHERE change.status = 'APPLIED' AND document.id IS NULL
    """,
    "each ERP is a partner": """
        SELECT code FROM partner_erps LEFT JOIN partners USING (id, code, name)
        WHERE partners.kind IS DISTINCT FROM 'ERP'
    """,
}
