"""Which fact is carried to which partner (对外通知): the second page of wiring.

Pushes follow the state, not the message: a push tells everything the channel is owed at that moment, with the versions
it was owed, so that a lost, late or repeated one does no harm.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import structlog

from connectors.faults import ConnectorFault, LockedByCampaign, MappingGone, NotOffered
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
from domain import channels, crm, desk, erp, exchange, feedback, fulfilment, jobs, kernel, orders, refunds
from workers import decisions, erps, inbound, notices, partners, states, waybills
from workers.jobs import start_job
from workers.messages import gateway_for
from workers.runner import Outside
from workers.shops import authorised, open_for
from workers.states import noted

log = structlog.get_logger(__name__)

Carrier = Callable[[Outside, Any], Awaitable[None]]
ROWS_MAX = 200
ROUNDS_MAX = 50


async def tell_shipment(outside: Outside, fact: fulfilment.OrderShipped) -> None:
    """Tell the channel that a parcel left: to every trade in it, by sub-order when it holds only part of the trade."""
    await tell_parcel(outside, fact.shipment_id)


async def tell_parcel(outside: Outside, shipment_id: fulfilment.ShipmentId) -> None:
    """Tell of one parcel whatever the channel does not know of it."""
    async with kernel.begin(outside.sessions, kernel.system("tell_shipment")) as work:
        owed = await fulfilment.shipments_to_tell(work, shipment_id)
    told = [await _tell(outside, each) for each in owed]
    if owed and all(told):
        async with kernel.begin(outside.sessions, kernel.system("tell_shipment")) as work:
            await fulfilment.note_told(work, shipment_id)


async def tell_given_up(outside: Outside, fact: orders.OrderCancelled) -> None:
    """Tell of parcels with the first part of a bundle whose rest goes no more: nothing else will tell of them."""
    async with kernel.begin(outside.sessions, kernel.system("tell_given_up")) as work:
        parcels = await fulfilment.untold_bundles(work, fact.order_id)
    for shipment_id in parcels:
        await tell_parcel(outside, shipment_id)


async def _tell(outside: Outside, owed: fulfilment.ShipmentToTell) -> bool:
    """Tell one trade of its part of a parcel; says whether the channel knows of the parcel now."""
    channel_id = channels.ChannelId(owed.channel_id)
    shop = await open_for(outside, channel_id, Call.TELL_SHIPMENT)
    if shop is None:
        return True
    notice = ShipmentNotice(
        external_number=owed.external_number,
        carrier_code=owed.carrier_code,
        waybill=owed.waybill,
        lines=owed.line_numbers,
    )
    try:
        async with noted(outside, states.parcel_word(owed)):
            await authorised(outside, channel_id, shop.tell_shipment(notice))
    except NotOffered:
        await _tell_whole(outside, owed, shop, notice)
        return False
    return True


async def _tell_whole(
    outside: Outside, owed: fulfilment.ShipmentToTell, shop: Marketplace, notice: ShipmentNotice
) -> None:
    """Tell a channel that takes any parcel for the whole order: not before the last one has left."""
    if not owed.last:
        return
    whole = dataclasses.replace(notice, lines=None)
    await authorised(outside, channels.ChannelId(owed.channel_id), shop.tell_shipment(whole))
    async with kernel.begin(outside.sessions, kernel.system("tell_shipment")) as work:
        await fulfilment.note_order_told(work, owed.order_id)
        await feedback.note_parcels_known(work, owed.order_id)


async def tell_memo(outside: Outside, fact: orders.OrderMemoChanged | feedback.FeedbackAsked) -> None:
    """Tell the channel the seller's memo and flag of an order as they now are."""
    async with kernel.begin(outside.sessions, kernel.system("tell_memo")) as work:
        owed = await orders.memo_to_tell(work, fact.order_id)
    if owed is None:
        return
    channel_id = channels.ChannelId(owed.channel_id)
    shop = await open_for(outside, channel_id, Call.UPDATE_MEMO)
    if shop is None:
        return
    async with kernel.begin(outside.sessions, kernel.system("tell_memo")) as work:
        trades = await feedback.trades_to_tell(work, fact.order_id)
    trade = next((each for each in trades if each.external_number == owed.external_number), None)
    told = shop.update_memo(owed.external_number, owed.memo, owed.flag)
    if trade is None:
        await authorised(outside, channel_id, told)
        return
    async with noted(outside, states.memo_word(trade, owed)):
        await authorised(outside, channel_id, told)


async def tell_again(outside: Outside, fact: feedback.FeedbackAsked) -> None:
    """Tell a channel again what it should know of an order: its state, its memo, and what it did not take besides."""
    await states.tell_state(outside, fact)
    async with kernel.begin(outside.sessions, kernel.system("tell_again")) as work:
        parcels = await fulfilment.untold_shipments(work, fact.order_id)
        memo = await feedback.owes_memo(work, fact.order_id)
        trades = [each.order_id for each in await feedback.trades_to_tell(work, fact.order_id)]
        decided = await refunds.decisions_to_tell(work, trades)
    for shipment_id in parcels:
        await tell_parcel(outside, shipment_id)
    if memo:
        await tell_memo(outside, fact)
    for refund_id in decided:
        await decisions.tell_refund(outside, refund_id)


async def push_stock(outside: Outside, fact: channels.StockPushOwed) -> None:
    """Tell a channel every shown quantity it does not know yet."""
    shop = await open_for(outside, fact.channel_id, Call.PUSH_STOCK)
    for _ in range(ROUNDS_MAX if shop is not None else 0):
        async with kernel.begin(outside.sessions, kernel.system("push_stock")) as work:
            owed = await channels.stock_owed(work, fact.channel_id, ROWS_MAX)
        if not owed or shop is None:
            return
        outcomes = await authorised(outside, fact.channel_id, shop.push_stock([_level(row) for row in owed]))
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
        await channels.note_gone(work, listing_id, str(fault))
    elif isinstance(fault, LockedByCampaign) or (fault is not None and fault.wait(work.now, 1) is None):
        await channels.note_locked(work, listing_id, str(fault))


def _raise_first(outcomes: Sequence[StockOutcome]) -> None:
    """Let a fault that passes by itself bring the fact back; the others were settled with their listing."""
    for outcome in outcomes:
        if outcome.fault is not None and outcome.fault.wait(kernel.now(), 1) is not None:
            raise outcome.fault


async def push_goods(outside: Outside, fact: channels.GoodsPushOwed) -> None:
    """Show a site the goods it does not know yet, or not as they are now."""
    shop = await open_for(outside, fact.channel_id, Call.PUSH_GOODS)
    for _ in range(ROUNDS_MAX if shop is not None else 0):
        async with kernel.begin(outside.sessions, kernel.system("push_goods")) as work:
            owed = await channels.goods_owed(work, fact.channel_id, ROWS_MAX)
        if not owed or shop is None:
            return
        for item in owed:
            await _push_item(outside, fact.channel_id, shop, item)


async def _push_item(
    outside: Outside, channel_id: channels.ChannelId, shop: Marketplace, item: channels.GoodsOwed
) -> None:
    pushed = shop.push_goods(_goods_notice(item)) if item.goods else shop.withdraw_goods(item.external_item)
    await authorised(outside, channel_id, pushed)
    async with kernel.begin(outside.sessions, kernel.system("push_goods")) as work:
        await channels.note_told(work, channels.PushKind.GOODS, item.versions)


def _goods_notice(item: channels.GoodsOwed) -> GoodsNotice:
    first = item.goods[0]
    return GoodsNotice(
        goods_code=item.external_item,
        title=item.title,
        brand=first.brand,
        category=first.category,
        barcode=first.barcode,
        specifications=tuple(
            GoodsSpecification(
                sku_code=item.external_skus[each.variant_id],
                properties=each.specification,
                barcode=each.barcode,
                weight_grams=each.weight_grams,
            )
            for each in item.goods
        ),
        images=first.images,
        description=first.description,
        attributes=dict(first.attributes),
    )


async def push_prices(outside: Outside, fact: channels.PricePushOwed) -> None:
    """Show a site the prices it does not know yet."""
    shop = await open_for(outside, fact.channel_id, Call.PUSH_PRICE)
    for _ in range(ROUNDS_MAX if shop is not None else 0):
        async with kernel.begin(outside.sessions, kernel.system("push_prices")) as work:
            owed = await channels.prices_owed(work, fact.channel_id, ROWS_MAX)
        if not owed or shop is None:
            return
        for row in owed:
            notice = PriceNotice(sku_code=row.external_sku, price=kernel.Money.rounded(row.price.value))
            await authorised(outside, fact.channel_id, shop.push_price(notice))
            async with kernel.begin(outside.sessions, kernel.system("push_prices")) as work:
                await channels.note_told(work, channels.PushKind.PRICE, [(row.id, row.price_version)])


async def send_message(outside: Outside, fact: crm.MessageOwed) -> None:
    """Hand one SMS to the gateway; a refusal of the gateway is kept with the message."""
    async with kernel.begin(outside.sessions, kernel.system("send_message")) as work:
        owed = await crm.message_to_send(work, fact.message_id)
    if owed is None:
        return
    # The words of our template are the house's own; the gateway knows it by the code it approved.
    template = outside.settings.sms_template_code or owed.template
    message = SmsMessage(
        phone=owed.phone, template=template, parameters=owed.parameters, reference=str(fact.message_id)
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


CARRIED: dict[type[kernel.Event], list[Carrier]] = {
    fulfilment.OrderShipped: [tell_shipment, waybills.confirm_waybill],
    fulfilment.WaybillWanted: [waybills.get_waybill],
    fulfilment.WaybillUnused: [waybills.give_back_waybill],
    orders.OrderMemoChanged: [tell_memo],
    orders.OrderReviewed: [states.tell_state],
    orders.OrderSentBack: [states.tell_state],
    orders.OrderEdited: [states.tell_state],
    orders.OrderCancelled: [states.tell_state, tell_given_up],
    orders.OrderMovedOn: [states.tell_state],
    fulfilment.ParcelDelivered: [states.tell_state],
    refunds.RefundDecided: [decisions.tell_decision],
    feedback.FeedbackAsked: [tell_again],
    channels.StockPushOwed: [push_stock],
    channels.GoodsPushOwed: [push_goods],
    channels.PricePushOwed: [push_prices],
    crm.MessageOwed: [send_message],
    channels.OrderNoticed: [inbound.fetch_noticed],
    exchange.PaperOwed: [partners.tell_paper],
    exchange.ArticlesOwed: [partners.tell_articles],
    exchange.ReportReceived: [partners.apply_report],
    exchange.ComparisonAsked: [partners.compare],
    exchange.ConnectionTestAsked: [partners.try_connection],
    erp.ErpExchangeAsked: [erps.exchange_now],
    erp.ErpChangeReceived: [erps.apply_change],
    erp.ErpTestAsked: [erps.try_erp],
    erp.SalesFeedOwed: [erps.tell_sales],
    desk.DigestOwed: [notices.send_digest],
    jobs.JobQueued: [start_job],
}
