"""The programs the company consists of (进程表): what is run, under which name, and how it wants to be stopped."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from operations.processes import Program

FOLDER = Path(__file__).parent.parent
# Not resolved: following the link would leave the virtual environment.
PYTHON = sys.executable
live_path = "/health/live"
answer_seconds_max = 5

CELERY = ("-m", "celery", "-A", "workers.app")
# The threads pool suits work that waits for others; neither gossip nor mingle is needed by one kind of worker.
WORKER = (*CELERY, "worker", "--pool", "threads", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")
BEAT = (*CELERY, "beat", "--loglevel", "WARNING")
RELAY = ("-m", "workers.relay")
SERVE = ("-m", "operations", "serve")
SIMULATORS = ("-m", "simulators")
# What must be there before anything is started: a missing one is a broken installation, not a crash to be repeated.
MODULES = ("api.app", "workers.app", "workers.relay")
DEMO_MODULES = ("simulators", "demo.load")


def api(number: int, environment: Mapping[str, str], listener: socket.socket) -> Program:
    """Describe one API process; all share the supervisor's socket, so that a restart refuses no connection."""
    return Program(
        name=f"api-{number}",
        kind="api",
        command=(PYTHON, *SERVE, "--descriptor", str(listener.fileno())),
        environment=environment,
        directory=FOLDER,
        is_ready=answers(listener),
        ready_seconds_max=60,
        patience_seconds=1.0,
        passed_files=(listener.fileno(),),
    )


def worker(environment: Mapping[str, str], threads: int) -> Program:
    """Describe the worker: what does not end in time is cut off and delivered again, because tasks are idempotent.

    Celery's soft shutdown would give tasks back itself, but fails with the threads pool, which cannot cancel one.
    """
    return Program(
        name="worker",
        kind="worker",
        command=(PYTHON, *WORKER, "--concurrency", str(threads)),
        environment=environment,
        directory=FOLDER,
        patience_seconds=1.5,
    )


def beat(environment: Mapping[str, str], data: Path) -> Program:
    """Describe the clock that starts periodic work; there must be only one."""
    return Program(
        name="beat",
        kind="beat",
        command=(PYTHON, *BEAT, "--pidfile=", "--schedule", str(data / "beat-schedule")),
        environment=environment,
        directory=FOLDER,
        patience_seconds=0.4,
    )


def relay(environment: Mapping[str, str]) -> Program:
    """Describe the relay that carries facts from the outbox to the broker."""
    return Program(
        name="relay",
        kind="relay",
        command=(PYTHON, *RELAY),
        environment=environment,
        directory=FOLDER,
        patience_seconds=0.5,
    )


def simulators(environment: Mapping[str, str], data: Path) -> Program:
    """Describe the demo company's marketplaces."""
    port = environment["SIMULATORS_URL"].rpartition(":")[2]
    return Program(
        name="simulators",
        kind="simulators",
        command=(PYTHON, *SIMULATORS, "--directory", str(data / "simulators"), "--port", port),
        environment=environment,
        directory=FOLDER,
        is_ready=accepts(int(port)),
        patience_seconds=0.4,
    )


def accepts(port: int) -> Callable[[int], bool]:
    """Ready when someone accepts connections on a port of this machine."""

    def is_ready(_process_id: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    return is_ready


def answers(listener: socket.socket) -> Callable[[int], bool]:
    """Ready when the API says that it lives."""

    def is_ready(_process_id: int) -> bool:
        host, port = listener.getsockname()[:2]
        connection = http.client.HTTPConnection(
            {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host),  # noqa: S104 — not bound, asked.
            port,
            timeout=answer_seconds_max,
        )
        try:
            connection.request("GET", live_path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return is_ready
