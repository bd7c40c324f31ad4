"""A throw-away RabbitMQ, where the machine has one (Debian: apt install rabbitmq-server)."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.ports import free_port

# The command on PATH insists on an account of its own; this one runs as whoever calls it.
PLACES = (Path("/usr/lib/rabbitmq/bin/rabbitmq-server"), Path("/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server"))
START_SECONDS_MAX = 60


def server() -> Path | None:
    """Say where the server is, if there is one that can be started."""
    return next((each for each in PLACES if each.exists()), None) if shutil.which("epmd") else None


@contextmanager
def throwaway_rabbitmq(folder: Path) -> Iterator[str]:
    """Run a broker that forgets everything, beside its own name server; gives its address."""
    binary, port, names = server(), free_port(), free_port()
    if binary is None:
        raise RuntimeError("there is no RabbitMQ on this machine")
    given = {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"zhanggui{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }
    environment = {**os.environ, **given}
    with (folder / "rabbitmq.log").open("wb") as log:
        name_server = subprocess.Popen(["epmd", "-port", str(names), "-address", "127.0.0.1"], env=environment)  # noqa: S603, S607 — the machine's own.
        broker = subprocess.Popen([binary], env=environment, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 — as above.
        try:
            _wait(broker, port)
            yield f"amqp://guest:guest@127.0.0.1:{port}//"
        finally:
            os.killpg(broker.pid, signal.SIGKILL)
            broker.wait()
            name_server.kill()
            name_server.wait()


def _wait(broker: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and broker.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("RabbitMQ does not start")
