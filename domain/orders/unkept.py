"""Promises that cannot be kept (占用收回): a count found less than was promised, so the last promises are taken back.

First go those who have not paid, then those still in review, those reviewed, and those the warehouse has but has not
picked; of each, whoever was promised last. What was picked lies on the trolley, which is not counted. An order gives
back all it holds, returns to review if it was through it, and waits for stock like any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import case, select

from domain import catalogue, inventory
from domain.kernel import Quantity, Refusal, Work
from domain.orders import giving, loading, review
from domain.orders.batches import among
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order

GIVES_BACK = (
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.UNREVIEWED,
    OrderStatus.AWAITING_FINANCE,
    OrderStatus.REVIEWED,
    OrderStatus.RELEASED,
)
ROUNDS = {OrderStatus.UNREVIEWED: 1, OrderStatus.AWAITING_FINANCE: 1, OrderStatus.REVIEWED: 2, OrderStatus.RELEASED: 3}
LOOKED_AT_MAX = 1_000

CLAIM = inventory.models.Claim
TURN = (case(ROUNDS, value=Order.status, else_=0), CLAIM.claimed_at.desc(), CLAIM.order_line_id)
PROMISES = (
    select(CLAIM.order_id, CLAIM.variant_id, CLAIM.quantity)
    .join(Order, Order.id == CLAIM.order_id)
    # What is promised before it is there frees nothing that is.
    .where(Order.status.in_(GIVES_BACK), CLAIM.claim_class != inventory.ClaimClass.PREORDER)
    .order_by(*TURN)
)


class StillPromised(Refusal):
    """{missing} of {sku} are promised, not found and not given back; call packed orders back, cancel transfers, retry.

    The warehouse has picked them, a transfer holds them, or somebody is just changing the order.
    """

    sku: str
    variant_id: UUID
    missing: Quantity
    chinese = "{sku} 有 {missing} 已占用但未盘到，无法收回；请撤回已拣货订单、取消调拨，或重试"


async def take_promises_back(
    work: Work, warehouse_id: UUID, beyond: Mapping[UUID, Quantity], reason: str
) -> list[UUID]:
    """Free so much of what is promised of each variant; returns the orders that gave it back, the first paid first.

    The caller holds the stock, so nobody is waited for: an order somebody is just changing is passed over.
    """
    left, taken, passed = dict(beyond), dict[UUID, Order](), set[UUID]()
    while left and (chosen := _latest(await _promises(work, warehouse_id, left, passed), left)):
        passed.update(chosen)
        held = await _held(work, chosen)
        taken |= held
        for row in await _promises(work, warehouse_id, beyond, passed - held.keys(), among_orders=list(held)):
            left[row.variant_id] = left.get(row.variant_id, NOTHING) - row.quantity
        left = {variant_id: quantity for variant_id, quantity in left.items() if quantity > NOTHING}
    for variant_id, missing in sorted(left.items()):
        sku = await work.session.scalar(select(catalogue.Variant.sku).where(catalogue.Variant.id == variant_id))
        raise StillPromised(sku=sku or str(variant_id), variant_id=variant_id, missing=missing).at("input", "id")
    await _give_up(work, taken, reason)
    return sorted(taken, key=lambda each: (taken[each].paid_at or taken[each].placed_at, each))


async def _promises(
    work: Work,
    warehouse_id: UUID,
    variants: Mapping[UUID, Quantity],
    passed: set[UUID],
    among_orders: Sequence[UUID] | None = None,
) -> Sequence[Any]:
    """List what is promised of these variants, the first that is taken back first."""
    found = PROMISES.where(CLAIM.warehouse_id == warehouse_id, among(CLAIM.variant_id, sorted(variants)))
    if among_orders is not None:
        return await work.rows(found.where(among(CLAIM.order_id, among_orders)))
    return await work.rows(found.where(~among(CLAIM.order_id, sorted(passed))).limit(LOOKED_AT_MAX))


def _latest(promises: Sequence[Any], wanted: Mapping[UUID, Quantity]) -> list[UUID]:
    """Choose as many of the last promises as are needed."""
    left, chosen = dict(wanted), dict[UUID, None]()
    for row in promises:
        if left.get(row.variant_id, NOTHING) > NOTHING:
            left[row.variant_id] -= row.quantity
            chosen[row.order_id] = None
    return list(chosen)


async def _held(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Lock those orders that nobody else has and that still may give back what they hold."""
    statement = select(Order).where(among(Order.id, order_ids), Order.status.in_(GIVES_BACK)).order_by(Order.id)
    free = statement.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return {each.id: each for each in await work.session.scalars(free)}


async def _give_up(work: Work, taken: Mapping[UUID, Order], reason: str) -> None:
    await giving.take_gifts_back(work, list(taken))
    await inventory.release(work, list(taken))
    for order in taken.values():
        if order.status in (OrderStatus.REVIEWED, OrderStatus.RELEASED):
            await review.back_to_review(work, order, reason)
        else:
            loading.touch(work, order)
    await work.session.flush()
