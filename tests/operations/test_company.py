"""The whole company: opens by one command, survives the death of its parts, closes in order."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from operations import company as opening
from operations.company import CannotStartError, Company
from operations.data_directory import DataDirectory, write_private
from operations.ports import free_port, listening_socket
from operations.processes import is_alive
from operations.terminal import opening_block

ROOT = Path(__file__).parents[2]
OURS = {"DATABASE_URL", "MIGRATION_DATABASE_URL", "BROKER_URL", "SIGNING_KEY", "SECRETS_KEY", "HOST", "PORT", "DEMO"}

PARTS = {"postgres", "valkey", "api-1", "worker", "beat", "relay"}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path)


def test_a_taken_port_is_said_clearly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert opening.start(tmp_path, port, demo=False) == 2
    assert f"Port {port} on 127.0.0.1 cannot be used" in capsys.readouterr().out
    assert not (tmp_path / "postgres").exists()


def test_a_second_start_on_the_same_data_is_refused(data: DataDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    lock = data.open()
    try:
        assert opening.start(data.path, 0, demo=False) == 2
    finally:
        os.close(lock)
    assert "is in use by another start" in capsys.readouterr().out


def test_servers_given_from_outside_are_used_instead_of_our_own(
    data: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db/shop")
    monkeypatch.setenv("BROKER_URL", "amqp://broker")
    company = Company(data, 0, demo=False)
    made = company._environment("127.0.0.1", 8000)
    assert (company.postgres, company.valkey) == (None, None)
    assert made["DATABASE_URL"] == "postgresql://me@db/shop"
    assert "MIGRATION_DATABASE_URL" not in made


def test_our_own_servers_have_an_owner_and_a_worker(data: DataDirectory) -> None:
    made = Company(data, 0, demo=False)._environment("127.0.0.1", 8000)
    assert "//zhanggui_app:" in made["DATABASE_URL"]
    assert "//zhanggui_owner:" in made["MIGRATION_DATABASE_URL"]
    assert "SIMULATORS_URL" not in made


def test_unusable_settings_are_named_but_not_repeated(data: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", "short-s3cret")
    company = Company(data, 0, demo=False)
    company.environment = company._environment("127.0.0.1", 8000)
    with pytest.raises(CannotStartError, match="SIGNING_KEY") as refusal:
        company._settings()
    assert "s3cret" not in str(refusal.value)


def test_the_block_names_the_addresses_and_the_accounts(data: DataDirectory) -> None:
    assert "Demo accounts" not in opening_block("http://127.0.0.1:8000", data.path, [])
    accounts = [{"email": "li@demo.example", "password": "p1", "role": "admin"}, {"client": "app", "key": "k1"}]
    data.demo_accounts.write_text(json.dumps(accounts))
    block = opening_block("http://127.0.0.1:8000", data.path, ["Broker     as given by BROKER_URL"])
    assert re.search(r"GraphQL +http://127.0.0.1:8000/graphql\n", block)
    assert re.search(r"admin +li@demo.example +p1\n", block)
    assert re.search(r" app +k1\n", block)
    assert "BROKER_URL" in block
    assert "Ctrl-C" in block


def test_only_our_own_leftovers_are_ended(data: DataDirectory) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as left:
        try:
            entries = {"ours": "import time; time.sleep(60)", "a stranger with its number": "valkey-server"}
            for name, command in reversed(entries.items()):
                write_private(data.runtime, {"processes": {name: {"process_id": left.pid, "command": command}}})
                Company(data, 0, demo=False)._end_leftovers()
                assert (left.poll() is None) == (name != "ours")
        finally:
            left.kill()


class Opened:
    """A company opened by the command, until it serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "terminal.log"
        self.port = free_port()
        started = time.monotonic()
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 — our own command.
                [
                    sys.executable,
                    "-m",
                    "operations",
                    "start",
                    "--no-demo",
                    "--port",
                    str(self.port),
                    "--data",
                    str(folder),
                ],
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if name not in OURS},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.wait(lambda: "Stop with Ctrl-C" in self.log.read_text() or self.process.poll() is not None, 90)
        assert self.process.poll() is None, self.log.read_text()
        self.seconds = time.monotonic() - started
        self.wait(lambda: self.processes().keys() == PARTS, 60)

    def wait(self, condition: Any, seconds_max: float) -> None:
        deadline = time.monotonic() + seconds_max
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def processes(self) -> dict[str, int]:
        running = json.loads((self.folder / "runtime.json").read_text())["processes"]
        return {name: int(each["process_id"]) for name, each in running.items()}

    def health(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=90) as answer:
            return int(answer.status)

    def close(self, number: signal.Signals) -> float:
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - started


def test_the_company_opens_survives_the_death_of_its_parts_and_closes(folder: Path) -> None:
    company = Opened(folder)
    try:
        first = company.processes()
        for process_id in first.values():
            os.kill(process_id, signal.SIGKILL)
        company.wait(lambda: not set(company.processes().values()) & set(first.values()), 60)
        assert company.health() == 200
        running = company.processes()
    finally:
        company.close(signal.SIGINT)
    assert company.process.returncode == 0
    assert [name for name, each in {**first, **running}.items() if is_alive(each)] == []
    assert not (folder / "runtime.json").exists()
