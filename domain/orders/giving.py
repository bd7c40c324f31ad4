"""Gifts of orders (赠品): given once an order has its stock, claimed like other goods, and taken back when it changes.

A gift never makes an order wait: what is not in stock is not given, and why is written down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from domain import catalogue, customers, inventory, promotions
from domain.inventory import ClaimClass, ClaimRequest, WantedLine
from domain.kernel import Money, Quantity, UnitPrice, Work, identifier
from domain.orders import decisions, telling
from domain.orders.batches import among, insert_rows, table_of
from domain.orders.claiming import CLASS_OF
from domain.orders.decisions import Decision
from domain.orders.grounds import ADDRESS
from domain.orders.importing import NOTHING
from domain.orders.incoming import IncomingRefundStatus
from domain.orders.kinds import FOLLOWING
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import DecisionKind, Order, OrderLine
from domain.promotions import GiftDecision, GiftFacts, GiftLine, Given, KnownGiftRule, Room

ORDERS, LINES = table_of(Order), table_of(OrderLine)
GIVEN_IN = (OrderStatus.UNREVIEWED, OrderStatus.AWAITING_FINANCE, OrderStatus.REVIEWED)
"""Nobody gives before it is paid, or once the warehouse has it."""
LOST_RACES_MAX = 5
FASTER = "no gift: others were faster"
LOOKED_AT = ("paid_at", "total_amount", "freight_amount", "seller_memo", "buyer_message", *ADDRESS)
"""What rules see of the head of an order."""

CLAIM = inventory.models.Claim
# What rules see: a bundle is one article, and counts once.
SOLD = aliased(catalogue.Variant)
LINES_WITH_GOODS = (
    select(
        *(LINES.c[key] for key in ("order_id", "id", "position", "variant_id", "quantity", "list_amount")),
        *(LINES.c[key] for key in ("line_amount", "shipped_quantity", "cancelled_quantity", "gift_rule_id")),
        *(LINES.c[key] for key in ("bundle_line_id", "bundle_id", "bundle_quantity")),
        CLAIM.order_line_id.label("claimed"),
        catalogue.Product.brand_id,
        catalogue.Category.path,
        catalogue.Variant.weight_grams,
    )
    .outerjoin(CLAIM, (CLAIM.order_line_id == LINES.c.id) & (CLAIM.claim_class != ClaimClass.PREORDER))
    .outerjoin(catalogue.Variant, catalogue.Variant.id == LINES.c.variant_id)
    .outerjoin(SOLD, SOLD.id == func.coalesce(LINES.c.bundle_id, LINES.c.variant_id))
    .outerjoin(catalogue.Product, catalogue.Product.id == SOLD.product_id)
    .outerjoin(catalogue.Category, catalogue.Category.id == catalogue.Product.category_id)
)
GOODS = (
    select(catalogue.Variant.id, catalogue.Variant.sku, catalogue.Variant.specification, catalogue.Product.name)
    .join(catalogue.Product, catalogue.Product.id == catalogue.Variant.product_id)
)  # fmt: skip

# The parts of a split order share what it was given: the gift is counted for the order they all come from.
FAMILY = """
    WITH RECURSIVE above AS (
        SELECT id, split_from_id FROM orders WHERE id = ANY (:order_ids)
        UNION SELECT orders.id, orders.split_from_id FROM above JOIN orders ON orders.id = above.split_from_id
    ), family AS (
        SELECT id, id AS whole_id FROM above WHERE split_from_id IS NULL
        UNION SELECT orders.id, family.whole_id FROM family JOIN orders ON orders.split_from_id = family.id
    )
"""
WHOLES = f"{FAMILY} SELECT DISTINCT whole_id FROM family ORDER BY whole_id"  # noqa: S608 — a constant.
STILL_GIVEN = f"""{FAMILY}
    SELECT DISTINCT family.whole_id, order_lines.gift_rule_id FROM family
    JOIN orders ON orders.id = family.id AND orders.status NOT IN ('MERGED', 'SPLIT')
    JOIN order_lines ON order_lines.order_id = orders.id
    WHERE order_lines.gift_rule_id IS NOT NULL AND order_lines.quantity > order_lines.cancelled_quantity
"""  # noqa: S608 — a constant.
FIND_WHOLES, FIND_STILL_GIVEN = (
    text(each).bindparams(bindparam("order_ids", type_=ARRAY(Uuid))) for each in (WHOLES, STILL_GIVEN)
)


@dataclass(frozen=True)
class Candidate:
    """An order that may get gifts, with the place after its last line."""

    facts: GiftFacts
    status: OrderStatus
    position: int


async def give_gifts(work: Work, order_ids: Sequence[UUID]) -> None:
    """Give paid orders that have their stock and no gifts yet what the rules say, the first paid first."""
    rules = await promotions.gift_rules_in_force(work) if order_ids else []
    if not rules:
        return
    waiting = await _candidates(work, order_ids)
    if not waiting:
        return
    facts = [each.facts for each in waiting]
    customers = sorted({each.customer_id for each in facts if each.customer_id is not None})
    free = await _free(work, rules, facts)
    room = await promotions.hold_counters(work, promotions.wanted_rules(rules, facts), customers, free)
    given, said = list[tuple[Candidate, Given, UUID]](), dict[UUID, GiftDecision]()
    for _ in range(LOST_RACES_MAX):
        waiting = await _give(work, rules, waiting, room, given, said)
        if not waiting:
            break
    await _write_lines(work, given)
    await promotions.note_gifts(work, [each for _, each, _ in given], room.limits)
    lost = {each.facts.order_id for each in waiting}
    explained = [
        Decision(order_id, DecisionKind.GIFTS, FASTER if order_id in lost else each.outcome, each.tried)
        for order_id, each in said.items()
    ]
    await decisions.write_decisions(work, explained)


async def take_gifts_back(work: Work, order_ids: Sequence[UUID]) -> None:
    """Take from orders what rules gave and has not left: its stock and its counts are free again.

    A part of a split order keeps its share, because no rule looks at parts.
    """
    rows = [row for row in await _unshipped_gifts(work, order_ids) if row.split_from_id is None]
    if not rows:
        return
    owners = sorted({row.order_id for row in rows})
    await work.session.flush()
    await inventory.release(work, owners, [row.id for row in rows])
    for row in rows:
        telling.tell_changes(
            work, row.order_id, "OrderLine", row.id, {"title": row.title, "quantity": row.quantity}, {}
        )
    await work.execute(delete(LINES).where(among(LINES.c.id, [row.id for row in rows])))
    await uncount_lost_gifts(work, owners)


async def end_gifts(work: Work, order_ids: Sequence[UUID]) -> None:
    """Cancel the gifts of orders that are over: the lines stay, what they held and counted is free again."""
    rows = await _unshipped_gifts(work, order_ids)
    if not rows:
        return
    owners = sorted({row.order_id for row in rows})
    await work.session.flush()
    await inventory.release(work, owners, [row.id for row in rows])
    for row in rows:
        ended_quantity = {"cancelled_quantity": row.quantity}
        telling.tell_changes(work, row.order_id, "OrderLine", row.id, {"cancelled_quantity": NOTHING}, ended_quantity)
    ended = update(LINES).where(among(LINES.c.id, [row.id for row in rows]))
    await work.execute(ended.values(cancelled_quantity=LINES.c.quantity))
    await uncount_lost_gifts(work, owners)


async def uncount_lost_gifts(work: Work, order_ids: Sequence[UUID]) -> None:
    """Give the counts of gifts back of which nothing is left, neither in these orders nor in other parts of theirs."""
    if not order_ids:
        return
    wholes = [row.whole_id for row in await work.rows(FIND_WHOLES, {"order_ids": list(order_ids)})]
    sent = await promotions.hold_sent_gifts(work, wholes)
    if not sent:
        return
    # Asked once they are held: two parts that end at the same time see each other.
    rows = await work.rows(FIND_STILL_GIVEN, {"order_ids": list(order_ids)})
    left = {(row.whole_id, row.gift_rule_id) for row in rows}
    await promotions.undo_gifts(work, [each.id for each in sent if (each.order_id, each.rule_id) not in left])


async def _unshipped_gifts(work: Work, order_ids: Sequence[UUID]) -> list[Any]:
    if not order_ids:
        return []
    columns = (LINES.c.id, LINES.c.order_id, LINES.c.title, LINES.c.quantity, ORDERS.c.split_from_id)
    statement = select(*columns).join(ORDERS, ORDERS.c.id == LINES.c.order_id)
    statement = statement.where(among(LINES.c.order_id, order_ids))
    return await work.rows(statement.where(LINES.c.gift_rule_id.is_not(None), LINES.c.shipped_quantity == NOTHING))


async def _candidates(work: Work, order_ids: Sequence[UUID]) -> list[Candidate]:
    """Find which of the orders are paid, have all their stock and no gifts yet."""
    heads = await work.rows(
        select(*ORDERS.c, customers.Customer.rank.label("buyer_rank"))
        .outerjoin(customers.Customer, customers.Customer.id == ORDERS.c.customer_id)
        .where(among(ORDERS.c.id, order_ids), ORDERS.c.status.in_(GIVEN_IN), ORDERS.c.warehouse_id.is_not(None))
        # The parts of a split order share out what it was given.
        .where(ORDERS.c.split_from_id.is_(None), ORDERS.c.kind.not_in(FOLLOWING))
        .order_by(ORDERS.c.paid_at.nulls_last(), ORDERS.c.placed_at, ORDERS.c.id)
    )
    lines: dict[UUID, list[Any]] = {row.id: [] for row in heads}
    if heads:
        for row in await work.rows(LINES_WITH_GOODS.where(among(LINES.c.order_id, list(lines)))):
            lines[row.order_id].append(row)
    return [_candidate(work, head, lines[head.id]) for head in heads if _served(lines[head.id])]


def _served(lines: Sequence[Any]) -> bool:
    still_open = [each for each in lines if _open(each) > NOTHING]
    return bool(still_open) and all(each.claimed is not None and each.gift_rule_id is None for each in still_open)


def _open(line: Any) -> Quantity:
    return Quantity(line.quantity.value - line.shipped_quantity.value - line.cancelled_quantity.value)


def _candidate(work: Work, head: Any, lines: Sequence[Any]) -> Candidate:
    counting = [each for each in lines if _open(each) > NOTHING]
    facts = GiftFacts(
        order_id=head.id,
        channel_id=head.channel_id,
        customer_id=head.customer_id,
        buyer_rank=head.buyer_rank,
        warehouse_id=head.warehouse_id,
        placed_at=head.placed_at,
        paid_at=head.paid_at,
        now=work.now,
        total=head.total_amount,
        freight=head.freight_amount,
        grams=int(sum(each.weight_grams * _open(each).value for each in counting)),
        address="".join(getattr(head, each) or "" for each in ADDRESS),
        message=head.buyer_message or "",
        memo=head.seller_memo or "",
        lines=_gift_lines(counting),
    )
    return Candidate(facts, head.status, max(each.position for each in lines) + 1)


def _gift_lines(lines: Sequence[Any]) -> list[GiftLine]:
    sold: dict[UUID, list[Any]] = {}
    for each in lines:
        sold.setdefault(each.bundle_line_id or each.id, []).append(each)
    return [_gift_line(each) for each in sold.values()]


def _gift_line(group: Sequence[Any]) -> GiftLine:
    first = group[0]
    return GiftLine(
        variant_id=first.bundle_id or first.variant_id,
        brand_id=first.brand_id,
        categories=(first.path or "").split("/"),
        quantity=_open(first) if first.bundle_quantity is None else first.bundle_quantity,
        list_amount=Money.total(each.list_amount for each in group),
        amount=Money.total(each.line_amount for each in group),
    )


async def _free(
    work: Work, rules: Sequence[KnownGiftRule], orders: Sequence[GiftFacts]
) -> dict[tuple[UUID, UUID], Quantity]:
    """Say what is free of the gifts in the warehouses of the orders; it is claimed before it is promised."""
    item = inventory.StockItem
    places = sorted({each.warehouse_id for each in orders})
    statement = select(item.variant_id, item.warehouse_id, inventory.SELLABLE.label("free")).where(
        among(item.variant_id, promotions.stocked(rules)), among(item.warehouse_id, places)
    )
    return {(row.variant_id, row.warehouse_id): max(row.free, NOTHING) for row in await work.rows(statement)}


async def _give(
    work: Work,
    rules: Sequence[KnownGiftRule],
    waiting: Sequence[Candidate],
    room: Room,
    given: list[tuple[Candidate, Given, UUID]],
    said: dict[UUID, GiftDecision],
) -> list[Candidate]:
    """Decide and claim; says which orders must be decided again, because others took their gift meanwhile."""
    decided = {each.facts.order_id: promotions.decide_gifts(rules, each.facts, room) for each in waiting}
    said.update(decided)
    lines = {key: [(award, identifier()) for award in each.awards] for key, each in decided.items() if each.awards}
    lost = list[Candidate]()
    for claim_class in ClaimClass:
        chosen = [
            each
            for each in waiting
            if each.facts.order_id in lines and CLASS_OF.get(each.status, ClaimClass.TO_SHIP) is claim_class
        ]
        if not chosen:
            continue
        outcomes = await _claim(work, chosen, lines, claim_class)
        for each in chosen:
            outcome = outcomes[each.facts.order_id]
            if not outcome.short:
                awards = lines[each.facts.order_id]
                given += [(each, Given(each.facts, award), line_id) for award, line_id in awards]
                continue
            room.count(decided[each.facts.order_id].awards, each.facts, -1)
            for short in outcome.short:
                room.free[short.variant_id, each.facts.warehouse_id] = short.available
            lost.append(each)
    return lost


async def _claim(
    work: Work,
    chosen: Sequence[Candidate],
    lines: Mapping[UUID, Sequence[tuple[promotions.Award, UUID]]],
    claim_class: ClaimClass,
) -> Mapping[UUID, inventory.ClaimOutcome]:
    requests = [
        ClaimRequest(
            order_id=each.facts.order_id,
            warehouses=[each.facts.warehouse_id],
            lines=[
                WantedLine(line_id, award.gift.variant_id, award.quantity, UnitPrice(0))
                for award, line_id in lines[each.facts.order_id]
            ],
        )
        for each in chosen
    ]
    said = len(work.facts)
    outcomes = await inventory.claim_in_bulk(work, requests, claim_class)
    # A gift that is not there is no shortage: nobody waits for it.
    work.facts[said:] = [each for each in work.facts[said:] if not isinstance(each, inventory.StockRanShort)]
    return outcomes


async def _write_lines(work: Work, given: Sequence[tuple[Candidate, Given, UUID]]) -> None:
    if not given:
        return
    variants = sorted({each.award.gift.variant_id for _, each, _ in given})
    goods = {row.id: row for row in await work.rows(GOODS.where(among(catalogue.Variant.id, variants)))}
    placed: dict[UUID, int] = {}
    rows = []
    for candidate, each, line_id in given:
        order_id, row = each.order.order_id, goods[each.award.gift.variant_id]
        position = placed[order_id] = placed.get(order_id, candidate.position - 1) + 1
        rows.append(
            {
                "id": line_id,
                "order_id": order_id,
                "position": position,
                "seller_code": row.sku,
                "variant_id": row.id,
                "title": row.name,
                "specification": row.specification or None,
                "quantity": each.award.quantity,
                "unit_price": UnitPrice(0),
                "list_amount": Money(0),
                "line_amount": Money(0),
                "shipped_quantity": NOTHING,
                "cancelled_quantity": NOTHING,
                "refund": IncomingRefundStatus.NONE,
                "gift_rule_id": each.award.rule.id,
            }
        )
    for row in rows:
        telling.tell_changes(work, row["order_id"], "OrderLine", row["id"], {}, row)
    await insert_rows(work, OrderLine, rows)
