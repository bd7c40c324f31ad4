"""Saving drafts (保存草稿): started, saved again, taken over, discarded; they expire by the clock."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from domain import channels, orders
from domain.drafts import contents
from domain.drafts.contents import DraftContent, DraftedLine
from domain.drafts.models import DraftStatus, OrderDraft, OrderDraftLine
from domain.kernel import (
    NotFound,
    Refusal,
    Work,
    WrongState,
    action,
    check_version,
    right,
    routine,
    sees_channel,
    visible,
)

ANY_DRAFT = right("drafts.change_any_draft")
EXPIRED_MAX = 1_000


class DraftTaken(Refusal):
    """This draft belongs to {owner}; take it over first."""

    owner: str
    chinese = "该草稿属于 {owner}，请先接手"


@action
async def start_order_draft(work: Work, channel_id: UUID, content: DraftContent) -> OrderDraft:
    """Start a draft of an order on a channel, complete or not; it claims no stock and fixes no price."""
    channel = await channels.channel_by_id(work, channels.ChannelId(channel_id))
    if not sees_channel(work.actor, channel_id):
        raise NotFound(what="channel", which=str(channel_id)).at("input", "channelId")
    draft = new_draft(work, channel_id, channel.currency)
    await _fill(work, draft, content)
    return draft


def new_draft(work: Work, channel_id: UUID, currency: str) -> OrderDraft:
    """Make a draft with nothing in it, of the actor."""
    return OrderDraft(
        channel_id=channel_id,
        owner_id=work.actor.id,
        owner_name=work.actor.name,
        currency=currency,
        expires_at=work.now,
        created_at=work.now,
        updated_at=work.now,
        updated_by=work.actor.name,
    )


@action
async def save_order_draft(
    work: Work, draft_id: UUID, content: DraftContent, expected_version: int | None = None
) -> OrderDraft:
    """Save a draft: what is given replaces all it held, and it expires later."""
    draft = await draft_for_change(work, draft_id, expected_version)
    await _fill(work, draft, content)
    draft.version += 1
    return draft


async def _fill(work: Work, draft: OrderDraft, content: DraftContent) -> None:
    texts = contents.texts_of(content)
    contents.check_amounts(content, draft.currency)
    lines = await contents.lines_of_content(work, content)
    draft.customer_id = await contents.customer_of(work, content.customer)
    for column, text in texts.items():
        setattr(draft, column, text)
    draft.cash_on_delivery = content.cash_on_delivery
    draft.discount_amount, draft.freight_amount = content.discount_amount, content.freight_amount
    await keep(work, draft, lines)


async def keep(work: Work, draft: OrderDraft, lines: list[DraftedLine]) -> None:
    """Store a draft with these lines, from now on until it expires."""
    days = await orders.draft_days(work, draft.channel_id)
    draft.expires_at = work.now + timedelta(days=days)
    draft.updated_at, draft.updated_by = work.now, work.actor.name
    work.session.add(draft)
    await work.session.flush()
    await work.execute(delete(OrderDraftLine).where(OrderDraftLine.draft_id == draft.id))
    rows = [
        {"draft_id": draft.id, "position": position, "variant_id": each.variant_id, "quantity": each.quantity}
        for position, each in enumerate(lines, start=1)
    ]
    if rows:
        await work.execute(insert(OrderDraftLine), rows)


@action
async def take_order_draft(work: Work, draft_id: UUID, expected_version: int | None = None) -> OrderDraft:
    """Take a draft over from a colleague, to go on with it yourself."""
    draft = await _open_draft(work, draft_id, expected_version)
    draft.owner_id, draft.owner_name = work.actor.id, work.actor.name
    _touch(work, draft)
    return draft


@action
async def discard_order_draft(work: Work, draft_id: UUID, expected_version: int | None = None) -> OrderDraft:
    """Discard a draft that becomes no order; it can still be read."""
    draft = await draft_for_change(work, draft_id, expected_version)
    draft.status, draft.ended_at = DraftStatus.DISCARDED, work.now
    _touch(work, draft)
    return draft


@routine
async def expire_order_drafts(work: Work) -> int:
    """Let drafts expire that nobody saved for as long as the channel's policy says."""
    late = (
        select(OrderDraft.id)
        .where(OrderDraft.status == DraftStatus.OPEN, OrderDraft.expires_at <= work.now)
        .order_by(OrderDraft.expires_at)
        .limit(EXPIRED_MAX)
        .with_for_update(skip_locked=True)
    )
    ended = {"status": DraftStatus.EXPIRED, "ended_at": work.now, "updated_at": work.now, "updated_by": work.actor.name}
    statement = update(OrderDraft).where(OrderDraft.id.in_(late)).values(version=OrderDraft.version + 1, **ended)
    return await work.change(statement.execution_options(synchronize_session=False))


async def draft_for_change(work: Work, draft_id: UUID, expected_version: int | None) -> OrderDraft:
    """Lock an open draft that is the actor's to change."""
    draft = await _open_draft(work, draft_id, expected_version)
    if draft.owner_id not in (None, work.actor.id) and not work.actor.may(ANY_DRAFT):
        raise DraftTaken(owner=draft.owner_name).at("input", "id")
    return draft


async def _open_draft(work: Work, draft_id: UUID, expected_version: int | None) -> OrderDraft:
    statement = visible(select(OrderDraft).where(OrderDraft.id == draft_id), work.actor, channel=OrderDraft.channel_id)
    draft: OrderDraft | None = await work.session.scalar(
        statement.with_for_update().execution_options(populate_existing=True)
    )
    if draft is None:
        raise NotFound(what="order draft", which=str(draft_id)).at("input", "id")
    if draft.status is not DraftStatus.OPEN:
        raise WrongState(
            what="order draft",
            which=str(draft_id),
            state=draft.status.value,
            needed=DraftStatus.OPEN.value,
            changed_by=draft.updated_by,
            changed_at=draft.updated_at.isoformat(),
        ).at("input", "id")
    await check_version(work, draft, expected_version)
    return draft


def _touch(work: Work, draft: OrderDraft) -> None:
    draft.version += 1
    draft.updated_at, draft.updated_by = work.now, work.actor.name
