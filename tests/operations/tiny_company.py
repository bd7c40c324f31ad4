"""A company of a database, a broker and two small programs, to be killed by tests: python -m ... DIRECTORY."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from operations.data_directory import DataDirectory, read_json, write_private
from operations.embedded_postgres import EmbeddedPostgres
from operations.embedded_valkey import EmbeddedValkey
from operations.processes import Program, end_leftover
from operations.supervisor import Running, Supervisor

STOP_ORDER = (("clerk",), ("valkey",), ("postgres",))


def clerk(name: str, code: str) -> Program:
    return Program(
        name=name,
        kind="clerk",
        command=(sys.executable, "-c", code),
        environment=dict(os.environ),
        directory=Path("/"),
        patience_seconds=0.3,
    )


async def run(directory: Path) -> None:
    data = DataDirectory(directory)
    data.open()
    for left in read_json(data.runtime).get("processes", {}).values():
        end_leftover(int(left["process_id"]), left["command"])

    def remember(running: Mapping[str, Running]) -> None:
        write_private(data.runtime, {"processes": {name: asdict(each) for name, each in running.items()}})

    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    supervisor = Supervisor(STOP_ORDER, data, lambda message: print(message, flush=True), remember)  # noqa: T201
    secrets = data.secrets()
    try:
        await supervisor.start(
            EmbeddedPostgres(directory / "postgres", secrets.postgres_passwords).program(),
            EmbeddedValkey(directory / "valkey", secrets.valkey_password).program(),
        )
        await supervisor.start(clerk("quiet", "import time; time.sleep(600)"))
        await supervisor.start(
            clerk("deaf", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)")
        )
        print(json.dumps(read_json(data.runtime)["processes"]), flush=True)  # noqa: T201 — the test reads it.
        await asked.wait()
    finally:
        await supervisor.stop()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(Path(sys.argv[1])))
