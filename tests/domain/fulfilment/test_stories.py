"""The story of an order tells every change of it and of what belongs to it, with the values before and after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain import fulfilment, orders
from domain.kernel import Money, Quantity, Table, UnitPrice, Work
from domain.kernel.audit import plain
from domain.orders import HoldReason, IncomingStatus
from domain.orders.models import Hold
from domain.orders.telling import UNTOLD
from tests.domain.desk.builders import a_colleague
from tests.domain.fulfilment.warehouse import House, a_house
from tests.domain.orders.builders import RECEIVER, ShopHere, a_line, a_shop, a_trade, lines, received

TABLES: tuple[type[Table], ...] = (
    orders.Order, orders.OrderLine, Hold, fulfilment.Release, fulfilment.Package, fulfilment.Shipment
)  # fmt: skip
Rows = dict[tuple[str, str], dict[str, Any]]


async def rows_of(work: Work, order_id: UUID) -> Rows:
    """Read all rows that belong to an order, as the audit log would write them."""
    found: Rows = {}
    await work.session.flush()
    for table in TABLES:
        key = "id" if table is orders.Order else "order_id"
        columns = table.__table__.c
        for row in await work.rows(select(*columns).where(columns[key] == order_id)):
            values = {name: plain(each, name) for name, each in row._mapping.items()}
            found[table.__name__, str(row.id)] = values
    return found


def untold(work: Work, order_id: UUID, before: Rows, after: Rows) -> list[str]:
    """Name the changes of rows that no entry of the order's story tells."""
    changes = [
        each for entry in work.entries for each in entry["changes"] if each.get("of") == ["Order", str(order_id)]
    ]
    told = {(each["type"], each["id"], field) for each in changes for field in each["fields"]}
    rows = {each[:2] for each in told}
    missing = []
    for key in before.keys() | after.keys():
        if key not in before or key not in after or key[0] == "Hold":
            if before.get(key) != after.get(key) and key not in rows:
                missing.append(f"{key[0]} came or went")
            continue
        changed = {name for name in after[key] if before[key][name] != after[key][name]} - UNTOLD
        missing += [f"{key[0]}.{name}" for name in changed if (*key, name) not in told]
    return sorted(missing)


@dataclass
class Desk:
    """An order with two lines at a shop, and what the changes need."""

    work: Work
    shop: ShopHere
    order: orders.Order
    lines: list[orders.OrderLine]
    colleague: UUID


Change = Callable[[Desk], Awaitable[Any]]


CHANGES: dict[str, Change] = {
    "take_order": lambda d: orders.take_order(d.work, d.order.id),
    "hand_over_order": lambda d: orders.hand_over_order(d.work, d.order.id, d.colleague),
    "assign_order": lambda d: orders.assign_order(d.work, d.order.id, d.colleague),
    "hold_order": lambda d: orders.hold_order(d.work, d.order.id, "why"),
    "review_order": lambda d: orders.review_order(d.work, d.order.id),
    "cancel_order": lambda d: orders.cancel_order(d.work, d.order.id, "why"),
    "allocate_order": lambda d: orders.allocate_order(d.work, d.order.id, d.shop.warehouses[1]),
    "change_order_memo": lambda d: orders.change_order_memo(d.work, d.order.id, "note", 3),
    "change_order_remark": lambda d: orders.change_order_remark(d.work, d.order.id, "please"),
    "change_order_receiver": lambda d: orders.change_order_receiver(
        d.work, d.order.id, replace(RECEIVER, name="李小红", detail="文三路 2 号"), "moved"
    ),
    "change_order_freight": lambda d: orders.change_order_freight(d.work, d.order.id, Money("5"), "far"),
    "change_order_discount": lambda d: orders.change_order_discount(d.work, d.order.id, Money("3"), "nice"),
    "change_order_line_price": lambda d: orders.change_order_line_price(d.work, d.lines[0].id, UnitPrice("9"), "why"),
    "change_order_line_quantity": lambda d: orders.change_order_line_quantity(
        d.work, d.lines[0].id, Quantity(1), "why"
    ),
    "remove_order_line": lambda d: orders.remove_order_line(d.work, d.lines[1].id, "why"),
    "add_order_gift": lambda d: orders.add_order_gift(d.work, d.order.id, d.shop.variants["C"], Quantity(1), "why"),
    "split_order": lambda d: orders.split_order(
        d.work, d.order.id, [[orders.SplitLine(order_line_id=d.lines[0].id, quantity=Quantity(1))]]
    ),
    "release_order": lambda d: _then(d, orders.review_order, fulfilment.release_order),
    "send_back_order": lambda d: _then(d, orders.review_order, _send_back),
    "release_order_hold": lambda d: _then(d, orders.hold_order, _let_go, "why"),
    "match_order_line": lambda d: orders.match_order_line(d.work, d.lines[1].id, d.shop.variants["C"]),
    "receive_trades": lambda d: received(
        d.work,
        d.shop,
        a_trade(
            "1001",
            a_line("A", 3),
            a_line("B", 1),
            minute=5,
            seller_memo="小心",
            receiver=replace(RECEIVER, detail="文三路 9 号"),
        ),
    ),
    "receive_trades (cancelled)": lambda d: received(
        d.work, d.shop, a_trade("1001", a_line("A", 2), a_line("B", 1), minute=5, status=IncomingStatus.CANCELLED)
    ),
}


async def _then(desk: Desk, first: Any, second: Any, *given: str) -> None:
    await first(desk.work, desk.order.id, *given)
    await second(desk.work, desk.order.id, *given)


async def _let_go(work: Work, order_id: UUID, _reason: str) -> None:
    await orders.release_order_hold(work, order_id, HoldReason.PAUSED_BY_HAND)


async def _send_back(work: Work, order_id: UUID) -> None:
    await orders.send_back_order(work, order_id, "why")


@pytest.mark.parametrize("name", CHANGES)
async def test_every_change_of_an_order_is_told(work: Work, name: str) -> None:
    shop = await a_shop(work, stocks=(100, 100))
    order = await received(work, shop, a_trade("1001", a_line("A", 2), a_line("B", 1)))
    desk = Desk(work, shop, order, await lines(work, order), (await a_colleague(work, "赵六")).id)
    before = await rows_of(work, order.id)
    work.entries.clear()
    await CHANGES[name](desk)
    after = await rows_of(work, order.id)
    assert before != after
    assert untold(work, order.id, before, after) == []
    story = [each for each in work.entries if each["subject_id"] == str(order.id) or each["subject_type"] == "Release"]
    assert story, "no entry of the order"


async def test_orders_that_go_through_the_warehouse_together_are_told_each(work: Work) -> None:
    house: House = await a_house(work)
    await house.shelves("A", "B")
    glove = await house.goods(A=9)
    found = [await house.released((glove, 2)), await house.released((glove, 3))]
    before = {each.id: await rows_of(work, each.id) for each in found}
    work.entries.clear()
    wave = await house.wave()
    await house.pick(wave, glove, "A", 5)
    for order in found:
        assert untold(work, order.id, before[order.id], await rows_of(work, order.id)) == []
        told = [each["action"] for each in work.entries if each["subject_id"] == str(order.id)]
        assert told == ["fulfilment.make_wave", "fulfilment.confirm_picks"]
