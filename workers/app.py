"""The Celery application (任务队列): four kinds of task, and nothing of the business.

Tasks are delivered at least once; every one of them is idempotent and keyed by a row in PostgreSQL. Results are not
kept: what became of a task is written in its row.
"""

import logging
from typing import Any
from uuid import UUID

from celery import Celery
from celery.signals import setup_logging

from configuration.logs import configure_logs
from configuration.settings import settings
from domain.channels import ChannelId
from domain.jobs import JobId
from workers import inbound, jobs, schedule
from workers.outbox import Owed
from workers.reactions import react as carry_out
from workers.runner import QUEUE, runner

VISIBILITY_SECONDS = 300


def make_app(broker_url: str) -> Celery:
    """Build the application for a broker."""
    made = Celery("zhanggui", broker=broker_url)
    made.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_default_queue=QUEUE,
        task_create_missing_queues=True,
        worker_prefetch_multiplier=4,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_soft_shutdown_timeout=1.0,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        timezone="UTC",
        beat_schedule=schedule.beat_table(),
        beat_max_loop_interval=1,
    )
    if broker_url.startswith(("redis", "valkey")):
        made.conf.broker_transport_options = {
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_keepalive": True,
        }
    return made


app = make_app(settings().broker_url)


@setup_logging.connect
def _configure_logs(**_: Any) -> None:
    configure_logs(settings().log_level, settings().log_format)
    # A line for each task would fill the disk: what became of one stands in its row.
    logging.getLogger("celery").setLevel(logging.WARNING)


@app.task(name="react")
def react(event_id: str, reaction: str) -> None:
    """Carry out one reaction to one fact."""
    runner().run(lambda outside: carry_out(outside, Owed(UUID(event_id), reaction)))


@app.task(name="scheduled", expires=60)
def scheduled(name: str) -> None:
    """Do what the clock asks for; a second call while the first still runs does nothing."""
    runner().run(lambda outside: schedule.run(outside, name))


@app.task(name="pull", expires=120)
def pull(channel_id: str) -> None:
    """Read one shop from where it was last read."""
    runner().run(lambda outside: inbound.pull(outside, ChannelId(UUID(channel_id))), inbound.PULL_SECONDS_MAX)


@app.task(name=jobs.TASK)
def job(job_id: str) -> None:
    """Do one job that takes a while; a second task for it does nothing."""
    runner().run(lambda outside: jobs.work_off(outside, JobId(UUID(job_id))), jobs.JOB_SECONDS_MAX)
