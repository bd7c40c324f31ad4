"""The connection breaks at a statement of posting a document, each one tried: then all of it is there, or nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain import catalogue, inventory, stocktaking, transfers
from domain.inventory.document_lines import Line
from domain.inventory.models import BinId, MovementKind, StockDocument, WarehouseId
from domain.kernel import Quantity, Sessions, UnitPrice, Work, begin, identifier, system
from domain.kernel import Table as Entity
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, a_zone, bin_named, broken, stock

CLERK = system("clerk")
STATEMENTS_MAX = 60
WRITTEN = ("stock", "cost", "transit", "lots", "bins", "claims", "events", "audit", "alerts")
KEPT = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, count(*) AS rows, sum(hashtextextended(row::text, 0)) AS content "  # noqa: S608
        f"FROM {table.name} AS row"
        for table in Entity.metadata.sorted_tables
        if table.name.startswith(WRITTEN)
    )
)


class Crash:
    """Breaks the connection, as a process that dies does, when so many statements were sent through an engine."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.happened = False

    def before_statement(self, connection: Any, *_: Any) -> None:
        if self.left is None:
            return
        if self.left == 0:
            self.happened, self.left = True, None
            connection.connection.driver_connection.terminate()
            return
        self.left -= 1

    @contextmanager
    def after(self, statements: int) -> Iterator[None]:
        self.left, self.happened = statements, False
        try:
            yield
        finally:
            self.left = None


@pytest.fixture
def crash(own_engine: AsyncEngine) -> Crash:
    made = Crash()
    event.listen(own_engine.sync_engine, "before_cursor_execute", made.before_statement)
    event.listen(own_engine.sync_engine, "commit", made.before_statement)
    return made


@pytest.fixture
async def watcher(own_engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Look from a connection that no crash breaks, with a statement that is planned once."""
    async with own_engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection


Finish = Callable[[Work], Awaitable[Any]]
"""Posts what was prepared: all of it in one transaction, which may break at any statement."""


class Place:
    """Two variants in one warehouse, some of them on a shelf and of a lot, and a second warehouse."""

    def __init__(self, variants: list[Any], near: WarehouseId, far: WarehouseId, shelf: BinId) -> None:
        self.variants, self.near, self.far, self.shelf = variants, near, far, shelf

    def lines(self, **given: Any) -> list[Line]:
        return [Line(variant_id=each, quantity=Quantity(2), **given) for each in self.variants]


@pytest.fixture
async def place(sessions: Sessions) -> Place:
    async with begin(sessions, CLERK) as work:
        near, far = await a_warehouse(work), await a_warehouse(work)
        await a_zone(work, near, 1, inventory.NewBin(code="A1", walking_order=1, capacity=Quantity(1000)))
        place = Place([await a_variant(work) for _ in range(2)], near, far, await bin_named(work, near, "A1"))
        for bin_id, lot, reason in ((None, None, "first"), (place.shelf, "L1", "second"), (None, "L9", "to be voided")):
            lines = [
                inventory.ReceivedLine(
                    variant_id=each, quantity=Quantity(9), unit_cost=UnitPrice("1.11"), lot_code=lot, bin_id=bin_id
                )
                for each in place.variants
            ]
            receipt = inventory.Receipt(warehouse_id=near, reason=reason, lines=lines)
            await inventory.receive_stock(work, receipt)
    return place


async def receive(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.RECEIPT, place.lines(unit_cost=UnitPrice("2.5"), lot_code="L2"))


async def take_out(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.ADJUSTMENT_OUT, place.lines())


async def put_in(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.ADJUSTMENT_IN, place.lines())


async def scrap(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.SCRAP, place.lines(bin_id=place.shelf))


async def transfer(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.TRANSFER_OUT, place.lines(), place.far)


async def move_to_bin(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.BIN_MOVE, place.lines(to_bin_id=place.shelf))


async def change_lot(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.LOT_CHANGE, place.lines(lot_code="L3"))


async def put_together(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.ASSEMBLY, place.lines())


async def take_apart(work: Work, place: Place) -> Finish:
    return await _approved(work, place, MovementKind.DISASSEMBLY, place.lines())


async def _approved(
    work: Work, place: Place, kind: MovementKind, lines: list[Line], to_warehouse: WarehouseId | None = None
) -> Finish:
    draft = inventory.DraftedDocument(
        kind=kind, warehouse_id=place.near, to_warehouse_id=to_warehouse, reason="crash", lines=lines
    )
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    return lambda later: inventory.post_stock_document(later, document.id)


async def void(work: Work, _place: Place) -> Finish:
    document = await work.session.scalar(select(StockDocument).where(StockDocument.reason == "to be voided"))
    assert document is not None
    return lambda later: inventory.void_stock_document(later, document.id, "wrong")


async def take_stock(work: Work, place: Place) -> Finish:
    scope = stocktaking.StocktakeScope.ALL
    new = stocktaking.NewStocktake(warehouse_id=place.near, scope=scope, reason="year end", tolerance_percent=100)
    started = await stocktaking.start_stocktake(work, new)
    await stocktaking.close_count(work, started.id, stocktaking.Uncounted.ZERO)
    await stocktaking.approve_stocktake(work, started.id)
    return lambda later: stocktaking.post_stocktake(later, started.id)


async def _asked(work: Work, place: Place) -> transfers.StockTransfer:
    lines = [transfers.WantedGoods(variant_id=each, quantity=Quantity(2)) for each in place.variants]
    new = transfers.NewTransfer(from_warehouse_id=place.near, to_warehouse_id=place.far, reason="few", lines=lines)
    asked = await transfers.request_transfer(work, new)
    return await transfers.approve_transfer(work, asked.id)


async def send(work: Work, place: Place) -> Finish:
    asked = await _asked(work, place)
    return lambda later: transfers.ship_transfer(later, asked.id)


async def take_in(work: Work, place: Place) -> Finish:
    asked = await _asked(work, place)
    await transfers.ship_transfer(work, asked.id)
    return lambda later: transfers.receive_transfer(later, asked.id)


async def write_off(work: Work, place: Place) -> Finish:
    asked = await _asked(work, place)
    await transfers.ship_transfer(work, asked.id)
    return lambda later: transfers.close_transfer(later, asked.id, "lost")


async def receive_late(work: Work, place: Place) -> Finish:
    lines = [
        inventory.ReceivedLine(variant_id=each, quantity=Quantity(2), unit_cost=UnitPrice(9)) for each in place.variants
    ]
    then = work.now - timedelta(days=1)
    receipt = inventory.Receipt(warehouse_id=place.near, reason="late", lines=lines, effective_at=then)
    return lambda later: inventory.receive_stock(later, receipt)


async def fix_costs(_work: Work, place: Place) -> Finish:
    cost = UnitPrice("1.5")
    new = inventory.NewCostMethod(
        variant_ids=place.variants, method=catalogue.CostMethod.FIXED, fixed_cost=cost, reason="policy"
    )
    return lambda later: inventory.set_cost_method(later, new)


async def reprice(work: Work, place: Place) -> Finish:
    lines = [
        inventory.ReceivedLine(variant_id=each, quantity=Quantity(2), unit_cost=UnitPrice(9)) for each in place.variants
    ]
    receipt = await inventory.receive_stock(
        work, inventory.Receipt(warehouse_id=place.near, reason="last", lines=lines)
    )
    prices = [inventory.NewPrice(position=each, unit_cost=UnitPrice("9.5")) for each in (1, 2)]
    return lambda later: inventory.reprice_receipt(later, receipt.id, prices, "invoice")


async def send_back(work: Work, place: Place) -> Finish:
    receipt = await work.session.scalar(select(StockDocument.id).where(StockDocument.reason == "first"))
    lines = [
        Line(variant_id=each, quantity=Quantity(2), receipt_id=receipt, receipt_position=position)
        for position, each in enumerate(place.variants, 1)
    ]
    return await _approved(work, place, MovementKind.SUPPLIER_RETURN, lines)


async def overdraw(_work: Work, place: Place) -> Finish:
    lines = [inventory.AdjustedLine(variant_id=each, quantity=Quantity(40)) for each in place.variants]
    out = inventory.Adjustment(
        warehouse_id=place.near,
        kind=inventory.AdjustmentKind.OUT,
        reason="sample",
        lines=lines,
        override_reason="its paper is late",
    )
    return lambda later: inventory.adjust_stock(later, out)


async def take_back(work: Work, place: Place) -> Finish:
    """Take back what a buyer sends, into the warehouse it left."""
    for each in place.variants:
        await stock(work, each, place.near, 4, "1.25")
    wanted = [a_line(each, 2) for each in place.variants]
    parcel = identifier()
    await inventory.claim(work, identifier(), [place.near], wanted, inventory.ClaimClass.TO_SHIP)
    left = [
        inventory.ShippedLine(each.order_line_id, each.variant_id, Quantity(2), position)
        for position, each in enumerate(wanted, 1)
    ]
    await inventory.ship(work, "shipment", parcel, place.near, left)
    back = [
        inventory.BroughtBack(position=each.position, variant_id=each.variant_id, quantity=Quantity(1)) for each in left
    ]

    def finish(later: Work) -> Awaitable[Any]:
        paper = inventory.return_paper(later, place.near, "too small")
        good = inventory.ReturnCondition.GOOD
        return inventory.take_back(later, inventory.Document(type="shipment", id=parcel), back, paper, good)

    return finish


POSTED = [void, receive, take_out, put_in, scrap, transfer, move_to_bin, change_lot]
PREPARED = [*POSTED, receive_late, send, take_in, write_off, take_stock, reprice, fix_costs, put_together, take_apart]
PREPARED += [send_back, take_back, overdraw]


# A connection broken at the commit is never given back; what collects it may say so while the test still runs.
@pytest.mark.filterwarnings("ignore:The garbage collector is trying to clean up:sqlalchemy.exc.SAWarning")
async def test_all_or_nothing(sessions: Sessions, crash: Crash, place: Place, watcher: AsyncConnection) -> None:
    for prepare in PREPARED:
        async with begin(sessions, CLERK) as work:
            finish = await prepare(work, place)
        before = await kept(watcher)
        for statements in range(STATEMENTS_MAX):
            with crash.after(statements):
                try:
                    async with begin(sessions, CLERK) as work:
                        await finish(work)
                except DBAPIError:
                    assert crash.happened
            if not crash.happened:
                break
            left = await kept(watcher)
            assert left == before, f"something is left of {prepare.__name__} after {statements} statements"
        assert 3 < statements < STATEMENTS_MAX - 1
        after = await kept(watcher)
        assert {"stock_ledger", "events"} <= {name for name in after if after[name] != before[name]}
    async with begin(sessions, CLERK) as work:
        assert await broken(work) == {}


async def kept(watcher: AsyncConnection) -> dict[str, tuple[int, Any]]:
    """Say what is in the tables that a document is written to."""
    return {row.name: (row.rows, row.content) for row in await watcher.execute(KEPT)}
