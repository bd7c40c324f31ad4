"""Which fact is carried to which partner (对外通知): the second page of wiring.

Pushes follow the state, not the message: a push tells everything the channel is owed at that moment, with the versions
it was owed, so that a lost, late or repeated one does no harm.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog

from connectors.faults import ConnectorFault, LockedByCampaign, MappingGone, SessionDead
from connectors.marketplaces.port import (
    Call,
    GoodsNotice,
    GoodsSpecification,
    Marketplace,
    PriceNotice,
    ShipmentNotice,
    StockLevel,
    StockOutcome,
)
from connectors.sms.port import SmsMessage
from domain import channels, crm, fulfilment, kernel
from workers.messages import gateway_for
from workers.runner import Outside
from workers.shops import shop_of

log = structlog.get_logger(__name__)

R = TypeVar("R")
Carrier = Callable[[Outside, Any], Awaitable[None]]
ROWS_MAX = 200
ROUNDS_MAX = 50
CLOSED_SHOP_PAUSE = timedelta(seconds=60)


class Postponed(Exception):  # noqa: N818 — Nothing failed; it is not the time.
    """The channel is not open now; the fact waits and nothing is counted against it."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"again in {after}")
        self.after = after


async def tell_shipment(outside: Outside, fact: fulfilment.OrderShipped) -> None:
    """Tell the channel that a parcel left, by sub-order when it holds only part of the order."""
    async with kernel.begin(outside.sessions, kernel.system("tell_shipment")) as work:
        owed = await fulfilment.shipment_to_tell(work, fact.shipment_id)
    if owed is None or owed.external_number is None:
        return
    shop = await _open(outside, owed.channel_id, Call.TELL_SHIPMENT)
    if shop is not None:
        lines = tuple(owed.external_lines) if owed.external_lines is not None else None
        notice = ShipmentNotice(
            external_number=owed.external_number, carrier_code=owed.carrier_code, waybill=owed.waybill, lines=lines
        )
        await _authorised(outside, owed.channel_id, shop.tell_shipment(notice))
    async with kernel.begin(outside.sessions, kernel.system("tell_shipment")) as work:
        await fulfilment.note_told(work, fact.shipment_id)


async def push_stock(outside: Outside, fact: channels.StockPushOwed) -> None:
    """Tell a channel every shown quantity it does not know yet."""
    shop = await _open(outside, fact.channel_id, Call.PUSH_STOCK)
    for _ in range(ROUNDS_MAX if shop is not None else 0):
        async with kernel.begin(outside.sessions, kernel.system("push_stock")) as work:
            owed = await channels.stock_owed(work, fact.channel_id, ROWS_MAX)
        if not owed or shop is None:
            return
        outcomes = await _authorised(outside, fact.channel_id, shop.push_stock([_level(row) for row in owed]))
        await _note_stock(outside, owed, outcomes)
        _raise_first(outcomes)


def _level(row: Any) -> StockLevel:
    return StockLevel(
        external_item=row.external_item,
        external_sku=row.external_sku,
        seller_code=row.seller_code,
        quantity=max(int(row.shown_quantity.value), 0),
        version=row.stock_version,
    )


async def _note_stock(outside: Outside, owed: Sequence[Any], outcomes: Sequence[StockOutcome]) -> None:
    async with kernel.begin(outside.sessions, kernel.system("push_stock")) as work:
        pairs = list(zip(owed, outcomes, strict=True))
        told = [(row.id, row.stock_version) for row, outcome in pairs if outcome.fault is None]
        await channels.note_told(work, channels.PushKind.STOCK, told)
        for row, outcome in pairs:
            await _settle(work, row.id, outcome.fault)


async def _settle(work: kernel.Work, listing_id: UUID, fault: ConnectorFault | None) -> None:
    if isinstance(fault, MappingGone):
        await channels.drop_listing(work, listing_id, str(fault))
    elif isinstance(fault, LockedByCampaign) or (fault is not None and fault.wait(work.now, 1) is None):
        await channels.block_sync(work, listing_id, str(fault))


def _raise_first(outcomes: Sequence[StockOutcome]) -> None:
    """Let a fault that passes by itself bring the fact back; the others were settled with their listing."""
    for outcome in outcomes:
        if outcome.fault is not None and outcome.fault.wait(kernel.now(), 1) is not None:
            raise outcome.fault


async def push_goods(outside: Outside, fact: channels.GoodsPushOwed) -> None:
    """Show a site the goods it does not know yet, or not as they are now."""
    shop = await _open(outside, fact.channel_id, Call.PUSH_GOODS)
    for _ in range(ROUNDS_MAX if shop is not None else 0):
        async with kernel.begin(outside.sessions, kernel.system("push_goods")) as work:
            owed = await channels.goods_owed(work, fact.channel_id, ROWS_MAX)
        if not owed or shop is None:
            return
        for goods_code in dict.fromkeys(row.external_item for row in owed):
            rows = [row for row in owed if row.external_item == goods_code]
            await _push_one_goods(outside, fact.channel_id, shop, rows)


async def _push_one_goods(outside: Outside, channel_id: UUID, shop: Marketplace, rows: list[Any]) -> None:
    first = rows[0]
    specifications = tuple(
        GoodsSpecification(
            sku_code=row.external_sku,
            properties=row.specification,
            barcode=row.barcode,
            weight_grams=row.weight_grams,
        )
        for row in rows
    )
    notice = GoodsNotice(
        goods_code=first.external_item,
        title=first.title,
        brand=first.brand,
        category=first.category,
        barcode=first.barcode,
        specifications=specifications,
        images=tuple(first.images),
        description=first.description,
        attributes={key: str(value) for key, value in first.attributes.items()},
    )
    await _authorised(outside, channel_id, shop.push_goods(notice))
    async with kernel.begin(outside.sessions, kernel.system("push_goods")) as work:
        await channels.note_told(work, channels.PushKind.GOODS, [(row.id, row.goods_version) for row in rows])


async def push_prices(outside: Outside, fact: channels.PricePushOwed) -> None:
    """Show a site the prices it does not know yet."""
    shop = await _open(outside, fact.channel_id, Call.PUSH_PRICE)
    for _ in range(ROUNDS_MAX if shop is not None else 0):
        async with kernel.begin(outside.sessions, kernel.system("push_prices")) as work:
            owed = await channels.prices_owed(work, fact.channel_id, ROWS_MAX)
        if not owed or shop is None:
            return
        for row in owed:
            notice = PriceNotice(sku_code=row.external_sku, price=kernel.Money.rounded(row.price.value))
            await _authorised(outside, fact.channel_id, shop.push_price(notice))
            async with kernel.begin(outside.sessions, kernel.system("push_prices")) as work:
                await channels.note_told(work, channels.PushKind.PRICE, [(row.id, row.price_version)])


async def send_message(outside: Outside, fact: crm.MessageOwed) -> None:
    """Hand one SMS to the gateway; a refusal of the gateway is kept with the message."""
    async with kernel.begin(outside.sessions, kernel.system("send_message")) as work:
        owed = await crm.message_to_send(work, fact.message_id)
    if owed is None:
        return
    message = SmsMessage(
        phone=owed.phone, template=owed.template, parameters=owed.parameters, reference=str(fact.message_id)
    )
    try:
        receipt = await gateway_for(outside).send(message)
    except ConnectorFault as fault:
        if fault.wait(kernel.now(), 1) is not None:
            raise
        async with kernel.begin(outside.sessions, kernel.system("send_message")) as work:
            await crm.note_refused(work, fact.message_id, str(fault))
        return
    async with kernel.begin(outside.sessions, kernel.system("send_message")) as work:
        await crm.note_sent(work, fact.message_id, receipt.gateway_number)


async def _open(outside: Outside, channel_id: UUID, call: Call) -> Marketplace | None:
    """Open the shop if its platform offers the call; a shop that is closed for now postpones the fact."""
    channel, shop = await shop_of(outside, channel_id)
    if shop is None:
        if channel.platform is channels.Platform.DIRECT:
            return None
        raise Postponed(CLOSED_SHOP_PAUSE)
    return shop if shop.offers(call) else None


async def _authorised(outside: Outside, channel_id: UUID, call: Awaitable[R]) -> R:
    """Await a call; a dead session marks the channel unauthorised, so that nobody else tries."""
    try:
        return await call
    except SessionDead as fault:
        async with kernel.begin(outside.sessions, kernel.system("shops")) as work:
            await channels.mark_unauthorised(work, channel_id, str(fault))
        raise


CARRIED: dict[type[kernel.Event], list[Carrier]] = {
    fulfilment.OrderShipped: [tell_shipment],
    channels.StockPushOwed: [push_stock],
    channels.GoodsPushOwed: [push_goods],
    channels.PricePushOwed: [push_prices],
    crm.MessageOwed: [send_message],
}
