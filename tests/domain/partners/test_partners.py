"""Partners: whom goods come from and go to, on the documents that move them."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import inventory, partners, sheets
from domain.inventory import MovementKind
from domain.kernel import BadInput, NotFound, PageRequest, Quantity, Read, SessionRead, UnitPrice, VersionConflict, Work
from domain.partners import NewPartner, Partner, PartnerChanges, PartnerKind
from domain.sheets import SheetKind
from tests.domain.distributors.test_distributors import opened, unsound
from tests.domain.inventory.builders import a_variant, a_warehouse
from tests.domain.sheets.test_importing import checked, goods
from tests.domain.sheets.test_kinds import told


async def a_partner(work: Work, kind: PartnerKind = PartnerKind.SUPPLIER, code: str | None = None) -> Partner:
    name = f"P-{uuid4().hex[:8]}"
    return await partners.add_partner(work, NewPartner(kind=kind, code=code or name, name=f"{name} 公司"))


def reading(work: Work) -> Read:
    return SessionRead(engine=work.session.bind, actor=work.actor, session=work.session)  # type: ignore[arg-type]


async def listed(work: Work, **where: Any) -> list[str]:
    page = await partners.partners(reading(work), partners.PartnerFilter(**where), PageRequest(first=100))
    return [row.code for row in page.rows]


async def received(work: Work, place: Any, variant: UUID, partner: Partner | None) -> inventory.StockDocument:
    line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(9), unit_cost=UnitPrice(2))
    who = partner.id if partner is not None else None
    receipt = inventory.Receipt(warehouse_id=place, reason="purchase", lines=[line], partner_id=who)
    return await inventory.receive_stock(work, receipt)


async def test_a_directory_of_suppliers_and_customers(work: Work) -> None:
    supplier = await a_partner(work, code="S-1")
    await a_partner(work, PartnerKind.CUSTOMER, code="S-1")
    with pytest.raises(partners.PartnerKnown, match="S-1"):
        await a_partner(work, code="S-1")
    with pytest.raises(BadInput, match="SUPPLIER or CUSTOMER"):
        await a_partner(work, PartnerKind.WMS)
    with pytest.raises(BadInput, match="name"):
        await partners.add_partner(work, NewPartner(kind=PartnerKind.SUPPLIER, code="S-2", name=" "))
    changes = PartnerChanges(name="一号厂", contact=" 王五 ", active=False)
    with pytest.raises(VersionConflict):
        await partners.change_partner(work, supplier.id, changes, expected_version=7)
    changed = await partners.change_partner(work, supplier.id, changes, expected_version=1)
    assert (changed.name, changed.contact, changed.active, changed.version) == ("一号厂", "王五", False, 2)
    assert (await partners.change_partner(work, supplier.id, PartnerChanges(contact=""))).contact is None
    await work.session.flush()
    assert await listed(work, contains="一号") == ["S-1"]
    assert await listed(work, contains="S-1", active=True, kinds=[PartnerKind.SUPPLIER]) == []
    with pytest.raises(NotFound):
        await partners.change_partner(work, partners.PartnerId(uuid4()), changes)


async def test_a_distributor_is_a_partner_of_those_who_see_its_channel(work: Work) -> None:
    shop, distributor = await opened(work)
    assert await listed(work, kinds=[PartnerKind.DISTRIBUTOR]) == [distributor.code]
    key = partners.PartnerId(distributor.id)
    with pytest.raises(partners.KeptElsewhere):
        await partners.change_partner(work, key, PartnerChanges(name="mine"))
    await partners.change_partner(work, key, PartnerChanges(contact="赵六"))
    assert await unsound(work) == {}
    everybody = work.actor
    for channels, seen in ((frozenset({shop.channel_id}), [distributor.code]), (frozenset({uuid4()}), [])):
        work.actor = replace(everybody, channels=channels)
        assert await listed(work, kinds=[PartnerKind.DISTRIBUTOR]) == seen
    with pytest.raises(NotFound):
        await partners.change_partner(work, key, PartnerChanges(contact="x"))


async def test_documents_name_whom_goods_come_from_and_go_to(work: Work) -> None:
    variant, place, customer = (
        await a_variant(work),
        await a_warehouse(work),
        await a_partner(work, PartnerKind.CUSTOMER),
    )
    supplier, other = await a_partner(work), await a_partner(work)
    receipt = await received(work, place, variant, supplier)
    with pytest.raises(BadInput, match="is a CUSTOMER") as refused:
        await received(work, place, variant, customer)
    assert refused.value.path == ("input", "partnerId")
    line = inventory.Line(variant_id=variant, quantity=Quantity(1))
    gone = inventory.DraftedDocument(
        kind=MovementKind.ADJUSTMENT_OUT, warehouse_id=place, reason="给客户", lines=[line]
    )
    draft = await inventory.draft_stock_document(work, replace(gone, partner_id=customer.id))
    await work.session.flush()
    await inventory.change_stock_document(work, draft.id, replace(gone, partner_id=other.id))
    moved = replace(gone, kind=MovementKind.BIN_MOVE, partner_id=other.id)
    with pytest.raises(BadInput, match="somebody outside"):
        await inventory.draft_stock_document(work, moved)
    await partners.change_partner(work, other.id, PartnerChanges(active=False))
    for partner, refusal in ((other.id, partners.PartnerInactive), (partners.PartnerId(uuid4()), NotFound)):
        with pytest.raises(refusal):
            await inventory.draft_stock_document(work, replace(gone, partner_id=partner))
    void = await inventory.void_stock_document(work, receipt.id, "a mistake")
    assert void.partner_id == supplier.id
    where = inventory.StockDocumentFilter(partners=[supplier.id, other.id], warehouses=[place])
    page = await inventory.stock_documents(reading(work), where, PageRequest(first=10))
    assert {row.id for row in page.rows} == {receipt.id, draft.id, void.id}


async def test_what_goes_back_goes_to_the_supplier_it_came_from(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    supplier, other = await a_partner(work), await a_partner(work)
    receipts = [await received(work, place, variant, each) for each in (supplier, other, None)]
    lines = [
        inventory.Line(variant_id=variant, quantity=Quantity(1), receipt_id=each.id, receipt_position=1)
        for each in receipts
    ]
    back = inventory.DraftedDocument(kind=MovementKind.SUPPLIER_RETURN, warehouse_id=place, reason="bad", lines=lines)
    with pytest.raises(inventory.OfAnotherSupplier, match=other.name) as refused:
        await inventory.draft_stock_document(work, back)
    assert refused.value.path == ("input", "lines", "1", "receiptId")
    with pytest.raises(inventory.OfAnotherSupplier):
        await inventory.draft_stock_document(work, replace(back, lines=lines[:1], partner_id=other.id))
    document = await inventory.draft_stock_document(work, replace(back, lines=[lines[2], lines[0]]))
    assert document.partner_id == supplier.id


async def test_a_sheet_names_partners_by_their_codes(work: Work) -> None:
    _, sku, place = await goods(work)
    supplier, twin = await a_partner(work, code="T-1"), await a_partner(work, code="T-2")
    await a_partner(work, PartnerKind.CUSTOMER, code="T-2")
    heads = ["单号", "类型", "仓库", "事由", "SKU", "数量", "单价", "往来单位"]
    rows = [
        heads,
        ["P1", "入库", place, "by sheet", sku, "1", "2", "T-1"],
        ["P2", "入库", place, "by sheet", sku, "1", "2", "T-2"],
    ]
    made = await checked(work, SheetKind.STOCK_DOCUMENTS, rows)
    await sheets.commit_sheet(work, made.id)
    found = select(inventory.StockDocument.partner_id).where(inventory.StockDocument.reason == "by sheet")
    assert {row.partner_id for row in await work.rows(found)} == {supplier.id, twin.id}
    wrong = [
        ["P3", "其他出库", place, "r", sku, "1", "", "T-2"],
        ["P4", "报废", place, "r", sku, "1", "", "NOBODY"],
        ["P5", "移库", place, "r", sku, "1", "", "T-1"],
    ]
    assert told(await checked(work, SheetKind.STOCK_DOCUMENTS, [heads, *wrong])) == [
        (row, "往来单位") for row in (2, 3, 4)
    ]
