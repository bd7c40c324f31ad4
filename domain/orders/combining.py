"""How a channel's orders are merged and split (合单拆单设置): one row per channel, and what holds without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import channels
from domain.kernel import BadInput, NotFound, Reading, Work, action, sees_channel
from domain.orders.batches import among, table_of
from domain.orders.models import CombiningRule, MergeMode
from domain.orders.splitting_plans import ShipNow, SplitBy

WORDS_MAX = 20
WORD_LENGTH_MAX = 50
GRAMS_MAX = 10_000_000
LISTS = ("preorder_words", "splits_by_itself")
UNASKED = (SplitBy.DESIGNATION, SplitBy.LARGE_GOODS, SplitBy.PREORDER)
RULES = table_of(CombiningRule)


@dataclass(frozen=True, kw_only=True)
class Combining:
    """How orders of a channel are merged and split."""

    merge_mode: MergeMode = MergeMode.SAME_SHOP
    shop_group: str | None = None
    merges_by_itself: bool = False
    merges_despite_refunds: bool = False
    splits_by_itself: Sequence[SplitBy] = ()
    large_from_grams: int | None = None
    preorder_words: Sequence[str] = ()
    ship_now: ShipNow = ShipNow.IN_STOCK_AND_NO_WORD


@action
async def set_combining_rule(work: Work, channel_id: UUID, rule: Combining) -> CombiningRule:
    """Say how orders of a channel are merged and split from now on."""
    _check(rule)
    if not sees_channel(work.actor, channel_id):
        raise NotFound(what="channel", which=str(channel_id)).at("input", "channelId")
    await channels.channel_by_id(work, channels.ChannelId(channel_id))
    row = await work.session.scalar(
        select(CombiningRule).where(CombiningRule.channel_id == channel_id).with_for_update()
    )
    if row is None:
        row = CombiningRule(channel_id=channel_id, updated_at=work.now, updated_by=work.actor.name, version=0)
        work.session.add(row)
    for key, value in vars(rule).items():
        setattr(row, key, list(dict.fromkeys(value)) if key in LISTS else value)
    row.version += 1
    row.updated_at, row.updated_by = work.now, work.actor.name
    await work.session.flush()
    return row


def _check(rule: Combining) -> None:
    if (rule.merge_mode is MergeMode.SAME_GROUP) != bool((rule.shop_group or "").strip()):
        problem = "names the group of shops when orders are merged within a group, and only then"
        raise BadInput(field="shopGroup", problem=problem).at("input", "shopGroup")
    if len(rule.shop_group or "") > WORD_LENGTH_MAX:
        problem = f"must have at most {WORD_LENGTH_MAX} characters"
        raise BadInput(field="shopGroup", problem=problem).at("input", "shopGroup")
    _check_splitting(rule)
    if rule.large_from_grams is not None and not 0 < rule.large_from_grams <= GRAMS_MAX:
        problem = f"must lie between 1 and {GRAMS_MAX}, not {rule.large_from_grams}"
        raise BadInput(field="largeFromGrams", problem=problem).at("input", "largeFromGrams")
    if len(rule.preorder_words) > WORDS_MAX or not all(
        0 < len(each) <= WORD_LENGTH_MAX for each in rule.preorder_words
    ):
        problem = f"must be at most {WORDS_MAX} words of 1 to {WORD_LENGTH_MAX} characters"
        raise BadInput(field="preorderWords", problem=problem).at("input", "preorderWords")


def _check_splitting(rule: Combining) -> None:
    """Refuse what only a person asks for, and large goods without the weight that makes them large."""
    for index, by in enumerate(rule.splits_by_itself):
        if by not in UNASKED:
            problem = f"must be among {', '.join(UNASKED)}; by {by} an order is split when somebody asks for it"
            raise BadInput(field="splitsByItself", problem=problem).at("input", "splitsByItself", str(index))
    if SplitBy.LARGE_GOODS in rule.splits_by_itself and rule.large_from_grams is None:
        problem = "says from which weight on goods are large; splitting by LARGE_GOODS needs it"
        raise BadInput(field="largeFromGrams", problem=problem).at("input", "largeFromGrams")


async def combining_of(work: Any, channel_ids: Sequence[UUID]) -> dict[UUID, Combining]:
    """Say how orders of channels are merged and split; what nobody said is the default."""
    rows = await work.rows(select(*RULES.c).where(among(RULES.c.channel_id, channel_ids)))
    said = {row.channel_id: _combining(row) for row in rows}
    return {each: said.get(each, DEFAULT) for each in channel_ids}


def _combining(row: Any) -> Combining:
    return Combining(**{key: getattr(row, key) for key in vars(DEFAULT)})


combining_rules_by_id = Reading(select(*RULES.c), RULES.c.id, channel=RULES.c.channel_id)
combining_rules_by_channel = Reading(select(*RULES.c), RULES.c.channel_id, channel=RULES.c.channel_id)


DEFAULT = Combining()
