"""Reports become documents and parcels: in parts, twice, out of order, damaged, with lots; what does not fit waits."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from domain import alerts, exchange, fulfilment, inventory, orders, transfers
from domain.exchange import (
    Confirmation,
    CountReport,
    ExchangePaper,
    GoodsType,
    NoPlaceForDamaged,
    NotOnPaper,
    PackagesUnclear,
    PaperKind,
    PaperStatus,
    ReportedGoods,
    ReportedPackage,
    ReportStatus,
    StepReport,
    UnknownArticle,
    UnknownPaper,
    WarehouseStep,
)
from domain.inventory import DocumentStatus, MovementKind, WarehouseKind
from domain.kernel import Quantity, Refusal, Sessions, Work, WrongState, begin, system
from tests.domain.exchange.builders import a_partner, a_plan, coming, lines_of, papers_of
from tests.domain.fulfilment.builders import a_reviewed_order
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, broken, item, stock
from tests.domain.transfers.test_transfers import lines as lines_of_transfer
from tests.domain.transfers.test_transfers import on_its_way, requested

SKU = "GLOVE-1"
T = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def goods(quantity: int, item_code: str = SKU, **more: Any) -> ReportedGoods:
    return ReportedGoods(item_code=item_code, quantity=Quantity(quantity), **more)


async def reported(work: Work, partner: exchange.PartnerWarehouse, told: exchange.IncomingReport) -> UUID:
    """Keep a report, apply it, and say which it was."""
    report_id = await exchange.take_report(work, partner, "method", uuid4().hex, b"<request/>")
    assert report_id is not None
    await exchange.apply_report(work, report_id, told)
    return report_id


async def alerts_of(work: Work, kind: alerts.AlertKind) -> list[str]:
    alert = alerts.models.Alert
    found = select(alert.message).where(alert.kind == kind, alert.resolved_at.is_(None))
    return [row.message for row in await work.rows(found)]


class Entry:
    """A receipt of a partner's warehouse, planned and announced."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def planned(self, quantity: int = 10) -> "Entry":
        work = self.work
        self.glove, self.place = await a_variant(work, SKU), await a_warehouse(work)
        self.damaged = await a_warehouse(work, kind=WarehouseKind.DEFECTIVE, sellable=False)
        self.partner = await a_partner(work, self.place, self.damaged)
        self.plan = await a_plan(work, MovementKind.RECEIPT, self.place, coming(self.glove, quantity))
        self.paper = await exchange.announce_stock_document(work, self.plan.id)
        return self

    def told(self, *done: ReportedGoods, final: bool = True, **changes: Any) -> Confirmation:
        known = {"paper_number": self.paper.number, "kind": PaperKind.ENTRY, "final": final, "goods": done} | changes
        return Confirmation(**known)

    async def there(self, place: UUID | None = None) -> Quantity:
        balance = inventory.StockBalance
        place = place or self.place
        found = select(func.sum(balance.on_hand)).where(balance.variant_id == self.glove, balance.warehouse_id == place)
        return (await self.work.session.scalar(found)) or Quantity(0)


async def test_an_entry_is_received_in_two_parts_and_its_plan_is_done(work: Work) -> None:
    entry = await Entry(work).planned()
    first = goods(4, lot_code="L1", expires_on=date(2027, 1, 31))
    await reported(work, entry.partner, entry.told(first, final=False))
    assert (entry.paper.status, await entry.there()) == (PaperStatus.PARTLY_DONE, Quantity(4))
    await reported(work, entry.partner, entry.told(goods(6, lot_code="L2")))
    assert (entry.paper.status, await entry.there()) == (PaperStatus.DONE, Quantity(10))
    assert entry.plan.status is DocumentStatus.DISCARDED
    lots = {row.code: row.expires_on for row in await work.rows(select(inventory.Lot.code, inventory.Lot.expires_on))}
    assert lots == {"L1": date(2027, 1, 31), "L2": None}
    document = inventory.StockDocument
    said = select(document.kind, document.origin, document.partner_id)
    posted = document.status == DocumentStatus.POSTED
    parts = await work.rows(said.where(document.origin_id == entry.paper.id, posted))
    assert set(map(tuple, parts)) == {(MovementKind.RECEIPT, entry.paper.number, entry.partner.id)}
    assert await alerts_of(work, alerts.AlertKind.CONFIRMED_OTHERWISE) == []
    await work.close()
    assert await broken(work) == {}


async def test_the_last_part_may_come_before_the_first(work: Work) -> None:
    entry = await Entry(work).planned()
    await reported(work, entry.partner, entry.told(goods(6)))
    assert len(await alerts_of(work, alerts.AlertKind.CONFIRMED_OTHERWISE)) == 1
    await reported(work, entry.partner, entry.told(goods(4), final=False))
    assert (entry.paper.status, await entry.there()) == (PaperStatus.DONE, Quantity(10))
    assert await alerts_of(work, alerts.AlertKind.CONFIRMED_OTHERWISE) == []


async def test_a_report_that_comes_twice_is_one_report(work: Work) -> None:
    entry = await Entry(work).planned()
    first = await exchange.take_report(work, entry.partner, "entryorder.confirm", "B1", b"<a/>")
    assert first is not None
    assert await exchange.take_report(work, entry.partner, "entryorder.confirm", "B1", b"<a/>") is None
    for _ in range(2):
        await exchange.apply_report(work, first, entry.told(goods(10)))
    assert await entry.there() == Quantity(10)
    assert await exchange.report_to_apply(work, first) is None


async def test_another_content_under_a_known_number_is_kept_and_shown(work: Work) -> None:
    entry = await Entry(work).planned()
    for content in (b"<a/>", b"<b/>", b"<b/>"):
        await exchange.take_report(work, entry.partner, "entryorder.confirm", "B1", content)
    report = exchange.ExchangeReport
    rows = await work.rows(select(report.content, report.status).order_by(report.content))
    assert [(row.content, row.status) for row in rows] == [
        ("<a/>", ReportStatus.RECEIVED),
        ("<b/>", ReportStatus.UNREADABLE),
    ]
    assert len(await alerts_of(work, alerts.AlertKind.REPORT_NOT_APPLIED)) == 1


async def test_damaged_goods_enter_the_place_for_them(work: Work) -> None:
    entry = await Entry(work).planned()
    await reported(work, entry.partner, entry.told(goods(7), goods(3, goods_type=GoodsType.DAMAGED_BOX)))
    assert (await entry.there(), await entry.there(entry.damaged)) == (Quantity(7), Quantity(3))
    assert "3.0000 damaged" in (await alerts_of(work, alerts.AlertKind.CONFIRMED_OTHERWISE))[0]


async def test_less_than_asked_is_said_aloud_at_the_end(work: Work) -> None:
    entry = await Entry(work).planned()
    await reported(work, entry.partner, entry.told(goods(8)))
    assert entry.paper.problem == f"{SKU}: 10.0000 asked, 8.0000 done"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"goods": (goods(1, "NOTHING-1"),)}, NotOnPaper),
        ({"goods": (goods(1, goods_type=GoodsType.UNDER_WAY),)}, NoPlaceForDamaged),
        ({"paper_number": "EX999999999"}, UnknownPaper),
        ({"kind": PaperKind.STOCKOUT}, UnknownPaper),
    ],
)
async def test_what_does_not_fit_is_refused_whole(work: Work, changes: Any, refusal: type[Refusal]) -> None:
    entry = await Entry(work).planned()
    with pytest.raises(refusal):
        await reported(work, entry.partner, entry.told(**({"goods": ()} | changes)))
    assert await entry.there() == Quantity(0)


async def test_the_same_article_on_two_lines_fills_the_first_open_one(work: Work) -> None:
    glove, place = await a_variant(work, SKU), await a_warehouse(work)
    partner = await a_partner(work, place)
    plan = await a_plan(work, MovementKind.RECEIPT, place, coming(glove, 2, "1"), coming(glove, 3, "2"))
    paper = await exchange.announce_stock_document(work, plan.id)
    told = Confirmation(paper_number=paper.number, kind=PaperKind.ENTRY, final=False, goods=(goods(4),))
    await reported(work, partner, told)
    assert [each.confirmed for each in await lines_of(work, paper)] == [Quantity(2), Quantity(2)]
    by_number = Confirmation(
        paper_number=paper.number, kind=PaperKind.ENTRY, final=True, goods=(goods(1, line_number=2),)
    )
    await reported(work, partner, by_number)
    assert [each.confirmed for each in await lines_of(work, paper)] == [Quantity(2), Quantity(3)]


async def test_a_withdrawn_paper_that_was_done_all_the_same_waits_for_a_person(work: Work) -> None:
    entry = await Entry(work).planned()
    await exchange.withdraw_exchange_paper(work, entry.paper.id, "不来了")
    await exchange.paper_task(work, entry.paper.id)
    with pytest.raises(WrongState):
        await reported(work, entry.partner, entry.told(goods(10)))


async def test_goods_leave_by_a_stockout(work: Work) -> None:
    glove, place = await a_variant(work, SKU), await a_warehouse(work)
    await stock(work, glove, place, 5, lot="L1")
    partner = await a_partner(work, place)
    plan = await a_plan(work, MovementKind.SCRAP, place, inventory.Line(variant_id=glove, quantity=Quantity(2)))
    paper = await exchange.announce_stock_document(work, plan.id)
    told = Confirmation(
        paper_number=paper.number, kind=PaperKind.STOCKOUT, final=True, goods=(goods(2, lot_code="L1"),)
    )
    await reported(work, partner, told)
    assert (await item(work, glove, place)).on_hand == Quantity(3)


async def test_a_transfer_leaves_and_arrives_by_reports(work: Work) -> None:
    glove, source, target = await a_variant(work, SKU), await a_warehouse(work), await a_warehouse(work)
    damaged = await a_warehouse(work, kind=WarehouseKind.DEFECTIVE, sellable=False)
    await stock(work, glove, source, 10)
    east, west = await a_partner(work, source), await a_partner(work, target, damaged)
    transfer = await requested(work, source, target, {glove: 6})
    await transfers.approve_transfer(work, transfer.id)
    out = await exchange.announce_transfer(work, transfer.id)
    left = Confirmation(paper_number=out.number, kind=PaperKind.STOCKOUT, final=True, goods=(goods(5),))
    await reported(work, east, left)
    into = await exchange.announce_transfer(work, transfer.id)
    assert [each.planned for each in await lines_of(work, into)] == [Quantity(5)]
    came = (goods(4), goods(1, goods_type=GoodsType.DEFECTIVE))
    await reported(work, west, Confirmation(paper_number=into.number, kind=PaperKind.ENTRY, final=True, goods=came))
    (line,) = await lines_of_transfer(work, transfer)
    assert (line.shipped, line.received) == (Quantity(5), Quantity(5))
    assert (await item(work, glove, damaged)).on_hand == Quantity(1)
    await work.close()
    assert await broken(work) == {}


async def test_more_than_is_under_way_waits(work: Work) -> None:
    glove, source, target = await a_variant(work, SKU), await a_warehouse(work), await a_warehouse(work)
    await stock(work, glove, source, 10)
    west = await a_partner(work, target)
    transfer = await on_its_way(work, source, target, {glove: 2})
    into = await exchange.announce_transfer(work, transfer.id)
    told = Confirmation(paper_number=into.number, kind=PaperKind.ENTRY, final=True, goods=(goods(3),))
    with pytest.raises(transfers.MoreThanThere):
        await reported(work, west, told)


class Delivery:
    """An order of two lines that a partner ships."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def asked(self) -> "Delivery":
        work = self.work
        self.order, _ = await a_reviewed_order(work, [("3", "10.00"), ("1", "5.00")])
        assert self.order.warehouse_id is not None
        self.partner = await a_partner(work, self.order.warehouse_id)
        await exchange.order_delivery(work, orders.OrderReviewed(order_id=self.order.id, reviewed_by="李审单"))
        (self.paper,) = await papers_of(work, self.order.id)
        self.items = [each.item_code for each in await lines_of(work, self.paper)]
        return self

    def told(self, *done: tuple[int, int], packages: Any = None, final: bool = True) -> Confirmation:
        parcels = (
            packages if packages is not None else [ReportedPackage(carrier_code="OTHER", waybill=uuid4().hex[:12])]
        )
        return Confirmation(
            paper_number=self.paper.number,
            kind=PaperKind.DELIVERY,
            final=final,
            goods=tuple(goods(quantity, self.items[place]) for place, quantity in done),
            packages=tuple(parcels),
        )

    async def parcels(self) -> list[Any]:
        shipment = fulfilment.Shipment
        found = select(shipment.waybill, shipment.goods_amount).where(shipment.order_id == self.order.id)
        return await self.work.rows(found.order_by(shipment.id))


def parcel(waybill: str, **items: int) -> ReportedPackage:
    content = tuple((item_code, Quantity(quantity)) for item_code, quantity in items.items())
    return ReportedPackage(carrier_code="OTHER", waybill=waybill, items=content)


async def test_an_order_is_shipped_by_its_confirmation(work: Work) -> None:
    delivery = await Delivery(work).asked()
    await reported(work, delivery.partner, delivery.told((0, 3), (1, 1)))
    assert (delivery.order.status, delivery.paper.status) == (orders.OrderStatus.SHIPPED, PaperStatus.DONE)
    signed = StepReport(paper_number=delivery.paper.number, step=WarehouseStep.SIGNED, happened_at=T)
    await reported(work, delivery.partner, signed)
    assert delivery.order.status is orders.OrderStatus.DELIVERED
    await work.close()
    assert await broken(work) == {}


async def test_an_order_is_shipped_in_parts_and_parcels(work: Work) -> None:
    delivery = await Delivery(work).asked()
    glove, hat = delivery.items
    await reported(work, delivery.partner, delivery.told((0, 1), final=False))
    assert delivery.order.status is orders.OrderStatus.PARTLY_SHIPPED
    packages = [parcel("P0001", **{glove: 2}), parcel("P0002", **{hat: 1})]
    await reported(work, delivery.partner, delivery.told((0, 2), (1, 1), packages=packages))
    assert delivery.order.status is orders.OrderStatus.SHIPPED
    amounts = {row.waybill: str(row.goods_amount) for row in await delivery.parcels()}
    assert (amounts["P0001"], amounts["P0002"], len(amounts)) == ("6.67", "5.00", 3)


async def test_parcels_that_do_not_hold_what_was_confirmed_wait(work: Work) -> None:
    delivery = await Delivery(work).asked()
    glove, hat = delivery.items
    for packages in (
        [],
        [parcel("P0001", **{glove: 2}), parcel("P0002", **{hat: 1})],
        [parcel("P0001", **{glove: 4}), parcel("P0002", **{hat: 1})],
        [parcel("P0001"), parcel("P0002")],
    ):
        with pytest.raises(PackagesUnclear):
            await exchange.apply_report(
                work,
                await exchange.take_report(work, delivery.partner, "m", uuid4().hex, b"<a/>") or uuid4(),
                delivery.told((0, 3), (1, 1), packages=packages),
            )
    assert await delivery.parcels() == []


async def test_a_parcel_leaves_from_the_lot_the_partner_took(work: Work) -> None:
    delivery = await Delivery(work).asked()
    (line, _) = await lines_of(work, delivery.paper)
    await stock(work, line.variant_id, delivery.paper.warehouse_id, 5, lot="L9")
    told = Confirmation(
        paper_number=delivery.paper.number,
        kind=PaperKind.DELIVERY,
        final=False,
        goods=(goods(2, line.item_code, lot_code="L9"), goods(1, line.item_code, lot_code="NOBODY-KNOWS")),
        packages=(ReportedPackage(carrier_code="OTHER", waybill="P0009"),),
    )
    await reported(work, delivery.partner, told)
    movement, lot = inventory.Movement, inventory.Lot
    found = (
        select(lot.code, movement.quantity)
        .join(lot, lot.id == movement.lot_id, isouter=True)
        .where(movement.kind == MovementKind.SALE)
    )
    assert {(row.code, row.quantity) for row in await work.rows(found)} == {("L9", Quantity(-2)), (None, Quantity(-1))}


async def test_steps_come_in_any_order_and_trouble_is_said_until_it_is_over(work: Work) -> None:
    delivery = await Delivery(work).asked()

    async def step(step: WarehouseStep, minutes: int, remark: str = "") -> None:
        told = StepReport(
            paper_number=delivery.paper.number, step=step, happened_at=T + timedelta(minutes=minutes), remark=remark
        )
        await reported(work, delivery.partner, told)

    await step(WarehouseStep.PICKED, 2)
    await step(WarehouseStep.ACCEPTED, 1)
    assert delivery.paper.step is WarehouseStep.PICKED
    await step(WarehouseStep.IN_TROUBLE, 3, "缺货")
    assert "缺货" in (await alerts_of(work, alerts.AlertKind.WAREHOUSE_TROUBLE))[0]
    await step(WarehouseStep.PACKED, 4)
    assert await alerts_of(work, alerts.AlertKind.WAREHOUSE_TROUBLE) == []
    with pytest.raises(fulfilment.NothingLeftYet):
        await step(WarehouseStep.SIGNED, 5)


async def test_a_rejected_paper_is_refused(work: Work) -> None:
    delivery = await Delivery(work).asked()
    told = StepReport(paper_number=delivery.paper.number, step=WarehouseStep.REJECTED, happened_at=T, remark="超区")
    await reported(work, delivery.partner, told)
    assert delivery.paper.status is PaperStatus.REFUSED
    assert len(await alerts_of(work, alerts.AlertKind.PAPER_REFUSED)) == 1


async def test_what_was_counted_is_posted_by_condition(work: Work) -> None:
    glove, place = await a_variant(work, SKU), await a_warehouse(work)
    damaged = await a_warehouse(work, kind=WarehouseKind.DEFECTIVE, sellable=False)
    partner = await a_partner(work, place, damaged)
    await stock(work, glove, place, 10, lot="L1")
    found = (goods(-2, lot_code="L1"), goods(3, lot_code="L2"), goods(1, goods_type=GoodsType.DEFECTIVE), goods(0))
    await reported(work, partner, CountReport(counted=True, reference="CK1", goods=found))
    assert ((await item(work, glove, place)).on_hand, (await item(work, glove, damaged)).on_hand) == (
        Quantity(11),
        Quantity(1),
    )
    with pytest.raises(UnknownArticle):
        await reported(work, partner, CountReport(counted=True, reference="CK2", goods=(goods(1, "WHO-1"),)))
    await work.close()
    assert await broken(work) == {}


async def test_a_loss_of_what_is_promised_waits_until_it_is_free(work: Work) -> None:
    delivery = await Delivery(work).asked()
    told = CountReport(counted=True, reference="CK1", goods=(goods(-1, delivery.items[0]),))
    report_id = await exchange.take_report(work, delivery.partner, "inventory.report", "C1", b"<a/>")
    assert report_id is not None
    savepoint = await work.session.begin_nested()
    with pytest.raises(inventory.NegativeStock) as refused:
        await exchange.apply_report(work, report_id, told)
    await savepoint.rollback()
    await exchange.note_report_waiting(work, report_id, refused.value.message())
    assert len(await alerts_of(work, alerts.AlertKind.REPORT_NOT_APPLIED)) == 1
    assert await exchange.retry_waiting_reports(work) == 1
    line = (await lines_of(work, delivery.paper))[0]
    await adjust(work, line.variant_id, delivery.paper.warehouse_id, 1)
    await exchange.apply_report(work, report_id, told)
    assert await alerts_of(work, alerts.AlertKind.REPORT_NOT_APPLIED) == []


async def test_a_report_is_set_aside_for_a_reason(work: Work) -> None:
    entry = await Entry(work).planned()
    report_id = await exchange.take_report(work, entry.partner, "returnorder.confirm", "R1", b"<a/>")
    assert report_id is not None
    await exchange.note_report_unreadable(work, report_id, "returnorder.confirm is no report we know")
    report = await exchange.set_aside_exchange_report(work, report_id, "已人工处理")
    assert (report.status, report.problem) == (ReportStatus.SET_ASIDE, "已人工处理")
    with pytest.raises(WrongState):
        await exchange.retry_exchange_report(work, report_id)
    assert await alerts_of(work, alerts.AlertKind.REPORT_NOT_APPLIED) == []


async def test_two_workers_apply_one_report_once_and_two_parts_side_by_side(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        entry = await Entry(work).planned()
        first = await exchange.take_report(work, entry.partner, "m", "B1", b"<a/>")
        second = await exchange.take_report(work, entry.partner, "m", "B2", b"<b/>")
    told = {first: entry.told(goods(4), final=False), second: entry.told(goods(6))}

    async def apply(report_id: Any) -> None:
        async with begin(sessions, system("tests")) as work:
            await exchange.apply_report(work, report_id, told[report_id])

    await asyncio.gather(apply(first), apply(first), apply(second), apply(second))
    async with begin(sessions, system("tests")) as work:
        entry.work = work
        assert await entry.there() == Quantity(10)
        assert (await work.session.get_one(ExchangePaper, entry.paper.id)).status is PaperStatus.DONE
