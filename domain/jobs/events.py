"""Facts of jobs (任务事实)."""

from domain.jobs.models import JobId
from domain.kernel import Event


class JobQueued(Event):
    """Somebody asked for work that takes a while: a report as a file."""

    job_id: JobId
