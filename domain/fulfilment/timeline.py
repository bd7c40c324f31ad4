"""The story of an order (订单日志): what people and programs did to it and to its parcels, from the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from domain import orders
from domain.fulfilment.models import Shipment
from domain.fulfilment.packages import Package
from domain.fulfilment.return_models import GoodsReturn
from domain.fulfilment.stages import Release
from domain.kernel import Read, grouped, visible
from domain.kernel.records import AuditEntry

TIMELINE_MAX = 100

ENTRY = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_name,
    AuditEntry.action,
    AuditEntry.input,
    AuditEntry.changes,
)


async def timeline_of(read: Read, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Read what was done to orders and their parcels, the latest first, at most 100 entries each."""
    wanted, order = any_(literal(list(order_ids), ARRAY(Uuid))), orders.Order
    of_order = select(*ENTRY, AuditEntry.subject_id.label("order_id")).where(
        AuditEntry.subject_type == "Order", AuditEntry.subject_id == wanted
    )
    of_parcels = (
        select(*ENTRY, Shipment.order_id)
        .join(Shipment, Shipment.id == AuditEntry.subject_id)
        .where(AuditEntry.subject_type == "Shipment", Shipment.order_id == wanted)
    )
    of_warehouses = (
        select(*ENTRY, Release.order_id)
        .join(Release, Release.id == AuditEntry.subject_id)
        .where(AuditEntry.subject_type == "Release", Release.order_id == wanted)
    )
    of_packages = (
        select(*ENTRY, Package.order_id)
        .join(Package, Package.id == AuditEntry.subject_id)
        .where(AuditEntry.subject_type == "Package", Package.order_id == wanted)
    )
    of_returns = (
        select(*ENTRY, GoodsReturn.order_id)
        .join(GoodsReturn, GoodsReturn.id == AuditEntry.subject_id)
        .where(AuditEntry.subject_type == "GoodsReturn", GoodsReturn.order_id == wanted)
    )
    entry = union_all(of_order, of_parcels, of_warehouses, of_packages, of_returns).subquery()
    rank = func.row_number().over(partition_by=entry.c.order_id, order_by=(entry.c.at.desc(), entry.c.id.desc()))
    joined = select(*entry.c, rank.label("rank")).join(order, order.id == entry.c.order_id)
    ranked = visible(joined, read.actor, channel=order.channel_id).subquery()
    statement = select(*ranked.c).where(ranked.c.rank <= TIMELINE_MAX).order_by(ranked.c.order_id, ranked.c.rank)
    return grouped(await read.rows(statement), "order_id", order_ids)
