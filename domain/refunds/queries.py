"""Readers of refunds (退款单查询), within the scope of channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import orders
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible
from domain.refunds.incoming import RefundStage
from domain.refunds.models import PlatformRefund

ROW = PlatformRefund
REFUNDS = constant(select(*ROW.__table__.columns))
HELD = orders.holders_of(ROW.order_id)

platform_refunds_by_id = Reading(REFUNDS, ROW.id, channel=ROW.channel_id)
refunds_of_orders = Reading(
    select(*ROW.__table__.columns, HELD.c.holder_id)
    .join(HELD, HELD.c.trade_id == ROW.order_id)
    .order_by(HELD.c.holder_id, ROW.opened_at, ROW.id),
    HELD.c.holder_id,
    many=True,
    channel=ROW.channel_id,
)


@dataclass(frozen=True, kw_only=True)
class RefundFilter:
    """Which; what is None does not matter."""

    stages: Sequence[RefundStage] | None = None
    channels: Sequence[UUID] | None = None
    numbers: Sequence[str] | None = None
    refused_there: bool | None = None


NEWEST_FIRST = Ordering(
    name="refunds",
    columns=(ROW.opened_at, ROW.id),
    keys=("opened_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


async def platform_refunds(read: Read, where: RefundFilter, request: PageRequest) -> Page:
    """Read one page of refunds of platforms, the last opened first."""
    statement = visible(REFUNDS, read.actor, channel=ROW.channel_id)
    among = ((ROW.stage, where.stages), (ROW.channel_id, where.channels), (ROW.external_number, where.numbers))
    statement = statement.where(*(column.in_(values) for column, values in among if values is not None))
    if where.refused_there is not None:
        refused = ROW.decision_problem.is_not(None)
        statement = statement.where(refused if where.refused_there else ~refused)
    return await page(read, statement, NEWEST_FIRST, request)
