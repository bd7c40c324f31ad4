"""Selling virtual bundles (套件拆分销售): wherever a line turns out to be one, its components take its place.

A composition that changes later changes no order: a line made anew keeps the components it was sold with.
"""

from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain import bundles, catalogue, pricing
from domain.kernel import Refusal, Work
from domain.orders import bundling
from domain.orders.batches import among, insert_rows, table_of, unnested
from domain.orders.bundling import Component
from domain.orders.importing import NOTHING
from domain.orders.lifecycle import WAITING
from domain.orders.models import Order, OrderLine

LINES = table_of(OrderLine)
WHOLE_BUNDLES = (
    select(*LINES.c, Order.channel_id)
    .join(Order, Order.id == LINES.c.order_id)
    .join(catalogue.Variant, catalogue.Variant.id == LINES.c.variant_id)
    .where(~catalogue.Variant.stocked, LINES.c.bundle_part == 0, LINES.c.shipped_quantity == NOTHING)
    .where(Order.status.in_(WAITING))
    .order_by(LINES.c.order_id, LINES.c.position)
)
# What a line becomes when it is the first component of what it was.
CHANGED = (
    *("id", "variant_id", "title", "specification", "quantity", "unit_price", "list_amount", "line_amount"),
    *("cancelled_quantity", "bundle_line_id", "bundle_id", "bundle_quantity", "bundle_title", "bundle_part"),
)

Lines = MutableSequence[dict[str, Any]]
Sold = Mapping[UUID, Sequence[Component]]


class ComponentNotForSale(Refusal):
    """{bundle} cannot be sold: its component {sku} is not for sale any more."""

    bundle: str
    sku: str
    chinese = "套件 {bundle} 不能销售：其组成商品 {sku} 已停售"


async def components_of(work: Work, channel_id: UUID, variant_ids: Iterable[UUID]) -> dict[UUID, list[Component]]:
    """Find what the virtual bundles among variants are sold as; what each component costs alone is its weight.

    Where one has no price on the channel, the pieces weigh.
    """
    found = await bundles.sold_as(work, list(variant_ids))
    if not found:
        return {}
    parts = sorted({each.variant_id for of_bundle in found.values() for each in of_bundle})
    prices = await pricing.prices_in_force(work, channel_id, parts, work.now)
    return {bundle_id: _components(of_bundle, prices) for bundle_id, of_bundle in found.items()}


def _components(parts: Sequence[bundles.Part], prices: Mapping[Any, Any]) -> list[Component]:
    priced = all(each.variant_id in prices for each in parts)
    weights = [prices[each.variant_id].value if priced else Decimal(1) for each in parts]
    return [
        Component(each.variant_id, each.quantity, each.name, each.specification, weight * each.quantity.value)
        for each, weight in zip(parts, weights, strict=True)
    ]


async def explode(work: Work, channel_id: UUID, orders: Sequence[Lines], sold: Sold | None = None) -> None:
    """Let components take the place of the bundles among new lines of orders; `sold` says what some were sold as."""
    matched = {each["variant_id"] for lines in orders for each in lines} - {None}
    found = await components_of(work, channel_id, matched) if matched else {}
    if not found and not sold:
        return
    for lines in orders:
        replaced = [row for each in lines for row in _parts(each, (sold or {}).get(each["id"]), found)]
        lines[:] = [{**row, "position": position} for position, row in enumerate(replaced, start=1)]


def _parts(line: dict[str, Any], sold: Sequence[Component] | None, found: Sold) -> list[dict[str, Any]]:
    components = sold or found.get(line["variant_id"])
    return bundling.exploded(line, components) if components else [line]


async def explode_sold(
    work: Work, channel_id: UUID, lines: Sequence[dict[str, Any]], places: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """Give the lines of what is sold here with the components of its bundles, which must all be for sale."""
    found = await bundles.sold_as(work, [each["variant_id"] for each in lines])
    for line, place in zip(lines, places, strict=True):
        for part in found.get(line["variant_id"], ()):
            if not part.on_sale:
                raise ComponentNotForSale(bundle=line["title"], sku=part.sku).at("input", *place)
    rows = list(lines)
    await explode(work, channel_id, [rows])
    return rows


async def explode_waiting(work: Work, order_ids: Sequence[UUID]) -> list[UUID]:
    """Let components take the place of the lines of locked, waiting orders that turned out to be bundles; say whose."""
    rows = [dict(row._mapping) for row in await work.rows(WHOLE_BUNDLES.where(among(LINES.c.order_id, order_ids)))]  # noqa: SLF001 — the public name of a row's mapping.
    if not rows:
        return []
    by_channel: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        by_channel.setdefault(row.pop("channel_id"), []).append(row)
    found: dict[UUID, list[dict[str, Any]]] = {}
    for channel_id, lines in by_channel.items():
        components = await components_of(work, channel_id, {each["variant_id"] for each in lines})
        for each in lines:
            if each["variant_id"] in components:
                found[each["id"]] = bundling.exploded(each, components[each["variant_id"]])
    await _write(work, list(found.values()))
    return sorted({each[0]["order_id"] for each in found.values()})


async def _write(work: Work, exploded: Sequence[Sequence[dict[str, Any]]]) -> None:
    if not exploded:
        return
    first = unnested([LINES.c[key] for key in CHANGED], [each[0] for each in exploded])
    changed = {key: first.c[key] for key in CHANGED if key != "id"}
    await work.execute(update(LINES).where(LINES.c.id == first.c.id).values(**changed))
    more = [row for each in exploded for row in each[1:]]
    owners = sorted({each["order_id"] for each in more})
    taken = select(LINES.c.order_id, LINES.c.position).where(among(LINES.c.order_id, owners))
    last: dict[UUID, int] = {}
    for row in await work.rows(taken):
        last[row.order_id] = max(last.get(row.order_id, 0), row.position)
    for each in more:
        each["position"] = last[each["order_id"]] = last[each["order_id"]] + 1
    await insert_rows(work, OrderLine, more)
