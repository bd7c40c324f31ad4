"""Partners (往来单位): who goods come from and go to, apart from the buyers of single orders."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, optional_reference, primary_key

PartnerId = NewType("PartnerId", UUID)


class PartnerKind(StrEnum):
    """What a partner is to the company."""

    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"
    DISTRIBUTOR = "DISTRIBUTOR"
    ERP = "ERP"
    WMS = "WMS"


class Partner(Table):
    """One with whom goods are exchanged. Distributors, ERPs and partners' warehouses stand here under their own id.

    A distributor is seen by who sees its channel, a partner's warehouse by who sees that warehouse.
    """

    __tablename__ = "partners"
    __table_args__ = (UniqueConstraint("kind", "code"), Index("ix_partners_name", "name", "id"))

    id: Mapped[PartnerId] = primary_key(default_factory=identifier)
    kind: Mapped[PartnerKind]
    code: Mapped[str]
    name: Mapped[str]
    contact: Mapped[str | None] = mapped_column(default=None)
    active: Mapped[bool] = mapped_column(default=True)
    channel_id: Mapped[UUID | None] = optional_reference("channels.id", default=None)
    warehouse_id: Mapped[UUID | None] = optional_reference("warehouses.id", default=None)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
