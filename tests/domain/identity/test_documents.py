"""Trusted documents: checked before they are kept, never edited, and the only thing a restricted client may ask for."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import identity
from domain.identity import documents
from domain.identity.documents import document_name
from domain.kernel import AuditEntry, BadInput, NotAllowed, NotFound, Refusal, Work
from tests.domain.identity.test_identity import acting

SHOWN = "query Shown { products { nodes { name } } }"
OTHER = "query Other { viewer { name } }"


def checked(text: str) -> identity.Checked:
    """Check as the edge would, for texts that are either known here or wrong."""
    name = text.partition(" {")[0]
    return identity.Checked(operations=(name,)) if text in (SHOWN, OTHER) else identity.Checked(problems=("wrong",))


CHECKING = identity.Checking(checked)


def new(text: str, name: str | None = None) -> identity.NewDocument:
    return identity.NewDocument(name or identity.document_hash(text), text)


async def a_client(work: Work) -> identity.ApiClient:
    wanted = identity.NewApiClient(
        code=f"site-{uuid4().hex[:8]}", name="Site", kind=identity.ClientKind.OFFICIAL_SITE, permissions=()
    )
    return (await identity.create_api_client(work, wanted)).client


async def kept(work: Work, client: identity.ApiClient) -> dict[str, identity.TrustedDocument]:
    statement = select(identity.TrustedDocument).where(identity.TrustedDocument.client_id == client.id)
    return {each.document_id: each for each in await work.session.scalars(statement)}


async def test_what_a_build_registers_is_kept_once(work: Work) -> None:
    client = await a_client(work)
    first = await identity.register_documents(work, client.id, [new(SHOWN), new(OTHER, "x-own:7")], CHECKING)
    again = await identity.register_documents(work, client.id, [new(SHOWN), new(OTHER)], CHECKING)
    assert (first.changed, again.changed) == (2, 1)
    found = await kept(work, client)
    assert set(found) == {identity.document_hash(SHOWN), identity.document_hash(OTHER), "x-own:7"}
    assert found["x-own:7"].operations == ["query Other"]
    assert (found["x-own:7"].text, found["x-own:7"].registered_by) == (OTHER, "tests")


async def test_a_hash_is_the_same_id_with_its_prefix(work: Work) -> None:
    client, name = await a_client(work), identity.document_hash(SHOWN)
    await identity.register_documents(work, client.id, [new(SHOWN, f"sha256:{name}"), new(SHOWN, name)], CHECKING)
    assert set(await kept(work, client)) == {name}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a" * 64, "a" * 64),
        ("sha256:" + "a" * 64, "a" * 64),
        ("sha256:" + "A" * 64, None),
        ("sha256:abc", None),
        ("x-relay:17", "x-relay:17"),
        ("md5:17", None),
        ("a.b_c~d-e", "a.b_c~d-e"),
        ("", None),
        ("a b", None),
        ("x" * 201, None),
        ("../../etc", None),
        ("a\n", None),
    ],
)
def test_an_id_is_what_the_proposal_allows(given: str, name: str | None) -> None:
    assert document_name(given) == name


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ([new("query Nothing { x }")], identity.InvalidDocument),
        ([new(SHOWN, "a" * 64)], identity.InvalidDocument),
        ([new(SHOWN, "not an id")], BadInput),
        ([new(SHOWN, "same"), new(OTHER, "same")], identity.DocumentIdTaken),
        ([new(SHOWN, "taken")], identity.DocumentIdTaken),
        ([new(SHOWN, f"d{number}") for number in range(251)], BadInput),
    ],
)
async def test_one_wrong_document_refuses_the_build(
    work: Work, wrong: list[identity.NewDocument], refusal: type[Refusal]
) -> None:
    client = await a_client(work)
    await identity.register_documents(work, client.id, [new(OTHER, "taken")], CHECKING)
    with pytest.raises(refusal):
        await identity.register_documents(work, client.id, [new(OTHER), *wrong], CHECKING)
    assert set(await kept(work, client)) == {"taken"}


async def test_the_documents_of_a_client_are_bounded(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENTS_MAX", 2)
    client = await a_client(work)
    await identity.register_documents(work, client.id, [new(SHOWN), new(OTHER)], CHECKING)
    with pytest.raises(BadInput):
        await identity.register_documents(work, client.id, [new(OTHER, "third")], CHECKING)


async def test_documents_of_one_client_are_not_anothers(work: Work) -> None:
    mine, yours = await a_client(work), await a_client(work)
    await identity.register_documents(work, mine.id, [new(SHOWN, "one")], CHECKING)
    await identity.register_documents(work, yours.id, [new(OTHER, "one")], CHECKING)
    assert (await identity.withdraw_documents(work, yours.id, ["one", "two", "no id!"])).changed == 1
    assert (set(await kept(work, mine)), await kept(work, yours)) == ({"one"}, {})
    with pytest.raises(NotFound):
        await identity.register_documents(work, identity.ClientId(uuid4()), [new(SHOWN)], CHECKING)


async def test_a_client_without_documents_is_not_locked_out(work: Work) -> None:
    client = await a_client(work)
    with pytest.raises(identity.NoTrustedDocuments):
        await identity.restrict_api_client(work, client.id, trusted_only=True)
    await identity.register_documents(work, client.id, [new(SHOWN)], CHECKING)
    assert (await identity.restrict_api_client(work, client.id, trusted_only=True)).trusted_only
    assert not (await identity.restrict_api_client(work, client.id, trusted_only=False)).trusted_only


async def test_each_change_needs_its_permission_and_stands_in_the_audit_log(work: Work) -> None:
    client = await a_client(work)
    idle = acting(work, "identity.view")
    with pytest.raises(NotAllowed):
        await identity.register_documents(idle, client.id, [new(SHOWN)], CHECKING)
    with pytest.raises(NotAllowed):
        await identity.restrict_api_client(idle, client.id, trusted_only=True)
    with pytest.raises(NotAllowed):
        await identity.withdraw_documents(idle, client.id, ["x"])
    may = replace(acting(work, "identity.register_documents", "identity.restrict_api_client"))
    await identity.register_documents(may, client.id, [new(SHOWN, "shown")], CHECKING)
    await identity.restrict_api_client(may, client.id, trusted_only=True)
    await may.close()
    found = {
        each.action: each
        for each in await work.session.scalars(select(AuditEntry).where(AuditEntry.actor_name == "Wang"))
    }
    assert found["identity.register_documents"].input["documents"] == ["shown"]
    restricted = found["identity.restrict_api_client"]
    assert (restricted.subject_type, restricted.subject_id) == ("ApiClient", client.id)
    assert restricted.changes[0]["fields"] == {"trusted_only": {"before": False, "after": True}}
