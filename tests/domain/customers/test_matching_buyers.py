import asyncio
from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import customers
from domain.customers import Buyer, Customer, CustomerId, CustomerIdentity
from domain.kernel import BadInput, NotFound, Sessions, Work, begin, system
from tests.counting import statements

SHOP = uuid4()
OTHER_SHOP = uuid4()


def buyers(count: int, start: int = 0) -> list[Buyer]:
    return [Buyer(external_id=f"b{n}", name=f"Buyer {n}", phone=f"138****{n:04}") for n in range(start, start + count)]


async def test_hundreds_of_buyers_are_made_by_two_statements_and_found_by_one(work: Work, engine: AsyncEngine) -> None:
    await work.rows(select(func.now()))
    with statements(engine) as to_make:
        made = await customers.match_customers(work, SHOP, buyers(500))
    with statements(engine) as to_find:
        found = await customers.match_customers(work, SHOP, list(reversed(buyers(500))))
    assert (len(to_make), len(to_find)) == (2, 1)
    assert made == found
    assert len(set(made.values())) == 500
    first = await work.session.get_one(Customer, made["b7"])
    assert (first.name, first.phone, first.version) == ("Buyer 7", "138****0007", 1)
    assert first.number.startswith("C")


async def test_the_same_name_on_another_channel_is_another_customer(work: Work) -> None:
    here = await customers.match_customers(work, SHOP, buyers(1))
    there = await customers.match_customers(work, OTHER_SHOP, buyers(1))
    assert here["b0"] != there["b0"]


async def test_a_buyer_given_twice_or_without_a_name_is_made_once(work: Work) -> None:
    made = await customers.match_customers(work, SHOP, [Buyer(external_id="x"), Buyer(external_id="x")])
    assert (await work.session.get_one(Customer, made["x"])).name == "x"
    assert await work.session.scalar(select(func.count()).select_from(Customer)) == 1


async def test_no_buyers_cost_no_customer(work: Work) -> None:
    assert await customers.match_customers(work, SHOP, []) == {}
    assert await customers.match_customers(work, SHOP, [Buyer(external_id="")]) == {}


async def test_imports_that_race_for_the_same_buyers_agree_and_leave_no_orphan(sessions: Sessions) -> None:
    async def match(start: int) -> Mapping[str, CustomerId]:
        async with begin(sessions, system("tests")) as work:
            return await customers.match_customers(work, SHOP, buyers(60, start))

    results = await asyncio.gather(*(match(start) for start in (0, 20, 40, 0, 20, 40, 10, 30)))
    agreed: dict[str, UUID] = {}
    for result in results:
        assert all(agreed.setdefault(name, customer_id) == customer_id for name, customer_id in result.items())
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Customer)) == 100
        assert await session.scalar(select(func.count()).select_from(CustomerIdentity)) == 100


async def test_the_customer_of_a_placed_order_is_found_by_id_or_by_name_and_phone(
    work: Work, engine: AsyncEngine
) -> None:
    made = await customers.customer_for(work, name="Li Lei", phone="13800000001")
    with statements(engine) as seen:
        assert await customers.customer_for(work, name="Li Lei", phone="13800000001") == made
        assert await customers.customer_for(work, customer_id=made) == made
    assert len(seen) == 2
    assert await customers.customer_for(work, name="Han Meimei", phone="13800000001") != made


async def test_a_placed_order_without_a_known_customer_is_refused(work: Work) -> None:
    with pytest.raises(NotFound):
        await customers.customer_for(work, customer_id=CustomerId(uuid4()))
    with pytest.raises(BadInput, match="name and a phone"):
        await customers.customer_for(work, name="Li Lei")


async def test_one_person_placing_many_orders_at_once_is_one_customer(sessions: Sessions) -> None:
    async def place() -> CustomerId:
        async with begin(sessions, system("tests")) as work:
            return await customers.customer_for(work, name="Li Lei", phone="13800000001")

    assert len(set(await asyncio.gather(*(place() for _ in range(12))))) == 1
