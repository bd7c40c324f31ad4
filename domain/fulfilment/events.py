"""What happened in the warehouse (发货事实)."""

from uuid import UUID

from domain.fulfilment.models import ShipmentId
from domain.fulfilment.return_models import GoodsReturnId
from domain.kernel import Event


class OrderShipped(Event):
    """A parcel of an order was handed to a carrier, and its stock has left."""

    shipment_id: ShipmentId
    order_id: UUID
    channel_id: UUID


class ParcelDelivered(Event):
    """It is known what became of a parcel at its buyer."""

    shipment_id: ShipmentId
    order_id: UUID
    channel_id: UUID


class GoodsCameBack(Event):
    """Goods of a parcel came back from the buyer into stock; what of their worth is owed stands on the return."""

    return_id: GoodsReturnId
    order_id: UUID
    channel_id: UUID


class ReturnVoided(Event):
    """A return that was wrong was undone: its goods left again."""

    return_id: GoodsReturnId
    order_id: UUID
    channel_id: UUID


class WaybillWanted(Event):
    """A package needs a number of its carrier."""

    waybill_id: UUID


class WaybillUnused(Event):
    """A number that a carrier gave is not used: its package was taken apart, or has another one."""

    waybill_id: UUID
