"""The facts of orders for automatic review (审单事实): of many orders in a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from domain import catalogue, inventory
from domain.kernel import Money, Quantity, Read, Work, visible
from domain.orders import checking, holds, siblings
from domain.orders.batches import among, table_of
from domain.orders.blacklist import blacklisted
from domain.orders.checking import Looked
from domain.orders.checks import below_floor
from domain.orders.claiming import open_quantity
from domain.orders.importing import NOTHING
from domain.orders.models import Hold, HoldReason, Order, OrderLine
from domain.orders.policies import PolicyRules, policies_for
from domain.orders.rule_conditions import Conditions, ReviewFacts

ORDERS = table_of(Order)
LINES = select(*table_of(OrderLine).c).order_by(OrderLine.order_id, OrderLine.position)
CLAIM, COST = inventory.models.Claim, inventory.models.StockCost
THERE = CLAIM.claim_class != inventory.ClaimClass.PREORDER
Row = Mapping[str, Any]
UNTOUCHED = {"shipped_quantity": NOTHING, "cancelled_quantity": NOTHING}


@dataclass(frozen=True)
class Judged:
    """Orders with what the conditions look at; `held` are all holds they ever had."""

    heads: Mapping[UUID, Row]
    facts: Mapping[UUID, ReviewFacts]
    held: Mapping[UUID, Sequence[Any]]
    policies: Mapping[UUID, PolicyRules]


@dataclass(frozen=True)
class Sought:
    """What is worth looking up for these conditions."""

    margins: bool
    categories: bool
    siblings: bool

    @classmethod
    def by(cls, asked: Sequence[Conditions]) -> "Sought":
        return cls(
            margins=any(each.margin_min is not None for each in asked),
            categories=any(each.category_ids is not None for each in asked),
            siblings=any(each.no_siblings for each in asked),
        )


async def judge(
    work: Work | Read, order_ids: Sequence[UUID], asked: Sequence[Conditions], at: datetime, *, whole: bool = False
) -> Judged:
    """Load what these conditions look at; `whole` looks at what was ordered, not at what is still open."""
    return await judge_looked(work, await _look(work, order_ids, at, whole=whole), asked)


async def judge_looked(work: Work | Read, looked: Looked, asked: Sequence[Conditions]) -> Judged:
    """Load what these conditions look at beyond what was looked at already."""
    heads, lines = looked.heads, looked.lines
    held = looked.held or await _held(work, list(heads))
    found = await _looked_up(work, looked, Sought.by(asked))
    facts = {
        key: _facts(head, lines[key], held[key], looked.policies[head["channel_id"]], found)
        for key, head in heads.items()
    }
    return Judged(heads, facts, held, looked.policies)


async def _look(work: Work | Read, order_ids: Sequence[UUID], at: datetime, *, whole: bool) -> Looked:
    statement = select(*ORDERS.c).where(among(ORDERS.c.id, order_ids))
    rows = await work.rows(visible(statement, work.actor, channel=ORDERS.c.channel_id))
    heads: dict[UUID, Row] = {row.id: row._mapping for row in rows}  # noqa: SLF001 — the public name of a row's mapping.
    lines: dict[UUID, list[Row]] = {each: [] for each in heads}
    for row in await work.rows(LINES.where(among(OrderLine.order_id, list(heads)))):
        lines[row.order_id].append({**row._mapping, **(UNTOUCHED if whole else {})})  # noqa: SLF001 — as above.
    return Looked(
        heads=heads,
        lines=lines,
        policies=await policies_for(work, [head["channel_id"] for head in heads.values()]),
        priced=await checking.priced_lines(work, heads, lines),
        black=await blacklisted(work, [key for head in heads.values() for key in checking.buyer_keys(head)], at),
    )


async def _held(work: Work | Read, order_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    held: dict[UUID, list[Any]] = {each: [] for each in order_ids}
    for row in await work.rows(select(*table_of(Hold).c).where(among(Hold.order_id, order_ids))):
        held[row.order_id].append(row)
    return held


@dataclass(frozen=True)
class Found:
    """What stands in other tables about the orders of a batch."""

    claimed: frozenset[UUID]
    priced: Mapping[UUID, Sequence[Any]]
    black: Mapping[UUID, Sequence[str]]
    costs: Mapping[UUID, Decimal]
    categories: Mapping[UUID, frozenset[UUID]]
    siblings: Mapping[UUID, Sequence[str]]
    to_merge: Mapping[UUID, Sequence[str]]


async def _looked_up(work: Work | Read, looked: Looked, sought: Sought) -> Found:
    heads, lines, entries = looked.heads, looked.lines, looked.black
    keys = {order_id: checking.buyer_keys(head) for order_id, head in heads.items()}
    variants = list({line["variant_id"] for each in lines.values() for line in each} - {None})
    claims = await work.rows(select(CLAIM.order_line_id).where(among(CLAIM.order_id, list(heads)), THERE))
    return Found(
        claimed=frozenset(row.order_line_id for row in claims),
        priced=looked.priced,
        black={key: [checking.entry_told(entries[k]) for k in each if k in entries] for key, each in keys.items()},
        costs=await _costs(work, variants) if sought.margins else {},
        categories=await _categories(work, variants) if sought.categories else {},
        siblings=await siblings.names_of_mergeable(work, list(heads)) if sought.siblings else {},
        to_merge=await siblings.names_of_to_merge(work, list(heads)),
    )


async def _costs(work: Work | Read, variant_ids: Sequence[UUID]) -> Mapping[UUID, Decimal]:
    """Say what one unit of variants costs on average, over all scopes that have some."""
    statement = select(COST.variant_id, func.sum(COST.value) / func.sum(COST.quantity)).where(
        among(COST.variant_id, variant_ids), COST.quantity > NOTHING
    )
    return {row[0]: Decimal(str(row[1])) for row in await work.rows(statement.group_by(COST.variant_id))}


async def _categories(work: Work | Read, variant_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """Say of which category each variant is, with all above it."""
    variant, product, own, above = catalogue.Variant, catalogue.Product, catalogue.Category, aliased(catalogue.Category)
    below = or_(own.path == above.path, own.path.startswith(above.path + "/", autoescape=False))
    statement = (
        select(variant.id, above.id.label("category_id"))
        .join(product, product.id == variant.product_id)
        .join(own, own.id == product.category_id)
        .join(above, below)
        .where(among(variant.id, variant_ids))
    )
    found: dict[UUID, set[UUID]] = {}
    for row in await work.rows(statement):
        found.setdefault(row.id, set()).add(row.category_id)
    return {key: frozenset(each) for key, each in found.items()}


def _facts(head: Row, lines: Sequence[Row], held: Sequence[Any], policy: PolicyRules, found: Found) -> ReviewFacts:
    wanted = [each for each in lines if open_quantity(each) > NOTHING]
    receiver = checking.receiver_in(head)
    return ReviewFacts(
        channel_id=head["channel_id"],
        currency=head["currency"],
        total_amount=head["total_amount"],
        # What is on account is paid by the funds of its distributor, which approval looks at.
        paid=head["on_account"] or (head["paid_at"] is not None and head["paid_amount"] >= head["total_amount"]),
        paid_at=head["paid_at"],
        cash_on_delivery=head["cash_on_delivery"],
        holds={each.reason: each.evidence for each in held if each.released_at is None},
        unmatched=[each["title"] for each in wanted if each["variant_id"] is None],
        unclaimed=[each["title"] for each in wanted if each["id"] not in found.claimed],
        anything_open=bool(wanted),
        sent_back=head["sent_back_at"] is not None,
        taken_by=head["responsible_name"] if head["taken_at"] is not None else None,
        missing="" if head["address_token"] else holds.undeliverable(receiver),
        address="".join(
            filter(None, (receiver.province, receiver.city, receiver.district, receiver.town, receiver.detail))
        ),
        blacklisted=_not_settled(found.black[head["id"]], held),
        warehouse_id=head["warehouse_id"],
        carrier_code=head.get("carrier_code"),
        buyer_message=head["buyer_message"],
        seller_memo=head["seller_memo"],
        seller_flag=head["seller_flag"],
        below_floor=below_floor(found.priced.get(head["id"], ())),
        margin=margin_of(lines, found.costs),
        siblings=found.siblings.get(head["id"], ()),
        to_merge=found.to_merge.get(head["id"], ()),
        categories=[found.categories.get(each["variant_id"], frozenset()) for each in wanted],
        delay_minutes=policy.review_delay_minutes,
    )


def _not_settled(entries: Sequence[str], held: Sequence[Any]) -> Sequence[str]:
    """Leave out what a person looked at: the hold was released by hand, with this evidence."""
    looked = any(each.reason is HoldReason.BLACKLISTED and each.released_by is not None for each in held)
    return () if looked else entries


def margin_of(lines: Sequence[Row], costs: Mapping[UUID, Decimal]) -> Decimal | None:
    """Say which part of what the buyer pays for the goods is left after their cost; unknown when a cost is."""
    open_lines = [each for each in lines if open_quantity(each) > NOTHING]
    paid = Money.total(each["line_amount"] for each in open_lines).value
    if not open_lines or paid <= 0 or any(each["variant_id"] not in costs for each in open_lines):
        return None
    cost = sum((costs[each["variant_id"]] * _many(each).value for each in open_lines), Decimal(0))
    return (paid - cost) / paid


def _many(line: Row) -> Quantity:
    quantity: Quantity = line["quantity"]
    return quantity
