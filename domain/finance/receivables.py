"""Receivables (应收账款): each parcel handed over is owed to us, and its goods have become cost of sales."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from domain import channels, fulfilment
from domain.finance import taxes
from domain.finance.chart import COMPANY_CURRENCY, COST_OF_SALES, FREIGHT_INCOME, RECEIVABLES, SALES, STOCK, TAXES
from domain.finance.journal import NOTHING, Line, NewEntry, business_date, is_booked, post
from domain.finance.models import EntryPurpose, OpenItem, OpenItemKind
from domain.kernel import Money, Work, identifier

SHIPMENT = "shipment"

# When a channel pays out after shipping, as agreed with it: the platforms after the buyer confirmed, our own shops
# when the day's payments are cleared.
TERMS = {
    channels.Platform.TAOBAO: timedelta(days=15),
    channels.Platform.TMALL: timedelta(days=15),
    channels.Platform.JD: timedelta(days=30),
    channels.Platform.PHARMACY_818: timedelta(days=30),
    channels.Platform.OFFICIAL_SITE: timedelta(days=1),
    channels.Platform.DIRECT: timedelta(days=0),
}


async def open_receivable(work: Work, fact: fulfilment.OrderShipped) -> None:
    """Book what a parcel is worth and what its goods cost, once."""
    parcel = await fulfilment.parcel(work, fact.shipment_id)
    if await is_booked(work, SHIPMENT, parcel.id):
        return
    channel = await channels.channel_by_id(work, parcel.channel_id)
    contained = await _taxes(work, parcel)
    await _open(work, parcel, TERMS[channel.platform], contained.total)
    post(work, sale_of(parcel, contained))
    post(work, cost_of(parcel))


@dataclass(frozen=True, slots=True)
class Taxes:
    """How much of a parcel's goods and of its freight is tax."""

    goods: Money = NOTHING
    freight: Money = NOTHING

    @property
    def total(self) -> Money:
        return self.goods + self.freight


NO_TAXES = Taxes()


async def _taxes(work: Work, parcel: fulfilment.Parcel) -> Taxes:
    terms = await taxes.terms_of(work)
    goods = await taxes.goods_of(work, parcel.id, terms.default_rate)
    freight = taxes.Taxed(parcel.freight_amount, terms.freight_rate)
    return Taxes(taxes.tax_contained(goods, terms.rounding), taxes.tax_contained([freight], terms.rounding))


async def _open(work: Work, parcel: fulfilment.Parcel, terms: timedelta, tax: Money) -> None:
    """Open the item; a gift parcel owes nothing and opens none."""
    amount = parcel.goods_amount + parcel.freight_amount
    if not amount:
        return
    item = {
        "id": identifier(),
        "kind": OpenItemKind.RECEIVABLE,
        "source_type": SHIPMENT,
        "source_id": parcel.id,
        "channel_id": parcel.channel_id,
        "customer_id": parcel.customer_id,
        "order_id": parcel.order_id,
        "currency": parcel.currency,
        "amount": amount,
        "settled_amount": Money(0),
        "tax_amount": tax,
        "due_on": business_date(parcel.shipped_at) + terms,
        "reference": parcel.number,
        "opened_at": work.now,
    }
    await work.execute(insert(OpenItem).values(item))


def sale_of(parcel: fulfilment.Parcel, contained: Taxes = NO_TAXES) -> NewEntry:
    """Turn a parcel's amounts into debts, income and output tax; freight charged to the buyer is income of its own."""
    owed = parcel.goods_amount + parcel.freight_amount
    tax = ((TAXES, NOTHING, contained.total),) if contained.total else ()
    lines = (
        (RECEIVABLES, owed, NOTHING),
        (SALES, NOTHING, parcel.goods_amount - contained.goods),
        (FREIGHT_INCOME, NOTHING, parcel.freight_amount - contained.freight),
        *tax,
    )
    return _entry(parcel, EntryPurpose.SALE, "销售发货", parcel.currency, lines)


def cost_of(parcel: fulfilment.Parcel) -> NewEntry:
    """Turn a parcel's cost into cost of sales; it is kept apart because it follows the stock and is never voided."""
    lines = ((COST_OF_SALES, parcel.cost_amount, NOTHING), (STOCK, NOTHING, parcel.cost_amount))
    return _entry(parcel, EntryPurpose.COST, "结转销售成本", COMPANY_CURRENCY, lines)


def _entry(
    parcel: fulfilment.Parcel,
    purpose: EntryPurpose,
    summary: str,
    currency: str,
    amounts: tuple[tuple[str, Money, Money], ...],
) -> NewEntry:
    return NewEntry(
        purpose=purpose,
        summary=f"{summary} {parcel.number}",
        source_type=SHIPMENT,
        source_id=parcel.id,
        date=business_date(parcel.shipped_at),
        channel_id=parcel.channel_id,
        lines=[
            Line(account=account, debit=debit, credit=credit, currency=currency, customer_id=parcel.customer_id)
            for account, debit, credit in amounts
        ],
    )
