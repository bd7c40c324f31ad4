"""Goods held for partners (外仓锁定): what a partner was asked to let out can be sold to nobody until it has left.

Only stock documents need it: what leaves by an order is claimed by it, what leaves by a transfer is held by that.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from domain import inventory
from domain.exchange.models import ExchangePaper, ExchangePaperLine, PaperSource
from domain.exchange.words import PaperKind
from domain.inventory import LotStatus, WarehouseId
from domain.kernel import Quantity, Work

NOTHING = Quantity(0)


async def hold_for(work: Work, paper: ExchangePaper) -> None:
    """Hold what a paper still asks to let out, as far as buyers could have it, or refuse."""
    if paper.source is not PaperSource.STOCK_DOCUMENT or paper.kind is not PaperKind.STOCKOUT:
        return
    lines = await _to_hold(work, paper)
    wanted: dict[UUID, Quantity] = {}
    for line in lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, NOTHING) + line.planned - line.confirmed
    left = await inventory.hold_sellable(work, WarehouseId(paper.warehouse_id), wanted) if wanted else {}
    for line in lines:
        line.held = min(line.planned - line.confirmed, left[line.variant_id])
        left[line.variant_id] -= line.held
    await work.session.flush()


async def _to_hold(work: Work, paper: ExchangePaper) -> list[ExchangePaperLine]:
    """Find what is to leave, but for lots of which nothing is sold anyway."""
    line, lot = ExchangePaperLine, inventory.Lot
    unsold = select(lot.code).where(
        lot.variant_id == line.variant_id, or_(lot.status != LotStatus.GOOD, lot.sale_ended), lot.code == line.lot_code
    )
    found = select(line).where(line.paper_id == paper.id, line.planned > line.confirmed, ~unsold.exists())
    locked = found.order_by(line.position).with_for_update().execution_options(populate_existing=True)
    return list(await work.session.scalars(locked))


async def free_held(work: Work, paper: ExchangePaper) -> None:
    """Free everything that is held for a paper: nobody lets it out any more."""
    line = ExchangePaperLine
    found = select(line).where(line.paper_id == paper.id, line.held > NOTHING).order_by(line.position)
    lines = await work.session.scalars(found.with_for_update().execution_options(populate_existing=True))
    await _free(work, paper, [(each, each.held) for each in lines])


async def free_surplus(work: Work, paper: ExchangePaper, lines: Sequence[ExchangePaperLine]) -> None:
    """Free what is held of lines that were done in another way, as damaged goods are that lie elsewhere."""
    rest = [(each, each.held - max(each.planned - each.confirmed, NOTHING)) for each in lines]
    await _free(work, paper, [each for each in rest if each[1] > NOTHING])


async def _free(work: Work, paper: ExchangePaper, freed: Sequence[tuple[ExchangePaperLine, Quantity]]) -> None:
    back: dict[UUID, Quantity] = {}
    for line, quantity in freed:
        back[line.variant_id] = back.get(line.variant_id, NOTHING) + quantity
        line.held -= quantity
    if back:
        await inventory.give_back_goods(work, WarehouseId(paper.warehouse_id), back)
        await work.session.flush()
