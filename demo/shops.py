"""The demo company's places and shops (演示仓库与店铺): two warehouses that sell, one that does not, six channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from configuration.credentials import seal
from configuration.settings import Settings
from domain import channels, desk, inventory
from domain.channels import Channel, NewChannel, Platform, ShownRule, Thresholds
from domain.desk import Desk
from domain.inventory import NewWarehouse, Warehouse, WarehouseKind
from domain.kernel import Work

CENTRAL, REGIONAL, DEFECTIVE = "CDC-SH", "RDC-GZ", "DEF-SH"
SITE = "site-main"
WAREHOUSES = (
    NewWarehouse(code=CENTRAL, name="上海中心仓", kind=WarehouseKind.CDC, province="310000"),
    NewWarehouse(code=REGIONAL, name="广州区域仓", kind=WarehouseKind.RDC, province="440000"),
    NewWarehouse(code=DEFECTIVE, name="上海残次品仓", kind=WarehouseKind.DEFECTIVE, sellable=False, province="310000"),
)


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """A shop: how many goods it lists, the most sold first, its prices in per cent, and its thresholds."""

    code: str
    name: str
    platform: Platform
    listed_goods_max: int
    price_percent: int
    thresholds: Thresholds
    shown: ShownRule


# The month runs fast, so people are reminded fast: of medicines at once, of Taobao within a minute, then elsewhere.
URGENT = Thresholds(warn_minutes=0, severe_minutes=3, pick_lead_minutes=240, process_minutes=30)
HASTY = Thresholds(warn_minutes=1, severe_minutes=3, pick_lead_minutes=240, process_minutes=5)
CALM = Thresholds(warn_minutes=3, severe_minutes=15, pick_lead_minutes=240, process_minutes=30)
ALL_OF_IT = ShownRule()
DAY = Desk(refund_minutes=10, digest_hour=9)
"""Of a refund that nobody looks at the desk is reminded soon; each morning there is a digest."""
CHANNELS = (
    DemoChannel("taobao-main", "淘宝旗舰店", Platform.TAOBAO, 600, 100, HASTY, ALL_OF_IT),
    DemoChannel("tmall-main", "天猫旗舰店", Platform.TMALL, 400, 105, CALM, ALL_OF_IT),
    DemoChannel("jd-main", "京东旗舰店", Platform.JD, 200, 105, CALM, ShownRule(percent=80)),
    DemoChannel(SITE, "官网商城", Platform.OFFICIAL_SITE, 200, 95, CALM, ALL_OF_IT),
    DemoChannel(
        "pharmacy818-main", "818药房", Platform.PHARMACY_818, 40, 100, URGENT, ShownRule(percent=50, maximum=99)
    ),
    DemoChannel("call-centre", "呼叫中心", Platform.DIRECT, 0, 100, CALM, ALL_OF_IT),
)


async def open_warehouses(work: Work) -> dict[str, UUID]:
    """Open the warehouses that are missing; answers all of them by code."""
    known = await _ids(work, Warehouse)
    for warehouse in WAREHOUSES:
        if warehouse.code not in known:
            known[warehouse.code] = (await inventory.open_warehouse(work, warehouse)).id
    await inventory.supply_warehouse(
        work, inventory.WarehouseId(known[REGIONAL]), inventory.WarehouseId(known[CENTRAL])
    )
    return known


async def open_channels(
    work: Work, settings: Settings, platforms: Mapping[str, Any] | None, warehouses: Mapping[str, UUID]
) -> dict[str, UUID]:
    """Open the shops that are missing, with the accounts the simulated platforms gave them."""
    known = await _ids(work, Channel)
    told = {shop["shop_code"]: shop for shop in platforms["shops"]} if platforms else {}
    for channel in CHANNELS:
        if channel.code not in known:
            given = NewChannel(
                code=channel.code,
                name=channel.name,
                platform=channel.platform,
                warehouse_ids=(warehouses[CENTRAL], warehouses[REGIONAL]),
                thresholds=channel.thresholds,
                shown=channel.shown,
                **_account(settings, told.get(channel.code)),
            )
            known[channel.code] = (await channels.open_channel(work, given)).id
            await desk.set_desk_rule(work, known[channel.code], DAY)
    return known


def _account(settings: Settings, told: Mapping[str, str] | None) -> dict[str, Any]:
    if told is None:
        return {}
    secrets = {name: told[name] for name in ("app_key", "app_secret", "session")}
    return {"base_url": told["url"], "sealed_credentials": seal(settings, secrets)}


async def _ids(work: Work, table: type[Channel] | type[Warehouse]) -> dict[str, UUID]:
    return {row.code: row.id for row in await work.rows(select(table.code, table.id))}
