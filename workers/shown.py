"""Book against shop (店铺库存核对): asks shops what they show, and raises an alert where it is not what they were told.

A sale there lowers the figure before we hear of it, and a push may be under way. So what differs is asked for again
after a pause, and counts only if both looks say the same while we had nothing else to tell.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from connectors.faults import ConnectorFault
from connectors.marketplaces.port import Call, Marketplace, ShownSku
from domain import channels, inventory, kernel
from domain.kernel import Quantity
from workers import inbound
from workers.runner import Outside
from workers.shops import shop_of

log = structlog.get_logger(__name__)

VARIANTS_EACH_TURN = 200
SECOND_LOOK_SECONDS = 30.0

Shown = Mapping[str, int]


async def compare_shown(outside: Outside, pause: float = SECOND_LOOK_SECONDS) -> None:
    """Compare a part of what each open shop shows; a shop in trouble is passed over and comes again."""
    async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
        shops = await channels.accounts_to_read(work, inbound.ORDERS)
    for row in shops:
        channel_id = channels.ChannelId(row.id)
        _, shop = await shop_of(outside, channel_id)
        if shop is None or not shop.offers(Call.READ_STOCK):
            continue
        try:
            await compare_shop(outside, channel_id, shop, pause)
        except ConnectorFault as fault:
            log.warning("shop_not_compared", channel=str(channel_id), fault=str(fault))


async def compare_shop(outside: Outside, channel_id: channels.ChannelId, shop: Marketplace, pause: float) -> None:
    """Hold what one shop was told against what it shows."""
    async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
        told = await channels.listings_to_compare(work, channel_id, VARIANTS_EACH_TURN)
    apart = _apart(told, await _ask(shop, told)) if told else []
    if apart:
        await asyncio.sleep(pause)
        first = {row.id: theirs for row, theirs in apart}
        again = [row for row, _ in apart]
        apart = [each for each in _apart(again, await _ask(shop, again)) if first[each[0].id] == each[1]]
    async with kernel.begin(outside.sessions, kernel.system("schedule")) as work:
        still = await channels.still_as_told(work, [row.id for row, _ in apart])
        sure = [(row, theirs) for row, theirs in apart if still.get(row.id) == row.stock_version]
        await inventory.watch_channel(
            work, channel_id, [_difference(*each) for each in sure], sorted({row.variant_id for row in told})
        )
        await channels.note_compared(work, [row.id for row in told])


async def _ask(shop: Marketplace, rows: Sequence[Any]) -> Shown:
    wanted = [ShownSku(external_item=row.external_item, external_sku=row.external_sku) for row in rows]
    return {each.external_sku: each.quantity or 0 for each in await shop.read_stock(wanted)}


def _apart(rows: Sequence[Any], shown: Shown) -> list[tuple[Any, int]]:
    """Find what is not shown as it was told; what the shop does not know is not compared."""
    known = [(row, shown[row.external_sku]) for row in rows if row.external_sku in shown]
    return [(row, theirs) for row, theirs in known if theirs != max(int(row.shown_quantity.value), 0)]


def _difference(row: Any, theirs: int) -> inventory.Difference:
    return inventory.Difference(
        variant_id=row.variant_id, ours=row.shown_quantity, theirs=Quantity(theirs), part=row.external_sku
    )
