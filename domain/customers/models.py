"""Customers (会员): who buys, under which name on which channel, and where the parcels go."""

from datetime import datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, primary_key, reference

CustomerId = NewType("CustomerId", UUID)
AddressId = NewType("AddressId", UUID)


class Customer(Table):
    """A buyer; the number is ours, the phone may be masked by a platform, the rank (会员等级) is what staff call it."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_created", "created_at", "id"),
        Index("ix_customers_name", "name", "id"),
        Index("ix_customers_name_contains", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        Index("ix_customers_phone", "phone"),
    )

    id: Mapped[CustomerId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'C' || lpad(nextval('customer_numbers')::text, 9, '0')"), init=False
    )
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(default=None)
    email: Mapped[str | None] = mapped_column(default=None)
    rank: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class CustomerIdentity(Table):
    """The name a customer has on one channel: how buyers of imported orders are matched."""

    __tablename__ = "customer_identities"
    __table_args__ = (UniqueConstraint("channel_id", "external_id"),)

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    customer_id: Mapped[CustomerId] = reference("customers.id", index=True)
    channel_id: Mapped[UUID]
    external_id: Mapped[str]


class Address(Table):
    """An address of a customer, in Chinese divisions."""

    __tablename__ = "addresses"

    id: Mapped[AddressId] = primary_key(default_factory=identifier)
    customer_id: Mapped[CustomerId] = reference("customers.id", index=True)
    receiver_name: Mapped[str]
    phone: Mapped[str | None]
    province: Mapped[str | None]
    city: Mapped[str | None]
    district: Mapped[str | None]
    town: Mapped[str | None] = mapped_column(default=None)
    detail: Mapped[str]
    postal_code: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
