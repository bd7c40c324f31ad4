"""Whose an order is: the person in charge and their superiors change it, others only what is their own part of it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import fulfilment, identity, orders
from domain.kernel import Actor, ActorKind, Money, NotFound, Quantity, Work
from domain.orders import HoldReason
from tests.domain.orders.builders import ShopHere, a_line, a_shop, a_trade, acting, lines, received


async def a_person(work: Work, name: str, superior: Work | None = None, *granted: str, active: bool = True) -> Work:
    """Add a person with an account, and act as them."""
    permissions = granted or ("orders.*", "fulfilment.*")
    role = identity.models.Role(code=f"role-{uuid4().hex[:8]}", name="r", permissions=list(permissions))
    work.session.add(role)
    await work.session.flush()
    staff = identity.models.Staff(
        email=f"{uuid4().hex[:8]}@x", name=name, role_id=role.id, password_hash="", active=active,
        superior_id=None if superior is None else identity.StaffId(_id(superior)), created_at=work.now,
    )  # fmt: skip
    work.session.add(staff)
    await work.session.flush()
    return acting(work, Actor(kind=ActorKind.STAFF, id=staff.id, name=name, permissions=frozenset(permissions)))


def _id(who: Work) -> UUID:
    assert who.actor.id is not None
    return who.actor.id


async def taken(work: Work, owner: Work) -> tuple[ShopHere, orders.Order]:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A", 2), a_line("B", 1)))
    return shop, await orders.take_order(owner, order.id)


Change = Callable[[Work, orders.Order, list[orders.OrderLine]], Awaitable[Any]]
CHANGES: dict[str, Change] = {
    "take": lambda w, o, _: orders.take_order(w, o.id),
    "hand over": lambda w, o, _: orders.hand_over_order(w, o.id, uuid4()),
    "assign": lambda w, o, _: orders.assign_order(w, o.id, uuid4()),
    "review": lambda w, o, _: orders.review_order(w, o.id),
    "send back": lambda w, o, _: orders.send_back_order(w, o.id, "why"),
    "hold": lambda w, o, _: orders.hold_order(w, o.id, "why"),
    "release a hold": lambda w, o, _: orders.release_order_hold(w, o.id, HoldReason.PAUSED_BY_HAND),
    "cancel": lambda w, o, _: orders.cancel_order(w, o.id, "why"),
    "match": lambda w, _, lines: orders.match_order_line(w, lines[0].id, uuid4()),
    "allocate": lambda w, o, _: orders.allocate_order(w, o.id),
    "carry": lambda w, o, _: orders.choose_order_carrier(w, o.id),
    "carry by": lambda w, o, _: orders.set_order_carrier(w, o.id, "SF"),
    "memo": lambda w, o, _: orders.change_order_memo(w, o.id, "x", 1),
    "remark": lambda w, o, _: orders.change_order_remark(w, o.id, "x"),
    "freight": lambda w, o, _: orders.change_order_freight(w, o.id, Money("1"), "why"),
    "discount": lambda w, o, _: orders.change_order_discount(w, o.id, Money("1"), "why"),
    "quantity": lambda w, _, lines: orders.change_order_line_quantity(w, lines[0].id, Quantity(1), "why"),
    "remove a line": lambda w, _, lines: orders.remove_order_line(w, lines[0].id, "why"),
    "split": lambda w, o, lines: orders.split_order(
        w, o.id, [[orders.SplitLine(order_line_id=lines[0].id, quantity=Quantity(1))]]
    ),
    "undo a split": lambda w, o, _: orders.undo_order_split(w, o.id),
    "release": lambda w, o, _: fulfilment.release_order(w, o.id),
    "recall": lambda w, o, _: fulfilment.recall_order(w, o.id, "why"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_colleague_changes_nothing_of_an_order_that_somebody_has(work: Work, change: str) -> None:
    owner, colleague = await a_person(work, "李审"), await a_person(work, "赵六")
    _, order = await taken(work, owner)
    with pytest.raises(orders.OrderTaken, match="李审"):
        await CHANGES[change](colleague, order, await lines(work, order))


async def test_superiors_of_any_step_change_it_and_take_it(work: Work) -> None:
    top = await a_person(work, "总监")
    middle = await a_person(work, "主管", top)
    owner = await a_person(work, "李审", middle)
    _, order = await taken(work, owner)
    await orders.hold_order(middle, order.id, "look")
    await orders.release_order_hold(top, order.id, HoldReason.PAUSED_BY_HAND)
    with pytest.raises(orders.OrderTaken):
        await orders.take_order(await a_person(work, "旁人", top), order.id)
    assert (await orders.take_order(top, order.id)).responsible_name == "总监"
    with pytest.raises(orders.OrderTaken, match="总监"):
        await orders.review_order(owner, order.id)


async def test_what_nobody_has_or_who_left_had_is_anybodys(work: Work) -> None:
    owner, colleague = await a_person(work, "李审"), await a_person(work, "赵六")
    _, order = await taken(work, owner)
    staff = await work.session.get_one(identity.Staff, _id(owner))
    staff.active = False
    await work.session.flush()
    assert (await orders.review_order(colleague, order.id)).reviewed_by == "赵六"


async def test_a_superior_gives_orders_to_those_below_only(work: Work) -> None:
    boss = await a_person(work, "主管")
    below, beside = await a_person(work, "李审", boss), await a_person(work, "赵六")
    shop = await a_shop(work)
    order = await received(work, shop, a_trade())
    assert (await orders.assign_order(boss, order.id, _id(below))).responsible_id == below.actor.id
    with pytest.raises(identity.NotBelow) as refusal:
        await orders.assign_order(boss, order.id, _id(beside))
    assert refusal.value.path == ("input", "staffId")
    with pytest.raises(identity.NotBelow):
        await orders.assign_order(below, order.id, _id(boss))
    with pytest.raises(NotFound):
        await orders.assign_order(boss, order.id, _id(await a_person(work, "走了", boss, active=False)))


async def test_a_hold_its_owner_may_not_release_is_for_who_may(work: Work) -> None:
    owner = await a_person(work, "李审", None, "orders.take_order", "orders.release_order_hold")
    finance = await a_person(
        work, "陈会计", None, "orders.release_order_hold", orders.RELEASED_BY[HoldReason.PAUSED_BY_HAND]
    )
    _, order = await taken(work, owner)
    await orders.hold_order(work, order.id, "too much money")
    await orders.release_order_hold(finance, order.id, HoldReason.PAUSED_BY_HAND)
    with pytest.raises(orders.OrderTaken):
        await orders.cancel_order(acting(work, Actor(**{**vars_of(finance), "permissions": ALL})), order.id, "no")


ALL = frozenset({"orders.*"})


def vars_of(who: Work) -> dict[str, Any]:
    return {"kind": who.actor.kind, "id": who.actor.id, "name": who.actor.name}


async def test_of_many_only_those_of_others_are_refused(work: Work) -> None:
    owner, colleague = await a_person(work, "李审"), await a_person(work, "赵六")
    shop, mine = await taken(work, owner)
    free = await received(work, shop, a_trade("1002"))
    items = await orders.review_orders(colleague, [(mine.id, None), (free.id, None)])
    assert [each.refusal and each.refusal.code() for each in items] == ["ORDER_TAKEN", None]


async def test_programs_and_the_house_do_their_part_but_take_nothing(work: Work) -> None:
    owner = await a_person(work, "李审")
    _, order = await taken(work, owner)
    site = acting(work, Actor(kind=ActorKind.CLIENT, id=uuid4(), name="site", permissions=ALL))
    with pytest.raises(orders.OnlyPeople):
        await orders.take_order(site, order.id)
    assert (await orders.cancel_order(site, order.id, "the buyer says so")).status == "CANCELLED"
