"""Kinds of orders (订单类型): what an order is for, and what follows from that wherever orders are treated alike."""

from enum import StrEnum


class OrderKind(StrEnum):
    """What an order is for."""

    NORMAL = "NORMAL"
    RESEND = "RESEND"
    EXCHANGE = "EXCHANGE"
    PREORDER = "PREORDER"
    DEPOSIT = "DEPOSIT"


K = OrderKind

FOLLOWING = (K.RESEND, K.EXCHANGE)
"""What refers to an original: a person reviews it, no rule gives gifts for it or judges its price."""

UNDIVIDED = (K.EXCHANGE,)
"""What is agreed for the whole: it is not split."""
