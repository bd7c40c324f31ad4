"""One API process (接口进程): uvicorn on a socket the supervisor holds, or on HOST and PORT."""

from __future__ import annotations

import socket

import uvicorn

from api.__main__ import SOCKET_MESSAGE_BYTES_MAX
from configuration.logs import configure_logs
from configuration.settings import settings
from operations.ports import listening_socket

# What is still running after this time is cut off; clients repeat with their idempotency key.
graceful_seconds_max = 1
keep_alive_seconds = 75


def serve(descriptor: int | None = None) -> None:
    """Serve the API until SIGTERM; with a descriptor on the socket that was passed to us."""
    current = settings()
    configure_logs(current.log_level, current.log_format)
    listener = (
        socket.socket(fileno=descriptor) if descriptor is not None else listening_socket(current.host, current.port)
    )
    configuration = uvicorn.Config(
        "api.app:app",
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=SOCKET_MESSAGE_BYTES_MAX,
        ws_per_message_deflate=False,  # It would cost 36 KiB a socket.
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        backlog=2048,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=graceful_seconds_max,
    )
    uvicorn.Server(configuration).run(sockets=[listener])
