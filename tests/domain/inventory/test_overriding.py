"""Negative stock is denied; by a right with a reason more is taken than is there, and the next receipt mends it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import alerts, inventory
from domain.alerts import AlertKind
from domain.catalogue import CostMethod
from domain.inventory.models import Movement, StockBalance
from domain.inventory.refused_postings import MovedOn, NegativeStock
from domain.inventory.replaying import NegativeThen, NotCostedAnew
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotAllowed,
    Quantity,
    Refusal,
    Sessions,
    UnitPrice,
    Work,
    begin,
    system,
)
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    adjust,
    broken,
    facts_of,
    item,
    stock,
    worth,
)

KIND = inventory.MovementKind
WHY = "the truck is at the door, its paper is not"


async def take(work: Work, variant: UUID, place: UUID, quantity: int, reason: str | None = WHY, **other: Any) -> Any:
    line = inventory.AdjustedLine(variant_id=variant, quantity=Quantity(quantity), **other)
    adjustment = inventory.Adjustment(
        warehouse_id=inventory.WarehouseId(place),
        kind=inventory.AdjustmentKind.OUT,
        reason="sample",
        lines=[line],
        override_reason=reason,
    )
    return await inventory.adjust_stock(work, adjustment)


async def rows_of(work: Work, document: inventory.StockDocument) -> list[str]:
    row = Movement
    found = select(row.kind, row.quantity, row.cost_amount, row.override_reason).where(row.document_id == document.id)
    rows = await work.rows(found.order_by(row.leg))
    return [f"{row.kind} {row.quantity} {row.cost_amount} {row.override_reason or ''}".strip() for row in rows]


async def test_more_than_is_there_is_taken_by_the_right_with_a_reason_only(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 5, "10")
    with pytest.raises(NegativeStock):
        await take(work, variant, place, 8, None)
    with pytest.raises(BadInput) as refused:
        await take(work, variant, place, 8, "  ")
    assert refused.value.path == ("input", "overrideReason")
    granted = frozenset({"inventory.adjust_stock"})
    clerk = Actor(kind=ActorKind.STAFF, id=uuid4(), name="clerk", permissions=granted)
    boss, work.actor = work.actor, clerk
    with pytest.raises(NotAllowed, match="override_negative"):
        await take(work, variant, place, 8)
    work.actor = boss
    document = await take(work, variant, place, 8)
    assert document.override_reason == WHY
    assert await rows_of(work, document) == ["ADJUSTMENT_OUT -5.0000 -50.00", f"ADJUSTMENT_OUT -3.0000 -30.00 {WHY}"]
    assert await worth(work, variant, place) == "-3.0000 / -30.00"
    kept = await item(work, variant, place)
    assert (kept.on_hand, kept.overdrawn) == (Quantity(-3), Quantity(3))
    assert await broken(work) == {}


async def test_the_next_receipt_makes_the_average_and_trues_up_what_was_missing(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 5, "10")
    await take(work, variant, place, 8)
    await stock(work, variant, place, 1, "12", lot="L1")
    assert await worth(work, variant, place) == "-2.0000 / -24.00"
    await stock(work, variant, place, 10, "13", lot="L1")
    assert await worth(work, variant, place) == "8.0000 / 104.00"
    variances = [str(each.variance) for each in facts_of(work, inventory.StockReceived)]
    assert variances == ["0.00", "-6.00", "-2.00"]
    kept = select(StockBalance.on_hand).where(StockBalance.variant_id == variant).order_by(StockBalance.on_hand)
    assert [str(row.on_hand) for row in await work.rows(kept)] == ["0.0000", "8.0000"]
    assert (await item(work, variant, place)).overdrawn == Quantity(0)
    assert await broken(work) == {}


async def test_nothing_again_is_worth_nothing(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 1, "10")
    await adjust(work, variant, place, -1)
    taken = await take(work, variant, place, 3)
    assert await rows_of(work, taken) == [f"ADJUSTMENT_OUT -3.0000 -30.00 {WHY}"]
    await stock(work, variant, place, 3, "12.5")
    assert await worth(work, variant, place) == "0.0000 / 0.00"
    unknown = await a_variant(work)
    assert await rows_of(work, await take(work, unknown, place, 2)) == [f"ADJUSTMENT_OUT -2.0000 0.00 {WHY}"]
    await stock(work, unknown, place, 2, "7")
    assert await worth(work, unknown, place) == "0.0000 / 0.00"
    assert await broken(work) == {}


async def test_at_a_fixed_cost_what_is_missing_is_worth_that(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    new = inventory.NewCostMethod(
        variant_ids=[variant], method=CostMethod.FIXED, fixed_cost=UnitPrice("5"), reason="policy"
    )
    await inventory.set_cost_method(work, new)
    await take(work, variant, place, 4)
    assert await worth(work, variant, place) == "-4.0000 / -20.00"
    await stock(work, variant, place, 6, "7")
    assert await worth(work, variant, place) == "2.0000 / 10.00"
    assert await broken(work) == {}


async def test_what_is_promised_or_named_is_not_taken_even_so(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 5, "10", lot="L1")
    order = uuid4()
    await inventory.claim(work, order, [place], [a_line(variant, 2)], inventory.ClaimClass.TO_REVIEW)
    with pytest.raises(NegativeStock, match="Only 3"):
        await take(work, variant, place, 8)
    await inventory.release(work, [order])
    lot = await work.session.scalar(select(inventory.Lot.id).where(inventory.Lot.variant_id == variant))
    with pytest.raises(NegativeStock):
        await take(work, variant, place, 8, lot_id=lot)
    await take(work, variant, place, 8)
    with pytest.raises(inventory.StockShort):
        await inventory.claim(work, uuid4(), [place], [a_line(variant, 1)], inventory.ClaimClass.TO_REVIEW)
    with pytest.raises(NegativeStock):
        await adjust(work, variant, place, -1)
    # What lies in a lot is taken although more than that is missing.
    found = inventory.AdjustedLine(variant_id=variant, quantity=Quantity(2), lot_id=lot)
    kind = inventory.AdjustmentKind.IN
    back = inventory.Adjustment(warehouse_id=place, kind=kind, reason="seen", lines=[found])
    await inventory.adjust_stock(work, back)
    assert await broken(work) == {}


async def test_an_alert_is_open_until_what_is_missing_came_in(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await take(work, variant, place, 3)
    fact = inventory.StockChanged(variant_ids=(variant,))
    found = select(alerts.Alert.level, alerts.Alert.evidence).where(
        alerts.Alert.kind == AlertKind.OVERDRAWN, alerts.Alert.resolved_at.is_(None)
    )
    await inventory.watch_stock(work, fact)
    (alert,) = await work.rows(found)
    assert (alert.level, alert.evidence["overdrawn"]) == ("SEVERE", "3.0000")
    await stock(work, variant, place, 3, "1")
    await inventory.watch_stock(work, fact)
    assert await work.rows(found) == []


async def test_it_is_voided_and_what_filled_it_is_not(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 5, "10")
    taken = await take(work, variant, place, 8)
    await inventory.void_stock_document(work, taken.id, "it was the other door")
    assert await worth(work, variant, place) == "5.0000 / 50.00"
    await take(work, variant, place, 8)
    line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(10), unit_cost=UnitPrice("12"), lot_code="L1")
    receipt = inventory.Receipt(warehouse_id=place, reason="late", lines=[line])
    came = await inventory.receive_stock(work, receipt)
    with pytest.raises(MovedOn):
        await inventory.void_stock_document(work, came.id, "wrong")
    again = await inventory.reprice_receipt(
        work, came.id, [inventory.NewPrice(position=1, unit_cost=UnitPrice("13"))], "bill"
    )
    assert again.number.startswith("CC")
    assert await worth(work, variant, place) == "7.0000 / 91.00"
    assert await broken(work) == {}


async def test_a_transfer_takes_what_is_missing_along(work: Work) -> None:
    variant, place, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, variant, place, 2, "10")
    line = inventory.Line(variant_id=variant, quantity=Quantity(5))
    draft = inventory.DraftedDocument(
        kind=KIND.TRANSFER_OUT,
        warehouse_id=place,
        to_warehouse_id=far,
        reason="refill",
        lines=[line],
        override_reason=WHY,
    )
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)
    assert (await worth(work, variant, place), await worth(work, variant, far)) == (
        "-3.0000 / -30.00",
        "5.0000 / 50.00",
    )
    assert await broken(work) == {}


async def test_the_past_is_not_costed_anew_across_what_was_missing(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 2, "10")
    early = work.now
    work.now = early.replace(hour=(early.hour + 2) % 24)
    await take(work, variant, place, 5)
    line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(1), unit_cost=UnitPrice("4"))
    receipt = inventory.Receipt(warehouse_id=place, reason="late", lines=[line], effective_at=early)
    with pytest.raises((NotCostedAnew, NegativeThen)):
        await inventory.receive_stock(work, receipt)
    out = inventory.Adjustment(
        warehouse_id=place,
        kind=inventory.AdjustmentKind.OUT,
        reason="x",
        lines=[inventory.AdjustedLine(variant_id=variant, quantity=Quantity(1))],
        effective_at=early,
        override_reason=WHY,
    )
    with pytest.raises(BadInput) as refused:
        await inventory.adjust_stock(work, out)
    assert refused.value.path == ("input", "overrideReason")


async def test_two_who_take_more_than_is_there_at_once_are_both_known(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, place = await a_variant(work), await a_warehouse(work)
        await stock(work, variant, place, 5, "10")

    async def one() -> bool:
        try:
            async with begin(sessions, system("clerk")) as work:
                await take(work, variant, place, 4)
        except Refusal:
            return False
        return True

    assert all(await asyncio.gather(*(one() for _ in range(3))))
    async with begin(sessions, system("tests")) as work:
        assert await worth(work, variant, place) == "-7.0000 / -70.00"
        assert await broken(work) == {}
