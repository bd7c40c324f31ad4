"""Changes of the ERP: once however often they come, in any order, kept when nobody understands them."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from domain import erp, inventory
from domain.erp import ErpChangeKind, ErpChangeStatus, RawChange
from domain.erp.changes import UnknownThere
from domain.kernel import NotFound, Refusal, Sessions, Work, WrongState, begin, system
from tests.domain.erp.builders import a_change, an_erp, broken, codes_of, kept
from tests.domain.fulfilment.builders import a_warehouse, goods


async def on_hand(work: Work, variant_id: UUID) -> str:
    wanted = text("SELECT coalesce(sum(on_hand), 0) AS there FROM stock_items WHERE variant_id = :id")
    return str((await work.rows(wanted, {"id": variant_id}))[0].there.normalize())


async def test_a_change_is_posted_once(work: Work) -> None:
    place, partner = await a_warehouse(work), await an_erp(work)
    variant = await goods(work, place, "5")
    sku, code = await codes_of(work, variant, place)
    (row,) = await kept(work, partner, RawChange(change_id="1", content="{}"), RawChange(change_id="1", content="{}"))
    told = a_change(ErpChangeKind.RECEIPT, code, sku, "3")
    for _ in range(2):
        await erp.apply_erp_change(work, row.id, told)
    assert await on_hand(work, variant) == "8"
    assert (row.status, row.warehouse_id) == (ErpChangeStatus.APPLIED, place)
    document = await work.session.get_one(inventory.StockDocument, row.document_id)
    assert (document.kind, document.status, document.partner_id) == ("RECEIPT", "POSTED", partner.id)
    assert await broken(work) == {}


async def test_what_leaves_before_it_came_waits(work: Work) -> None:
    place, partner = await a_warehouse(work), await an_erp(work)
    variant = await goods(work, place, "1")
    sku, code = await codes_of(work, variant, place)
    into, out = await kept(
        work, partner, RawChange(change_id="2", content="{}"), RawChange(change_id="1", content="{}")
    )
    leaves = a_change(ErpChangeKind.ISSUE, code, sku, "4", None)
    with pytest.raises(Refusal) as refused:
        async with work.session.begin_nested():
            await erp.apply_erp_change(work, out.id, leaves)
    await work.session.refresh(out)
    await erp.note_change_waiting(work, out.id, refused.value.message(), code)
    assert (out.status, out.warehouse_id) == (ErpChangeStatus.WAITING, place)
    await erp.apply_erp_change(work, into.id, a_change(ErpChangeKind.ENTRY, code, sku, "4"))
    work.facts.clear()
    assert await erp.retry_waiting_changes(work) == 1
    await erp.apply_erp_change(work, out.id, leaves)
    assert (await on_hand(work, variant), out.status) == ("1", ErpChangeStatus.APPLIED)
    open_ones = await work.rows(text("SELECT id FROM alerts WHERE resolved_at IS NULL AND kind = 'REPORT_NOT_APPLIED'"))
    assert open_ones == []


async def test_what_our_books_do_not_know_is_named(work: Work) -> None:
    place, partner = await a_warehouse(work), await an_erp(work)
    sku, code = await codes_of(work, await goods(work, place, "1"), place)
    (row,) = await kept(work, partner, RawChange(change_id="1", content="{}"))
    for told in (
        a_change(ErpChangeKind.ENTRY, code, "NOBODY", "1"),
        a_change(ErpChangeKind.ENTRY, "nowhere", sku, "1"),
    ):
        with pytest.raises(UnknownThere):
            await erp.apply_erp_change(work, row.id, told)


async def test_another_content_under_a_known_number_is_kept_beside_it(work: Work) -> None:
    partner = await an_erp(work)
    first = RawChange(change_id="1", content='{"a": 1}')
    rows = await kept(work, partner, first, RawChange(change_id="1", content='{"a": 2}'), first)
    assert [(each.status, each.first) for each in rows] == [("RECEIVED", True), ("UNREADABLE", False)]
    assert (await erp.retry_erp_change(work, rows[1].id)).status is ErpChangeStatus.RECEIVED
    assert (await erp.set_aside_erp_change(work, rows[0].id, "重复")).settled_by == "tests"
    with pytest.raises(WrongState):
        await erp.retry_erp_change(work, rows[0].id)


async def test_a_change_nobody_placed_is_not_for_those_of_one_warehouse(work: Work) -> None:
    (row,) = await kept(work, await an_erp(work), RawChange(change_id="1", content="{}"))
    work.actor = replace(work.actor, warehouses=frozenset({UUID(int=1)}))
    with pytest.raises(NotFound):
        await erp.retry_erp_change(work, row.id)


async def test_two_workers_apply_a_change_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        place, partner = await a_warehouse(work), await an_erp(work)
        variant = await goods(work, place, "5")
        sku, code = await codes_of(work, variant, place)
        (row,) = await kept(work, partner, RawChange(change_id="1", content="{}"))

    async def apply() -> None:
        async with begin(sessions, system("tests")) as work:
            await erp.apply_erp_change(work, row.id, a_change(ErpChangeKind.RECEIPT, code, sku, "3"))

    await asyncio.gather(apply(), apply())
    async with begin(sessions, system("tests")) as work:
        assert await on_hand(work, variant) == "8"
