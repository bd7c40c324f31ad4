"""What buyers returned before returns were documents of their own becomes such a return, and is owed to them.

What came back for an exchange was a stock document beside a note on the exchange, which pays with it: nothing is owed.
"""

from collections.abc import Sequence

from alembic import op


revision: str = '0077'
down_revision: str | None = '0076'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A return has the id of its stock document. Of a line that comes back in parts each is worth what the parts until
    # then are worth beyond the ones before, so that all together are worth the line, to the cent. A line that was put
    # into two bins by one document came back once.
    op.execute("""
        CREATE TEMPORARY TABLE earlier ON COMMIT DROP AS
        WITH came AS (
            SELECT document.id, min(moved.document_line) AS position, part.shipment_id, part.order_line_id, part.variant_id,
                sum(moved.quantity) AS quantity, sum(moved.cost_amount) AS cost_amount
            FROM stock_documents AS document
            JOIN stock_ledger AS moved ON moved.document_id = document.id AND moved.kind = 'SALE_RETURN'
                AND moved.reverses_id IS NULL
            JOIN stock_ledger AS sold ON sold.id = moved.carries_id AND sold.document_type = 'shipment'
            JOIN shipment_lines AS part ON part.shipment_id = sold.document_id AND part.position = sold.document_line
            WHERE document.kind = 'SALE_RETURN' AND document.status = 'POSTED'
              AND NOT EXISTS (SELECT FROM goods_returns WHERE goods_returns.document_id = document.id)
            GROUP BY document.id, part.shipment_id, part.order_line_id, part.variant_id
        ), rest AS (
            SELECT came.*, part.quantity - coalesce(known.quantity, 0) AS of_quantity,
                part.amount - coalesce(known.amount, 0) AS of_amount,
                sum(came.quantity) OVER (PARTITION BY came.shipment_id, came.order_line_id ORDER BY came.id) AS until
            FROM came JOIN shipment_lines AS part USING (shipment_id, order_line_id)
            LEFT JOIN LATERAL (
                SELECT sum(line.quantity) AS quantity, sum(line.amount) AS amount FROM goods_return_lines AS line
                JOIN goods_returns ON goods_returns.id = line.return_id AND goods_returns.voided_at IS NULL
                WHERE line.order_line_id = came.order_line_id AND goods_returns.shipment_id = came.shipment_id
            ) AS known ON true
        )
        SELECT id, position, shipment_id, order_line_id, variant_id, quantity, cost_amount,
            trunc(of_amount * until / of_quantity, 2) - trunc(of_amount * (until - quantity) / of_quantity, 2) AS amount,
            EXISTS (SELECT FROM expected_returns WHERE original_line_id = order_line_id AND received_quantity > 0)
                AS exchanged
        FROM rest WHERE of_quantity > 0
    """)
    # What was told to an ERP until now did not contain them: it hears of them as of the days it has not heard of.
    op.execute("""
        INSERT INTO goods_returns (id, shipment_id, order_id, channel_id, customer_id, warehouse_id, condition,
            document_id, currency, goods_amount, credit_amount, cost_amount, reason, received_by, received_at)
        SELECT document.id, parcel.id, parcel.order_id, parcel.channel_id, parcel.customer_id, document.warehouse_id,
            CASE WHEN place.sellable THEN 'GOOD' ELSE 'DEFECTIVE' END, document.id, parcel.currency,
            sum(line.amount), coalesce(sum(line.amount) FILTER (WHERE NOT line.exchanged), 0), sum(line.cost_amount),
            document.reason, coalesce(document.posted_by, document.drafted_by),
            greatest(document.posted_at, document.drafted_at, (SELECT max(fed_at) FROM partner_erps))
        FROM earlier AS line JOIN stock_documents AS document ON document.id = line.id
        JOIN shipments AS parcel ON parcel.id = line.shipment_id
        JOIN warehouses AS place ON place.id = document.warehouse_id
        GROUP BY document.id, parcel.id, place.id ORDER BY document.id
    """)
    op.execute("""
        INSERT INTO goods_return_lines (
            return_id, order_line_id, variant_id, position, quantity, amount, credit_amount, cost_amount)
        SELECT id, order_line_id, variant_id, position, quantity, amount,
            CASE WHEN exchanged THEN 0 ELSE amount END, cost_amount
        FROM earlier
    """)
    op.execute("""
        UPDATE order_lines SET returned_quantity = returned_quantity + back.quantity
        FROM (SELECT order_line_id, sum(quantity) AS quantity FROM earlier GROUP BY order_line_id) AS back
        WHERE order_lines.id = back.order_line_id
    """)
    op.execute("""
        UPDATE stock_documents SET origin = back.number, origin_id = back.id FROM goods_returns AS back
        WHERE stock_documents.id = back.document_id AND back.id IN (SELECT id FROM earlier)
    """)
    # The books follow as they do when goods come back.
    op.execute("""
        INSERT INTO events (id, name, subject, payload, actor_name, recorded_at)
        SELECT gen_random_uuid(), 'fulfilment.GoodsCameBack', 'return_id:' || back.id, jsonb_build_object(
            'return_id', back.id, 'order_id', back.order_id, 'channel_id', back.channel_id), back.received_by, now()
        FROM goods_returns AS back WHERE back.credit_amount > 0 AND back.id IN (SELECT id FROM earlier)
        ORDER BY back.id
    """)


def downgrade() -> None:
    pass
