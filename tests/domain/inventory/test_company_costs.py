"""Where the company is one cost scope: one average over all places, which transfers do not change, to the cent."""

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory, transfers
from domain.catalogue import CostMethod
from domain.inventory.models import Movement, MovementKind
from domain.inventory.shares import SHARE_OF_ITEM, WHOLE_OF_ITEM, Whole
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    Money,
    Quantity,
    Sessions,
    UnitPrice,
    Work,
    begin,
    system,
    tried,
)
from tests.conftest import NOW
from tests.domain.inventory.builders import (
    a_variant,
    a_warehouse,
    adjust,
    broken,
    choose_scope,
    counted,
    item,
    stock,
    worth,
)
from tests.domain.inventory.test_backdating import at, corrections, post, replayed

COMPANY, KIND = inventory.CostScope.COMPANY, MovementKind


@dataclass
class Two:
    """A variant and two warehouses of a company that is one cost scope."""

    variant: UUID
    near: inventory.WarehouseId
    far: inventory.WarehouseId


async def two(work: Work) -> Two:
    await choose_scope(work, COMPANY)
    return Two(await a_variant(work), await a_warehouse(work), await a_warehouse(work))


async def amounts(work: Work, document: inventory.StockDocument) -> list[str]:
    rows = await work.rows(
        select(Movement.cost_amount).where(Movement.document_id == document.id).order_by(Movement.position)
    )
    return [str(row.cost_amount) for row in rows]


async def test_the_golden_average_over_two_warehouses(work: Work) -> None:
    """100 at 10 here, 50 at 13 there: 11 each, wherever they leave from and whatever is carried between."""
    it = await two(work)
    await stock(work, it.variant, it.near, 100, "10")
    await stock(work, it.variant, it.far, 50, "13")
    assert await worth(work, it.variant, inventory.COMPANY) == "150.0000 / 1650.00"
    assert await amounts(work, await adjust(work, it.variant, it.far, -30)) == ["-330.00"]
    assert await amounts(work, await adjust(work, it.variant, it.near, -30)) == ["-330.00"]
    carried = await post(work, KIND.TRANSFER_OUT, it.variant, it.near, 70, to_warehouse_id=it.far)
    assert await amounts(work, carried) == ["-770.00", "770.00"]
    assert await worth(work, it.variant, inventory.COMPANY) == "90.0000 / 990.00"
    assert await amounts(work, await adjust(work, it.variant, it.far, 5)) == ["55.00"]
    returned = await post(work, KIND.SUPPLIER_RETURN, it.variant, it.far, 20, "13")
    assert await amounts(work, returned) == ["-260.00"]
    assert await worth(work, it.variant, inventory.COMPANY) == "75.0000 / 785.00"
    assert await broken(work) == {}


async def test_the_residual_cent_leaves_with_the_last_piece_of_the_company(work: Work) -> None:
    it = await two(work)
    await stock(work, it.variant, it.near, 2, "5")
    await stock(work, it.variant, it.far, 1, "0.01")
    assert await amounts(work, await adjust(work, it.variant, it.near, -2)) == ["-6.67"]
    assert await amounts(work, await adjust(work, it.variant, it.far, -1)) == ["-3.34"]
    assert await worth(work, it.variant, inventory.COMPANY) == "0.0000 / 0.00"
    assert await broken(work) == {}


async def test_what_is_on_its_way_is_in_the_average_and_lost_at_it(work: Work) -> None:
    it = await two(work)
    await stock(work, it.variant, it.near, 3, "10")
    goods = [transfers.WantedGoods(variant_id=it.variant, quantity=Quantity(2))]
    new = transfers.NewTransfer(from_warehouse_id=it.near, to_warehouse_id=it.far, reason="few", lines=goods)
    asked = await transfers.request_transfer(work, new)
    await transfers.approve_transfer(work, asked.id)
    await transfers.ship_transfer(work, asked.id)
    assert await worth(work, it.variant, inventory.COMPANY) == "3.0000 / 30.00"
    await stock(work, it.variant, it.near, 1, "20.02")
    line = await work.session.scalar(
        select(transfers.StockTransferLine.id).where(transfers.StockTransferLine.transfer_id == asked.id)
    )
    one = transfers.ArrivedLine(line_id=transfers.StockTransferLineId(line), quantity=Quantity(1))
    await transfers.receive_transfer(work, asked.id, [one])
    assert await worth(work, it.variant, inventory.COMPANY) == "4.0000 / 50.02"
    await transfers.close_transfer(work, asked.id, "lost on the way")
    assert await worth(work, it.variant, inventory.COMPANY) == "3.0000 / 37.51"
    assert await broken(work) == {}


async def test_goods_worth_nothing_are_in_no_average(work: Work) -> None:
    it = await two(work)
    samples = await a_warehouse(work, valued=False)
    await stock(work, it.variant, it.near, 4, "10")
    await stock(work, it.variant, samples, 6, "10")
    assert await worth(work, it.variant, inventory.COMPANY) == "4.0000 / 40.00"
    await post(work, KIND.TRANSFER_OUT, it.variant, it.near, 1, to_warehouse_id=samples)
    assert await worth(work, it.variant, inventory.COMPANY) == "3.0000 / 30.00"
    assert await worth(work, it.variant, samples) == "7.0000 / 0.00"
    assert await broken(work) == {}


async def test_a_fixed_cost_is_that_of_all_places_at_once(work: Work) -> None:
    it = await two(work)
    await stock(work, it.variant, it.near, 3, "10")
    await stock(work, it.variant, it.far, 2, "10")
    fixed = inventory.NewCostMethod(
        variant_ids=[it.variant], method=CostMethod.FIXED, fixed_cost=UnitPrice("12.345678"), reason="standard"
    )
    change = await inventory.set_cost_method(work, fixed)
    assert await inventory.value_changed_by(work, change.id) == {None: Money("11.73")}
    await post(work, KIND.TRANSFER_OUT, it.variant, it.near, 2, to_warehouse_id=it.far)
    await stock(work, it.variant, it.far, 1, "20")
    await adjust(work, it.variant, it.near, -1)
    assert await worth(work, it.variant, inventory.COMPANY) == "5.0000 / 61.73"
    assert await broken(work) == {}


async def test_a_late_paper_corrects_what_left_anywhere_since(work: Work) -> None:
    it = await two(work)
    await post(work, KIND.RECEIPT, it.variant, it.near, 100, "10")
    at(work, 2)
    await post(work, KIND.TRANSFER_OUT, it.variant, it.near, 70, to_warehouse_id=it.far)
    at(work, 3)
    await post(work, KIND.SCRAP, it.variant, it.far, 60)
    at(work, 4)
    await post(work, KIND.RECEIPT, it.variant, it.near, 50, "13", back=1)
    assert await corrections(work) == ["TRANSFER_OUT -70.00", "TRANSFER_IN 70.00", "SCRAP -60.00"]
    assert await worth(work, it.variant, inventory.COMPANY) == "90.0000 / 990.00"
    assert await broken(work) == {}
    await replayed(work, COMPANY)


async def test_a_receipt_is_still_there_wherever_its_goods_went(work: Work) -> None:
    it = await two(work)
    receipt = await post(work, KIND.RECEIPT, it.variant, it.near, 10, "10")
    at(work, 1)
    await post(work, KIND.TRANSFER_OUT, it.variant, it.near, 8, to_warehouse_id=it.far)
    at(work, 2)
    await post(work, KIND.RECEIPT, it.variant, it.far, 10, "10")
    at(work, 3)
    await post(work, KIND.SCRAP, it.variant, it.far, 4)
    price = inventory.NewPrice(position=1, unit_cost=UnitPrice(11))
    change = await inventory.reprice_receipt(work, receipt.id, [price], "invoice")
    assert await inventory.value_changed_by(work, change.id) == {None: Money(6)}
    assert await worth(work, it.variant, inventory.COMPANY) == "16.0000 / 166.00"
    assert await broken(work) == {}


async def test_a_transfer_of_all_there_is_can_be_taken_back_after_the_average_moved(work: Work) -> None:
    it = await two(work)
    receipt = await post(work, KIND.RECEIPT, it.variant, it.near, 2, "10")
    carried = await post(work, KIND.TRANSFER_OUT, it.variant, it.near, 2, to_warehouse_id=it.far)
    price = inventory.NewPrice(position=1, unit_cost=UnitPrice(11))
    await inventory.reprice_receipt(work, receipt.id, [price], "invoice")
    await inventory.void_stock_document(work, carried.id, "wrong")
    assert await worth(work, it.variant, inventory.COMPANY) == "2.0000 / 22.00"
    assert await broken(work) == {}


async def test_a_write_down_takes_the_loss_of_what_is_there_off_the_company(work: Work) -> None:
    it = await two(work)
    await stock(work, it.variant, it.near, 30, "10")
    await stock(work, it.variant, it.far, 2, "10")
    lower = inventory.LowerValue(variant_id=it.variant, unit_value=UnitPrice(4))
    change = await inventory.write_down_stock(work, it.far, [lower], "broken")
    assert await inventory.value_changed_by(work, change.id) == {None: Money(-12)}
    assert await worth(work, it.variant, inventory.COMPANY) == "32.0000 / 308.00"
    empty = await a_warehouse(work)
    with pytest.raises(BadInput):
        await inventory.write_down_stock(work, empty, [lower], "broken")
    assert await broken(work) == {}


async def test_a_supplier_return_of_more_than_it_is_worth_leaves_a_variance(work: Work) -> None:
    it = await two(work)
    await stock(work, it.variant, it.near, 1, "20")
    await stock(work, it.variant, it.far, 1, "2")
    returned = await post(work, KIND.SUPPLIER_RETURN, it.variant, it.near, 1, "25")
    assert await amounts(work, returned) == ["-25.00", "3.00"]
    assert await worth(work, it.variant, inventory.COMPANY) == "1.0000 / 0.00"
    assert await broken(work) == {}


async def test_what_one_place_lacks_another_has_at_the_average_of_both(work: Work) -> None:
    """By a right with a reason; beyond what the company has, the next receipt makes the average."""
    it, why = await two(work), "the truck waits"
    await stock(work, it.variant, it.near, 3, "10")
    await stock(work, it.variant, it.near, 2, "10.01")
    taken = await post(work, KIND.SCRAP, it.variant, it.far, 3, override_reason=why)
    assert await amounts(work, taken) == ["-30.01"]
    assert await worth(work, it.variant, inventory.COMPANY) == "2.0000 / 20.01"
    worths = select(inventory.StockItem.warehouse_id, SHARE_OF_ITEM.label("worth")).outerjoin(Whole, WHOLE_OF_ITEM)
    shares = {row.warehouse_id: str(row.worth) for row in await work.rows(worths.order_by("warehouse_id"))}
    assert shares == {it.near: "50.03", it.far: "-30.02"}
    await stock(work, it.variant, it.far, 1, "20")
    assert await worth(work, it.variant, inventory.COMPANY) == "3.0000 / 40.01"
    more = await post(work, KIND.SCRAP, it.variant, it.near, 8, override_reason=why)
    assert await amounts(work, more) == ["-66.68", "-40.01"]
    assert await worth(work, it.variant, inventory.COMPANY) == "-5.0000 / -66.68"
    await stock(work, it.variant, it.far, 6, "15")
    assert await worth(work, it.variant, inventory.COMPANY) == "1.0000 / 15.00"
    await inventory.void_stock_document(work, more.id, "it was the other door")
    assert (await item(work, it.variant, it.near)).on_hand == Quantity(5)
    assert await broken(work) == {}


async def test_the_scope_is_chosen_before_the_first_posting(work: Work) -> None:
    it = await two(work)
    back = await inventory.set_cost_scope(work, inventory.CostScope.WAREHOUSE, "changed our mind")
    assert (back.cost_scope, back.reason) == (inventory.CostScope.WAREHOUSE, "changed our mind")
    await stock(work, it.variant, it.near, 1, "1")
    with pytest.raises(inventory.CostScopeInUse) as refused:
        await inventory.set_cost_scope(work, COMPANY, "too late")
    assert (refused.value.scope, refused.value.path) == ("WAREHOUSE", ("input", "costScope"))
    assert refused.value.since == NOW.isoformat(timespec="seconds")
    here = frozenset({it.near})
    work.actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="Li", permissions=frozenset({"*"}), warehouses=here)
    with pytest.raises(inventory.WholeCompanyOnly):
        await inventory.set_cost_scope(work, COMPANY, "mine")


async def test_who_posts_first_is_waited_for(sessions: Sessions) -> None:
    """Somebody chooses while the first receipt is being posted: it stays with the scope that receipt had."""
    async with begin(sessions, system("tests")) as work:
        variant, place = await a_variant(work), await a_warehouse(work)

    async def choose() -> None:
        async with begin(sessions, system("owner")) as work:
            await inventory.set_cost_scope(work, COMPANY, "one average")

    async with begin(sessions, system("clerk")) as work:
        await stock(work, variant, place, 1, "1")
        choosing = asyncio.create_task(choose())
        await asyncio.sleep(0.2)
        assert not choosing.done()
    with pytest.raises(inventory.CostScopeInUse):
        await choosing
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}


async def test_who_waits_for_the_choice_posts_as_chosen(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, place = await a_variant(work), await a_warehouse(work)

    async def receive() -> None:
        async with begin(sessions, system("clerk")) as work:
            await stock(work, variant, place, 1, "1")

    async with begin(sessions, system("clerk")) as work:  # The statements are prepared by then.
        await stock(work, variant, place, 1, "1")
        await work.session.rollback()
    async with begin(sessions, system("owner")) as work:
        await inventory.set_cost_scope(work, COMPANY, "one average")
        receiving = asyncio.create_task(receive())
        await asyncio.sleep(0.2)
        assert not receiving.done()
    await receiving
    async with begin(sessions, system("tests")) as work:
        assert await worth(work, variant, inventory.COMPANY) == "1.0000 / 1.00"
        assert await broken(work) == {}


async def test_issues_in_two_warehouses_at_once_take_turns(sessions: Sessions) -> None:
    """Nobody is a victim of a deadlock: what all share is locked first, also by who posts twice in one go."""
    async with begin(sessions, system("tests")) as work:
        it = await two(work)
        other = await a_variant(work)
        for place, cost in ((it.near, "10.01"), (it.far, "13.37")):
            await stock(work, it.variant, place, 60, cost)
            await stock(work, other, place, 60, cost)

    async def issue(first: UUID, second: UUID) -> None:
        async with begin(sessions, system("clerk")) as work:
            await adjust(work, it.variant, first, -3)
            await adjust(work, it.variant, second, -2)
            await adjust(work, other, second, -1)

    await asyncio.gather(*(issue(*places) for places in [(it.near, it.far), (it.far, it.near)] * 4))
    async with begin(sessions, system("tests")) as work:
        assert await worth(work, it.variant, inventory.COMPANY) == "80.0000 / 935.20"
        assert await broken(work) == {}
        await replayed(work, COMPANY)


async def test_the_first_of_a_variant_in_two_warehouses_at_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        it = await two(work)

    async def receive(place: UUID, cost: str) -> None:
        async def once() -> None:
            async with begin(sessions, system("clerk")) as work:
                await stock(work, it.variant, place, 1, cost)

        await tried(once)

    await asyncio.gather(*(receive(place, cost) for place in (it.near, it.far) for cost in ("1", "2", "3")))
    async with begin(sessions, system("tests")) as work:
        assert await worth(work, it.variant, inventory.COMPANY) == "6.0000 / 12.00"
        assert await broken(work) == {}


async def test_an_ordinary_posting_costs_not_one_statement_more(engine: AsyncEngine, work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 5, "1")
    with counted(engine) as statements:
        await adjust(work, variant, place, -1)
    assert sum("stock_costs" in each for each in statements) == 3  # Locked with the items, read, written.
    assert not any(each.lstrip().startswith("SELECT cost_scoping") for each in statements)
