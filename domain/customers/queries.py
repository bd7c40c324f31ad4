"""Reading customers (会员查询): profiles, addresses and the names they have on channels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.customers.models import Address, Customer, CustomerIdentity
from domain.kernel import Ordering, Page, PageRequest, Read, by_key, constant, grouped, keyed, one_of, page, visible

CUSTOMER_COLUMNS = tuple(Customer.__table__.columns)
ADDRESS_COLUMNS = tuple(Address.__table__.columns)
IDENTITY_COLUMNS = tuple(CustomerIdentity.__table__.columns)
CUSTOMERS_BY_ID = constant(select(*CUSTOMER_COLUMNS).where(one_of(Customer.id)))


def customers_by_created(*, descending: bool = True) -> Ordering:
    parsers = (datetime.fromisoformat, UUID)
    return Ordering("customers.created", (Customer.created_at, Customer.id), ("created_at", "id"), parsers, descending)


def customers_by_name(*, descending: bool = False) -> Ordering:
    return Ordering("customers.name", (Customer.name, Customer.id), ("name", "id"), (str, UUID), descending)


def customers_by_number(*, descending: bool = False) -> Ordering:
    return Ordering("customers.number", (Customer.number,), ("number",), (str,), descending)


async def customers_by_id(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return by_key(await read.rows(CUSTOMERS_BY_ID, keyed(ids)))


async def customers_of_numbers(read: Read, numbers: Sequence[str]) -> Mapping[str, Any]:
    return by_key(await read.rows(select(*CUSTOMER_COLUMNS).where(Customer.number.in_(numbers))), "number")


async def customers_page(
    read: Read, conditions: Sequence[ColumnElement[bool]], ordering: Ordering, request: PageRequest
) -> Page:
    """Read a page of customers."""
    return await page(read, select(*CUSTOMER_COLUMNS).where(*conditions), ordering, request)


async def addresses_of(read: Read, customer_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Read the addresses of customers, the oldest first, at most 50 each."""
    statement = select(*ADDRESS_COLUMNS).where(Address.customer_id.in_(customer_ids))
    return grouped(await read.rows(statement.order_by(Address.created_at, Address.id)), "customer_id", customer_ids)


async def identities_of(read: Read, customer_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Read under which names customers are known on the channels in the actor's scope."""
    statement = select(*IDENTITY_COLUMNS).where(CustomerIdentity.customer_id.in_(customer_ids))
    seen = visible(statement, read.actor, channel=CustomerIdentity.channel_id)
    rows = await read.rows(seen.order_by(CustomerIdentity.channel_id, CustomerIdentity.external_id))
    return grouped(rows, "customer_id", customer_ids)
