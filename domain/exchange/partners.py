"""Connecting partners' warehouses (外仓接入): which of ours a partner runs, as whom it is called, and whether it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import inventory, partners
from domain.exchange.events import ConnectionTestAsked, PaperOwed
from domain.exchange.models import ExchangePaper, PaperStatus, PartnerStatus, PartnerWarehouse, PartnerWarehouseId
from domain.exchange.words import Person
from domain.inventory import WarehouseId, WarehouseKind
from domain.kernel import (
    BadInput,
    NotFound,
    Refusal,
    Work,
    WrongState,
    action,
    check_base_url,
    identifier,
    routine,
    short_text,
    visible,
)

CODE = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
TEXT_LENGTH_MAX = 200
DAMAGED = frozenset({WarehouseKind.DEFECTIVE, WarehouseKind.RETURNS})


class PartnerTaken(Refusal):
    """There is already a partner's warehouse with the code {partner}, or warehouse {warehouse} has a partner."""

    partner: str
    warehouse: str
    chinese = "外仓编码 {partner} 已存在，或仓库 {warehouse} 已由外仓运营"


@dataclass(frozen=True, kw_only=True)
class NewPartnerWarehouse:
    """Which warehouse a partner runs, and how it is called there."""

    code: str
    name: str
    warehouse_id: WarehouseId
    defective_warehouse_id: WarehouseId | None = None
    base_url: str
    customer_id: str
    owner_code: str
    their_code: str
    sender: Person
    sealed_credentials: str


@action
async def connect_partner_warehouse(work: Work, given: NewPartnerWarehouse) -> PartnerWarehouse:
    """Let a partner run a warehouse: from now on what is to come in and go out there is told to it."""
    if not CODE.fullmatch(given.code) or len(given.code) > TEXT_LENGTH_MAX:
        raise BadInput(field="code", problem="must be a-z, 0-9, - and _").at("input", "code")
    check_base_url(given.base_url)
    place = await inventory.open_place(work, given.warehouse_id, "warehouseId")
    await _check_defective(work, given)
    row = {
        "id": identifier(),
        "code": given.code,
        "name": short_text(given.name, "name", TEXT_LENGTH_MAX),
        "warehouse_id": given.warehouse_id,
        "defective_warehouse_id": given.defective_warehouse_id,
        "status": PartnerStatus.OPEN,
        "base_url": given.base_url,
        "customer_id": short_text(given.customer_id, "customerId", TEXT_LENGTH_MAX),
        "owner_code": short_text(given.owner_code, "ownerCode", TEXT_LENGTH_MAX),
        "their_code": short_text(given.their_code, "theirCode", TEXT_LENGTH_MAX),
        **_sender(given.sender),
        "sealed_credentials": given.sealed_credentials,
        "version": 1,
        "opened_at": work.now,
    }
    if not await work.change(insert(PartnerWarehouse).values(row).on_conflict_do_nothing()):
        raise PartnerTaken(partner=given.code, warehouse=place.code).at("input", "code")
    await _enlist(work, row)
    await inventory.note_run_by_partner(work, given.warehouse_id)
    return await work.session.get_one(PartnerWarehouse, row["id"])


async def _enlist(work: Work, row: Mapping[str, Any]) -> None:
    """Keep who runs a warehouse among those whom goods come from and go to."""
    entry = partners.Enlisted(
        id=row["id"],
        kind=partners.PartnerKind.WMS,
        code=row["code"],
        name=row["name"],
        warehouse_id=row["warehouse_id"],
    )
    await partners.enlist(work, entry)


def _sender(sender: Person) -> dict[str, str]:
    told = {name: getattr(sender, name) for name in ("name", "phone", "province", "city", "detail")}
    for name, value in told.items():
        if not 1 <= len(value.strip()) <= TEXT_LENGTH_MAX:
            problem = f"needs 1 to {TEXT_LENGTH_MAX} characters, for it stands on every parcel"
            raise BadInput(field=name, problem=problem).at("input", "sender", name)
    return {f"sender_{name}": value.strip() for name, value in told.items()}


async def _check_defective(work: Work, given: NewPartnerWarehouse) -> None:
    if given.defective_warehouse_id is None:
        return
    place = await inventory.open_place(work, given.defective_warehouse_id, "defectiveWarehouseId")
    if place.kind not in DAMAGED:
        problem = "must be a warehouse for defective or returned goods"
        raise BadInput(field="defectiveWarehouseId", problem=problem).at("input", "defectiveWarehouseId")


@action
async def pause_partner_warehouse(work: Work, partner_id: PartnerWarehouseId, reason: str) -> PartnerWarehouse:
    """Tell a partner nothing until someone resumes it; what it reports is taken all the same."""
    partner = await partner_for_change(work, partner_id)
    _become(partner, PartnerStatus.PAUSED, PartnerStatus.OPEN, short_text(reason, "reason", TEXT_LENGTH_MAX))
    return partner


@action
async def resume_partner_warehouse(work: Work, partner_id: PartnerWarehouseId) -> PartnerWarehouse:
    """Tell a paused partner again; what waited is told now."""
    partner = await partner_for_change(work, partner_id)
    _become(partner, PartnerStatus.OPEN, PartnerStatus.PAUSED, None)
    waiting = (PaperStatus.PENDING, PaperStatus.CANCELLING)
    owed = select(ExchangePaper.id).where(ExchangePaper.partner_id == partner_id, ExchangePaper.status.in_(waiting))
    work.record(*(PaperOwed(paper_id=row.id) for row in await work.rows(owed)))
    return partner


@action
async def authorise_partner_warehouse(
    work: Work, partner_id: PartnerWarehouseId, sealed_credentials: str, base_url: str | None = None
) -> PartnerWarehouse:
    """Give a partner's warehouse new credentials, and another address if it moved."""
    partner = await partner_for_change(work, partner_id)
    if base_url is not None:
        check_base_url(base_url)
        partner.base_url = base_url
    partner.sealed_credentials = sealed_credentials
    partner.version += 1
    return partner


@action
async def check_partner_warehouse(work: Work, partner_id: PartnerWarehouseId) -> PartnerWarehouse:
    """Ask a partner something harmless, to see whether the connection works; the outcome stands with it shortly."""
    partner = await partner_for_change(work, partner_id)
    partner.tested_at, partner.test_problem = None, None
    partner.version += 1
    work.record(ConnectionTestAsked(partner_id=partner.id))
    return partner


@action
async def set_partner_returns(work: Work, partner_id: PartnerWarehouseId, *, takes_returns: bool) -> PartnerWarehouse:
    """Say whether buyers send goods back to a partner's warehouse: then it is told by itself what is to come."""
    partner = await partner_for_change(work, partner_id)
    partner.takes_returns, partner.version = takes_returns, partner.version + 1
    return partner


@routine
async def note_connection_tested(work: Work, partner_id: PartnerWarehouseId | UUID, problem: str | None) -> None:
    """Note whether a partner answered, and if not, why."""
    partner = await partner_for_change(work, partner_id)
    partner.tested_at, partner.test_problem = work.now, problem[:TEXT_LENGTH_MAX] if problem else None
    partner.version += 1


def _become(partner: PartnerWarehouse, after: PartnerStatus, before: PartnerStatus, reason: str | None) -> None:
    if partner.status is not before:
        refused = WrongState(what="partner", which=partner.code, state=partner.status.value, needed=before.value)
        raise refused.at("input", "id")
    partner.status, partner.status_reason = after, reason
    partner.version += 1


async def partner_for_change(work: Work, partner_id: PartnerWarehouseId | UUID) -> PartnerWarehouse:
    """Load a partner's warehouse of the actor's scope, locked, or refuse."""
    statement = select(PartnerWarehouse).where(PartnerWarehouse.id == partner_id)
    statement = visible(statement, work.actor, warehouse=PartnerWarehouse.warehouse_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    partner: PartnerWarehouse | None = (await work.session.scalars(locked)).one_or_none()
    if partner is None:
        raise NotFound(what="partner", which=str(partner_id)).at("input", "id")
    return partner


async def partner_by_code(work: Work, code: str) -> Any | None:
    """Find a partner's warehouse by its code, with its credentials, for whoever must verify what it says."""
    found = await work.rows(select(*PartnerWarehouse.__table__.columns).where(PartnerWarehouse.code == code))
    return found[0] if found else None


async def partner_by_id(work: Work, partner_id: PartnerWarehouseId | UUID) -> Any:
    """Read a partner's warehouse with its credentials, for whoever calls there."""
    return (await work.rows(select(*PartnerWarehouse.__table__.columns).where(PartnerWarehouse.id == partner_id)))[0]


async def partners_of_warehouses(work: Work, warehouse_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Say which of these warehouses a partner runs, and which one."""
    statement = select(PartnerWarehouse.id, PartnerWarehouse.code, PartnerWarehouse.warehouse_id)
    rows = await work.rows(statement.where(PartnerWarehouse.warehouse_id.in_(warehouse_ids)))
    return {row.warehouse_id: row for row in rows}
