"""The month as a film (演示回放): on the simulated platforms a day takes two minutes, and trades are stamped now."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from demo.addresses import address_of
from demo.goods import DemoGoods
from demo.selling import batches, goods_of, platform_items
from demo.sending import CHINA, Control, Progress, send_film, start_schedule
from demo.shops import CHANNELS
from demo.trades import FIRST_DAY, number_of
from domain.channels import Platform

SPEED = 720.0
OPENS_AT = timedelta(hours=8, minutes=20)
"""The first trade of the month came at 8:26; nobody waits for the night before it."""

SITES = frozenset({Platform.OFFICIAL_SITE, Platform.PHARMACY_818})
PLATFORMS_TRIES_MAX = 300
PRESCRIPTIONS_MAX = 12
PRESCRIPTION_EVERY = timedelta(hours=5)


async def platforms_at(place: Path) -> dict[str, Any]:
    """Read where the simulated platforms answer, as soon as they have written it and do answer."""
    problem: Exception | None = None
    for _ in range(PLATFORMS_TRIES_MAX):
        try:
            description = _read(place)
            async with aiohttp.ClientSession() as client:
                await Control(client, description).get("state")
        except (OSError, ValueError, RuntimeError, aiohttp.ClientError) as error:
            problem = error
            await asyncio.sleep(0.1)
        else:
            return description
    raise RuntimeError(f"The simulated platforms do not answer ({problem}).")


def _read(place: Path) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return description


async def stock_shelves(control: Control, goods: Sequence[DemoGoods], progress: Progress) -> None:
    """Put the listed goods on the platforms that do not take goods from us."""
    shops = [each for each in CHANNELS if each.platform not in {*SITES, Platform.DIRECT}]
    for done, channel in enumerate(shops, start=1):
        for batch in batches(platform_items(channel, goods_of(channel, goods))):
            await control.post(f"shops/{channel.code}/items", {"items": batch})
        progress(done, len(shops))


async def register_receivers(control: Control, api_url: str) -> None:
    """Tell our own sites where their notices of changed orders go."""
    for channel in CHANNELS:
        if channel.platform in SITES:
            await control.post(f"shops/{channel.code}/webhook", {"url": f"{api_url}/webhooks/{channel.code}"})


async def start_film(control: Control, goods: Sequence[DemoGoods], progress: Progress) -> bool:
    """Prepare the month and let it run; a film that already runs goes on undisturbed."""
    state = await control.get("state")
    if state["clock"]["schedule_speed"] == SPEED:
        return False
    start = FIRST_DAY.replace(tzinfo=CHINA)
    await send_film(control, start, 1.0, progress)
    await start_schedule(control, start - timedelta(days=1), 1.0)
    if ordered := prescriptions(goods, start + OPENS_AT):
        await control.post("shops/pharmacy818-main/trades", {"trades": ordered})
    await start_schedule(control, start + OPENS_AT, SPEED)
    return True


def prescriptions(goods: Sequence[DemoGoods], start: datetime) -> list[dict[str, Any]]:
    """Write orders of medicines for the pharmacy; a doctor has yet to look at every other one."""
    medicines = [variant for each in goods for variant in each.variants if variant.prescription]
    return [
        _prescription(place, medicine.sku, medicine.title, str(medicine.price), start + place * PRESCRIPTION_EVERY)
        for place, medicine in enumerate((medicines * PRESCRIPTIONS_MAX)[:PRESCRIPTIONS_MAX], start=1)
    ]


def _prescription(place: int, sku: str, title: str, price: str, at: datetime) -> dict[str, Any]:
    customer = f"patient-{place}"
    address, number = address_of(customer), number_of("prescription", str(place))
    moment = at.isoformat()
    line = {"number": str(int(number) + 1), "item": sku, "sku": sku, "seller_code": sku, "title": title}
    return {
        "number": number,
        "status": "PAID",
        "created_at": moment,
        "paid_at": moment,
        "appears_at": moment,
        "promised_ship_at": (at + timedelta(hours=24)).isoformat(),
        "buyer": {"id": customer, "name": address.name},
        "receiver": {name: getattr(address, name) for name in address.__dataclass_fields__},
        "prescription_pending": place % 2 == 0,
        "lines": [line | {"quantity": 2, "price": price}],
    }
