"""Frozen and recalled lots: they stay in stock and are not sold, whoever sells at the same moment."""

import asyncio
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import inventory
from domain.inventory.models import Lot
from domain.inventory.refused_postings import LotsBlocked, NegativeStock
from domain.inventory.shipping import ShippedLine
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotFound,
    Quantity,
    Refusal,
    Sessions,
    Work,
    WrongState,
    begin,
    permission_of,
    system,
    tried,
)
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    a_zone,
    adjust,
    bin_named,
    broken,
    item,
    stock,
)

TO_SHIP = inventory.ClaimClass.TO_SHIP


async def lot_of(work: Work, code: str) -> inventory.LotId:
    found: inventory.LotId | None = await work.session.scalar(select(Lot.id).where(Lot.code == code))
    assert found is not None
    return found


async def two_lots(work: Work) -> tuple[UUID, inventory.WarehouseId]:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5, lot="GOOD")
    await stock(work, variant, warehouse, 7, lot="BAD")
    return variant, warehouse


async def claimed(work: Work, variant: UUID, warehouse: UUID, quantity: int) -> inventory.WantedLine:
    line = a_line(variant, quantity)
    await inventory.claim(work, uuid4(), [warehouse], [line], TO_SHIP)
    return line


async def ship(work: Work, warehouse: UUID, line: inventory.WantedLine) -> None:
    leaving = ShippedLine(line.order_line_id, line.variant_id, line.quantity, 1)
    await inventory.ship(work, "shipment", uuid4(), warehouse, [leaving])


async def state(work: Work, variant: UUID, warehouse: UUID) -> str:
    """Say what is there, and what of it is blocked; and that all of it adds up."""
    await work.session.flush()
    assert await broken(work) == {}
    found = await item(work, variant, warehouse)
    return f"{found.on_hand} / {found.blocked}"


async def test_what_is_frozen_is_there_and_not_for_sale(work: Work) -> None:
    variant, warehouse = await two_lots(work)
    frozen = await inventory.freeze_lot(work, await lot_of(work, "BAD"), " complaint ")
    assert (frozen.status, frozen.status_reason) == (inventory.LotStatus.FROZEN, "complaint")
    assert await state(work, variant, warehouse) == "12.0000 / 7.0000"
    with pytest.raises(inventory.StockShort, match="Only 5"):
        await claimed(work, variant, warehouse, 6)
    with pytest.raises(LotsBlocked, match="Only 5") as refused:
        await adjust(work, variant, warehouse, -6)
    assert refused.value.path == ("input", "lines", "0", "quantity")
    await ship(work, warehouse, await claimed(work, variant, warehouse, 5))
    assert await state(work, variant, warehouse) == "7.0000 / 7.0000"
    await inventory.release_lot(work, frozen.id, "tested")
    assert await state(work, variant, warehouse) == "7.0000 / 0.0000"
    await claimed(work, variant, warehouse, 7)


async def test_what_was_promised_before_is_not_shipped_of_it(work: Work) -> None:
    variant, warehouse = await two_lots(work)
    line = await claimed(work, variant, warehouse, 8)
    await inventory.recall_lot(work, await lot_of(work, "BAD"), "glass in it")
    with pytest.raises(LotsBlocked, match="Only 5"):
        await ship(work, warehouse, line)


async def test_other_lots_are_shipped_instead(work: Work) -> None:
    variant, warehouse = await two_lots(work)
    line = await claimed(work, variant, warehouse, 8)
    await inventory.recall_lot(work, await lot_of(work, "BAD"), "glass in it")
    assert await state(work, variant, warehouse) == "12.0000 / 7.0000"
    await stock(work, variant, warehouse, 3, lot="LATER")
    await ship(work, warehouse, line)
    assert await state(work, variant, warehouse) == "7.0000 / 7.0000"


async def test_who_names_it_may_take_it_out(work: Work) -> None:
    variant, warehouse = await two_lots(work)
    bad = await lot_of(work, "BAD")
    await claimed(work, variant, warehouse, 5)
    await inventory.freeze_lot(work, bad, "complaint")
    await adjust(work, variant, warehouse, -4, lot=bad)
    assert await state(work, variant, warehouse) == "8.0000 / 3.0000"
    with pytest.raises(NegativeStock):
        await adjust(work, variant, warehouse, -1, lot=await lot_of(work, "GOOD"))
    await stock(work, variant, await a_warehouse(work), 2, lot="BAD")
    await stock(work, variant, warehouse, 2, lot="BAD")
    assert await state(work, variant, warehouse) == "10.0000 / 5.0000"


async def test_what_was_promised_before_is_no_reason_not_to_move_the_rest(work: Work) -> None:
    variant, warehouse = await two_lots(work)
    await claimed(work, variant, warehouse, 8)
    await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1))
    await inventory.recall_lot(work, await lot_of(work, "BAD"), "glass in it")
    shelf, good = await bin_named(work, warehouse, "A1"), await lot_of(work, "GOOD")
    line = inventory.Line(variant_id=variant, quantity=Quantity(5), lot_id=good, to_bin_id=shelf)
    kind = inventory.MovementKind.BIN_MOVE
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=warehouse, reason="tidy up", lines=[line])
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)
    await inventory.void_stock_document(work, document.id, "wrong shelf")
    assert await state(work, variant, warehouse) == "12.0000 / 7.0000"


async def test_only_who_may_release_a_lot_lets_its_goods_become_others(work: Work) -> None:
    variant, warehouse = await two_lots(work)
    bad, kind = await lot_of(work, "BAD"), inventory.MovementKind.LOT_CHANGE
    good = inventory.Line(variant_id=variant, quantity=Quantity(1), lot_id=await lot_of(work, "GOOD"), lot_code="FINE")
    line = inventory.Line(variant_id=variant, quantity=Quantity(3), lot_id=bad, lot_code="FINE")
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=warehouse, reason="label", lines=[good, line])
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.recall_lot(work, bad, "glass in it")
    boss, posting = work.actor, permission_of(inventory.post_stock_document)
    work.actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="clerk", permissions=frozenset({posting}))
    with pytest.raises(inventory.LotNotReleased, match="BAD is RECALLED") as refused:
        await inventory.post_stock_document(work, document.id)
    assert refused.value.path == ("input", "lines", "1", "lotId")
    work.actor = boss
    await inventory.post_stock_document(work, document.id)
    assert await state(work, variant, warehouse) == "12.0000 / 4.0000"


async def test_what_is_refused(work: Work) -> None:
    await two_lots(work)
    bad = await lot_of(work, "BAD")
    with pytest.raises(BadInput):
        await inventory.freeze_lot(work, bad, " ")
    with pytest.raises(WrongState):
        await inventory.release_lot(work, bad, "never frozen")
    with pytest.raises(NotFound):
        await inventory.recall_lot(work, inventory.LotId(uuid4()), "no such lot")


async def test_nobody_sells_it_while_it_is_frozen(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, warehouse = await two_lots(work)
        bad, elsewhere = await lot_of(work, "BAD"), [await a_warehouse(work) for _ in range(4)]

    async def sell() -> None:
        async with begin(sessions, system("seller")) as work:
            await ship(work, warehouse, await claimed(work, variant, warehouse, 1))

    async def bring(place: UUID) -> None:
        async with begin(sessions, system("keeper")) as work:
            await stock(work, variant, place, 1, lot="BAD")

    async def freeze() -> None:
        async with begin(sessions, system("pharmacist")) as work:
            await inventory.freeze_lot(work, bad, "complaint")

    done = await asyncio.gather(
        *(tried(sell) for _ in range(8)),
        *(tried(partial(bring, place)) for place in elsewhere),
        tried(freeze),
        *(tried(sell) for _ in range(8)),
        return_exceptions=True,
    )
    assert all(each is None or isinstance(each, Refusal) for each in done), done
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
        for place in elsewhere:
            assert await state(work, variant, place) == "1.0000 / 1.0000"
        left = await item(work, variant, warehouse)
        assert left.on_hand - left.blocked >= Quantity(0)


async def assembled(work: Work, place: inventory.WarehouseId, whole: UUID, code: str | None, *parts: UUID) -> None:
    """Make two of one of each part, of the lots named like the part's own code."""
    named = [(await work.rows(select(Lot.id).where(Lot.variant_id == part))) for part in parts]
    lines = [
        inventory.Line(variant_id=whole, quantity=Quantity(2), lot_code=code),
        *(
            inventory.Line(variant_id=part, quantity=Quantity(1), lot_id=rows[0].id if len(rows) == 1 else None)
            for part, rows in zip(parts, named, strict=True)
        ),
    ]
    kind = inventory.MovementKind.ASSEMBLY
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="kits", lines=lines)
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)


async def statuses(work: Work) -> dict[str, str]:
    rows = await work.rows(select(Lot.code, Lot.status, Lot.stopped_with_id).order_by(Lot.code))
    return {row.code: f"{row.status}{' with another' if row.stopped_with_id else ''}" for row in rows}


async def test_lots_made_of_a_stopped_one_are_stopped_and_released_with_it(work: Work) -> None:
    """A serum goes into a kit, the kit into a case; a needle goes into the same case."""
    serum, needle, kit, case, place = *[await a_variant(work) for _ in range(4)], await a_warehouse(work)
    await stock(work, serum, place, 4, lot="SERUM")
    await stock(work, needle, place, 4, lot="NEEDLE")
    await assembled(work, place, kit, "KIT", serum)
    await assembled(work, place, case, "CASE", kit, needle)
    await inventory.freeze_lot(work, await lot_of(work, "SERUM"), "complaint", including_made_of=False)
    assert await statuses(work) == {"SERUM": "FROZEN", "NEEDLE": "GOOD", "KIT": "GOOD", "CASE": "GOOD"}
    await inventory.recall_lot(work, await lot_of(work, "SERUM"), "glass in it")
    with_it = {"SERUM": "RECALLED", "KIT": "RECALLED with another", "CASE": "RECALLED with another"}
    assert await statuses(work) == {"NEEDLE": "GOOD", **with_it}
    assert [await state(work, each, place) for each in (serum, kit, case)] == [
        "3.0000 / 3.0000",
        "1.0000 / 1.0000",
        "2.0000 / 2.0000",
    ]
    with pytest.raises(inventory.StockShort):
        await claimed(work, case, place, 1)
    await inventory.freeze_lot(work, await lot_of(work, "NEEDLE"), "bent")
    await inventory.release_lot(work, await lot_of(work, "SERUM"), "harmless")
    assert await statuses(work) == {"SERUM": "GOOD", "KIT": "GOOD", "NEEDLE": "FROZEN", "CASE": "FROZEN with another"}
    await inventory.recall_lot(work, await lot_of(work, "KIT"), "labels")
    assert (await statuses(work))["CASE"] == "FROZEN with another"
    await inventory.release_lot(work, await lot_of(work, "NEEDLE"), "straight")
    assert await statuses(work) == {
        "SERUM": "GOOD",
        "NEEDLE": "GOOD",
        "KIT": "RECALLED",
        "CASE": "RECALLED with another",
    }
    why = select(Lot.status_reason).where(Lot.code == "CASE")
    assert await work.session.scalar(why) == "labels"
    await inventory.release_lot(work, await lot_of(work, "KIT"), "printed anew")
    assert await claimed(work, case, place, 2)
    assert set((await statuses(work)).values()) == {"GOOD"}
    assert await broken(work) == {}
