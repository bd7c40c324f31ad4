"""Freezing and recalling lots (批次冻结与召回): what is of such a lot stays where it is, and is not sold.

What it holds is no longer available, in every warehouse and at once. Promises made before stay: what is available may
become negative, shipping takes other lots, and refuses when there are none. Lots that were made of it are stopped with
it, and released with it unless something else they were made of is still stopped.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, literal, select, text, update

from domain.inventory.buckets import gather_all
from domain.inventory.events import touch
from domain.inventory.lot_descent import LOTS_MADE_OF, STOPPED_PARTS
from domain.inventory.models import Lot, LotId, LotStatus
from domain.inventory.statements import UNSOLD, UUIDS, statement
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
async def freeze_lot(work: Work, lot_id: LotId, reason: str, *, including_made_of: bool = True) -> Lot:
    """Stop selling a lot, and lots that were made of it, until it is released, for a stated reason."""
    return await _become(work, lot_id, FROZEN, reason, including_made_of=including_made_of)


@action
async def recall_lot(work: Work, lot_id: LotId, reason: str, *, including_made_of: bool = True) -> Lot:
    """Stop selling a lot that is called back from its buyers, and lots made of it (`lotTraces` tells who got them)."""
    return await _become(work, lot_id, RECALLED, reason, including_made_of=including_made_of)


@action
async def release_lot(work: Work, lot_id: LotId, reason: str) -> Lot:
    """Let a lot that was frozen or recalled be sold again, and what was stopped with it, for a stated reason."""
    return await _become(work, lot_id, GOOD, reason, including_made_of=True)


async def _become(work: Work, lot_id: LotId, status: LotStatus, reason: str, *, including_made_of: bool) -> Lot:
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    await work.execute(EVERYBODY_WAITS)
    lot = await work.session.get(Lot, lot_id, with_for_update=True, populate_existing=True)
    if lot is None:
        raise NotFound(what="lot", which=str(lot_id)).at("input", "lotId")
    LIFECYCLE.check(lot.code, lot.status, status)
    lot.status, lot.status_reason, lot.status_since, lot.stopped_with_id = status, stated, work.now, None
    await work.session.flush()
    variants = {lot.variant_id}
    if including_made_of:
        variants |= await (_release_with(work, lot) if status is GOOD else _stop_with(work, lot))
    await gather_all(work, sorted(variants))
    await work.execute(COUNT_BLOCKED, {"variant_ids": sorted(variants)})
    touch(work, variants)
    return lot


async def _stop_with(work: Work, lot: Lot) -> set[UUID]:
    """Stop the lots that were made of one; those that were stopped by themselves stay as they are."""
    rows = await work.rows(LOTS_MADE_OF, {"lot_id": lot.id})
    await _say(work, [row.id for row in rows], lot, lot)
    return {row.variant_id for row in rows}


async def _release_with(work: Work, lot: Lot) -> set[UUID]:
    """Release the lots that were stopped with one, but for those made of others that are stopped as well."""
    found = select(Lot.id, Lot.variant_id).where(Lot.stopped_with_id == lot.id).order_by(Lot.id)
    rows = await work.rows(found)
    ids = [row.id for row in rows]
    parts = await work.rows(STOPPED_PARTS, {"lot_ids": ids, "lot_id": lot.id}) if ids else []
    for part in parts:
        await _say(work, [part.root], lot, await work.session.get_one(Lot, part.id))
    await _say(work, [each for each in ids if each not in {part.root for part in parts}], lot, None)
    return {row.variant_id for row in rows}


async def _say(work: Work, lot_ids: Sequence[LotId], lot: Lot, stopped_with: Lot | None) -> None:
    """Let lots be as the one they were made of, or good again."""
    reason = f"{lot.status_reason} ({lot.code})"[:REASON_LENGTH_MAX] if stopped_with in (lot, None) else None
    changed = {
        "status": GOOD if stopped_with is None else stopped_with.status,
        "status_reason": reason or (stopped_with.status_reason if stopped_with else None),
        "status_since": work.now,
        "stopped_with_id": None if stopped_with is None else stopped_with.id,
    }
    of_them = update(Lot).where(Lot.id == any_(literal(list(lot_ids), UUIDS))).values(**changed)
    await work.execute(of_them.execution_options(synchronize_session="fetch"))


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
