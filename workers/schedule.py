"""Everything that runs by the clock (定时任务), in one table.

Beat only sends names. Each entry runs under an advisory lock of its name, so that a slow run or a second clock never
doubles it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import text

from domain import (
    alerts,
    channels,
    desk,
    drafts,
    erp,
    exchange,
    feedback,
    fulfilment,
    inventory,
    kernel,
    orders,
    pricing,
    reporting,
)
from domain.kernel import audit, housekeeping
from workers import erps, inbound, jobs, shown
from workers.runner import Outside

SUMMING_PARTS_MAX = 20
REVIEWING_PASSES_MAX = 10


@dataclass(frozen=True)
class Entry:
    """What runs how often."""

    every_seconds: float
    run: Callable[[Outside], Awaitable[None]]


def inside(step: Callable[[kernel.Work], Awaitable[object]]) -> Callable[[Outside], Awaitable[None]]:
    """Run a step of the business in a transaction of its own."""

    async def run(outside: Outside) -> None:
        async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
            await step(work)

    return run


async def pull_shops(outside: Outside) -> None:
    """Send a task for each open shop, so that a slow platform holds up nobody else."""
    # Imported here: the application imports this table to build its clock.
    from workers.app import pull  # noqa: PLC0415

    async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
        shops = await channels.accounts_to_read(work, inbound.ORDERS)
    for shop in shops:
        pull.delay(str(shop.id))


async def owe_pushes(work: kernel.Work) -> None:
    """Find what a shop is owed and no fact announced: after a pause, a lost task, a listing unblocked by hand."""
    facts = {
        channels.PushKind.STOCK: channels.StockPushOwed,
        channels.PushKind.GOODS: channels.GoodsPushOwed,
        channels.PushKind.PRICE: channels.PricePushOwed,
    }
    for kind, fact in facts.items():
        work.record(*(fact(channel_id=each) for each in await channels.channels_owed(work, kind)))


async def review_waiting(outside: Outside) -> None:
    """Judge what waits for review, pass by pass, until a pass approves nothing more or others want their turn."""
    for _ in range(REVIEWING_PASSES_MAX):
        async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
            approved = await orders.review_waiting(work)
        if not approved:
            return


async def sum_ledger(outside: Outside) -> None:
    """Add the stock ledger up, part by part, until nothing that is complete is left or others want their turn."""
    for _ in range(SUMMING_PARTS_MAX):
        async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
            more = await inventory.sum_ledger(work)
        if not more:
            return


async def split_hot_stock(outside: Outside) -> None:
    """Split what is hot and join what no longer is, each in a transaction of its own: nobody waits for all of them."""
    async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
        turns = await inventory.hot_stock_turns(work)
    for turn in turns:
        async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
            await inventory.take_turn(work, turn)


async def _seal(work: kernel.Work) -> None:
    await audit.seal(work.session)


SCHEDULE: dict[str, Entry] = {
    "pull_shops": Entry(5, pull_shops),
    "review_waiting": Entry(5, review_waiting),
    "merge_waiting_orders": Entry(60, inside(orders.merge_waiting_orders)),
    "end_overdue_deposits": Entry(60, inside(orders.end_overdue_deposits)),
    "remind": Entry(5, inside(desk.remind)),
    "assign_by_load": Entry(5, inside(desk.assign_by_load)),
    "sum_up_days": Entry(60, inside(desk.sum_up_days)),
    "escalate": Entry(30, inside(desk.escalate)),
    "release_due": Entry(10, inside(fulfilment.release_due)),
    "watch_feedback": Entry(60, inside(feedback.watch_feedback)),
    "wake_alerts": Entry(30, inside(alerts.wake_alerts)),
    "seal_audit": Entry(5, inside(_seal)),
    "owe_pushes": Entry(30, inside(owe_pushes)),
    "reprice_due": Entry(30, inside(pricing.reprice_due)),
    "sum_ledger": Entry(60, sum_ledger),
    "split_hot_stock": Entry(20, split_hot_stock),
    "end_sales": Entry(30, inside(inventory.end_sales)),
    "follow_sale_ends": Entry(600, inside(inventory.follow_sale_ends)),
    "scan_stock": Entry(600, inside(inventory.scan_stock)),
    "expire_order_drafts": Entry(60, inside(drafts.expire_order_drafts)),
    "analyse_reserves": Entry(600, inside(reporting.analyse_daily)),
    "retry_waiting_reports": Entry(300, inside(exchange.retry_waiting_reports)),
    "announce_waiting": Entry(300, inside(exchange.announce_waiting)),
    "compare_shown": Entry(1800, shown.compare_shown),
    "compare_daily": Entry(600, inside(exchange.compare_daily)),
    "exchange_erps": Entry(30, erps.exchange_due),
    "retry_waiting_changes": Entry(300, inside(erp.retry_waiting_changes)),
    "write_sales_feeds": Entry(600, inside(erp.write_sales_feeds)),
    "owe_sales_feeds": Entry(300, inside(erp.owe_sales_feeds)),
    "resume_jobs": Entry(5, jobs.resume_jobs),
    "forget_files": Entry(600, jobs.forget_files),
    "forget_nonces": Entry(3600, inside(channels.forget_nonces)),
    "forget_old": Entry(3600, inside(housekeeping.forget_old)),
}


def beat_table() -> dict[str, dict[str, object]]:
    """Write the table as Celery's clock reads it; an entry that waited too long in the queue is dropped."""
    return {
        name: {
            "task": "scheduled",
            "schedule": entry.every_seconds,
            "args": (name,),
            "options": {"expires": max(entry.every_seconds, 10)},
        }
        for name, entry in SCHEDULE.items()
    }


async def run(outside: Outside, name: str) -> None:
    """Run one entry unless it is still running."""
    async with outside.engine.connect() as guard:
        key = {"key": f"schedule {name}"}
        taken = await guard.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), key)
        await guard.commit()
        if not taken:
            return
        try:
            await SCHEDULE[name].run(outside)
        finally:
            await guard.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key)
            await guard.commit()
