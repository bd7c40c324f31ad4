"""What can be done to jobs (任务变更)."""

from typing import Any

import strawberry

from domain import jobs
from schema.jobs.types import Job
from schema.mutating import Call, mutation


@strawberry.input(description="A job of your own that is no longer wanted.")
class CancelJobInput:
    """It ends at its next row."""

    id: strawberry.ID = strawberry.field(description="The job.")


@strawberry.type
class JobsMutation:
    """Mutations."""

    @mutation(Job)
    async def cancel_job(self, call: Call, input: CancelJobInput) -> Any:  # noqa: A002
        return await call.perform(jobs.cancel_job, call.key("Job", input.id))
