from typing import Any
from uuid import uuid4

import pytest

from domain import customers
from domain.customers import Customer, CustomerChanges, CustomerId, NewAddress
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotFound,
    PageRequest,
    Read,
    Sessions,
    VersionConflict,
    Work,
    begin,
    system,
)

HOME = NewAddress(receiver_name="Li Lei", detail="1 Road", phone="13800000001", province="浙江省", city="杭州市")


async def test_a_customer_is_kept_with_an_address(sessions: Sessions, read: Read) -> None:
    async with begin(sessions, system("tests")) as work:
        customer = await customers.create_customer(work, " Li Lei ", phone="13800000001", address=HOME)
        await customers.add_address(work, customer.id, HOME)
    addresses = (await customers.addresses_of(read, [customer.id]))[customer.id]
    row = (await customers.customers_by_id(read, [customer.id]))[customer.id]
    assert (row.name, row.version, [each.city for each in addresses]) == ("Li Lei", 2, ["杭州市", "杭州市"])
    assert (await customers.customers_of_numbers(read, [row.number]))[row.number].id == customer.id


async def test_an_edit_of_an_old_version_is_refused(work: Work) -> None:
    customer = await customers.create_customer(work, "Li Lei")
    changes = CustomerChanges(email="li@example.com", rank=" VIP ")
    assert (await customers.edit_customer(work, customer.id, changes, expected_version=1)).rank == "VIP"
    with pytest.raises(VersionConflict):
        await customers.edit_customer(work, customer.id, CustomerChanges(name="Lei"), expected_version=1)
    assert (customer.name, customer.email) == ("Li Lei", "li@example.com")
    with pytest.raises(BadInput) as refused:
        await customers.edit_customer(work, customer.id, CustomerChanges(rank="V" * 51))
    assert refused.value.path == ("input", "rank")
    assert (await customers.edit_customer(work, customer.id, CustomerChanges(rank=""))).rank is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Li", "phone": "call me"}, "phone"),
        ({"name": "Li", "phone": "138****0001"}, "phone"),
        ({"name": "Li", "email": "nobody"}, "email"),
        ({"name": "Li", "address": NewAddress(receiver_name="Li", detail=" ")}, "detail"),
        ({"name": "Li", "address": NewAddress(receiver_name="Li", detail="1", city="x" * 501)}, "city"),
    ],
)
async def test_what_cannot_be_a_customer_is_refused_by_field(work: Work, given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        await customers.create_customer(work, **given)
    assert refused.value.field == field


async def test_an_unknown_customer_is_refused(work: Work) -> None:
    with pytest.raises(NotFound):
        await customers.edit_customer(work, CustomerId(uuid4()), CustomerChanges())


async def test_customers_are_paged_and_found_by_phone(sessions: Sessions, read: Read) -> None:
    async with begin(sessions, system("tests")) as work:
        for number, name in enumerate(("C", "A", "B")):
            await customers.create_customer(work, name, phone=f"1380000000{number}")
    page = await customers.customers_page(read, [], customers.customers_by_name(), PageRequest(first=2))
    assert [row.name for row in page.rows] == ["A", "B"]
    newest = await customers.customers_page(read, [], customers.customers_by_number(descending=True), PageRequest())
    assert [row.name for row in newest.rows] == ["B", "A", "C"]
    created = await customers.customers_page(read, [], customers.customers_by_created(), PageRequest(first=1))
    assert created.has_next
    found = [Customer.phone == "13800000001"]
    page = await customers.customers_page(read, found, customers.customers_by_created(), PageRequest())
    assert [row.name for row in page.rows] == ["A"]


async def test_names_on_channels_outside_the_scope_are_absent(sessions: Sessions, read: Read) -> None:
    mine, other = uuid4(), uuid4()
    async with begin(sessions, system("tests")) as work:
        (customer_id,) = (await customers.match_customers(work, mine, [customers.Buyer(external_id="b")])).values()
        identity = customers.CustomerIdentity(customer_id=customer_id, channel_id=other, external_id="c")
        work.session.add(identity)
    actor = Actor(kind=ActorKind.STAFF, id=None, name="", permissions=frozenset({"*"}), channels=frozenset({mine}))
    all_of_them = (await customers.identities_of(read, [customer_id]))[customer_id]
    seen = (await customers.identities_of(Read(read.engine, actor), [customer_id]))[customer_id]
    assert ({row.external_id for row in all_of_them}, [row.external_id for row in seen]) == ({"b", "c"}, ["b"])
