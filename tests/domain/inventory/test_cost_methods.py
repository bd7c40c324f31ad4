"""Fixed costs: stock is worth its quantity times that cost at all times, and what misses it is a variance."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain import inventory, transfers
from domain.catalogue import CostMethod
from domain.inventory.averages import Worth
from domain.inventory.models import Movement, MovementKind, StockDocument
from domain.kernel import BadInput, Money, NotFound, Quantity, Refusal, Sessions, UnitPrice, Work, begin, system
from tests.domain.inventory.builders import (
    a_variant,
    a_warehouse,
    adjust,
    broken,
    counted,
    facts_of,
    receive,
    stock,
    worth,
)


async def fix(work: Work, variant_id: UUID, cost: str | None, reason: str = "policy") -> inventory.CostChange:
    method = CostMethod.MOVING_AVERAGE if cost is None else CostMethod.FIXED
    fixed = None if cost is None else UnitPrice(cost)
    new = inventory.NewCostMethod(variant_ids=[variant_id], method=method, fixed_cost=fixed, reason=reason)
    return await inventory.set_cost_method(work, new)


async def rows_of(work: Work, document_id: UUID) -> list[str]:
    found = select(Movement).where(Movement.document_id == document_id).order_by(Movement.position)
    rows = (await work.session.scalars(found)).all()
    return [f"{row.kind} {row.quantity} {row.cost_amount}" for row in rows]


def a_receipt(variant_id: UUID, quantity: int, cost: str) -> inventory.ReceivedLine:
    return inventory.ReceivedLine(variant_id=variant_id, quantity=Quantity(quantity), unit_cost=UnitPrice(cost))


def test_at_a_fixed_cost_the_average_is_not_asked() -> None:
    there = Worth(Quantity(4), Money(20), UnitPrice(5))
    assert (there.issue_amount(Quantity(1)), there.entry_amount(Quantity(2))) == (Money(5), Money(10))
    assert there.after_entry(Quantity(5), Money(30)).misfit() == Money(-5)
    third = Worth(Quantity(2), Money("0.67"), UnitPrice("0.333333"))
    assert [third.issue_amount(Quantity(1)), third.after_issue(Quantity(1), Money("0.34")).misfit()] == [
        Money("0.34"),
        Money(0),
    ]


async def test_the_golden_receipts_at_a_fixed_cost(work: Work) -> None:
    """4 at 4 and 6 at 5 with a fixed cost of 5: stock 50, owed 46, variance 4; then 4 at 4 and 5 at 6: 45, 46, -1."""
    place = await a_warehouse(work)
    for second, owed, there, variance in (
        (("6", "5"), 46, "10.0000 / 50.00", 4),
        (("5", "6"), 46, "9.0000 / 45.00", -1),
    ):
        variant = await a_variant(work)
        await fix(work, variant, "5")
        await stock(work, variant, place, 4, "4")
        await stock(work, variant, place, *second)
        assert await worth(work, variant, place) == there
        received = facts_of(work, inventory.StockReceived)[-2:]
        assert Money.total(fact.cost_amount for fact in received) == Money(owed)
        assert Money.total(fact.variance for fact in received) == Money(variance)
    assert await broken(work) == {}


async def test_another_fixed_cost_revalues_what_is_there(work: Work) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, variant, near, 5, "9.99")
    await stock(work, variant, far, 2, "1")
    first = await fix(work, variant, "10")
    assert sorted(await rows_of(work, first.id)) == ["REVALUATION 0.0000 0.05", "REVALUATION 0.0000 18.00"]
    second = await fix(work, variant, "15")
    assert sorted(await rows_of(work, second.id)) == ["REVALUATION 0.0000 10.00", "REVALUATION 0.0000 25.00"]
    assert await worth(work, variant, near) == "5.0000 / 75.00"
    assert [fact.change_id for fact in facts_of(work, inventory.CostChanged)] == [first.id, second.id]
    back = await fix(work, variant, None)
    assert await rows_of(work, back.id) == []
    await stock(work, variant, near, 5, "5")
    assert await worth(work, variant, near) == "10.0000 / 100.00"
    assert await broken(work) == {}


async def test_every_document_leaves_stock_at_its_fixed_cost(work: Work) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    samples = await a_warehouse(work, valued=False, sellable=False)
    await fix(work, variant, "0.333333")
    await stock(work, variant, near, 10, "1")
    await adjust(work, variant, near, -1)
    await adjust(work, variant, near, 2)
    await adjust(work, variant, near, 2, "7")
    for place, quantity in ((far, 4), (samples, 1), (far, 3)):
        line = inventory.TransferredLine(variant_id=variant, quantity=Quantity(quantity))
        given = inventory.Transfer(from_warehouse_id=near, to_warehouse_id=place, reason="refill", lines=[line])
        await inventory.transfer_stock(work, given)
    back = inventory.Line(variant_id=variant, quantity=Quantity(2), unit_cost=UnitPrice("0.9"))
    draft = inventory.DraftedDocument(kind=MovementKind.SUPPLIER_RETURN, warehouse_id=far, reason="back", lines=[back])
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)
    assert await worth(work, variant, far) == "5.0000 / 1.67"
    assert await worth(work, variant, samples) == "1.0000 / 0.00"
    assert await broken(work) == {}


async def test_what_is_on_the_way_keeps_its_cost_until_it_arrives(work: Work) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await fix(work, variant, "5")
    await stock(work, variant, near, 4, "5")
    wanted = [transfers.WantedGoods(variant_id=variant, quantity=Quantity(3))]
    new = transfers.NewTransfer(from_warehouse_id=near, to_warehouse_id=far, reason="few", lines=wanted)
    asked = await transfers.request_transfer(work, new)
    await transfers.approve_transfer(work, asked.id)
    await transfers.ship_transfer(work, asked.id)
    await fix(work, variant, "6")
    assert await worth(work, variant, inventory.IN_TRANSIT) == "3.0000 / 15.00"
    await transfers.receive_transfer(work, asked.id)
    assert await worth(work, variant, far) == "3.0000 / 18.00"
    assert await broken(work) == {}


async def test_a_receipt_is_voided_with_its_variance_also_after_the_cost_changed(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await fix(work, variant, "5")
    await stock(work, variant, place, 1, "5")
    receipt = await receive(work, place, [a_receipt(variant, 4, "4")])
    await fix(work, variant, "8")
    void = await inventory.void_stock_document(work, receipt.id, "never came")
    assert await rows_of(work, void.id) == [
        "REVALUATION 0.0000 -4.00",
        "RECEIPT -4.0000 -16.00",
        "REVALUATION 0.0000 -12.00",
    ]
    assert await worth(work, variant, place) == "1.0000 / 8.00"
    told = facts_of(work, inventory.StockReceived)[-1]
    assert (told.cost_amount, told.variance) == (Money(-16), Money(-16))
    assert await broken(work) == {}


@pytest.mark.parametrize(
    ("wrong", "refusal", "path"),
    [
        ({"fixed_cost": None}, BadInput, ("input", "fixedCost")),
        ({"fixed_cost": UnitPrice(-1)}, BadInput, ("input", "fixedCost")),
        ({"method": CostMethod.MOVING_AVERAGE}, BadInput, ("input", "fixedCost")),
        ({"variant_ids": []}, BadInput, ("input", "variantIds")),
        ({"variant_ids": [UUID(int=1)]}, NotFound, ("input", "variantIds", "0")),
        ({"reason": " "}, BadInput, ("input", "reason")),
    ],
)
async def test_what_makes_no_sense_is_refused(
    work: Work, wrong: dict[str, Any], refusal: type[Refusal], path: tuple[str, ...]
) -> None:
    variant = await a_variant(work)
    given = {"variant_ids": [variant], "method": CostMethod.FIXED, "fixed_cost": UnitPrice(5), "reason": "policy"}
    with pytest.raises(refusal) as caught:
        await inventory.set_cost_method(work, inventory.NewCostMethod(**(given | wrong)))
    assert caught.value.path == path


async def test_who_sees_some_warehouses_only_does_not_set_the_cost_of_all(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    work.actor = system("clerk")
    object.__setattr__(work.actor, "warehouses", frozenset({place}))
    with pytest.raises(inventory.WholeCompanyOnly):
        await fix(work, variant, "5")


async def test_a_receipt_at_a_fixed_cost_takes_as_many_statements_as_any(own_engine: Any, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        plain, fixed, place = await a_variant(work), await a_variant(work), await a_warehouse(work)
        await fix(work, fixed, "5")
        for each in (plain, fixed):
            await stock(work, each, place, 4, "4")
    counts = []
    for each in (plain, fixed):
        async with begin(sessions, system("tests")) as work:
            with counted(own_engine) as statements:
                await stock(work, each, place, 4, "4")
            counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_costs_are_set_while_goods_come_in_everywhere(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant = await a_variant(work)
        places = [await a_warehouse(work) for _ in range(6)]

    async def bring(place: inventory.WarehouseId) -> None:
        async with begin(sessions, system("clerk")) as work:
            await stock(work, variant, place, 3, "4")

    async def set_to(cost: str) -> None:
        async with begin(sessions, system("boss")) as work:
            await fix(work, variant, cost)

    costs = [set_to(cost) for cost in ("5", "6", "7")]
    await asyncio.gather(*[bring(place) for place in places], *costs, *[bring(place) for place in places])
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
        posted = await work.rows(select(StockDocument.id))
        assert len(posted) == 12
