"""A shop and its parcels, as the books see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import channels, finance, fulfilment
from domain.kernel import Money, Work, identifier

NOW = datetime(2026, 11, 11, 1, 0, tzinfo=UTC)


def a_channel(code: str = "TB1", platform: channels.Platform = channels.Platform.TAOBAO) -> channels.Channel:
    return channels.Channel(code=code, name=code, platform=platform, created_at=NOW)


def a_parcel(channel_id: UUID, **differently: Any) -> fulfilment.Shipment:
    facts: dict[str, Any] = {
        "order_id": identifier(),
        "channel_id": channel_id,
        "customer_id": None,
        "warehouse_id": identifier(),
        "carrier_code": "OTHER",
        "waybill": identifier().hex,
        "partial": False,
        "currency": "CNY",
        "goods_amount": Money("100.00"),
        "freight_amount": Money("8.00"),
        "cost_amount": Money("60.00"),
        "shipped_by": "tests",
        "shipped_at": NOW,
    }
    return fulfilment.Shipment(**(facts | differently))


async def book(work: Work, parcel: fulfilment.Shipment) -> None:
    """Ship a parcel and let the books react, in the same transaction."""
    work.session.add(parcel)
    await work.session.flush()
    fact = fulfilment.OrderShipped(shipment_id=parcel.id, order_id=parcel.order_id, channel_id=parcel.channel_id)
    await finance.open_receivable(work, fact)
    await work.close()


async def receivable_of(work: Work, parcel: fulfilment.Shipment) -> Any:
    found = await work.rows(
        text("SELECT id, number, amount, settled_amount, due_on, voided_at FROM open_items WHERE source_id = :id"),
        {"id": parcel.id},
    )
    return found[0] if found else None


async def broken(work: Work) -> dict[str, list[Any]]:
    """Run the invariants of the books; I9 is left out where no stock was moved."""
    rules = {name: rule for name, rule in finance.INVARIANTS.items() if not name.startswith("I9")}
    found = {name: await work.rows(text(rule)) for name, rule in rules.items()}
    return {name: rows for name, rows in found.items() if rows}


async def lines_of(work: Work, source_id: UUID) -> set[tuple[str, str, str, str]]:
    rows = await work.rows(
        text(
            "SELECT entry.purpose, line.account_code, line.debit, line.credit FROM journal_lines AS line"
            " JOIN journal_entries AS entry ON entry.id = line.entry_id WHERE entry.source_id = :id"
        ),
        {"id": source_id},
    )
    return {(row.purpose, row.account_code, str(row.debit), str(row.credit)) for row in rows}


def days(count: int) -> timedelta:
    return timedelta(days=count)


@contextmanager
def statements_of(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collect every statement an engine sends."""
    sent: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", keep)
