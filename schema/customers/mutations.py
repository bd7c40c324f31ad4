"""The mutations of customers (会员变更)."""

from typing import Any

import strawberry

from domain import customers
from schema.customers.types import Customer
from schema.mutating import Call, mutation


@strawberry.input(description="Where parcels go.")
class AddressInput:
    """Only who and where is required."""

    receiver_name: str = strawberry.field(description="Who receives.")
    detail: str = strawberry.field(description="Street, house and door.")
    phone: str | None = strawberry.field(default=None, description="The receiver's phone.")
    province: str | None = strawberry.field(default=None, description="The province.")
    city: str | None = strawberry.field(default=None, description="The city.")
    district: str | None = strawberry.field(default=None, description="The district.")
    town: str | None = strawberry.field(default=None, description="The town or street division.")
    postal_code: str | None = strawberry.field(default=None, description="The postal code.")


@strawberry.input(description="A customer to be added.")
class CreateCustomerInput:
    """Only the name is required."""

    name: str = strawberry.field(description="The name.")
    phone: str | None = strawberry.field(default=None, description="The phone.")
    email: str | None = strawberry.field(default=None, description="The e-mail address.")
    address: AddressInput | None = strawberry.field(default=None, description="A first address.")


@strawberry.input(description="What changes about a customer; what is not given stays.")
class EditCustomerInput:
    """The number never changes."""

    id: strawberry.ID = strawberry.field(description="The customer.")
    name: str | None = strawberry.field(default=None, description="The name.")
    phone: str | None = strawberry.field(default=None, description="The phone.")
    email: str | None = strawberry.field(default=None, description="The e-mail address.")
    rank: str | None = strawberry.field(
        default=None, description="The rank (会员等级), by which gift rules know them; empty takes it away."
    )
    expected_version: int | None = strawberry.field(default=None, description="Refuse if somebody edited it since.")


@strawberry.input(description="One more address of a customer.")
class AddAddressInput:
    """At most 50 each."""

    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    address: AddressInput = strawberry.field(description="The address.")


def address_of(given: AddressInput) -> customers.NewAddress:
    return customers.NewAddress(**vars(given))


@strawberry.type
class CustomersMutation:
    """Mutations."""

    @mutation(Customer)
    async def create_customer(self, call: Call, input: CreateCustomerInput) -> Any:  # noqa: A002
        address = address_of(input.address) if input.address else None
        return await call.perform(
            customers.create_customer, input.name, phone=input.phone, email=input.email, address=address
        )

    @mutation(Customer)
    async def edit_customer(self, call: Call, input: EditCustomerInput) -> Any:  # noqa: A002
        changes = customers.CustomerChanges(name=input.name, phone=input.phone, email=input.email, rank=input.rank)
        key = call.key("Customer", input.id)
        return await call.perform(customers.edit_customer, key, changes, expected_version=input.expected_version)

    @mutation(Customer)
    async def add_address(self, call: Call, input: AddAddressInput) -> Any:  # noqa: A002
        key = call.key("Customer", input.customer_id)
        return await call.perform(customers.add_address, key, address_of(input.address))
