"""Shipping (物流): carriers, the rules by which one of them is chosen, and what they charge.

Carriers are named by the codes the platforms share; channels and warehouses by their ids alone. Areas are GB/T 2260
codes; no area is the whole country.
"""

from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, primary_key

CarrierId = NewType("CarrierId", UUID)
CarrierRuleId = NewType("CarrierRuleId", UUID)
CarrierPreferenceId = NewType("CarrierPreferenceId", UUID)
FreightTemplateId = NewType("FreightTemplateId", UUID)

ONE_SCOPE = "channel_id IS NULL OR warehouse_id IS NULL"


class Carrier(Table):
    """A company that takes parcels: the rule its waybills match, where it goes, and the words of places it does not.

    The lower `priority`, the earlier it is chosen; one that is not automatic is only chosen by a person or a rule.
    """

    __tablename__ = "carriers"

    id: Mapped[CarrierId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_chinese: Mapped[str]
    waybill: Mapped[str]
    cash_on_delivery: Mapped[bool] = mapped_column(default=False)
    automatic: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    priority: Mapped[int]
    areas: Mapped[list[str]] = mapped_column(default_factory=list)
    unreached_words: Mapped[list[str]] = mapped_column(default_factory=list)
    memo_words: Mapped[list[str]] = mapped_column(default_factory=list)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class CarrierRule(Table):
    """Which carrier takes the parcels of a shop, a warehouse or everybody into an area; `terms` name others."""

    __tablename__ = "carrier_rules"
    __table_args__ = (
        CheckConstraint(ONE_SCOPE, name="one_scope"),
        Index(
            "uq_carrier_rules_place",
            "channel_id",
            "warehouse_id",
            "area",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_carrier_rules_area", "area"),
    )

    id: Mapped[CarrierRuleId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID | None] = mapped_column(default=None)
    warehouse_id: Mapped[UUID | None] = mapped_column(default=None)
    area: Mapped[str | None] = mapped_column(default=None)
    carrier_code: Mapped[str] = mapped_column(ForeignKey("carriers.code"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class CarrierPreference(Table):
    """The carrier a shop insists on, and the one that takes cash on delivery for a shop or a warehouse."""

    __tablename__ = "carrier_preferences"
    __table_args__ = (
        CheckConstraint(ONE_SCOPE, name="one_scope"),
        Index(
            "uq_carrier_preferences_scope",
            "channel_id",
            "warehouse_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[CarrierPreferenceId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID | None] = mapped_column(default=None)
    warehouse_id: Mapped[UUID | None] = mapped_column(default=None)
    fixed_code: Mapped[str | None] = mapped_column(ForeignKey("carriers.code"), default=None)
    cash_on_delivery_code: Mapped[str | None] = mapped_column(ForeignKey("carriers.code"), default=None)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class FreightTemplate(Table):
    """What a carrier charges us for a parcel into an area, for a shop, from a warehouse, or for everybody."""

    __tablename__ = "freight_templates"
    __table_args__ = (
        CheckConstraint(ONE_SCOPE, name="one_scope"),
        Index(
            "uq_freight_templates_place",
            "carrier_code",
            "channel_id",
            "warehouse_id",
            "area",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_freight_templates_area", "area"),
    )

    id: Mapped[FreightTemplateId] = primary_key(default_factory=identifier)
    carrier_code: Mapped[str] = mapped_column(ForeignKey("carriers.code"))
    channel_id: Mapped[UUID | None] = mapped_column(default=None)
    warehouse_id: Mapped[UUID | None] = mapped_column(default=None)
    area: Mapped[str | None] = mapped_column(default=None)
    tariff: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
