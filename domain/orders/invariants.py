"""What must hold of orders (订单恒等式), as SQL that returns the offending rows."""

from domain.orders.lifecycle import LEFT, OVER, TO_SHIP, WAITING

STATES = {"CLAIMS_NOTHING": OVER, "STILL_REVIEWED": WAITING, "PROMISED": TO_SHIP, "WITH_THE_BUYER": LEFT}

TEMPLATES: dict[str, str] = {
    "O1 every trade became one order, or is shown as unreadable": """
        SELECT trades.id, trades.external_number FROM trades
        LEFT JOIN orders ON orders.id = trades.order_id
            AND orders.channel_id = trades.channel_id AND orders.external_number = trades.external_number
        WHERE (trades.state = 'IMPORTED' AND orders.id IS NULL) OR trades.state = 'PENDING'
        UNION ALL
        SELECT orders.id, orders.external_number FROM orders
        WHERE source = 'IMPORTED' AND split_from_id IS NULL
          AND (SELECT count(*) FROM trades WHERE order_id = orders.id) <> 1
    """,
    "O2 an order is at least as new as its trade": """
        SELECT orders.id, orders.modified_at, trades.modified_at AS told_at
        FROM trades JOIN orders ON orders.id = trades.order_id
        WHERE trades.state = 'IMPORTED' AND orders.modified_at <> trades.modified_at
    """,
    "O3 the lines add up to the order": """
        SELECT orders.id, goods_amount, discount_amount, line.listed, line.paid FROM orders
        LEFT JOIN (
            SELECT order_id, sum(list_amount) AS listed, sum(line_amount) AS paid FROM order_lines GROUP BY order_id
        ) AS line ON line.order_id = orders.id
        WHERE status <> 'MERGED'
          AND (goods_amount <> coalesce(line.listed, 0) OR goods_amount - discount_amount <> coalesce(line.paid, 0))
    """,
    "O4 only open lines hold stock, never more than is open": """
        SELECT claims.order_line_id, claims.claim_class, claims.quantity, orders.status FROM claims
        LEFT JOIN order_lines AS line ON line.id = claims.order_line_id
        LEFT JOIN orders ON orders.id = line.order_id
        WHERE orders.id IS NULL OR orders.id <> claims.order_id OR line.variant_id <> claims.variant_id
           OR orders.status IN (CLAIMS_NOTHING)
           OR claims.quantity > line.quantity - line.shipped_quantity - line.cancelled_quantity
    """,
    "O5 the class of a claim is that of its order's state": """
        SELECT claims.order_line_id, claims.claim_class, orders.status FROM claims
        JOIN orders ON orders.id = claims.order_id
        WHERE claims.claim_class <> CASE WHEN orders.status IN (PROMISED) THEN 'TO_SHIP'
            WHEN orders.status = 'AWAITING_PAYMENT' THEN 'UNPAID' ELSE 'TO_REVIEW' END
          AND NOT (claims.claim_class = 'PREORDER' AND orders.status IN (STILL_REVIEWED))
    """,
    "O5 what is promised before it is there is of a preorder line, whole": """
        SELECT claims.order_line_id, orders.number, claims.quantity FROM claims
        JOIN order_lines AS line ON line.id = claims.order_line_id JOIN orders ON orders.id = line.order_id
        WHERE claims.claim_class = 'PREORDER' AND (line.ships_on IS NULL
            OR claims.quantity <> line.quantity - line.shipped_quantity - line.cancelled_quantity)
    """,
    "O6 what is promised to ship has its stock": """
        SELECT line.id, orders.number, orders.status FROM order_lines AS line JOIN orders ON orders.id = line.order_id
        LEFT JOIN claims ON claims.order_line_id = line.id
        WHERE orders.status IN (PROMISED)
          AND line.quantity - line.shipped_quantity - line.cancelled_quantity > 0
          AND coalesce(claims.quantity, 0) <> line.quantity - line.shipped_quantity - line.cancelled_quantity
    """,
    "O7 an order without its stock waits, and says why": """
        SELECT line.id, orders.number FROM order_lines AS line JOIN orders ON orders.id = line.order_id
        WHERE orders.status IN (STILL_REVIEWED)
          AND line.quantity - line.shipped_quantity - line.cancelled_quantity > 0
          AND NOT EXISTS (
            SELECT FROM claims WHERE claims.order_line_id = line.id AND claim_class <> 'PREORDER')
          AND NOT EXISTS (
            SELECT FROM order_holds WHERE order_id = orders.id AND released_at IS NULL
              AND reason IN ('SHORTAGE', 'UNMATCHED_GOODS'))
    """,
    "O8 no more is shipped and cancelled than was ordered": """
        SELECT id, quantity, shipped_quantity, cancelled_quantity FROM order_lines
        WHERE shipped_quantity + cancelled_quantity > greatest(quantity, 0)
    """,
    "O10 what was merged lives on in one order, and what was split in its parts": """
        SELECT orders.id, orders.number, orders.status FROM orders
        LEFT JOIN orders AS survivor ON survivor.id = orders.merged_into_id
        WHERE (orders.status = 'MERGED') <> (orders.merged_into_id IS NOT NULL)
           OR (orders.status = 'MERGED' AND (survivor.status = 'MERGED' OR survivor.currency <> orders.currency))
           OR (orders.status = 'SPLIT'
               AND 2 > (SELECT count(*) FROM orders AS part WHERE part.split_from_id = orders.id))
    """,
    "O11 what waits or is to ship is never a virtual bundle, but its components": """
        SELECT line.id, orders.number, variants.sku FROM order_lines AS line
        JOIN variants ON variants.id = line.variant_id AND NOT variants.stocked
        JOIN orders ON orders.id = line.order_id
        WHERE orders.status IN (STILL_REVIEWED, PROMISED)
          AND line.quantity > line.shipped_quantity + line.cancelled_quantity
    """,
    "O12 the components of a bundle say the same of it, each once": """
        SELECT order_id, bundle_line_id FROM order_lines WHERE bundle_line_id IS NOT NULL
        GROUP BY order_id, bundle_line_id
        HAVING min(bundle_title) <> max(bundle_title) OR min(bundle_quantity) <> max(bundle_quantity)
            OR min(bundle_id::text) <> max(bundle_id::text) OR count(DISTINCT bundle_part) <> count(*)
            OR count(DISTINCT external_number) > 1
    """,
    "O13 no more is sent again or expected back than was shipped": """
        SELECT line.id, line.shipped_quantity, sum(other.quantity - other.cancelled_quantity) AS named
        FROM order_lines AS other JOIN order_lines AS line ON line.id = other.original_line_id
        JOIN orders ON orders.id = other.order_id AND orders.status NOT IN ('MERGED', 'SPLIT')
        GROUP BY line.id HAVING sum(other.quantity - other.cancelled_quantity) > line.shipped_quantity
        UNION ALL
        SELECT line.id, line.shipped_quantity, sum(expected.quantity)
        FROM expected_returns AS expected JOIN order_lines AS line ON line.id = expected.original_line_id
        JOIN orders ON orders.id = expected.order_id AND orders.status <> 'CANCELLED'
        GROUP BY line.id
        HAVING sum(expected.quantity) > line.shipped_quantity OR sum(expected.credit_amount) > line.line_amount
    """,
    "O16 no more came back of a line than was shipped": """
        SELECT id, shipped_quantity, returned_quantity FROM order_lines
        WHERE returned_quantity < 0 OR returned_quantity > shipped_quantity
    """,
    "O14 an exchange takes off what comes back, as far as what goes out is worth": """
        SELECT orders.id, orders.number, goods_amount, discount_amount, back.credit FROM orders
        LEFT JOIN (
            SELECT order_id, sum(credit_amount) AS credit FROM expected_returns GROUP BY order_id
        ) AS back ON back.order_id = orders.id
        WHERE kind = 'EXCHANGE' AND discount_amount IS DISTINCT FROM least(goods_amount, back.credit)
    """,
    "O15 an order with a deposit that was agreed here is paid in full before it is reviewed": """
        SELECT orders.id, orders.number, paid_amount, total_amount FROM orders
        WHERE kind = 'DEPOSIT' AND source = 'PLACED' AND split_from_id IS NULL AND (
            (status IN (PROMISED) AND paid_amount <> total_amount)
            OR (forfeited_at IS NOT NULL AND (status <> 'CANCELLED' OR paid_amount <> deposit_amount)))
    """,
    "O9 an order that is over waits for nothing, one that left at most for a refund": """
        SELECT orders.id, orders.number, reason FROM order_holds JOIN orders ON orders.id = order_holds.order_id
        WHERE released_at IS NULL AND orders.status IN (CLAIMS_NOTHING)
          AND NOT (reason = 'REFUND_REQUESTED' AND orders.status IN (WITH_THE_BUYER))
    """,
}


def _stated(sql: str) -> str:
    for name, states in STATES.items():
        sql = sql.replace(name, ", ".join(f"'{each}'" for each in states))
    return sql


INVARIANTS: dict[str, str] = {name: _stated(sql) for name, sql in TEMPLATES.items()}
