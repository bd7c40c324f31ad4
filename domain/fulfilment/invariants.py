"""What must always hold of parcels (发货不变式): each statement returns the rows that break its rule."""

INVARIANTS = {
    "shipments are worth what is in them": """
        SELECT shipment.number
        FROM shipments AS shipment LEFT JOIN shipment_lines AS line ON line.shipment_id = shipment.id
        GROUP BY shipment.id
        HAVING coalesce(sum(line.amount), 0) <> shipment.goods_amount
            OR coalesce(sum(line.cost_amount), 0) <> shipment.cost_amount
            OR count(line.order_line_id) = 0
    """,
    "orders have shipped what their parcels hold": """
        SELECT line.id, line.shipped_quantity, sum(part.quantity) AS in_parcels
        FROM order_lines AS line JOIN shipment_lines AS part ON part.order_line_id = line.id
        GROUP BY line.id HAVING sum(part.quantity) <> line.shipped_quantity
    """,
    "the parts of a line that is shipped whole are worth the line": """
        SELECT line.id, line.line_amount, sum(part.amount) AS in_parcels
        FROM order_lines AS line JOIN shipment_lines AS part ON part.order_line_id = line.id
        WHERE line.shipped_quantity = line.quantity
        GROUP BY line.id HAVING sum(part.amount) <> line.line_amount
    """,
    "freight is charged once, with the first parcel": """
        SELECT orders.number, orders.freight_amount, sum(shipment.freight_amount) AS charged
        FROM orders JOIN shipments AS shipment ON shipment.order_id = orders.id
        GROUP BY orders.id HAVING sum(shipment.freight_amount) <> orders.freight_amount
    """,
    "I11 what is in a parcel has left the stock, at its cost": """
        SELECT part.shipment_id, part.position
        FROM shipment_lines AS part
        LEFT JOIN stock_ledger AS moved
            ON moved.document_type = 'shipment' AND moved.document_id = part.shipment_id
            AND moved.document_line = part.position AND moved.kind = 'SALE'
        GROUP BY part.shipment_id, part.order_line_id
        HAVING coalesce(-sum(moved.quantity), 0) <> part.quantity
            OR coalesce(-sum(moved.cost_amount), 0) <> part.cost_amount
    """,
}
