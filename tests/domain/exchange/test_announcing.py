"""Approval announces; what a partner was asked to let out is sold to nobody until it is confirmed, refused or ended."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import alerts, exchange, inventory, transfers
from domain.exchange import (
    Confirmation,
    ExchangePaper,
    GoodsType,
    PaperKind,
    PaperStatus,
    ReportedGoods,
    StepReport,
    WarehouseStep,
)
from domain.inventory import MovementKind, StockShort, WarehouseKind
from domain.kernel import Quantity, Refusal, Sessions, Work, begin, system
from tests.domain.exchange.builders import a_partner, a_plan, coming, lines_of, papers_of
from tests.domain.exchange.test_applying import alerts_of, reported
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, broken, item, stock
from tests.domain.transfers.test_transfers import requested

SKU = "GLOVE-1"
TO_SHIP = inventory.ClaimClass.TO_SHIP


def leaving(variant_id: UUID, quantity: int, **more: Any) -> inventory.Line:
    return inventory.Line(variant_id=variant_id, quantity=Quantity(quantity), **more)


async def sell(work: Work, variant_id: UUID, place: UUID, quantity: int) -> None:
    await inventory.claim(work, uuid4(), [place], [a_line(variant_id, quantity)], TO_SHIP)


class Stockout:
    """Ten gloves at a partner's, six of which are to be scrapped."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def announced(self) -> "Stockout":
        work = self.work
        self.glove, self.place = await a_variant(work, SKU), await a_warehouse(work)
        self.damaged = await a_warehouse(work, kind=WarehouseKind.DEFECTIVE, sellable=False)
        self.partner = await a_partner(work, self.place, self.damaged)
        await stock(work, self.glove, self.place, 10)
        await self.again(6)
        return self

    async def again(self, quantity: int, **more: Any) -> None:
        work, line = self.work, leaving(self.glove, quantity, **more)
        self.plan = await a_plan(work, MovementKind.SCRAP, self.place, line)
        await exchange.announce_approved(work, inventory.StockDocumentApproved(document_id=self.plan.id))
        self.papers = await papers_of(work, self.plan.id)

    @property
    def paper(self) -> ExchangePaper:
        (paper,) = self.papers
        return paper

    async def confirm(self, quantity: int, *, final: bool = True, goods_type: GoodsType = GoodsType.GOOD) -> None:
        goods = ReportedGoods(item_code=SKU, quantity=Quantity(quantity), goods_type=goods_type)
        told = Confirmation(paper_number=self.paper.number, kind=PaperKind.STOCKOUT, final=final, goods=(goods,))
        await reported(self.work, self.partner, told)

    async def there(self) -> tuple[int, int]:
        """Say how much is there, and how much of it is held."""
        stands = await item(self.work, self.glove, self.place)
        return int(stands.on_hand.value), int(stands.held.value)


async def test_goods_of_an_announced_stockout_are_sold_to_nobody_until_they_left(work: Work) -> None:
    stockout = await Stockout(work).announced()
    assert stockout.paper.status is PaperStatus.PENDING
    assert await stockout.there() == (10, 6)
    with pytest.raises(StockShort, match=r"Only 4\.0000"):
        await sell(work, stockout.glove, stockout.place, 5)
    await sell(work, stockout.glove, stockout.place, 4)
    await stockout.confirm(2, final=False)
    assert await stockout.there() == (8, 4)
    await stockout.confirm(3)
    assert await stockout.there() == (5, 0)
    await work.close()
    assert await broken(work) == {}


async def test_what_a_partner_refuses_may_be_sold_and_is_held_again_when_told_again(work: Work) -> None:
    stockout = await Stockout(work).announced()
    await exchange.paper_task(work, stockout.paper.id)
    await exchange.note_paper_refused(work, stockout.paper.id, "W009")
    assert await stockout.there() == (10, 0)
    await sell(work, stockout.glove, stockout.place, 5)
    with pytest.raises(StockShort) as refused:
        await exchange.resend_exchange_paper(work, stockout.paper.id)
    assert refused.value.path == ("input", "id")
    await stock(work, stockout.glove, stockout.place, 1)
    stockout.paper.status = PaperStatus.REFUSED
    await exchange.resend_exchange_paper(work, stockout.paper.id)
    assert await stockout.there() == (11, 6)
    await exchange.withdraw_exchange_paper(work, stockout.paper.id, "不报废了")
    assert await stockout.there() == (11, 6)
    await exchange.note_paper_cancelled(work, stockout.paper.id)
    assert await stockout.there() == (11, 0)
    await work.close()
    assert await broken(work) == {}


async def test_what_a_partner_cancelled_by_itself_may_be_sold(work: Work) -> None:
    stockout = await Stockout(work).announced()
    await stockout.confirm(2, final=False)
    told = {"paper_number": stockout.paper.number, "happened_at": work.now, "remark": "货主取消"}
    await reported(work, stockout.partner, StepReport(step=WarehouseStep.CANCELLED, **told))
    assert await stockout.there() == (8, 0)
    assert len(await alerts_of(work, alerts.AlertKind.WAREHOUSE_TROUBLE)) == 1
    await work.close()
    assert await broken(work) == {}


async def test_what_was_done_with_goods_that_lie_elsewhere_is_free_here(work: Work) -> None:
    stockout = await Stockout(work).announced()
    await adjust(work, stockout.glove, stockout.damaged, 2, cost="1")
    await stockout.confirm(2, final=False, goods_type=GoodsType.DEFECTIVE)
    assert await stockout.there() == (10, 4)
    await work.close()
    assert await broken(work) == {}


async def test_what_is_sold_to_nobody_anyway_is_not_held(work: Work) -> None:
    stockout = await Stockout(work).announced()
    await stock(work, stockout.glove, stockout.place, 3, lot="L1")
    (lot,) = await work.rows(inventory.Lot.__table__.select())
    await inventory.freeze_lot(work, lot.id, "召回待查")
    await stockout.again(3, lot_id=lot.id)
    assert [each.held for each in await lines_of(work, stockout.paper)] == [Quantity(0)]
    await stockout.confirm(3)
    assert await stockout.there() == (10, 6)
    await stockout.again(5)
    assert stockout.papers == []
    assert "Only 4.0000" in (await alerts_of(work, alerts.AlertKind.NOT_ANNOUNCED))[0]


async def test_what_could_not_be_announced_is_tried_again_or_forgotten(work: Work) -> None:
    stockout = await Stockout(work).announced()
    await stockout.again(5)
    owed = [each for each in work.facts if isinstance(each, exchange.PaperOwed)]
    assert (len(owed), stockout.plan.origin) == (1, None)
    assert await exchange.announce_waiting(work) == 1
    await stock(work, stockout.glove, stockout.place, 1)
    assert await exchange.announce_waiting(work) == 1
    assert (await stockout.there(), await exchange.announce_waiting(work)) == ((11, 11), 0)
    await stockout.again(5)
    await inventory.discard_stock_document(work, stockout.plan.id)
    assert (await exchange.announce_waiting(work), await exchange.announce_waiting(work)) == (1, 0)


async def test_only_what_a_partner_can_do_is_announced(work: Work) -> None:
    glove, place = await a_variant(work), await a_warehouse(work)
    own = await a_plan(work, MovementKind.RECEIPT, place, coming(glove, 5))
    await exchange.announce_approved(work, inventory.StockDocumentApproved(document_id=own.id))
    await a_partner(work, place)
    posted = await a_plan(work, MovementKind.RECEIPT, place, coming(glove, 5))
    await inventory.post_stock_document(work, posted.id)
    await exchange.announce_approved(work, inventory.StockDocumentApproved(document_id=posted.id))
    assert await papers_of(work, own.id) == await papers_of(work, posted.id) == []


async def test_a_transfer_is_told_to_both_sides_as_its_goods_move(work: Work) -> None:
    glove, source, target = await a_variant(work, SKU), await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, source, 10)
    await a_partner(work, source)
    west = await a_partner(work, target)
    transfer = await requested(work, source, target, {glove: 5})
    await transfers.approve_transfer(work, transfer.id)
    told = {"transfer_id": transfer.id}
    for _ in range(2):
        await exchange.announce_approved_transfer(work, transfers.TransferApproved(**told))
    (out,) = await papers_of(work, transfer.id)
    assert (out.kind, [each.planned for each in await lines_of(work, out)]) == (PaperKind.STOCKOUT, [Quantity(5)])
    (line,) = await work.rows(transfers.StockTransferLine.__table__.select())
    part = transfers.SentLine(line_id=line.id, quantity=Quantity(3))
    await transfers.ship_transfer(work, transfer.id, [part])
    await exchange.follow_shipped_transfer(work, transfers.TransferShipped(**told))
    await transfers.ship_transfer(work, transfer.id)
    await exchange.follow_shipped_transfer(work, transfers.TransferShipped(**told))
    _, into = await papers_of(work, transfer.id)
    assert (into.kind, [each.planned for each in await lines_of(work, into)]) == (PaperKind.ENTRY, [Quantity(3)])
    assert out.status is PaperStatus.CANCELLING, "a person let them leave: the partner need not"
    came = ReportedGoods(item_code=SKU, quantity=Quantity(2))
    await reported(work, west, Confirmation(paper_number=into.number, kind=PaperKind.ENTRY, final=True, goods=(came,)))
    rest = (await papers_of(work, transfer.id))[-1]
    assert (rest.number > into.number, [each.planned for each in await lines_of(work, rest)]) == (True, [Quantity(2)])
    await transfers.close_transfer(work, transfer.id, "少了")
    await exchange.withdraw_ended_transfer(work, transfers.TransferEnded(**told))
    assert [each.status for each in await papers_of(work, transfer.id)][1:] == [
        PaperStatus.DONE,
        PaperStatus.CANCELLING,
    ]
    await work.close()
    assert await broken(work) == {}


async def test_sellers_and_a_stockout_never_get_the_same_piece(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        glove, place = await a_variant(work), await a_warehouse(work)
        await a_partner(work, place)
        await stock(work, glove, place, 10)
        plan = await a_plan(work, MovementKind.SCRAP, place, leaving(glove, 6))

    async def announce() -> None:
        async with begin(sessions, system("tests")) as work:
            await exchange.announce_approved(work, inventory.StockDocumentApproved(document_id=plan.id))

    async def one() -> None:
        async with begin(sessions, system("tests")) as work:
            await sell(work, glove, place, 1)

    outcomes = await asyncio.gather(
        *(one() for _ in range(5)), announce(), *(one() for _ in range(5)), return_exceptions=True
    )
    assert all(outcome is None or isinstance(outcome, Refusal) for outcome in outcomes)
    async with begin(sessions, system("tests")) as work:
        stands, announced = await item(work, glove, place), bool(await papers_of(work, plan.id))
        sold = sum(outcome is None for outcome in outcomes) - 1
        assert (int(stands.to_ship.value), int(stands.held.value)) == (sold, 6 if announced else 0)
        assert sold == (4 if announced else 10)
        assert await broken(work) == {}
