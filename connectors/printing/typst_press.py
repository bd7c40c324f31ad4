"""A press that sets papers with Typst (Typst 排版): each job in a process of its own, which can be stopped.

A template may be anybody's. It is compiled in a folder that holds nothing but itself, the house's words and its data;
the compiler reads no file outside of it. Packages it would fetch lead to an address where nobody listens. What takes
too long is killed.
"""

import asyncio
import contextlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from domain.papers import FOLDER, BrokenTemplate, Sheaf

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 120.0
PROOF_SECONDS_MAX = 10.0
BROKEN = 3
MAIN, HOUSE, PAPERS, PDF = "main.typ", "house.typ", "papers.json", "papers.pdf"
PROBLEM_LENGTH_MAX = 1_000
TOO_LONG = "it takes too long, or too much memory"
NOWHERE = "http://127.0.0.1:9"


class TypstPress:
    """Sets papers by a process for each job."""

    def __init__(self, seconds_max: float = SECONDS_MAX) -> None:
        self._seconds_max = seconds_max

    async def print(self, sheaf: Sheaf, place: Path) -> None:
        problem = await self._set(sheaf, place, self._seconds_max)
        if problem is not None:
            raise BrokenTemplate(problem=problem)

    async def proof(self, sheaf: Sheaf) -> str | None:
        return await self._set(sheaf, None, min(self._seconds_max, PROOF_SECONDS_MAX))

    async def _set(self, sheaf: Sheaf, place: Path | None, seconds: float) -> str | None:
        with tempfile.TemporaryDirectory(prefix="zhanggui-papers.") as name:
            folder = Path(name)
            await asyncio.to_thread(_lay_out, folder, sheaf)
            problem = await _compiled(folder, seconds)
            if problem is None and place is not None:
                await asyncio.to_thread(lambda: place.write_bytes((folder / PDF).read_bytes()))
            return problem


def main_source(templates: int) -> str:
    """Write the document that gives each paper to its template."""
    imports = [f'#import "template-{each}.typ": paper as paper-{each}' for each in range(templates)]
    known = "".join(f"paper-{each}, " for each in range(templates))
    return "\n".join(
        [*imports, f"#let papers = ({known})", f'#for each in json("{PAPERS}") {{ (papers.at(each.template))(each) }}']
    )


def _lay_out(folder: Path, sheaf: Sheaf) -> None:
    (folder / MAIN).write_text(main_source(len(sheaf.sources)), encoding="utf-8")
    (folder / HOUSE).write_bytes((FOLDER / HOUSE).read_bytes())
    for index, source in enumerate(sheaf.sources):
        (folder / f"template-{index}.typ").write_text(source, encoding="utf-8")
    (folder / PAPERS).write_text(json.dumps(list(sheaf.papers), ensure_ascii=False), encoding="utf-8")


async def _compiled(folder: Path, seconds: float) -> str | None:
    """Compile in a process that knows no secrets of ours; say what it finds wrong."""
    nowhere = dict.fromkeys(
        ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), NOWHERE
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "connectors.printing.typesetting",
        str(folder),
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": str(folder), "TYPST_PACKAGE_PATH": str(folder), **nowhere},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        return TOO_LONG
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == BROKEN:
        return _without_place(said.decode("utf-8", "replace"), folder)[:PROBLEM_LENGTH_MAX].strip()
    return None if process.returncode == 0 else TOO_LONG


def _without_place(said: str, folder: Path) -> str:
    """Leave out where the folder lies; the compiler names it from wherever the program stands."""
    return re.sub(rf"\S*{re.escape(folder.name)}/?", "", said)
