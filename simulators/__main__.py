"""Start the simulated platforms (启动模拟平台): python -m simulators --directory DIR [--port N] [--ports-file FILE]."""

import argparse
import asyncio
import signal
from pathlib import Path

from simulators.server import serve


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await serve(arguments.directory, arguments.port, arguments.ports_file, stop)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="where the platforms keep their memory")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument("--ports-file", type=Path, help="default: DIRECTORY/simulators.json")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
