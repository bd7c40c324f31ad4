"""Customers (会员) as clients see them: phones and e-mail addresses in full only for those who may see them."""

from datetime import datetime
from typing import Any

import strawberry

from domain import customers
from schema.base import Info, Node, edge, entity, id_of

VIEW = "customers.view"


def phone_for(info: Info, phone: str | None) -> str | None:
    """Show a phone in full only to those who may see it."""
    return phone if info.context.actor.may(customers.SEE_PHONE) else customers.masked_phone(phone)


@strawberry.type(description="An address of a customer, in Chinese divisions.")
class Address:
    """Where parcels go."""

    receiver_name: str = strawberry.field(description="Who receives.")
    province: str | None = strawberry.field(description="The province.")
    city: str | None = strawberry.field(description="The city.")
    district: str | None = strawberry.field(description="The district.")
    town: str | None = strawberry.field(description="The town or street division.")
    detail: str = strawberry.field(description="Street, house and door.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    created_at: datetime = strawberry.field(description="When it was added, in UTC.")

    @strawberry.field(description="The phone; masked without `customers.see_phone`.")
    def phone(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return phone_for(info, root.phone)


@strawberry.type(description="The name a customer has on one channel.")
class CustomerIdentity:
    """How buyers of imported orders are matched."""

    external_id: str = strawberry.field(description="The name there.")

    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel.")


@entity(reader=customers.customers_by_id, needs=VIEW, description="A buyer, under our own number.")
class Customer(Node):
    """Matched from channels, or kept by staff."""

    number: str = strawberry.field(description="Our number.")
    name: str = strawberry.field(description="The name; a platform may mask it.")
    rank: str | None = strawberry.field(description="The rank staff gave them (会员等级), such as VIP; null is none.")
    version: int = strawberry.field(description="Counts the edits; give it as expectedVersion.")
    created_at: datetime = strawberry.field(description="When they were first seen, in UTC.")
    addresses: list[Address] = edge(
        list[Address], customers.addresses_of, "id", "The addresses, the oldest first, at most 50."
    )
    identities: list[CustomerIdentity] = edge(
        list[CustomerIdentity], customers.identities_of, "id", "The names on the channels you see."
    )

    @strawberry.field(description="The phone; masked without `customers.see_phone`.")
    def phone(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return phone_for(info, root.phone)

    @strawberry.field(description="The e-mail address; masked without `customers.see_phone`.")
    def email(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return root.email if info.context.actor.may(customers.SEE_PHONE) else customers.masked_email(root.email)
