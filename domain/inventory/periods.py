"""Closing stock periods (库存结账): nothing is posted into a closed month, so what was reported of it stays true.

A month is closed with all before it, when it is over. Only the last closed one can be reopened.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text

from domain.inventory.lots import CHINA, today
from domain.inventory.models import StockPeriod
from domain.kernel import BadInput, Refusal, Work, action, short_text

REASON_LENGTH_MAX = 500
LONGEST_MONTH = timedelta(days=31)

# Who posts into the past holds the periods open until it is done; who closes one waits for it.
KEEP_OPEN = text("SELECT pg_advisory_xact_lock_shared(hashtext('stock periods'))")
KEEP_OUT = text("SELECT pg_advisory_xact_lock(hashtext('stock periods'))")


class PeriodClosed(Refusal):
    """Stock is closed until {until}; reopen the month, or post at a later moment."""

    until: str
    chinese = "库存已结账至 {until}，请先反结账，或改用之后的日期"


class PeriodNotClosed(Refusal):
    """{month} is not the month that was closed last; {last} is."""

    month: str
    last: str
    chinese = "{month} 不是最近结账的月份，最近结账的是 {last}"


@action
async def close_stock_period(work: Work, month: date, reason: str) -> StockPeriod:
    """Close a month that is over, with all before it: nothing is posted into it any more."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    problem = None
    if month.day != 1:
        problem = "is named by its first day"
    elif month_after(month) > today(work.now):
        problem = "is not over yet"
    if problem is not None:
        raise BadInput(field="month", problem=problem).at("input", "month")
    await work.execute(KEEP_OUT)
    last = await last_closed(work)
    if last is not None and month <= last:
        raise PeriodClosed(until=f"{last:%Y-%m}").at("input", "month")
    period = await work.session.scalar(select(StockPeriod).where(StockPeriod.month == month).with_for_update())
    if period is None:
        period = StockPeriod(month=month, reason=stated, closed_by=work.actor.name, closed_at=work.now)
        work.session.add(period)
    period.reason, period.closed_by, period.closed_at = stated, work.actor.name, work.now
    period.reopened_by, period.reopened_at = None, None
    await work.session.flush()
    return period


@action
async def reopen_stock_period(work: Work, month: date, reason: str) -> StockPeriod:
    """Reopen the month that was closed last, for a stated reason."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    await work.execute(KEEP_OUT)
    last = await last_closed(work)
    if last is None or month != last:
        said = "none" if last is None else f"{last:%Y-%m}"
        raise PeriodNotClosed(month=f"{month:%Y-%m}", last=said).at("input", "month")
    period = await work.session.scalar(select(StockPeriod).where(StockPeriod.month == month).with_for_update())
    if period is None:
        raise RuntimeError("the last closed month is gone")
    period.reason, period.reopened_by, period.reopened_at = stated, work.actor.name, work.now
    await work.session.flush()
    return period


async def last_closed(work: Work) -> date | None:
    """Say which month was closed last; all before it are closed too."""
    closed = select(func.max(StockPeriod.month)).where(StockPeriod.reopened_at.is_(None))
    return await work.session.scalar(closed)


async def check_open(work: Work, moment: datetime) -> None:
    """Refuse a moment in a closed month, and keep its month open until this transaction ends."""
    await work.execute(KEEP_OPEN)
    last = await last_closed(work)
    if last is not None and moment.astimezone(CHINA).date() < month_after(last):
        raise PeriodClosed(until=f"{last:%Y-%m}").at("input", "effectiveAt")


def month_after(month: date) -> date:
    return (month.replace(day=1) + LONGEST_MONTH + timedelta(days=1)).replace(day=1)
