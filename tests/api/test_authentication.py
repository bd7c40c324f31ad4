"""Who calls: tokens, keys, sessions and their end; the trust table's checks of authority and sign-in."""

import base64
import json
import statistics
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from domain import alerts, identity
from domain.alerts.models import Alert, AlertKind, AlertLevel, AlertSubject
from domain.identity.models import SignInSession
from domain.kernel import begin, system
from schema.scalars import global_id
from tests.api.calling import PASSWORD, REFRESH, Served

WHO = "{ viewer { name kind } }"


async def a_client(served: Served, code: str, *permissions: str, **given: object) -> str:
    """Create an API client and hand out its key."""
    async with begin(served.sessions, system("tests")) as work:
        client = identity.NewApiClient(
            code=code,
            name=code,
            kind=identity.ClientKind.PARTNER,
            permissions=permissions,
            **given,  # type: ignore[arg-type]
        )
        return (await identity.create_api_client(work, client)).key


async def test_a_person_and_a_program_are_known(own_served: Served) -> None:
    answer = await own_served.ask(WHO, token=await own_served.token("reviewer@example.com"))
    assert answer.data == {"viewer": {"name": "Reviewer", "kind": "STAFF"}}
    key = await a_client(own_served, "partner", "alerts.view")
    assert key.startswith("zg_")
    answer = await own_served.ask(WHO, headers={"X-Api-Key": key})
    assert answer.data == {"viewer": {"name": "partner", "kind": "CLIENT"}}


@pytest.mark.parametrize(
    "query", [WHO, "{ alerts { nodes { id } } }", '{ node(id: "x") { id } }', "{ auditLog { nodes { id } } }"]
)
async def test_a_stranger_reads_nothing(served: Served, query: str) -> None:
    answer = await served.ask(query)
    assert (answer.status, answer.codes, answer.data) == (401, ["UNAUTHENTICATED"], None)


def forged(token: str) -> dict[str, str]:
    header, payload, signature = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    last = "B" if signature[-1] != "B" else "C"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    overlooked = alphabet[alphabet.index(signature[-1]) ^ 1]
    return {
        "none": f"{none}.{payload}.",
        "flipped": f"{header}.{payload}.{signature[:-1]}{last}",
        "bits nobody reads": f"{header}.{payload}.{signature[:-1]}{overlooked}",
        "random": "x" * 43,
        "three random parts": "a.b.c",
        "empty": "",
        "long": "x" * 5_000,
    }


@pytest.mark.parametrize("kind", forged("a.b.cA"))
async def test_a_bad_token_is_nobodys(served: Served, admin: str, kind: str) -> None:
    answer = await served.ask(WHO, token=forged(admin)[kind])
    assert (answer.status, answer.codes, answer.data) == (401, ["UNAUTHENTICATED"], None)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_ends(served: Served) -> None:
    async with begin(served.sessions, system("tests")) as work:
        session = (await work.rows(select(SignInSession.id, SignInSession.staff_id).limit(1)))[0]
    sign = served.door.credentials.sign
    answer = await served.ask(WHO, token=sign(session.id, session.staff_id, datetime.now(UTC) - timedelta(seconds=1)))
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    answer = await served.ask(WHO, token=sign(session.id, session.staff_id, datetime.now(UTC) + timedelta(seconds=60)))
    assert answer.status == 200
    answer = await served.ask(WHO, token=sign(uuid4(), session.staff_id, datetime.now(UTC) + timedelta(seconds=60)))
    assert answer.status == 401


@pytest.mark.parametrize("key", ["", "zg_", "zg_" + "x" * 43, "y" * 500])
async def test_a_wrong_key_is_nobodys(served: Served, key: str) -> None:
    answer = await served.ask(WHO, headers={"X-Api-Key": key})
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


async def test_a_key_works_only_from_its_origins(own_served: Served) -> None:
    key = await a_client(own_served, "site", "alerts.view", origins=("https://mine.example",))
    other = {"X-Api-Key": key, "Origin": "https://shop.example"}
    assert (await own_served.ask(WHO, headers=other)).codes == ["FORBIDDEN"]
    answer = await own_served.ask(WHO, headers={"X-Api-Key": key, "Origin": "https://mine.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://mine.example"


async def test_a_program_introspects_only_when_it_may(own_served: Served) -> None:
    query = "{ __schema { queryType { name } } }"
    key = await a_client(own_served, "blind", "alerts.view")
    assert (await own_served.ask(query, headers={"X-Api-Key": key})).codes == ["FORBIDDEN"]
    key = await a_client(own_served, "seeing", "identity.view_schema")
    assert (await own_served.ask(query, headers={"X-Api-Key": key})).data == {
        "__schema": {"queryType": {"name": "Query"}}
    }


async def test_a_field_needs_its_permission(served: Served, admin: str, reviewer: str) -> None:
    query = "{ staffMembers { nodes { email } } }"
    assert (await served.ask(query, token=reviewer)).codes == ["FORBIDDEN"]
    assert len((await served.ask(query, token=admin)).data["staffMembers"]["nodes"]) == 3


async def test_a_mutation_needs_its_permission(served: Served, reviewer: str) -> None:
    query = 'mutation { createRole(input: {code: "own", name: "Own", permissions: ["*"]}) { role { id } } }'
    answer = await served.ask(query, token=reviewer)
    assert answer.codes == ["FORBIDDEN"]


async def test_not_yours_is_not_there(own_served: Served) -> None:
    """Two clients of two channels: neither finds the other's alert, by list or by id."""
    mine, yours = uuid4(), uuid4()
    async with begin(own_served.sessions, system("tests")) as work:
        made = {
            channel: Alert(
                subject=AlertSubject.ORDER,
                subject_id=uuid4(),
                channel_id=channel,
                kind=AlertKind.UNREVIEWED,
                level=AlertLevel.WARN,
                message="m",
                message_chinese="m",
                evidence={},
                opened_at=work.now,
            )
            for channel in (mine, yours)
        }
        work.session.add_all(made.values())
    ids = {channel: global_id("Alert", alert.id) for channel, alert in made.items()}
    for own, foreign in ((mine, yours), (yours, mine)):
        key = await a_client(own_served, f"of-{'mine' if own == mine else 'yours'}", "alerts.view", channel_ids=(own,))
        headers = {"X-Api-Key": key}
        listed = await own_served.ask("{ alerts { nodes { id } totalCount } }", headers=headers)
        assert listed.data["alerts"] == {"nodes": [{"id": ids[own]}], "totalCount": 1}
        find = "query($i: ID!) { node(id: $i) { id } }"
        assert (await own_served.ask(find, {"i": ids[own]}, headers=headers)).data == {"node": {"id": ids[own]}}
        unknown = await own_served.ask(find, {"i": global_id("Alert", uuid4())}, headers=headers)
        stolen = await own_served.ask(find, {"i": ids[foreign]}, headers=headers)
        assert (stolen.json["data"], stolen.codes) == (unknown.json["data"], unknown.codes) == ({"node": None}, [])
    assert alerts is not None


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_session(own_served: Served) -> None:
    first = await own_served.sign_in("reviewer@example.com", PASSWORD)
    answer = await own_served.ask(REFRESH, {"input": {"refreshToken": first["refreshToken"]}})
    second = answer.data["refreshSession"]
    assert second["refusals"] == []
    assert second["refreshToken"] != first["refreshToken"]
    stolen = await own_served.ask(REFRESH, {"input": {"refreshToken": first["refreshToken"]}})
    assert [each["code"] for each in stolen.data["refreshSession"]["refusals"]] == ["SESSION_ENDED"]
    owner = await own_served.ask(REFRESH, {"input": {"refreshToken": second["refreshToken"]}})
    assert [each["code"] for each in owner.data["refreshSession"]["refusals"]] == ["SESSION_ENDED"]


async def test_a_signed_out_session_ends_within_seconds(own_served: Served) -> None:
    session = await own_served.sign_in("reviewer@example.com", PASSWORD)
    token = session["accessToken"]
    out = await own_served.ask("mutation { signOut(input: {}) { staff { email } } }", token=token)
    assert out.data == {"signOut": {"staff": {"email": "reviewer@example.com"}}}
    refreshed = await own_served.ask(REFRESH, {"input": {"refreshToken": session["refreshToken"]}})
    assert refreshed.data["refreshSession"]["accessToken"] is None
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    own_served.door.authentication.forget_session(UUID(payload["sid"]))  # As the seconds would.
    assert (await own_served.ask(WHO, token=token)).status == 401


async def test_guessing_passwords_is_throttled_and_the_message_tells_nothing(own_served: Served) -> None:
    messages: dict[str, list[str]] = {}
    for email in ("reviewer@example.com", "nobody@example.com"):
        for _ in range(30):
            outcome = await own_served.sign_in(email, "wrong password")
            assert outcome["accessToken"] is None
            messages.setdefault(email, []).append(outcome["refusals"][0]["code"])
    assert messages["reviewer@example.com"] == messages["nobody@example.com"]
    assert messages["reviewer@example.com"][4:6] == ["WRONG_CREDENTIALS", "TOO_MANY_ATTEMPTS"]
    outcome = await own_served.sign_in("reviewer@example.com", PASSWORD)
    assert (outcome["accessToken"], outcome["refusals"][0]["retryable"]) == (None, True)


async def test_a_rehearsal_guesses_no_password(served: Served) -> None:
    query = """mutation { signIn(input: {email: "viewer@example.com", password: "x"}, validateOnly: true) {
      accessToken } }"""
    assert (await served.ask(query)).codes == ["BAD_INPUT"]


async def test_an_unknown_user_costs_as_much_as_a_known_one(own_served: Served) -> None:
    times: dict[str, float] = {}
    for email in ("viewer@example.com", "nobody@example.com"):
        taken = []
        for _ in range(5):
            started = perf_counter()
            outcome = await own_served.sign_in(email, "wrong password")
            taken.append(perf_counter() - started)
            assert [each["code"] for each in outcome["refusals"]] == ["WRONG_CREDENTIALS"]
        times[email] = statistics.median(taken)
    assert max(times.values()) < 2 * min(times.values())


async def test_no_password_token_or_key_is_kept_in_clear(own_served: Served) -> None:
    session = await own_served.sign_in("reviewer@example.com", PASSWORD)
    admin = await own_served.token("admin@example.com")
    made = await own_served.ask(
        """mutation { createApiClient(input: {code: "shop", name: "Shop", kind: PARTNER, permissions: ["alerts.view"]},
        idempotencyKey: "once") { key apiClient { code } refusals { message } } }""",
        token=admin,
    )
    key = made.data["createApiClient"]["key"]
    secrets = [PASSWORD, session["accessToken"], session["refreshToken"], key, key.removeprefix("zg_")]
    async with own_served.door.engine.connect() as connection:
        tables = (
            await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        ).scalars()
        for table in tables.all():
            rows = (await connection.execute(text(f"SELECT t::text FROM {table} AS t"))).scalars().all()  # noqa: S608 — Our own tables.
            for row in rows:
                assert not any(secret in row for secret in secrets), table
        hashes = (await connection.execute(text("SELECT password_hash FROM staff"))).scalars().all()
    assert all(each.startswith("$argon2id$") for each in hashes)


async def test_a_key_repeats_the_first_answer(own_served: Served) -> None:
    admin = await own_served.token("admin@example.com")
    query = """mutation($name: String!, $key: String!) { createRole(
      input: {code: "packer", name: $name, permissions: ["alerts.view"]}, idempotencyKey: $key) {
      role { id name } refusals { code } } }"""
    answers = [await own_served.ask(query, {"name": "Packer", "key": "k1"}, token=admin) for _ in range(3)]
    assert answers[0].data["createRole"]["refusals"] == []
    assert answers[0].data == answers[1].data == answers[2].data
    assert (await own_served.ask(query, {"name": "Other", "key": "k1"}, token=admin)).codes == ["CONFLICT"]
    header = await own_served.ask(
        query.replace(", $key: String!", "").replace(", idempotencyKey: $key", ""),
        {"name": "Other"},
        token=admin,
        headers={"Idempotency-Key": "k1"},
    )
    assert header.codes == ["CONFLICT"]
