"""Strangers cannot keep us waiting, fill our memory, send us elsewhere or read our secrets in a log."""

import asyncio
import logging

import pytest
from aiohttp import web

from connectors.faults import PlatformFault, UnreadableAnswer
from connectors.http import Http, HttpLimits, HttpRequest
from connectors.repetition import each_of, read_repeatedly
from connectors.throttle import Throttle
from tests.connectors.listening import listening


def request(url: str) -> HttpRequest:
    return HttpRequest(method="POST", url=f"{url}path?secret=hidden", operation="the.call", body=b"token=hidden")


async def test_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    async def listen(received: web.Request) -> web.Response:
        return web.Response(status=418, body=await received.read())

    caplog.set_level(logging.DEBUG, logger="connectors")
    async with listening(listen) as url, Http() as http:
        answer = await http.send(request(url))
    assert (answer.status, answer.body) == (418, b"token=hidden")
    assert "the.call answered 418" in caplog.text
    assert "hidden" not in caplog.text


async def test_slow_answers_end(caplog: pytest.LogCaptureFixture) -> None:
    async def listen(_: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    async with listening(listen) as url, Http(HttpLimits(total_seconds=0.2)) as http:
        with pytest.raises(PlatformFault) as slow:
            await http.send(request(url))
    assert slow.value.outcome_unknown
    assert "hidden" not in str(slow.value) + caplog.text


async def test_nobody_there_means_nothing_happened() -> None:
    async def listen(_: web.Request) -> web.Response:
        return web.Response()

    async with listening(listen) as url:
        gone = url
    async with Http() as http:
        with pytest.raises(PlatformFault) as nobody:
            await http.send(request(gone))
    assert not nobody.value.outcome_unknown
    assert "hidden" not in str(nobody.value)


async def test_an_endless_answer_is_cut() -> None:
    async def listen(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 100_001)

    async with listening(listen) as url, Http(HttpLimits(answer_bytes_max=100_000)) as http:
        with pytest.raises(UnreadableAnswer):
            await http.send(request(url))


async def test_nobody_sends_us_elsewhere() -> None:
    async def listen(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    async with listening(listen) as url, Http() as http:
        assert (await http.send(request(url))).status == 302


async def test_a_call_is_sent_once_however_it_ends() -> None:
    calls = 0

    async def listen(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.Response(status=503)

    async with listening(listen) as url, Http() as http:
        await http.send(request(url))
    assert calls == 1


async def test_reads_are_repeated_and_their_last_fault_raised() -> None:
    attempts: list[int] = []

    async def read() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise PlatformFault("busy")
        return "content"

    assert await read_repeatedly(read) == "content"
    attempts.clear()

    async def broken() -> str:
        attempts.append(1)
        raise PlatformFault("busy")

    with pytest.raises(PlatformFault):
        await read_repeatedly(broken)
    assert len(attempts) == 3


async def test_a_few_at_once_in_order() -> None:
    running, most = 0, 0

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001 * (10 - number))
        running -= 1
        return number * number

    assert await each_of(range(10), work, at_once_max=3) == [number * number for number in range(10)]
    assert most == 3


async def test_the_first_fault_stops_the_others() -> None:
    finished: list[int] = []

    async def work(number: int) -> None:
        if number == 0:
            raise PlatformFault("no")
        await asyncio.sleep(1)
        finished.append(number)

    with pytest.raises(PlatformFault):
        await each_of(range(5), work, at_once_max=5)
    assert finished == []


def test_a_throttle_lets_a_burst_through_and_then_its_rate() -> None:
    now = 100.0
    throttle = Throttle(10, 3, lambda: now)
    assert [round(throttle.delay(), 6) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    now = 200.0
    assert [round(throttle.delay(), 6) for _ in range(4)] == [0, 0, 0, 0.1]


def test_an_account_has_one_throttle() -> None:
    http = Http()
    assert http.throttle_for("a", 5, 1) is http.throttle_for("a", 5, 1)
    assert http.throttle_for("a", 5, 1) is not http.throttle_for("b", 5, 1)
