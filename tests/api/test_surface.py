"""What the door shows and takes: the trust table's surface, cross-site and body checks."""

import gzip
import io
import json
from collections.abc import AsyncIterator

import pytest

from tests.api.calling import Served

JSON = {"Content-Type": "application/json"}
TYPENAME = json.dumps({"query": "{ __typename }"})


async def test_a_stranger_learns_nothing_of_the_schema(served: Served) -> None:
    answer = await served.ask("{ __schema { types { name } } }")
    assert (answer.status, answer.codes, answer.data) == (401, ["UNAUTHENTICATED"], None)


@pytest.mark.parametrize("query", ["{ __typenam }", "{ viewr { name } }", "{ viewer { nam } }"])
async def test_a_near_miss_is_not_corrected(served: Served, admin: str, query: str) -> None:
    answer = await served.ask(query, token=admin)
    assert answer.codes == ["BAD_INPUT"]
    assert "Did you mean" not in answer.text


async def test_an_enum_near_miss_in_a_variable_is_not_corrected(served: Served, admin: str) -> None:
    query = "query($levels: [AlertLevel!]) { alerts(where: {levels: $levels}) { nodes { id } } }"
    answer = await served.ask(query, {"levels": ["WARM"]}, token=admin)
    assert answer.codes == ["BAD_INPUT"]
    assert "Did you mean" not in answer.text


async def test_a_browser_gets_no_page(served: Served) -> None:
    answer = await served.send("GET", headers={"Accept": "text/html"})
    assert answer.status == 406
    assert "<" not in answer.text


async def test_there_is_no_console_unless_it_is_switched_on(served: Served) -> None:
    assert (await served.send("GET", "/console")).status == 404


async def test_get_does_not_mutate(served: Served) -> None:
    query = 'mutation { signIn(input: {email: "a@b", password: "c"}) { accessToken } }'
    answer = await served.send("GET", params={"query": query}, headers={"X-Requested-With": "tests"})
    assert (answer.status, answer.headers["Allow"], answer.data) == (405, "POST", None)


async def test_get_needs_a_header_no_foreign_page_can_send(served: Served, admin: str) -> None:
    headers = {"Origin": "http://evil.example", "Authorization": f"Bearer {admin}"}
    answer = await served.send("GET", params={"query": "{ __typename }"}, headers=headers)
    assert (answer.status, answer.data) == (400, None)


@pytest.mark.parametrize("header", ["Apollo-Require-Preflight", "X-Requested-With"])
async def test_get_answers_queries_with_the_header(served: Served, admin: str, header: str) -> None:
    headers = {header: "1", "Authorization": f"Bearer {admin}"}
    params = {"query": "query($t: String!) { echo(text: $t) }", "variables": '{"t": "hello"}'}
    answer = await served.send("GET", params=params, headers=headers)
    assert (answer.status, answer.data) == (200, {"echo": "hello"})


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", TYPENAME),
        ("application/x-www-form-urlencoded", "query=%7B__typename%7D"),
        ("multipart/form-data; boundary=x", "--x\r\n\r\n--x--"),
        ("application/json; charset=utf-16", TYPENAME),
        ("", TYPENAME),
    ],
)
async def test_only_json_is_taken(served: Served, content_type: str, body: str) -> None:
    answer = await served.send("POST", data=body.encode(), headers={"Content-Type": content_type})
    assert (answer.status, answer.data) == (415, None)


async def test_a_compressed_body_is_refused(served: Served) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    assert (await served.send("POST", data=gzip.compress(TYPENAME.encode()), headers=headers)).status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe{}",
        b'"text"',
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
        b'{"query": 5}',
        b"{}",
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "operationName": 7}',
        b'{"query": "{ __typename }", "extensions": "x"}',
        b'{"query": "query($t: String!) { echo(text: $t) }", "variables": {"t": "a\\u0000b"}}',
        b'{"query": "{ echo(text: \\"a\\\\u0000b\\") }"}',
    ],
)
async def test_a_body_that_is_no_request_is_a_bad_request(served: Served, body: bytes) -> None:
    answer = await served.send("POST", data=body, headers=JSON)
    assert (answer.status, answer.codes, answer.data) == (400, ["BAD_INPUT"], None)


async def test_operations_do_not_come_in_batches(served: Served, admin: str) -> None:
    body = json.dumps([{"query": "{ __typename }"}] * 100)
    answer = await served.send("POST", data=body, headers={**JSON, "Authorization": f"Bearer {admin}"})
    assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_of_12_mib_is_refused_before_it_is_read(served: Served, announced: bool) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 1024 * 1024

    data = io.BytesIO(b"x" * 12 * 1024 * 1024) if announced else parts()
    answer = await served.send("POST", data=data, headers=JSON)
    assert answer.status == 413
    assert (await served.send("GET", "/health/live")).status == 200


async def test_a_foreign_origin_may_not_read(served: Served, admin: str) -> None:
    preflight = await served.send("OPTIONS", headers={"Origin": "http://evil.example"})
    assert preflight.status == 403
    answer = await served.ask("{ __typename }", token=admin, headers={"Origin": "http://evil.example"})
    for each in (preflight, answer):
        assert not any(name.lower().startswith("access-control-allow") for name in each.headers)


async def test_a_known_origin_may_read_and_never_with_cookies(served: Served, admin: str) -> None:
    preflight = await served.send("OPTIONS", headers={"Origin": "https://shop.example"})
    assert preflight.status == 204
    answer = await served.ask("{ __typename }", token=admin, headers={"Origin": "https://shop.example"})
    for each in (preflight, answer):
        assert each.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert "Access-Control-Allow-Credentials" not in each.headers


async def test_every_answer_carries_the_security_headers(served: Served, admin: str) -> None:
    answer = await served.ask("{ __typename }", token=admin, headers={"X-Request-Id": "mine-1"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"] == "mine-1"
    assert "server" not in {name.lower() for name in answer.headers} or "Python" not in answer.headers["server"]


async def test_a_hostile_request_id_is_replaced(served: Served, admin: str) -> None:
    answer = await served.ask("{ __typename }", token=admin, headers={"X-Request-Id": "<script>" * 20})
    assert "<" not in answer.headers["X-Request-Id"]


async def test_the_type_made_for_graphql_answers_with_true_status_codes(served: Served, admin: str) -> None:
    accept = {"Accept": "application/graphql-response+json"}
    good = await served.ask("{ __typename }", token=admin, headers=accept)
    assert (good.status, good.headers["Content-Type"]) == (200, "application/graphql-response+json")
    for query, variables in (
        ("{ nothing }", None),
        ("{", None),
        ("query($n: Int!) { number(value: $n) }", {"n": "x"}),
        ("query A { __typename } query B { __typename }", None),
    ):
        assert (await served.ask(query, variables, token=admin, headers=accept)).status == 400
        assert (await served.ask(query, variables, token=admin)).status == 200


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ broken }", None, "INTERNAL"),
        ("{ hollow }", None, "INTERNAL"),
        ("query($n: Int!) { number(value: $n) }", {"n": "x"}, "BAD_INPUT"),
        ("query($n: Int!) { number(value: $n) }", {"n": 2**40}, "BAD_INPUT"),
        ("query($n: Int!) { number(value: $n) }", {}, "BAD_INPUT"),
        ("query A { __typename } query B { __typename }", None, "BAD_INPUT"),
    ],
)
async def test_errors_tell_no_secrets(served: Served, admin: str, query: str, variables: object, code: str) -> None:
    answer = await served.ask(query, variables, token=admin)
    assert answer.codes == [code]
    assert answer.data is None
    for secret in ("SELECT", "asyncpg", "/usr", "Traceback", "python"):
        assert secret not in answer.text
    if code == "INTERNAL":
        assert answer.json["errors"][0]["extensions"]["traceId"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("name", ["Other", "__proto__", "'; SELECT 1--"])
async def test_an_operation_that_is_not_there_is_not_told_from_others(served: Served, admin: str, name: str) -> None:
    body = json.dumps({"query": "query Secretly { viewer { name } }", "operationName": name})
    answer = await served.send("POST", data=body, headers={**JSON, "Authorization": f"Bearer {admin}"})
    assert (answer.codes, answer.data) == (["BAD_INPUT"], None)
    assert "Secretly" not in answer.text
    assert name not in answer.text


async def test_a_subscription_over_http_is_refused(served: Served, admin: str) -> None:
    answer = await served.ask("subscription { count(to: 1) }", token=admin)
    assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])


async def test_the_probes_answer(served: Served) -> None:
    assert (await served.send("GET", "/health/live")).json == {"status": "live"}
    ready = await served.send("GET", "/health/ready")
    checks = ready.json["checks"]
    assert ready.status == 503  # The test's broker does not exist, and it says so.
    assert checks.pop("broker") == "ConnectionError"
    assert all(each.startswith("ok") for each in checks.values()), checks
    assert "zhanggui_graphql_operations" in (await served.send("GET", "/metrics")).text
