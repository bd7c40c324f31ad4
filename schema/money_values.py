"""What the values of the enums of money mean (财务枚举说明), in one sentence each."""

MONEY_VALUES: dict[str, dict[str, str]] = {
    "FundsKind": {
        "RECEIPT": "Money came in (充值).",
        "RECEIPT_VOIDED": "A receipt was voided (充值冲销).",
        "SHIPMENT": "A parcel left (发货扣款).",
        "SALE_VOIDED": "What a parcel was sold for was voided (发货冲销).",
        "RETURN": "Goods came back (退货返款).",
        "RETURN_VOIDED": "A return that was wrong was undone (退货冲销).",
        "REFUND": "What was owed, or not used, was paid out (退款支付).",
        "REFUND_VOIDED": "Such a payment was voided (退款冲销).",
    },
    "TaxRounding": {
        "LINE": "For each line of a parcel (按行).",
        "DOCUMENT": "Once for all lines of a parcel with the same rate (按单).",
    },
    "EntryPurpose": {
        "SALE": "Revenue of a parcel (销售收入).",
        "COST": "Cost of a parcel's goods (销售成本).",
        "RECEIPT": "Money that came in (收款).",
        "SETTLEMENT": "An advance, or a refund, that settles a receivable (预收冲应收).",
        "RETURN": "What is owed for goods that came back (销售退回).",
        "RETURN_VOIDED": "A return that was wrong, undone (退货冲销).",
        "REFUND": "Money paid for goods that came back, or paid back (退款支付).",
        "STOCK_RECEIPT": "Goods that came in (入库).",
        "STOCK_DIFFERENCE": "Stock put right (盘盈盘亏).",
        "STOCK_RETURN": "Goods that came back from a buyer (销售退货).",
        "COST_CHANGE": "Stock became worth more or less (成本调整).",
        "FORFEIT": "A deposit that the house keeps (没收定金).",
        "VOID": "The reversal of an entry (红字冲销).",
    },
    "AccountKind": {
        "ASSET": "What we have (资产).",
        "LIABILITY": "What we owe (负债).",
        "EQUITY": "What belongs to the owners (所有者权益).",
        "INCOME": "What was earned (收入).",
        "EXPENSE": "What it cost (费用).",
    },
    "OpenItemOrderField": {"DUE_ON": "By due date.", "OPENED_AT": "By opening."},
    "JournalEntryOrderField": {"DATE": "By date.", "POSTED_AT": "By posting."},
}
