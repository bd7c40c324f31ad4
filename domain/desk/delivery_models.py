"""Where digests are sent and what became of each (汇总投递): a webhook of a person or a team, one delivery for each."""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, optional_reference, primary_key, reference

DigestAddressId = NewType("DigestAddressId", UUID)
DigestDeliveryId = NewType("DigestDeliveryId", UUID)


class DeliveryState(StrEnum):
    """What became of a digest for one who is to have it."""

    SHOWN = "SHOWN"
    OWED = "OWED"
    SENT = "SENT"
    FAILED = "FAILED"


class DigestAddress(Table):
    """The webhook of a person, or of a team for its channels (null: all). Where it is and its secret are sealed."""

    __tablename__ = "digest_addresses"
    __table_args__ = (
        Index("uq_digest_addresses_name", "name", unique=True, postgresql_where=text("removed_at IS NULL")),
        Index("uq_digest_addresses_staff", "staff_id", unique=True, postgresql_where=text("removed_at IS NULL")),
        CheckConstraint("staff_id IS NULL OR channel_ids IS NULL", name="person_or_team"),
    )

    id: Mapped[DigestAddressId] = primary_key(default_factory=identifier)
    name: Mapped[str]
    staff_id: Mapped[UUID | None] = optional_reference("staff.id", default=None)
    channel_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid), default=None)
    host: Mapped[str]
    sealed_credentials: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    removed_at: Mapped[datetime | None] = mapped_column(default=None)


class DigestDelivery(Table):
    """A digest for one person or one team: shown as an alert, and sent where there is an address for it."""

    __tablename__ = "digest_deliveries"
    __table_args__ = (
        Index("uq_digest_deliveries_person", "digest_id", "staff_id", unique=True),
        Index(
            "uq_digest_deliveries_team",
            "digest_id",
            "address_id",
            unique=True,
            postgresql_where=text("staff_id IS NULL"),
        ),
        CheckConstraint("staff_id IS NOT NULL OR address_id IS NOT NULL", name="somebody"),
        CheckConstraint("state NOT IN ('OWED', 'SENT') OR address_id IS NOT NULL", name="addressed"),
        CheckConstraint("(state = 'SENT') = (sent_at IS NOT NULL)", name="sent"),
    )

    id: Mapped[DigestDeliveryId] = primary_key(default_factory=identifier)
    digest_id: Mapped[UUID] = reference("desk_digests.id")
    channel_id: Mapped[UUID] = reference("channels.id")
    day: Mapped[date]
    staff_id: Mapped[UUID | None] = optional_reference("staff.id", default=None)
    address_id: Mapped[DigestAddressId | None] = optional_reference("digest_addresses.id", index=True, default=None)
    recipient: Mapped[str]
    state: Mapped[DeliveryState]
    sequence: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    owed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    receipt: Mapped[str | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(default=None)
