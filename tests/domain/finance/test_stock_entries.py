from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain import finance, fulfilment, inventory
from domain.catalogue import CostMethod
from domain.kernel import Money, Quantity, UnitPrice, Work
from tests.domain.finance.builders import lines_of
from tests.domain.fulfilment.builders import a_reviewed_order, a_warehouse, goods, waybill

pytestmark = pytest.mark.usefixtures("laid")

REACTIONS: dict[type[Any], Any] = {
    inventory.StockReceived: finance.book_stock_receipt,
    inventory.StockAdjusted: finance.book_stock_difference,
    inventory.StockRevalued: finance.book_stock_revaluation,
    inventory.CostChanged: finance.book_cost_change,
    inventory.StockReturned: finance.book_stock_return,
    fulfilment.OrderShipped: finance.open_receivable,
    fulfilment.GoodsCameBack: finance.credit_return,
}


async def react(work: Work) -> None:
    """Let the books react to everything recorded so far, twice, as a broker may deliver it."""
    told = [fact for fact in work.facts if type(fact) in REACTIONS]
    await work.close()
    for fact in (*told, *told):
        await REACTIONS[type(fact)](work, fact)
        await work.close()


async def broken(work: Work) -> dict[str, list[Any]]:
    rules = finance.INVARIANTS | fulfilment.INVARIANTS | inventory.INVARIANTS
    found = {name: await work.rows(text(rule)) for name, rule in rules.items()}
    return {name: rows for name, rows in found.items() if rows}


async def adjust(work: Work, warehouse_id: UUID, variant_id: UUID, kind: inventory.AdjustmentKind, by: str) -> Any:
    line = inventory.AdjustedLine(variant_id=variant_id, quantity=Quantity(by))
    place = inventory.WarehouseId(warehouse_id)
    adjustment = inventory.Adjustment(warehouse_id=place, kind=kind, reason="counted", lines=[line])
    return await inventory.adjust_stock(work, adjustment)


async def test_goods_received_are_owed_to_the_supplier(work: Work) -> None:
    await goods(work, await a_warehouse(work), "7", "3.333333")
    document = next(fact.document_id for fact in work.facts if isinstance(fact, inventory.StockReceived))
    await react(work)
    assert await lines_of(work, document) == {
        ("STOCK_RECEIPT", "1405", "23.33", "0.00"),
        ("STOCK_RECEIPT", "2202", "0.00", "23.33"),
    }
    assert await broken(work) == {}


async def test_losses_and_gains_wait_to_be_settled(work: Work) -> None:
    place = await a_warehouse(work)
    variant_id = await goods(work, place, "7", "2.50")
    lost = await adjust(work, place, variant_id, inventory.AdjustmentKind.OUT, "2")
    gained = await adjust(work, place, variant_id, inventory.AdjustmentKind.IN, "1")
    await react(work)
    assert await lines_of(work, lost.id) == {
        ("STOCK_DIFFERENCE", "1405", "0.00", "5.00"),
        ("STOCK_DIFFERENCE", "1901", "5.00", "0.00"),
    }
    assert ("STOCK_DIFFERENCE", "1901", "0.00", "2.50") in await lines_of(work, gained.id)
    assert await broken(work) == {}


async def test_the_books_follow_returns_scrap_and_what_is_voided(work: Work) -> None:
    place, kind = inventory.WarehouseId(await a_warehouse(work)), inventory.MovementKind
    variant_id = await goods(work, place, "7", "2.50")
    entries = {}
    for what, cost in ((kind.SUPPLIER_RETURN, UnitPrice("2")), (kind.SCRAP, None)):
        line = inventory.Line(variant_id=variant_id, quantity=Quantity(1), unit_cost=cost)
        draft = inventory.DraftedDocument(kind=what, warehouse_id=place, reason="broken", lines=[line])
        document = await inventory.draft_stock_document(work, draft)
        await inventory.approve_stock_document(work, document.id)
        await inventory.post_stock_document(work, document.id)
        void = await inventory.void_stock_document(work, document.id, "it was not")
        await react(work)
        entries[what] = await lines_of(work, document.id), await lines_of(work, void.id)
    assert entries[kind.SUPPLIER_RETURN] == (
        {("STOCK_RECEIPT", "2202", "2.00", "0.00"), ("STOCK_RECEIPT", "1405", "0.00", "2.00")},
        {("STOCK_RECEIPT", "1405", "2.00", "0.00"), ("STOCK_RECEIPT", "2202", "0.00", "2.00")},
    )
    assert ("STOCK_DIFFERENCE", "1901", "2.50", "0.00") in entries[kind.SCRAP][0]
    assert ("STOCK_DIFFERENCE", "1901", "0.00", "2.50") in entries[kind.SCRAP][1]
    assert await broken(work) == {}


async def test_goods_that_become_worthless_leave_the_stock_account(work: Work) -> None:
    shelf = inventory.WarehouseId(await a_warehouse(work))
    variant_id = await goods(work, shelf, "7", "2.50")
    kind = inventory.WarehouseKind.DEFECTIVE
    new = inventory.NewWarehouse(code="SAMPLES", name="样品", kind=kind, sellable=False, valued=False)
    samples = await inventory.open_warehouse(work, new)
    line = inventory.TransferredLine(variant_id=variant_id, quantity=Quantity(2))
    given = inventory.Transfer(from_warehouse_id=shelf, to_warehouse_id=samples.id, reason="fair", lines=[line])
    document = await inventory.transfer_stock(work, given)
    await react(work)
    assert await lines_of(work, document.id) == {
        ("STOCK_DIFFERENCE", "1405", "0.00", "5.00"),
        ("STOCK_DIFFERENCE", "1901", "5.00", "0.00"),
    }
    assert await broken(work) == {}


async def test_at_a_fixed_cost_the_books_tell_what_is_owed_from_what_it_is_worth(work: Work) -> None:
    place = inventory.WarehouseId(await a_warehouse(work))
    variant_id = await goods(work, place, "1", "5")
    fixed = {"variant_ids": [variant_id], "method": CostMethod.FIXED, "reason": "policy"}
    await inventory.set_cost_method(work, inventory.NewCostMethod(**fixed, fixed_cost=UnitPrice(5)))
    line = inventory.ReceivedLine(variant_id=variant_id, quantity=Quantity(4), unit_cost=UnitPrice(4))
    receipt = await inventory.receive_stock(
        work, inventory.Receipt(warehouse_id=place, reason="purchase", lines=[line])
    )
    change = await inventory.set_cost_method(work, inventory.NewCostMethod(**fixed, fixed_cost=UnitPrice(15)))
    await react(work)
    assert await lines_of(work, receipt.id) == {
        ("STOCK_RECEIPT", "1405", "20.00", "0.00"),
        ("STOCK_RECEIPT", "2202", "0.00", "16.00"),
        ("STOCK_RECEIPT", "1404", "0.00", "4.00"),
    }
    assert await lines_of(work, change.id) == {
        ("COST_CHANGE", "1405", "50.00", "0.00"),
        ("COST_CHANGE", "1404", "0.00", "50.00"),
    }
    assert await broken(work) == {}


async def test_a_late_receipt_corrects_the_cost_of_what_was_sold_since(work: Work) -> None:
    order, (line, _) = await a_reviewed_order(work, [("3", "10.00"), ("2", "0.00")], unit_cost="3")
    work.now += timedelta(hours=2)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    place, then = inventory.WarehouseId(order.warehouse_id), work.now - timedelta(hours=1)
    work.now += timedelta(hours=1)
    late = inventory.ReceivedLine(variant_id=line.variant_id, quantity=Quantity(9), unit_cost=UnitPrice(7))
    receipt = inventory.Receipt(warehouse_id=place, reason="late", lines=[late], effective_at=then)
    await inventory.receive_stock(work, receipt)
    change = next(fact.change_id for fact in work.facts if isinstance(fact, inventory.CostChanged))
    await react(work)
    booked = await lines_of(work, change)
    assert {(purpose, account) for purpose, account, _, _ in booked} == {
        ("COST_CHANGE", "6401"),
        ("COST_CHANGE", "1405"),
    }
    assert await broken(work) == {}


async def test_goods_that_cost_nothing_are_not_booked(work: Work) -> None:
    await goods(work, await a_warehouse(work), "7", "0")
    await react(work)
    assert await work.rows(text("SELECT id FROM journal_entries")) == []
    assert await broken(work) == {}


async def test_the_stock_account_follows_the_stock_from_receipt_to_the_last_parcel(work: Work) -> None:
    order, (line, _) = await a_reviewed_order(work, [("3", "10.00"), ("2", "0.00")], unit_cost="3.333333")
    await react(work)
    first = [fulfilment.ShipLine(order_line_id=line.id, quantity=Quantity("1"))]
    await fulfilment.ship_order(work, order.id, "OTHER", waybill(), first)
    await react(work)
    assert await broken(work) == {}
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    await react(work)
    assert await broken(work) == {}
    balance = text("SELECT coalesce(sum(debit - credit), 0) AS value FROM journal_lines WHERE account_code = '1405'")
    assert (await work.rows(balance))[0].value == 0


async def test_what_a_buyer_sends_back_is_taken_off_the_cost_of_sales_and_written_down_apart(work: Work) -> None:
    order, (line,) = await a_reviewed_order(work, [("3", "10.00")], unit_cost="5")
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    apart = await a_warehouse(work)
    place = await work.session.get_one(inventory.Warehouse, apart)
    place.sellable = False
    await work.session.flush()
    returned = fulfilment.ParcelReturn(
        shipment_id=parcel.id,
        warehouse_id=apart,
        condition=inventory.ReturnCondition.DEFECTIVE,
        reason="broken",
        lines=[fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity("2"))],
    )
    back = await fulfilment.receive_return(work, returned)
    lower = inventory.LowerValue(variant_id=line.variant_id, unit_value=UnitPrice("1"))  # type: ignore[arg-type]
    change = await inventory.write_down_stock(work, apart, [lower], "broken")
    await react(work)
    assert await lines_of(work, back.document_id) == {
        ("STOCK_RETURN", "1405", "10.00", "0.00"),
        ("STOCK_RETURN", "6401", "0.00", "10.00"),
    }
    assert await lines_of(work, change.id) == {
        ("COST_CHANGE", "1405", "0.00", "8.00"),
        ("COST_CHANGE", "6701", "8.00", "0.00"),
    }
    assert await broken(work) == {}


async def test_the_stock_account_follows_the_stock_of_a_company_that_is_one_cost_scope(work: Work) -> None:
    await inventory.set_cost_scope(work, inventory.CostScope.COMPANY, "one average")
    order, (line, _) = await a_reviewed_order(work, [("3", "10.00"), ("2", "0.00")], unit_cost="3.333333")
    far = inventory.WarehouseId(await a_warehouse(work))
    came = inventory.ReceivedLine(variant_id=line.variant_id, quantity=Quantity(4), unit_cost=UnitPrice("7.77"))
    await inventory.receive_stock(work, inventory.Receipt(warehouse_id=far, reason="dear", lines=[came]))
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    home = inventory.WarehouseId(order.warehouse_id)
    carried = inventory.TransferredLine(variant_id=line.variant_id, quantity=Quantity(3))
    given = inventory.Transfer(from_warehouse_id=far, to_warehouse_id=home, reason="few", lines=[carried])
    document = await inventory.transfer_stock(work, given)
    await adjust(work, home, line.variant_id, inventory.AdjustmentKind.OUT, "1")
    await react(work)
    assert await lines_of(work, document.id) == set()
    assert await broken(work) == {}


async def test_the_audit_sees_stock_that_moved_past_the_books(work: Work) -> None:
    place = await a_warehouse(work)
    variant_id = await goods(work, place, "7", "2.50")
    await react(work)
    await adjust(work, place, variant_id, inventory.AdjustmentKind.OUT, "2")
    assert [name[:2] for name in await broken(work)] == ["I9"]
    assert await _difference(work) == Money("5.00")


async def _difference(work: Work) -> Any:
    row = (await work.rows(text(finance.INVARIANTS["I9 the stock account equals what stock is worth"])))[0]
    return Money(row.booked - row.worth)
