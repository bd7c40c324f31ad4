"""What may happen to stock (库存动作): every kind of document is a step of a random story, told by numbers."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from domain import inventory, transfers
from domain.inventory.models import Claim, Lot
from domain.kernel import Quantity, Refusal, Sessions, Work, begin, system, tried
from tests.domain.inventory import sequence_papers as papers
from tests.domain.inventory.builders import a_line, adjust, stock
from tests.domain.inventory.company import PREORDER, TO_REVIEW, TO_SHIP, Company, Step


async def carried_out(sessions: Sessions, company: Company, step: Step) -> None:
    """Carry a step out or be refused; the victim of a deadlock begins again, as everybody does at the door.

    A claim that lost its race for one warehouse holds what it locked there while it tries the next.
    """

    async def once() -> None:
        async with begin(sessions, system("clerk")) as work:
            await STEPS[step.what](work, company, step)

    with contextlib.suppress(Refusal):
        await tried(once)


async def receive(work: Work, company: Company, step: Step) -> None:
    variant, warehouse = company.variants[step.variant], company.warehouses[step.warehouse]
    lot = f"L{step.turn % 3}" if step.turn % 2 else None
    bin_id = company.bins[step.warehouse] if step.turn % 4 else None
    cost = f"{step.turn}.{step.quantity:02}"
    await stock(work, variant, warehouse, step.quantity, cost, lot=lot, expires=company.expiry(lot), bin_id=bin_id)


async def change(work: Work, company: Company, step: Step) -> None:
    quantity = step.quantity if step.turn % 3 == 0 else -step.quantity
    await adjust(work, company.variants[step.variant], company.warehouses[step.warehouse], quantity)


async def transfer(work: Work, company: Company, step: Step) -> None:
    line = inventory.TransferredLine(
        variant_id=company.variants[step.variant],
        quantity=Quantity(step.quantity),
        to_bin_id=company.bins[1 - step.warehouse] if step.turn % 2 else None,
    )
    from_warehouse, to_warehouse = company.warehouses[step.warehouse], company.warehouses[1 - step.warehouse]
    await inventory.transfer_stock(
        work,
        inventory.Transfer(
            from_warehouse_id=from_warehouse, to_warehouse_id=to_warehouse, reason="refill", lines=[line]
        ),
    )


def basket(company: Company, step: Step) -> list[inventory.WantedLine]:
    return [a_line(variant, step.quantity) for variant in company.variants[: step.turn % 2 + 1]]


async def claim(work: Work, company: Company, step: Step) -> None:
    order, lines = uuid4(), basket(company, step)
    claim_class = TO_SHIP if step.turn % 3 == 0 else TO_REVIEW
    company.served[order] = await inventory.claim(work, order, company.warehouses, lines, claim_class)
    company.orders[order] = lines


async def claim_many(work: Work, company: Company, step: Step) -> None:
    asked = [inventory.ClaimRequest(uuid4(), company.warehouses, basket(company, step)) for _ in range(3)]
    outcomes = await inventory.claim_in_bulk(work, asked, TO_REVIEW)
    for each in asked:
        if (warehouse := outcomes[each.order_id].warehouse_id) is not None:
            company.orders[each.order_id], company.served[each.order_id] = list(each.lines), warehouse


async def preorder(work: Work, company: Company, step: Step) -> None:
    """Promise what is expected, of so much as a limit says; or serve who was promised something, as far as it came."""
    if step.turn % 3 and company.preorders:
        order, line = list(company.preorders.items())[step.turn % len(company.preorders)]
        columns = (Claim.order_line_id, Claim.variant_id, Claim.warehouse_id, Claim.quantity)
        held = await work.rows(select(*columns).where(Claim.order_id == order, Claim.claim_class == PREORDER))
        promised = [inventory.Promised(*row) for row in held]
        asked = inventory.ClaimRequest(order, company.warehouses, [line], promised)
        outcome = (await inventory.claim_in_bulk(work, [asked], TO_REVIEW, in_turn=step.turn % 2 == 0))[order]
        if promised and outcome.warehouse_id is not None:
            company.orders[order], company.served[order] = [line], outcome.warehouse_id
            del company.preorders[order]
        return
    variant, order = company.variants[step.variant], uuid4()
    limit = None if step.turn == 0 else Quantity(20)
    await inventory.set_preorder_limit(work, variant, company.warehouses[step.warehouse], limit)
    line = a_line(variant, step.quantity)
    request = inventory.PreorderRequest(order, company.warehouses, [line])
    if (await inventory.promise_preorders(work, [request]))[order] is None:
        company.preorders[order] = line


async def promote(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        await inventory.promote(work, [order], TO_SHIP)


async def release(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        line = company.orders[order][0].order_line_id
        if step.turn % 2:
            await inventory.release(work, [order], [line], [Quantity(step.quantity)])
        else:
            await inventory.release(work, [order])


async def split(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        line, part = company.orders[order][0], a_line(company.variants[0])
        held = await work.session.get(Claim, line.order_line_id, populate_existing=True)
        if held and held.quantity > Quantity(1):
            moved = inventory.MovedClaim(line.order_line_id, uuid4(), part.order_line_id, Quantity("0.5"))
            await inventory.move_claims(work, [moved])


async def ship(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        lines = [
            inventory.ShippedLine(line.order_line_id, line.variant_id, Quantity(min(step.quantity, 2)), position)
            for position, line in enumerate(company.orders[order], 1)
        ]
        parcel = uuid4()
        await inventory.ship(work, "Shipment", parcel, company.served[order], lines)
        back = [
            inventory.BroughtBack(position=each.position, variant_id=each.variant_id, quantity=each.quantity)
            for each in lines
        ]
        company.parcels.append((parcel, back))


async def judge(work: Work, company: Company, step: Step) -> None:
    """Freeze, recall or release a lot."""
    found = await work.rows(select(Lot.id).where(Lot.variant_id == company.variants[step.variant]).order_by(Lot.code))
    if found:
        verdicts = (inventory.freeze_lot, inventory.release_lot, inventory.recall_lot, inventory.release_lot)
        verdict = verdicts[step.quantity % 4]
        await verdict(work, found[step.turn % len(found)].id, "laboratory")


async def ban(work: Work, company: Company, step: Step) -> None:  # noqa: ARG001 — As every step.
    """Say how long before their expiry lots are no longer sold: not at all, or some of them from now on."""
    days = step.quantity * 4 if step.turn % 3 else None
    await inventory.set_watch_policy(work, inventory.WatchRules(sale_ban_days=days))


async def wait(work: Work, company: Company, step: Step) -> None:  # noqa: ARG001 — As every step.
    """Let days go by; the clock may be late with what they end."""
    work.now += timedelta(days=step.turn % 4)
    if step.quantity % 2:
        await inventory.end_sales(work)


async def divide(work: Work, company: Company, step: Step) -> None:
    """Split a variant into buckets, or put it together again."""
    variant, warehouse = company.variants[step.variant], company.warehouses[step.warehouse]
    await inventory.split_stock(work, variant, warehouse, step.quantity % 4)


async def carry(work: Work, company: Company, step: Step) -> None:
    """Take one step with a transfer: ask and approve, send a part, take a part in, or end it."""
    source, target = company.warehouses[step.warehouse], company.warehouses[1 - step.warehouse]
    status = transfers.StockTransfer.status
    wanted = (status.in_(("APPROVED", "IN_TRANSIT")), transfers.StockTransfer.to_warehouse_id == target)
    found = await work.rows(select(transfers.StockTransfer.id, status).where(*wanted).order_by(status.desc()).limit(1))
    if not found:
        goods = [transfers.WantedGoods(variant_id=each, quantity=Quantity(step.quantity)) for each in company.variants]
        new = transfers.NewTransfer(from_warehouse_id=source, to_warehouse_id=target, reason="few", lines=goods[:1])
        asked = await transfers.request_transfer(work, new)
        await transfers.approve_transfer(work, asked.id)
        return
    transfer = found[0].id
    line = select(transfers.StockTransferLine.id).where(transfers.StockTransferLine.transfer_id == transfer)
    part = {"line_id": await work.session.scalar(line), "quantity": Quantity(step.turn % 4 + 1)}
    if found[0].status == "APPROVED" or step.turn % 3 == 0:
        await transfers.ship_transfer(work, transfer, [transfers.SentLine(**part)] if step.turn % 2 else None)
    elif step.turn % 5 == 0:
        await transfers.close_transfer(work, transfer, "lost on the way")
    else:
        await transfers.receive_transfer(work, transfer, [transfers.ArrivedLine(**part)] if step.turn % 2 else None)


STEPS: dict[str, Callable[[Work, Company, Step], Awaitable[None]]] = {
    each.__name__: each
    for each in (
        receive,
        change,
        transfer,
        claim,
        claim_many,
        preorder,
        promote,
        release,
        split,
        ship,
        papers.paper,
        papers.make,
        papers.late,
        papers.overdraw,
        papers.send_back,
        papers.take_back,
        papers.price,
        papers.fix,
        papers.close,
        papers.count,
        papers.void,
        judge,
        ban,
        wait,
        divide,
        carry,
    )
}
