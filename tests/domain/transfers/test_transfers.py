"""Transfers: held when approved, at the cost they left at, in parts, and never more than there is."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import inventory, transfers
from domain.inventory import IN_TRANSIT, WarehouseKind
from domain.kernel import (
    BadInput,
    NotFound,
    Quantity,
    Refusal,
    Sessions,
    VersionConflict,
    Work,
    WrongState,
    begin,
    system,
)
from domain.transfers import StockTransfer, StockTransferLine, TransferStatus
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, broken, item, stock, worth

REVIEW = inventory.ClaimClass.TO_REVIEW


async def requested(work: Work, source: UUID, target: UUID, wanted: dict[UUID, int]) -> StockTransfer:
    lines = [transfers.WantedGoods(variant_id=each, quantity=Quantity(much)) for each, much in wanted.items()]
    places = {"from_warehouse_id": source, "to_warehouse_id": target}
    return await transfers.request_transfer(work, transfers.NewTransfer(**places, reason="few left", lines=lines))


async def on_its_way(work: Work, source: UUID, target: UUID, wanted: dict[UUID, int]) -> StockTransfer:
    transfer = await requested(work, source, target, wanted)
    await transfers.approve_transfer(work, transfer.id)
    return await transfers.ship_transfer(work, transfer.id)


async def lines(work: Work, transfer: StockTransfer) -> list[StockTransferLine]:
    line = StockTransferLine
    found = select(line).where(line.transfer_id == transfer.id).order_by(line.position)
    return list((await work.session.scalars(found)).all())


async def test_goods_are_held_leave_and_arrive_at_their_cost(work: Work) -> None:
    glove, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, source, 10, "2")
    await stock(work, glove, source, 5, "3.50")
    await stock(work, glove, target, 1, "9")
    transfer = await requested(work, source, target, {glove: 12})
    assert transfer.number.startswith("TR")
    await transfers.approve_transfer(work, transfer.id)
    assert ((there := await item(work, glove, source)).held, there.on_hand) == (Quantity(12), Quantity(15))
    with pytest.raises(inventory.StockShort, match=r"Only 3\.0000"):
        await inventory.claim(work, uuid4(), [source], [a_line(glove, 4)], REVIEW)
    with pytest.raises(inventory.NegativeStock):
        await adjust(work, glove, source, -4)
    await transfers.ship_transfer(work, transfer.id)
    assert await worth(work, glove, source) == "3.0000 / 7.50"
    assert await worth(work, glove, IN_TRANSIT) == "12.0000 / 30.00"
    assert (await item(work, glove, target)).in_transit == Quantity(12)
    assert (await item(work, glove, source)).held == Quantity(0)
    assert await broken(work) == {}
    await transfers.receive_transfer(work, transfer.id)
    assert await worth(work, glove, target) == "13.0000 / 39.00"
    assert (await item(work, glove, target)).in_transit == Quantity(0)
    assert (transfer.status, transfer.closed_by) == (TransferStatus.DONE, work.actor.name)
    assert await broken(work) == {}


async def test_two_transfers_of_a_variant_keep_their_own_cost(work: Work) -> None:
    glove, target = await a_variant(work), await a_warehouse(work)
    cheap, dear = await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, cheap, 3, "1.11")
    await stock(work, glove, dear, 3, "7")
    first, second = [await on_its_way(work, each, target, {glove: 3}) for each in (cheap, dear)]
    (line,) = await lines(work, second)
    for _ in range(2):
        await transfers.receive_transfer(
            work, second.id, [transfers.ArrivedLine(line_id=line.id, quantity=Quantity(1))]
        )
    assert await worth(work, glove, target) == "2.0000 / 14.00"
    await transfers.receive_transfer(work, first.id)
    assert await worth(work, glove, target) == "5.0000 / 17.33"
    await transfers.receive_transfer(work, second.id)
    assert await worth(work, glove, target) == "6.0000 / 24.33"
    assert await broken(work) == {}


async def test_parts_add_up_to_the_cent_and_what_is_missing_is_written_off(work: Work) -> None:
    glove, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, source, 7, "1.43")
    await stock(work, glove, source, 1, "0.01")
    transfer = await requested(work, source, target, {glove: 7})
    (line,) = await lines(work, transfer)
    await transfers.approve_transfer(work, transfer.id)
    for much in (3, 3):
        await transfers.ship_transfer(work, transfer.id, [transfers.SentLine(line_id=line.id, quantity=Quantity(much))])
    damaged = await a_warehouse(work, kind=WarehouseKind.DEFECTIVE)
    some = [transfers.ArrivedLine(line_id=line.id, quantity=Quantity(2))]
    await transfers.receive_transfer(work, transfer.id, some)
    await transfers.receive_transfer(work, transfer.id, some, damaged)
    assert transfer.status is TransferStatus.IN_TRANSIT
    await transfers.close_transfer(work, transfer.id, "two fell off the lorry")
    (line,) = await lines(work, transfer)
    counted = (line.wanted, line.approved, line.shipped, line.received, line.lost)
    assert counted == tuple(map(Quantity, (7, 6, 6, 4, 2)))
    values = [(await worth(work, glove, each)) for each in (source, target, damaged, IN_TRANSIT)]
    assert values == ["2.0000 / 2.50", "2.0000 / 2.51", "2.0000 / 2.50", "0.0000 / 0.00"]
    assert (await item(work, glove, source)).held == Quantity(0)
    assert await broken(work) == {}


async def test_lots_keep_their_names_on_the_way(work: Work) -> None:
    pill, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, pill, source, 2, lot="L1")
    await stock(work, pill, source, 2, lot="L2")
    transfer = await on_its_way(work, source, target, {pill: 4})
    (line,) = await lines(work, transfer)
    lots = {row.code: row.id for row in await work.rows(select(inventory.Lot.id, inventory.Lot.code).order_by("code"))}
    part = transfers.ArrivedLine(line_id=line.id, quantity=Quantity(2), lot_id=lots["L2"])
    await transfers.receive_transfer(work, transfer.id, [part])
    with pytest.raises(transfers.MoreThanThere):
        await transfers.receive_transfer(work, transfer.id, [part])
    there = select(inventory.StockBalance.lot_id).where(
        inventory.StockBalance.warehouse_id == target, inventory.StockBalance.on_hand > Quantity(0)
    )
    assert [row.lot_id for row in await work.rows(there)] == [lots["L2"]]


async def test_less_may_be_approved_and_nothing_that_is_not_there(work: Work) -> None:
    glove, mask = await a_variant(work), await a_variant(work, "MASK")
    source, target = await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, source, 10)
    await stock(work, mask, source, 1)
    transfer = await requested(work, source, target, {glove: 5, mask: 2})
    one, two = await lines(work, transfer)
    with pytest.raises(inventory.StockShort, match="MASK"):
        await transfers.approve_transfer(work, transfer.id)
    await work.session.refresh(transfer)
    for wrong in ("-1", "3"):
        much = transfers.ApprovedLine(line_id=two.id, quantity=Quantity(wrong))
        with pytest.raises(BadInput, match="0 to what was asked for"):
            await transfers.approve_transfer(work, transfer.id, [much])
    with pytest.raises(VersionConflict):
        await transfers.approve_transfer(work, transfer.id, expected_version=9)
    none = [transfers.ApprovedLine(line_id=each.id, quantity=Quantity(0)) for each in (one, two)]
    with pytest.raises(BadInput, match="nothing to send"):
        await transfers.approve_transfer(work, transfer.id, none)
    await transfers.approve_transfer(work, transfer.id, none[1:])
    assert (await item(work, glove, source)).held == Quantity(5)
    assert (await item(work, mask, source)).held == Quantity(0)
    await transfers.cancel_transfer(work, transfer.id, "not needed")
    assert (await item(work, glove, source)).held == Quantity(0)
    assert transfer.status is TransferStatus.CANCELLED
    assert await broken(work) == {}


async def test_steps_out_of_turn_are_refused(work: Work) -> None:
    glove, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, source, 5)
    transfer = await requested(work, source, target, {glove: 2})
    for step in (transfers.ship_transfer, transfers.receive_transfer):
        with pytest.raises(WrongState):
            await step(work, transfer.id)
    await transfers.approve_transfer(work, transfer.id)
    await transfers.ship_transfer(work, transfer.id)
    with pytest.raises(BadInput, match="what is to come"):
        await transfers.ship_transfer(work, transfer.id)
    with pytest.raises(WrongState):
        await transfers.cancel_transfer(work, transfer.id, "too late")
    (step,) = await work.rows(
        select(inventory.StockDocument.id).where(inventory.StockDocument.origin_id == transfer.id)
    )
    with pytest.raises(inventory.StepOfAnother, match=transfer.number):
        await inventory.void_stock_document(work, step.id, "a mistake")
    with pytest.raises(BadInput, match="defective or returned"):
        await transfers.receive_transfer(work, transfer.id, None, await a_warehouse(work))
    with pytest.raises(NotFound):
        await transfers.receive_transfer(work, transfers.StockTransferId(uuid4()))
    await transfers.receive_transfer(work, transfer.id)
    with pytest.raises(WrongState):
        await transfers.close_transfer(work, transfer.id, "again")


@pytest.mark.parametrize("wrong", ["same place", "no lines", "twice", "nothing", "unknown"])
async def test_what_cannot_be_asked_for(work: Work, wrong: str) -> None:
    glove, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    much = Quantity(0) if wrong == "nothing" else Quantity(1)
    line = transfers.WantedGoods(variant_id=uuid4() if wrong == "unknown" else glove, quantity=much)
    new = transfers.NewTransfer(
        from_warehouse_id=source,
        to_warehouse_id=source if wrong == "same place" else target,
        reason="few left",
        lines=[line] * {"twice": 2, "no lines": 0}.get(wrong, 1),
    )
    with pytest.raises(NotFound if wrong == "unknown" else BadInput):
        await transfers.request_transfer(work, new)


async def test_two_who_receive_at_once_receive_it_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        glove, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
        await stock(work, glove, source, 6)
        transfer = await on_its_way(work, source, target, {glove: 6})
        (line,) = await lines(work, transfer)

    async def receive(_: int) -> bool:
        try:
            async with begin(sessions, system("receiver")) as work:
                part = transfers.ArrivedLine(line_id=line.id, quantity=Quantity(4))
                await transfers.receive_transfer(work, transfer.id, [part])
        except Refusal:
            return False
        return True

    assert sum(await asyncio.gather(*(receive(each) for each in range(4)))) == 1
    async with begin(sessions, system("tests")) as work:
        assert (await item(work, glove, target)).on_hand == Quantity(4)
        assert await broken(work) == {}
