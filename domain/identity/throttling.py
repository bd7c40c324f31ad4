"""Throttled sign-in (登录限流): failures are counted per account name and per address; each more costs time.

A name that does not exist is counted like one that does, so that the answer tells nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.identity.credentials import secret_hash
from domain.identity.events import SignInBlocked
from domain.identity.models import SignInAttempt
from domain.kernel import Refusal, Work

ACCOUNT_FAILURES_FREE_MAX = 5
ADDRESS_FAILURES_FREE_MAX = 100
FIRST_BLOCK = timedelta(seconds=30)
BLOCK_MAX = timedelta(minutes=15)
WINDOW = timedelta(hours=1)
DOUBLINGS_MAX = 10


class TooManyAttempts(Refusal):
    """Too many attempts; try again in {seconds} seconds."""

    seconds: int
    retryable = True
    chinese = "尝试次数过多，请在 {seconds} 秒后重试"


def account_name(email: str) -> str:
    """Name an account in the counts: hashed, because people type passwords into the wrong field."""
    return f"account:{secret_hash(email)}"


def address_name(address: str) -> str:
    return f"address:{address[:100]}"


def block_after(failures: int, free: int) -> timedelta | None:
    """Say how long a name rests after so many failures: 30 s, doubled each time, at most 15 minutes."""
    if failures < free:
        return None
    doublings: int = min(failures - free, DOUBLINGS_MAX)
    return min(FIRST_BLOCK * (1 << doublings), BLOCK_MAX)


async def refuse_blocked(work: Work, names: list[str]) -> None:
    """Refuse at once while a name is blocked; the password is not even looked at."""
    blocked = select(SignInAttempt.blocked_until).where(
        SignInAttempt.name.in_(names), SignInAttempt.blocked_until > work.now
    )
    until: list[datetime] = [row.blocked_until for row in await work.rows(blocked)]
    if until:
        raise TooManyAttempts(seconds=int((max(until) - work.now).total_seconds()) + 1)


async def count_failure(work: Work, email: str, address: str) -> None:
    """Count one failure for the account name and the address, and block what had too many."""
    limits = {account_name(email): ACCOUNT_FAILURES_FREE_MAX, address_name(address): ADDRESS_FAILURES_FREE_MAX}
    for name, free in sorted(limits.items()):
        failures = await _add_one(work, name)
        if block := block_after(failures, free):
            attempt = await work.session.get_one(SignInAttempt, name)
            attempt.blocked_until = work.now + block
            work.record(SignInBlocked(counted_name=name, failures=failures))


async def _add_one(work: Work, name: str) -> int:
    stale = SignInAttempt.window_started_at < work.now - WINDOW
    added = insert(SignInAttempt).values(name=name, failures=1, window_started_at=work.now)
    counted = added.on_conflict_do_update(
        index_elements=[SignInAttempt.name],
        set_={
            "failures": case((stale, 1), else_=SignInAttempt.failures + 1),
            "window_started_at": case((stale, work.now), else_=SignInAttempt.window_started_at),
        },
    ).returning(SignInAttempt.failures)
    return int((await work.rows(counted))[0].failures)


async def forget_failures(work: Work, email: str) -> None:
    """Start anew after a right password; the address keeps its count, or one own account would unlock all others."""
    await work.execute(delete(SignInAttempt).where(SignInAttempt.name == account_name(email)))
