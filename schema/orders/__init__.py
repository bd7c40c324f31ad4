"""Orders (订单) as clients see and change them; the words of their states are registered before any type uses them."""

import strawberry

from domain import orders

strawberry.enum(orders.OrderStatus, description="Where an order stands; holds are a set of reasons beside it.")
strawberry.enum(orders.OrderKind, description="What an order is for.")
strawberry.enum(orders.OrderSource, description="How an order came to us.")
strawberry.enum(orders.BlacklistedBy, description="By what a blacklisted buyer is known again.")
strawberry.enum(orders.BlacklistVerdict, description="What becomes of the orders of a blacklisted buyer.")
strawberry.enum(orders.ReviewCondition, description="What must hold for a rule to approve an order.")
strawberry.enum(orders.HoldReason, description="Why an order waits.")
strawberry.enum(orders.IncomingRefundStatus, name="RefundStatus", description="Where the refund of a line stands.")
strawberry.enum(orders.OrderWorklist, description="What is to be done next with an order.")
strawberry.enum(orders.DecisionKind, description="What was decided about an order.")
strawberry.enum(orders.MergeMode, description="Which orders of one buyer may become one parcel.")
strawberry.enum(orders.MergeCondition, description="What must hold for two orders to be merged.")
strawberry.enum(orders.SplitBy, description="By what an order is split.")
strawberry.enum(orders.ShipNow, description="Which goods of an order with preorder goods leave at once.")
