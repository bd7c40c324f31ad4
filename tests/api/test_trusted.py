"""Documents by their ids: trusted ones, those kept on first use, and clients that may send nothing else."""

import json
from typing import Any

import pytest

from api import trusted
from api.trusted import AutomaticDocuments
from domain import identity
from domain.kernel import begin, system
from tests.api.calling import PASSWORD, SIGN_IN, Served, hear, tell

ECHO = "query Echo($t: String!) { echo(text: $t) }"
WHO = "query Who { viewer { name } }"
COUNT = "subscription Count { count(to: 1) }"
JSON = {"Content-Type": "application/json"}


async def a_client(served: Served, code: str, *texts: str, **given: Any) -> tuple[identity.ApiClient, dict[str, str]]:
    """Create a client with trusted documents; gives it and the header it calls with."""
    async with begin(served.sessions, system("tests")) as work:
        new = identity.NewApiClient(
            code=code, name=code, kind=identity.ClientKind.OFFICIAL_SITE, permissions=("alerts.view",), **given
        )
        made = await identity.create_api_client(work, new)
        documents = [identity.NewDocument(identity.document_hash(each), each) for each in texts]
        await identity.register_documents(work, made.id, documents, served.door.documents.checking)
    return made.client, {"X-Api-Key": made.key}


async def restrict(served: Served, client: identity.ApiClient) -> None:
    async with begin(served.sessions, system("tests")) as work:
        await identity.restrict_api_client(work, client.id, trusted_only=True)


async def post(served: Served, headers: dict[str, str], **body: Any) -> Any:
    return await served.send("POST", data=json.dumps(body), headers=JSON | headers)


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": identity.document_hash(text)}}


async def test_a_trusted_document_is_asked_for_by_its_id(served: Served) -> None:
    _, key = await a_client(served, "by-id", ECHO)
    name = identity.document_hash(ECHO)
    for asked in (
        {"documentId": name},
        {"documentId": f"sha256:{name}"},
        {"extensions": hashed(ECHO)},
        {"extensions": hashed(ECHO), "query": ECHO},
    ):
        answer = await post(served, key, variables={"t": "hello"}, **asked)
        assert (answer.status, answer.data) == (200, {"echo": "hello"}), answer.text


async def test_get_needs_no_header_for_a_trusted_document_and_one_for_any_other(served: Served) -> None:
    _, key = await a_client(served, "by-get", ECHO, SIGN_IN)
    params = {"documentId": identity.document_hash(ECHO), "variables": '{"t": "hello"}'}
    assert (await served.send("GET", params=params, headers=key)).data == {"echo": "hello"}
    by_hash = {"extensions": json.dumps(hashed(ECHO)), "variables": '{"t": "hello"}'}
    assert (await served.send("GET", params=by_hash, headers=key)).data == {"echo": "hello"}
    mutation = await served.send("GET", params={"documentId": identity.document_hash(SIGN_IN)}, headers=key)
    assert (mutation.status, mutation.headers["Allow"]) == (405, "POST")
    for unknown in ({"documentId": "nothing"}, {"extensions": json.dumps(hashed(WHO))}):
        assert (await served.send("GET", params=unknown, headers=key)).codes == ["BAD_INPUT"]
        answer = await served.send("GET", params=unknown, headers=key | {"X-Requested-With": "tests"})
        assert answer.codes == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 7},
        {"documentId": ""},
        {"documentId": "a b"},
        {"documentId": "sha256:short"},
        {"documentId": "x" * 300},
        {"documentId": "x", "query": WHO},
        {"extensions": {"persistedQuery": "x"}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 5}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a" * 64}}, "query": WHO},
    ],
)
async def test_an_id_that_is_none_is_bad_input(served: Served, admin: str, body: dict[str, Any]) -> None:
    answer = await post(served, {"Authorization": f"Bearer {admin}"}, **body)
    assert (answer.codes, answer.data) == (["BAD_INPUT"], None)


async def test_a_document_is_kept_on_first_use_and_found_by_its_hash(served: Served) -> None:
    _, key = await a_client(served, "automatic")
    _, other = await a_client(served, "another")
    unknown = await post(served, key, extensions=hashed(WHO))
    assert (unknown.status, unknown.codes, unknown.messages) == (
        200, ["PERSISTED_QUERY_NOT_FOUND"], "PersistedQueryNotFound",
    )  # fmt: skip
    assert (await post(served, key, query=WHO, extensions=hashed(WHO))).data == {"viewer": {"name": "automatic"}}
    assert (await post(served, key, extensions=hashed(WHO))).data == {"viewer": {"name": "automatic"}}
    assert (await post(served, other, extensions=hashed(WHO))).codes == ["PERSISTED_QUERY_NOT_FOUND"]
    assert (await post(served, key, documentId=identity.document_hash(WHO))).codes == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_what_cannot_be_run_is_not_kept(served: Served) -> None:
    _, key = await a_client(served, "unsound")
    for wrong in ("{ nothing }", "{", "{ " + "__typename " * 1001 + "}"):
        assert (await post(served, key, query=wrong, extensions=hashed(wrong))).codes == ["BAD_INPUT"]
        assert (await post(served, key, extensions=hashed(wrong))).codes == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_a_stranger_keeps_nothing_and_reads_nothing_by_id(served: Served) -> None:
    assert (await post(served, {}, extensions=hashed(WHO))).messages == "PersistedQueryNotSupported"
    assert (await post(served, {}, documentId="x")).codes == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    assert (await post(served, {}, query=WHO, extensions=hashed(WHO))).codes == ["UNAUTHENTICATED"]
    given = {"input": {"email": "viewer@example.com", "password": PASSWORD}}
    signed_in = await post(served, {}, query=SIGN_IN, variables=given, extensions=hashed(SIGN_IN))
    assert signed_in.data["signIn"]["accessToken"]


def test_documents_kept_on_first_use_are_bounded_for_each_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "DOCUMENTS_MAX", 3)
    monkeypatch.setattr(trusted, "CHARACTERS_MAX", 100)
    monkeypatch.setattr(trusted, "CALLERS_MAX", 2)
    kept = AutomaticDocuments()
    kept.keep("quiet", "one", "text")
    for number in range(10):
        kept.keep("loud", str(number), "text")
    assert [kept.text("loud", str(number)) for number in (6, 7, 9)] == [None, "text", "text"]
    assert kept.text("quiet", "one") == "text"
    kept.keep("loud", "long", "x" * 98)
    assert (kept.text("loud", "9"), kept.text("loud", "long")) == (None, "x" * 98)
    kept.keep("third", "one", "text")
    assert (kept.text("quiet", "one"), kept.text("loud", "long")) == (None, "x" * 98)


async def test_a_restricted_client_sends_its_documents_and_nothing_else(own_served: Served) -> None:
    client, key = await a_client(own_served, "restricted", WHO, SIGN_IN, COUNT)
    await restrict(own_served, client)
    assert (await post(own_served, key, extensions=hashed(WHO))).data == {"viewer": {"name": "restricted"}}
    for other in (
        {"query": WHO},
        {"query": "{ __typename }"},
        {"query": ECHO, "extensions": hashed(ECHO)},
        {"extensions": hashed(ECHO)},
        {"documentId": "nothing"},
    ):
        answer = await post(own_served, key, **other)
        assert (answer.status, answer.codes, answer.data) == (403, ["FORBIDDEN"], None)
        assert answer.json["errors"][0]["extensions"]["reason"] == "TRUSTED_DOCUMENTS_ONLY"
    get = await own_served.send("GET", params={"query": WHO}, headers=key | {"X-Requested-With": "tests"})
    assert (get.status, get.codes) == (403, ["FORBIDDEN"])


async def test_whoever_signs_in_through_a_restricted_client_is_restricted_too(own_served: Served) -> None:
    client, key = await a_client(own_served, "through", WHO, SIGN_IN)
    await restrict(own_served, client)
    given = {"input": {"email": "viewer@example.com", "password": PASSWORD}}
    signed_in = await post(own_served, key, documentId=identity.document_hash(SIGN_IN), variables=given)
    token = {"Authorization": f"Bearer {signed_in.data['signIn']['accessToken']}"}
    assert (await post(own_served, token, documentId=identity.document_hash(WHO))).data == {
        "viewer": {"name": "Viewer"}
    }
    assert (await post(own_served, token, query=WHO)).codes == ["FORBIDDEN"]


async def test_a_socket_of_a_restricted_client_takes_trusted_documents_only(own_served: Served) -> None:
    client, key = await a_client(own_served, "socket", COUNT)
    await restrict(own_served, client)
    async with own_served.socket({"apiKey": key["X-Api-Key"]}) as socket:
        await tell(socket, {"type": "subscribe", "id": "1", "payload": {"query": COUNT}})
        refused = await hear(socket)
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
        by_id = {"documentId": identity.document_hash(COUNT)}
        await tell(socket, {"type": "subscribe", "id": "2", "payload": by_id})
        assert (await hear(socket))["payload"]["data"] == {"count": "0"}
        assert (await hear(socket))["type"] == "complete"


async def test_a_withdrawn_document_is_refused_once_it_is_forgotten(own_served: Served) -> None:
    client, key = await a_client(own_served, "withdrawn", WHO)
    name = identity.document_hash(WHO)
    assert (await post(own_served, key, documentId=name)).data
    async with begin(own_served.sessions, system("tests")) as work:
        await identity.withdraw_documents(work, client.id, [name])
    own_served.door.trusted._texts.forget((client.id, name))  # As the minute would.
    assert (await post(own_served, key, documentId=name)).codes == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_a_trusted_document_is_parsed_once_and_read_from_the_database_once(served: Served) -> None:
    own = "query Once { viewer { kind } }"
    _, key = await a_client(served, "once", own)
    name = identity.document_hash(own)
    for _ in range(3):
        assert (await post(served, key, documentId=name)).data
    documents = served.door.documents
    assert documents.read(own, stranger=False, trusted=True) is documents.read(own, stranger=False, trusted=True)
    assert own in documents._trusted
    assert own not in documents._known


REGISTER = """mutation($input: RegisterDocumentsInput!) { registerDocuments(input: $input) {
  changed apiClient { code trustedOnly } refusals { code message ... on InvalidDocument { documentId problem } } } }"""


async def test_a_build_registers_and_restricts_through_the_schema(own_served: Served) -> None:
    made = await own_served.ask(
        """mutation { createApiClient(input: {code: "app", name: "App", kind: MOBILE_APP, permissions: []}) {
        key apiClient { id } } }""",
        token=(admin := await own_served.token("admin@example.com")),
    )
    key, client = made.data["createApiClient"]["key"], made.data["createApiClient"]["apiClient"]["id"]
    given = {"id": client, "documents": [{"id": identity.document_hash(WHO), "text": WHO}]}
    registered = await own_served.ask(REGISTER, {"input": given}, token=admin)
    assert registered.data["registerDocuments"] == {
        "changed": 1, "apiClient": {"code": "app", "trustedOnly": False}, "refusals": [],
    }  # fmt: skip
    wrong = {"id": client, "documents": [{"id": "x", "text": "query Wrong { viewer { nonsense } }"}]}
    refused = (await own_served.ask(REGISTER, {"input": wrong}, token=admin)).data["registerDocuments"]
    assert (refused["changed"], refused["refusals"][0]["code"], refused["refusals"][0]["documentId"]) == (
        None, "INVALID_DOCUMENT", "x",
    )  # fmt: skip
    assert "'nonsense'" in refused["refusals"][0]["problem"]
    restricted = await own_served.ask(
        """mutation($id: ID!) { restrictApiClient(input: {id: $id, trustedOnly: true}) {
        apiClient { trustedOnly } refusals { code } } }""",
        {"id": client},
        token=admin,
    )
    assert restricted.data["restrictApiClient"] == {"apiClient": {"trustedOnly": True}, "refusals": []}
    assert (await own_served.ask(WHO, headers={"X-Api-Key": key})).codes == ["FORBIDDEN"]
    listed = await own_served.ask(
        """query($id: ID!) { trustedDocuments(apiClientId: $id) { totalCount nodes {
        documentId text operations registeredBy apiClient { code } } } }""",
        {"id": client},
        token=admin,
    )
    assert listed.data["trustedDocuments"] == {
        "totalCount": 1,
        "nodes": [
            {
                "documentId": identity.document_hash(WHO),
                "text": WHO,
                "operations": ["query Who"],
                "registeredBy": "Admin",
                "apiClient": {"code": "app"},
            }
        ],
    }
