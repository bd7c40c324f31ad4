"""JD's open platform (京东开放平台): one gateway for POP shops."""

from simulators.jd import aftersales, goods, orders
from simulators.jd.gateway import JdGateway
from simulators.world import World


def gateway(world: World) -> JdGateway:
    return JdGateway(world, orders.METHODS | goods.METHODS | aftersales.METHODS)
