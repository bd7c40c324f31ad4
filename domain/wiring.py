"""Who reacts to what (流程总表): the process of the whole company on one page, and the invariants it must keep.

What leaves the house stands on the second page, `workers/outbound.py`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from domain import (
    alerts,
    bundles,
    catalogue,
    channels,
    crm,
    customers,
    desk,
    distributors,
    drafts,
    erp,
    exchange,
    feedback,
    finance,
    fulfilment,
    identity,
    inventory,
    jobs,
    kernel,
    orders,
    papers,
    partners,
    pricing,
    printing,
    promotions,
    refunds,
    reporting,
    sheets,
    shipping,
    stocktaking,
    transfers,
    uploads,
)

CAPABILITIES = (
    kernel, identity, alerts, customers, catalogue, shipping, channels, partners, distributors, pricing, promotions,
    inventory, bundles, transfers, orders, stocktaking, drafts, refunds, fulfilment, exchange, crm, finance, erp,
    feedback, reporting, jobs, uploads, printing, papers, sheets, desk,
)  # fmt: skip

Reaction = Callable[[kernel.Work, Any], Awaitable[Any]]

REACTIONS: dict[type[kernel.Event], list[Reaction]] = {
    # Goods and prices: shops that show them are owed a push.
    catalogue.ProductChanged: [channels.mark_goods_owed, orders.match_waiting, exchange.owe_articles],
    catalogue.ProductRetired: [channels.unlist_retired, exchange.forget_retired],
    pricing.PriceChanged: [pricing.mark_prices_owed],
    channels.ShownRuleChanged: [channels.show_again],
    channels.VariantsListed: [
        pricing.price_listings,
        inventory.show_listed,
        bundles.show_listed,
        orders.match_listed,
    ],
    channels.SellerCodeRemembered: [orders.match_remembered],
    # Stock: every channel shows the change, what waits for it is served, what is abnormal raises an alert.
    inventory.StockChanged: [
        orders.retry_shortages,
        inventory.refresh_shown_stock,
        bundles.show_bundles_of,
        inventory.watch_stock,
    ],
    bundles.BundleChanged: [bundles.show_changed, orders.explode_bundles],
    inventory.StockRanShort: [inventory.watch_shortage],
    inventory.NegativeStockAttempted: [inventory.watch_attempt],
    inventory.StockReceived: [finance.book_stock_receipt],
    inventory.StockAdjusted: [
        finance.book_stock_difference,
        inventory.watch_adjustment,
        fulfilment.end_short_alerts,
    ],
    inventory.StockReturned: [finance.book_stock_return],
    inventory.StockRevalued: [finance.book_stock_revaluation],
    inventory.CostChanged: [finance.book_cost_change],
    inventory.ReceiptRepriced: [finance.book_new_price],
    inventory.WatchPolicySet: [inventory.watch_all_stock, reporting.analyse_reserves],
    # Counts: what is far off the book raises an alert until it is posted or given up.
    stocktaking.CountClosed: [stocktaking.watch_count],
    stocktaking.StocktakeEnded: [stocktaking.watch_count, fulfilment.end_counted_alerts],
    # A partner that runs a warehouse is told what is approved there, and what is under way to it.
    inventory.StockDocumentApproved: [exchange.announce_approved],
    transfers.TransferApproved: [exchange.announce_approved_transfer],
    transfers.TransferShipped: [exchange.follow_shipped_transfer],
    transfers.TransferEnded: [exchange.withdraw_ended_transfer],
    # Orders: one that no longer waits for stock is named by no alert, one that is not to go leaves its warehouse; a
    # partner that runs the warehouse ships.
    orders.OrderReviewed: [exchange.order_delivery],
    orders.OrderAllocated: [exchange.follow_allocated],
    orders.OrderSentBack: [fulfilment.follow_sent_back, exchange.withdraw_delivery],
    orders.OrderCancelled: [
        orders.end_shortages,
        fulfilment.follow_cancelled,
        exchange.withdraw_delivery,
        finance.credit_cancelled_exchange,
    ],
    # People: what one had to do who went off duty is given to who is on duty.
    identity.StaffWentOffDuty: [desk.pass_on],
    # Funds of distributors: what waited for them is checked again.
    distributors.FundsGrew: [orders.check_funds],
    orders.OrderDepositForfeited: [finance.book_forfeited_deposit],
    orders.OrderHoldsChanged: [exchange.follow_order],
    orders.OrderEdited: [orders.end_shortages, exchange.follow_order],
    orders.OrderRevised: [orders.end_shortages, fulfilment.follow_revised, exchange.follow_revised],
    # A parcel that left is owed by the buyer, who is told.
    fulfilment.OrderShipped: [finance.open_receivable, crm.send_shipping_notice],
    # What came back is owed to the buyer, unless it never did.
    fulfilment.GoodsCameBack: [fulfilment.confirm_what_came, finance.credit_return],
    fulfilment.ReturnVoided: [fulfilment.confirm_what_came, finance.withdraw_credit],
    # Goods that come back: a partner to which buyers send them is told what to expect.
    orders.ReturnExpected: [exchange.expect_exchanged],
    refunds.RefundDecided: [exchange.expect_refunded, fulfilment.end_difference],
    refunds.ReturnRefundMoved: [fulfilment.follow_return_refund, finance.pay_what_platform_paid],
    # Refunds: one may be read before its order; what a platform has decided otherwise need not be told it any more.
    orders.OrderImported: [refunds.find_orders],
    refunds.DecidedRefundMoved: [feedback.end_decision],
    # Reserves: judged by other rules, stock may stand otherwise.
    reporting.ReservePolicySet: [reporting.analyse_reserves],
}

INVARIANTS: dict[str, str] = {
    name: statement for capability in CAPABILITIES for name, statement in getattr(capability, "INVARIANTS", {}).items()
}
