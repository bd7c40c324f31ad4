"""Checking orders (订单校验执行): what `checks` says of many orders is held against their holds, in a few statements.

It runs when an order comes in, is placed or changes, and by the clock for all that wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain import catalogue, distributors, pricing
from domain.kernel import Money, Read, UnitPrice, Work
from domain.orders import bundling, funds, holding, siblings
from domain.orders.batches import among, table_of
from domain.orders.blacklist import Key, blacklisted, keys_of
from domain.orders.checks import Facts, PricedLine, reasons_against, rest_due
from domain.orders.claiming import open_quantity
from domain.orders.grounds import Grounds
from domain.orders.hold_rules import DECIDED_BY_CHECKS
from domain.orders.holds import Holds
from domain.orders.importing import NOTHING, unit_price_of
from domain.orders.incoming import IncomingReceiver
from domain.orders.kinds import FOLLOWING
from domain.orders.lifecycle import WAITING
from domain.orders.models import HoldReason, Order, OrderLine
from domain.orders.policies import PolicyRules, policies_for

ORDERS = table_of(Order)
LINES = select(*table_of(OrderLine).c).order_by(OrderLine.order_id, OrderLine.position)
OF_PRICES = (HoldReason.PRICE_BELOW_FLOOR, HoldReason.AMOUNT_UNUSUAL)
AT_CLOSING = "orders.check"
# Each order looks for those of its buyer, by the customer or else by the phone: never among all orders of the day
# (pairs are compared, and the rest after OFFSET 0, so that no other index serves).
SAME_DAY = text("""
    SELECT one.id, same.many FROM orders AS one CROSS JOIN LATERAL (
        SELECT count(*) AS many FROM (
            SELECT channel_id, status, province, city, district, placed_at FROM orders
            WHERE (customer_id, placed_at) >= (one.customer_id, one.placed_at - interval '1 day')
              AND (customer_id, placed_at) <= (one.customer_id, one.placed_at + interval '1 day')
            UNION ALL
            SELECT channel_id, status, province, city, district, placed_at FROM orders
            WHERE one.customer_id IS NULL AND receiver_phone = one.receiver_phone
            OFFSET 0
        ) AS other
        WHERE other.channel_id = one.channel_id AND other.status NOT IN ('CANCELLED', 'CLOSED', 'MERGED', 'SPLIT')
          AND (other.province, other.city, other.district) IS NOT DISTINCT FROM (one.province, one.city, one.district)
          AND CAST(timezone('Asia/Shanghai', other.placed_at) AS date)
            = CAST(timezone('Asia/Shanghai', one.placed_at) AS date)
        HAVING count(*) > 0
    ) AS same
    WHERE one.id = ANY (:order_ids)
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))


Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """Orders with what their checks looked at, for whoever judges the same ones next.

    `held` are all holds they ever had, or None where that is not known any more.
    """

    heads: Mapping[UUID, Row]
    lines: Mapping[UUID, Sequence[Row]]
    policies: Mapping[UUID, PolicyRules]
    priced: Mapping[UUID, Sequence[PricedLine]]
    black: Mapping[Key, Any]
    held: Mapping[UUID, Sequence[Any]] | None = None


async def check_orders(work: Work, order_ids: Sequence[UUID]) -> set[UUID]:
    """Open and end the holds that the company's settings decide, of what is not reviewed yet; says which must wait."""
    return (await look_and_check(work, order_ids))[0]


async def look_and_check(work: Work, order_ids: Sequence[UUID]) -> tuple[set[UUID], Looked | None]:
    """Check orders, and say as well what was looked at."""
    if not order_ids:
        return set(), None
    statement = select(*ORDERS.c).where(among(ORDERS.c.id, order_ids), ORDERS.c.status.in_(WAITING))
    heads = {row.id: row._mapping for row in await work.rows(statement)}  # noqa: SLF001 — the public name of a row's mapping.
    lines: dict[UUID, list[Row]] = {each: [] for each in heads}
    for row in await work.rows(LINES.where(among(OrderLine.order_id, list(heads)))):
        lines[row.order_id].append(row._mapping)  # noqa: SLF001 — as above.
    looked = await _look(work, heads, lines)
    wanted = await _reasons(work, looked)
    held = await holding.settle(work, wanted, DECIDED_BY_CHECKS)
    return {order_id for order_id, reasons in wanted.items() if reasons}, replace(looked, held=held)


@dataclass
class _Due:
    """The orders that one transaction changed in what the checks look at; checked once, when it closes."""

    order_ids: set[UUID] = field(default_factory=set)

    async def __call__(self, work: Work) -> None:
        await check_orders(work, sorted(self.order_ids))


def check_at_closing(work: Work, order_ids: Iterable[UUID]) -> None:
    """Check these orders once before the transaction commits, however often it changes them."""
    work.at_closing(AT_CLOSING, _Due())
    due = work.closing[AT_CLOSING]
    assert isinstance(due, _Due)  # noqa: S101 — nobody else uses the name.
    due.order_ids.update(order_ids)


async def reasons_of(
    work: Work,
    heads: Mapping[UUID, Row],
    lines: Mapping[UUID, Sequence[Row]],
    black: Mapping[Key, Any] | None = None,
    grounds: Grounds | None = None,
) -> dict[UUID, Holds]:
    """Say why orders must wait by the company's settings, in constant statements; reviewed ones need not.

    The blacklist and the grounds are read unless they are given.
    """
    waiting = {order_id: head for order_id, head in heads.items() if head["status"] in WAITING}
    found = await _reasons(work, await _look(work, waiting, lines, black, grounds)) if waiting else {}
    return {order_id: found.get(order_id, {}) for order_id in heads}


async def _look(
    work: Work,
    heads: Mapping[UUID, Row],
    lines: Mapping[UUID, Sequence[Row]],
    black: Mapping[Key, Any] | None = None,
    grounds: Grounds | None = None,
) -> Looked:
    channel_ids = [head["channel_id"] for head in heads.values()]
    return Looked(
        heads=heads,
        lines=lines,
        policies=await policies_for(work, channel_ids) if grounds is None else grounds.policies,
        priced=await priced_lines(work, heads, lines, None if grounds is None else grounds.floors),
        black=await blacklisted_among(work, heads) if black is None else black,
    )


async def _reasons(work: Work, looked: Looked) -> dict[UUID, Holds]:
    found = await _found(work, looked)
    return {order_id: _against(head, found[order_id], looked.policies) for order_id, head in looked.heads.items()}


def _against(head: Row, facts: Facts, policies: Mapping[UUID, PolicyRules]) -> Holds:
    """Say why an order must wait; what is resent or exchanged costs what it must, whatever is usual."""
    reasons = reasons_against(facts, policies[head["channel_id"]])
    unasked = OF_PRICES if head.get("kind") in FOLLOWING else ()
    return {reason: evidence for reason, evidence in reasons.items() if reason not in unasked}


async def _found(work: Work, looked: Looked) -> dict[UUID, Facts]:
    """Look up what the checks look at; what no policy asks for is not looked up."""
    heads, lines, policies, entries = looked.heads, looked.lines, looked.policies, looked.black
    counted = [key for key, head in heads.items() if policies[head["channel_id"]].same_buyer_orders is not None]
    merging = [key for key, head in heads.items() if policies[head["channel_id"]].holds_siblings]
    keys = {order_id: buyer_keys(head) for order_id, head in heads.items()}
    same, mergeable = await _same_day(work, counted), await siblings.names_of_mergeable(work, merging)
    on_account = {order_id: head for order_id, head in heads.items() if head["on_account"]}
    short = await funds.evidence_of_shortage(work, on_account) if on_account else {}
    incomplete = await _incomplete(work, lines, list(heads))
    return {
        order_id: Facts(
            currency=head["currency"],
            total_amount=head["total_amount"],
            buyer_message=head["buyer_message"],
            seller_memo=head.get("seller_memo"),
            seller_flag=head.get("seller_flag"),
            lines=looked.priced.get(order_id, ()),
            blacklisted=[entry_told(entries[key]) for key in keys[order_id] if key in entries],
            same_day=same.get(order_id, 1),
            siblings=mergeable.get(order_id, ()),
            funds_short=short.get(order_id, ""),
            rest_due=rest_due(head),
            not_for_sale=incomplete.get(order_id, ()),
        )
        for order_id, head in heads.items()
    }


async def _incomplete(
    work: Work, lines: Mapping[UUID, Sequence[Row]], order_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[str]]:
    """Find the components of sold bundles that are not for sale any more; without bundles nothing is looked up."""
    parts = {
        key: [each for each in lines.get(key, ()) if each.get("bundle_id") and open_quantity(each) > NOTHING]
        for key in order_ids
    }
    wanted = {each["variant_id"] for of_order in parts.values() for each in of_order}
    sold = await catalogue.variants_for_sale(work, ids=list(wanted)) if wanted else {}
    return {
        key: [f"{each['title']} in {each['bundle_title']}" for each in of_order if each["variant_id"] not in sold]
        for key, of_order in parts.items()
    }


async def blacklisted_among(work: Work, heads: Mapping[UUID, Row]) -> Mapping[Key, Any]:
    """Find the entries of the blacklist about the buyers of those of these orders that wait."""
    keys = [key for head in heads.values() if head["status"] in WAITING for key in buyer_keys(head)]
    return await blacklisted(work, keys, work.now) if keys else {}


def entry_told(entry: Any) -> str:
    return f"{entry.known_by.lower()}: {entry.verdict.lower()}, {entry.reason}"


async def priced_lines(
    work: Work | Read,
    heads: Mapping[UUID, Row],
    lines: Mapping[UUID, Sequence[Row]],
    floors: pricing.Floors | None = None,
) -> Mapping[UUID, Sequence[PricedLine]]:
    wanted = {
        # What a rule gave as a gift costs nothing on purpose.
        key: bundling.grouped(each for each in lines.get(key, ()) if not each.get("gift_rule_id"))
        for key in heads
    }
    sold = [each for groups in wanted.values() for group in groups for each in group]
    variants = {each["variant_id"] for each in sold} | {each["bundle_id"] for each in sold}
    found = await pricing.floor_prices_of(work, list(variants - {None})) if floors is None else floors
    return {
        key: [
            _priced(group, _floors_in(found, heads[key]["currency"]))
            for group in groups
            if any(open_quantity(each) > NOTHING for each in group)
        ]
        for key, groups in wanted.items()
    }


def _floors_in(found: Mapping[UUID, Mapping[str, UnitPrice]], currency: str) -> Mapping[UUID, UnitPrice]:
    return {variant_id: each[currency] for variant_id, each in found.items() if currency in each}


def _priced(group: Sequence[Row], floors: Mapping[UUID, UnitPrice]) -> PricedLine:
    """Hold a line against its floor; a bundle, as a whole, against its own, or else against those of its components."""
    first = group[0]
    if first["bundle_id"] is None:
        return PricedLine(title=first["title"], unit_price=first["unit_price"], floor=floors.get(first["variant_id"]))
    paid = unit_price_of(Money.total(each["line_amount"] for each in group), first["bundle_quantity"])
    return PricedLine(title=first["bundle_title"], unit_price=paid, floor=_floor_of_bundle(group, floors))


def _floor_of_bundle(group: Sequence[Row], floors: Mapping[UUID, UnitPrice]) -> UnitPrice | None:
    if any(each.get("split_from_line_id") for each in group):
        return None  # The order was held against it before it was split; a part is not the bundle.
    own = floors.get(group[0]["bundle_id"])
    if own is not None and bundling.components_in(group):
        return own
    if any(each["variant_id"] not in floors for each in group):
        return None
    least = Money.total(floors[each["variant_id"]] * each["quantity"] for each in group)
    return unit_price_of(least, group[0]["bundle_quantity"])


def receiver_in(head: Row) -> IncomingReceiver:
    """Read who gets the parcel of an order."""
    return IncomingReceiver(
        name=head["receiver_name"] or "",
        phone=head["receiver_phone"],
        province=head["province"],
        city=head["city"],
        district=head["district"],
        town=head["town"],
        detail=head["address_detail"] or "",
    )


def buyer_keys(head: Row) -> list[Key]:
    """List by what the buyer of an order may be on the blacklist."""
    return keys_of(head["receiver_phone"], head["customer_id"], receiver_in(head))


async def _same_day(work: Work, order_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count the orders of the same buyer in the same shop and district on the same day of the company."""
    if not order_ids:
        return {}
    return {row.id: row.many for row in await work.rows(SAME_DAY, {"order_ids": list(order_ids)})}


async def check_funds(work: Work, fact: distributors.FundsGrew) -> None:
    """React to funds of a distributor that changed: what waited for them is checked again."""
    await check_orders(work, await funds.waiting_on_account(work, fact.channel_id))
