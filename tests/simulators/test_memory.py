"""A killed simulator has lost nothing: what was answered is there again."""

import asyncio
import json
import sys
import time
from pathlib import Path

import aiohttp

from tests.simulators.raw import Raw, utc

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 20


async def start(directory: Path) -> asyncio.subprocess.Process:
    ports = directory / "simulators.json"
    ports.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--directory", str(directory), cwd=ROOT
    )
    async with asyncio.timeout(START_SECONDS_MAX):
        while not ports.exists():
            assert process.returncode is None
            await asyncio.sleep(0.05)
    return process


async def test_kill_and_start_again(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as client:
        process = await start(tmp_path)
        try:
            raw = Raw(client, json.loads((tmp_path / "simulators.json").read_text()))
            number = await raw.trade("taobao-main")
            await raw.top("taobao.logistics.offline.send", tid=number, company_code="SF", out_sid="SF1234567890123")
            await raw.control(f"shops/taobao-main/trades/{number}/refund", {"agreed": True})
            window = {"modified_from": utc(time.time() - 60), "modified_to": utc(time.time())}
            await raw.site("orders.pull", window, Nonce="n-1")
            await raw.sms("13812345678")
            await raw.fault(kind="http", shop="jd-main")
            before = await raw.control("state")
        finally:
            process.kill()
            await process.wait()
        process = await start(tmp_path)
        try:
            again = Raw(client, json.loads((tmp_path / "simulators.json").read_text()))
            assert again.shops["taobao-main"]["app_secret"] == raw.shops["taobao-main"]["app_secret"]
            assert (await again.control("state"))["shops"] == before["shops"]
            trade = await again.control(f"shops/taobao-main/trades/{number}")
            assert trade["parcels"][0]["waybill"] == "SF1234567890123"
            assert [line["stage"] for line in trade["lines"]] == ["CLOSED_REFUNDED", "SHIPPED"]
            assert (await again.site("orders.pull", window, Nonce="n-1"))["code"] == 104
            assert len((await again.control("sms"))["messages"]) == 1
            assert (await again.sms("13812345678"))["Code"] == "isv.BUSINESS_LIMIT_CONTROL"
            assert len((await again.control("faults"))["faults"]) == 1
        finally:
            process.terminate()
            assert await process.wait() == 0
