"""Jobs as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import jobs

strawberry.enum(jobs.JobState, description="How far a job has come.")
