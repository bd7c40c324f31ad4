"""Reports as tables of cells (报表表格): headings, what stands under them, and the statement their rows come from.

The same statements that answer queries, read from beginning to end. What becomes of the cells is the worker's business.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Select, func, literal, select

from domain import catalogue, channels, inventory, partners
from domain.kernel import Ordering, Read
from domain.reporting.card import IN_ORDER, CardOf, card_of, lines_after, worth_on
from domain.reporting.flows import stock_flows_of
from domain.reporting.headings import COLUMNS, TITLES
from domain.reporting.other_sides import OTHER_SIDE, is_one_of, with_other_sides, with_parcels
from domain.reporting.papers import CARRIED, COUNTED, PaperFilter, stocktake_report_of, transfer_report_of
from domain.reporting.periods import of_scope, with_goods
from domain.reporting.receipts_and_issues import receipts_and_issues_of
from domain.reporting.requests import ReportKind, ReportRequest
from domain.reporting.reserve_queries import ANY, BY_PLACE, reserves_of
from domain.reporting.worth import stock_worth_of

SEE_COST = "finance.see_cost"
ITEM, MOVED = inventory.StockItem, inventory.Movement
Lines = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A report ready to be written; `cells` makes lines of cells of its rows, part after part, in order."""

    title: str
    headings: Sequence[str]
    widths: Sequence[int]
    statement: Select[Any]
    count: Select[Any] | None
    cells: Callable[[Iterable[Any]], Iterator[list[Any]]]


async def sheet_of(read: Read, request: ReportRequest) -> Sheet:
    """Prepare a report for somebody: rows in their scope, amounts only if they may see cost."""
    names = await _names(read)
    whole = await inventory.company_wide(read)
    if request.report is ReportKind.STOCK_CARD:
        whole = await inventory.in_company(read, _card(request).warehouse_id)
    statement, ordering = BUILDERS[request.report](read, request, whole)
    seen = [each for each in COLUMNS[request.report] if not each.cost or read.actor.may(SEE_COST)]
    lines: Lines = await _card_lines(read, request) if request.report is ReportKind.STOCK_CARD else _as_they_are

    def cells(rows: Iterable[Any]) -> Iterator[list[Any]]:
        return ([column.read(row, names) for column in seen] for row in lines(rows))

    language = 1 if request.chinese else 0
    return Sheet(
        title=TITLES[request.report][language],
        headings=[each.heading[language] for each in seen],
        widths=[each.width for each in seen],
        statement=statement.order_by(*ordering.columns),
        count=_count(statement) if request.report in CHEAPLY_COUNTED else None,
        cells=cells,
    )


CHEAPLY_COUNTED = (
    ReportKind.STOCK_CARD,
    ReportKind.STOCK_MOVEMENTS,
    ReportKind.RESERVES,
    ReportKind.STOCKTAKES,
    ReportKind.TRANSFERS,
)
"""Reports whose rows are rows of a table: counting them costs little beside reading them."""


def _count(statement: Select[Any]) -> Select[Any]:
    rows = statement.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    return select(func.count()).select_from(rows.subquery())


def _as_they_are(rows: Iterable[Any]) -> Iterable[Any]:
    return rows


async def _card_lines(read: Read, request: ReportRequest) -> Lines:
    """Go on from what was there as the period began, through all parts of the card."""
    card = _card(request)
    worth = await worth_on(read, card, request.days.first) if request.days else inventory.Worth()

    def lines(rows: Iterable[Any]) -> Iterator[Any]:
        nonlocal worth
        for row in rows:
            (line,) = lines_after(worth, [row])
            worth = line.after
            yield line

    return lines


PARTNER: tuple[Any, ...] = (partners.Partner.id, partners.Partner.name)


async def _names(read: Read) -> Mapping[Any, str]:
    """Name what rows refer to by id, of which there are few: places, categories, brands, channels, partners."""
    named: dict[Any, str] = {}
    for table in (inventory.Warehouse, catalogue.Category, catalogue.Brand, channels.Channel):
        columns: tuple[Any, ...] = (table.id, table.name)
        named |= {row.id: row.name for row in await read.rows(select(*columns))}
    partners_seen = partners.seen_by(select(*PARTNER), read.actor)
    return named | {row.id: row.name for row in await read.rows(partners_seen)}


def _card(request: ReportRequest) -> CardOf:
    variant, warehouse = request.one_of("variants"), request.one_of("warehouses")
    if variant is None or warehouse is None:
        raise ValueError("a card is of one variant in one warehouse")
    return CardOf(variant_id=variant, warehouse_id=warehouse, days=request.days)


def _levels(read: Read, request: ReportRequest, whole: bool) -> tuple[Select[Any], Ordering]:
    product = catalogue.Product.name.label("product_name")
    levels = inventory.levels_at(request.as_of, whole=whole).add_columns(product)
    levels = levels.join(catalogue.Product.__table__, catalogue.Product.id == catalogue.Variant.product_id)
    return of_scope(levels, read.actor, request.scope, ITEM), inventory.LEVELS_BY_KEY


def _movements(read: Read, request: ReportRequest) -> tuple[Select[Any], Ordering]:
    goods = with_goods(MOVED.__table__, MOVED).outerjoin(inventory.Lot.__table__, inventory.Lot.id == MOVED.lot_id)
    rows = with_other_sides(with_parcels(goods))
    columns: tuple[Any, ...] = (
        *MOVED.__table__.columns,
        catalogue.Variant.sku,
        catalogue.Product.name.label("product_name"),
        inventory.Lot.code.label("lot_code"),
        OTHER_SIDE.label("partner_id"),
    )
    statement: Select[Any] = select(*columns).select_from(rows)
    if request.days is not None:
        statement = statement.where(
            MOVED.effective_at >= inventory.start_of(literal(request.days.first, Date)),
            MOVED.effective_at < inventory.start_of(literal(request.days.end, Date)),
        )
    if request.kinds is not None:
        statement = statement.where(MOVED.kind.in_(request.kinds))
    if request.person is not None:
        statement = statement.where(MOVED.actor_name == request.person)
    if request.partners is not None:
        statement = statement.where(is_one_of(request.partners))
    return of_scope(statement, read.actor, request.scope, MOVED), IN_ORDER


def _receipts_and_issues(read: Read, request: ReportRequest, whole: bool) -> tuple[Select[Any], Ordering]:
    if request.days is None:
        raise ValueError("this report is about a period")
    return receipts_and_issues_of(read, request.scope, request.days, request.span, whole=whole)


def _flows(read: Read, request: ReportRequest) -> tuple[Select[Any], Ordering]:
    return stock_flows_of(read, request.scope, request.flows())


def _papers(request: ReportRequest) -> PaperFilter:
    if request.days is None:
        raise ValueError("this report is about a period")
    return PaperFilter(days=request.days, person=request.person, partners=request.partners)


# The last says whether the company is one cost scope, which only some reports want to know.
BUILDERS: dict[ReportKind, Callable[[Read, ReportRequest, bool], tuple[Select[Any], Ordering]]] = {
    ReportKind.RECEIPTS_AND_ISSUES: _receipts_and_issues,
    ReportKind.STOCK_CARD: lambda read, request, whole: card_of(read, _card(request), whole=whole),
    ReportKind.STOCK_WORTH: lambda read, request, whole: stock_worth_of(
        read, request.scope, request.by, request.as_of, whole=whole
    ),
    ReportKind.STOCK_LEVELS: _levels,
    ReportKind.STOCK_MOVEMENTS: lambda read, request, _: _movements(read, request),
    ReportKind.STOCK_FLOWS: lambda read, request, _: _flows(read, request),
    ReportKind.STOCKTAKES: lambda read, request, _: (
        stocktake_report_of(read, request.scope, _papers(request)),
        COUNTED,
    ),
    ReportKind.TRANSFERS: lambda read, request, _: (transfer_report_of(read, request.scope, _papers(request)), CARRIED),
    ReportKind.RESERVES: lambda read, request, _: (reserves_of(read, request.scope, ANY), BY_PLACE),
}
