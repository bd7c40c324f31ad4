"""The Taobao open platform (淘宝开放平台): one gateway for the shops of Taobao and Tmall."""

from simulators.top import items, logistics, orders, refunds, waybills
from simulators.top.gateway import TopGateway
from simulators.world import World


def gateway(world: World) -> TopGateway:
    return TopGateway(world, orders.METHODS | logistics.METHODS | items.METHODS | refunds.METHODS | waybills.METHODS)
