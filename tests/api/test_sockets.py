"""Sockets: who may open one, what the protocol says of every way to end it, and the live tail of alerts."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from api import websocket
from domain.alerts.models import Alert, AlertChange, AlertChangeKind, AlertKind, AlertLevel, AlertSubject
from domain.identity.models import SignInSession
from domain.kernel import begin, system
from tests.api.calling import Served, hear, tell

COUNT = {"type": "subscribe", "id": "1", "payload": {"query": "subscription { count(to: 3) }"}}
ALERTS = "subscription($after: String) { orderAlerts(after: $after) { cursor change alert { kind } } }"


async def closing(socket: ClientConnection) -> int:
    """Read until the server closes; returns the code."""
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionClosedError):
            async for _ in socket:
                pass
    return socket.close_code or 0


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_a_subscription_runs_to_its_end(served: Served, admin: str) -> None:
    async with served.socket(bearer(admin)) as socket:
        await tell(socket, COUNT)
        got = [await hear(socket) for _ in range(4)]
        assert [each["payload"]["data"]["count"] for each in got[:3]] == ["0", "1", "2"]
        assert got[3] == {"id": "1", "type": "complete"}
        await tell(socket, {"type": "ping"})
        assert await hear(socket) == {"type": "pong"}
        await tell(socket, {**COUNT, "payload": {"query": "{ viewer { name } }"}})
        assert (await hear(socket))["payload"]["data"] == {"viewer": {"name": "Admin"}}
        assert (await hear(socket))["type"] == "complete"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"authorization": "Bearer nonsense"},
        {"authorization": "nonsense"},
        {"apiKey": "zg_nonsense"},
        {"token": "x"},
    ],
)
async def test_without_a_valid_token_there_is_no_data(served: Served, payload: object) -> None:
    async with served.socket() as socket:
        await tell(socket, {"type": "connection_init", "payload": payload})
        await tell(socket, COUNT)
        assert await closing(socket) == 4401


async def test_nothing_before_connection_init(served: Served) -> None:
    async with served.socket() as socket:
        await tell(socket, COUNT)
        assert await closing(socket) == 4401


async def test_who_does_not_initialise_is_closed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "INIT_SECONDS_MAX", 0.2)
    async with served.socket() as socket:
        assert await closing(socket) == 4408


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://shop.example.evil.example"])
async def test_a_foreign_page_opens_no_socket(served: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with served.socket(origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_known_page_and_our_own_open_one(served: Served, admin: str) -> None:
    for origin in ("https://shop.example", served.url):
        async with served.socket(bearer(admin), origin=origin):
            pass


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], None])
async def test_another_subprotocol_is_refused(served: Served, subprotocols: list[str] | None) -> None:
    with pytest.raises(InvalidStatus):
        async with served.socket(subprotocols=subprotocols):
            pass


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 4400),
        ("[]", 4400),
        ('"text"', 4400),
        ('{"type": "start", "id": "1"}', 4400),
        ('{"type": "subscribe"}', 4400),
        ('{"type": "subscribe", "id": 7, "payload": {}}', 4400),
        ('{"type": "connection_init"}', 4429),
        ("x" * 200_000, 4400),
        ("[" * 5_000, 4400),
    ],
)
async def test_a_message_that_is_none_closes_the_socket(served: Served, admin: str, message: str, code: int) -> None:
    async with served.socket(bearer(admin)) as socket:
        await socket.send(message)
        assert await closing(socket) == code


async def test_bytes_are_no_message(served: Served, admin: str) -> None:
    async with served.socket(bearer(admin)) as socket:
        await socket.send(b'{"type": "ping"}')
        assert await closing(socket) == 4400


async def test_an_id_is_used_once_at_a_time(served: Served, admin: str) -> None:
    endless = {"type": "subscribe", "id": "1", "payload": {"query": ALERTS}}
    async with served.socket(bearer(admin)) as socket:
        await tell(socket, endless)
        await tell(socket, {"type": "complete", "id": "1"})
        await tell(socket, endless)
        await tell(socket, endless)
        assert await closing(socket) == 4409


async def test_operations_of_a_socket_are_bounded(served: Served, admin: str) -> None:
    async with served.socket(bearer(admin)) as socket:
        for number in range(websocket.OPERATIONS_MAX + 1):
            await tell(socket, {"type": "subscribe", "id": str(number), "payload": {"query": ALERTS}})
        assert await closing(socket) == 4429


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing }", "BAD_INPUT"),
        ("subscription {", "BAD_INPUT"),
        ('subscription { count(to: "x") }', "BAD_INPUT"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(500)) + " }", "BAD_INPUT"),
        ('subscription { orderAlerts(after: "x") { cursor } }', "BAD_INPUT"),
        ("subscription { failing }", "INTERNAL"),
    ],
)
async def test_an_operation_that_cannot_run_says_so(served: Served, admin: str, query: str, code: str) -> None:
    async with served.socket(bearer(admin)) as socket:
        await tell(socket, {**COUNT, "payload": {"query": query}})
        while (message := await hear(socket))["type"] == "next" and not message["payload"].get("errors"):
            pass
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert [each["extensions"]["code"] for each in errors] == [code]
        assert "SELECT" not in json.dumps(errors)


async def test_a_subscription_needs_its_permission(served: Served) -> None:
    token = await served.token("viewer@example.com")
    async with served.socket(bearer(token)) as socket:
        await tell(socket, {**COUNT, "payload": {"query": ALERTS}})
        message = await hear(socket)
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_socket_ends_with_its_token(served: Served, admin: str) -> None:
    async with begin(served.sessions, system("tests")) as work:
        session = (await work.rows(select(SignInSession.id, SignInSession.staff_id).limit(1)))[0]
    sign = served.door.credentials.sign
    token = sign(session.id, session.staff_id, datetime.now(UTC) + timedelta(seconds=2))
    async with served.socket(bearer(token)) as socket:
        await tell(socket, {**COUNT, "payload": {"query": ALERTS}})
        assert await closing(socket) == 4401
    assert admin


async def test_a_socket_ends_when_its_session_is_revoked(own_served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "RECHECK_SECONDS", 0.2)
    outcome = await own_served.sign_in("reviewer@example.com", "correct horse battery")
    async with own_served.socket(bearer(outcome["accessToken"])) as socket:
        out = await own_served.ask(
            "mutation { signOut(input: {}) { refusals { code } } }", token=outcome["accessToken"]
        )
        assert out.data == {"signOut": {"refusals": []}}
        assert await closing(socket) == 4401


async def test_who_does_not_read_is_closed_and_delays_nobody(
    own_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "SLOW_SECONDS_MAX", 1.0)
    token = await own_served.token("admin@example.com")
    flood = {"type": "subscribe", "id": "f", "payload": {"query": "subscription { count(to: 100000, size: 100000) }"}}
    async with own_served.socket(bearer(token), max_queue=1) as slow, own_served.socket(bearer(token)) as quick:
        await tell(slow, flood)
        await asyncio.sleep(0.2)
        for _ in range(20):
            await tell(quick, {"type": "ping"})
            async with asyncio.timeout(1):
                assert await hear(quick) == {"type": "pong"}
            await asyncio.sleep(0.1)
        # The code reaches a client that still reads a little; one that does not is cut off.
        assert await closing(slow) in {websocket.TOO_SLOW, 1006}


async def open_alert(served: Served, kind: AlertKind = AlertKind.UNREVIEWED) -> int:
    """Open an alert as the house does: its row, its change, one commit; returns the cursor."""
    async with begin(served.sessions, system("tests")) as work:
        alert = Alert(
            subject=AlertSubject.ORDER,
            subject_id=uuid4(),
            channel_id=uuid4(),
            kind=kind,
            level=AlertLevel.WARN,
            message="Look",
            message_chinese="看",
            evidence={},
            opened_at=work.now,
        )
        work.session.add(alert)
        await work.session.flush()
        change = {"alert_id": alert.id, "change": AlertChangeKind.OPENED, "at": work.now}
        cursor = await work.session.scalar(insert(AlertChange).values(change).returning(AlertChange.cursor))
        return int(cursor or 0)


async def test_alerts_are_pushed_and_what_was_missed_comes_first(own_served: Served) -> None:
    token = await own_served.token("reviewer@example.com")
    await own_served.door.live.listening.wait()
    first, second = await open_alert(own_served), await open_alert(own_served)
    async with own_served.socket(bearer(token)) as socket:
        given = {"query": ALERTS, "variables": {"after": str(first)}}
        await tell(socket, {"type": "subscribe", "id": "a", "payload": given})
        assert (await hear(socket))["payload"]["data"]["orderAlerts"]["cursor"] == str(second)
        third = await open_alert(own_served, AlertKind.UNPROCESSED)
        async with asyncio.timeout(2):
            pushed = (await hear(socket))["payload"]["data"]["orderAlerts"]
        assert pushed == {"cursor": str(third), "change": "OPENED", "alert": {"kind": "UNPROCESSED"}}


async def test_a_broken_live_connection_comes_back_and_loses_nothing(own_served: Served) -> None:
    token = await own_served.token("reviewer@example.com")
    await own_served.door.live.listening.wait()
    async with own_served.socket(bearer(token)) as socket:
        await tell(socket, {"type": "subscribe", "id": "a", "payload": {"query": ALERTS, "variables": {"after": "0"}}})
        await asyncio.sleep(0.2)
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zhanggui live'"
        async with own_served.door.engine.connect() as connection:
            await connection.execute(text(kill + " AND datname = current_database()"))
        cursor = await open_alert(own_served)
        async with asyncio.timeout(5):
            assert (await hear(socket))["payload"]["data"]["orderAlerts"]["cursor"] == str(cursor)


async def test_a_socket_that_goes_away_leaves_nothing_running(own_served: Served) -> None:
    token = await own_served.token("reviewer@example.com")
    before = {task for task in asyncio.all_tasks() if "Conversation" in repr(task)}
    async with own_served.socket(bearer(token)) as socket:
        await tell(socket, {"type": "subscribe", "id": "a", "payload": {"query": ALERTS}})
        await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        while {task for task in asyncio.all_tasks() if "Conversation" in repr(task)} - before:  # noqa: ASYNC110 — No event.
            await asyncio.sleep(0.05)
