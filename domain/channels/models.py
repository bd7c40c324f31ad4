"""Channels (渠道): the shops we sell through, what each lists, and how far each has been read."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Quantity, Table, UnitPrice, identifier, primary_key, reference

ChannelId = NewType("ChannelId", UUID)
ListingId = NewType("ListingId", UUID)


class Platform(StrEnum):
    """Whose protocol a channel speaks; DIRECT orders are placed here (site, app, call centre, offline)."""

    TAOBAO = "TAOBAO"
    TMALL = "TMALL"
    JD = "JD"
    OFFICIAL_SITE = "OFFICIAL_SITE"
    PHARMACY_818 = "PHARMACY_818"
    DIRECT = "DIRECT"


class ChannelStatus(StrEnum):
    """Whether a channel is read and told; UNAUTHORISED means its session died and a person must sign in there."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"
    UNAUTHORISED = "UNAUTHORISED"


class WarehouseCriterion(StrEnum):
    """By what else warehouses are told apart that leave as little short."""

    DISTANCE = "DISTANCE"
    FREIGHT = "FREIGHT"


class Channel(Table):
    """One shop on one platform. Credentials are encrypted at rest and never returned."""

    __tablename__ = "channels"
    __table_args__ = (CheckConstraint("shown_percent BETWEEN 0 AND 1000", name="shown_percent"),)

    id: Mapped[ChannelId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    platform: Mapped[Platform]
    status: Mapped[ChannelStatus] = mapped_column(default=ChannelStatus.OPEN)
    status_reason: Mapped[str | None] = mapped_column(default=None)
    currency: Mapped[str] = mapped_column(default="CNY")
    base_url: Mapped[str | None] = mapped_column(default=None)
    sealed_credentials: Mapped[str | None] = mapped_column(default=None)
    warn_minutes: Mapped[int] = mapped_column(default=30)
    severe_minutes: Mapped[int] = mapped_column(default=120)
    pick_lead_minutes: Mapped[int] = mapped_column(default=240)
    process_minutes: Mapped[int] = mapped_column(default=240)
    shown_percent: Mapped[int] = mapped_column(default=100)
    shown_plus: Mapped[int] = mapped_column(default=0)
    shown_minimum: Mapped[int] = mapped_column(default=0)
    shown_maximum: Mapped[int | None] = mapped_column(default=None)
    on_account: Mapped[bool] = mapped_column(server_default="false", default=False)
    warehouse_criteria: Mapped[list[str]] = mapped_column(default_factory=list)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ChannelWarehouse(Table):
    """A warehouse that serves a channel; the lower `priority`, the earlier it is chosen."""

    __tablename__ = "channel_warehouses"
    __table_args__ = (PrimaryKeyConstraint("channel_id", "warehouse_id"),)

    channel_id: Mapped[ChannelId] = reference("channels.id")
    warehouse_id: Mapped[UUID]
    priority: Mapped[int]


class Listing(Table):
    """A variant as one channel shows it, with what was last shown and last told: a push is owed while they differ."""

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_sku"),
        Index("ix_listings_variant", "variant_id"),
        Index("ix_listings_channel", "channel_id", "id"),
        Index("ix_listings_item", "channel_id", "external_item"),
        Index("ix_listings_channel_variant", "channel_id", "variant_id"),
        Index("ix_listings_compared", "channel_id", text("compared_at NULLS FIRST"), "id"),
        Index(
            "ix_listings_stock_owed_since",
            "stock_owed_since",
            "id",
            postgresql_where=text("stock_version <> stock_told_version AND sync_blocked IS NULL"),
        ),
        Index(
            "ix_listings_stock_owed",
            "channel_id",
            "id",
            postgresql_where=text("stock_version <> stock_told_version AND sync_blocked IS NULL"),
        ),
        Index(
            "ix_listings_goods_owed",
            "channel_id",
            "id",
            postgresql_where=text("goods_version <> goods_told_version AND sync_blocked IS NULL"),
        ),
        Index(
            "ix_listings_price_owed",
            "channel_id",
            "id",
            postgresql_where=text("price_version <> price_told_version AND sync_blocked IS NULL"),
        ),
    )

    id: Mapped[ListingId] = primary_key(default_factory=identifier)
    channel_id: Mapped[ChannelId] = reference("channels.id")
    variant_id: Mapped[UUID]
    external_item: Mapped[str]
    external_sku: Mapped[str]
    seller_code: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    price: Mapped[UnitPrice | None] = mapped_column(default=None)
    listed: Mapped[bool] = mapped_column(default=True)
    shown_quantity: Mapped[Quantity | None] = mapped_column(default=None)
    stock_version: Mapped[int] = mapped_column(default=0)
    stock_told_version: Mapped[int] = mapped_column(default=0)
    stock_owed_since: Mapped[datetime | None] = mapped_column(default=None)
    compared_at: Mapped[datetime | None] = mapped_column(default=None)
    goods_version: Mapped[int] = mapped_column(default=1)
    goods_told_version: Mapped[int] = mapped_column(default=0)
    price_version: Mapped[int] = mapped_column(default=0)
    price_told_version: Mapped[int] = mapped_column(default=0)
    sync_blocked: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class SellerCode(Table):
    """What a shop calls one of our articles, as a person once said; it goes before what our own codes would say."""

    __tablename__ = "seller_codes"
    __table_args__ = (PrimaryKeyConstraint("channel_id", "code"),)

    channel_id: Mapped[ChannelId] = reference("channels.id")
    code: Mapped[str]
    variant_id: Mapped[UUID]
    said_by: Mapped[str]
    said_at: Mapped[datetime]


class Progress(Table):
    """How far one stream (orders, refunds) of a channel has been read, and until when it must rest."""

    __tablename__ = "channel_progress"
    __table_args__ = (PrimaryKeyConstraint("channel_id", "stream"),)

    channel_id: Mapped[ChannelId] = reference("channels.id")
    stream: Mapped[str]
    read_until: Mapped[datetime | None] = mapped_column(default=None)
    rest_until: Mapped[datetime | None] = mapped_column(default=None)
    rest_reason: Mapped[str | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0)
    pulled_at: Mapped[datetime | None] = mapped_column(default=None)


class WebhookNonce(Table):
    """A nonce a partner has used; the same one again within a day is a replay."""

    __tablename__ = "webhook_nonces"
    __table_args__ = (PrimaryKeyConstraint("channel_id", "nonce"), Index("ix_webhook_nonces_at", "received_at"))

    channel_id: Mapped[ChannelId] = reference("channels.id")
    nonce: Mapped[str]
    received_at: Mapped[datetime]
