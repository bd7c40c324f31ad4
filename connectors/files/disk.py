"""Files in a folder (磁盘存储): the store of an installation whose processes share a disk."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.files.port import FileGone

FOLDER = "files"
"""Where in the data directory the files of jobs are."""
PIECE_BYTES = 256 * 1024
UNFINISHED = "unfinished."
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,99}(?:\.[a-z0-9]{1,10})?")


class DiskFiles:
    """Keeps each file under its key in one folder; a file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[Path]:
        kept = self._place(key)
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        lent = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._folder, prefix=UNFINISHED))
        try:
            yield lent / key
            await asyncio.to_thread(_keep, lent / key, kept)
        finally:
            await asyncio.to_thread(shutil.rmtree, lent, ignore_errors=True)

    async def reading(self, key: str) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._place(key).open, "rb")
        except FileNotFoundError:
            raise FileGone(key) from None
        try:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece
        finally:
            file.close()

    async def size(self, key: str) -> int:
        try:
            return (await asyncio.to_thread(self._place(key).stat)).st_size
        except FileNotFoundError:
            raise FileGone(key) from None

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._place(key).unlink, missing_ok=True)

    def _place(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError("a key is letters, digits and hyphens")  # Never a way out of the folder.
        return self._folder / key


def _keep(unfinished: Path, kept: Path) -> None:
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(kept)
