"""What the values of the enums of feedback mean (回传枚举说明), in one sentence each."""

FEEDBACK_VALUES: dict[str, dict[str, str]] = {
    "RefundStage": {
        "AWAITING_DECISION": "The buyer asks, the seller has yet to decide (待卖家处理).",
        "AGREED": "The seller agreed, the platform has yet to pay (已同意).",
        "AWAITING_GOODS": "The buyer has yet to send the goods back (待买家退货).",
        "GOODS_UNDER_WAY": "The goods are on their way back, or there (待卖家收货).",
        "REFUSED": "The seller refused; the buyer may ask again (卖家拒绝).",
        "PAID_BACK": "It was paid back (退款成功).",
        "CLOSED": "It was withdrawn, or ended by the platform (退款关闭).",
    },
    "RefundDecision": {
        "AGREE": "Pay back, or let the goods come back first (同意).",
        "REFUSE": "Do not pay back (拒绝).",
        "GOODS_BACK": "The goods are back: pay (确认收货).",
    },
    "FeedbackKind": {
        "STATE": "How far the trade is with us (订单状态).",
        "SHIPMENT": "That a parcel left (发货).",
        "MEMO": "The seller's memo and flag (备注旗帜).",
        "REFUND": "What was decided about a refund (退款审核).",
    },
    "FeedbackStatus": {
        "OWED": "It is being told, or will be tried again.",
        "TOLD": "The channel knows it.",
        "FAILED": "The channel refused it; a person must look.",
        "OVERTAKEN": "It need not be told any more: the trade has gone further since.",
    },
}
