"""Distributors (经销商): who buys on account through a channel of their own, and every change of their funds."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Table, identifier, primary_key, reference

DistributorId = NewType("DistributorId", UUID)


class Distributor(Table):
    """A distributor; what they may order for is their balance, which may be negative, and their credit limit."""

    __tablename__ = "distributors"
    __table_args__ = (
        CheckConstraint("credit_limit >= 0", name="credit"),
        Index("ix_distributors_name", "name", "id"),
    )

    id: Mapped[DistributorId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    channel_id: Mapped[UUID] = mapped_column(unique=True)
    currency: Mapped[str]
    credit_limit: Mapped[Money]
    balance: Mapped[Money]
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class FundsKind(StrEnum):
    """Why the balance of a distributor changed."""

    RECEIPT = "RECEIPT"
    RECEIPT_VOIDED = "RECEIPT_VOIDED"
    SHIPMENT = "SHIPMENT"
    SALE_VOIDED = "SALE_VOIDED"
    RETURN = "RETURN"
    RETURN_VOIDED = "RETURN_VOIDED"
    REFUND = "REFUND"
    REFUND_VOIDED = "REFUND_VOIDED"


class FundsEntry(Table):
    """One change of a distributor's balance, signed, with what caused it; never edited, and once for each cause."""

    __tablename__ = "distributor_entries"
    __table_args__ = (
        UniqueConstraint("distributor_id", "kind", "cause_id"),
        CheckConstraint("amount <> 0", name="changes_something"),
        Index("ix_distributor_entries_made", "distributor_id", "made_at", "id"),
    )
    append_only: ClassVar[bool] = True

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    distributor_id: Mapped[DistributorId] = reference("distributors.id")
    kind: Mapped[FundsKind]
    amount: Mapped[Money]
    cause_id: Mapped[UUID]
    reference: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
