"""Waybills between us and the carriers (面单取号、取消、确认): what a carrier must hear, and what came of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue, channels, inventory, orders, shipping
from domain.fulfilment.events import WaybillUnused
from domain.fulfilment.models import ShipmentId
from domain.fulfilment.packages import Package, PackageId, PackageLine, PackageStatus
from domain.fulfilment.packing import package_for_change
from domain.fulfilment.wanting import account_of, in_use, want_if_possible
from domain.fulfilment.waybills import Waybill, WaybillAccount, WaybillId, WaybillStatus
from domain.inventory import WarehouseId
from domain.kernel import NotFound, Refusal, Work, action, routine, sees_channel, short_text
from domain.orders import HoldReason

TEXT_LENGTH_MAX = 200
URL_LENGTH_MAX = 500
PROBLEM_LENGTH_MAX = 400
ALIVE = (PackageStatus.OPEN, PackageStatus.SEALED)


class NoWaybillAccount(Refusal):
    """Warehouse and carrier of package {number} have no account that gives numbers; set one, or type the number."""

    number: str
    chinese = "包裹 {number} 的仓库与物流公司没有电子面单账户，请设置账户或手工录入运单号"


class HasWaybill(Refusal):
    """Package {number} has the number {waybill}, or waits for one."""

    number: str
    waybill: str
    chinese = "包裹 {number} 已有运单号 {waybill} 或正在取号"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Who sends or gets a package; a platform's token stands for what it masks."""

    name: str
    phone: str
    province: str
    city: str | None
    district: str | None
    detail: str
    token: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewWaybillAccount:
    """Through which shop a warehouse shall get the numbers of a carrier."""

    warehouse_id: WarehouseId
    carrier_code: str
    channel_id: UUID
    template_url: str
    sender: Address
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class WaybillToGet:
    """What a carrier must know to give a number."""

    waybill_id: WaybillId
    account_channel_id: UUID
    carrier_code: str
    template_url: str
    order_number: str
    trade_number: str | None
    sender: Address
    recipient: Address
    items: tuple[tuple[str, int], ...]
    grams: int | None


@dataclass(frozen=True, kw_only=True)
class WaybillToEnd:
    """A number that is to be given back, or confirmed."""

    waybill_id: WaybillId
    account_channel_id: UUID
    carrier_code: str
    number: str | None


@action
async def set_waybill_account(work: Work, account: NewWaybillAccount) -> inventory.Warehouse:
    """Say through which shop a warehouse gets a carrier's electronic waybills, and who is their sender."""
    await inventory.open_place(work, account.warehouse_id)
    carrier = await shipping.carrier_of_code(work, account.carrier_code)
    channel = await work.session.get(channels.Channel, account.channel_id)
    if channel is None or not sees_channel(work.actor, channel.id):
        raise NotFound(what="channel", which=str(account.channel_id)).at("input", "channelId")
    sender = account.sender
    values = {
        "warehouse_id": account.warehouse_id,
        "carrier_code": carrier.code,
        "channel_id": channel.id,
        "active": account.active,
        "template_url": short_text(account.template_url, "templateUrl", URL_LENGTH_MAX),
        "sender_name": short_text(sender.name, "senderName", TEXT_LENGTH_MAX),
        "sender_phone": short_text(sender.phone, "senderPhone", TEXT_LENGTH_MAX),
        "province": short_text(sender.province, "province", TEXT_LENGTH_MAX),
        "city": sender.city,
        "district": sender.district,
        "detail": short_text(sender.detail, "detail", TEXT_LENGTH_MAX),
        "set_by": work.actor.name,
        "set_at": work.now,
    }
    key = ("warehouse_id", "carrier_code")
    changed = {name: value for name, value in values.items() if name not in key}
    await work.execute(insert(WaybillAccount).values(values).on_conflict_do_update(index_elements=key, set_=changed))
    return await work.session.get_one(inventory.Warehouse, account.warehouse_id)


@action
async def request_waybill(work: Work, package_id: PackageId, carrier_code: str | None = None) -> Package:
    """Ask the carrier of a package for a number, again if it failed; another carrier if one is named."""
    failed = HoldReason.WAYBILL_FAILED
    order, _, package = await package_for_change(work, package_id, ALIVE, despite=failed)
    has = await in_use(work, package)
    if has is not None or package.waybill is not None:
        raise HasWaybill(number=package.number, waybill=package.waybill or "—").at("input", "packageId")
    if carrier_code is not None:
        package.carrier_code = (await shipping.carrier_of_code(work, carrier_code)).code
    if await account_of(work, package) is None:
        raise NoWaybillAccount(number=package.number).at("input", "packageId")
    await want_if_possible(work, package)
    await orders.no_longer_for(work, order, failed)
    return package


async def waybill_to_get(work: Work, waybill_id: UUID) -> WaybillToGet | None:
    """Say what a carrier must know to give a number; None when nobody wants it any more."""
    waybill = await _held(work, waybill_id)
    if waybill.number is not None or waybill.status not in (WaybillStatus.WANTED, WaybillStatus.TO_GIVE_BACK):
        return None
    if waybill.status is WaybillStatus.TO_GIVE_BACK and waybill.asked_at is None:
        return None
    waybill.asked_at = waybill.asked_at or work.now
    account = await work.session.get_one(WaybillAccount, (waybill.warehouse_id, waybill.carrier_code))
    order = (await work.session.scalars(select(orders.Order).where(orders.Order.id == waybill.order_id))).one()
    package = await work.session.get_one(Package, waybill.package_id)
    return WaybillToGet(
        waybill_id=waybill.id,
        account_channel_id=waybill.account_channel_id,
        carrier_code=waybill.carrier_code,
        template_url=account.template_url,
        order_number=order.number,
        trade_number=order.external_number,
        sender=Address(
            name=account.sender_name,
            phone=account.sender_phone,
            province=account.province,
            city=account.city,
            district=account.district,
            detail=account.detail,
        ),
        recipient=Address(
            name=order.receiver_name or "",
            phone=order.receiver_phone or "",
            province=order.province or "",
            city=order.city,
            district=order.district,
            detail=order.address_detail or "",
            token=order.address_token,
        ),
        items=await _items(work, waybill.package_id),
        grams=package.grams or package.expected_grams,
    )


@routine
async def note_waybill_issued(work: Work, waybill_id: UUID, number: str) -> Package:
    """Note the number a carrier gave; one that nobody wants any more, or that looks wrong, is given back."""
    order, package, waybill = await _locked(work, waybill_id)
    if waybill.number is not None:
        return package
    waybill.number, waybill.issued_at = shipping.tidy(number), work.now
    carrier = await shipping.carrier_of_code(work, waybill.carrier_code)
    if waybill.status is not WaybillStatus.WANTED or package.status not in ALIVE:
        waybill.status = WaybillStatus.TO_GIVE_BACK
        work.record(WaybillUnused(waybill_id=waybill.id))
    elif not shipping.accepts(carrier, waybill.number):
        waybill.status = WaybillStatus.TO_GIVE_BACK
        work.record(WaybillUnused(waybill_id=waybill.id))
        await _hold(work, order, f"{waybill.number} is not a waybill of {carrier.name}")
    else:
        waybill.status, package.waybill, package.carrier_code = WaybillStatus.ISSUED, waybill.number, carrier.code
        await orders.no_longer_for(work, order, HoldReason.WAYBILL_FAILED)
    await work.session.flush()
    return package


async def keep_print_data(work: Work, waybill_id: UUID, print_data: str) -> None:
    """Keep what a label is printed of; it names the receiver, so the audit log does not see it."""
    waybill = await _held(work, waybill_id)
    waybill.print_data = print_data


@routine
async def note_waybill_failed(work: Work, waybill_id: UUID, problem: str) -> Package:
    """Note that a carrier gave no number, and let the order wait until somebody has looked."""
    order, package, waybill = await _locked(work, waybill_id)
    if waybill.status is WaybillStatus.WANTED and package.status in ALIVE:
        await _hold(work, order, problem)
    if waybill.status in (WaybillStatus.WANTED, WaybillStatus.TO_GIVE_BACK) and waybill.number is None:
        waybill.status, waybill.problem, waybill.ended_at = WaybillStatus.FAILED, problem[:PROBLEM_LENGTH_MAX], work.now
    await work.session.flush()
    return package


async def waybill_to_give_back(work: Work, waybill_id: UUID) -> WaybillToEnd | None:
    """Say which number a carrier shall have back; None when it has it. One never asked for is given back at once."""
    waybill = await _held(work, waybill_id)
    if waybill.status is not WaybillStatus.TO_GIVE_BACK:
        return None
    if waybill.number is None and waybill.asked_at is None:
        waybill.status = WaybillStatus.GIVEN_BACK
        return None
    return _to_end(waybill)


async def note_waybill_given_back(work: Work, waybill_id: UUID) -> None:
    """Note that a carrier took a number back; noting it twice changes nothing."""
    waybill = await _held(work, waybill_id)
    if waybill.status is WaybillStatus.TO_GIVE_BACK:
        waybill.status = WaybillStatus.GIVEN_BACK


async def waybill_to_confirm(work: Work, shipment_id: ShipmentId) -> WaybillToEnd | None:
    """Say which number left with a parcel and is not confirmed to its carrier yet."""
    joined = select(Waybill).join(Package, Package.id == Waybill.package_id)
    joined = joined.where(Package.shipment_id == shipment_id, Waybill.status == WaybillStatus.ISSUED)
    waybill = await work.session.scalar(joined)
    return None if waybill is None else _to_end(waybill)


async def note_waybill_confirmed(work: Work, waybill_id: UUID) -> None:
    """Note that a carrier knows that a number was used; noting it twice changes nothing."""
    waybill = await _held(work, waybill_id)
    if waybill.status is WaybillStatus.ISSUED:
        waybill.status, waybill.ended_at = WaybillStatus.CONFIRMED, work.now


def _to_end(waybill: Waybill) -> WaybillToEnd:
    return WaybillToEnd(
        waybill_id=waybill.id,
        account_channel_id=waybill.account_channel_id,
        carrier_code=waybill.carrier_code,
        number=waybill.number,
    )


async def _held(work: Work, waybill_id: Any) -> Waybill:
    return await work.session.get_one(Waybill, waybill_id, with_for_update=True, populate_existing=True)


async def _locked(work: Work, waybill_id: Any) -> tuple[orders.Order, Package, Waybill]:
    """Hold the order, the package and the number, in this order."""
    rows = await work.rows(select(Waybill.order_id, Waybill.package_id).where(Waybill.id == waybill_id))
    (order,) = await orders.lock_orders(work, [rows[0].order_id])
    package = await work.session.get_one(Package, rows[0].package_id, with_for_update=True, populate_existing=True)
    return order, package, await _held(work, waybill_id)


async def _hold(work: Work, order: orders.Order, problem: str) -> None:
    if order.status in orders.TO_SHIP:
        await orders.hold_for(work, order, HoldReason.WAYBILL_FAILED, problem)


async def _items(work: Work, package_id: PackageId) -> tuple[tuple[str, int], ...]:
    variant, part, product = catalogue.Variant, PackageLine, catalogue.Product
    rows = await work.rows(
        select(product.name, part.quantity)
        .join(variant, variant.id == part.variant_id)
        .join(product, product.id == variant.product_id)
        .where(part.package_id == package_id)
        .order_by(part.position)
        .limit(100)
    )
    return tuple((row.name, max(int(row.quantity.value), 1)) for row in rows)
