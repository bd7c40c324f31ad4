"""Facts of stocktakes (盘点事实): a count was closed, or a stocktake is over."""

from domain.inventory import WarehouseId
from domain.kernel import Event
from domain.stocktaking.models import StocktakeId


class CountClosed(Event):
    """A count was closed: what was found stands beside the book of its moment."""

    stocktake_id: StocktakeId
    warehouse_id: WarehouseId


class StocktakeEnded(Event):
    """A stocktake was posted or given up: its differences are no longer open."""

    stocktake_id: StocktakeId
    warehouse_id: WarehouseId
