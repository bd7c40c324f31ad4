"""What goes back to a supplier leaves at what it had cost when it came, never more of it than came."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain import inventory
from domain.inventory.models import Movement
from domain.inventory.supplier_returns import ReceiptExceeded, WentBack
from domain.inventory.writing_down import NotWorthMore
from domain.kernel import BadInput, Quantity, Refusal, Sessions, UnitPrice, Work, begin, system
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, broken, facts_of, receive, worth

KIND = inventory.MovementKind


async def a_receipt(work: Work, variant: UUID, place: UUID, quantity: int, cost: str) -> inventory.StockDocument:
    line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(quantity), unit_cost=UnitPrice(cost))
    return await receive(work, place, [line])


async def drafted(work: Work, place: Any, variant: UUID, quantity: int, receipt: Any, position: int = 1) -> Any:
    line = inventory.Line(
        variant_id=variant, quantity=Quantity(quantity), receipt_id=receipt, receipt_position=position
    )
    draft = inventory.DraftedDocument(kind=KIND.SUPPLIER_RETURN, warehouse_id=place, reason="wrong", lines=[line])
    document = await inventory.draft_stock_document(work, draft)
    return await inventory.approve_stock_document(work, document.id)


async def go_back(work: Work, place: Any, variant: UUID, quantity: int, receipt: Any) -> inventory.StockDocument:
    document = await drafted(work, place, variant, quantity, receipt)
    return await inventory.post_stock_document(work, document.id)


async def rows_of(work: Work, document: inventory.StockDocument) -> list[str]:
    found = select(Movement.kind, Movement.quantity, Movement.cost_amount).where(Movement.document_id == document.id)
    rows = await work.rows(found.order_by(Movement.leg))
    return [f"{row.kind} {row.quantity} {row.cost_amount}" for row in rows]


async def test_it_leaves_at_its_receipt_cost_and_the_average_changes(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await a_receipt(work, variant, place, 100, "10")
    later = await a_receipt(work, variant, place, 50, "13")
    await adjust(work, variant, place, -55)
    assert await worth(work, variant, place) == "95.0000 / 1045.00"
    await go_back(work, place, variant, 20, later.id)
    assert await worth(work, variant, place) == "75.0000 / 785.00"
    assert [str(each.cost_amount) for each in facts_of(work, inventory.StockReceived)][-1] == "-260.00"
    assert await broken(work) == {}


async def test_what_the_average_misses_is_a_variance(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    dear = await a_receipt(work, variant, place, 5, "13")
    await a_receipt(work, variant, place, 5, "1")
    await adjust(work, variant, place, -4)
    cheap = await go_back(work, place, variant, 4, dear.id)
    assert await rows_of(work, cheap) == ["SUPPLIER_RETURN -4.0000 -52.00", "REVALUATION 0.0000 10.00"]
    last = await go_back(work, place, variant, 1, dear.id)
    assert await worth(work, variant, place) == "1.0000 / 0.00"
    await inventory.void_stock_document(work, last.id, "not sent")
    await inventory.void_stock_document(work, cheap.id, "not sent")
    assert await worth(work, variant, place) == "6.0000 / 42.00"
    assert await broken(work) == {}


async def test_nothing_left_is_worth_nothing(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    first = await a_receipt(work, variant, place, 1, "10")
    await a_receipt(work, variant, place, 1, "12")
    await adjust(work, variant, place, -1)
    gone = await go_back(work, place, variant, 1, first.id)
    assert await rows_of(work, gone) == ["SUPPLIER_RETURN -1.0000 -10.00", "REVALUATION 0.0000 -1.00"]
    fact = facts_of(work, inventory.StockReceived)[-1]
    assert (str(fact.cost_amount), str(fact.variance)) == ("-10.00", "-1.00")
    assert await broken(work) == {}


async def test_a_new_price_of_the_receipt_counts_and_parts_add_up(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    receipt = await a_receipt(work, variant, place, 3, "1")
    await inventory.reprice_receipt(
        work, receipt.id, [inventory.NewPrice(position=1, unit_cost=UnitPrice("3.333333"))], "bill"
    )
    parts = [await go_back(work, place, variant, 1, receipt.id) for _ in range(3)]
    costs = [(await rows_of(work, each))[0].split()[2] for each in parts]
    assert costs == ["-3.33", "-3.34", "-3.33"]
    assert await worth(work, variant, place) == "0.0000 / 0.00"


async def test_no_more_goes_back_than_came(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    receipt = await a_receipt(work, variant, place, 5, "2")
    await a_receipt(work, variant, place, 5, "2")
    waiting = await drafted(work, place, variant, 3, receipt.id)
    went = await go_back(work, place, variant, 3, receipt.id)
    with pytest.raises(ReceiptExceeded, match="only 2") as refused:
        await inventory.post_stock_document(work, waiting.id)
    assert refused.value.path == ("input", "lines", "0", "quantity")
    with pytest.raises(WentBack):
        await inventory.void_stock_document(work, receipt.id, "mistake")
    await inventory.void_stock_document(work, went.id, "not sent")
    await inventory.post_stock_document(work, waiting.id)
    assert await broken(work) == {}


async def test_a_line_names_a_posted_receipt_of_the_same_variant(work: Work) -> None:
    variant, other, place = await a_variant(work), await a_variant(work), await a_warehouse(work)
    receipt = await a_receipt(work, variant, place, 5, "2")
    taken = await adjust(work, variant, place, -1)
    for which, what, position, refusal, field in (
        (receipt.id, other, 1, BadInput, "receiptPosition"),
        (receipt.id, variant, 2, BadInput, "receiptPosition"),
        (taken.id, variant, 1, BadInput, "receiptId"),
        (receipt.id, variant, None, BadInput, "receiptId"),
    ):
        with pytest.raises(refusal) as refused:
            await drafted(work, place, what, 1, which, position)  # type: ignore[arg-type] # One is left out.
        assert refused.value.path == ("input", "lines", "0", field)


async def test_two_who_send_back_at_once_send_no_more_than_came(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, place = await a_variant(work), await a_warehouse(work)
        receipt = await a_receipt(work, variant, place, 5, "2")
        await a_receipt(work, variant, place, 20, "2")

    async def send() -> bool:
        try:
            async with begin(sessions, system("clerk")) as work:
                await go_back(work, place, variant, 3, receipt.id)
        except Refusal:
            return False
        return True

    assert sum(await asyncio.gather(*(send() for _ in range(4)))) == 1
    async with begin(sessions, system("tests")) as work:
        assert await worth(work, variant, place) == "22.0000 / 44.00"
        assert await broken(work) == {}


async def test_stock_is_written_down_by_a_paper_of_its_own(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work, sellable=False)
    await a_receipt(work, variant, place, 4, "5")
    lower = inventory.LowerValue(variant_id=variant, unit_value=UnitPrice("1.5"))
    change = await inventory.write_down_stock(work, place, [lower], "scratched")
    assert change.kind is inventory.CostChangeKind.WRITTEN_DOWN
    assert await worth(work, variant, place) == "4.0000 / 6.00"
    with pytest.raises(NotWorthMore) as refused:
        await inventory.write_down_stock(work, place, [lower], "again")
    assert refused.value.path == ("input", "lines", "0", "unitValue")
    assert await broken(work) == {}
