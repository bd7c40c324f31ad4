"""Every kind of stock paper can be written in a spreadsheet: documents, counts, transfers and arrivals."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import bundles, catalogue, inventory, sheets, stocktaking, transfers
from domain.inventory import MovementKind
from domain.kernel import Actor, ActorKind, Quantity, Sessions, Work, begin, system
from domain.sheets import SheetKind, SheetState
from domain.sheets.importing import PAPERS
from domain.sheets.stock_documents import OF_WORD
from domain.stocktaking import CountScan
from tests.domain.inventory.builders import a_variant, a_warehouse, a_zone, item, stock
from tests.domain.sheets.test_importing import checked, goods
from tests.domain.stocktaking.test_stocktakes import lines, started, unsound

COUNTS, ASKED, ARRIVED = SheetKind.STOCK_COUNTS, SheetKind.TRANSFERS, SheetKind.TRANSFER_ARRIVALS
OTHERWISE = {MovementKind.SALE: SheetKind.ORDERS, MovementKind.TRANSFER_IN: ARRIVED}
NOT_WRITTEN = {MovementKind.SALE_RETURN, MovementKind.REVALUATION}
"""What comes back names the parcel it left with, and values follow from documents."""


@pytest.mark.parametrize("kind", sorted(set(MovementKind) - NOT_WRITTEN))
def test_every_kind_of_paper_can_be_imported(kind: MovementKind) -> None:
    assert (kind in OF_WORD.values()) == (kind in inventory.DRAFTED) != (kind in OTHERWISE)


@pytest.mark.parametrize("kind", SheetKind)
def test_every_kind_of_sheet_has_a_template_of_its_own(kind: SheetKind) -> None:
    heading = sheets.heading_of(kind)
    assert len(set(heading)) == len(heading) > 4
    assert len({each.columns for each in PAPERS.values()}) == len(SheetKind)


async def code_of(work: Work, warehouse: UUID) -> str:
    return (await work.session.get_one(inventory.Warehouse, warehouse)).code


async def sku_of(work: Work, variant: UUID) -> str:
    return (await work.session.get_one(catalogue.Variant, variant)).sku


def told(made: sheets.SheetImport) -> list[tuple[int, str]]:
    return [(each["row"], each["column"].split()[0]) for each in made.problems]


async def test_each_kind_staff_write_becomes_a_draft_of_that_kind(work: Work) -> None:
    (_, sku, place), (_, other, target) = await goods(work), await goods(work)
    (warehouse,) = await work.rows(select(inventory.Warehouse.id).where(inventory.Warehouse.code == place))
    await a_zone(work, warehouse.id, 1, inventory.NewBin(code="A1", walking_order=1))
    rows = [["单号", "类型", "仓库", "事由", "SKU", "数量", "调入仓库", "单价", "目标库位", "改为批号"]]
    needs = {MovementKind.TRANSFER_OUT: (0, target), MovementKind.RECEIPT: (1, "2")}
    needs |= {MovementKind.BIN_MOVE: (2, "A1"), MovementKind.LOT_CHANGE: (3, "NEW")}
    for word, kind in OF_WORD.items():
        more = ["", "", "", ""]
        if kind in needs:
            more[needs[kind][0]] = needs[kind][1]
        rows.append([kind.value, word, place, "every kind", sku, "1", *more])
        if kind in (MovementKind.ASSEMBLY, MovementKind.DISASSEMBLY):
            rows.append([kind.value, "", "", "", other, "1", "", "", "", ""])
    made = await checked(work, SheetKind.STOCK_DOCUMENTS, rows)
    assert made.problems == []
    await sheets.commit_sheet(work, made.id)
    drafts = select(inventory.StockDocument).where(inventory.StockDocument.reason == "every kind")
    assert {each.kind for each in await work.session.scalars(drafts)} == inventory.DRAFTED


HEADS = ["盘点单号", "SKU", "实盘数量", "库位", "批号", "盘点人", "盘点时间", "扫描号", "复盘"]


async def test_a_file_of_a_scanner_counts_each_row_once(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 10, lot="L1")
    stocktake, sku = await started(work, warehouse), await sku_of(work, variant)
    await work.session.refresh(stocktake)
    work.session.add(catalogue.Barcode(code="6901234567892", variant_id=catalogue.VariantId(variant)))
    await work.session.flush()
    found = [stocktake.number, "6901234567892", "4", "", "L1", "王点"]
    rows = [HEADS, [*found, "", "1", ""], [*found, "", "2", ""], [found[0], sku, *found[2:], "", "2", ""]]
    made = await checked(work, COUNTS, rows)
    assert (made.problems, made.documents, made.unchanged) == ([], 3, 1)
    assert [each.counted_quantity for each in await lines(work, stocktake)] == [None]
    await sheets.commit_sheet(work, made.id)
    again = await checked(work, COUNTS, rows)
    with pytest.raises(sheets.SheetImported):
        await sheets.commit_sheet(work, again.id)
    more = await checked(work, COUNTS, [*rows, [*found, "", "3", ""]])
    await sheets.commit_sheet(work, more.id)
    assert (more.created, more.unchanged) == (1, 3)
    ((line),) = await lines(work, stocktake)
    counters = {row.counted_by for row in await work.rows(select(CountScan.counted_by).filter_by(line_id=line.id))}
    assert (line.counted_quantity, counters) == (Quantity(12), {"王点"})
    other = await checked(work, COUNTS, [HEADS, [*found[:2], "5", *found[3:], "", "3", ""]])
    assert told(other) == [(2, "实盘数量")]
    await stocktaking.close_count(work, stocktake.id, stocktaking.Uncounted.KEEP)
    assert await unsound(work) == {}


async def test_a_list_filled_in_by_hand_counts_once_and_a_recount_says_so(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 10)
    stocktake, sku = await started(work, warehouse), await sku_of(work, variant)
    await work.session.refresh(stocktake)

    def row(quantity: str, recount: str = "", moment: str = "") -> list[str]:
        return [stocktake.number, sku, quantity, "", "", "", moment, "", recount]

    assert told(await checked(work, COUNTS, [HEADS, row("3", "是")])) == [(2, "复盘")]
    await sheets.commit_sheet(work, (await checked(work, COUNTS, [HEADS, row("3"), row("4")])).id)
    mistyped = await checked(work, COUNTS, [HEADS, row("9"), row("4")])
    assert (told(mistyped), "as 3.0000" in mistyped.problems[0]["message"]) == ([(2, "实盘数量")], True)
    ((line),) = await lines(work, stocktake)
    assert line.counted_quantity == Quantity(7)
    await stocktaking.close_count(work, stocktake.id)
    late = (work.now - timedelta(days=1)).isoformat()
    rows = [HEADS, row("3"), row("4"), row("1", "", ""), row("1", "是", late)]
    assert told(await checked(work, COUNTS, rows)) == [(4, "复盘"), (5, "盘点时间")]
    recounted = await checked(work, COUNTS, [*rows[:3], row("8", "是")])
    assert (recounted.problems, recounted.unchanged) == ([], 2)
    await sheets.commit_sheet(work, recounted.id)
    await stocktaking.close_count(work, stocktake.id)
    ((line),) = await lines(work, stocktake)
    assert (line.first_quantity, line.counted_quantity) == (Quantity(7), Quantity(8))
    assert told(await checked(work, COUNTS, [HEADS, row("5", "是", work.now.isoformat())])) == [(2, "盘点单号")]


async def test_each_count_that_cannot_be_is_told_with_its_row(work: Work) -> None:
    variant, warehouse, bundle = await a_variant(work), await a_warehouse(work), await a_variant(work)
    await stock(work, variant, warehouse, 10)
    part = bundles.Component(variant_id=variant, quantity=Quantity(2))
    await bundles.compose_bundle(work, bundle, bundles.BundleKind.VIRTUAL, [part])
    stocktake, sku, box = await started(work, warehouse), await sku_of(work, variant), await sku_of(work, bundle)
    await work.session.refresh(stocktake)
    number = stocktake.number
    rows = [
        HEADS,
        ["ST-NOT", sku, "1", "", "", "", "", "", ""],
        [number, "NO-SUCH", "1", "", "", "", "", "", ""],
        [number, box, "1", "", "", "", "", "", ""],
        [number, sku, "-1", "NO-BIN", "NO-LOT", "", "", "", "perhaps"],
        [number, sku, "1", "", "", "", "0001-01-01", "", ""],
        [number, sku, "1", "", "", "", "2001-01-01", "", ""],
        [number, sku, "0", "", "", "", "", "", ""],
    ]
    made = await checked(work, COUNTS, rows)
    assert (set(told(made)), made.problem_count, made.state) == (
        {
            *((2, "盘点单号"), (3, "商品编码"), (4, "商品编码")),
            *((5, "实盘数量"), (5, "库位"), (5, "批号"), (5, "复盘"), (6, "盘点时间"), (7, "盘点时间")),
        },
        9,
        SheetState.FAULTY,
    )


async def test_goods_are_asked_for_and_taken_in_in_parts_by_sheets(work: Work) -> None:
    variant, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, variant, source, 10, "2", lot="L1")
    sku, asked, asking = await sku_of(work, variant), await code_of(work, source), await code_of(work, target)
    heads = ["单号", "调出仓库", "调入仓库", "事由", "SKU", "数量"]
    rows = [heads, ["T1", asked, asking, "few left", sku, "6"]]
    twice = await checked(work, ASKED, [*rows, ["T1", "", "", "", sku, "1"]])
    assert [(each["row"], each["column"]) for each in twice.problems] == [(3, "variantId")]
    made = await checked(work, ASKED, rows)
    await sheets.commit_sheet(work, made.id)
    found = select(transfers.StockTransfer).where(transfers.StockTransfer.from_warehouse_id == source)
    transfer = (await work.session.scalars(found)).one()
    assert (made.created, transfer.status, transfer.reason) == (1, transfers.TransferStatus.REQUESTED, "few left")
    await transfers.approve_transfer(work, transfer.id)
    await transfers.ship_transfer(work, transfer.id)
    heads = ["收货单号", "调拨单号", "SKU", "数量", "批号"]
    first, second = ["R1", transfer.number, sku, "4", "L1"], ["R2", transfer.number, sku, "2", ""]
    await sheets.commit_sheet(work, (await checked(work, ARRIVED, [heads, first])).id)
    wrong = await checked(work, ARRIVED, [heads, [*first[:3], "5", "L1"], ["R3", "TR-NOT", sku, "1", ""]])
    assert told(wrong) == [(2, "收货单号"), (3, "调拨单号")]
    too_many = await checked(work, ARRIVED, [heads, [*second[:3], "3", ""]])
    assert [(each["row"], each["column"]) for each in too_many.problems] == [(2, "quantity")]
    rest = await checked(work, ARRIVED, [heads, first, second])
    await sheets.commit_sheet(work, rest.id)
    await work.session.refresh(transfer)
    assert (rest.created, rest.unchanged, transfer.status) == (1, 1, transfers.TransferStatus.DONE)
    assert (await item(work, variant, target)).on_hand == Quantity(6)


async def test_who_needs_goods_may_ask_the_warehouse_that_supplies_theirs_without_seeing_it(work: Work) -> None:
    variant, source, target = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await inventory.supply_warehouse(work, target, source)
    sku, asked, asking = await sku_of(work, variant), await code_of(work, source), await code_of(work, target)
    row = ["T9", asked, asking, "few left", sku, "6"]
    work.actor = replace(work.actor, warehouses=frozenset({target}))
    heads = ["单号", "调出仓库", "调入仓库", "事由", "SKU", "数量"]
    assert (await checked(work, ASKED, [heads, row])).state is SheetState.READY
    assert told(await checked(work, ASKED, [heads, [row[0], asking, asked, *row[3:]]])) == [(2, "调入仓库")]


async def test_two_files_with_rows_in_common_at_once_count_them_once(sessions: Sessions) -> None:
    people = [Actor(kind=ActorKind.STAFF, id=uuid4(), name=name, permissions=frozenset({"*"})) for name in ("a", "b")]
    async with begin(sessions, system("tests")) as work:
        variant, warehouse = await a_variant(work), await a_warehouse(work)
        await stock(work, variant, warehouse, 10)
        stocktake, sku = await started(work, warehouse), await sku_of(work, variant)
        await work.session.refresh(stocktake)
        number = stocktake.number
    first, common, last = ([number, sku, "2", "", "", "王点", "", scan, ""] for scan in ("1", "2", "3"))

    async def imported(person: Actor, rows: list[list[str]]) -> int:
        async with begin(sessions, person) as work:
            made = await checked(work, COUNTS, [HEADS, *rows])
        async with begin(sessions, person) as work:
            return (await sheets.commit_sheet(work, made.id)).created

    counted = await asyncio.gather(*map(imported, people, ([first, common], [common, last])))
    async with begin(sessions, system("tests")) as work:
        ((line),) = await lines(work, stocktake)
        assert (sum(counted), line.counted_quantity) == (3, Quantity(6))
        assert await unsound(work) == {}
