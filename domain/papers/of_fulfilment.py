"""The papers of work in a warehouse (仓内单证): pick lists along the way somebody walks, and labels of parcels."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from domain import catalogue, channels, customers, fulfilment, inventory, orders, shipping
from domain.kernel import Quantity, Read, Reading
from domain.papers.words import measure, moment

WAVE, RELEASE, PICK = fulfilment.Wave, fulfilment.Release, fulfilment.PickLine
PACKAGE, ACCOUNT = fulfilment.Package, fulfilment.WaybillAccount
BIN, ZONE, LOT, PLACE = inventory.Bin, inventory.Zone, inventory.Lot, inventory.Warehouse
VARIANT, PRODUCT, ORDER = catalogue.Variant, catalogue.Product, orders.Order

# Many columns are listed as one, so that the statements have no type for each of them.
PICK_COLUMNS: tuple[Any, ...] = (
    *(PICK.wave_id, PICK.variant_id, PICK.bin_id, PICK.lot_id, PICK.quantity, RELEASE.slot),
    *(VARIANT.sku, VARIANT.specification, PRODUCT.name.label("product_name")),
    *(BIN.code.label("bin"), LOT.code.label("lot"), ORDER.number.label("order_number")),
)
CONTENT_COLUMNS: tuple[Any, ...] = (
    *(fulfilment.PackageLine.package_id, fulfilment.PackageLine.quantity, VARIANT.sku),
    PRODUCT.name.label("product_name"),
)
WAVES = Reading(
    select(*WAVE.__table__.columns, PLACE.name.label("warehouse")).join(PLACE, PLACE.id == WAVE.warehouse_id),
    WAVE.id,
    warehouse=WAVE.warehouse_id,
)
# Along the way: zone by zone, bin by bin; what lies in no bin comes last.
PICKS = Reading(
    select(*PICK_COLUMNS)
    .join(RELEASE, RELEASE.id == PICK.release_id)
    .join(ORDER, ORDER.id == RELEASE.order_id)
    .join(VARIANT, VARIANT.id == PICK.variant_id)
    .join(PRODUCT, PRODUCT.id == VARIANT.product_id)
    .outerjoin(BIN, BIN.id == PICK.bin_id)
    .outerjoin(ZONE, ZONE.id == BIN.zone_id)
    .outerjoin(LOT, LOT.id == PICK.lot_id)
    .where(RELEASE.ended_at.is_(None))
    .order_by(PICK.wave_id, ZONE.walking_order, BIN.walking_order, BIN.code, VARIANT.sku, RELEASE.slot, PICK.id),
    PICK.wave_id,
    many=True,
    warehouse=PICK.warehouse_id,
)
PACKAGES = Reading(
    select(
        *PACKAGE.__table__.columns,
        *(ORDER.number.label("order_number"), ORDER.external_number, ORDER.receiver_name, ORDER.receiver_phone),
        *(ORDER.province, ORDER.city, ORDER.district, ORDER.town, ORDER.address_detail),
        *(ORDER.cash_on_delivery, ORDER.total_amount, ORDER.paid_amount, ORDER.currency, ORDER.buyer_message),
        *(
            channels.Channel.name.label("channel"),
            PLACE.name.label("warehouse"),
            shipping.Carrier.name.label("carrier"),
        ),
        *(ACCOUNT.sender_name, ACCOUNT.sender_phone, ACCOUNT.province.label("sender_province")),
        *(ACCOUNT.city.label("sender_city"), ACCOUNT.district.label("sender_district")),
        ACCOUNT.detail.label("sender_detail"),
    )
    .join(ORDER, ORDER.id == PACKAGE.order_id)
    .join(channels.Channel, channels.Channel.id == PACKAGE.channel_id)
    .join(PLACE, PLACE.id == PACKAGE.warehouse_id)
    .outerjoin(shipping.Carrier, shipping.Carrier.code == PACKAGE.carrier_code)
    .outerjoin(
        ACCOUNT, and_(ACCOUNT.warehouse_id == PACKAGE.warehouse_id, ACCOUNT.carrier_code == PACKAGE.carrier_code)
    ),
    PACKAGE.id,
    channel=PACKAGE.channel_id,
    warehouse=PACKAGE.warehouse_id,
)
CONTENTS = Reading(
    select(*CONTENT_COLUMNS)
    .join(PACKAGE, PACKAGE.id == fulfilment.PackageLine.package_id)
    .join(VARIANT, VARIANT.id == fulfilment.PackageLine.variant_id)
    .join(PRODUCT, PRODUCT.id == VARIANT.product_id)
    .order_by(fulfilment.PackageLine.package_id, fulfilment.PackageLine.position),
    fulfilment.PackageLine.package_id,
    many=True,
    channel=PACKAGE.channel_id,
    warehouse=PACKAGE.warehouse_id,
)


async def of_waves(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Say what stands on pick lists: order by order, or all of it at once with the slots it is sorted into."""
    heads, picks = await WAVES(read, ids), await PICKS(read, ids)
    return {key: _pick_list(head, picks[key]) for key, head in heads.items()}


def _pick_list(wave: Any, picks: Sequence[Any]) -> dict[str, Any]:
    by_order = wave.mode is fulfilment.PickMode.BY_ORDER
    ordered = sorted(picks, key=lambda each: each.slot or 0) if by_order else picks
    return {
        "number": wave.number,
        "warehouse_id": wave.warehouse_id,
        "warehouse": wave.warehouse,
        "mode": "摘果" if by_order else "播种",
        "carrier": wave.carrier_code or "",
        "picker": wave.picker_name or "",
        "made": f"{wave.made_by} {moment(wave.made_at)}",
        "orders": str(len({each.slot for each in picks})),
        "pieces": measure(Quantity.total(each.quantity for each in picks)),
        "lines": [_pick(place, group) for place, group in enumerate(_together(ordered, by_order=by_order), 1)],
    }


def _together(picks: Iterable[Any], *, by_order: bool) -> list[list[Any]]:
    """Put together what is taken from one place for one slot, or, when all is taken at once, for all slots."""
    groups: dict[Any, list[Any]] = {}
    for each in picks:
        key = (each.bin_id, each.lot_id, each.variant_id, each.slot if by_order else None)
        groups.setdefault(key, []).append(each)
    return list(groups.values())


def _pick(position: int, group: Sequence[Any]) -> dict[str, Any]:
    first, slots = group[0], dict[int, Quantity]()
    for each in group:
        slots[each.slot] = slots.get(each.slot, Quantity(0)) + each.quantity
    return {
        "position": str(position),
        "bin": first.bin or "",
        "sku": first.sku,
        "name": first.product_name,
        "specification": first.specification,
        "lot": first.lot or "",
        "quantity": measure(Quantity.total(each.quantity for each in group)),
        "slots": " ".join(f"{slot}×{measure(many)}" for slot, many in sorted(slots.items())),
        "order": first.order_number if len(slots) == 1 else "",
    }


async def of_packages(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Say what stands on the labels of parcels; phones are masked for those who may not see them."""
    heads, contents = await PACKAGES(read, ids), await CONTENTS(read, ids)
    seen = read.actor.may(customers.SEE_PHONE)
    return {key: _label(head, contents[key], seen=seen) for key, head in heads.items()}


def _label(head: Any, contents: Sequence[Any], *, seen: bool) -> dict[str, Any]:
    to = (head.province, head.city, head.district, head.town, head.address_detail)
    sender = (head.sender_province, head.sender_city, head.sender_district, head.sender_detail)
    owed = head.total_amount - head.paid_amount
    return {
        "number": head.number,
        "channel_id": head.channel_id,
        "warehouse_id": head.warehouse_id,
        "waybill": head.waybill or "",
        "carrier": head.carrier or head.carrier_code or "",
        "channel": head.channel,
        "warehouse": head.warehouse,
        "order": head.order_number,
        "external_number": head.external_number or "",
        "receiver": head.receiver_name or "",
        "phone": (head.receiver_phone if seen else customers.masked_phone(head.receiver_phone)) or "",
        "address": " ".join(each for each in to if each),
        "sender": head.sender_name or head.warehouse,
        "sender_phone": head.sender_phone or "",
        "sender_address": " ".join(each for each in sender if each),
        "collect": f"{head.currency} {owed}" if head.cash_on_delivery else "",
        "grams": str(head.grams) if head.grams is not None else "",
        "message": head.buyer_message or "",
        "lines": [
            {"sku": each.sku, "name": each.product_name, "quantity": measure(each.quantity)} for each in contents
        ],
    }
