"""The production shape: what the compose file runs is what the supervisor runs, with settings that exist."""

import json
import os
import re
import subprocess
from pathlib import Path

import asyncpg

from configuration.settings import Settings
from operations.embedded_postgres import SUPERUSER, binary_tree, embedded_postgres
from operations.programs import BEAT, RELAY, SERVE, WORKER

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES = re.compile(r"^  (\w+):\n((?:    .*\n|\n)+)", re.MULTILINE)
NOT_SETTINGS = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "OWNER_PASSWORD", "APPLICATION_PASSWORD"}


def commands() -> dict[str, list[str]]:
    return {
        name: json.loads(found[1])
        for name, body in SERVICES.findall(COMPOSE)
        if (found := re.search(r"^    command: (\[.*\])$", body, re.MULTILINE))
    }


def contains(command: list[str], part: tuple[str, ...]) -> bool:
    return set(part) <= set(command) and command[: 1 + 2] == ["python", *part[:2]]


def test_every_part_runs_the_same_module_as_under_the_supervisor() -> None:
    run = commands()
    assert {"api", "worker", "beat", "relay", "migrate"} <= run.keys()
    assert contains(run["api"], SERVE)
    assert contains(run["worker"], WORKER)
    assert contains(run["beat"], BEAT)
    assert contains(run["relay"], RELAY)
    assert run["migrate"] == ["python", "-m", "operations", "migrate"]


def test_every_name_in_the_environment_is_a_setting() -> None:
    known = {name.upper() for name in Settings.model_fields}
    names = set(re.findall(r"^ {4,6}([A-Z_]+): ", COMPOSE, re.MULTILINE))
    assert names - NOT_SETTINGS - {"BROKER_PASSWORD"} <= known
    required = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    assert required <= names


def test_the_example_names_every_secret_that_is_required() -> None:
    example = (ROOT / "docs" / "compose.env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+):\?\}", COMPOSE)) == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))


def test_the_image_copies_all_it_runs_and_is_not_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (\w+) \w+$", dockerfile, re.MULTILINE))
    assert copied == {"api", "configuration", "connectors", "domain", "migrations", "operations", "schema", "workers"}
    assert "--require-hashes" in dockerfile
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["zhanggui"]


async def test_the_accounts_of_the_compose_file_are_made() -> None:
    async with embedded_postgres() as server:
        administrator = await asyncpg.connect(server.url(SUPERUSER, SUPERUSER))
        for left in ("database zhanggui", "role zhanggui_app", "role zhanggui_owner"):
            await administrator.execute(f"drop {left}")
        environment = {
            "PATH": f"{binary_tree() / 'bin'}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": server.passwords[SUPERUSER],
            "POSTGRES_USER": SUPERUSER,
            "OWNER_PASSWORD": "owner'1",
            "APPLICATION_PASSWORD": "application1",
        }
        script = ROOT / "operations" / "compose" / "roles.sh"
        subprocess.run(["/bin/sh", str(script)], env=environment, check=True, capture_output=True)  # noqa: ASYNC221, S603 — one short script of ours.
        owners = "select pg_get_userbyid(datdba) from pg_database where datname = 'zhanggui'"
        assert await administrator.fetchval(owners) == "zhanggui_owner"
        application = await asyncpg.connect(
            user="zhanggui_app", password="application1", host="127.0.0.1", port=server.port, database="zhanggui"
        )
        assert (
            await application.fetchval("select count(*) from pg_extension where extname in ('pg_trgm', 'btree_gist')")
            == 2
        )
        await application.close()
        await administrator.close()
