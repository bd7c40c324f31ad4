"""What only time brings (定时警示): expiry, stock that runs out, days unlike all others, idle bins, frozen lots.

Each scan reads sets of a size that does not grow with the ledger: the sums of a month of days, lots, bins, listings.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import uuid5

from sqlalchemy import TextClause, select

from domain import alerts
from domain.alerts import AlertKind, AlertLevel, NewAlert
from domain.inventory.lots import today
from domain.inventory.watch_alerts import levels, stock_alert
from domain.inventory.watch_scan_statements import (
    EXPIRING,
    FROZEN,
    IDLE_BINS,
    RUNNING_OUT,
    UNLIKE_OTHERS,
    UNTOLD,
)
from domain.inventory.watch_shortages import TURN
from domain.kernel import Work

FORGOTTEN_AFTER = timedelta(days=7)
"""Jumps and attempts have no cause that could go away; after a week the row is history."""

FAR_OFF = 2
"""So many times what the policy allows is severe; so many times sooner, where it is about days that are left."""

UNTOLD_SEVERE_MINUTES = 240


async def scan_stock(work: Work) -> None:
    """Raise and resolve what only time changes; jumps and attempts a week old are history."""
    await work.execute(TURN)
    given = {"today": today(work.now), "now": work.now}
    for kind, (found, written) in SCANS.items():
        rows = await work.rows(found, given)
        await alerts.settle_alerts(work, None, [kind], [alert for row in rows for alert in written(row)])
    old = select(alerts.Alert.id).where(
        alerts.Alert.kind.in_([AlertKind.UNEXPLAINED_JUMP, AlertKind.NEGATIVE_ATTEMPT]),
        alerts.Alert.resolved_at.is_(None),
        alerts.Alert.opened_at < work.now - FORGOTTEN_AFTER,
    )
    await alerts.resolve_alerts_by_id(work, [row.id for row in await work.rows(old)])


def _expiring(row: Any) -> list[NewAlert]:
    """Each tier has its own alert, so that who put off the first is asked again at the next; the last is severe."""
    severe = row.tier == row.last_tier
    message = f"{row.sku} in {row.warehouse}: {row.on_hand} of lot {row.code} expire on {row.expires_on}."
    chinese = f"{row.warehouse} 的 {row.sku} 批号 {row.code} 现有 {row.on_hand}，{row.expires_on} 到期"
    evidence = {"lotCode": row.code, "expiresOn": str(row.expires_on), "onHand": str(row.on_hand), "tier": row.tier}
    level = AlertLevel.SEVERE if severe else AlertLevel.WARN
    place = uuid5(row.warehouse_id, f"{row.lot_id} {row.tier}")
    return [stock_alert(row, AlertKind.EXPIRING, level, (message, chinese), evidence, place)]


def _unlike_others(row: Any) -> list[NewAlert]:
    came = row.direction == "IN"
    mean, deviation = _short(row.mean), _short(row.deviation)
    word, chinese_word = ("came in", "入库") if came else ("went out", "出库")
    message = f"{row.sku} in {row.warehouse}: {row.quantity} {word} on {row.day}, {mean} a day are usual."
    chinese = f"{row.warehouse} 的 {row.sku} {row.day} {chinese_word} {row.quantity}，日均 {mean}"
    evidence = {
        "direction": row.direction,
        "day": str(row.day),
        "quantity": str(row.quantity),
        "mean": mean,
        "deviation": deviation,
        "factor": _short(row.factor),
        "less": row.less,
    }
    severe = row.quantity > FAR_OFF * max(row.factor * row.mean, row.mean + row.factor * row.deviation)
    if row.less:  # Nothing at all is severe.
        severe = not row.quantity
    place = uuid5(row.warehouse_id, f"{row.direction} LESS" if row.less else row.direction)
    kind = AlertKind.MOVEMENT_OFF_MEAN
    return [stock_alert(row, kind, level, (message, chinese), evidence, place) for level in levels(severe=severe)]


def _running_out(row: Any) -> list[NewAlert]:
    left = max(row.free, Decimal(0)) / row.daily
    runs_out: date = row.today + timedelta(days=int(left.to_integral_value(ROUND_FLOOR)))
    daily = _short(row.daily)
    message = f"{row.sku} in {row.warehouse}: {row.free} are free, {daily} a day are sold; gone on {runs_out}."
    chinese = f"{row.warehouse} 的 {row.sku} 可用 {row.free}，日均销售 {daily}，预计 {runs_out} 售罄"
    evidence = {
        "available": str(row.free),
        "dailySales": daily,
        "inTransit": str(row.in_transit),
        "runsOutOn": str(runs_out),
        "daysLeft": _short(left),
    }
    severe, kind = left * FAR_OFF <= row.horizon, AlertKind.STOCK_OUT_AHEAD
    return [stock_alert(row, kind, level, (message, chinese), evidence) for level in levels(severe=severe)]


def _frozen(row: Any) -> list[NewAlert]:
    message = f"{row.sku} in {row.warehouse}: {row.on_hand} of lot {row.code} are {row.status} for {row.days} days."
    chinese = f"{row.warehouse} 的 {row.sku} 批号 {row.code} 已冻结 {row.days} 天，现有 {row.on_hand}"
    evidence = {"lotCode": row.code, "status": row.status, "days": row.days, "onHand": str(row.on_hand)}
    severe, kind, place = row.days > FAR_OFF * row.allowed, AlertKind.FROZEN_TOO_LONG, uuid5(row.warehouse_id, row.lot)
    return [stock_alert(row, kind, level, (message, chinese), evidence, place) for level in levels(severe=severe)]


def _idle_bin(row: Any) -> list[NewAlert]:
    message = f"Bin {row.code} of {row.warehouse}: nothing was put there or taken away for {row.days} days."
    return [
        NewAlert(
            subject=alerts.AlertSubject.BIN,
            subject_id=row.bin_id,
            place_id=row.warehouse_id,
            kind=AlertKind.IDLE_BIN,
            level=AlertLevel.WARN,
            warehouse_id=row.warehouse_id,
            message=message,
            message_chinese=f"{row.warehouse} 的库位 {row.code} 已 {row.days} 天无出入库，现有 {row.on_hand}",
            evidence={"binCode": row.code, "days": row.days, "onHand": str(row.on_hand)},
        )
    ]


def _untold(row: Any) -> list[NewAlert]:
    message = f"{row.sku}: {row.channel} was not told for {row.minutes} minutes that {row.shown} are to be sold."
    chinese = f"{row.sku} 应售 {row.shown}，已 {row.minutes} 分钟未同步到 {row.channel}"
    return [
        NewAlert(
            subject=alerts.AlertSubject.STOCK,
            subject_id=row.variant_id,
            place_id=row.listing_id,
            kind=AlertKind.SHOWN_NOT_TOLD,
            level=level,
            channel_id=row.channel_id,
            message=message,
            message_chinese=chinese,
            evidence={
                "variantId": str(row.variant_id),
                "sku": row.sku,
                "externalSku": row.external_sku,
                "shown": str(row.shown),
                "minutes": row.minutes,
            },
        )
        for level in levels(severe=row.minutes >= UNTOLD_SEVERE_MINUTES)
    ]


def _short(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.01")), "f")


SCANS: dict[AlertKind, tuple[TextClause, Callable[[Any], Sequence[NewAlert]]]] = {
    AlertKind.EXPIRING: (EXPIRING, _expiring),
    AlertKind.MOVEMENT_OFF_MEAN: (UNLIKE_OTHERS, _unlike_others),
    AlertKind.STOCK_OUT_AHEAD: (RUNNING_OUT, _running_out),
    AlertKind.FROZEN_TOO_LONG: (FROZEN, _frozen),
    AlertKind.IDLE_BIN: (IDLE_BINS, _idle_bin),
    AlertKind.SHOWN_NOT_TOLD: (UNTOLD, _untold),
}
