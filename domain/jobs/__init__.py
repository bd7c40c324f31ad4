"""Jobs (后台任务): work that takes too long for an answer, with progress, and a file to be fetched."""

from domain.jobs.asking import JobEnded as JobEnded
from domain.jobs.asking import NewJob as NewJob
from domain.jobs.asking import TooManyJobs as TooManyJobs
from domain.jobs.asking import ask_for as ask_for
from domain.jobs.asking import cancel_job as cancel_job
from domain.jobs.doing import MadeFile as MadeFile
from domain.jobs.doing import Progress as Progress
from domain.jobs.doing import expired_files as expired_files
from domain.jobs.doing import fail_job as fail_job
from domain.jobs.doing import finish_job as finish_job
from domain.jobs.doing import forget_files as forget_files
from domain.jobs.doing import jobs_to_do as jobs_to_do
from domain.jobs.doing import note_progress as note_progress
from domain.jobs.doing import take_job as take_job
from domain.jobs.events import JobQueued as JobQueued
from domain.jobs.models import Job as Job
from domain.jobs.models import JobId as JobId
from domain.jobs.models import JobState as JobState
from domain.jobs.queries import file_of_job as file_of_job
from domain.jobs.queries import jobs as jobs
from domain.jobs.queries import jobs_by_id as jobs_by_id
