"""Suggesting merges (合单建议): what the clock leaves alone because somebody took it is suggested to that person."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from domain import alerts, identity
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.kernel import Work
from domain.orders import merging_rules
from domain.orders.batches import among
from domain.orders.merging_rules import Mergeable, MergeCondition

STAFF = identity.models.Staff


async def suggest(work: Work, together: Sequence[Sequence[Mergeable]]) -> int:
    """Let exactly these be suggested: orders of one buyer to one address of which people took some. Absorbs none."""
    wanted = []
    for orders in together:
        # What the clock can merge it merges first; what is left over is suggested the next time.
        if not merging_rules.groups_of(orders, work.actor):
            wanted += [_suggestion(work, group) for group in merging_rules.suggested_of(orders, work.actor)]
    named = await _named(work, wanted)
    await alerts.settle_alerts(work, None, [AlertKind.MERGE_SUGGESTED], named)
    return 0


def _suggestion(work: Work, group: Sequence[Mergeable]) -> NewAlert:
    """Suggest to whoever took the first of them to merge all."""
    taken = next(each for each in group if MergeCondition.NOT_TAKEN in merging_rules.against_itself(each, work.actor))
    others = [each.number for each in group if each is not taken]
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=taken.id,
        kind=AlertKind.MERGE_SUGGESTED,
        level=AlertLevel.WARN,
        channel_id=taken.channel_id,
        warehouse_id=taken.warehouse_id,
        message=f"Order {taken.number} could go in one parcel with {', '.join(others)}; it is yours to merge them",
        message_chinese=f"订单 {taken.number} 可与 {'、'.join(others)} 合单，请负责人处理",
        evidence={"number": taken.number, "with": others},
        addressed_to_id=taken.responsible_id,
    )


async def _named(work: Work, wanted: Sequence[NewAlert]) -> list[NewAlert]:
    """Say by name to whom each is suggested."""
    people = sorted({each.addressed_to_id for each in wanted if each.addressed_to_id is not None})
    found = await work.rows(select(STAFF.id, STAFF.name).where(among(STAFF.id, people))) if people else []
    names = {row.id: row.name for row in found}
    return [replace(each, addressed_to_name=names.get(each.addressed_to_id)) for each in wanted]
