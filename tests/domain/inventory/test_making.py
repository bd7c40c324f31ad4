"""What is made of parts is worth what went into it, and back, to the cent."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain import bundles, inventory
from domain.catalogue import CostMethod
from domain.inventory.making import apportioned
from domain.inventory.models import StockCost
from domain.kernel import BadInput, Money, Quantity, Refusal, UnitPrice, Work
from tests.conftest import NOW
from tests.domain.bundles.test_bundles import of
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, broken, choose_scope, facts_of, stock
from tests.domain.inventory.test_backdating import replayed

KIND = inventory.MovementKind
Part = tuple[UUID, int]
CENTS = st.decimals("0", "100000", places=2)
WEIGHTS = st.lists(st.decimals("0.0001", "9999", places=4), min_size=1, max_size=12)


@given(total=CENTS, weights=WEIGHTS)
def test_shares_add_up_to_the_cent_and_none_is_negative(total: Decimal, weights: list[Decimal]) -> None:
    shares = apportioned(Money(total), weights)
    assert Money.total(shares) == Money(total)
    assert all(Money(0) <= share <= Money(total) for share in shares)


async def carry_out(work: Work, document: inventory.StockDocument) -> inventory.StockDocument:
    await inventory.approve_stock_document(work, document.id)
    posted = await inventory.post_stock_document(work, document.id)
    await work.session.flush()
    return posted


async def worth(work: Work, variant: UUID) -> tuple[str, str] | None:
    rows = await work.rows(select(StockCost.quantity, StockCost.value).where(StockCost.variant_id == variant))
    return (f"{rows[0].quantity.value:f}", str(rows[0].value)) if rows else None


async def a_tea_set(work: Work) -> tuple[UUID, UUID, UUID, inventory.WarehouseId]:
    """Ten pots at 10.01 and forty cups at 1.11, four of which go with a pot."""
    tea_set, pot, cup = [await a_variant(work) for _ in range(3)]
    warehouse = await a_warehouse(work)
    await stock(work, pot, warehouse, 10, "10.01")
    await stock(work, cup, warehouse, 40, "1.11")
    await bundles.compose_bundle(work, tea_set, bundles.BundleKind.ASSEMBLED, of((pot, 1), (cup, 4)))
    return tea_set, pot, cup, warehouse


async def test_sets_are_made_and_taken_apart_again(work: Work) -> None:
    tea_set, pot, cup, warehouse = await a_tea_set(work)
    make = bundles.Assembly(
        warehouse_id=warehouse, variant_id=tea_set, quantity=Quantity(3), reason="for the festival", lot_code="SET-1"
    )
    await carry_out(work, await bundles.draft_assembly(work, make))
    assert await worth(work, tea_set) == ("3.0000", "43.35")
    assert (await worth(work, pot), await worth(work, cup)) == (("7.0000", "70.07"), ("28.0000", "31.08"))
    back = bundles.Assembly(warehouse_id=warehouse, variant_id=tea_set, quantity=Quantity(1), reason="too many")
    document = await carry_out(work, await bundles.draft_disassembly(work, back))
    assert await worth(work, tea_set) == ("2.0000", "28.90")
    assert (await worth(work, pot), await worth(work, cup)) == (("8.0000", "80.08"), ("32.0000", "35.52"))
    await inventory.void_stock_document(work, document.id, "they are sold after all")
    assert await worth(work, tea_set) == ("3.0000", "43.35")
    assert await broken(work) == {}


async def test_parts_that_nobody_knows_the_cost_of_share_by_pieces(work: Work) -> None:
    tea_set, pot, cup, warehouse = await a_tea_set(work)
    elsewhere = await a_warehouse(work)
    await stock(work, tea_set, elsewhere, 1, "10.00")
    back = bundles.Assembly(warehouse_id=elsewhere, variant_id=tea_set, quantity=Quantity(1), reason="returned")
    await carry_out(work, await bundles.draft_disassembly(work, back))
    rows = await work.rows(
        select(StockCost.variant_id, StockCost.value).where(
            StockCost.scope_id == elsewhere, StockCost.value != Money(0)
        )
    )
    assert {row.variant_id: str(row.value) for row in rows} == {pot: "2.00", cup: "8.00"}
    assert warehouse != elsewhere
    assert await broken(work) == {}


async def test_what_is_missing_or_promised_is_not_put_together(work: Work) -> None:
    tea_set, _, _, warehouse = await a_tea_set(work)
    many = bundles.Assembly(warehouse_id=warehouse, variant_id=tea_set, quantity=Quantity(11), reason="too many")
    document = await bundles.draft_assembly(work, many)
    await inventory.approve_stock_document(work, document.id)
    with pytest.raises(inventory.NegativeStock):
        await inventory.post_stock_document(work, document.id)


async def test_only_what_is_made_beforehand_is_assembled(work: Work) -> None:
    tea_set, pot, cup, warehouse = await a_tea_set(work)
    one = bundles.Assembly(warehouse_id=warehouse, variant_id=pot, quantity=Quantity(1), reason="x")
    with pytest.raises(bundles.NotAssembled) as refused:
        await bundles.draft_assembly(work, one)
    assert refused.value.path == ("input", "variantId")
    half = bundles.Assembly(warehouse_id=warehouse, variant_id=tea_set, quantity=Quantity("0.5"), reason="x")
    with pytest.raises(BadInput) as not_whole:
        await bundles.draft_assembly(work, half)
    assert not_whole.value.path == ("input", "quantity")
    assert cup


@pytest.mark.parametrize(
    ("kind", "lines", "field"),
    [
        (KIND.ASSEMBLY, [{}], "lines"),
        (KIND.ASSEMBLY, [{}, {"own": True}], "variantId"),
        (KIND.ASSEMBLY, [{}, {"lot_code": "L"}], "lotCode"),
        (KIND.DISASSEMBLY, [{"lot_code": "L"}, {}], "lotCode"),
        (KIND.ASSEMBLY, [{}, {"unit_cost": True}], "unitCost"),
    ],
)
async def test_a_document_that_makes_nothing_of_anything_is_refused(
    work: Work, kind: inventory.MovementKind, lines: list[dict[str, object]], field: str
) -> None:
    tea_set, pot, _, warehouse = await a_tea_set(work)
    written = [
        inventory.Line(
            variant_id=tea_set if not index or line.get("own") else pot,
            quantity=Quantity(1),
            lot_code="L" if "lot_code" in line else None,
            unit_cost=UnitPrice(1) if "unit_cost" in line else None,
        )
        for index, line in enumerate(lines)
    ]
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=warehouse, reason="x", lines=written)
    with pytest.raises(Refusal) as refused:
        await inventory.draft_stock_document(work, draft)
    assert refused.value.path[-1] == field


def at(work: Work, hours: float) -> None:
    work.now = NOW + timedelta(hours=hours)


async def make(
    work: Work, place: inventory.WarehouseId, kind: inventory.MovementKind, whole: Part, *parts: Part
) -> None:
    """Put together, or take apart, at the moment that is now."""
    lines = [inventory.Line(variant_id=variant, quantity=Quantity(many)) for variant, many in (whole, *parts)]
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="x", lines=lines)
    await carry_out(work, await inventory.draft_stock_document(work, draft))


async def late(work: Work, place: inventory.WarehouseId, variant: UUID, many: int, cost: str, hours: float) -> None:
    line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(many), unit_cost=UnitPrice(cost))
    then = NOW + timedelta(hours=hours)
    await inventory.receive_stock(
        work, inventory.Receipt(warehouse_id=place, reason="late", lines=[line], effective_at=then)
    )
    await work.session.flush()


@pytest.mark.parametrize("cost_scope", list(inventory.CostScope))
async def test_what_was_made_of_it_is_costed_anew_with_it_and_what_was_made_of_that(
    work: Work, cost_scope: inventory.CostScope
) -> None:
    """Ten parts at 10 make five kits, two of which make a crate; then it is known that ten more came at 20 before."""
    await choose_scope(work, cost_scope)
    part, kit, crate = [await a_variant(work) for _ in range(3)]
    place = await a_warehouse(work)
    at(work, 0)
    await stock(work, part, place, 10, "10")
    at(work, 2)
    await make(work, place, KIND.ASSEMBLY, (kit, 5), (part, 10))
    at(work, 3)
    await make(work, place, KIND.ASSEMBLY, (crate, 1), (kit, 2))
    at(work, 4)
    await adjust(work, kit, place, -1)
    await make(work, place, KIND.DISASSEMBLY, (kit, 1), (part, 2))
    assert [await worth(work, each) for each in (part, kit, crate)] == [
        ("2.0000", "20.00"),
        ("1.0000", "20.00"),
        ("1.0000", "40.00"),
    ]
    at(work, 5)
    await late(work, place, part, 10, "20", 1)
    assert [await worth(work, each) for each in (part, kit, crate)] == [
        ("12.0000", "180.00"),
        ("1.0000", "30.00"),
        ("1.0000", "60.00"),
    ]
    (told,) = facts_of(work, inventory.CostChanged)
    assert {kind: str(much) for kind, much in (await inventory.value_changed_by(work, told.change_id)).items()} == {
        KIND.ASSEMBLY: "0.00",
        KIND.ADJUSTMENT_OUT: "-10.00",
        KIND.DISASSEMBLY: "0.00",
    }
    assert await broken(work) == {}
    await replayed(work, cost_scope)


async def test_what_is_made_at_a_fixed_cost_stays_worth_that_and_leaves_a_variance(work: Work) -> None:
    part, kit, crate = [await a_variant(work) for _ in range(3)]
    place = await a_warehouse(work)
    new = inventory.NewCostMethod(variant_ids=[kit], method=CostMethod.FIXED, fixed_cost=UnitPrice(25), reason="x")
    await inventory.set_cost_method(work, new)
    at(work, 0)
    await stock(work, part, place, 4, "10")
    at(work, 2)
    await make(work, place, KIND.ASSEMBLY, (kit, 2), (part, 4))
    at(work, 3)
    await make(work, place, KIND.ASSEMBLY, (crate, 1), (kit, 1))
    at(work, 5)
    await late(work, place, part, 4, "20", 1)
    assert [await worth(work, each) for each in (part, kit, crate)] == [
        ("4.0000", "60.00"),
        ("1.0000", "25.00"),
        ("1.0000", "25.00"),
    ]
    told = facts_of(work, inventory.CostChanged)[-1]
    assert {kind: str(much) for kind, much in (await inventory.value_changed_by(work, told.change_id)).items()} == {
        KIND.ASSEMBLY: "0.00",
        None: "-20.00",
    }
    assert await broken(work) == {}


async def test_what_was_made_in_the_past_is_worth_what_went_into_it_then(work: Work) -> None:
    part, kit, place = await a_variant(work), await a_variant(work), await a_warehouse(work)
    at(work, 0)
    await stock(work, part, place, 4, "10")
    at(work, 2)
    await stock(work, part, place, 4, "20")
    at(work, 3)
    lines = [inventory.Line(variant_id=each, quantity=Quantity(many)) for each, many in ((kit, 1), (part, 2))]
    draft = inventory.DraftedDocument(
        kind=KIND.ASSEMBLY, warehouse_id=place, reason="x", lines=lines, effective_at=NOW + timedelta(hours=1)
    )
    document = await carry_out(work, await inventory.draft_stock_document(work, draft))
    assert [await worth(work, each) for each in (part, kit)] == [("6.0000", "100.00"), ("1.0000", "20.00")]
    at(work, 4)
    await inventory.void_stock_document(work, document.id, "it was never made")
    at(work, 5)
    await late(work, place, part, 4, "30", 0.5)
    assert [await worth(work, each) for each in (part, kit)] == [("12.0000", "240.00"), ("0.0000", "0.00")]
    assert await broken(work) == {}
    await replayed(work)
