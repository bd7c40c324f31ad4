"""JD's open platform (京东开放平台): one gateway for POP shops."""

from simulators.top.gateway import TopGateway
from simulators.world import World


def gateway(world: World) -> TopGateway:
    return TopGateway(world, {})
