"""The life of an order (订单状态), as one table. Holds are a set of reasons beside it."""

from enum import StrEnum

from domain.kernel import Lifecycle


class OrderStatus(StrEnum):
    """Where an order stands."""

    DRAFT = "DRAFT"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    UNREVIEWED = "UNREVIEWED"
    AWAITING_FINANCE = "AWAITING_FINANCE"
    REVIEWED = "REVIEWED"
    RELEASED = "RELEASED"
    PICKED = "PICKED"
    PACKED = "PACKED"
    PARTLY_SHIPPED = "PARTLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    MERGED = "MERGED"
    SPLIT = "SPLIT"
    CANCELLED = "CANCELLED"
    CLOSED = "CLOSED"


S = OrderStatus

LIFECYCLE = Lifecycle[OrderStatus](
    "order",
    {
        S.DRAFT: {S.AWAITING_PAYMENT, S.UNREVIEWED, S.CANCELLED},
        # A platform may tell us late: what was awaiting payment may already be shipped, completed or refunded there.
        S.AWAITING_PAYMENT: {S.UNREVIEWED, S.CANCELLED, S.CLOSED, S.SHIPPED, S.COMPLETED},
        S.UNREVIEWED: {
            S.AWAITING_FINANCE,
            S.REVIEWED,
            S.MERGED,
            S.SPLIT,
            S.CANCELLED,
            S.CLOSED,
            S.SHIPPED,
            S.COMPLETED,
        },
        S.AWAITING_FINANCE: {S.REVIEWED, S.UNREVIEWED, S.CANCELLED, S.CLOSED},
        S.REVIEWED: {S.UNREVIEWED, S.RELEASED, S.PARTLY_SHIPPED, S.SHIPPED, S.CANCELLED, S.CLOSED},
        S.RELEASED: {S.REVIEWED, S.PICKED, S.PARTLY_SHIPPED, S.SHIPPED, S.CANCELLED, S.CLOSED},
        # What is called back from the warehouse goes back to the desk that reviewed it, at whatever stage it was.
        S.PICKED: {S.REVIEWED, S.RELEASED, S.PACKED, S.CANCELLED, S.CLOSED},
        S.PACKED: {S.REVIEWED, S.PICKED, S.PARTLY_SHIPPED, S.SHIPPED, S.CANCELLED, S.CLOSED},
        S.PARTLY_SHIPPED: {S.SHIPPED, S.CLOSED},
        # Both can be undone; of what was merged, the platform may have cancelled everything meanwhile.
        S.MERGED: {S.UNREVIEWED, S.CANCELLED},
        S.SPLIT: {S.UNREVIEWED},
        # A buyer may pay on the platform what was cancelled here: the money is there, so the order lives again.
        S.CANCELLED: {S.UNREVIEWED},
        S.SHIPPED: {S.DELIVERED, S.COMPLETED, S.CLOSED},
        S.DELIVERED: {S.COMPLETED, S.CLOSED},
    },
)

WAITING = (S.AWAITING_PAYMENT, S.UNREVIEWED, S.AWAITING_FINANCE)
"""States in which the order still belongs to review."""

TO_SHIP = (S.REVIEWED, S.RELEASED, S.PICKED, S.PACKED, S.PARTLY_SHIPPED)
"""States in which the warehouse may ship."""

LEFT = (S.SHIPPED, S.DELIVERED, S.COMPLETED)
"""States in which the goods are with the buyer or on their way: a refund that is requested still waits for somebody."""

OVER = (S.SHIPPED, S.DELIVERED, S.COMPLETED, S.MERGED, S.SPLIT, S.CANCELLED, S.CLOSED)
"""States in which nothing is claimed any more."""
