"""The port of a file store (文件存储接口): whole files by key, written once, read in pieces."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol


class FileGone(LookupError):  # noqa: N818 — It reads as a statement where it is raised.
    """There is no file under this key."""


class FileStore(Protocol):
    """Keeps files; a key names a file and says nothing to strangers."""

    def writing(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Lend a place on the local disk, in a folder of its own; kept under the key if the block ends well.

        Whatever else is left in that folder is thrown away.
        """

    def reading(self, key: str) -> AsyncIterator[bytes]:
        """Read a file in pieces; a file that is not there raises FileGone at the first piece."""

    async def size(self, key: str) -> int:
        """Say how many bytes a file has, or raise FileGone."""

    async def delete(self, key: str) -> None:
        """Delete a file; one that is not there is already deleted."""
