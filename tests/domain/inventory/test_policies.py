"""What the company decided of stock and cost, and the golden figures, by documents from receipt to return."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import catalogue, fulfilment, inventory, orders
from domain.catalogue import CostMethod
from domain.inventory.models import StockCost
from domain.kernel import Money, Quantity, UnitPrice, Work
from tests.domain.fulfilment.builders import NOW, a_head, a_shop, waybill
from tests.domain.fulfilment.builders import a_line as an_order_line
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, broken, item, receive, stock, worth

KIND, CLASSES = inventory.MovementKind, inventory.ClaimClass


@pytest.mark.parametrize(
    ("exact", "rounded"), [("1.005", "1.01"), ("1.004999", "1.00"), ("-1.005", "-1.01"), ("0.115", "0.12")]
)
def test_money_rounds_half_up_whatever_its_sign(exact: str, rounded: str) -> None:
    assert str(Money.rounded(Decimal(exact))) == rounded
    assert str(UnitPrice(exact) * Quantity(1)) == rounded


async def test_the_golden_moving_average_from_the_receipt_to_both_returns(work: Work) -> None:
    work.now = NOW
    variant, place = await a_variant(work), await a_warehouse(work)
    first = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(100), unit_cost=UnitPrice(10))
    second = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(50), unit_cost=UnitPrice(13))
    await receive(work, place, [first])
    bought = await receive(work, place, [second])
    assert await worth(work, variant, place) == "150.0000 / 1650.00"
    order = a_head(await a_shop(work), place, Money(600), Money(0))
    work.session.add(order)
    await work.session.flush()
    line = an_order_line(order.id, 1, variant, "60", "600.00")
    work.session.add(line)
    await work.session.flush()
    wanted = [inventory.WantedLine(line.id, variant, line.quantity, UnitPrice(10))]
    await inventory.claim(work, order.id, [place], wanted, CLASSES.TO_SHIP)
    parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    assert (await worth(work, variant, place), parcel.cost_amount) == ("90.0000 / 990.00", Money(660))
    assert (await work.session.get_one(orders.Order, order.id)).status is orders.OrderStatus.SHIPPED
    back = fulfilment.ParcelReturn(
        shipment_id=parcel.id,
        warehouse_id=place,
        condition=inventory.ReturnCondition.GOOD,
        reason="unopened",
        lines=[fulfilment.ReturnedLine(order_line_id=line.id, quantity=Quantity(5))],
    )
    await fulfilment.receive_return(work, back)
    assert await worth(work, variant, place) == "95.0000 / 1045.00"
    goes = inventory.Line(variant_id=variant, quantity=Quantity(20), receipt_id=bought.id, receipt_position=1)
    draft = inventory.DraftedDocument(kind=KIND.SUPPLIER_RETURN, warehouse_id=place, reason="wrong", lines=[goes])
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)
    assert await worth(work, variant, place) == "75.0000 / 785.00"
    assert inventory.Worth(Quantity(75), Money(785)).average() == UnitPrice("10.466667")
    assert await broken(work) == {}


async def test_each_warehouse_is_a_cost_scope_at_the_moving_average_unless_chosen_otherwise(work: Work) -> None:
    variant, place, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    assert (await work.session.get_one(catalogue.Variant, variant)).cost_method is CostMethod.MOVING_AVERAGE
    await stock(work, variant, place, 2, "10")
    await stock(work, variant, far, 2, "20")
    scopes = {
        row.scope_id for row in await work.rows(select(StockCost.scope_id).where(StockCost.variant_id == variant))
    }
    assert scopes == {place, far}
    assert (await worth(work, variant, place), await worth(work, variant, far)) == ("2.0000 / 20.00", "2.0000 / 40.00")


async def test_available_is_what_is_there_less_each_class_of_promise_and_a_line_is_in_one(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, place, 20, "1")
    order = uuid4()
    for quantity, claim_class in ((2, CLASSES.UNPAID), (3, CLASSES.TO_REVIEW), (4, CLASSES.TO_SHIP)):
        taken = order if claim_class is CLASSES.TO_REVIEW else uuid4()
        await inventory.claim(work, taken, [place], [a_line(variant, quantity)], claim_class)
    free = {(variant, place): Quantity(11)}
    assert await inventory.free_in(work, [variant], [place]) == free
    await inventory.promote(work, [order], CLASSES.TO_SHIP)
    kept = await item(work, variant, place)
    assert (kept.unpaid, kept.to_review, kept.to_ship) == (Quantity(2), Quantity(0), Quantity(7))
    assert await inventory.free_in(work, [variant], [place]) == free
