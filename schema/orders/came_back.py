"""What of an order came back, and what is owed for it (退货与退款), as clients see it: a part of `Order`."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain import finance, fulfilment
from schema.base import edge

if TYPE_CHECKING:
    from schema.finance.types import OwedRefund
    from schema.fulfilment.returns import GoodsReturn


@strawberry.type
class CameBack:
    """What orders say of their returns."""

    returns: list[Annotated["GoodsReturn", strawberry.lazy("schema.fulfilment.returns")]] | None = edge(
        list[Annotated["GoodsReturn", strawberry.lazy("schema.fulfilment.returns")]] | None,
        fulfilment.returns_of_orders,
        "id",
        "What of it came back, the first return first; a voided one among them.",
        needs="fulfilment.view",
    )
    exchange_returns: list[Annotated["GoodsReturn", strawberry.lazy("schema.fulfilment.returns")]] | None = edge(
        list[Annotated["GoodsReturn", strawberry.lazy("schema.fulfilment.returns")]] | None,
        fulfilment.returns_of_exchanges,
        "id",
        "What came back for it, if it is an exchange, the first return first; a voided one among them.",
        needs="fulfilment.view",
    )
    owed_refunds: list[Annotated["OwedRefund", strawberry.lazy("schema.finance.types")]] | None = edge(
        list[Annotated["OwedRefund", strawberry.lazy("schema.finance.types")]] | None,
        finance.refunds_of,
        "id",
        "What is or was owed to the buyer for goods of it that came back, the oldest first.",
        needs="finance.view",
    )
