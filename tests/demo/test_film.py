"""The film: shelves, notices and a month of orders on the simulated platforms, begun once."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from configuration.settings import Settings
from demo.film import SPEED, platforms_at, prescriptions, start_film
from demo.goods import demo_range
from demo.load import load, silently
from demo.sending import Control
from demo.trades import FIRST_DAY, listing_of
from simulators.server import description
from simulators.world import World
from tests.demo.conftest import few_goods, until
from tests.demo.platforms import serving


async def test_the_month_begins_with_loading_and_goes_on_undisturbed(demo_settings: Settings, tmp_path: Path) -> None:
    world = World(tmp_path)
    async with serving(world) as base_url, aiohttp.ClientSession() as client:
        ports: dict[str, Any] = description(world, base_url)
        control = Control(client, ports)
        await load(demo_settings, film=True, platforms=ports, goods=few_goods())

        async def orders_arrive() -> bool:
            shops = (await control.get("state"))["shops"]
            return any(shop["trades"] for shop in shops.values())

        await until(20, orders_arrive)
        state = await control.get("state")
        assert sum(shop["trades"] + shop["waiting"] for shop in state["shops"].values()) == 1_897 + 12
        assert not await start_film(control, few_goods(), silently(""))
        again = await control.get("state")
        assert again["clock"]["anchor"] == state["clock"]["anchor"]
        assert again["clock"]["schedule_speed"] == SPEED
        notices = await control.get("shops/site-main/webhook")
        assert notices["receiver"]["url"] == "http://127.0.0.1:8000/webhooks/site-main"
        best = demo_range()[0].variants[0].sku
        items = (await control.get("shops/taobao-main/items"))["items"]
        assert listing_of("taobao-main", best) in {(each["item"], each["sku"]) for each in items}
    world.close()


def test_every_other_prescription_waits_for_a_doctor() -> None:
    ordered = prescriptions(demo_range(), FIRST_DAY)
    assert len({each["number"] for each in ordered}) == 12
    assert sum(each["prescription_pending"] for each in ordered) == 6


async def test_platforms_that_never_answer_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.film.PLATFORMS_TRIES_MAX", 2)
    place = tmp_path / "simulators.json"
    place.write_text(json.dumps({"base_url": "http://127.0.0.1:1", "control_token": "x"}))
    with pytest.raises(RuntimeError, match="do not answer"):
        await platforms_at(place)
