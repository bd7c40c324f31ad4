"""Reading customers (会员查询): profiles, addresses and the names they have on channels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.customers.models import Address, Customer, CustomerIdentity
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, by_key, page

CUSTOMER_COLUMNS = tuple(Customer.__table__.columns)
ADDRESS_COLUMNS = tuple(Address.__table__.columns)
IDENTITY_COLUMNS = tuple(CustomerIdentity.__table__.columns)

customers_by_id = Reading(select(*CUSTOMER_COLUMNS), Customer.id)
# The addresses of customers, the oldest first, at most 50 each.
addresses_of = Reading(
    select(*ADDRESS_COLUMNS).order_by(Address.created_at, Address.id), Address.customer_id, many=True
)
# Under which names customers are known on the channels in the actor's scope.
identities_of = Reading(
    select(*IDENTITY_COLUMNS).order_by(CustomerIdentity.channel_id, CustomerIdentity.external_id),
    CustomerIdentity.customer_id,
    many=True,
    channel=CustomerIdentity.channel_id,
)


def customers_by_created(*, descending: bool = True) -> Ordering:
    parsers = (datetime.fromisoformat, UUID)
    return Ordering("customers.created", (Customer.created_at, Customer.id), ("created_at", "id"), parsers, descending)


def customers_by_name(*, descending: bool = False) -> Ordering:
    return Ordering("customers.name", (Customer.name, Customer.id), ("name", "id"), (str, UUID), descending)


def customers_by_number(*, descending: bool = False) -> Ordering:
    return Ordering("customers.number", (Customer.number,), ("number",), (str,), descending)


async def customers_of_numbers(read: Read, numbers: Sequence[str]) -> Mapping[str, Any]:
    return by_key(await read.rows(select(*CUSTOMER_COLUMNS).where(Customer.number.in_(numbers))), "number")


async def customers_page(
    read: Read, conditions: Sequence[ColumnElement[bool]], ordering: Ordering, request: PageRequest
) -> Page:
    """Read a page of customers."""
    return await page(read, select(*CUSTOMER_COLUMNS).where(*conditions), ordering, request)
