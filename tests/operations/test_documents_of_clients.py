"""A program's operations become a manifest, a manifest becomes trusted documents, and none that is wrong gets in."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker
from typer.testing import CliRunner

from configuration.database import engine_for
from domain import identity
from domain.kernel import begin, system
from operations.commands import app
from operations.embedded_postgres import EmbeddedPostgres
from operations.manifests import ManifestError, Style, made_manifest, read_manifest
from tests.conftest import database_copy

ROOT = Path(__file__).parents[2]
WHO = "query Who {\n  viewer {\n    name\n  }\n}"
BRANDS = "query Brands {\n  brands {\n    nodes {\n      name\n    }\n  }\n}"


def written(folder: Path, name: str, content: Any) -> Path:
    place = folder / name
    place.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return place


@pytest.mark.parametrize("style", Style)
def test_files_become_a_manifest_with_the_fragments_each_operation_uses(tmp_path: Path, style: Style) -> None:
    written(tmp_path, "brands.graphql", "# shown\nquery Brands { brands { nodes { ...Named } } }")
    written(tmp_path, "more.gql", "query Who { viewer { ...Me } }  fragment Me on Viewer { name ...Kind }")
    written(tmp_path, "fragments.graphql", "fragment Named on Brand { name } fragment Kind on Viewer { kind }")
    written(tmp_path, "notes.txt", "no operation")
    place = written(tmp_path, "manifest.json", made_manifest([tmp_path], style))
    documents = read_manifest(place)
    assert [each.id for each in documents] == [identity.document_hash(each.text) for each in documents]
    brands, who = [each.text for each in documents]
    assert "fragment Named on Brand" in brands
    assert "Viewer" not in brands
    assert who.index("query Who") < who.index("fragment Kind") < who.index("fragment Me")


def test_a_manifest_names_operations_as_apollo_does(tmp_path: Path) -> None:
    content = json.loads(made_manifest([written(tmp_path, "who.graphql", WHO)], Style.APOLLO))
    assert content == {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": identity.document_hash(WHO), "body": WHO, "name": "Who", "type": "query"}],
    }


@pytest.mark.parametrize(
    "content",
    [
        "{ viewer { name } }",
        "query Who { viewer { ...Missing } }",
        "query Who {",
        "fragment Only on Viewer { name }",
        "query Who { viewer { name } } query Who { viewer { kind } }",
    ],
)
def test_files_that_are_no_operations_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ManifestError):
        made_manifest([written(tmp_path, "wrong.graphql", content)], Style.CODEGEN)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        {"id": 5},
        {"format": "other", "version": 1, "operations": []},
        {"format": "apollo-persisted-query-manifest", "version": 2, "operations": []},
        {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"body": "x"}]},
        {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "x"}]},
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(ManifestError):
        read_manifest(written(tmp_path, "manifest.json", content))


def test_the_operations_of_our_clients_are_sound(tmp_path: Path) -> None:
    """What docs/clients/ shows can be registered: it fits the schema and the limits."""
    from operations.registering import faults_of  # noqa: PLC0415 — It loads the whole schema.

    for place in sorted((ROOT / "docs" / "clients").glob("*.graphql")):
        documents = read_manifest(written(tmp_path, "manifest.json", made_manifest([place], Style.CODEGEN)))
        assert len(documents) >= 3
        assert faults_of(documents) == []


@pytest.fixture(scope="module")
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """Hand out a database with one API client."""
    async with database_copy(postgres) as url:
        engine = engine_for(url, application_name="tests", pooled=False)
        async with begin(async_sessionmaker(engine, expire_on_commit=False), system("tests")) as work:
            site = identity.NewApiClient(
                code="site", name="Site", kind=identity.ClientKind.OFFICIAL_SITE, permissions=()
            )
            await identity.create_api_client(work, site)
        await engine.dispose()
        yield url


async def command(database: str, *arguments: str) -> Result:
    """Run `./run documents ...` on a database; commands have a loop of their own."""
    given = {"DATABASE_URL": database}
    return await asyncio.to_thread(CliRunner().invoke, app, ["documents", *arguments], env=given)


async def rows(database: str, statement: str) -> list[Any]:
    engine = engine_for(database, application_name="tests", pooled=False)
    async with engine.connect() as connection:
        found = (await connection.execute(text(statement))).all()
    await engine.dispose()
    return list(found)


async def test_a_manifest_is_registered_once(database: str, tmp_path: Path) -> None:
    apollo = made_manifest([written(tmp_path, "who.graphql", WHO)], Style.APOLLO)
    first = await command(database, "register", "--client", "site", str(written(tmp_path, "apollo.json", apollo)))
    assert (first.exit_code, first.output) == (0, "site: 1 new documents, 0 known before.\n")
    codegen = {identity.document_hash(WHO): WHO, "5f1c": BRANDS}
    again = await command(database, "register", "--client", "site", str(written(tmp_path, "codegen.json", codegen)))
    assert (again.exit_code, again.output) == (0, "site: 1 new documents, 1 known before.\n")
    kept = await rows(database, "SELECT document_id, operations, registered_by FROM trusted_documents ORDER BY 2")
    assert [tuple(each) for each in kept] == [
        ("5f1c", ["query Brands"], "documents"),
        (identity.document_hash(WHO), ["query Who"], "documents"),
    ]
    audited = await rows(database, "SELECT action FROM audit_entries WHERE actor_name = 'documents'")
    assert {each.action for each in audited} == {"identity.register_documents"}


@pytest.mark.parametrize(
    ("content", "client", "told"),
    [
        ({"a": "query A { nothing }", "b": "query B {"}, "site", "Nothing was registered: 2 problems."),
        ({"a": "fragment F on Viewer { name }"}, "site", "Fragment 'F' is never used"),
        ({"0" * 64: WHO}, "site", "its id is not the SHA-256 of its text"),
        ({"a": WHO}, "nobody", "There is no API client nobody."),
        ("[", "site", "cannot be read"),
    ],
)
async def test_one_wrong_document_registers_nothing(
    database: str, tmp_path: Path, content: Any, client: str, told: str
) -> None:
    before = await rows(database, "SELECT count(*) FROM trusted_documents")
    done = await command(database, "register", "--client", client, str(written(tmp_path, "manifest.json", content)))
    assert done.exit_code == 2
    assert told in done.output
    assert await rows(database, "SELECT count(*) FROM trusted_documents") == before


async def test_documents_a_release_would_refuse_are_found_before_it_goes_live(database: str) -> None:
    assert (await command(database, "check")).exit_code == 0
    statement = (
        "INSERT INTO trusted_documents SELECT gen_random_uuid(), id, 'old', 'query Old { gone }', '{query Old}', now(),"
        " 'an older release' FROM api_clients"
    )
    engine = engine_for(database, application_name="tests", pooled=False)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
    found = await command(database, "check")
    assert found.exit_code == 1
    assert "site  old: Cannot query field 'gone'" in found.output
