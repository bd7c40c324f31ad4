"""Jobs (后台任务) as clients see them: their own, how far each is, and the link to its file."""

from datetime import datetime
from typing import Any

import strawberry

from domain import jobs
from schema.base import Info, Node, entity

JobState = jobs.JobState
VIEW = "jobs.view"


@entity(reader=jobs.jobs_by_id, needs=VIEW, description="Work that takes too long for an answer; you see your own.")
class Job(Node):
    """It is done with the rights its owner has when it runs."""

    title: str = strawberry.field(description="What it makes.")
    state: JobState = strawberry.field(description="How far it has come.")
    rows_done: int = strawberry.field(description="How many rows are done.")
    rows_total: int | None = strawberry.field(description="Of how many, if that is known before the end.")
    created_at: datetime = strawberry.field(description="When it was asked for, in UTC.")
    finished_at: datetime | None = strawberry.field(description="When it ended, in UTC.")
    file_name: str | None = strawberry.field(description="What its file is called.")
    file_bytes: int | None = strawberry.field(description="How large its file is.")
    expires_at: datetime | None = strawberry.field(description="Until when its file is kept, in UTC.")
    problem: str | None = strawberry.field(description="Why it failed.")

    @strawberry.field(
        description="The path under which its file can be fetched for the next 15 minutes; null while there is none. "
        "Whoever has the link has the file, as long as its owner may see it."
    )
    def file_path(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        if root.state is not JobState.DONE:
            return None
        link: str = info.context.services["link"](root.id)
        return link
