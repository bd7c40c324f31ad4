"""What must hold of refunds of platforms (退款恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "a refund is one of its order's platform": """
        SELECT refund.external_number FROM platform_refunds AS refund JOIN orders ON orders.id = refund.order_id
        WHERE orders.channel_id <> refund.channel_id OR orders.external_number IS DISTINCT FROM refund.trade_number
    """,
    "a refund is decided in a stage that allows it": """
        SELECT external_number, decision, decided_stage FROM platform_refunds
        WHERE (decision = 'AGREE' AND decided_stage NOT IN ('AWAITING_DECISION', 'REFUSED'))
           OR (decision = 'REFUSE' AND decided_stage NOT IN ('AWAITING_DECISION', 'GOODS_UNDER_WAY'))
           OR (decision = 'GOODS_BACK' AND decided_stage <> 'GOODS_UNDER_WAY')
    """,
}
