"""Freezing and recalling lots (批次冻结与召回): what is of such a lot stays where it is, and is not sold.

What it holds is no longer available, in every warehouse and at once. Promises made before stay: what is available may
become negative, shipping takes other lots, and refuses when there are none.
"""

from collections.abc import Sequence

from sqlalchemy import text

from domain.inventory.buckets import gather_all
from domain.inventory.events import touch
from domain.inventory.models import Lot, LotId, LotStatus
from domain.inventory.statements import UNSOLD, statement
from domain.kernel import Lifecycle, NotFound, Refusal, Work, action, permission_of, short_text

REASON_LENGTH_MAX = 500
GOOD, FROZEN, RECALLED = LotStatus.GOOD, LotStatus.FROZEN, LotStatus.RECALLED

LIFECYCLE = Lifecycle("lot", {GOOD: {FROZEN, RECALLED}, FROZEN: {GOOD, RECALLED}, RECALLED: {GOOD}})

# A document under way may just be bringing the lot into a warehouse where it never was, and no row of ours could stop
# it. So all who change stock are let finish first, and who comes meanwhile waits for the moment this takes.
EVERYBODY_WAITS = text("LOCK TABLE stock_items IN EXCLUSIVE MODE")
COUNT_BLOCKED = statement(f"""
    UPDATE stock_items AS item SET blocked = coalesce((
        SELECT sum(balance.on_hand) FROM stock_balances AS balance JOIN lots ON lots.id = balance.lot_id
        WHERE balance.variant_id = item.variant_id AND balance.warehouse_id = item.warehouse_id
          AND {UNSOLD}), 0)
    WHERE item.variant_id = ANY (:variant_ids)
""")  # noqa: S608 — The formula is ours.


BLOCKED = statement("SELECT id, code, status FROM lots WHERE id = ANY (:lot_ids) AND status <> 'GOOD'")


class LotNotReleased(Refusal):
    """Lot {lot_code} is {status}: only who may release it lets its goods become others."""

    lot_code: str
    status: str
    chinese = "批号 {lot_code} 处于 {status} 状态，只有可解除冻结或召回的人员才能将其货品改为其他批号或货品"


@action
async def freeze_lot(work: Work, lot_id: LotId, reason: str) -> Lot:
    """Stop selling a lot until it is released, for a stated reason."""
    return await _become(work, lot_id, FROZEN, reason)


@action
async def recall_lot(work: Work, lot_id: LotId, reason: str) -> Lot:
    """Stop selling a lot that is called back from its buyers (`lotTraces` tells who they are)."""
    return await _become(work, lot_id, RECALLED, reason)


@action
async def release_lot(work: Work, lot_id: LotId, reason: str) -> Lot:
    """Let a lot that was frozen or recalled be sold again, for a stated reason."""
    return await _become(work, lot_id, GOOD, reason)


async def _become(work: Work, lot_id: LotId, status: LotStatus, reason: str) -> Lot:
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    await work.execute(EVERYBODY_WAITS)
    lot = await work.session.get(Lot, lot_id, with_for_update=True, populate_existing=True)
    if lot is None:
        raise NotFound(what="lot", which=str(lot_id)).at("input", "lotId")
    LIFECYCLE.check(lot.code, lot.status, status)
    lot.status, lot.status_reason, lot.status_since = status, stated, work.now
    await work.session.flush()
    await gather_all(work, [lot.variant_id])
    await work.execute(COUNT_BLOCKED, {"variant_ids": [lot.variant_id]})
    touch(work, {lot.variant_id})
    return lot


async def check_released(work: Work, lot_ids: Sequence[LotId | None]) -> None:
    """Refuse to make others of goods of a blocked lot, which would then be sold; call it once the stock is locked."""
    named = sorted({each for each in lot_ids if each is not None})
    if not named or work.actor.may(permission_of(release_lot)):
        return
    blocked = {row.id: row for row in await work.rows(BLOCKED, {"lot_ids": named})}
    for index, lot_id in enumerate(lot_ids):
        if row := blocked.get(lot_id):
            refusal = LotNotReleased(lot_code=row.code, status=row.status)
            raise refusal.at("input", "lines", str(index), "lotId")
