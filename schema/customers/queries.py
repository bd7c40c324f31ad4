"""Asking for customers (会员查询)."""

from enum import Enum
from typing import Annotated, Any

import strawberry

from domain import customers
from schema.base import Info, query
from schema.catalogue.queries import only_one
from schema.customers.types import VIEW, Customer
from schema.filters import PeriodFilter, SearchFilter, TextFilter, of_period, of_text
from schema.paging import Connection, OrderDirection, page_request
from schema.scalars import key_of


@strawberry.input(description="Which customers.")
class CustomerFilter:
    """Combined by AND."""

    number: TextFilter | None = strawberry.field(default=None, description="Our number.")
    name: SearchFilter | None = strawberry.field(default=None, description="The name.")
    phone: TextFilter | None = strawberry.field(default=None, description="The phone, in full.")
    created_at: PeriodFilter | None = strawberry.field(default=None, description="When they were first seen.")


@strawberry.enum(description="What customers can be ordered by.")
class CustomerOrderField(Enum):
    """Each is served by an index."""

    CREATED_AT = "CREATED_AT"
    NAME = "NAME"
    NUMBER = "NUMBER"


@strawberry.input(description="The order of a list of customers.")
class CustomerOrder:
    """The newest first unless it says otherwise."""

    field: CustomerOrderField = strawberry.field(default=CustomerOrderField.CREATED_AT, description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which end comes first.")


ORDERINGS = {
    CustomerOrderField.CREATED_AT: customers.customers_by_created,
    CustomerOrderField.NAME: customers.customers_by_name,
    CustomerOrderField.NUMBER: customers.customers_by_number,
}


@strawberry.type
class CustomersQuery:
    """Root fields."""

    @query(Customer | None, "A customer by id or by our number; null when there is none.", needs=VIEW)
    async def customer(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002
        number: Annotated[str | None, strawberry.argument(description="Our number.")] = None,
    ) -> Any:
        name, value = only_one(id=id, number=number)
        if name == "number":
            return await info.context.load(customers.customers_of_numbers, value)
        key = key_of("Customer", value)
        return key and await info.context.load(customers.customers_by_id, key)

    @query(Connection[Customer], "Customers, the newest first unless ordered otherwise.", needs=VIEW)
    async def customers(
        self,
        info: Info,
        *,
        where: CustomerFilter | None = None,
        order_by: CustomerOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given, customer, order = where or CustomerFilter(), customers.Customer, order_by or CustomerOrder()
        conditions = [
            *of_text(customer.number, given.number, "number"),
            *of_text(customer.name, given.name, "name"),
            *of_text(customer.phone, given.phone, "phone"),
            *of_period(customer.created_at, given.created_at),
        ]
        ordering = ORDERINGS[order.field](descending=order.direction is OrderDirection.DESC)
        request = page_request(first, after, last, before)
        return await customers.customers_page(info.context.read, conditions, ordering, request)
