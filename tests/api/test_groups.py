"""Equal subscriptions are executed once; each socket still gets everything once, in order, and nothing of others."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection

from api import streaming, websocket
from tests.api.calling import Served, hear, tell
from tests.api.test_sockets import ALERTS, bearer, closing, open_alert

SOCKETS = 5


async def follow(socket: ClientConnection, after: int | None = None, name: str = "a", query: str = ALERTS) -> None:
    variables = {} if after is None else {"after": str(after)}
    await tell(socket, {"type": "subscribe", "id": name, "payload": {"query": query, "variables": variables}})


async def cursor(socket: ClientConnection) -> int:
    async with asyncio.timeout(10):
        return int((await hear(socket))["payload"]["data"]["orderAlerts"]["cursor"])


async def grouped(served: Served, *sizes: int) -> None:
    """Wait until the groups have these sizes."""
    async with asyncio.timeout(10):
        while sorted(served.door.groups.sizes.values()) != sorted(sizes):  # noqa: ASYNC110 — Nobody tells.
            await asyncio.sleep(0.01)


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect the subscriptions that were executed."""
    seen: list[Any] = []
    execute = streaming.subscribe

    def counted(*args: Any, **given: Any) -> Any:
        seen.append(given["context_value"].actor.name)
        return execute(*args, **given)

    monkeypatch.setattr(streaming, "subscribe", counted)
    return seen


async def test_equal_ones_are_executed_once(own_served: Served, executions: list[Any]) -> None:
    tokens = [await own_served.token(f"{name}@example.com") for name in ("admin", "reviewer")]
    await own_served.door.live.listening.wait()
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(own_served.socket(bearer(tokens[0]))) for _ in range(SOCKETS)]
        for socket in sockets:
            await follow(socket)
        other = await stack.enter_async_context(own_served.socket(bearer(tokens[1])))
        await follow(other)
        await grouped(own_served, SOCKETS, 1)
        opened = [await open_alert(own_served) for _ in range(3)]
        for socket in (*sockets, other):
            assert [await cursor(socket) for _ in opened] == opened
        assert len(executions) == 2  # Two sets of permissions.
        await tell(sockets[0], {"type": "complete", "id": "a"})
        await grouped(own_served, SOCKETS - 1, 1)
    await grouped(own_served)


async def test_who_is_behind_catches_up_and_joins(own_served: Served, executions: list[Any]) -> None:
    token = await own_served.token("reviewer@example.com")
    await own_served.door.live.listening.wait()
    opened = [await open_alert(own_served) for _ in range(3)]
    async with own_served.socket(bearer(token)) as first, own_served.socket(bearer(token)) as late:
        await follow(first, after=opened[0])
        assert [await cursor(first) for _ in range(2)] == opened[1:]
        await follow(late, after=opened[0] - 1)
        assert [await cursor(late) for _ in range(3)] == opened
        await grouped(own_served, 2)
        opened.append(await open_alert(own_served))
        assert [await cursor(each) for each in (first, late)] == [opened[-1]] * 2
        assert len(executions) == 2  # The group's own, and the one that caught up.
        ahead = opened[-1] + 1
        await follow(late, after=ahead, name="ahead")
        await grouped(own_served, 3)
        hidden, shown = await open_alert(own_served), await open_alert(own_served)
        assert hidden == ahead
        assert [await cursor(first) for _ in range(2)] == [hidden, shown]
        async with asyncio.timeout(10):
            heard = [await hear(late) for _ in range(3)]
        found = [(each["id"], int(each["payload"]["data"]["orderAlerts"]["cursor"])) for each in heard]
        assert sorted(found) == [("a", hidden), ("a", shown), ("ahead", shown)]


async def test_who_cannot_follow_is_closed_and_resumes(own_served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "OUTGOING_MAX", 2)
    token = await own_served.token("reviewer@example.com")
    await own_served.door.live.listening.wait()
    async with own_served.socket(bearer(token)) as quick, own_served.socket(bearer(token)) as slow:
        await follow(quick)
        await follow(slow)
        await grouped(own_served, 2)
        member = next(iter(own_served.door.groups.members()[0]))
        for _ in range(3):  # More at once than is kept for a socket that does not take it.
            member.tell('{"id":"a","type":"next","payload":{}')
        ended = [each for each in (quick, slow) if (await _is_closed(each)) == websocket.TOO_SLOW]
        assert len(ended) == 1
        other = next(each for each in (quick, slow) if each not in ended)
        opened = await open_alert(own_served)
        assert await cursor(other) == opened
    async with own_served.socket(bearer(token)) as again:
        await follow(again, after=opened - 1)
        assert await cursor(again) == opened


async def _is_closed(socket: ClientConnection) -> int:
    try:
        async with asyncio.timeout(1):
            return await closing(socket)
    except TimeoutError:
        return 0


async def test_changed_rights_end_the_conversation(own_served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "RECHECK_SECONDS", 0.2)
    token = await own_served.token("reviewer@example.com")
    async with own_served.socket(bearer(token)) as socket:
        await follow(socket)
        await grouped(own_served, 1)
        async with own_served.door.engine.begin() as connection:
            await connection.execute(text("UPDATE roles SET permissions = '{alerts.view,orders.view}'"))
        assert await closing(socket) == websocket.RIGHTS_CHANGED
    await grouped(own_served)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("subscription($after: String) { orderAlerts(after: $after) { cursor } }", {"after": "x"}),
        ("subscription($after: String) { orderAlerts(after: $after) { cursor } }", {"after": 7}),
        ("subscription($c: [ID!]) { orderAlerts(channels: $c) { cursor } }", {"c": {"x": 1}}),
    ],
)
async def test_what_cannot_begin_says_why(served: Served, admin: str, query: str, variables: Any) -> None:
    async with served.socket(bearer(admin)) as socket:
        await tell(socket, {"type": "subscribe", "id": "a", "payload": {"query": query, "variables": variables}})
        heard = await hear(socket)
        assert heard["type"] == "error"
        assert heard["payload"][0]["extensions"]["code"] == "BAD_INPUT"
