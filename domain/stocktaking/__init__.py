"""Stocktakes (盘点): count what is there while selling goes on, and let the differences post themselves."""

from domain.stocktaking.closing import RecountMissing as RecountMissing
from domain.stocktaking.closing import Uncounted as Uncounted
from domain.stocktaking.closing import approve_stocktake as approve_stocktake
from domain.stocktaking.closing import cancel_stocktake as cancel_stocktake
from domain.stocktaking.closing import close_count as close_count
from domain.stocktaking.counting import CountOver as CountOver
from domain.stocktaking.counting import Scan as Scan
from domain.stocktaking.counting import count_stock as count_stock
from domain.stocktaking.invariants import INVARIANTS as INVARIANTS
from domain.stocktaking.models import CountScan as CountScan
from domain.stocktaking.models import Stocktake as Stocktake
from domain.stocktaking.models import StocktakeId as StocktakeId
from domain.stocktaking.models import StocktakeLine as StocktakeLine
from domain.stocktaking.models import StocktakeScope as StocktakeScope
from domain.stocktaking.models import StocktakeStatus as StocktakeStatus
from domain.stocktaking.posting import post_stocktake as post_stocktake
from domain.stocktaking.queries import StocktakeFilter as StocktakeFilter
from domain.stocktaking.queries import StocktakeLineFilter as StocktakeLineFilter
from domain.stocktaking.queries import stocktake_lines as stocktake_lines
from domain.stocktaking.queries import stocktake_lines_by_id as stocktake_lines_by_id
from domain.stocktaking.queries import stocktakes as stocktakes
from domain.stocktaking.queries import stocktakes_by_id as stocktakes_by_id
from domain.stocktaking.starting import NewStocktake as NewStocktake
from domain.stocktaking.starting import NothingToCount as NothingToCount
from domain.stocktaking.starting import start_stocktake as start_stocktake
