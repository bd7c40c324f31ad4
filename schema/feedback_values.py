"""What the values of the enums of feedback mean (回传枚举说明), in one sentence each."""

FEEDBACK_VALUES: dict[str, dict[str, str]] = {
    "FeedbackKind": {
        "STATE": "How far the trade is with us (订单状态).",
        "SHIPMENT": "That a parcel left (发货).",
        "MEMO": "The seller's memo and flag (备注旗帜).",
    },
    "FeedbackStatus": {
        "OWED": "It is being told, or will be tried again.",
        "TOLD": "The channel knows it.",
        "FAILED": "The channel refused it; a person must look.",
        "OVERTAKEN": "It need not be told any more: the trade has gone further since.",
    },
}
