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
    "a delivered order has no parcel that is not": """
        SELECT orders.number, shipment.number AS parcel, shipment.delivery FROM orders
        JOIN shipments AS shipment ON shipment.order_id = orders.id
        WHERE orders.status = 'DELIVERED' AND shipment.delivery IS DISTINCT FROM 'SIGNED'
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
    "what lives on in other orders is in no parcel itself": """
        SELECT shipment.number, orders.number AS of_order, orders.status FROM orders
        JOIN shipments AS shipment ON shipment.order_id = orders.id WHERE orders.status IN ('MERGED', 'SPLIT')
    """,
    "freight is charged once, with the first parcel": """
        SELECT orders.number, orders.freight_amount, sum(shipment.freight_amount) AS charged
        FROM orders JOIN shipments AS shipment ON shipment.order_id = orders.id
        GROUP BY orders.id HAVING sum(shipment.freight_amount) <> orders.freight_amount
    """,
    "a return is worth what came back by it, and its goods are in stock at what they had cost": """
        SELECT back.number FROM goods_returns AS back
        LEFT JOIN goods_return_lines AS line ON line.return_id = back.id
        LEFT JOIN LATERAL (
            SELECT sum(moved.quantity) AS quantity FROM stock_ledger AS moved
            WHERE moved.document_id = back.document_id AND moved.document_line = line.position
              AND moved.kind = 'SALE_RETURN' AND moved.reverses_id IS NULL
        ) AS moved ON true
        GROUP BY back.id
        HAVING coalesce(sum(line.amount), 0) <> back.goods_amount OR sum(line.credit_amount) <> back.credit_amount
            OR sum(line.cost_amount) <> back.cost_amount OR bool_or(moved.quantity IS DISTINCT FROM line.quantity)
            OR (back.voided_at IS NULL) <> EXISTS (
                SELECT FROM stock_documents WHERE stock_documents.id = back.document_id AND status = 'POSTED')
    """,
    "I18 order lines have back what their returns brought, worth no more than was paid": """
        SELECT line.id, line.returned_quantity, back.quantity, back.amount, line.line_amount FROM order_lines AS line
        LEFT JOIN LATERAL (
            SELECT sum(part.quantity) AS quantity, sum(part.amount) AS amount FROM goods_return_lines AS part
            JOIN goods_returns ON goods_returns.id = part.return_id AND goods_returns.voided_at IS NULL
            WHERE part.order_line_id = line.id
        ) AS back ON true
        WHERE line.shipped_quantity > 0
          AND (coalesce(back.quantity, 0) <> line.returned_quantity OR back.amount > line.line_amount)
    """,
    "what came back for an exchange is what it received, and only what goes beyond it is owed": """
        SELECT orders.number FROM orders
        JOIN (SELECT order_id, sum(received_quantity) AS came, sum(CASE WHEN received_quantity = quantity
                THEN credit_amount ELSE trunc(credit_amount * received_quantity / quantity, 2) END) AS worth
            FROM expected_returns GROUP BY order_id) AS expected ON expected.order_id = orders.id
        LEFT JOIN (SELECT exchange_id, sum(goods_amount) AS worth, sum(credit_amount) AS credit FROM goods_returns
            WHERE voided_at IS NULL GROUP BY exchange_id) AS back ON back.exchange_id = orders.id
        WHERE back.exchange_id IS NOT NULL AND (back.worth <> expected.worth
            OR back.credit <> greatest(expected.worth - orders.discount_amount, 0))
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
    "what lies on the trolleys is what was picked and has neither left nor been put back": """
        SELECT variant_id, warehouse_id, lot_key, staged.quantity, kept.quantity AS kept
        FROM (
            SELECT balance.variant_id, balance.warehouse_id, coalesce(balance.lot_id::text, '') AS lot_key,
                sum(balance.on_hand) AS quantity
            FROM stock_balances AS balance JOIN bins ON bins.id = balance.bin_id AND bins.staging GROUP BY 1, 2, 3
        ) AS staged
        FULL JOIN (
            SELECT variant_id, warehouse_id, coalesce(lot_id::text, '') AS lot_key,
                sum(picked - left_house - put_back) AS quantity
            FROM pick_lines GROUP BY 1, 2, 3
        ) AS kept USING (variant_id, warehouse_id, lot_key)
        WHERE coalesce(staged.quantity, 0) <> coalesce(kept.quantity, 0)
    """,
    "what was picked was moved out of its bins, once": """
        SELECT wave_id, variant_id, lot_key, bin_key, picked.quantity, moved.quantity AS moved
        FROM (
            SELECT wave_id, variant_id, coalesce(lot_id::text, '') AS lot_key, coalesce(bin_id::text, '') AS bin_key,
                sum(picked) AS quantity
            FROM pick_lines GROUP BY 1, 2, 3, 4
        ) AS picked
        FULL JOIN (
            SELECT picks.wave_id, ledger.variant_id, coalesce(ledger.lot_id::text, '') AS lot_key,
                coalesce(ledger.bin_id::text, '') AS bin_key, -sum(ledger.quantity) AS quantity
            FROM picks JOIN stock_ledger AS ledger
                ON ledger.document_type = 'Pick' AND ledger.document_id = picks.id AND ledger.quantity < 0
            GROUP BY 1, 2, 3, 4
        ) AS moved USING (wave_id, variant_id, lot_key, bin_key)
        WHERE coalesce(picked.quantity, 0) <> coalesce(moved.quantity, 0)
    """,
    "no more is planned and picked of a released line than is to be sent": """
        SELECT line.id, line.quantity, sum(part.quantity - part.to_put_back - part.put_back) AS planned
        FROM release_lines AS line JOIN pick_lines AS part ON part.release_line_id = line.id
        JOIN releases AS release ON release.id = line.release_id AND release.ended_at IS NULL
        GROUP BY line.id HAVING sum(part.quantity - part.to_put_back - part.put_back) > line.quantity
    """,
    "what is to be put back is somebody's task": """
        SELECT line.id, line.to_put_back, sum(task.quantity) AS asked
        FROM pick_lines AS line LEFT JOIN put_backs AS task ON task.pick_line_id = line.id AND task.done_at IS NULL
        GROUP BY line.id HAVING coalesce(sum(task.quantity), 0) <> line.to_put_back
    """,
    "picked and packed orders have all their goods on the trolley": """
        SELECT line.id, line.quantity, sum(part.picked - part.to_put_back - part.put_back) AS there
        FROM release_lines AS line
        JOIN releases AS release ON release.id = line.release_id AND release.stage IN ('PICKED', 'PACKED')
        LEFT JOIN pick_lines AS part ON part.release_line_id = line.id
        GROUP BY line.id
        HAVING coalesce(sum(part.picked - part.to_put_back - part.put_back), 0) <> line.quantity
    """,
    "an order in the hands of a warehouse has one open release": """
        SELECT orders.number, orders.status FROM orders
        LEFT JOIN releases AS release ON release.order_id = orders.id AND release.ended_at IS NULL
        WHERE orders.status IN ('RELEASED', 'PICKED', 'PACKED') AND release.id IS NULL
    """,
    "no more of a released line is in packages than is to be sent": """
        SELECT line.id, line.quantity, sum(part.quantity) AS packed
        FROM release_lines AS line JOIN package_lines AS part ON part.release_line_id = line.id
        JOIN packages AS package ON package.id = part.package_id AND package.status <> 'CANCELLED'
        GROUP BY line.id HAVING sum(part.quantity) > line.quantity
    """,
    "packed orders are in sealed packages, whole": """
        SELECT line.id, line.quantity, sum(part.quantity) AS packed
        FROM release_lines AS line
        JOIN releases AS release ON release.id = line.release_id AND release.stage IN ('PACKED', 'HANDED_OVER')
            AND release.wave_id IS NOT NULL
        LEFT JOIN (
            SELECT release_line_id, quantity FROM package_lines JOIN packages ON packages.id = package_id
            WHERE status IN ('SEALED', 'HANDED_OVER')
        ) AS part ON part.release_line_id = line.id
        GROUP BY line.id HAVING coalesce(sum(part.quantity), 0) <> line.quantity
    """,
    "a package that was handed over is its parcel": """
        SELECT package.number, part.order_line_id FROM packages AS package
        JOIN package_lines AS part ON part.package_id = package.id
        LEFT JOIN shipments AS shipment ON shipment.id = package.shipment_id
        LEFT JOIN shipment_lines AS line
            ON line.shipment_id = shipment.id AND line.order_line_id = part.order_line_id
        WHERE package.status = 'HANDED_OVER'
          AND (line.quantity IS DISTINCT FROM part.quantity OR shipment.waybill <> package.waybill)
    """,
    "what was handed over left the trolley": """
        SELECT line.id, sum(line.left_house) AS gone, sum(packed.quantity) AS packed FROM (
            SELECT release_line_id AS id, sum(left_house) AS left_house FROM pick_lines GROUP BY 1
        ) AS line
        FULL JOIN (
            SELECT release_line_id AS id, sum(quantity) AS quantity FROM package_lines
            JOIN packages ON packages.id = package_id AND status = 'HANDED_OVER' GROUP BY 1
        ) AS packed USING (id)
        GROUP BY line.id, packed.id
        HAVING coalesce(sum(line.left_house), 0) <> coalesce(sum(packed.quantity), 0)
    """,
    "a package bears the number its carrier gave it": """
        SELECT package.number, waybill.number AS given FROM waybills AS waybill
        JOIN packages AS package ON package.id = waybill.package_id
        WHERE waybill.status IN ('ISSUED', 'CONFIRMED')
          AND (package.waybill IS DISTINCT FROM waybill.number OR package.status = 'CANCELLED')
    """,
}
