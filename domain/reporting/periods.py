"""What a report is about (报表范围): which goods, where, and from which day to which, both included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Select, Uuid, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY

from domain import catalogue
from domain.kernel import Actor, BadInput, visible

DAYS_MAX = 1_100
SEARCH_LENGTH_MAX = 100


class Span(StrEnum):
    """How finely time is cut: not at all, by month, or by day."""

    WHOLE = "WHOLE"
    MONTH = "MONTH"
    DAY = "DAY"


@dataclass(frozen=True, kw_only=True)
class Days:
    """A period of whole days of the company (UTC+8); both ends are included."""

    first: date
    last: date

    def checked(self) -> "Days":
        """Refuse a period that ends before it begins, or that is too long to be read at once."""
        if self.last < self.first:
            raise BadInput(field="lastDay", problem="must not lie before firstDay").at("period", "lastDay")
        if (self.last - self.first).days >= DAYS_MAX:
            raise BadInput(field="lastDay", problem=f"at most {DAYS_MAX} days").at("period", "lastDay")
        return self

    def whole_months(self) -> "Days":
        """Widen to whole months."""
        return Days(first=self.first.replace(day=1), last=month_after(self.last) - timedelta(days=1))

    @property
    def end(self) -> date:
        """The first day after the period."""
        return self.last + timedelta(days=1)


def month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, kw_only=True)
class StockScope:
    """Which stock a report is about; what is None does not matter. A category includes all below it."""

    variants: Sequence[UUID] | None = None
    warehouses: Sequence[UUID] | None = None
    category_id: UUID | None = None
    sku_contains: str | None = None


def ids(values: Sequence[UUID]) -> Any:
    return any_(literal(list(values), ARRAY(Uuid)))


def of_scope(statement: Select[Any], actor: Actor, scope: StockScope, table: Any) -> Select[Any]:
    """Restrict a statement with variants and products to the scope, and to the warehouses the actor may see."""
    statement = visible(statement, actor, warehouse=table.warehouse_id)
    if scope.warehouses is not None:
        statement = statement.where(table.warehouse_id == ids(scope.warehouses))
    return of_goods(statement, scope, table.variant_id)


def of_goods(statement: Select[Any], scope: StockScope, variant_id: Any) -> Select[Any]:
    """Restrict a statement with variants and products to the goods in scope."""
    if scope.variants is not None:
        statement = statement.where(variant_id == ids(scope.variants))
    if scope.sku_contains is not None:
        text = scope.sku_contains[:SEARCH_LENGTH_MAX]
        statement = statement.where(catalogue.Variant.sku.icontains(text, autoescape=True))
    if scope.category_id is not None:
        statement = statement.where(catalogue.within_category(catalogue.CategoryId(scope.category_id)))
    return statement


def with_goods(rows: FromClause, table: Any) -> FromClause:
    """Join the variant and the product of each row."""
    variants, products = catalogue.Variant.__table__, catalogue.Product.__table__
    joined = rows.join(variants, catalogue.Variant.id == table.variant_id)
    return joined.join(products, catalogue.Product.id == catalogue.Variant.product_id)
