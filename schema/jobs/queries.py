"""What can be asked about jobs (任务查询)."""

from typing import Any

import strawberry

from domain import jobs
from schema.base import Info, query
from schema.jobs.types import VIEW, Job
from schema.paging import Connection, page_request


@strawberry.type
class JobsQuery:
    """Root fields."""

    @query(Connection[Job], "Your own jobs, the newest first.", needs=VIEW)
    async def jobs(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await jobs.jobs(info.context.read, page_request(first, after, last, before))
