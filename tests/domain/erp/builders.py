"""Short words for the in-house ERP in tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from domain import erp, inventory
from domain.erp import ChangedGoods, ErpChangeKind, IncomingChange, NewPartnerErp, PartnerErp, SalesFeed
from domain.kernel import Quantity, UnitPrice, Work

LONG_AGO = date(2020, 1, 1)


async def an_erp(work: Work, **changes: Any) -> PartnerErp:
    """Connect an ERP that is told of all sales."""
    given = {
        "code": f"erp-{uuid4().hex[:8]}",
        "name": "集团ERP",
        "base_url": "http://127.0.0.1:1/erp",
        "told_cost": False,
        "sales_from": LONG_AGO,
        "sealed_credentials": "sealed",
    }
    return await erp.connect_partner_erp(work, NewPartnerErp(**(given | changes)))


async def codes_of(work: Work, variant_id: UUID, warehouse_id: UUID) -> tuple[str, str]:
    """Say what a variant and a warehouse are called."""
    both = text(
        "SELECT variants.sku, warehouses.code FROM variants, warehouses WHERE variants.id = :v AND warehouses.id = :w"
    )
    row = (await work.rows(both, {"v": variant_id, "w": warehouse_id}))[0]
    return row.sku, row.code


def a_change(kind: ErpChangeKind, warehouse: str, sku: str, quantity: str, cost: str | None = "2") -> IncomingChange:
    return IncomingChange(
        change_id=uuid4().hex,
        kind=kind,
        warehouse=warehouse,
        reason="调整",
        occurred_at=datetime(2026, 11, 26, tzinfo=UTC),
        lines=(
            ChangedGoods(sku=sku, quantity=Quantity(quantity), unit_cost=None if cost is None else UnitPrice(cost)),
        ),
    )


async def kept(work: Work, partner: PartnerErp, *told: erp.RawChange) -> list[erp.ErpChange]:
    """Take changes, and give all that are kept, by number."""
    await erp.take_changes(work, partner.id, told)
    change = erp.ErpChange
    found = select(change).where(change.partner_id == partner.id).order_by(change.change_id, change.first.desc())
    return list(await work.session.scalars(found.execution_options(populate_existing=True)))


async def feeds_of(work: Work, partner: PartnerErp) -> Sequence[SalesFeed]:
    found = select(SalesFeed).where(SalesFeed.partner_id == partner.id).order_by(SalesFeed.day, SalesFeed.sequence)
    return list(await work.session.scalars(found.execution_options(populate_existing=True)))


async def sum_all(work: Work) -> None:
    """Add the ledger up to its end, as the clock does once all writers have ended."""
    await work.execute(
        text("UPDATE stock_summing SET summed_to = coalesce((SELECT max(position) FROM stock_ledger), 0)")
    )


async def next_day(work: Work) -> None:
    """Let the day end."""
    work.now += timedelta(days=1)


async def broken(work: Work) -> dict[str, list[Any]]:
    """Run the invariants of the ERP and of stock."""
    await work.close()
    found = {name: await work.rows(text(rule)) for name, rule in (erp.INVARIANTS | inventory.INVARIANTS).items()}
    return {name: rows for name, rows in found.items() if rows}
