"""Walking a list that changes under our feet (倒序翻页): from the last page back to the first, then counted.

An entry that changes leaves the window or moves to the front; either way the others move only towards pages not yet
read. Should the platform still count more entries than were seen, the list is walked again; a window
that never adds up is a fault, for an order silently skipped would be lost.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from connectors.faults import OurFault, UnreadableAnswer

passes_max = 5

Entries = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page by key, and how many entries the platform counts in all; None where it was not asked to count."""

    entries: Entries
    total: int | None


ReadPage = Callable[[int, bool], Awaitable[Page]]
"""Reads a page by its number, with or without the total."""


async def walk_backwards(read: ReadPage, *, page_size: int, pages_max: int) -> list[dict[str, Any]]:
    """Every entry once, however the list changes meanwhile."""
    seen: Entries = {}
    total = 0
    for _ in range(passes_max):
        total = await _walk_once(read, seen, page_size, pages_max)
        if len(seen) >= total:
            return list(seen.values())
    raise UnreadableAnswer(f"a list counts {total} entries and shows {len(seen)}, {passes_max} times")


async def _walk_once(read: ReadPage, seen: Entries, page_size: int, pages_max: int) -> int:
    """Add what one walk sees; answers how many entries there were at its end."""
    first = await read(1, True)
    pages = -(-(first.total or 0) // page_size)
    if pages > pages_max:
        raise OurFault(f"{pages} pages in one window; at most {pages_max} are told")
    for number in range(pages, 1, -1):
        seen.update((await read(number, False)).entries)
    if pages > 1:
        first = await read(1, True)
    seen.update(first.entries)
    return first.total or 0
