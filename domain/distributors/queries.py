"""Reading distributors (经销商查询): their accounts and every change of their funds, within the caller's channels."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.distributors.models import Distributor, DistributorId, FundsEntry
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, page, visible

DISTRIBUTORS = select(*Distributor.__table__.columns)
ENTRIES = select(*FundsEntry.__table__.columns, Distributor.currency).join(Distributor)
BY_NAME = Ordering("distributors.name", (Distributor.name, Distributor.id), ("name", "id"), (str, UUID))
LATEST = Ordering(
    name="distributors.entries",
    columns=(FundsEntry.made_at, FundsEntry.id),
    keys=("made_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)

distributors_by_id = Reading(DISTRIBUTORS, Distributor.id, channel=Distributor.channel_id)
distributors_by_channel = Reading(DISTRIBUTORS, Distributor.channel_id, channel=Distributor.channel_id)


async def distributors(read: Read, request: PageRequest) -> Page:
    """Read a page of distributors, by name."""
    statement: Any = visible(DISTRIBUTORS, read.actor, channel=Distributor.channel_id)
    return await page(read, statement, BY_NAME, request)


async def funds_entries(read: Read, distributor_id: DistributorId, request: PageRequest) -> Page:
    """Read a page of what changed the funds of one distributor, the latest first."""
    statement = ENTRIES.where(FundsEntry.distributor_id == distributor_id)
    return await page(read, visible(statement, read.actor, channel=Distributor.channel_id), LATEST, request)
