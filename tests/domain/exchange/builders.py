"""Short words for partners' warehouses in tests."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from domain import exchange, inventory
from domain.exchange import ExchangePaper, ExchangePaperLine, NewPartnerWarehouse, PartnerWarehouse, Person
from domain.inventory import Line, MovementKind, StockDocument, WarehouseId
from domain.kernel import Event, Quantity, UnitPrice, Work

SENDER = Person(name="掌柜", phone="057188888888", province="浙江省", city="杭州市", detail="仓前街1号")


async def a_partner(
    work: Work, warehouse_id: WarehouseId | UUID, defective_id: UUID | None = None, **changes: Any
) -> PartnerWarehouse:
    """Let a partner run a warehouse."""
    given = {
        "code": f"p-{uuid4().hex[:8]}",
        "name": "华东外仓",
        "warehouse_id": warehouse_id,
        "defective_warehouse_id": defective_id,
        "base_url": "http://127.0.0.1:1/qimen",
        "customer_id": "c1",
        "owner_code": "ZHANGGUI",
        "their_code": "WMS-EAST",
        "sender": SENDER,
        "sealed_credentials": "sealed",
    }
    return await exchange.connect_partner_warehouse(work, NewPartnerWarehouse(**(given | changes)))


async def a_plan(work: Work, kind: MovementKind, warehouse_id: UUID, *lines: Line) -> StockDocument:
    """Write a stock document and approve it."""
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=WarehouseId(warehouse_id), reason="外仓", lines=lines)
    document = await inventory.draft_stock_document(work, draft)
    return await inventory.approve_stock_document(work, document.id)


def coming(variant_id: UUID, quantity: int, cost: str = "2") -> Line:
    return Line(variant_id=variant_id, quantity=Quantity(quantity), unit_cost=UnitPrice(cost))


async def papers_of(work: Work, source_id: UUID) -> list[ExchangePaper]:
    found = select(ExchangePaper).where(ExchangePaper.source_id == source_id).order_by(ExchangePaper.id)
    return list(await work.session.scalars(found.execution_options(populate_existing=True)))


async def lines_of(work: Work, paper: ExchangePaper) -> list[ExchangePaperLine]:
    line = ExchangePaperLine
    found = select(line).where(line.paper_id == paper.id).order_by(line.position)
    return list(await work.session.scalars(found.execution_options(populate_existing=True)))


def said(work: Work, kind: type[Event]) -> list[Event]:
    return [each for each in work.facts if isinstance(each, kind)]
