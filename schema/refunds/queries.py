"""What can be asked about refunds of platforms (退款单查询)."""

from typing import Any

import strawberry

from domain import refunds
from schema.base import Info, query
from schema.filters import IdFilter, limited
from schema.inventory.queries import keys_in
from schema.paging import Connection, page_request
from schema.refunds.types import PlatformRefund


@strawberry.input(description="Which refunds of platforms.")
class PlatformRefundFilter:
    """Conditions are combined by AND."""

    stages: list[refunds.RefundStage] | None = strawberry.field(default=None, description="In one of these stages.")
    channel: IdFilter | None = strawberry.field(default=None, description="Of these channels.")
    external_numbers: list[str] | None = strawberry.field(
        default=None, description="With one of these numbers of their platforms."
    )
    decision_refused: bool | None = strawberry.field(
        default=None, description="Only those whose platform did not take what was decided, or only the others."
    )


@strawberry.type
class RefundsQuery:
    """Root fields."""

    @query(
        Connection[PlatformRefund],
        "Refunds that buyers asked for on platforms, the last one first.",
        needs="refunds.view",
    )
    async def platform_refunds(
        self,
        info: Info,
        where: PlatformRefundFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or PlatformRefundFilter()
        numbers = given.external_numbers
        wanted = refunds.RefundFilter(
            stages=given.stages,
            channels=keys_in(given.channel, "Channel"),
            numbers=None if numbers is None else limited(numbers, "externalNumbers"),
            refused_there=given.decision_refused,
        )
        return await refunds.platform_refunds(info.context.read, wanted, page_request(first, after, last, before))
