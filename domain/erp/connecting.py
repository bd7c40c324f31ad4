"""Connecting the in-house ERP (ERP 接入): where and as whom it is called, from when on, and what it may know."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import inventory, partners
from domain.erp.events import ErpExchangeAsked, ErpTestAsked
from domain.erp.models import ErpStatus, ErpStream, ErpStreamKind, PartnerErp, PartnerErpId
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
)

CODE = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
TEXT_LENGTH_MAX = 200


class ErpTaken(Refusal):
    """There is already an ERP with the code {partner}."""

    partner: str
    chinese = "ERP 编码 {partner} 已存在"


@dataclass(frozen=True, kw_only=True)
class NewPartnerErp:
    """Where an ERP is, whether it may know costs, and from which day on it is told of sales."""

    code: str
    name: str
    base_url: str
    told_cost: bool
    sales_from: date | None
    sealed_credentials: str


@action
async def connect_partner_erp(work: Work, given: NewPartnerErp) -> PartnerErp:
    """Exchange stock and sales with an ERP: of stock what moves from now on, of sales each day when it has ended."""
    if not CODE.fullmatch(given.code) or len(given.code) > TEXT_LENGTH_MAX:
        raise BadInput(field="code", problem="must be a-z, 0-9, - and _").at("input", "code")
    check_base_url(given.base_url)
    row = {
        "id": identifier(),
        "code": given.code,
        "name": short_text(given.name, "name", TEXT_LENGTH_MAX),
        "status": ErpStatus.OPEN,
        "base_url": given.base_url,
        "sealed_credentials": given.sealed_credentials,
        "told_cost": given.told_cost,
        "sales_from": given.sales_from or inventory.today(work.now),
        "version": 1,
        "opened_at": work.now,
    }
    if not await work.change(insert(PartnerErp).values(row).on_conflict_do_nothing()):
        raise ErpTaken(partner=given.code).at("input", "code")
    kind = partners.PartnerKind.ERP
    await partners.enlist(work, partners.Enlisted(id=row["id"], kind=kind, code=given.code, name=str(row["name"])))
    work.session.add_all(await _streams(work, row["id"]))
    return await work.session.get_one(PartnerErp, row["id"])


async def _streams(work: Work, partner_id: Any) -> list[ErpStream]:
    """Begin to read from their first change, and to tell from what moves next."""
    summed_to = (await work.rows(select(inventory.SUMMED_TO)))[0][0]
    begins = {ErpStreamKind.THEIR_CHANGES: "", ErpStreamKind.OUR_MOVEMENTS: str(summed_to)}
    return [
        ErpStream(partner_id=partner_id, kind=kind, cursor=cursor, next_at=work.now) for kind, cursor in begins.items()
    ]


@action
async def pause_partner_erp(work: Work, partner_id: PartnerErpId, reason: str) -> PartnerErp:
    """Ask and tell an ERP nothing until someone resumes it; feeds are written all the same."""
    partner = await erp_for_change(work, partner_id)
    _become(partner, ErpStatus.PAUSED, ErpStatus.OPEN, short_text(reason, "reason", TEXT_LENGTH_MAX))
    return partner


@action
async def resume_partner_erp(work: Work, partner_id: PartnerErpId) -> PartnerErp:
    """Ask and tell a paused ERP again; what waited is exchanged now."""
    partner = await erp_for_change(work, partner_id)
    _become(partner, ErpStatus.OPEN, ErpStatus.PAUSED, None)
    work.record(ErpExchangeAsked(partner_id=partner.id))
    return partner


@action
async def authorise_partner_erp(
    work: Work, partner_id: PartnerErpId, sealed_credentials: str, base_url: str | None = None
) -> PartnerErp:
    """Give an ERP new credentials, and another address if it moved."""
    partner = await erp_for_change(work, partner_id)
    if base_url is not None:
        check_base_url(base_url)
        partner.base_url = base_url
    partner.sealed_credentials = sealed_credentials
    partner.version += 1
    return partner


@action
async def check_partner_erp(work: Work, partner_id: PartnerErpId) -> PartnerErp:
    """Ask an ERP something harmless, to see whether the connection works; the outcome stands with it shortly."""
    partner = await erp_for_change(work, partner_id)
    partner.tested_at, partner.test_problem = None, None
    partner.version += 1
    work.record(ErpTestAsked(partner_id=partner.id))
    return partner


@action
async def exchange_with_erp(work: Work, partner_id: PartnerErpId) -> PartnerErp:
    """Exchange what is new with an ERP now, also after faults that make the clock wait."""
    partner = await erp_for_change(work, partner_id)
    if partner.status is not ErpStatus.OPEN:
        raise WrongState(what="ERP", which=partner.code, state=partner.status.value, needed="OPEN").at("input", "id")
    work.record(ErpExchangeAsked(partner_id=partner.id))
    return partner


@routine
async def note_erp_tested(work: Work, partner_id: PartnerErpId | UUID, problem: str | None) -> None:
    """Note whether an ERP answered, and if not, why."""
    partner = await erp_for_change(work, partner_id)
    partner.tested_at, partner.test_problem = work.now, problem[:TEXT_LENGTH_MAX] if problem else None
    partner.version += 1


def _become(partner: PartnerErp, after: ErpStatus, before: ErpStatus, reason: str | None) -> None:
    if partner.status is not before:
        refused = WrongState(what="ERP", which=partner.code, state=partner.status.value, needed=before.value)
        raise refused.at("input", "id")
    partner.status, partner.status_reason = after, reason
    partner.version += 1


async def erp_for_change(work: Work, partner_id: PartnerErpId | UUID) -> PartnerErp:
    """Load an ERP, locked, or refuse."""
    partner = await work.session.get(PartnerErp, partner_id, with_for_update=True, populate_existing=True)
    if partner is None:
        raise NotFound(what="ERP", which=str(partner_id)).at("input", "id")
    return partner


async def erp_by_id(work: Work, partner_id: PartnerErpId | UUID) -> Any:
    """Read an ERP with its credentials, for whoever calls there."""
    return (await work.rows(select(*PartnerErp.__table__.columns).where(PartnerErp.id == partner_id)))[0]
