"""Stock documents in steps: nothing moves before they are posted, and a void takes back exactly what they did."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import inventory
from domain.inventory.document_lines import DRAFTED, MAKES
from domain.inventory.models import Movement, StockBalance, StockDocumentLine
from domain.inventory.refused_postings import NegativeStock
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotFound,
    PageRequest,
    Quantity,
    Refusal,
    SessionRead,
    Sessions,
    UnitPrice,
    VersionConflict,
    Work,
    WrongState,
    begin,
    system,
)
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    a_zone,
    adjust,
    bin_named,
    broken,
    facts_of,
    item,
    stock,
    worth,
)

KIND = inventory.MovementKind


def a_draft(
    kind: inventory.MovementKind, warehouse: inventory.WarehouseId, *lines: inventory.Line, **other: Any
) -> inventory.DraftedDocument:
    return inventory.DraftedDocument(kind=kind, warehouse_id=warehouse, reason="paper", lines=lines, **other)


def of(variant: UUID, quantity: int | str, cost: str | None = None, **other: Any) -> inventory.Line:
    unit_cost = UnitPrice(cost) if cost else None
    return inventory.Line(variant_id=variant, quantity=Quantity(quantity), unit_cost=unit_cost, **other)


async def posted(work: Work, draft: inventory.DraftedDocument) -> inventory.StockDocument:
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    return await inventory.post_stock_document(work, document.id)


async def there(work: Work, variant: UUID) -> set[tuple[UUID | None, UUID | None, str]]:
    """Say what lies in which bin, of which lot."""
    kept = StockBalance
    rows = await work.rows(
        select(kept.bin_id, kept.lot_id, kept.on_hand).where(kept.variant_id == variant, kept.on_hand > Quantity(0))
    )
    return {(row.bin_id, row.lot_id, str(row.on_hand)) for row in rows}


async def test_nothing_moves_before_a_document_is_approved_and_posted(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    document = await inventory.draft_stock_document(work, a_draft(KIND.RECEIPT, warehouse, of(variant, 2, "1.5")))
    with pytest.raises(WrongState, match="APPROVED"):
        await inventory.post_stock_document(work, document.id)
    await inventory.approve_stock_document(work, document.id)
    assert await work.rows(select(Movement.id)) == []
    await inventory.post_stock_document(work, document.id)
    assert await worth(work, variant, warehouse) == "2.0000 / 3.00"
    assert (document.status, document.posted_by, document.version) == ("POSTED", "tests", 3)
    with pytest.raises(WrongState):
        await inventory.post_stock_document(work, document.id)
    with pytest.raises(WrongState):
        await inventory.discard_stock_document(work, document.id)
    assert await broken(work) == {}


async def test_a_changed_document_is_approved_anew(work: Work) -> None:
    variant, other, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    document = await inventory.draft_stock_document(work, a_draft(KIND.RECEIPT, warehouse, of(variant, 2, "1")))
    await inventory.approve_stock_document(work, document.id)
    changed = a_draft(KIND.RECEIPT, warehouse, of(other, 1, "2"), of(other, 1, "3"))
    with pytest.raises(VersionConflict):
        await inventory.change_stock_document(work, document.id, changed, expected_version=1)
    await inventory.change_stock_document(work, document.id, changed, expected_version=2)
    assert (document.status, document.approved_by) == ("DRAFT", None)
    lines = select(StockDocumentLine.variant_id).where(StockDocumentLine.document_id == document.id)
    assert [row.variant_id for row in await work.rows(lines)] == [other, other]
    await inventory.discard_stock_document(work, document.id)
    with pytest.raises(WrongState):
        await inventory.change_stock_document(work, document.id, changed)
    assert await broken(work) == {}


async def test_each_kind_moves_what_it_says(work: Work) -> None:
    variant, warehouse, other = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
    a1 = await bin_named(work, warehouse, "A1")
    await posted(work, a_draft(KIND.RECEIPT, warehouse, of(variant, 10, "3", bin_id=a1), of(variant, 2, "5")))
    await posted(work, a_draft(KIND.SUPPLIER_RETURN, warehouse, of(variant, 2, "5")))
    assert await worth(work, variant, warehouse) == "10.0000 / 30.00"
    await posted(work, a_draft(KIND.SCRAP, warehouse, of(variant, 1)))
    await posted(work, a_draft(KIND.ADJUSTMENT_IN, warehouse, of(variant, 1, lot_code="L1")))
    await posted(work, a_draft(KIND.ADJUSTMENT_OUT, warehouse, of(variant, 2)))
    await posted(work, a_draft(KIND.TRANSFER_OUT, warehouse, of(variant, 3), to_warehouse_id=other))
    assert await worth(work, variant, warehouse) == "5.0000 / 15.00"
    assert [str(each.cost_amount) for each in facts_of(work, inventory.StockReceived)] == ["40.00", "-10.00"]
    adjusted = [(each.kind.value, str(each.cost_amount)) for each in facts_of(work, inventory.StockAdjusted)]
    assert adjusted == [("SCRAP", "-3.00"), ("ADJUSTMENT_IN", "3.00"), ("ADJUSTMENT_OUT", "-6.00")]
    assert await broken(work) == {}


async def test_goods_change_bin_and_lot_without_cost_and_stay_promised(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1, capacity=Quantity(4)))
    a1 = await bin_named(work, warehouse, "A1")
    await stock(work, variant, warehouse, 5, "2")
    await inventory.claim(work, uuid4(), [warehouse], [a_line(variant, 5)], inventory.ClaimClass.TO_REVIEW)
    await posted(work, a_draft(KIND.BIN_MOVE, warehouse, of(variant, 4, to_bin_id=a1)))
    assert await there(work, variant) == {(a1, None, "4.0000"), (None, None, "1.0000")}
    with pytest.raises(inventory.BinFull) as full:
        await posted(work, a_draft(KIND.BIN_MOVE, warehouse, of(variant, 1, to_bin_id=a1)))
    assert full.value.path == ("input", "lines", "0", "toBinId")
    with pytest.raises(NegativeStock):
        await posted(work, a_draft(KIND.BIN_MOVE, warehouse, of(variant, 2, to_bin_id=a1)))
    change = await posted(work, a_draft(KIND.LOT_CHANGE, warehouse, of(variant, 5, lot_code="L9")))
    ((_, lot, _), _) = sorted(await there(work, variant), key=str)
    assert lot is not None
    assert await there(work, variant) == {(a1, lot, "4.0000"), (None, lot, "1.0000")}
    await posted(work, a_draft(KIND.BIN_MOVE, warehouse, of(variant, 3, bin_id=a1)))
    assert await there(work, variant) == {(a1, lot, "1.0000"), (None, lot, "4.0000")}
    with pytest.raises(inventory.MovedOn):
        await inventory.void_stock_document(work, change.id, "wrong lot")
    assert await worth(work, variant, warehouse) == "5.0000 / 10.00"
    assert (await item(work, variant, warehouse)).to_review == Quantity(5)
    assert await broken(work) == {}


@pytest.mark.parametrize("kind", sorted(set(DRAFTED)))
async def test_a_void_takes_back_exactly_what_was_posted(work: Work, kind: inventory.MovementKind) -> None:
    variant, warehouse, other = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
    a1 = await bin_named(work, warehouse, "A1")
    await stock(work, variant, warehouse, 3, "1.01")
    await stock(work, variant, warehouse, 4, "2.02", lot="L1", bin_id=a1)
    before = await there(work, variant), await worth(work, variant, warehouse)
    cost = "7" if kind in {KIND.RECEIPT, KIND.SUPPLIER_RETURN, KIND.ADJUSTMENT_IN} else None
    line = of(variant, 2, cost, lot_code="L2" if kind is KIND.LOT_CHANGE else None)
    line = of(variant, 2, to_bin_id=a1) if kind is KIND.BIN_MOVE else line
    lines = [line]
    if kind in MAKES:
        part = await a_variant(work)
        await stock(work, part, warehouse, 9, "0.33")
        lines.append(of(part, 5))
    draft = a_draft(kind, warehouse, *lines, to_warehouse_id=other if kind is KIND.TRANSFER_OUT else None)
    document = await posted(work, draft)
    assert (await there(work, variant), await worth(work, variant, warehouse)) != before
    void = await inventory.void_stock_document(work, document.id, "a mistake")
    assert (await there(work, variant), await worth(work, variant, warehouse)) == before
    assert (document.status, void.status, void.voids_id) == ("VOIDED", "POSTED", document.id)
    for again in (document.id, void.id):
        with pytest.raises(WrongState):
            await inventory.void_stock_document(work, again, "again")
    assert await broken(work) == {}


async def test_what_has_moved_on_cannot_be_voided(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 10, "1")
    document = await posted(work, a_draft(KIND.RECEIPT, warehouse, of(variant, 10, "3")))
    await adjust(work, variant, warehouse, -10)
    # Ten are left, worth twenty: without the thirty that came in they would be worth less than nothing.
    with pytest.raises(inventory.MovedOn):
        await inventory.void_stock_document(work, document.id, "a mistake")
    promised = await posted(work, a_draft(KIND.RECEIPT, warehouse, of(variant, 1, "2")))
    await inventory.claim(work, uuid4(), [warehouse], [a_line(variant, 11)], inventory.ClaimClass.TO_SHIP)
    with pytest.raises(inventory.MovedOn) as refused:
        await inventory.void_stock_document(work, promised.id, "a mistake")
    assert (refused.value.code(), refused.value.line, refused.value.path) == ("MOVED_ON", 1, ("input", "id"))


async def test_what_a_kind_cannot_say_is_refused(work: Work) -> None:
    variant, warehouse, other = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
    a1 = await bin_named(work, warehouse, "A1")
    backwards: dict[str, Any] = {"produced_on": date(2026, 2, 1), "expires_on": date(2026, 1, 31)}
    bad: list[tuple[type[Refusal], str, inventory.DraftedDocument]] = [
        (BadInput, "kind", a_draft(KIND.SALE, warehouse, of(variant, 1))),
        (BadInput, "unitCost", a_draft(KIND.RECEIPT, warehouse, of(variant, 1))),
        (BadInput, "unitCost", a_draft(KIND.SCRAP, warehouse, of(variant, 1, "1"))),
        (BadInput, "unitCost", a_draft(KIND.RECEIPT, warehouse, of(variant, 9_000_000_000, "9000000000"))),
        (BadInput, "expiresOn", a_draft(KIND.ADJUSTMENT_IN, warehouse, of(variant, 1, lot_code="L", **backwards))),
        (BadInput, "expiresOn", a_draft(KIND.RECEIPT, warehouse, of(variant, 1, "1", expires_on=date(2027, 1, 31)))),
        (BadInput, "producedOn", a_draft(KIND.SCRAP, warehouse, of(variant, 1, produced_on=date(2026, 1, 31)))),
        (BadInput, "lotCode", a_draft(KIND.SCRAP, warehouse, of(variant, 1, lot_code="L"))),
        (BadInput, "lotCode", a_draft(KIND.LOT_CHANGE, warehouse, of(variant, 1))),
        (BadInput, "toBinId", a_draft(KIND.BIN_MOVE, warehouse, of(variant, 1, bin_id=a1, to_bin_id=a1))),
        (BadInput, "toBinId", a_draft(KIND.SCRAP, warehouse, of(variant, 1, to_bin_id=a1))),
        (BadInput, "toWarehouseId", a_draft(KIND.SCRAP, warehouse, of(variant, 1), to_warehouse_id=other)),
        (BadInput, "toWarehouseId", a_draft(KIND.TRANSFER_OUT, warehouse, of(variant, 1))),
        (NotFound, "lot", a_draft(KIND.SCRAP, warehouse, of(variant, 1, lot_id=uuid4()))),
        (NotFound, "bin", a_draft(KIND.SCRAP, other, of(variant, 1, bin_id=a1))),
    ]
    for refusal, match, draft in bad:
        with pytest.raises(refusal, match=match):
            await inventory.draft_stock_document(work, draft)


async def test_a_document_is_posted_once_by_whoever_comes_first(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, warehouse = await a_variant(work), await a_warehouse(work)
        document = await inventory.draft_stock_document(work, a_draft(KIND.RECEIPT, warehouse, of(variant, 1, "1")))
        await inventory.approve_stock_document(work, document.id)

    async def clerk() -> str:
        try:
            async with begin(sessions, system("clerk")) as work:
                await inventory.post_stock_document(work, document.id)
        except WrongState:
            return "late"
        return "posted"

    assert sorted(await asyncio.gather(*(clerk() for _ in range(4)))) == ["late"] * 3 + ["posted"]
    async with begin(sessions, system("tests")) as work:
        assert await worth(work, variant, warehouse) == "1.0000 / 1.00"
        assert await broken(work) == {}


async def test_documents_are_found_by_what_they_are_about(work: Work) -> None:
    variant, other, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    far = await a_warehouse(work)
    receipt = await posted(work, a_draft(KIND.RECEIPT, warehouse, of(variant, 5, "1")))
    transfer = await posted(work, a_draft(KIND.TRANSFER_OUT, warehouse, of(variant, 1), to_warehouse_id=far))
    draft = await inventory.draft_stock_document(work, a_draft(KIND.RECEIPT, far, of(other, 1, "1")))
    await work.session.flush()
    read = SessionRead(engine=work.session.bind, actor=work.actor, session=work.session)  # type: ignore[arg-type]

    async def found(**where: Any) -> set[UUID]:
        page = await inventory.stock_documents(read, inventory.StockDocumentFilter(**where), PageRequest())
        return {row.id for row in page.rows} & {receipt.id, transfer.id, draft.id}

    assert await found(kinds=[KIND.RECEIPT]) == {receipt.id, draft.id}
    assert await found(statuses=[inventory.DocumentStatus.DRAFT]) == {draft.id}
    assert await found(warehouses=[far]) == {transfer.id, draft.id}
    assert await found(variants=[variant]) == {receipt.id, transfer.id}
    assert await found(person="tests", number=draft.number) == {draft.id}
    assert await found(person="nobody") == set()
    assert await found(posted_from=work.now, drafted_from=work.now) == {receipt.id, transfer.id}
    assert await found(drafted_to=work.now) == set()
    work.actor = Actor(
        kind=ActorKind.STAFF, id=uuid4(), name="x", permissions=frozenset({"*"}), warehouses=frozenset({uuid4()})
    )
    with pytest.raises(NotFound):
        await inventory.approve_stock_document(work, draft.id)
