"""Receipts whose invoice says another price: what is still there is worth it, the rest is a variance."""

from typing import Any

import pytest
from sqlalchemy import text

from domain import finance, inventory
from domain.catalogue import CostMethod
from domain.inventory.passing_on import still_there
from domain.kernel import BadInput, Money, Quantity, UnitPrice, Work, WrongState
from tests.domain.inventory.builders import (
    a_variant,
    a_warehouse,
    adjust,
    broken,
    choose_scope,
    facts_of,
    receive,
    stock,
    worth,
)


async def a_receipt(work: Work, place: Any, variant: Any, quantity: int = 10, cost: str = "10") -> Any:
    line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(quantity), unit_cost=UnitPrice(cost))
    return await receive(work, place, [line])


async def reprice(work: Work, receipt: Any, cost: str, position: int = 1) -> inventory.CostChange:
    price = inventory.NewPrice(position=position, unit_cost=UnitPrice(cost))
    return await inventory.reprice_receipt(work, receipt.id, [price], "invoice 7")


async def booked(work: Work, change: inventory.CostChange) -> dict[str, str]:
    """Let the books react, and say by account how much was debited, or, negative, credited."""
    await finance.lay_chart(work)
    fact = facts_of(work, inventory.ReceiptRepriced)[-1]
    await finance.book_new_price(work, fact)
    await work.close()
    lines = text("""
        SELECT account_code, debit - credit AS amount
        FROM journal_lines JOIN journal_entries AS entry ON entry.id = entry_id
        WHERE entry.source_id = :id""")
    return {row.account_code: str(row.amount) for row in await work.rows(lines, {"id": change.id})}


def test_goods_leave_in_the_order_in_which_they_came() -> None:
    ten, four, twelve = Quantity(10), Quantity(4), Quantity(12)
    assert [still_there(ten, *given) for given in ((twelve, Quantity(0)), (twelve, four), (four, twelve))] == [
        ten,
        Quantity(8),
        Quantity(0),
    ]


async def test_what_is_still_there_takes_its_part_of_the_difference(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    receipt = await a_receipt(work, place, variant)
    await adjust(work, variant, place, -4)
    await stock(work, variant, place, 3, "10")
    change = await reprice(work, receipt, "11")
    assert await worth(work, variant, place) == "9.0000 / 96.00"
    assert await booked(work, change) == {"1405": "6.00", "1404": "4.00", "2202": "-10.00"}
    again = await reprice(work, receipt, "10")
    assert await worth(work, variant, place) == "9.0000 / 90.00"
    assert await booked(work, again) == {"1405": "-6.00", "1404": "-4.00", "2202": "10.00"}
    assert await broken(work) == {}


async def make(work: Work, place: Any, kit: Any, many: int, part: Any, parts: int) -> None:
    lines = [inventory.Line(variant_id=each, quantity=Quantity(much)) for each, much in ((kit, many), (part, parts))]
    kind = inventory.MovementKind.ASSEMBLY
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="kits", lines=lines)
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)
    await work.session.flush()


@pytest.mark.parametrize("cost_scope", list(inventory.CostScope))
async def test_what_was_made_of_it_takes_its_part_too_as_far_as_it_is_there(
    work: Work, cost_scope: inventory.CostScope
) -> None:
    """Of ten parts six went into three kits, one of which into a crate; a kit and a part are gone."""
    await choose_scope(work, cost_scope)
    part, kit, crate, place = *[await a_variant(work) for _ in range(3)], await a_warehouse(work)
    receipt = await a_receipt(work, place, part)
    await make(work, place, kit, 3, part, 6)
    await make(work, place, crate, 1, kit, 1)
    await adjust(work, kit, place, -1)
    await adjust(work, part, place, -1)
    change = await reprice(work, receipt, "12")
    scope = inventory.COMPANY if cost_scope is inventory.CostScope.COMPANY else place
    assert [await worth(work, each, scope) for each in (part, kit, crate)] == [
        "3.0000 / 36.00",
        "1.0000 / 24.00",
        "1.0000 / 24.00",
    ]
    assert await booked(work, change) == {"1405": "14.00", "1404": "6.00", "2202": "-20.00"}
    again = await reprice(work, receipt, "10")
    assert [await worth(work, each, scope) for each in (part, kit, crate)] == [
        "3.0000 / 30.00",
        "1.0000 / 20.00",
        "1.0000 / 20.00",
    ]
    assert await booked(work, again) == {"1405": "-14.00", "1404": "-6.00", "2202": "20.00"}
    assert await broken(work) == {}


async def test_at_a_fixed_cost_all_of_it_is_a_variance(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    fixed = UnitPrice(5)
    new = inventory.NewCostMethod(variant_ids=[variant], method=CostMethod.FIXED, fixed_cost=fixed, reason="policy")
    await inventory.set_cost_method(work, new)
    receipt, kit = await a_receipt(work, place, variant), await a_variant(work)
    await make(work, place, kit, 1, variant, 2)
    await stock(work, variant, place, 2, "5")
    change = await reprice(work, receipt, "10.5")
    assert await worth(work, kit, place) == "1.0000 / 10.00"
    assert await worth(work, variant, place) == "10.0000 / 50.00"
    assert await booked(work, change) == {"1404": "5.00", "2202": "-5.00"}
    assert await broken(work) == {}


async def test_stock_is_never_worth_less_than_nothing(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 90, "1")
    receipt = await a_receipt(work, place, variant, cost="100")
    await adjust(work, variant, place, -95)
    assert await worth(work, variant, place) == "5.0000 / 54.50"
    await reprice(work, receipt, "1")
    assert await worth(work, variant, place) == "5.0000 / 0.00"
    fact = facts_of(work, inventory.ReceiptRepriced)[-1]
    assert (fact.cost_amount, fact.variance) == (Money(-990), Money("-935.50"))
    assert await broken(work) == {}


async def test_what_makes_no_sense_is_refused(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    receipt, other = await a_receipt(work, place, variant), await adjust(work, variant, place, 2)
    for position, cost, path in ((2, "1", "position"), (1, "-1", "unitCost")):
        with pytest.raises(BadInput) as refused:
            await reprice(work, receipt, cost, position)
        assert refused.value.path == ("input", "lines", "0", path)
    with pytest.raises(WrongState):
        await reprice(work, other, "1")
    await reprice(work, receipt, "11")
    with pytest.raises(inventory.PricedAnew):
        await inventory.void_stock_document(work, receipt.id, "wrong")
    await reprice(work, receipt, "10")
    await inventory.void_stock_document(work, receipt.id, "wrong")
    assert await worth(work, variant, place) == "2.0000 / 20.00"
    with pytest.raises(WrongState):
        await reprice(work, receipt, "12")
    assert await broken(work) == {}
