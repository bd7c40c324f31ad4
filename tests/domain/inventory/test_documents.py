from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory
from domain.inventory.document_lines import LINES_MAX
from domain.inventory.models import Movement
from domain.kernel import BadInput, NotAllowed, NotFound, Quantity, Refusal, UnitPrice, Work
from domain.kernel.actors import ANONYMOUS
from domain.kernel.records import StoredEvent
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    adjust,
    broken,
    counted,
    facts_of,
    item,
    receive,
    stock,
    worth,
)


def received(variant: object, quantity: int | str = 1, cost: str = "1") -> inventory.ReceivedLine:
    return inventory.ReceivedLine(
        variant_id=variant,  # type: ignore[arg-type]
        quantity=Quantity(quantity),
        unit_cost=UnitPrice(cost),
    )


async def test_a_receipt_raises_stock_value_and_ledger(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    document = await receive(work, warehouse, [received(variant, 100, "10"), received(variant, 50, "13")])
    assert document.number.startswith("SD")
    assert await worth(work, variant, warehouse) == "150.0000 / 1650.00"
    assert (await item(work, variant, warehouse)).on_hand == Quantity(150)
    rows = await work.rows(
        select(Movement.document_line, Movement.quantity, Movement.cost_amount, Movement.kind).order_by(
            Movement.position
        )
    )
    assert [(row.document_line, str(row.quantity), str(row.cost_amount)) for row in rows] == [
        (1, "100.0000", "1000.00"),
        (2, "50.0000", "650.00"),
    ]
    (fact,) = facts_of(work, inventory.StockReceived)
    assert str(fact.cost_amount) == "1650.00"
    assert await broken(work) == {}


async def test_other_in_enters_at_the_average_or_a_stated_cost(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    with pytest.raises(inventory.CostUnknown):
        await adjust(work, variant, warehouse, 5)
    await adjust(work, variant, warehouse, 5, "2.5")
    await adjust(work, variant, warehouse, 1)
    assert await worth(work, variant, warehouse) == "6.0000 / 15.00"
    await adjust(work, variant, warehouse, -6)
    assert await worth(work, variant, warehouse) == "0.0000 / 0.00"
    assert [str(fact.cost_amount) for fact in facts_of(work, inventory.StockAdjusted)] == ["12.50", "2.50", "-15.00"]
    assert await broken(work) == {}


async def test_no_more_is_found_than_the_books_can_hold(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 1, "1000000")
    with pytest.raises(BadInput, match="books") as refused:
        await adjust(work, variant, warehouse, 9_000_000_000)
    assert refused.value.path == ("input", "lines", "0", "quantity")
    assert await worth(work, variant, warehouse) == "1.0000 / 1000000.00"


async def test_what_is_not_there_or_promised_cannot_be_taken(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 5)
    await inventory.claim(work, uuid4(), [warehouse], [a_line(variant, 2)], inventory.ClaimClass.TO_REVIEW)
    for wanted in (4, 6):
        with pytest.raises(inventory.NegativeStock) as refused:
            await adjust(work, variant, warehouse, -wanted)
        assert refused.value.available == Quantity(3)
        fact = refused.value.fact()
        assert isinstance(fact, inventory.NegativeStockAttempted)
        assert (fact.variant_id, fact.warehouse_id, fact.wanted) == (variant, warehouse, Quantity(wanted))
    await adjust(work, variant, warehouse, -3)


async def test_a_transfer_takes_its_cost_and_lots_along(work: Work) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await stock(work, variant, near, 2, "10", lot="A")
    await stock(work, variant, near, 1, "13", lot="B")
    await stock(work, variant, far, 1, "20")
    transfer = inventory.Transfer(
        from_warehouse_id=near,
        to_warehouse_id=far,
        reason="refill",
        lines=[inventory.TransferredLine(variant_id=variant, quantity=Quantity(3))],
    )
    document = await inventory.transfer_stock(work, transfer)
    assert await worth(work, variant, near) == "0.0000 / 0.00"
    assert await worth(work, variant, far) == "4.0000 / 53.00"
    rows = await work.rows(select(Movement.leg, Movement.kind).where(Movement.document_id == document.id))
    assert sorted((row.leg, row.kind.value) for row in rows) == [
        (1, "TRANSFER_OUT"),
        (2, "TRANSFER_OUT"),
        (3, "TRANSFER_IN"),
        (4, "TRANSFER_IN"),
    ]
    assert await broken(work) == {}


async def test_five_hundred_lines_cost_as_many_statements_as_one(work: Work, engine: AsyncEngine) -> None:
    warehouse = await a_warehouse(work)
    variants = [await a_variant(work) for _ in range(20)]
    await receive(work, warehouse, [received(each) for each in variants])
    costs = []
    for number in (1, LINES_MAX):
        await work.session.flush()
        with counted(engine) as statements:
            await receive(work, warehouse, [received(variants[line % 20]) for line in range(number)])
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 14
    assert await broken(work) == {}


async def test_bad_documents_are_refused(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    closed = await a_warehouse(work, active=False)
    bad: list[tuple[type[Refusal], object, list[inventory.ReceivedLine]]] = [
        (BadInput, warehouse, []),
        (BadInput, warehouse, [received(variant)] * (LINES_MAX + 1)),
        (BadInput, warehouse, [received(variant), received(variant, 0)]),
        (BadInput, warehouse, [received(variant, -1)]),
        (BadInput, warehouse, [received(variant, 1, "-1")]),
        (NotFound, warehouse, [received(uuid4())]),
        (NotFound, uuid4(), [received(variant)]),
        (inventory.WarehouseClosed, closed, [received(variant)]),
    ]
    for refusal, place, lines in bad:
        with pytest.raises(refusal):
            await receive(work, place, lines)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="reason"):
        await inventory.receive_stock(
            work, inventory.Receipt(warehouse_id=warehouse, reason=" ", lines=[received(variant)])
        )
    with pytest.raises(BadInput, match="another"):
        await inventory.transfer_stock(
            work,
            inventory.Transfer(
                from_warehouse_id=warehouse,
                to_warehouse_id=warehouse,
                reason="refill",
                lines=[inventory.TransferredLine(variant_id=variant, quantity=Quantity(1))],
            ),
        )
    assert await broken(work) == {}


async def test_who_may_not_receive_is_refused(work: Work) -> None:
    work.actor = ANONYMOUS
    with pytest.raises(NotAllowed, match=r"inventory\.receive_stock"):
        await receive(work, uuid4(), [])


async def test_each_variant_that_changed_is_said_once(work: Work) -> None:
    first, second, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    await receive(work, warehouse, [received(first, 5), received(second, 5)])
    await inventory.claim(work, uuid4(), [warehouse], [a_line(first)], inventory.ClaimClass.TO_REVIEW)
    await adjust(work, first, warehouse, -1)
    for step in list(work.closing.values()):
        await step(work)
    stored = select(StoredEvent.payload).where(StoredEvent.name == "inventory.StockChanged")
    with_the_claim = [row.payload["variant_ids"] for row in await work.rows(stored)]
    at_the_end = [fact.variant_ids for fact in facts_of(work, inventory.StockChanged)]
    assert (with_the_claim, at_the_end) == ([[str(first)]], [(second,)])


async def test_who_waited_for_stock_takes_effect_after_it_came(work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    began = work.now
    work.now = began + timedelta(seconds=1)
    await stock(work, variant, warehouse, 1)
    work.now = began
    await adjust(work, variant, warehouse, -1)
    effective = select(Movement.effective_at, Movement.posted_at).where(Movement.variant_id == variant)
    assert [tuple(row) for row in await work.rows(effective.order_by(Movement.position))] == [
        (began + timedelta(seconds=1), began + timedelta(seconds=1)),
        (began + timedelta(seconds=1), began),
    ]
    assert await broken(work) == {}
