"""A list walked backwards loses nothing, however its entries move while it is read."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.faults import OurFault, UnreadableAnswer
from connectors.marketplaces.paging import Page, walk_backwards

PAGE_SIZE = 3


class NewestFirst:
    """A platform's list; after each page one entry may move to the front or leave the window."""

    def __init__(self, size: int, seed: int, leaving: bool) -> None:
        self.entries = [str(number) for number in range(size)]
        self.random = random.Random(seed)
        self.leaving = leaving
        self.left: set[str] = set()

    async def read(self, number: int, counted: bool) -> Page:
        start = (number - 1) * PAGE_SIZE
        entries: dict[str, dict[str, Any]] = {key: {"key": key} for key in self.entries[start : start + PAGE_SIZE]}
        page = Page(entries, len(self.entries) if counted else None)
        if self.entries and self.random.random() < 0.7:
            changed = self.entries.pop(self.random.randrange(len(self.entries)))
            if self.leaving:
                self.left.add(changed)
            else:
                self.entries.insert(0, changed)
        return page


@given(st.integers(min_value=0, max_value=30), st.integers())
async def test_entries_that_leave_the_window_take_no_other_with_them(size: int, seed: int) -> None:
    listing = NewestFirst(size, seed, leaving=True)
    seen = await walk_backwards(listing.read, page_size=PAGE_SIZE, pages_max=100)
    keys = [entry["key"] for entry in seen]
    assert len(set(keys)) == len(keys)
    assert set(keys) | listing.left >= {str(number) for number in range(size)}


@given(st.integers(min_value=0, max_value=30), st.integers())
async def test_entries_that_move_to_the_front_are_read_there(size: int, seed: int) -> None:
    """An entry changes after nearly every page: either all are seen at last, or the window is read again later."""
    listing = NewestFirst(size, seed, leaving=False)
    try:
        seen = await walk_backwards(listing.read, page_size=PAGE_SIZE, pages_max=100)
    except UnreadableAnswer:
        return
    assert len(seen) == size


async def test_moving_entries_rarely_need_a_later_reading() -> None:
    given_up = 0
    for seed in range(200):
        try:
            await walk_backwards(NewestFirst(20, seed, leaving=False).read, page_size=PAGE_SIZE, pages_max=100)
        except UnreadableAnswer:
            given_up += 1
    assert given_up <= 2


async def test_a_platform_that_counts_what_it_never_shows() -> None:
    async def read(number: int, counted: bool) -> Page:
        return Page({"a": {}} if number == 1 else {}, 2 if counted else None)

    with pytest.raises(UnreadableAnswer, match="counts 2 entries and shows 1"):
        await walk_backwards(read, page_size=PAGE_SIZE, pages_max=100)


async def test_a_list_of_one_page_is_asked_for_once() -> None:
    asked: list[tuple[int, bool]] = []

    async def read(number: int, counted: bool) -> Page:
        asked.append((number, counted))
        return Page({"a": {"key": "a"}}, 1)

    assert await walk_backwards(read, page_size=PAGE_SIZE, pages_max=100) == [{"key": "a"}]
    assert asked == [(1, True)]


async def test_the_last_page_comes_first_and_the_first_twice() -> None:
    asked: list[tuple[int, bool]] = []

    async def read(number: int, counted: bool) -> Page:
        asked.append((number, counted))
        keys = [str(place) for place in range(8)][(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        return Page({key: {} for key in keys}, 8 if counted else None)

    assert len(await walk_backwards(read, page_size=PAGE_SIZE, pages_max=100)) == 8
    assert asked == [(1, True), (3, False), (2, False), (1, True)]


async def test_a_window_with_too_many_pages_is_refused() -> None:
    async def read(number: int, counted: bool) -> Page:
        return Page({str(number): {}}, 10_000 if counted else None)

    with pytest.raises(OurFault, match="3334 pages"):
        await walk_backwards(read, page_size=PAGE_SIZE, pages_max=300)
