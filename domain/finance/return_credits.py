"""Credits for returns (退货冲减应收): what came back is taken off the sales, and off what the buyer still owes.

What is beyond that, because it was paid, is owed to the buyer: a refund (应退款) that waits until somebody pays it or
settles something else with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert

from domain import distributors, fulfilment, orders
from domain.finance import taxes
from domain.finance.chart import FREIGHT_INCOME, RECEIVABLES, REFUNDS, SALES, TAXES
from domain.finance.journal import NOTHING, Line, NewEntry, business_date, is_booked, post, write_beside
from domain.finance.models import EntryPurpose, JournalEntry, JournalLine, OpenItem, OpenItemId, OpenItemKind
from domain.finance.platform_payments import pay_return
from domain.finance.receivables import SHIPMENT, open_receivable
from domain.finance.settling import MONEY, Settlement, allocation, lock_items, settle
from domain.kernel import Money, Rate, Work, identifier

GOODS_RETURN, VOIDED_RETURN, EXCHANGE = "goods_return", "voided_return", "exchange"


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What is owed to a buyer, what of it is tax, for which order, and why."""

    source_type: str
    source_id: UUID
    summary: str
    shipment_id: UUID
    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    currency: str
    reference: str
    amount: Money
    tax: Money


async def credit_return(work: Work, fact: fulfilment.GoodsCameBack) -> None:
    """Book what is owed for goods that came back, once; nothing when their sale is owed by nobody."""
    returned = await _held(work, fact.return_id)
    if returned.voided_at is not None or not returned.credit_amount:
        return
    # Who reads that a platform paid waits, or is seen here.
    await orders.lock_orders(work, [returned.order_id])
    if await is_booked(work, GOODS_RETURN, returned.id) or not await _sale_stands(work, returned):
        return
    credit = Credit(
        source_type=GOODS_RETURN,
        source_id=returned.id,
        summary=f"销售退货 {returned.number}",
        shipment_id=returned.shipment_id,
        order_id=returned.order_id,
        channel_id=returned.channel_id,
        customer_id=returned.customer_id,
        currency=returned.currency,
        reference=returned.number,
        amount=returned.credit_amount,
        tax=await _tax_of(work, returned),
    )
    await _book(work, credit)
    await pay_return(work, returned)


async def credit_cancelled_exchange(work: Work, fact: orders.OrderCancelled) -> None:
    """Book what is owed for goods that came back for an exchange that goes no more, beyond what was owed before."""
    returns = await fulfilment.returns_for_exchange(work, fact.order_id)
    if not returns or await is_booked(work, EXCHANGE, fact.order_id):
        return
    first, amount = returns[0], Money.total(each.goods_amount - each.credit_amount for each in returns)
    if not amount or not await _sale_stands(work, first):
        return
    tax = Money.total([await _tax_of(work, each, whole=True) for each in returns])
    credit = Credit(
        source_type=EXCHANGE,
        source_id=fact.order_id,
        summary=f"换货取消退款 {first.reason}",
        shipment_id=first.shipment_id,
        order_id=first.order_id,
        channel_id=first.channel_id,
        customer_id=first.customer_id,
        currency=first.currency,
        reference=first.number,
        amount=amount,
        tax=min(tax, amount),
    )
    await _book(work, credit)


async def withdraw_credit(work: Work, fact: fulfilment.ReturnVoided) -> None:
    """Let a buyer owe again what was credited for a return that never was; what is left of the refund pays for it."""
    await _held(work, fact.return_id)
    refund = await _item(work, GOODS_RETURN, fact.return_id)
    if refund is None or await is_booked(work, VOIDED_RETURN, fact.return_id):
        return
    held = (await lock_items(work, [refund.id]))[refund.id]
    rest = held.amount - held.settled_amount
    item = _open_item(work, OpenItemKind.RECEIVABLE, held, (VOIDED_RETURN, fact.return_id)) | {"settled_amount": rest}
    await work.execute(insert(OpenItem).values(item))
    sides = [
        (RECEIVABLES, held.amount - rest, NOTHING),
        (REFUNDS, rest, NOTHING),
        (SALES, NOTHING, held.amount - held.tax_amount),
        (TAXES, NOTHING, held.tax_amount),
    ]
    entry = post(work, _entry(work, EntryPurpose.RETURN_VOIDED, item, f"冲销退货 {held.reference}", sides))
    if rest and entry is not None:
        await settle(work, {held.id: rest})
        settled = Settlement(receivable_id=OpenItemId(item["id"]), amount=rest)
        write_beside(work, allocation(work, held.id, settled, entry.id))
    cause = (fact.return_id, held.reference or "")
    await distributors.book_funds(
        work, held.channel_id, distributors.FundsKind.RETURN_VOIDED, Money(-held.amount.value), cause
    )


async def _book(work: Work, credit: Credit) -> None:
    """Open the refund, and let it settle at once what the buyer still owes for the order."""
    owing = await _owing(work, credit)
    parts = _shares(credit.amount, owing)
    settled = Money.total(parts.values())
    item = _open_item(work, OpenItemKind.REFUND, credit, (credit.source_type, credit.source_id))
    await work.execute(insert(OpenItem).values(item | {"settled_amount": settled}))
    if parts:
        await settle(work, parts)
    sides = [
        (SALES, credit.amount - credit.tax, NOTHING),
        (TAXES, credit.tax, NOTHING),
        (RECEIVABLES, NOTHING, settled),
        (REFUNDS, NOTHING, credit.amount - settled),
    ]
    entry = post(work, _entry(work, EntryPurpose.RETURN, item, credit.summary, sides))
    if entry is not None:
        named = [Settlement(receivable_id=OpenItemId(key), amount=part) for key, part in parts.items()]
        write_beside(work, *(allocation(work, item["id"], each, entry.id) for each in named))
    cause = (credit.source_id, credit.reference)
    if await distributors.has_entry(work, distributors.FundsKind.SHIPMENT, credit.shipment_id):
        await distributors.book_funds(work, credit.channel_id, distributors.FundsKind.RETURN, credit.amount, cause)


async def _owing(work: Work, credit: Credit) -> list[Any]:
    """Hold what the buyer still owes for the order, the oldest first."""
    of_order = (OpenItem.order_id == credit.order_id, OpenItem.kind == OpenItemKind.RECEIVABLE)
    still = (OpenItem.voided_at.is_(None), OpenItem.settled_amount < OpenItem.amount)
    same = (OpenItem.currency == credit.currency, OpenItem.customer_id.is_not_distinct_from(credit.customer_id))
    found = await work.rows(
        select(OpenItem.id).where(*of_order, *still, *same).order_by(OpenItem.opened_at, OpenItem.id)
    )
    held = await lock_items(work, [row.id for row in found]) if found else {}
    return [held[row.id] for row in found if held[row.id].voided_at is None]


def _shares(amount: Money, owing: Sequence[Any]) -> dict[UUID, Money]:
    parts: dict[UUID, Money] = {}
    for each in owing:
        part = min(amount, each.amount - each.settled_amount)
        if part > NOTHING:
            parts[each.id], amount = part, amount - part
    return parts


def _open_item(work: Work, kind: OpenItemKind, of: Any, source: tuple[str, UUID]) -> dict[str, Any]:
    """Make an item after a credit, or after the item of one."""
    return {
        "id": identifier(),
        "kind": kind,
        "source_type": source[0],
        "source_id": source[1],
        "channel_id": of.channel_id,
        "customer_id": of.customer_id,
        "order_id": of.order_id,
        "currency": of.currency,
        "amount": of.amount,
        "settled_amount": NOTHING,
        "tax_amount": of.tax if isinstance(of, Credit) else of.tax_amount,
        "due_on": business_date(work.now),
        "reference": of.reference,
        "opened_at": work.now,
    }


def _entry(
    work: Work, purpose: EntryPurpose, item: Mapping[str, Any], summary: str, sides: Sequence[tuple[str, Money, Money]]
) -> NewEntry:
    return NewEntry(
        purpose=purpose,
        summary=summary,
        source_type=item["source_type"],
        source_id=item["source_id"],
        date=business_date(work.now),
        channel_id=item["channel_id"],
        lines=[
            Line(
                account=account,
                debit=debit,
                credit=credit,
                currency=item["currency"],
                customer_id=item["customer_id"],
            )
            for account, debit, credit in sides
        ],
    )


async def _item(work: Work, source_type: str, source_id: UUID) -> Any:
    of_source = (OpenItem.source_type == source_type, OpenItem.source_id == source_id)
    found = await work.rows(select(*OpenItem.__table__.columns).where(*of_source))
    return found[0] if found else None


async def _held(work: Work, return_id: UUID) -> fulfilment.GoodsReturn:
    """Hold a return: whoever undoes it, or books it at the same time, waits."""
    return await work.session.get_one(fulfilment.GoodsReturn, return_id, with_for_update=True, populate_existing=True)


async def _sale_stands(work: Work, returned: fulfilment.GoodsReturn) -> bool:
    """Book the sale of its parcel, unless it is; where that was voided nothing is owed for what comes back."""
    sold = fulfilment.OrderShipped(
        shipment_id=returned.shipment_id, order_id=returned.order_id, channel_id=returned.channel_id
    )
    await open_receivable(work, sold)
    item = await _item(work, SHIPMENT, returned.shipment_id)
    return item is None or item.voided_at is None


async def _tax_of(work: Work, returned: fulfilment.GoodsReturn, *, whole: bool = False) -> Money:
    """Say what of a return's credit is tax: its share of the tax that the parcel's goods were sold with.

    The lines share that tax by what each contains at the rates of today; all returns of a parcel together never take
    more. With `whole`, of what an exchange had taken off.
    """
    contained = await _goods_tax(work, returned.shipment_id)
    if not contained:
        return NOTHING
    terms = await taxes.terms_of(work)
    rates = await taxes.rates_of_parcel(work, returned.shipment_id, terms.default_rate)
    every = sum((_weight(each.amount, each.rate) for each in rates.values()), Decimal(0))
    back, line = fulfilment.GoodsReturn, fulfilment.GoodsReturnLine
    until = select(line.return_id, line.order_line_id, line.amount, line.credit_amount).join(back)
    until = until.where(back.shipment_id == returned.shipment_id, back.id <= returned.id, back.voided_at.is_(None))
    sums = {True: Decimal(0), False: Decimal(0)}
    for row in await work.rows(until):
        amount = row.amount - row.credit_amount if whole else row.credit_amount
        sums[row.return_id == returned.id] += _weight(amount, rates[row.order_line_id].rate)
    if not every:
        return NOTHING
    before, after = sums[False], sums[False] + sums[True]
    booked = None if whole else await _tax_before(work, returned)
    taken = Money.rounded(contained.value * before / every) if booked is None else booked
    return max(Money.rounded(contained.value * after / every) - taken, NOTHING)


async def _tax_before(work: Work, returned: fulfilment.GoodsReturn) -> Money | None:
    """Say what tax earlier returns of a parcel took that stand; None while one of them has not been booked."""
    back = fulfilment.GoodsReturn
    of_return = (OpenItem.source_type == GOODS_RETURN, OpenItem.source_id == back.id)
    earlier = select(OpenItem.id, OpenItem.tax_amount).select_from(back).outerjoin(OpenItem, and_(*of_return))
    standing = (back.shipment_id == returned.shipment_id, back.id < returned.id, back.voided_at.is_(None))
    rows = await work.rows(earlier.where(*standing, back.credit_amount > NOTHING))
    return None if any(row.id is None for row in rows) else Money.total(row.tax_amount for row in rows)


def _weight(amount: Money, rate: Rate) -> Decimal:
    return amount.value * rate.value / (1 + rate.value)


async def _goods_tax(work: Work, shipment_id: UUID) -> Money:
    """Say how much tax the goods of a parcel were sold with: that of its sale but for its freight."""
    of_parcel = (JournalEntry.source_type == SHIPMENT, JournalEntry.source_id == shipment_id)
    sold = (*of_parcel, JournalEntry.purpose == EntryPurpose.SALE)
    booked = select(JournalLine.account_code, func.sum(JournalLine.credit, type_=MONEY).label("amount"))
    of_sale = booked.join(JournalEntry, JournalEntry.id == JournalLine.entry_id).where(*sold)
    rows = await work.rows(of_sale.group_by(JournalLine.account_code))
    credited: dict[str, Money] = {row.account_code: row.amount for row in rows}
    charged = (await fulfilment.parcel(work, fulfilment.ShipmentId(shipment_id))).freight_amount
    return credited.get(TAXES, NOTHING) - (charged - credited.get(FREIGHT_INCOME, NOTHING))
