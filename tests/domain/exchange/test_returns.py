"""What a buyer sends back to a partner is expected, confirmed in parts and conditions, and costs what it had cost."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import alerts, exchange, fulfilment, inventory, orders, refunds
from domain.exchange import (
    AlreadyAnnounced,
    Confirmation,
    ExchangePaper,
    ExpectedLine,
    ExpectedReturn,
    GoodsType,
    NoPartner,
    NothingToAnnounce,
    PaperKind,
    PaperStatus,
    PaperType,
)
from domain.inventory import ReturnExceeded, WarehouseKind
from domain.kernel import BadInput, Money, Quantity, Refusal, UnitPrice, Work
from tests.domain.exchange.builders import lines_of, papers_of
from tests.domain.exchange.test_applying import Delivery, alerts_of, goods, reported
from tests.domain.inventory.builders import a_warehouse, broken, receive, worth


class Returned:
    """A parcel of three pieces and one that a partner shipped, of which something comes back."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def shipped(self) -> "Returned":
        work = self.work
        self.delivery = await Delivery(work).asked()
        self.place = self.delivery.paper.warehouse_id
        self.damaged = await a_warehouse(work, kind=WarehouseKind.DEFECTIVE, sellable=False)
        self.delivery.partner.defective_warehouse_id = self.damaged
        self.sold = await lines_of(work, self.delivery.paper)
        await reported(work, self.delivery.partner, self.delivery.told((0, 3), (1, 1)))
        self.shipment_id = (await work.rows(select(fulfilment.Shipment.id)))[0].id
        return self

    def expected(self, **changes: Any) -> ExpectedReturn:
        known = {"shipment_id": self.shipment_id, "reason": "七天无理由", "waybill": "SF100"}
        return ExpectedReturn(**(known | changes))

    def line(self, position: int, quantity: int) -> ExpectedLine:
        order_line_id = self.sold[position].source_line_id
        assert order_line_id is not None
        return ExpectedLine(order_line_id=order_line_id, quantity=Quantity(quantity))

    async def came(self, paper: ExchangePaper, *came: tuple[int, GoodsType]) -> None:
        told = tuple(goods(much, self.delivery.items[0], goods_type=kind) for much, kind in came)
        confirmed = Confirmation(paper_number=paper.number, kind=PaperKind.RETURN, final=False, goods=told)
        await reported(self.work, self.delivery.partner, confirmed)


async def test_what_comes_back_costs_what_it_had_cost_and_the_damaged_lie_apart(work: Work) -> None:
    returned = await Returned(work).shipped()
    paper = await exchange.announce_return(work, returned.expected(lines=[returned.line(0, 3)]))
    assert (paper.kind, paper.type, paper.source_number[:2]) == (PaperKind.RETURN, PaperType.BUYER_RETURN, "SH")
    task = await exchange.paper_task(work, paper.id)
    assert task is not None
    told = task.paper
    assert (told.original_number, told.reason, told.waybill) == (returned.delivery.paper.number, "七天无理由", "SF100")
    assert told.sender is not None
    assert told.sender.name == "王小明"
    variant = returned.sold[0].variant_id
    before = await worth(work, variant, returned.place)
    dear = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(1), unit_cost=UnitPrice("90"))
    await receive(work, returned.place, [dear])
    await returned.came(paper, (1, GoodsType.GOOD))
    assert paper.status is PaperStatus.PARTLY_DONE
    await returned.came(paper, (1, GoodsType.GOOD), (1, GoodsType.DAMAGED_BOX))
    assert paper.status is PaperStatus.DONE, "all that was expected came"
    (now, value), (had, was) = (each.split(" / ") for each in (await worth(work, variant, returned.place), before))
    assert Quantity(now) - Quantity(had) == Quantity(3)
    assert Money(value) - Money(was) == Money("96.00"), "two at three yuan beside the dear one"
    assert "damaged" in (await alerts_of(work, alerts.AlertKind.CONFIRMED_OTHERWISE))[0]
    await work.close()
    assert await broken(work) == {}


async def test_more_than_is_with_the_buyer_waits_for_a_person(work: Work) -> None:
    returned = await Returned(work).shipped()
    paper = await exchange.announce_return(work, returned.expected())
    assert [each.planned for each in await lines_of(work, paper)] == [Quantity(3), Quantity(1)]
    with pytest.raises(ReturnExceeded):
        await returned.came(paper, (4, GoodsType.GOOD))


async def test_a_return_is_expected_once_and_never_more_than_is_out(work: Work) -> None:
    returned = await Returned(work).shipped()
    for lines, refusal, where in (
        ([ExpectedLine(order_line_id=uuid4(), quantity=Quantity(1))], BadInput, ("lines", "0", "orderLineId")),
        ([returned.line(0, 0)], BadInput, ("lines", "0", "quantity")),
        ([returned.line(0, 2), returned.line(0, 2)], ReturnExceeded, ("lines", "1", "quantity")),
        ([], NothingToAnnounce, ("shipmentId",)),
    ):
        await refused(work, returned.expected(lines=lines), refusal, *where)
    elsewhere = await a_warehouse(work)
    await refused(work, returned.expected(warehouse_id=elsewhere), NoPartner, "warehouseId")
    await refused(work, returned.expected(reason=" "), BadInput, "reason")
    first = await exchange.announce_return(work, returned.expected(lines=[returned.line(1, 1)]))
    await refused(work, returned.expected(), AlreadyAnnounced, "shipmentId")
    await exchange.withdraw_exchange_paper(work, first.id, "买家不退了")
    assert await exchange.paper_task(work, first.id) is None
    assert (await exchange.announce_return(work, returned.expected())).number > first.number


async def refused(work: Work, expected: ExpectedReturn, refusal: type[Refusal], *where: str) -> None:
    with pytest.raises(refusal) as said:
        await exchange.announce_return(work, expected)
    assert said.value.path == ("input", *where)


async def test_what_came_back_can_come_back_no_second_time(work: Work) -> None:
    returned = await Returned(work).shipped()
    paper = await exchange.announce_return(work, returned.expected(lines=[returned.line(0, 3)]))
    await returned.came(paper, (3, GoodsType.GOOD))
    await refused(work, returned.expected(lines=[returned.line(0, 1)]), ReturnExceeded, "lines", "0", "quantity")
    assert [each.kind for each in await papers_of(work, returned.shipment_id)] == [PaperKind.RETURN]
    assert returned.delivery.order.status is orders.OrderStatus.SHIPPED


async def refunded(work: Work, returned: Returned, **changes: Any) -> refunds.RefundDecided:
    """Agree to a refund of the order's first line, or of what is said."""
    order = returned.delivery.order
    known = {
        "channel_id": order.channel_id,
        "external_number": uuid4().hex,
        "trade_number": "T1",
        "order_id": order.id,
        "line_number": "oid-1#2",
        "stage": refunds.RefundStage.AWAITING_DECISION,
        "currency": "CNY",
        "amount": Money("10"),
        "goods_come_back": True,
        "reason": None,
        "opened_at": work.now,
        "modified_at": work.now,
        "decision": refunds.RefundDecision.AGREE,
        "decided_by": "李审单",
        "decided_at": work.now,
        "decided_stage": refunds.RefundStage.AWAITING_DECISION,
    }
    refund = refunds.PlatformRefund(**(known | changes))
    work.session.add(refund)
    await work.session.flush()
    return refunds.RefundDecided(refund_id=refund.id)


async def expected_there(work: Work, returned: Returned) -> list[list[Quantity]]:
    papers = await papers_of(work, returned.shipment_id)
    return [[each.planned for each in await lines_of(work, paper)] for paper in papers]


async def test_a_refund_that_was_agreed_to_is_expected_by_a_partner_that_takes_returns(work: Work) -> None:
    returned = await Returned(work).shipped()
    agreed = await refunded(work, returned)
    await exchange.expect_refunded(work, agreed)
    assert await expected_there(work, returned) == [], "buyers send nothing back there"
    await exchange.set_partner_returns(work, returned.delivery.partner.id, takes_returns=True)
    for other in ({"goods_come_back": False}, {"decision": refunds.RefundDecision.REFUSE, "decision_reason": "破损"}):
        await exchange.expect_refunded(work, await refunded(work, returned, **other))
    assert await expected_there(work, returned) == []
    for _ in range(2):
        await exchange.expect_refunded(work, agreed)
    assert await expected_there(work, returned) == [[Quantity(3)]]


async def test_an_exchange_is_expected_as_far_as_goods_are_out(work: Work) -> None:
    returned = await Returned(work).shipped()
    await exchange.set_partner_returns(work, returned.delivery.partner.id, takes_returns=True)
    line, order = returned.sold[1].source_line_id, returned.delivery.order
    back = {"quantity": Quantity(5), "credit_amount": Money(0)}
    work.session.add(orders.ExpectedReturn(order_id=order.id, original_line_id=line, **back))
    await work.session.flush()
    await exchange.expect_exchanged(work, orders.ReturnExpected(exchange_order_id=order.id))
    assert await expected_there(work, returned) == [[Quantity(1)]]
