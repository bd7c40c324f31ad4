"""Electronic waybills outside (电子面单): numbers are asked for, given back and confirmed through a shop's account."""

from connectors.carriers.cainiao import CainiaoOffice
from connectors.carriers.port import Party, WaybillOffice, WaybillOrder
from connectors.faults import ConnectorFault, NotOffered
from connectors.marketplaces.taobao import TaobaoMarketplace
from domain import channels, fulfilment, kernel
from workers.runner import Outside
from workers.shops import shop_of

WHO = kernel.system("waybills")


class OfficeClosed(ConnectorFault):
    """The shop whose account gives the numbers is paused or not authorised."""


async def get_waybill(outside: Outside, fact: fulfilment.WaybillWanted) -> None:
    """Get the number of a package; what the carrier refuses for good lets the order wait, with its words."""
    async with kernel.begin(outside.sessions, WHO) as work:
        wanted = await fulfilment.waybill_to_get(work, fact.waybill_id)
    if wanted is not None:
        await _get(outside, wanted)


async def _get(outside: Outside, wanted: fulfilment.WaybillToGet) -> None:
    try:
        office = await _office(outside, wanted.account_channel_id)
        issued = await office.get(_order(wanted))
    except ConnectorFault as fault:
        if fault.wait(kernel.now(), 1) is not None:
            raise
        async with kernel.begin(outside.sessions, WHO) as work:
            await fulfilment.note_waybill_failed(work, wanted.waybill_id, str(fault))
        return
    async with kernel.begin(outside.sessions, WHO) as work:
        await fulfilment.note_waybill_issued(work, wanted.waybill_id, issued.number)
        if issued.print_data is not None:
            await fulfilment.keep_print_data(work, wanted.waybill_id, issued.print_data)


async def give_back_waybill(outside: Outside, fact: fulfilment.WaybillUnused) -> None:
    """Give a number back; one whose answer was lost is asked for once more, which gives the same, and follows."""
    async with kernel.begin(outside.sessions, WHO) as work:
        unused = await fulfilment.waybill_to_give_back(work, fact.waybill_id)
        asked = await fulfilment.waybill_to_get(work, fact.waybill_id) if unused and unused.number is None else None
    if unused is None:
        return
    if unused.number is None:
        if asked is not None:
            await _get(outside, asked)
        return
    office = await _office(outside, unused.account_channel_id)
    await office.cancel(unused.carrier_code, unused.number)
    async with kernel.begin(outside.sessions, WHO) as work:
        await fulfilment.note_waybill_given_back(work, unused.waybill_id)


async def confirm_waybill(outside: Outside, fact: fulfilment.OrderShipped) -> None:
    """Tell the carrier that a number left with its parcel."""
    async with kernel.begin(outside.sessions, WHO) as work:
        used = await fulfilment.waybill_to_confirm(work, fact.shipment_id)
    if used is None or used.number is None:
        return
    office = await _office(outside, used.account_channel_id)
    await office.confirm(str(used.waybill_id), used.carrier_code, used.number)
    async with kernel.begin(outside.sessions, WHO) as work:
        await fulfilment.note_waybill_confirmed(work, used.waybill_id)


async def _office(outside: Outside, channel_id: object) -> WaybillOffice:
    channel, shop = await shop_of(outside, channels.ChannelId(channel_id))  # type: ignore[arg-type]
    if shop is None:
        raise OfficeClosed(f"shop {channel.code} is closed")
    if not isinstance(shop, TaobaoMarketplace):
        raise NotOffered(f"shop {channel.code} gives no electronic waybills")
    return CainiaoOffice(shop.call)


def _order(wanted: fulfilment.WaybillToGet) -> WaybillOrder:
    return WaybillOrder(
        object_id=str(wanted.waybill_id),
        carrier_code=wanted.carrier_code,
        template_url=wanted.template_url,
        order_number=wanted.order_number,
        trade_number=wanted.trade_number,
        sender=_party(wanted.sender),
        recipient=_party(wanted.recipient),
        items=wanted.items,
        grams=wanted.grams,
    )


def _party(address: fulfilment.Address) -> Party:
    return Party(
        name=address.name,
        phone=address.phone,
        province=address.province,
        city=address.city,
        district=address.district,
        detail=address.detail,
        token=address.token,
    )
