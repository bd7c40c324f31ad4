"""The store of files: whole or not at all, and never outside its folder."""

from pathlib import Path

import pytest

from connectors.files.disk import DiskFiles
from connectors.files.port import FileGone


async def read(files: DiskFiles, key: str) -> bytes:
    return b"".join([piece async for piece in files.reading(key)])


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path / "files")
    async with files.writing("report.xlsx") as place:
        place.write_bytes(b"x" * 600_000)
        (place.parent / "scratch").write_text("thrown away")
        with pytest.raises(FileGone):
            await files.size("report.xlsx")
    assert await read(files, "report.xlsx") == b"x" * 600_000
    assert await files.size("report.xlsx") == 600_000
    await files.delete("report.xlsx")
    await files.delete("report.xlsx")
    with pytest.raises(FileGone):
        await read(files, "report.xlsx")
    assert left_in(tmp_path / "files") == []


async def test_a_file_that_was_not_finished_is_not_kept(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)

    async def break_off() -> None:
        async with files.writing("report.xlsx") as place:
            place.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await break_off()
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("key", ["../secrets.json", "/etc/passwd", "a/b", "", "a\0", "Ä", "..", "a.b.c"])
async def test_a_key_is_no_way_out_of_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        await DiskFiles(tmp_path).size(key)
