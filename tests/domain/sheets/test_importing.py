"""Importing spreadsheets: checked row by row, committed whole, and the same again changes nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import bundles, channels, inventory, jobs, orders, sheets, uploads
from domain.catalogue import Variant
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    Money,
    NotAllowed,
    NotFound,
    Quantity,
    Refusal,
    Sessions,
    UnitPrice,
    Work,
    WrongState,
    begin,
    system,
    tried,
)
from domain.sheets import SheetKind, SheetState, Table
from tests.domain.inventory.builders import a_variant, a_warehouse
from tests.domain.orders.builders import a_shop, lines

HEADS = ["单号 Document", "类型", "Warehouse", "事由 *", "SKU", "数量", "单价", "批号", "有效期至"]
ORDER_HEADS = [
    "订单号",
    "下单时间",
    "已付款",
    "收货人",
    "电话",
    "省",
    "市",
    "详细地址",
    "SKU",
    "数量",
    "单价",
    "金额",
    "运费",
]
ALL = frozenset({"*"})


async def an_import(work: Work, kind: SheetKind, channel_id: UUID | None = None) -> sheets.SheetImport:
    new = uploads.NewUpload(kind=uploads.UploadKind.XLSX, name="a.xlsx", size=9, sha256="0" * 64)
    upload = await uploads.announce_upload(work, new)
    await work.session.flush()
    await uploads.receive_upload(work, upload.id, f"{upload.id}.xlsx")
    await work.session.refresh(upload)
    wanted = sheets.NewImport(kind=kind, upload_id=upload.id, channel_id=channel_id)
    made = await sheets.import_sheet(work, wanted)
    await work.session.flush()
    job = await work.session.get_one(jobs.Job, made.job_id)
    assert job.parameters == {"import_id": str(made.id)}
    job.state = jobs.JobState.DONE
    return made


async def checked(
    work: Work, kind: SheetKind, rows: Sequence[Sequence[str]], channel_id: UUID | None = None
) -> sheets.SheetImport:
    made = await an_import(work, kind, channel_id)
    await sheets.note_checked(work, made.id, Table(rows=rows))
    await work.session.flush()
    return made


async def goods(work: Work) -> tuple[UUID, str, str]:
    variant, place = await a_variant(work), await a_warehouse(work)
    code = (await work.rows(select(Variant.sku).where(Variant.id == variant)))[0].sku
    named = (await work.rows(select(inventory.Warehouse.code).where(inventory.Warehouse.id == place)))[0].code
    return variant, code, named


async def test_rows_of_one_number_become_one_draft(work: Work) -> None:
    variant, sku, place = await goods(work)
    rows = [
        HEADS,
        ["D1", "入库", place, "PO-7", sku, "1,000.5", "¥2.25", "L1", "2030/01/31"],
        ["D1", "", "", "", sku, "2", "0", "", ""],
        ["", "", "", "", "", "", "", "", ""],
        ["D2", "ADJUSTMENT_OUT", place, "=SUM(A1)", sku, "1", "", "", ""],
    ]
    made = await checked(work, SheetKind.STOCK_DOCUMENTS, rows)
    assert (made.state, made.problem_count, made.documents, made.rows) == (SheetState.READY, 0, 2, 4)
    number = select(inventory.StockDocument).where(inventory.StockDocument.reason == "PO-7")
    assert list(await work.session.scalars(number)) == []
    await sheets.commit_sheet(work, made.id)
    (draft,) = await work.session.scalars(number)
    assert (draft.status, draft.kind) == (inventory.DocumentStatus.DRAFT, inventory.MovementKind.RECEIPT)
    lines = select(inventory.StockDocumentLine).where(inventory.StockDocumentLine.document_id == draft.id)
    first, second = await work.session.scalars(lines.order_by(inventory.StockDocumentLine.position))
    assert (first.variant_id, first.quantity, str(first.unit_cost)) == (variant, Quantity("1000.5"), "2.250000")
    assert (first.lot_code, str(first.expires_on), second.quantity) == ("L1", "2030-01-31", Quantity(2))
    assert (made.created, made.unchanged, made.state) == (2, 0, SheetState.COMMITTED)
    assert await work.session.scalar(select(inventory.StockDocument.id).filter_by(reason="=SUM(A1)")) is not None


async def test_lots_are_changed_bundles_made_and_goods_sent_back_by_a_sheet(work: Work) -> None:
    variant, sku, place = await goods(work)
    _, box_sku, _ = await goods(work)
    line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(9), unit_cost=UnitPrice(2), lot_code="OLD")
    (warehouse,) = await work.rows(select(inventory.Warehouse.id).where(inventory.Warehouse.code == place))
    receipt = await inventory.receive_stock(
        work, inventory.Receipt(warehouse_id=warehouse.id, reason="purchase", lines=[line])
    )
    heads = [*HEADS[:6], "批号", "改为批号", "原入库单", "原入库行"]
    rows = [
        heads,
        ["H1", "批号调整", place, "h-lot", sku, "2", "OLD", "NEW", "", ""],
        ["H2", "组装", place, "h-made", box_sku, "1", "BOXED", "", "", ""],
        ["H2", "", "", "", sku, "3", "OLD", "", "", ""],
        ["H3", "拆卸", place, "h-apart", box_sku, "1", "BOXED", "", "", ""],
        ["H3", "", "", "", sku, "3", "AGAIN", "", "", ""],
        ["H4", "采购退货", place, "h-back", sku, "4", "OLD", "", receipt.number, "1"],
    ]
    early = await checked(work, SheetKind.STOCK_DOCUMENTS, rows)
    assert [(each["row"], each["column"].split()[0]) for each in early.problems] == [(5, "批号")]
    made = await checked(work, SheetKind.STOCK_DOCUMENTS, [*rows[:4], rows[6]])
    await sheets.commit_sheet(work, made.id)
    for reason in ("h-lot", "h-made", "h-back"):
        paper = await work.session.scalar(select(inventory.StockDocument).filter_by(reason=reason))
        assert paper is not None
        await inventory.approve_stock_document(work, paper.id)
        await inventory.post_stock_document(work, paper.id)
    apart = await checked(work, SheetKind.STOCK_DOCUMENTS, [heads, *rows[4:6]])
    assert (apart.state, apart.documents) == (SheetState.READY, 1)
    there = select(inventory.Lot.code, inventory.StockBalance.on_hand).join(
        inventory.StockBalance, inventory.StockBalance.lot_id == inventory.Lot.id
    )
    held = {row.code: str(row.on_hand) for row in await work.rows(there)}
    assert held == {"OLD": "0.0000", "NEW": "2.0000", "BOXED": "1.0000"}
    wrong = [
        ["H5", "批号调整", place, "r", sku, "1", "OLD", "", "", ""],
        ["H6", "报废", place, "r", sku, "1", "OLD", "NEW", "", ""],
        ["H7", "采购退货", place, "r", sku, "1", "OLD", "", "SD-NOT", "1.5"],
    ]
    faulty = await checked(work, SheetKind.STOCK_DOCUMENTS, [heads, *wrong])
    said = [(each["row"], each["column"].split()[0]) for each in faulty.problems]
    assert said == [(2, "改为批号"), (3, "改为批号"), (4, "原入库单"), (4, "原入库行")]


async def test_the_same_again_changes_nothing_and_another_content_is_told(work: Work) -> None:
    _, sku, place = await goods(work)
    row = ["E1", "入库", place, "PO-8", sku, "1", "2", "", ""]
    first = await checked(work, SheetKind.STOCK_DOCUMENTS, [HEADS, row])
    await sheets.commit_sheet(work, first.id)
    with pytest.raises(WrongState):
        await sheets.commit_sheet(work, first.id)
    again = await checked(work, SheetKind.STOCK_DOCUMENTS, [HEADS, row])
    with pytest.raises(sheets.SheetImported):
        await sheets.commit_sheet(work, again.id)
    more = await checked(work, SheetKind.STOCK_DOCUMENTS, [HEADS, row, ["E2", *row[1:]]])
    await sheets.commit_sheet(work, more.id)
    assert (more.created, more.unchanged) == (1, 1)
    other = await checked(work, SheetKind.STOCK_DOCUMENTS, [HEADS, [*row[:5], "7", *row[6:]]])
    assert (other.state, other.problems[0]["row"]) == (SheetState.FAULTY, 2)
    assert "imported before" in other.problems[0]["message"]
    documents = select(inventory.StockDocument.id).where(inventory.StockDocument.reason == "PO-8")
    assert len(await work.rows(documents)) == 2


async def test_each_problem_is_told_with_its_row_and_column(work: Work) -> None:
    _, sku, place = await goods(work)
    rows = [
        HEADS,
        ["F1", "飞行", place, "r", sku, "1", "1", "", ""],
        ["F2", "入库", "NOWHERE", "r", sku, "one", "1.1234567", "", "31/31/2026"],
        ["F3", "入库", place, "", "NO-SUCH", "-1", "", "", ""],
        ["F4", "其他出库", place, "r", sku, "1", "", "NO-LOT", ""],
        ["F5", "入库", place, "r", sku, "1", "2", "", ""],
        ["F5", "报废", place, "r", sku, "1e3", "99999999999", "", ""],
        ["F6", "入库", place, "r", sku, "1", "2", "", "2027-01-31"],
    ]
    made = await checked(work, SheetKind.STOCK_DOCUMENTS, rows)
    said = [(each["row"], each["column"].split()[0]) for each in made.problems]
    assert made.state is SheetState.FAULTY
    assert set(said) == {
        *((2, "类型"), (3, "仓库"), (3, "数量"), (3, "单价"), (3, "有效期至")),
        *((4, "事由"), (4, "商品编码"), (4, "数量"), (4, "单价")),
        *((5, "批号"), (7, "类型"), (7, "数量"), (7, "单价"), (8, "批号")),
    }
    assert made.problem_count == len(said) == 14
    with pytest.raises(WrongState):
        await sheets.commit_sheet(work, made.id)


async def test_what_only_the_house_knows_is_told_before_it_is_committed(work: Work) -> None:
    _, sku, place = await goods(work)
    rows = [HEADS, ["G1", "其他出库", place, "r", sku, "1", "3", "", ""]]
    made = await checked(work, SheetKind.STOCK_DOCUMENTS, rows)
    assert [(each["row"], each["column"]) for each in made.problems] == [(2, "unitCost")]
    assert {each.name() for each in work.facts} == {"jobs.JobQueued"}
    wrong = await checked(work, SheetKind.STOCK_DOCUMENTS, [["单号", "SKU", "SKU"], ["G1", "", ""]])
    assert {each["message"] for each in wrong.problems} == {"the heading is missing", "the heading comes twice"}
    nothing = await checked(work, SheetKind.STOCK_DOCUMENTS, [HEADS])
    assert [each["message"] for each in nothing.problems] == ["there are no rows"]


async def a_direct_shop(work: Work) -> tuple[UUID, dict[str, UUID]]:
    shop = await a_shop(work, prefix=f"{uuid4().hex[:6]}-")
    channel = await work.session.get_one(channels.Channel, shop.channel_id)
    channel.platform = channels.Platform.DIRECT
    await work.session.flush()
    return shop.channel_id, shop.variants


async def order_rows(work: Work, variants: dict[str, UUID]) -> list[list[str]]:
    found = select(Variant.id, Variant.sku).where(Variant.id.in_(list(variants.values())))
    skus = {row.id: row.sku for row in await work.rows(found)}
    a, b = skus[variants["A"]], skus[variants["B"]]
    head = ["2026-11-11 09:30", "是", "王小明", "+86 138-0000-0000", "浙江省", "杭州市", "=文三路 1 号"]
    return [
        ORDER_HEADS,
        ["S1", *head, a, "2", "10.05", "", "5"],
        ["S1", *[""] * 7, b, "1", "", "0.10", ""],
        ["S2", *head[:1], "否", *head[2:], "NOT-OURS", "1", "3", "", ""],
    ]


async def orders_of(work: Work, channel_id: UUID) -> dict[str, orders.Order]:
    found = await work.session.scalars(
        select(orders.Order).where(orders.Order.channel_id == channel_id).execution_options(populate_existing=True)
    )
    return {str(each.external_number): each for each in found}


async def test_orders_of_a_sheet_come_in_as_all_others_do(work: Work) -> None:
    channel_id, variants = await a_direct_shop(work)
    rows = await order_rows(work, variants)
    made = await checked(work, SheetKind.ORDERS, rows, channel_id)
    assert (made.problems, made.documents, await orders_of(work, channel_id)) == ([], 2, {})
    await sheets.commit_sheet(work, made.id)
    assert (made.created, made.updated) == (2, 0)
    found = await orders_of(work, channel_id)
    first, second = found["S1"], found["S2"]
    assert (first.status, first.total_amount, first.paid_amount) == ("UNREVIEWED", Money("25.20"), Money("25.20"))
    assert (first.receiver_phone, first.address_detail) == ("+86 138-0000-0000", "=文三路 1 号")
    assert first.placed_at.isoformat() == "2026-11-11T01:30:00+00:00"
    lines = select(orders.OrderLine).where(orders.OrderLine.order_id == first.id).order_by(orders.OrderLine.position)
    assert [each.variant_id for each in await work.session.scalars(lines)] == [variants["A"], variants["B"]]
    assert second.status == "AWAITING_PAYMENT"
    held = select(orders.models.Hold.reason).where(orders.models.Hold.order_id == second.id)
    assert orders.HoldReason.UNMATCHED_GOODS in [row.reason for row in await work.rows(held)]


async def test_a_changed_sheet_changes_only_what_nobody_has_vouched_for(work: Work) -> None:
    channel_id, variants = await a_direct_shop(work)
    rows = await order_rows(work, variants)
    await sheets.commit_sheet(work, (await checked(work, SheetKind.ORDERS, rows, channel_id)).id)
    again = await checked(work, SheetKind.ORDERS, rows, channel_id)
    with pytest.raises(sheets.SheetImported):
        await sheets.commit_sheet(work, again.id)
    version = (await orders_of(work, channel_id))["S2"].version
    rows[1][9] = "3"
    changed = await checked(work, SheetKind.ORDERS, rows, channel_id)
    await sheets.commit_sheet(work, changed.id)
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 1)
    found = await orders_of(work, channel_id)
    assert (found["S1"].total_amount, found["S2"].version) == (Money("35.25"), version)
    found["S1"].status = orders.OrderStatus.REVIEWED
    await work.session.flush()
    rows[1][9] = "4"
    late = await checked(work, SheetKind.ORDERS, rows, channel_id)
    assert (late.state, [each["row"] for each in late.problems]) == (SheetState.FAULTY, [2])
    assert "REVIEWED" in late.problems[0]["message"]


async def test_amounts_that_do_not_fit_are_told(work: Work) -> None:
    channel_id, _ = await a_direct_shop(work)
    head = ["2026-11-11", "是", "王", "13800000000", "浙江省", "杭州市", "路"]
    rows = [
        [*ORDER_HEADS, "订单金额", "货到付款"],
        ["T1", *head, "A", "3", "0.333", "", "", ""],
        ["T2", *head, "A", "2", "1", "3", "", ""],
        ["T3", *head, "A", "2", "", "", "", ""],
        ["T4", *head, "A", "2", "1", "", "", "9"],
        ["T5", "yesterday", "maybe", *head[2:], "A", "0", "1", "", "", ""],
        ["T6", *head, "A", "2", "1", "", "", "", "是"],
    ]
    made = await checked(work, SheetKind.ORDERS, rows, channel_id)
    said = [(each["row"], each["column"].split()[0]) for each in made.problems]
    assert said[:4] == [(2, "单价"), (3, "金额"), (4, "金额"), (5, "订单金额")]
    assert {column for row, column in said if row == 6} == {"下单时间", "已付款", "数量"}
    assert [column for row, column in said if row == 7] == ["货到付款"]


async def test_a_bundle_in_a_sheet_is_sold_by_its_components(work: Work) -> None:
    channel_id, variants = await a_direct_shop(work)
    first, bundle = (await order_rows(work, variants))[1], await a_variant(work, "SHEETBOX")
    part = bundles.Component(variant_id=variants["A"], quantity=Quantity(3))
    await bundles.compose_bundle(work, bundle, bundles.BundleKind.VIRTUAL, [part])
    made = await checked(work, SheetKind.ORDERS, [ORDER_HEADS, [*first[:8], "SHEETBOX", *first[9:]]], channel_id)
    await sheets.commit_sheet(work, made.id)
    order = (await orders_of(work, channel_id))["S1"]
    (line,) = await lines(work, order)
    assert (line.variant_id, line.quantity, line.bundle_quantity) == (variants["A"], Quantity(6), Quantity(2))
    assert line.line_amount == order.goods_amount - order.discount_amount


async def test_only_what_one_may_do_by_hand_may_one_import(work: Work, sessions: Sessions) -> None:
    shop = await a_shop(work)
    for channel_id in (shop.channel_id, None):
        with pytest.raises(BadInput):
            await an_import(work, SheetKind.ORDERS, channel_id)
    made = await an_import(work, SheetKind.STOCK_DOCUMENTS)
    grants = frozenset({"sheets.*", "uploads.*"})
    stranger = Actor(kind=ActorKind.STAFF, id=uuid4(), name="x", permissions=grants)
    async with begin(sessions, stranger) as other:
        with pytest.raises(NotAllowed):
            await an_import(other, SheetKind.STOCK_DOCUMENTS)
    work.actor = stranger
    with pytest.raises(NotFound):
        await sheets.commit_sheet(work, made.id)
    with pytest.raises(NotFound):
        await sheets.import_sheet(work, sheets.NewImport(kind=SheetKind.STOCK_DOCUMENTS, upload_id=made.upload_id))


async def test_two_who_commit_the_same_at_once_make_it_once(sessions: Sessions) -> None:
    people = [Actor(kind=ActorKind.STAFF, id=uuid4(), name=name, permissions=ALL) for name in ("a", "b")]
    async with begin(sessions, system("tests")) as work:
        _, sku, place = await goods(work)
    rows = [HEADS, ["H1", "入库", place, "PO-9", sku, "1", "2", "", ""]]
    ids: list[Any] = []
    for person in people:
        async with begin(sessions, person) as work:
            ids.append((await checked(work, SheetKind.STOCK_DOCUMENTS, rows)).id)

    async def commit(person: Actor, import_id: Any) -> str:
        try:
            async with begin(sessions, person) as work:
                await sheets.commit_sheet(work, import_id)
        except Refusal as refusal:
            return refusal.code()
        return "DONE"

    pairs = zip(people, ids, strict=True)
    outcomes = await asyncio.gather(*(tried(lambda p=person, i=each: commit(p, i)) for person, each in pairs))  # type: ignore[misc]
    assert sorted(outcomes) == ["DONE", "SHEET_IMPORTED"]
    async with begin(sessions, system("tests")) as work:
        assert len(await work.rows(select(inventory.StockDocument.id).filter_by(reason="PO-9"))) == 1
