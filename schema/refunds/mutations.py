"""What can be decided about refunds of platforms (退款审核)."""

from typing import Any

import strawberry

from domain import refunds
from schema.mutating import Call, mutation
from schema.refunds.types import PlatformRefund


@strawberry.input(description="A refund to be agreed to (同意退款).")
class AgreeRefundInput:
    """Its platform pays back, or lets the goods come back first."""

    id: strawberry.ID = strawberry.field(description="The refund.")
    although_shipped: bool = strawberry.field(
        default=False, description="Pay back although the goods have left and do not come back."
    )
    expected_version: int | None = strawberry.field(default=None, description="The version that was seen.")


@strawberry.input(description="A refund to be refused (拒绝退款).")
class RefuseRefundInput:
    """Its buyer reads the reason on the platform."""

    id: strawberry.ID = strawberry.field(description="The refund.")
    reason: str = strawberry.field(description="Why, in at most 200 characters.")
    expected_version: int | None = strawberry.field(default=None, description="The version that was seen.")


@strawberry.input(description="A refund of which the goods are back (确认收货).")
class ConfirmRefundGoodsInput:
    """Its platform pays back."""

    id: strawberry.ID = strawberry.field(description="The refund.")
    expected_version: int | None = strawberry.field(default=None, description="The version that was seen.")


@strawberry.type
class RefundsMutation:
    """Mutations."""

    @mutation(PlatformRefund)
    async def agree_refund(self, call: Call, input: AgreeRefundInput) -> Any:  # noqa: A002
        key, shipped = call.key("PlatformRefund", input.id), input.although_shipped
        return await call.perform(refunds.agree_refund, key, input.expected_version, although_shipped=shipped)

    @mutation(PlatformRefund)
    async def refuse_refund(self, call: Call, input: RefuseRefundInput) -> Any:  # noqa: A002
        key = call.key("PlatformRefund", input.id)
        return await call.perform(refunds.refuse_refund, key, input.reason, input.expected_version)

    @mutation(PlatformRefund)
    async def confirm_refund_goods(self, call: Call, input: ConfirmRefundGoodsInput) -> Any:  # noqa: A002
        key = call.key("PlatformRefund", input.id)
        return await call.perform(refunds.confirm_refund_goods, key, input.expected_version)
