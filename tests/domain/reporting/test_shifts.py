"""Goods that only went to another bin were neither received nor issued."""

from datetime import timedelta

from domain import inventory, reporting
from domain.kernel import PageRequest, Quantity, SessionRead, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, a_zone, bin_named, stock


async def test_a_move_between_bins_is_in_no_report(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
    await stock(work, variant, warehouse, 5, "2")
    line = inventory.Line(variant_id=variant, quantity=Quantity(3), to_bin_id=await bin_named(work, warehouse, "A1"))
    kind = inventory.MovementKind.BIN_MOVE
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=warehouse, reason="put away", lines=[line])
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)
    read = SessionRead(engine=work.session.bind, actor=work.actor, session=work.session)  # type: ignore[arg-type]
    card = await reporting.stock_card(read, reporting.CardOf(variant_id=variant, warehouse_id=warehouse), PageRequest())
    assert [row.kind for row in card.rows] == [inventory.MovementKind.RECEIPT]
    today = inventory.today(work.now)
    days = reporting.Days(first=today - timedelta(days=1), last=today)
    scope = reporting.StockScope(variants=[variant])
    (row,) = (await reporting.receipts_and_issues(read, scope, days, reporting.Span.WHOLE, PageRequest())).rows
    assert [str(each) for each in (row.in_quantity, row.out_quantity, row.closing_quantity)] == [
        "5.0000",
        "0.0000",
        "5.0000",
    ]
