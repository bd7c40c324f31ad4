"""Newer versions of known orders (订单更新): what `revising` decided is written, for many orders in few statements."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from domain import inventory
from domain.inventory import Candidates, ClaimClass
from domain.kernel import Work
from domain.orders import (
    bundling,
    carrying,
    checking,
    decisions,
    exploding,
    following,
    giving,
    holding,
    revising,
    shipped_anyway,
    telling,
)
from domain.orders.batches import among, insert_rows, table_of, unnested
from domain.orders.claiming import Claimed, claim_needs, needs_of
from domain.orders.first_import import Imported, Shop, match_lines
from domain.orders.grounds import read_grounds
from domain.orders.hold_rules import DECIDED_BY_CHECKS, DECIDED_BY_FACTS
from domain.orders.holds import Holds
from domain.orders.incoming import IncomingOrder
from domain.orders.lifecycle import WAITING, OrderStatus
from domain.orders.models import HoldReason, Order, OrderLine
from domain.orders.revising import Known, Revision
from domain.shipping import CarrierChoice

ORDERS = table_of(Order)
LINES = table_of(OrderLine)
CHANGED_LINE_KEYS = ("id", *revising.LINE_FACTS)

SETTLED = DECIDED_BY_FACTS | DECIDED_BY_CHECKS | {carrying.UNREACHABLE}
"""What a version of a trade settles; whether somebody goes to the address, only while the carrier is chosen with it."""

Revisions = Mapping[UUID, Revision]


async def load_known(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, Known]:
    """Load orders with their lines, locked in the order of their ids."""
    heads = await work.rows(
        select(*ORDERS.c).where(among(ORDERS.c.id, order_ids)).order_by(ORDERS.c.id).with_for_update()
    )
    lines: dict[UUID, list[dict[str, Any]]] = {row.id: [] for row in heads}
    by_order = select(*LINES.c).where(among(LINES.c.order_id, list(lines))).order_by(LINES.c.order_id, LINES.c.position)
    # Gifts are no goods of the trade: rules give them, and take them back; but a part keeps its share of them.
    goods = or_(LINES.c.gift_rule_id.is_(None), LINES.c.split_from_line_id.is_not(None))
    for row in await work.rows(by_order.where(goods)):
        lines[row.order_id].append(dict(row._mapping))  # noqa: SLF001 — the public name of a row's mapping.
    return {row.id: Known(dict(row._mapping), lines[row.id]) for row in heads}  # noqa: SLF001 — as above.


async def update_orders(work: Work, shop: Shop, trades: Sequence[tuple[UUID, IncomingOrder]]) -> Imported:
    """Apply newer versions of trades to their orders."""
    if not trades:
        return Imported()
    holders = await _holders(work, [order_id for order_id, _ in trades])
    wanted = {order_id for order_id, _ in trades} | {each for held in holders.values() for each in held}
    known = await load_known(work, sorted(wanted))
    elsewhere = [each for each in trades if following.lives_elsewhere(known[each[0]])]
    plain = [each for each in trades if not following.lives_elsewhere(known[each[0]])]
    done = await _update_plain(work, shop, known, plain) if plain else Imported()
    if elsewhere:
        await _update_elsewhere(work, shop, known, (holders, elsewhere), done)
    return done


async def _update_plain(
    work: Work, shop: Shop, known: Mapping[UUID, Known], trades: Sequence[tuple[UUID, IncomingOrder]]
) -> Imported:
    """Apply newer versions of trades to orders whose goods are theirs alone."""
    revisions = {order_id: revising.revise(known[order_id], trade) for order_id, trade in trades}
    await giving.end_gifts(work, [key for key, each in revisions.items() if each.over])
    anew = [key for key, each in revisions.items() if each.status in WAITING and _moves_gifts(known[key], each)]
    await giving.take_gifts_back(work, anew)
    await _change_lines(work, shop, known, revisions)
    await _give_back(work, revisions)
    waiting = await holding.holds_of_orders(work, list(revisions))
    heads = {key: _head(known[key], each) for key, each in revisions.items()}
    lines = {key: each.lines for key, each in revisions.items()}
    grounds = await read_grounds(work, list(heads.values()), [each for of_order in lines.values() for each in of_order])
    found = {key: grounds.candidates(heads[key], lines[key]) for key in revisions}
    claimed = await _claim_again(work, known, revisions, waiting, found)
    carried = carrying.carriers_of(grounds, heads, lines, found, claimed)
    await _write_heads(work, known, revisions, claimed, dict(trades), carried)
    checked = await checking.reasons_of(work, heads, lines, grounds=grounds)
    wanted = _wanted(shop, revisions, claimed, dict(trades), carried)
    held = await _settle_holds(work, revisions, waiting, {key: wanted[key] | {**checked[key]} for key in revisions})
    told = {key: each for key, each in carried.items() if known[key].order["carrier_code"] != each.carrier_code}
    await decisions.write_decisions(work, carrying.explained(grounds, found, claimed, told))
    if grounds.has_gifts:
        await giving.give_gifts(work, anew)
    done = Imported(held=held, over=[order_id for order_id, each in revisions.items() if each.over])
    for order_id, trade in trades:
        _note_given_up(done, known[order_id].order, [heads[order_id]], trade)
    return done


def _note_given_up(
    done: Imported, before: Mapping[str, Any], orders: Sequence[Mapping[str, Any]], trade: IncomingOrder
) -> None:
    """Note whether what was cancelled here left on its platform all the same."""
    found = shipped_anyway.alerts_of(orders, trade)
    done.shipped_anyway += found
    if not found and before["status"] is OrderStatus.CANCELLED:
        done.not_anyway += [each["id"] for each in orders]


def _moves_gifts(known: Known, revision: Revision) -> bool:
    """Whether a version changes what the rules of gifts look at."""
    head = {**known.order, **revision.content}
    looked_at = any(head[key] != known.order[key] for key in giving.LOOKED_AT)
    return revision.rebuilt or revision.paid or looked_at or list(revision.lines) != list(known.lines)


async def _holders(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Find the orders in which goods of others' trades are: those they were merged into, or their parts."""
    elsewhere = [each.value for each in following.ELSEWHERE]
    statement = (
        select(LINES.c.origin_order_id, LINES.c.order_id)
        .join(ORDERS, ORDERS.c.id == LINES.c.order_id)
        .where(among(LINES.c.origin_order_id, order_ids), ORDERS.c.status.not_in(elsewhere))
        .distinct()
    )
    found: dict[UUID, list[UUID]] = {}
    for row in await work.rows(statement):
        found.setdefault(row.origin_order_id, []).append(row.order_id)
    return found


async def _update_elsewhere(
    work: Work,
    shop: Shop,
    known: Mapping[UUID, Known],
    told: tuple[Mapping[UUID, Sequence[UUID]], Sequence[tuple[UUID, IncomingOrder]]],
    done: Imported,
) -> None:
    """Apply newer versions of trades whose goods are in a merged order, or in the parts of a split one."""
    holders, trades = told
    shares = following.revise_shares(known, holders, trades)
    await _change_lines(work, shop, known, shares.revisions)
    await _give_back(work, shares.revisions)
    await giving.end_gifts(work, [key for key, each in shares.revisions.items() if each.over])
    await _write_shares(work, known, shares, dict(trades))
    await giving.uncount_lost_gifts(work, list(shares.revisions))
    done.held += await _hold_shares(work, shares)
    done.over += [order_id for order_id, each in shares.revisions.items() if each.over]
    done.also += sorted(shares.revisions.keys() - dict(trades).keys())
    for trade_id, trade in trades:
        held_by = holders.get(trade_id, [trade_id])
        _note_given_up(
            done, known[trade_id].order, [_head(known[each], shares.revisions[each]) for each in held_by], trade
        )


def _head(known: Known, revision: Revision) -> dict[str, Any]:
    return {**known.order, **revision.content, "status": revision.status}


async def _write_shares(
    work: Work, known: Mapping[UUID, Known], shares: following.Shares, trades: Mapping[UUID, IncomingOrder]
) -> None:
    rows = []
    for order_id, each in shares.revisions.items():
        order = known[order_id].order
        told_at = trades[order_id].modified_at if order_id in trades else order["modified_at"]
        gone = each.status in (OrderStatus.CANCELLED, OrderStatus.CLOSED)
        rows.append(
            {
                "id": order_id,
                **{key: each.content[key] for key in following.CONTENT},
                "status": each.status,
                "modified_at": told_at,
                "cancelled_at": order["cancelled_at"] or work.now if gone else None,
                "cancel_reason": order["cancel_reason"] or "on the platform" if gone else None,
            }
        )
        rows[-1] |= _changed_by(work, known[order_id], rows[-1], each)
    for row in rows:
        before = {key: known[row["id"]].order[key] for key in row}
        telling.tell_changes(work, row["id"], "Order", row["id"], before, row)
    given = unnested([ORDERS.c[key] for key in rows[0]], rows)
    changed = {key: given.c[key] for key in rows[0] if key != "id"}
    await work.execute(update(ORDERS).where(ORDERS.c.id == given.c.id).values(**changed))


async def _hold_shares(work: Work, shares: following.Shares) -> int:
    """Let orders wait whose trades changed or for which a refund is requested; what is over, for a refund only."""
    opened = {order_id: dict(each) for order_id, each in shares.reasons.items() if each}
    settled, over = [], dict[UUID, dict[HoldReason, str]]()
    for order_id, each in shares.revisions.items():
        if each.status in following.ELSEWHERE:
            continue
        if each.over:
            over[order_id] = revising.refund_after_leaving(each)
        elif evidence := following.refund_wanted(each.lines):
            opened.setdefault(order_id, {})[HoldReason.REFUND_REQUESTED] = evidence
        else:
            settled.append(order_id)
    await holding.open_holds(work, {key: each for key, each in opened.items() if key not in over})
    await holding.release_holds(work, settled, [HoldReason.REFUND_REQUESTED])
    if over:
        await holding.settle(work, over, frozenset(HoldReason))
    return len(opened)


async def _change_lines(work: Work, shop: Shop, known: Mapping[UUID, Known], revisions: Revisions) -> None:
    made = [line for each in revisions.values() if each.rebuilt for line in each.lines]
    if made:
        await inventory.release(work, [order_id for order_id, each in revisions.items() if each.rebuilt])
        gone = [order_id for order_id, each in revisions.items() if each.rebuilt]
        await work.execute(delete(LINES).where(among(LINES.c.order_id, gone)))
        await match_lines(work, shop, made)
        await _explode(work, shop, known, [each for each in revisions.values() if each.rebuilt])
        await insert_rows(work, OrderLine, [line for each in revisions.values() if each.rebuilt for line in each.lines])
    kept = [
        {key: line[key] for key in CHANGED_LINE_KEYS}
        for order_id, each in revisions.items()
        if not each.rebuilt
        for line, before in zip(each.lines, known[order_id].lines, strict=True)
        if line != before
    ]
    if kept:
        given = unnested([LINES.c[key] for key in CHANGED_LINE_KEYS], kept)
        changed = {key: given.c[key] for key in revising.LINE_FACTS}
        await work.execute(update(LINES).where(LINES.c.id == given.c.id).values(**changed))


async def _explode(work: Work, shop: Shop, known: Mapping[UUID, Known], rebuilt: Sequence[Revision]) -> None:
    """Let a line that only changed its quantity stay the article it was, or the components it was sold as."""
    lines = [line for each in rebuilt for line in each.lines]
    before = [line for order_id in {each["order_id"] for each in lines} for line in known[order_id].lines]
    articles = {_article(each): each for each in bundling.as_told(before)}
    components, sold = bundling.components_in(before), {}
    for line in lines:
        if (was := articles.get(_article(line))) is None:
            continue
        line["variant_id"] = was["variant_id"] or line["variant_id"]
        line["ships_on"] = line["ships_on"] or was["ships_on"]
        if was["id"] in components:
            sold[line["id"]] = components[was["id"]]
    await exploding.explode(work, shop.channel_id, [each.lines for each in rebuilt], sold)


def _article(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(line[key] for key in ("order_id", "external_number", "external_sku", "seller_code", "barcode"))


async def _give_back(work: Work, revisions: Revisions) -> None:
    whole = [order_id for order_id, each in revisions.items() if each.release_all and not each.rebuilt]
    partly = {order_id: each.released for order_id, each in revisions.items() if each.released and not each.release_all}
    paid = [order_id for order_id, each in revisions.items() if each.paid and not each.rebuilt]
    if whole:
        await inventory.release(work, whole)
    if partly:
        await inventory.release(work, list(partly), [line for lines in partly.values() for line in lines])
    if paid:
        await inventory.promote(work, paid, ClaimClass.TO_REVIEW)


async def _claim_again(
    work: Work,
    known: Mapping[UUID, Known],
    revisions: Revisions,
    waiting: Mapping[UUID, Sequence[Any]],
    found: Mapping[UUID, Candidates],
) -> dict[UUID, Claimed]:
    """Claim for orders whose lines were made anew or that are short of something."""
    short = {
        order_id
        for order_id, found in waiting.items()
        if any(each.reason is HoldReason.SHORTAGE and each.released_at is None for each in found)
    }
    wanting = [
        order_id
        for order_id, each in revisions.items()
        if each.status in WAITING and (each.rebuilt or order_id in short)
    ]
    if not wanting:
        return {}
    heads = {each: known[each].order["warehouse_id"] for each in wanting}
    lines = {each: revisions[each].lines for each in wanting}
    return await claim_needs(
        work, await needs_of(work, found, {each: revisions[each].status for each in wanting}, heads, lines)
    )


async def _write_heads(
    work: Work,
    known: Mapping[UUID, Known],
    revisions: Revisions,
    claimed: Mapping[UUID, Claimed],
    trades: Mapping[UUID, IncomingOrder],
    carried: Mapping[UUID, CarrierChoice],
) -> None:
    rows = []
    for order_id, each in revisions.items():
        order = known[order_id].order
        gone = each.status in (OrderStatus.CANCELLED, OrderStatus.CLOSED)
        told_at = trades[order_id].modified_at if order_id in trades else order["modified_at"]
        telling.tell_lines(work, order_id, known[order_id].lines, each.lines)
        warehouse_id = claimed[order_id].warehouse_id if order_id in claimed else None
        before = None if each.rebuilt else order["warehouse_id"]
        rows.append(
            {
                "id": order_id,
                **each.content,
                "status": each.status,
                "modified_at": told_at,
                "warehouse_id": warehouse_id or before,
                "carrier_code": carried[order_id].carrier_code if order_id in carried else order["carrier_code"],
                "cancelled_at": order["cancelled_at"] or trades[order_id].modified_at if gone else None,
                "cancel_reason": order["cancel_reason"] or "on the platform" if gone else None,
            }
        )
        rows[-1] |= _changed_by(work, known[order_id], rows[-1], each)
    for row in rows:
        before = {key: known[row["id"]].order[key] for key in row}
        telling.tell_changes(work, row["id"], "Order", row["id"], before, row)
    given = unnested([ORDERS.c[key] for key in rows[0]], rows)
    changed = {key: given.c[key] for key in rows[0] if key != "id"}
    await work.execute(update(ORDERS).where(ORDERS.c.id == given.c.id).values(**changed))


def _changed_by(work: Work, known: Known, row: Mapping[str, Any], revision: Revision) -> dict[str, Any]:
    """Say who changed an order last: an echo of what it says already, such as of our own memo, is no change of it."""
    before, news = known.order, revision.changed or revision.paid_anyway
    same = all(before[key] == row[key] for key in row if key not in telling.UNTOLD)
    if same and not news and list(revision.lines) == list(known.lines):
        return {key: before[key] for key in ("version", "content_version", "updated_at", "updated_by")}
    after = before["version"] + 1
    return {
        "version": after,
        "content_version": after if revising.changes_papers(known, revision) else before["content_version"],
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }


def _wanted(
    shop: Shop,
    revisions: Revisions,
    claimed: Mapping[UUID, Claimed],
    trades: Mapping[UUID, IncomingOrder],
    carried: Mapping[UUID, CarrierChoice],
) -> dict[UUID, dict[HoldReason, str]]:
    wanted = {key: revising.reasons_after(each, trades[key], shop.currency) for key, each in revisions.items()}
    for order_id, each in claimed.items():
        if each.shortage:
            wanted[order_id][HoldReason.SHORTAGE] = each.shortage
    for order_id, choice in carried.items():
        wanted[order_id] |= carrying.unreachable(choice)
    return wanted


async def _settle_holds(
    work: Work, revisions: Revisions, waiting: Mapping[UUID, Sequence[Any]], wanted: Mapping[UUID, Holds]
) -> int:
    opened, gone, held = {}, dict[HoldReason, list[UUID]](), 0
    for order_id, each in revisions.items():
        opened[order_id], released = holding.changes(
            waiting[order_id],
            wanted[order_id],
            over=each.over,
            among=SETTLED if each.status in WAITING else SETTLED - {carrying.UNREACHABLE},
        )
        for reason in released:
            gone.setdefault(reason, []).append(order_id)
        held += bool(wanted[order_id])
    await holding.open_holds(work, opened)
    for reason in sorted(gone):
        await holding.release_holds(work, gone[reason], [reason])
    return held
