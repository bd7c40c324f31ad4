"""Our book against theirs (账实核对): what a warehouse system or a shop says that we do not; gone when both agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from sqlalchemy import select

from domain import alerts, catalogue
from domain.alerts import AlertKind, NewAlert
from domain.inventory.models import WarehouseId
from domain.inventory.watch_alerts import levels
from domain.inventory.watch_shortages import OF_VARIANTS, TURN
from domain.kernel import Quantity, Work

SEVERE_SHARE = Decimal("0.1")
"""Off by more than this part of what our book says is severe."""

SKUS = select(catalogue.Variant.id, catalogue.Variant.sku).where(catalogue.Variant.id == OF_VARIANTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What our book says of a variant (or of one lot or listing of it), and what theirs does."""

    variant_id: UUID
    ours: Quantity
    theirs: Quantity
    part: str | None = None

    def severe(self) -> bool:
        apart: Decimal = abs(self.ours.value - self.theirs.value)
        return apart > SEVERE_SHARE * self.ours.value


async def watch_wms(
    work: Work, warehouse_id: WarehouseId, differences: Sequence[Difference], compared: Sequence[UUID] | None = None
) -> None:
    """Note how a warehouse system differs from the book; what it does not name agrees.

    `compared` are the variants that were looked at, all of the warehouse when not given: alerts on others stay.
    """
    within = alerts.Within(warehouse_id=warehouse_id)
    await _settle(work, AlertKind.BOOK_NOT_WMS, "WMS", within, differences, compared)


async def watch_channel(
    work: Work, channel_id: UUID, differences: Sequence[Difference], compared: Sequence[UUID] | None = None
) -> None:
    """Note how the stock a shop says differs from what it was told; what it does not name agrees."""
    within = alerts.Within(channel_id=channel_id)
    await _settle(work, AlertKind.BOOK_NOT_CHANNEL, "shop", within, differences, compared)


async def _settle(
    work: Work,
    kind: AlertKind,
    who: str,
    within: alerts.Within,
    differences: Sequence[Difference],
    compared: Sequence[UUID] | None,
) -> None:
    await work.execute(TURN)
    apart = [each for each in differences if each.ours != each.theirs]
    given = {"variant_ids": sorted({each.variant_id for each in apart})}
    skus = {row.id: row.sku for row in await work.rows(SKUS, given)}
    wanted = [alert for each in apart for alert in _apart(kind, who, within, each, skus.get(each.variant_id, ""))]
    await alerts.settle_alerts(work, compared, [kind], wanted, within)


def _apart(kind: AlertKind, who: str, within: alerts.Within, found: Difference, sku: str) -> list[NewAlert]:
    place = within.warehouse_id or within.channel_id
    part = f" ({found.part})" if found.part else ""
    return [
        NewAlert(
            subject=alerts.AlertSubject.STOCK,
            subject_id=found.variant_id,
            place_id=uuid5(place, found.part) if place and found.part else place,
            kind=kind,
            level=level,
            warehouse_id=within.warehouse_id,
            channel_id=within.channel_id,
            message=f"{sku}{part}: the book says {found.ours}, the {who} says {found.theirs}.",
            message_chinese=f"{sku}{part} 账面 {found.ours}，{'WMS' if who == 'WMS' else '店铺'} 为 {found.theirs}",
            evidence={
                "variantId": str(found.variant_id),
                "sku": sku,
                "book": str(found.ours),
                "theirs": str(found.theirs),
                "part": found.part,
            },
        )
        for level in levels(severe=found.severe())
    ]
