"""What can be asked about papers (打印查询)."""

from typing import Any

import strawberry

from domain import papers, printing
from schema.base import Info, query
from schema.filters import PeriodFilter
from schema.paging import Connection, page_request
from schema.papers.types import VIEW, Print, PrintKind, PrintTemplate


@strawberry.input(description="Which prints.")
class PrintFilter:
    """Combined by AND."""

    kinds: list[PrintKind] | None = strawberry.field(default=None, description="Of these papers.")
    number: str | None = strawberry.field(default=None, description="Of what has this number.")
    person: str | None = strawberry.field(default=None, description="Printed by this person.")
    printed_at: PeriodFilter | None = strawberry.field(default=None, description="When they were printed.")


@strawberry.type
class PapersQuery:
    """Root fields."""

    @query(Connection[Print], "What was printed, the last first.", needs=VIEW)
    async def prints(
        self,
        info: Info,
        where: PrintFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or PrintFilter()
        period = given.printed_at or PeriodFilter()
        wanted = printing.PrintFilter(
            kinds=given.kinds,
            number=given.number,
            person=given.person,
            printed_from=period.from_,
            printed_to=period.to,
        )
        return await printing.prints(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[PrintTemplate], "The own templates of papers, the oldest first.", needs=VIEW)
    async def print_templates(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await papers.print_templates(info.context.read, page_request(first, after, last, before))

    @query(str, "The house's template of a paper, in Typst: a good beginning for an own one.", needs=VIEW)
    async def house_print_template(self, info: Info, kind: PrintKind) -> str:  # noqa: ARG002 — `info` carries the permission.
        return papers.shipped_source(kind)
