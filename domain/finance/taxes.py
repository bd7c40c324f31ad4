"""Value-added tax (增值税): what of a price is tax. Prices contain it, so buyers pay what they were shown.

Tax contained in a gross amount is amount × rate ÷ (1 + rate), rounded half up: for each line by default, or once for
all lines of a parcel that have the same rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue, fulfilment
from domain.finance.models import TERMS_ID, TaxRate, TaxRounding, TaxTerms
from domain.kernel import BadInput, Money, NotFound, Rate, Read, Reading, Work, action, by_key

NO_TAX = Rate(0)
RATE_MAX = Rate(1)
RATE = TaxRate.__table__.c.rate.type


@dataclass(frozen=True, slots=True)
class Taxed:
    """A gross amount and the rate of the tax it contains."""

    amount: Money
    rate: Rate


def tax_contained(lines: Sequence[Taxed], rounding: TaxRounding) -> Money:
    """Say how much of gross amounts is tax."""
    if rounding is TaxRounding.LINE:
        return Money.total(_contained(line) for line in lines)
    rates = sorted({line.rate for line in lines})
    sums = [Taxed(Money.total(line.amount for line in lines if line.rate == rate), rate) for rate in rates]
    return Money.total(_contained(each) for each in sums)


def _contained(taxed: Taxed) -> Money:
    return Money.rounded(taxed.amount.value * taxed.rate.value / (Decimal(1) + taxed.rate.value))


@action
async def set_tax_terms(work: Work, rounding: TaxRounding, default_rate: Rate, freight_rate: Rate) -> TaxTerms:
    """Set how tax is rounded, and the rates of freight and of products without one of their own."""
    for field, rate in (("defaultRate", default_rate), ("freightRate", freight_rate)):
        _check(rate, field)
    values = {"rounding": rounding, "default_rate": default_rate, "freight_rate": freight_rate}
    made = insert(TaxTerms).values(id=TERMS_ID, set_by=work.actor.name, set_at=work.now, **values)
    changed = values | {"set_by": work.actor.name, "set_at": work.now}
    await work.execute(made.on_conflict_do_update(index_elements=[TaxTerms.id], set_=changed))
    return await work.session.get_one(TaxTerms, TERMS_ID, populate_existing=True)


@action
async def set_tax_rate(work: Work, product_id: catalogue.ProductId, rate: Rate | None = None) -> catalogue.ProductId:
    """Set the rate of the value-added tax that a product's price contains, or give it the default rate again."""
    if await work.session.get(catalogue.Product, product_id) is None:
        raise NotFound(what="product", which=str(product_id)).at("input", "productId")
    if rate is None:
        await work.execute(delete(TaxRate).where(TaxRate.product_id == product_id))
        return product_id
    _check(rate, "rate")
    values = {"rate": rate, "set_by": work.actor.name, "set_at": work.now}
    made = insert(TaxRate).values(product_id=product_id, **values)
    await work.execute(made.on_conflict_do_update(index_elements=[TaxRate.product_id], set_=values))
    return product_id


def _check(rate: Rate, field: str) -> None:
    if not NO_TAX <= rate < RATE_MAX:
        raise BadInput(field=field, problem="is a rate from 0 to below 1, such as 0.13").at("input", field)


async def terms_of(work: Work) -> TaxTerms:
    """Find the terms in force; nobody set any: no tax, rounded by line."""
    return await work.session.get(TaxTerms, TERMS_ID) or TaxTerms(
        id=TERMS_ID, rounding=TaxRounding.LINE, default_rate=NO_TAX, freight_rate=NO_TAX, set_by="", set_at=work.now
    )


async def goods_of(work: Work, parcel_id: UUID, default_rate: Rate) -> list[Taxed]:
    """List what the lines of a parcel are worth, with the rates of their products."""
    line, variant = fulfilment.ShipmentLine, catalogue.Variant
    statement = (
        select(line.amount, func.coalesce(TaxRate.rate, literal(default_rate, RATE), type_=RATE).label("rate"))
        .join(variant, variant.id == line.variant_id)
        .outerjoin(TaxRate, TaxRate.product_id == variant.product_id)
        .where(line.shipment_id == parcel_id)
        .order_by(line.position)
    )
    return [Taxed(row.amount, row.rate) for row in await work.rows(statement)]


async def rates_of_parcel(work: Work, parcel_id: UUID, default_rate: Rate) -> dict[UUID, Taxed]:
    """Say what each order line in a parcel is worth, with the rate of its product."""
    line, variant = fulfilment.ShipmentLine, catalogue.Variant
    rate = func.coalesce(TaxRate.rate, literal(default_rate, RATE), type_=RATE).label("rate")
    statement = (
        select(line.order_line_id, line.amount, rate)
        .join(variant, variant.id == line.variant_id)
        .outerjoin(TaxRate, TaxRate.product_id == variant.product_id)
        .where(line.shipment_id == parcel_id)
    )
    return {row.order_line_id: Taxed(row.amount, row.rate) for row in await work.rows(statement)}


tax_terms_by_id = Reading(select(*TaxTerms.__table__.columns), TaxTerms.id)


async def tax_rates_of(read: Read, product_ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Read the rate that each product's price contains, its own or the default."""
    default = select(TaxTerms.default_rate).where(TaxTerms.id == TERMS_ID).scalar_subquery()
    product = catalogue.Product
    rate = func.coalesce(TaxRate.rate, default, literal(NO_TAX, RATE), type_=RATE).label("rate")
    statement = select(product.id, rate).outerjoin(TaxRate, TaxRate.product_id == product.id)
    rows = await read.rows(statement.where(product.id.in_(product_ids)))
    return {key: row.rate for key, row in by_key(rows).items()}
