"""Reading drafts (草稿查询): by key and by page, within the caller's channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.drafts.models import DraftStatus, OrderDraft
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible

DRAFTS = constant(select(*OrderDraft.__table__.columns))
order_drafts_by_id = Reading(DRAFTS, OrderDraft.id, channel=OrderDraft.channel_id)

BY_UPDATED = Ordering(
    name="order_drafts.updated",
    columns=(OrderDraft.updated_at, OrderDraft.id),
    keys=("updated_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)


@dataclass(frozen=True, kw_only=True)
class DraftFilter:
    """Which drafts; what is None does not matter."""

    statuses: Sequence[DraftStatus] | None = None
    channel_ids: Sequence[UUID] | None = None
    owner_ids: Sequence[UUID] | None = None
    buyer_phone: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Turn the filter into conditions; each is served by an index."""
        chosen: tuple[tuple[Any, Sequence[Any] | None], ...] = (
            (OrderDraft.status, self.statuses),
            (OrderDraft.channel_id, self.channel_ids),
            (OrderDraft.owner_id, self.owner_ids),
        )
        found = [column.in_(values) for column, values in chosen if values is not None]
        return found if self.buyer_phone is None else [*found, OrderDraft.buyer_phone == self.buyer_phone]


ANY = DraftFilter()


async def order_drafts_page(read: Read, request: PageRequest, where: DraftFilter = ANY) -> Page:
    """Read a page of drafts, the last changed first."""
    statement = visible(DRAFTS, read.actor, channel=OrderDraft.channel_id).where(*where.conditions())
    return await page(read, statement, BY_UPDATED, request)
