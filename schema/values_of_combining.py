"""What each value of the enums of merging and splitting means (合单拆单枚举说明)."""

VALUES_OF_COMBINING: dict[str, dict[str, str]] = {
    "MergeMode": {
        "OFF": "None (不合并).",
        "SAME_SHOP": "Those of one shop (同店铺合并).",
        "SAME_GROUP": "Those of shops of one platform in one group (同平台店铺组合并).",
    },
    "SplitBy": {
        "WAREHOUSE": "Each warehouse sends the lines it has whole and may send (按仓库拆分).",
        "STOCK": "What one warehouse can send now is cut off from the rest (按库存拆分).",
        "DESIGNATION": "Goods designated to warehouses that have none in common part (按指定仓拆分).",
        "PREORDER": "Preorder goods wait, the others leave (预售拆分).",
        "LARGE_GOODS": "Every large piece travels alone (大件拆分).",
    },
    "ShipNow": {
        "IN_STOCK_AND_NO_WORD": "What is in stock and has no preorder word (有货且无预售词).",
        "IN_STOCK": "What is in stock (有货).",
        "NO_WORD": "What has no preorder word (无预售词).",
        "IN_STOCK_OR_NO_WORD": "What is in stock, or has no preorder word (有货或无预售词).",
    },
    "MergeCondition": {
        "SAME_BUYER": "Both have the same buyer (同一买家).",
        "SAME_RECEIVER": "Both have the same receiver and phone (同一收件人).",
        "SAME_AREA": "Both go to the same area (同一地区).",
        "SAME_ADDRESS": "Both go to the same address (同一地址).",
        "SAME_SHOPS": "Both are of one shop, or of shops that merge with each other (同店铺或同组).",
        "MERGING_ALLOWED": "The shop allows merging (店铺允许合并).",
        "PREPAID": "It is paid, and not on delivery (已付款).",
        "SAME_WAREHOUSE": "Both are served from the same warehouse (同一仓库).",
        "TO_REVIEW": "It waits for review (待审核).",
        "NOT_TAKEN": "Nobody else is responsible for it (未被他人领取).",
        "NOT_FROZEN": "It waits for no reason that must be looked at (未冻结).",
        "NEVER_SPLIT": "It was never split and is no part (未拆分过).",
        "NEVER_SENT_BACK": "It was never sent back from after review (未驳回).",
        "IMPORTED": "It came from its platform (平台导入).",
        "OF_NORMAL_KIND": "It is no resend, exchange, preorder or deposit order (普通订单).",
        "NO_REFUND": "Nobody asked for a refund, or the shop merges despite it (无退款).",
        "NO_LARGE_GOODS": "It has no goods that travel alone (无大件).",
        "ONE_SURVIVOR": "At most one of them has taken up others already (仅一个主单).",
        "AT_MOST_SIX": "Together they come from at most six orders (最多六单).",
    },
}
