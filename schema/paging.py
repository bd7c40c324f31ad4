"""Relay connections over keyset pages: `nodes`, `edges`, `pageInfo`, and a count only when asked for."""

from enum import Enum
from typing import Any, Generic, TypeVar

import strawberry

from domain.kernel import Page, PageRequest
from domain.kernel.paging import COUNT_MAX

T = TypeVar("T")


@strawberry.enum(description="Which end of an order comes first.")
class OrderDirection(Enum):
    """Every `orderBy` has one."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Both cursors are null on an empty page."""

    has_next_page: bool = strawberry.field(description="Whether `after: endCursor` finds more.")
    has_previous_page: bool = strawberry.field(description="Whether `before: startCursor` finds more.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row.")


@strawberry.type(description="A row of a page with its cursor.")
class Edge(Generic[T]):
    """One row."""

    node: T = strawberry.field(description="The row.")
    cursor: str = strawberry.field(description="Give it as `after` or `before`.")


@strawberry.type(description="One page of a list, in the stated total order.")
class Connection(Generic[T]):
    """The parent is a keyset page of rows."""

    @strawberry.field(description="The rows.")
    def nodes(root: strawberry.Parent[Any]) -> list[T]:  # noqa: N805
        rows: list[T] = list(root.rows)
        return rows

    @strawberry.field(description="The rows with their cursors.")
    def edges(root: strawberry.Parent[Any]) -> list[Edge[T]]:  # noqa: N805
        return [Edge(node=row, cursor=cursor) for row, cursor in zip(root.rows, root.cursors, strict=True)]

    @strawberry.field(description="Where the page lies.")
    def page_info(root: strawberry.Parent[Any]) -> PageInfo:  # noqa: N805
        start, end = root.ends
        return PageInfo(
            has_next_page=root.has_next, has_previous_page=root.has_previous, start_cursor=start, end_cursor=end
        )

    @strawberry.field(description="How many rows the whole list has, counted to 10,000 at most.")
    async def total_count(root: strawberry.Parent[Any]) -> int:  # noqa: N805
        return min(await counted(root), COUNT_MAX)

    @strawberry.field(description="Whether totalCount is the whole truth.")
    async def total_count_is_exact(root: strawberry.Parent[Any]) -> bool:  # noqa: N805
        return await counted(root) <= COUNT_MAX


async def counted(page: Page) -> int:
    """Count a page's list, once for both fields that tell about it."""
    memory: dict[str, int] = page.__dict__
    if "counted" not in memory:
        memory["counted"] = await page.count()
    return memory["counted"]


def page_request(first: int | None, after: str | None, last: int | None, before: str | None) -> PageRequest:
    return PageRequest(first=first, after=after, last=last, before=before)
