"""Serve the API on HOST and PORT (接口进程): `python -m api`."""

import uvicorn

from configuration.logs import configure_logs
from configuration.settings import settings

SOCKET_MESSAGE_BYTES_MAX = 256 * 1024


def main() -> None:
    """Serve until SIGTERM."""
    current = settings()
    configure_logs(current.log_level, current.log_format)
    uvicorn.run(
        "api.app:app",
        host=current.host,
        port=current.port,
        workers=current.api_processes,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=SOCKET_MESSAGE_BYTES_MAX,
        ws_per_message_deflate=False,  # It would cost 36 KiB a socket.
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
