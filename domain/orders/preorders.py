"""Preorders (预售): goods that are not there yet are sold on the channels that say so, with the day they will leave.

An order that is short of such goods alone is not refused: they are promised to it before they are there, up to what is
expected, and it is served in the order of payment when they arrive.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue, channels, inventory
from domain.inventory import PreorderRequest, PreordersFull, StockShort, WantedLine
from domain.kernel import (
    BadInput,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Read,
    Reading,
    Work,
    action,
    constant,
    identifier,
    page,
    visible,
)
from domain.orders import holding, holds
from domain.orders.batches import among, table_of
from domain.orders.claiming import Claimed, Need, open_quantity, promise_short
from domain.orders.importing import NOTHING, ZONE, end_of
from domain.orders.kind_models import PreorderOffer
from domain.orders.kinds import OrderKind
from domain.orders.models import HoldReason, Order, OrderLine

AHEAD_DAYS_MAX = 366
ORDERS, LINES, OFFERS = table_of(Order), table_of(OrderLine), table_of(PreorderOffer)

preorder_offers_by_id = Reading(select(*OFFERS.c), OFFERS.c.id, channel=OFFERS.c.channel_id)
PAGE = constant(select(*OFFERS.c))
BY_DAY = Ordering(
    name="preorder_offers.day",
    columns=(PreorderOffer.ships_on, PreorderOffer.id),
    keys=("ships_on", "id"),
    parsers=(date.fromisoformat, UUID),
)


@action
async def offer_preorder(work: Work, channel_id: UUID, variant_id: UUID, ships_on: date) -> PreorderOffer:
    """Sell an article on a channel before it is there, to leave on this day; said again, the day is the new one."""
    await channels.channel_by_id(work, channel_id)
    if not await work.rows(select(catalogue.Variant.id).where(catalogue.Variant.id == variant_id)):
        raise NotFound(what="variant", which=str(variant_id)).at("input", "variantId")
    today = work.now.astimezone(ZONE).date()
    if not today <= ships_on <= today + timedelta(days=AHEAD_DAYS_MAX):
        problem = f"must lie between {today} and {AHEAD_DAYS_MAX} days later, not {ships_on}"
        raise BadInput(field="shipsOn", problem=problem).at("input", "shipsOn")
    stamp = {"ships_on": ships_on, "active": True, "updated_at": work.now, "updated_by": work.actor.name}
    new = {"id": identifier(), "channel_id": channel_id, "variant_id": variant_id, **stamp}
    statement = insert(OFFERS).values(new)
    await work.execute(statement.on_conflict_do_update(index_elements=["channel_id", "variant_id"], set_=stamp))
    of_both = (PreorderOffer.channel_id == channel_id, PreorderOffer.variant_id == variant_id)
    found = select(PreorderOffer).where(*of_both).execution_options(populate_existing=True)
    offer: PreorderOffer = (await work.session.scalars(found)).one()
    return offer


@action
async def end_preorder(work: Work, offer_id: UUID) -> PreorderOffer:
    """Stop selling an article on a channel before it is there; orders that wait go on waiting."""
    statement = select(PreorderOffer).where(PreorderOffer.id == offer_id).with_for_update()
    offer: PreorderOffer | None = await work.session.scalar(
        visible(statement, work.actor, channel=PreorderOffer.channel_id)
    )
    if offer is None:
        raise NotFound(what="preorder offer", which=str(offer_id)).at("input", "id")
    offer.active, offer.updated_at, offer.updated_by = False, work.now, work.actor.name
    return offer


async def preorder_offers_page(read: Read, request: PageRequest) -> Page:
    """Read a page of what is sold before it is there, what leaves first before the rest."""
    return await page(read, visible(PAGE, read.actor, channel=PreorderOffer.channel_id), BY_DAY, request)


async def preorder_days(read: Work | Read, variant_ids: Sequence[UUID], at: datetime) -> dict[tuple[UUID, UUID], date]:
    """Say on which day articles are to leave that channels sell before they are there, by channel and article."""
    columns = (OFFERS.c.channel_id, OFFERS.c.variant_id, OFFERS.c.ships_on)
    in_force = (OFFERS.c.active, OFFERS.c.ships_on >= at.astimezone(ZONE).date())
    rows = await read.rows(select(*columns).where(among(OFFERS.c.variant_id, variant_ids), *in_force))
    return {(row.channel_id, row.variant_id): row.ships_on for row in rows}


async def wait_for_goods(
    work: Work, order: Order, rows: Sequence[Mapping[str, Any]], warehouses: Sequence[UUID], refused: StockShort
) -> None:
    """Let an order wait that is short of preorder goods alone, or refuse it as it was."""
    offered = await preorder_days(work, [each["variant_id"] for each in rows], work.now)
    days = {variant_id: day for (channel_id, variant_id), day in offered.items() if channel_id == order.channel_id}
    if refused.variant_id not in days or await _others_short(work, rows, warehouses, days):
        raise refused
    for ships_on in set(days.values()):
        of_day = [each["id"] for each in rows if days.get(each["variant_id"]) == ships_on]
        await work.execute(update(LINES).where(among(LINES.c.id, of_day)).values(ships_on=ships_on))
    promised = end_of(max(days.values()))
    order.kind, order.promised_ship_at = OrderKind.PREORDER, promised
    changed = {"kind": OrderKind.PREORDER, "promised_ship_at": promised}
    await work.execute(update(ORDERS).where(ORDERS.c.id == order.id).values(**changed))
    await _promise(work, order, [each for each in rows if each["variant_id"] in days], warehouses)
    title = next(each["title"] for each in rows if each["variant_id"] == refused.variant_id)
    evidence = f"{holds.shortage([(title, refused.wanted, refused.available)])}, expected {max(days.values())}"
    await holding.open_holds(work, {order.id: {HoldReason.SHORTAGE: evidence[: holds.EVIDENCE_LENGTH_MAX]}})


async def _promise(work: Work, order: Order, rows: Sequence[Mapping[str, Any]], warehouses: Sequence[UUID]) -> None:
    """Promise the goods before they are there, or refuse an order that wants more than is expected."""
    wanted = [WantedLine(each["id"], each["variant_id"], each["quantity"], each["unit_price"]) for each in rows]
    request = PreorderRequest(order.id, warehouses, wanted)
    short = (await inventory.promise_preorders(work, [request]))[order.id]
    if short is not None:
        sku = next(each["seller_code"] for each in rows if each["id"] == short.order_line_id)
        raise PreordersFull(sku=sku, variant_id=short.variant_id, wanted=short.wanted, available=short.available)


async def _others_short(
    work: Work, rows: Sequence[Mapping[str, Any]], warehouses: Sequence[UUID], days: Mapping[UUID, date]
) -> bool:
    """Whether what is no preorder goods is short as well: for that no order is taken."""
    others = [each for each in rows if each["variant_id"] not in days]
    if not others:
        return False
    free = await inventory.free_in(work, sorted({each["variant_id"] for each in others}), sorted(warehouses))
    wanted = [WantedLine(each["id"], each["variant_id"], each["quantity"], each["unit_price"]) for each in others]
    return bool(inventory.choose_warehouse(free, warehouses, wanted).short)


async def promise_imported(
    work: Work,
    channel_id: UUID,
    heads: Mapping[UUID, dict[str, Any]],
    lines: Mapping[UUID, Sequence[dict[str, Any]]],
    short: Sequence[Need],
    claimed: Mapping[UUID, Claimed],
) -> dict[UUID, Claimed]:
    """Promise orders that come in short what is sold before it is there: what their platform or their channel says."""
    unsaid = [line for need in short for line in lines[need.order_id] if line["variant_id"] and not line["ships_on"]]
    offered = await preorder_days(work, sorted({each["variant_id"] for each in unsaid}), work.now) if unsaid else {}
    for line in unsaid:
        day, head = offered.get((channel_id, line["variant_id"])), heads[line["order_id"]]
        if day is not None and open_quantity(line) > NOTHING:
            line["ships_on"], head["kind"] = day, OrderKind.PREORDER
            head["promised_ship_at"] = head["promised_ship_at"] or end_of(day)
    return await promise_short(work, short, claimed)
