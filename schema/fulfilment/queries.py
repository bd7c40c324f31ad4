"""What can be asked about shipping (发货查询)."""

from typing import Any

import strawberry

from domain import fulfilment
from schema.base import Info, query
from schema.fulfilment.types import Carrier


@strawberry.type
class FulfilmentQuery:
    """Root fields."""

    @query(list[Carrier], "The carriers a parcel can be handed to.", needs="fulfilment.view")
    def carriers(self, info: Info) -> Any:  # noqa: ARG002 — the guard reads it.
        return list(fulfilment.CARRIERS.values())
