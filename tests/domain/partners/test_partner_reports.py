"""Reports by partner: who delivered, who bought, who runs the warehouse on the other side; else the place."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import fulfilment, inventory, orders, reporting, transfers
from domain.inventory import LOSSES
from domain.kernel import PageRequest, Quantity, Work
from domain.partners import PartnerKind
from domain.reporting import FlowBy, ReportKind, ReportRequest, StockScope
from tests.domain.distributors.test_distributors import opened
from tests.domain.exchange.builders import a_partner as a_wms
from tests.domain.fulfilment.builders import waybill
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust
from tests.domain.orders.test_placing import a_placement
from tests.domain.partners.test_partners import a_partner, reading, received

FIRST = PageRequest(first=100)


def around(work: Work) -> reporting.Days:
    day = inventory.today(work.now)
    return reporting.Days(first=day - timedelta(days=1), last=day + timedelta(days=1))


async def told(work: Work, place: UUID, *partners: UUID) -> dict[UUID, tuple[str, str]]:
    wanted = reporting.FlowRequest(days=around(work), by=(FlowBy.PARTNER,), partners=partners or None)
    page = await reporting.stock_flows(reading(work), StockScope(warehouses=[place]), wanted, FIRST)
    return {row.partner_id: (str(row.in_quantity), str(row.out_quantity)) for row in page.rows}


async def cells(work: Work, report: ReportKind, place: UUID, **given: Any) -> list[dict[str, Any]]:
    request = ReportRequest(report=report, scope=StockScope(warehouses=[place]), days=around(work), **given)
    read = reading(work)
    sheet = await reporting.sheet_of(read, request.checked())
    return [dict(zip(sheet.headings, row, strict=True)) for row in sheet.cells(await read.rows(sheet.statement))]


async def test_what_came_in_and_went_out_is_told_by_partner(work: Work) -> None:
    variant, here, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    supplier, customer = await a_partner(work), await a_partner(work, PartnerKind.CUSTOMER)
    wms = await a_wms(work, far)
    await received(work, here, variant, supplier)
    await adjust(work, variant, here, -1)
    line = inventory.AdjustedLine(variant_id=variant, quantity=Quantity(2))
    out = inventory.AdjustmentKind.OUT
    gift = inventory.Adjustment(warehouse_id=here, kind=out, reason="样品", lines=[line], partner_id=customer.id)
    await inventory.adjust_stock(work, gift)
    moved = inventory.TransferredLine(variant_id=variant, quantity=Quantity(3))
    move = inventory.Transfer(from_warehouse_id=here, to_warehouse_id=far, reason="外仓备货", lines=[moved])
    await inventory.transfer_stock(work, move)
    everything = {
        supplier.id: ("9.0000", "0.0000"),
        LOSSES: ("0.0000", "1.0000"),
        customer.id: ("0.0000", "2.0000"),
        wms.id: ("0.0000", "3.0000"),
    }
    assert await told(work, here) == everything
    assert await told(work, here, customer.id, far) == {key: everything[key] for key in (customer.id, wms.id)}
    rows = await cells(work, ReportKind.STOCK_FLOWS, here, flows_by=(FlowBy.PARTNER,), partners=[supplier.id, wms.id])
    assert {(row["Partner"], row["In"], row["Out"]) for row in rows} == {
        (supplier.name, Quantity(9), Quantity(0)),
        (wms.name, Quantity(0), Quantity(3)),
    }
    (row,) = await cells(work, ReportKind.STOCK_MOVEMENTS, here, partners=[customer.id])
    assert (row["Partner"], row["Reason"]) == (customer.name, "样品")


async def test_what_a_distributor_bought_and_gave_back_is_told_by_the_distributor(work: Work) -> None:
    shop, distributor = await opened(work)
    order = await orders.place_order(work, a_placement(shop, 6))
    await orders.review_order(work, order.id)
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    (line,) = await work.rows(select(orders.OrderLine.id).where(orders.OrderLine.order_id == order.id))
    back = fulfilment.ParcelReturn(
        shipment_id=parcel.id,
        warehouse_id=inventory.WarehouseId(parcel.warehouse_id),
        condition=inventory.ReturnCondition.GOOD,
        reason="too many",
        lines=[fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(2))],
    )
    returned = await fulfilment.receive_return(work, back)
    paper = await work.session.get_one(inventory.StockDocument, returned.document_id)
    assert paper.partner_id == distributor.id
    assert await told(work, parcel.warehouse_id, distributor.id) == {distributor.id: ("2.0000", "6.0000")}


async def test_transfers_are_found_by_who_runs_a_warehouse(work: Work) -> None:
    variant, here, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    supplier, wms = await a_partner(work), await a_wms(work, far)
    goods = [transfers.WantedGoods(variant_id=variant, quantity=Quantity(4))]
    for source, target in ((here, far), (far, here)):
        new = transfers.NewTransfer(from_warehouse_id=source, to_warehouse_id=target, reason="few left", lines=goods)
        await transfers.request_transfer(work, new)
    for partner, found in ((wms.id, 2), (here, 2), (supplier.id, 0)):
        wanted = reporting.PaperFilter(days=around(work), partners=[partner])
        page = await reporting.transfer_report(reading(work), StockScope(warehouses=[here]), wanted, FIRST)
        assert [row.partner_id for row in page.rows] == [wms.id] * found
    rows = await cells(work, ReportKind.TRANSFERS, here, partners=[wms.id])
    assert [row["Partner"] for row in rows] == [wms.name, wms.name]


async def test_what_should_go_back_names_who_delivered_it_last(work: Work) -> None:
    variant, place, supplier = await a_variant(work), await a_warehouse(work), await a_partner(work)
    today = work.now
    for days, partner in ((400, await a_partner(work)), (300, supplier), (200, None)):
        work.now = today - timedelta(days=days)
        await received(work, place, variant, partner)
    work.now = today
    await reporting.analyse_reserves(work)
    scope = StockScope(variants=[variant])
    ((row),) = (await reporting.reserves(reading(work), scope, reporting.ReserveFilter(), FIRST)).rows
    assert (row.suggestion, row.supplier_id) == (reporting.Suggestion.RETURN_TO_SUPPLIER, supplier.id)
