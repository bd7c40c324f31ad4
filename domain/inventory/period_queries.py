"""Readers of stock periods (期间查询)."""

from datetime import date

from sqlalchemy import select

from domain.inventory.models import StockPeriod
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page

PERIODS = constant(select(*StockPeriod.__table__.columns))
stock_periods_by_id = Reading(PERIODS, StockPeriod.id)
NEWEST_FIRST = Ordering(
    name="stock-periods.month",
    columns=(StockPeriod.month,),
    keys=("month",),
    parsers=(date.fromisoformat,),
    descending=True,
)


async def stock_periods(read: Read, request: PageRequest) -> Page:
    """Read one page of the months that were ever closed, the last first."""
    return await page(read, PERIODS, NEWEST_FIRST, request)
