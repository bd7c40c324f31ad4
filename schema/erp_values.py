"""What the values of the enums of the in-house ERP mean (ERP 枚举说明), in one sentence each."""

ERP_VALUES: dict[str, dict[str, str]] = {
    "ErpStatus": {"OPEN": "It is asked and told.", "PAUSED": "Somebody paused it."},
    "ErpStreamKind": {
        "THEIR_CHANGES": "What the ERP changed in its books is pulled (拉取变动).",
        "OUR_MOVEMENTS": "What moved in our books is pushed (推送流水).",
    },
    "ErpChangeStatus": {
        "RECEIVED": "Not looked at yet.",
        "APPLIED": "Our books say the same.",
        "WAITING": "It could not be applied yet; a person should look.",
        "UNREADABLE": "No rule understands it; a person should look.",
        "SET_ASIDE": "A person decided that nothing follows from it.",
    },
    "SalesFeedStatus": {
        "PENDING": "The ERP was not told yet.",
        "SENT": "The ERP was told and did not acknowledge it yet.",
        "ACKNOWLEDGED": "The ERP has it, under a number of its own.",
        "REFUSED": "The ERP refused it; a person must look.",
    },
    "SalesLineKind": {
        "SOLD": "Left to buyers (销售).",
        "RETURNED": "Was paid back to buyers, or came back (退款退货).",
    },
}
