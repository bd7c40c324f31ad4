"""What can be asked about shipping (发货查询)."""

from typing import Any

import strawberry

from domain import shipping
from schema.base import Info, query
from schema.shipping.types import Carrier


@strawberry.type
class FulfilmentQuery:
    """Root fields."""

    @query(list[Carrier], "The carriers a parcel can be handed to, the first choice first.", needs="fulfilment.view")
    async def carriers(self, info: Info) -> Any:
        return await shipping.carriers(info.context.read)
