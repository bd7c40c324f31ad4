"""Orders on account (经销商订单): approved only within the funds of the distributor whose channel they came through.

Funds are balance and credit limit, less what is approved and has not left yet. One who approves holds the account, so
two orders never use the same money.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain import distributors
from domain.kernel import Money, Refusal, Work
from domain.orders.lifecycle import TO_SHIP, WAITING
from domain.orders.models import Order

CHECKED_MAX = 1_000
NOTHING = Money(0)


class FundsShort(Refusal):
    """Distributor {name} has {available} left, order {number} needs {wanted}."""

    number: str
    name: str
    wanted: Money
    available: Money
    chinese = "经销商 {name} 可用资金 {available}，订单 {number} 需要 {wanted}"


# What of approved orders has not left: the open part of each line, and the freight that goes with the first parcel.
PROMISED = text("""
    SELECT orders.channel_id, round(sum(part.goods), 2) + sum(
        CASE WHEN orders.status = 'PARTLY_SHIPPED' THEN 0 ELSE orders.freight_amount END
    ) AS amount
    FROM orders
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(line_amount * (quantity - shipped_quantity - cancelled_quantity) / quantity), 0) AS goods
        FROM order_lines WHERE order_id = orders.id AND quantity > 0
    ) AS part
    WHERE orders.channel_id = ANY (:channel_ids) AND orders.status = ANY (:statuses)
    GROUP BY orders.channel_id
""").bindparams(bindparam("channel_ids", type_=ARRAY(Uuid)), bindparam("statuses", type_=ARRAY(Text)))


async def available_funds(work: Work, accounts: Mapping[UUID, Any]) -> dict[UUID, Money]:
    """Say what each channel's distributor may still order for; one who may order no more has nothing."""
    if not accounts:
        return {}
    given = {"channel_ids": list(accounts), "statuses": [each.value for each in TO_SHIP]}
    promised = {row.channel_id: Money(row.amount) for row in await work.rows(PROMISED, given)}
    return {
        key: row.credit_limit + row.balance - promised.get(key, NOTHING) if row.active else NOTHING
        for key, row in accounts.items()
    }


async def evidence_of_shortage(work: Work, heads: Mapping[UUID, Any]) -> dict[UUID, str]:
    """Say for which of these orders the funds of their distributor do not suffice; others are absent."""
    accounts = await distributors.accounts_of(work, [head["channel_id"] for head in heads.values()])
    funds = await available_funds(work, accounts)
    return {
        order_id: f"{accounts[head['channel_id']].name} has {funds[head['channel_id']]}"
        f" left, {head['total_amount']} is needed"
        for order_id, head in heads.items()
        if head["channel_id"] in funds and head["total_amount"] > funds[head["channel_id"]]
    }


async def refused_for_funds(work: Work, heads: Sequence[Any]) -> dict[UUID, Refusal]:
    """Take the funds for orders that are approved now, one after the other; say which there is too little for."""
    accounts = await distributors.accounts_of(work, [head.channel_id for head in heads], hold=True)
    funds, refused = await available_funds(work, accounts), dict[UUID, Refusal]()
    for head in heads:
        if (left := funds.get(head.channel_id)) is None:
            continue
        if head.total_amount > left:
            name = accounts[head.channel_id].name
            refused[head.id] = FundsShort(number=head.number, name=name, wanted=head.total_amount, available=left)
        else:
            funds[head.channel_id] = left - head.total_amount
    return refused


WAITING_OF = select(Order.id).where(Order.status.in_(WAITING)).order_by(Order.placed_at, Order.id)


async def waiting_on_account(work: Work, channel_id: UUID) -> list[UUID]:
    """Find the orders of a distributor that wait for review, the oldest first."""
    return [row.id for row in await work.rows(WAITING_OF.where(Order.channel_id == channel_id).limit(CHECKED_MAX))]
