"""What came in and went out (出入库汇总) in a period, told apart by whatever somebody asks for.

By day, month, goods, warehouse and kind it is read from what is added up; by person, partner or channel from the
ledger. A partner is who stands on the other side, else the place there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Date, FromClause, Select, String, Uuid, case, func, literal, null, select, union_all

from domain import catalogue, fulfilment, inventory
from domain.inventory import MovementKind
from domain.kernel import BadInput, Ordering, Page, PageRequest, Read, page
from domain.reporting.other_sides import OTHER_SIDE, PLACE, is_one_of, with_other_sides, with_parcels
from domain.reporting.periods import Days, StockScope, of_scope, with_goods
from domain.reporting.receipts_and_issues import NOTHING, WORTHLESS

MOVED, DAY = inventory.Movement, inventory.StockDay
TOLD_APART_MAX = 3
NOBODY = UUID(int=0)


class FlowBy(StrEnum):
    """By what in and out are told apart."""

    DAY = "DAY"
    MONTH = "MONTH"
    VARIANT = "VARIANT"
    CATEGORY = "CATEGORY"
    WAREHOUSE = "WAREHOUSE"
    KIND = "KIND"
    PERSON = "PERSON"
    PARTNER = "PARTNER"
    CHANNEL = "CHANNEL"


FROM_THE_LEDGER = frozenset({FlowBy.PERSON, FlowBy.PARTNER, FlowBy.CHANNEL})


@dataclass(frozen=True)
class Telling:
    """A column by which rows are told apart: how it is named, read off a movement, and read from a cursor."""

    name: str
    of: Callable[[Any], Any]
    kind: Any
    parse: Callable[[str], Any]
    absent: Any = None


TELLINGS: dict[FlowBy, Telling] = {
    FlowBy.DAY: Telling("day", lambda part: part.day, Date, date.fromisoformat),
    FlowBy.MONTH: Telling("month", lambda part: inventory.month_of(part.day), Date, date.fromisoformat),
    FlowBy.VARIANT: Telling("variant_id", lambda part: part.variant_id, Uuid, UUID),
    FlowBy.CATEGORY: Telling("category_id", lambda _: catalogue.Product.category_id, Uuid, UUID, NOBODY),
    FlowBy.WAREHOUSE: Telling("warehouse_id", lambda part: part.warehouse_id, Uuid, UUID),
    FlowBy.KIND: Telling("kind", lambda part: part.kind, String, MovementKind),
    FlowBy.PERSON: Telling("person", lambda part: part.person, String, str),
    FlowBy.PARTNER: Telling("partner_id", lambda part: part.partner_id, Uuid, UUID),
    FlowBy.CHANNEL: Telling("channel_id", lambda part: part.channel_id, Uuid, UUID, NOBODY),
}
SUMS = ("in_quantity", "in_value", "out_quantity", "out_value", "movements")


@dataclass(frozen=True, kw_only=True)
class FlowRequest:
    """Which days, and by what their ins and outs are told apart."""

    days: Days
    by: Sequence[FlowBy]
    kinds: Sequence[MovementKind] | None = None
    person: str | None = None
    partners: Sequence[UUID] | None = None

    def from_the_ledger(self) -> bool:
        """Whether it asks for what the sums by day do not know."""
        return bool(FROM_THE_LEDGER & set(self.by)) or self.person is not None or self.partners is not None

    def checked(self) -> "FlowRequest":
        self.days.checked()
        if not 1 <= len(set(self.by)) == len(self.by) <= TOLD_APART_MAX:
            raise BadInput(field="by", problem=f"1 to {TOLD_APART_MAX}, each once").at("by")
        return self


async def stock_flows(read: Read, scope: StockScope, wanted: FlowRequest, request: PageRequest) -> Page:
    """Read one page of what came in and went out, in the order of what it is told apart by."""
    statement, ordering = stock_flows_of(read, scope, wanted)
    return await page(read, statement, ordering, request)


def stock_flows_of(read: Read, scope: StockScope, wanted: FlowRequest) -> tuple[Select[Any], Ordering]:
    """Build the whole report and its order."""
    wanted = wanted.checked()
    tellings = [TELLINGS[each] for each in wanted.by]
    parts = _from_ledger(wanted) if wanted.from_the_ledger() else _from_days(wanted)
    rows: Select[Any] = select(
        *(each.of(parts.c).label(each.name) for each in tellings), *(parts.c[name] for name in SUMS)
    ).select_from(with_goods(parts, parts.c))
    part = of_scope(rows, read.actor, scope, parts.c).subquery("part")
    sums = [func.sum(part.c[name]).label(name) for name in SUMS]
    keys = [part.c[each.name] for each in tellings]
    told = select(*(_present(part.c[each.name], each) for each in tellings), *sums).group_by(*keys).subquery("told")
    columns = [_column(told, each, by in wanted.by) for by, each in TELLINGS.items()]
    columns.append(_sku(told) if FlowBy.VARIANT in wanted.by else null().label("sku"))
    ordering = Ordering(
        name="-".join(["flows", *wanted.by]),
        columns=tuple(told.c[f"{each.name}_key"] for each in tellings),
        keys=tuple(f"{each.name}_key" for each in tellings),
        parsers=tuple(each.parse for each in tellings),
    )
    return select(*columns, *told.c), ordering


def _present(column: Any, telling: Telling) -> Any:
    """Give a key to rows that have none, so that their order is total."""
    present = column if telling.absent is None else func.coalesce(column, literal(telling.absent, telling.kind))
    return present.label(f"{telling.name}_key")


def _column(told: FromClause, telling: Telling, asked: bool) -> Any:
    if not asked:
        return null().label(telling.name)
    key = told.c[f"{telling.name}_key"]
    shown = key if telling.absent is None else func.nullif(key, literal(telling.absent, telling.kind))
    return shown.label(telling.name)


def _sku(told: FromClause) -> Any:
    found = select(catalogue.Variant.sku).where(catalogue.Variant.id == told.c.variant_id_key)
    return found.scalar_subquery().label("sku")


def _from_days(wanted: FlowRequest) -> Any:
    """Read what is added up by day, and the rest from the ledger."""
    summed = select(
        DAY.variant_id,
        DAY.warehouse_id,
        DAY.day,
        DAY.kind,
        DAY.in_quantity,
        DAY.in_amount.label("in_value"),
        DAY.out_quantity,
        DAY.out_amount.label("out_value"),
        DAY.movements,
    ).where(DAY.day >= wanted.days.first, DAY.day < wanted.days.end, *_of_kinds(DAY, wanted))
    fresh = _movements(wanted, inventory.day_of(MOVED.effective_at))
    return union_all(summed, fresh.where(MOVED.position > func.stock_summed_to())).subquery("parts")


def _from_ledger(wanted: FlowRequest) -> Any:
    rows, partner = with_parcels(MOVED.__table__), PLACE
    if FlowBy.PARTNER in wanted.by or wanted.partners is not None:
        rows, partner = with_other_sides(rows), OTHER_SIDE
    more = (MOVED.actor_name.label("person"), partner.label("partner_id"), fulfilment.Shipment.channel_id)
    day = inventory.day_of(MOVED.effective_at)
    found = _movements(wanted, day).add_columns(*more).select_from(rows)
    if wanted.person is not None:
        found = found.where(MOVED.actor_name == wanted.person)
    if wanted.partners is not None:
        found = found.where(is_one_of(wanted.partners))
    return found.subquery("parts")


def _movements(wanted: FlowRequest, day: Any) -> Select[Any]:
    came = inventory.came(MOVED)
    columns: list[Any] = [
        MOVED.variant_id,
        MOVED.warehouse_id,
        day.label("day"),
        MOVED.kind,
        case((came, MOVED.quantity), else_=NOTHING).label("in_quantity"),
        case((came, MOVED.cost_amount), else_=WORTHLESS).label("in_value"),
        case((came, NOTHING), else_=-MOVED.quantity).label("out_quantity"),
        case((came, WORTHLESS), else_=-MOVED.cost_amount).label("out_value"),
        literal(1).label("movements"),
    ]
    return select(*columns).where(
        inventory.crosses(MOVED),
        MOVED.effective_at >= inventory.start_of(literal(wanted.days.first, Date)),
        MOVED.effective_at < inventory.start_of(literal(wanted.days.end, Date)),
        *_of_kinds(MOVED, wanted),
    )


def _of_kinds(table: Any, wanted: FlowRequest) -> list[Any]:
    return [] if wanted.kinds is None else [table.kind.in_(wanted.kinds)]
