"""Wanting waybills (申请面单号): a package asks for a number of its carrier, and gives back one it does not use.

Asking is a fact; a worker carries it to the carrier and notes what came of it (`issuing`).
"""

from typing import Any

from sqlalchemy import select

from domain.fulfilment.events import WaybillUnused, WaybillWanted
from domain.fulfilment.packages import Package
from domain.fulfilment.waybills import Waybill, WaybillAccount, WaybillStatus
from domain.kernel import Work

IN_USE = (WaybillStatus.WANTED, WaybillStatus.ISSUED)


async def want_if_possible(work: Work, package: Package) -> Waybill | None:
    """Ask for a number if the package has none and its warehouse has an account at its carrier."""
    if package.carrier_code is None or package.waybill is not None:
        return None
    account = await account_of(work, package)
    if account is None or await in_use(work, package) is not None:
        return None
    wanted = Waybill(
        package_id=package.id,
        order_id=package.order_id,
        channel_id=package.channel_id,
        warehouse_id=package.warehouse_id,
        carrier_code=account.carrier_code,
        account_channel_id=account.channel_id,
        wanted_by=work.actor.name,
        wanted_at=work.now,
    )
    work.session.add(wanted)
    await work.session.flush()
    work.record(WaybillWanted(waybill_id=wanted.id))
    return wanted


async def give_back(work: Work, package: Package) -> None:
    """Give the number of a package back to its carrier, also one that is still being asked for."""
    waybill = await in_use(work, package)
    if waybill is None:
        return
    waybill.status, waybill.ended_at = WaybillStatus.TO_GIVE_BACK, work.now
    await work.session.flush()
    work.record(WaybillUnused(waybill_id=waybill.id))


async def account_of(work: Work, package: Package) -> Any | None:
    """Find the account through which a warehouse gets the numbers of a package's carrier."""
    account = WaybillAccount
    rows = await work.rows(
        select(*account.__table__.columns).where(
            account.warehouse_id == package.warehouse_id, account.carrier_code == package.carrier_code, account.active
        )
    )
    return rows[0] if rows else None


async def in_use(work: Work, package: Package) -> Waybill | None:
    """Hold the number a package has or waits for; the caller holds the order."""
    statement = select(Waybill).where(Waybill.package_id == package.id, Waybill.status.in_(IN_USE)).with_for_update()
    found: Waybill | None = await work.session.scalar(statement.execution_options(populate_existing=True))
    return found
