"""What orders are checked by (订单校验设置), as clients see and set it: policies, and the blacklist."""

from datetime import datetime
from typing import Any

import strawberry

from domain import channels, kernel, orders
from schema.base import Info, Node, edge, entity, query
from schema.channels.types import Channel
from schema.measures import Currency, Money, amount_of
from schema.mutating import Call, mutation
from schema.orders.inputs import OrderInput, OrderReasonInput, ReceiverInput
from schema.orders.translating import on_order, optional_key, receiver_of, with_reason
from schema.orders.types import Order
from schema.paging import Connection, page_request
from schema.scalars import DecimalValue

VIEW = "orders.view"
SEES_BLACKLIST = "orders.view_blacklist"


@entity(
    reader=orders.order_policies_by_id,
    needs=VIEW,
    description="By which limits the orders of a channel, or of the company, are checked and reviewed.",
)
class OrderPolicy(Node):
    """What is null, false or empty is not checked."""

    amount_min: Money | None = amount_of(Money | None, "amount_min", "A smaller total is unusual (AMOUNT_UNUSUAL).")
    amount_max: Money | None = amount_of(Money | None, "amount_max", "A larger total is unusual (AMOUNT_UNUSUAL).")
    finance_above_amount: Money | None = amount_of(
        Money | None, "finance_above_amount", "A larger total needs a second review by finance."
    )
    same_buyer_orders: int | None = strawberry.field(
        description="From how many orders of one buyer, district and day on they wait (SAME_BUYER)."
    )
    holds_messages: bool = strawberry.field(
        description="Whether a buyer's message makes an order wait (BUYER_MESSAGE)."
    )
    holds_memos: bool = strawberry.field(description="Whether a seller's memo makes an order wait (SELLER_MEMO).")
    harmless_words: list[str] = strawberry.field(
        description="Messages and memos that say nothing but these words do not make an order wait."
    )
    held_flags: list[int] = strawberry.field(description="The seller's flags that make an order wait (SELLER_MEMO).")
    holds_siblings: bool = strawberry.field(
        description="Whether another order of the buyer that could go along makes both wait (UNMERGED_SIBLINGS)."
    )
    review_delay_minutes: int = strawberry.field(
        description="How long after payment no rule approves an order yet; a person may."
    )
    reviews_restocked: bool = strawberry.field(
        description="Whether an order that waited only for stock is approved when it comes, without a rule."
    )
    stops_outdated_papers: bool = strawberry.field(
        description="Whether an order is neither packed nor shipped while its slip, invoice list or label is outdated."
    )
    draft_days: int = strawberry.field(description="For how many days a draft waits to be saved again or placed.")
    version: int = strawberry.field(description="Give it as `expectedVersion` to be refused when someone was faster.")
    updated_at: datetime = strawberry.field(description="Since when, in UTC.")
    updated_by: str = strawberry.field(description="Who set it.")
    channel: Channel | None = edge(
        Channel | None,
        channels.channels_by_id,
        "channel_id",
        "Of which channel; null for the others.",
        needs="channels.view",
    )


@entity(
    reader=orders.blacklist_entries_by_id,
    needs=SEES_BLACKLIST,
    description="Somebody whose orders wait for a person, or are not taken.",
)
class BlacklistEntry(Node):
    """Removed ones stay to be read."""

    known_by: orders.BlacklistedBy = strawberry.field(description="By what the buyer is known again.")
    shown: str = strawberry.field(description="Who it is: the masked phone, the customer's number, or name and city.")
    verdict: orders.BlacklistVerdict = strawberry.field(description="What becomes of the orders.")
    reason: str = strawberry.field(description="Why.")
    expires_at: datetime | None = strawberry.field(description="Until when, in UTC; null means for ever.")
    added_at: datetime = strawberry.field(description="When it was added, in UTC.")
    added_by: str = strawberry.field(description="Who added it.")
    removed_at: datetime | None = strawberry.field(description="When it was removed, in UTC.")
    removed_by: str | None = strawberry.field(description="Who removed it.")


@strawberry.input(description="The limits by which orders are checked and reviewed; they replace those before.")
class SetOrderPolicyInput:
    """What is not given is not checked."""

    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel; not given, of all channels without their own."
    )
    currency: Currency = strawberry.field(default=Currency.CNY, description="The currency of the amounts.")
    amount_min: DecimalValue | None = strawberry.field(default=None, description="A smaller total is unusual.")
    amount_max: DecimalValue | None = strawberry.field(default=None, description="A larger total is unusual.")
    finance_above_amount: DecimalValue | None = strawberry.field(
        default=None, description="A larger total needs a second review by finance."
    )
    same_buyer_orders: int | None = strawberry.field(
        default=None, description="From how many orders of one buyer, district and day on they wait; at least 2."
    )
    holds_messages: bool = strawberry.field(default=False, description="Whether a buyer's message makes them wait.")
    holds_memos: bool = strawberry.field(default=False, description="Whether a seller's memo makes them wait.")
    harmless_words: list[str] = strawberry.field(
        default_factory=list, description="Words that alone do not make them wait, at most 100."
    )
    held_flags: list[int] = strawberry.field(default_factory=list, description="Flags that make them wait, at most 20.")
    holds_siblings: bool = strawberry.field(
        default=False, description="Whether another order that could go along makes both wait."
    )
    review_delay_minutes: int = strawberry.field(
        default=0, description="How long after payment no rule approves an order yet, at most a week."
    )
    reviews_restocked: bool = strawberry.field(
        default=False, description="Whether what waited only for stock is approved when it comes."
    )
    stops_outdated_papers: bool = strawberry.field(
        default=False,
        description="Whether nothing is packed or shipped while its slip, invoice list or label is outdated.",
    )
    draft_days: int = strawberry.field(
        default=30, description="For how many days a draft waits to be saved again or placed, 1 to 366."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version you have seen; refused when someone was faster."
    )


@strawberry.input(description="Whom to put on the blacklist: by phone, by customer, or by name and address.")
class AddToBlacklistInput:
    """Exactly one of the three."""

    reason: str = strawberry.field(description="Why, in 1 to 500 characters.")
    verdict: orders.BlacklistVerdict = strawberry.field(
        default=orders.BlacklistVerdict.HOLD, description="What becomes of the orders."
    )
    phone: str | None = strawberry.field(default=None, description="The phone, however it is written.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description="The customer.")
    receiver: ReceiverInput | None = strawberry.field(default=None, description="The name and address together.")
    expires_at: datetime | None = strawberry.field(default=None, description="Until when; null means for ever.")


@strawberry.input(description="An entry of the blacklist.")
class BlacklistEntryInput:
    """For what needs nothing else."""

    id: strawberry.ID = strawberry.field(description="The entry.")


def amount_in(given: Any, field: str) -> kernel.Money | None:
    """Read an amount of the policy, or refuse more places than money has."""
    try:
        return None if given is None else kernel.Money(given)
    except kernel.Inexact as problem:
        raise kernel.BadInput(field=field, problem=str(problem)).at("input", field) from None


def policy_of(given: SetOrderPolicyInput) -> orders.PolicyRules:
    return orders.PolicyRules(
        currency=given.currency.value,
        amount_min=amount_in(given.amount_min, "amountMin"),
        amount_max=amount_in(given.amount_max, "amountMax"),
        finance_above_amount=amount_in(given.finance_above_amount, "financeAboveAmount"),
        same_buyer_orders=given.same_buyer_orders,
        holds_messages=given.holds_messages,
        holds_memos=given.holds_memos,
        harmless_words=tuple(given.harmless_words),
        held_flags=tuple(given.held_flags),
        holds_siblings=given.holds_siblings,
        review_delay_minutes=given.review_delay_minutes,
        reviews_restocked=given.reviews_restocked,
        stops_outdated_papers=given.stops_outdated_papers,
        draft_days=given.draft_days,
    )


@strawberry.type
class OrderChecksMutation:
    """Mutations."""

    @mutation(OrderPolicy)
    async def set_order_policy(self, call: Call, input: SetOrderPolicyInput) -> Any:  # noqa: A002
        channel_id = optional_key(call, "Channel", input.channel_id)
        return await call.perform(orders.set_order_policy, policy_of(input), channel_id, input.expected_version)

    @mutation(BlacklistEntry)
    async def add_to_blacklist(self, call: Call, input: AddToBlacklistInput) -> Any:  # noqa: A002
        entry = orders.NewBlacklistEntry(
            reason=input.reason,
            verdict=input.verdict,
            phone=input.phone,
            customer_id=optional_key(call, "Customer", input.customer_id),
            receiver=receiver_of(input.receiver) if input.receiver is not None else None,
            expires_at=input.expires_at,
        )
        return await call.perform(orders.add_to_blacklist, entry)

    @mutation(BlacklistEntry)
    async def remove_from_blacklist(self, call: Call, input: BlacklistEntryInput) -> Any:  # noqa: A002
        return await call.perform(orders.remove_from_blacklist, call.key("BlacklistEntry", input.id))

    @mutation(Order)
    async def approve_order_finance(self, call: Call, input: OrderInput) -> Any:  # noqa: A002
        return await call.perform(orders.approve_order_finance, **on_order(call, input))

    @mutation(Order)
    async def return_order_finance(self, call: Call, input: OrderReasonInput) -> Any:  # noqa: A002
        return await call.perform(orders.return_order_finance, **with_reason(call, input))


@strawberry.type
class OrderChecksQuery:
    """Root fields."""

    @query(Connection[OrderPolicy], "By which limits orders are checked and reviewed, the oldest first.", needs=VIEW)
    async def order_policies(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await orders.order_policies_page(info.context.read, page_request(first, after, last, before))

    @query(Connection[BlacklistEntry], "The blacklist, the latest added first.", needs=SEES_BLACKLIST)
    async def blacklist(
        self,
        info: Info,
        *,
        with_removed: bool = False,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await orders.blacklist_page(info.context.read, request, removed=with_removed)
