"""The Taobao open platform (淘宝开放平台): one gateway for the shops of Taobao and Tmall."""

from simulators.top import items, logistics, orders, refund_decisions, refunds, waybills
from simulators.top.gateway import TopGateway
from simulators.world import World


def gateway(world: World) -> TopGateway:
    of_trades = orders.METHODS | logistics.METHODS | refunds.METHODS | refund_decisions.METHODS
    return TopGateway(world, of_trades | items.METHODS | waybills.METHODS)
