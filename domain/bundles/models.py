"""Bundles (组装套件): which variants make up another one, and how many of each."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Quantity, Table, reference


class BundleKind(StrEnum):
    """Whether a bundle is sold by its components, or made of them beforehand."""

    VIRTUAL = "VIRTUAL"
    ASSEMBLED = "ASSEMBLED"


class Bundle(Table):
    """A variant that is made up of others."""

    __tablename__ = "bundles"

    variant_id: Mapped[UUID] = reference("variants.id", primary=True)
    kind: Mapped[BundleKind]
    version: Mapped[int]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class BundleComponent(Table):
    """One component of a bundle, and how many whole pieces of it are in one bundle."""

    __tablename__ = "bundle_components"
    __table_args__ = (
        PrimaryKeyConstraint("bundle_id", "component_id"),
        CheckConstraint("quantity >= 1 AND quantity = trunc(quantity)", name="whole_pieces"),
        CheckConstraint("bundle_id <> component_id", name="of_others"),
    )

    bundle_id: Mapped[UUID] = mapped_column(ForeignKey("bundles.variant_id"))
    component_id: Mapped[UUID] = reference("variants.id", index=True)
    position: Mapped[int]
    quantity: Mapped[Quantity]
