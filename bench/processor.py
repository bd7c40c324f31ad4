"""Processor time (处理器时间): what a process and a whole PostgreSQL server have worked, as the system tells it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PARENT, USER, SYSTEM, ENDED_USER, ENDED_SYSTEM = 1, 11, 12, 13, 14
"""Places in what follows the name in /proc/PID/stat."""


def seconds_of(process_id: int) -> float:
    """Say how long a process has worked; nothing where the system does not tell."""
    fields = _fields(Path(f"/proc/{process_id}"))
    return (int(fields[USER]) + int(fields[SYSTEM])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def seconds_of_family(process_id: int) -> float:
    """Say how long a process and its children have worked, those that have ended among them."""
    own = _fields(Path(f"/proc/{process_id}"))
    ended = int(own[ENDED_USER]) + int(own[ENDED_SYSTEM]) if own else 0
    return seconds_of(process_id) + ended / os.sysconf("SC_CLK_TCK") + sum(map(seconds_of, _children(process_id)))


@dataclass(frozen=True)
class Spent:
    """What an API process and the database have worked so far."""

    api: float
    database: float

    @classmethod
    def until_now(cls, api: int, database: int) -> "Spent":
        return cls(seconds_of(api), seconds_of_family(database))

    def since(self, before: "Spent") -> "Spent":
        return Spent(self.api - before.api, self.database - before.database)

    def of_each(self, many: int) -> dict[str, float]:
        """Say it in milliseconds of each of many requests."""
        return {"api_cpu_ms": self.api / many * 1000, "database_cpu_ms": self.database / many * 1000}


def _children(process_id: int) -> Iterator[int]:
    for each in Path("/proc").glob("[0-9]*"):
        fields = _fields(each)
        if fields and int(fields[PARENT]) == process_id:
            yield int(each.name)


def _fields(place: Path) -> list[str]:
    try:
        return (place / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []
