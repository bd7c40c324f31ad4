"""Orders from a spreadsheet (线下订单导入): rows of one number are one order; they come in as every other order does.

The same content again changes nothing. Another content changes an order while nobody has vouched for it; later it is a
problem of that row, and people decide.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from domain import channels, inventory, orders
from domain.kernel import BadInput, Money, Quantity, UnitPrice, Work
from domain.orders import IncomingLine, IncomingOrder, IncomingReceiver, IncomingStatus
from domain.sheets.models import SheetImport
from domain.sheets.tables import YES_OR_NO, Column, Row, Sheet, Table, check_same, under_headings

LINES_MAX = 200
AT_ONCE = 500
CENT = Decimal("0.01")

COLUMNS = (
    Column(name="number", chinese="订单号", english="Order", required=True),
    Column(name="placed_at", chinese="下单时间", english="Placed at", required=True),
    Column(name="paid", chinese="已付款", english="Paid"),
    Column(name="cash_on_delivery", chinese="货到付款", english="Cash on delivery"),
    Column(name="receiver", chinese="收货人", english="Receiver", required=True),
    Column(name="phone", chinese="电话", english="Phone", required=True),
    Column(name="province", chinese="省", english="Province"),
    Column(name="city", chinese="市", english="City"),
    Column(name="district", chinese="区县", english="District"),
    Column(name="address", chinese="详细地址", english="Address", required=True),
    Column(name="sku", chinese="商品编码", english="SKU", required=True),
    Column(name="title", chinese="品名", english="Title"),
    Column(name="quantity", chinese="数量", english="Quantity", required=True),
    Column(name="unit_price", chinese="单价", english="Unit price"),
    Column(name="amount", chinese="金额", english="Amount"),
    Column(name="freight", chinese="运费", english="Freight"),
    Column(name="total", chinese="订单金额", english="Order total"),
    Column(name="message", chinese="买家留言", english="Buyer message"),
    Column(name="memo", chinese="卖家备注", english="Seller memo"),
)
HEAD = tuple(
    each.name for each in COLUMNS if each.name not in ("number", "sku", "title", "quantity", "unit_price", "amount")
)
ORDER, TRADE = orders.Order, orders.models.Trade
NUMBERS = bindparam("numbers", type_=ARRAY(Text))
KNOWN = (
    select(ORDER.external_number, ORDER.number, ORDER.status, ORDER.source, TRADE.payload)
    .outerjoin(TRADE, TRADE.order_id == ORDER.id)
    .where(ORDER.channel_id == bindparam("channel_id"), ORDER.external_number == any_(NUMBERS))
)
STILL_OPEN = frozenset({orders.OrderStatus.UNREVIEWED, orders.OrderStatus.AWAITING_PAYMENT})


async def check_channel(work: Work, channel_id: UUID | None) -> Any:
    """Find the shop whose orders these are; only one whose orders are placed here has orders in spreadsheets."""
    if channel_id is None:
        raise BadInput(field="channelId", problem="orders are of a channel").at("input", "channelId")
    channel = await channels.channel_by_id(work, channel_id)
    if channel.platform is not channels.Platform.DIRECT:
        problem = "orders of a platform come from the platform; name a channel of kind DIRECT"
        raise BadInput(field="channelId", problem=problem).at("input", "channelId")
    return channel


async def orders_of(work: Work, table: Table, channel: Any) -> tuple[Sheet, list[IncomingOrder], int]:
    """Read all orders of a table: what is wrong with it, those that are new or changed, and how many are neither."""
    sheet = under_headings(table, COLUMNS)
    read = [(rows, _order(number, rows, channel.currency, work.now, sheet)) for number, rows in sheet.grouped("number")]
    numbers = [incoming.external_number for _, incoming in read if incoming is not None]
    found = await work.rows(KNOWN, {"channel_id": channel.id, "numbers": numbers})
    known = {row.external_number: row for row in found}
    wanted, unchanged = [], 0
    for rows, incoming in read:
        if incoming is None:
            continue
        before = known.get(incoming.external_number)
        if before is not None and before.payload == incoming.raw:
            unchanged += 1
            continue
        if before is not None:
            _check_open(rows[0], before)
        wanted.append(incoming)
    return sheet, wanted, unchanged


def _check_open(row: Row, before: Any) -> None:
    if before.source is orders.OrderSource.PLACED:
        row.wrong("number", f"is already {before.number}, placed here", f"已在系统下单：{before.number}")
    elif before.status not in STILL_OPEN:
        state = before.status.value
        row.wrong(
            "number",
            f"is already {before.number}, which is {state} and no longer changed by a sheet",
            f"已是订单 {before.number}，状态 {state}，不能再通过表格修改",
        )


def _order(number: str, rows: Sequence[Row], currency: str, now: datetime, sheet: Sheet) -> IncomingOrder | None:
    before, first = len(sheet.problems), rows[0]
    check_same(rows, HEAD)
    if len(rows) > LINES_MAX:
        first.wrong("number", f"has more than {LINES_MAX} rows", f"超过 {LINES_MAX} 行")
    placed_at = first.moment("placed_at", inventory.CHINA)
    lines = [line for place, row in enumerate(rows, 1) if (line := _line(row, place)) is not None]
    freight = first.measure("freight", Money) or Money(0)
    total = Money.total(each.line_amount for each in lines) + freight
    stated, receiver = first.measure("total", Money), _receiver(first)
    paid, on_delivery = first.choice("paid", YES_OR_NO), first.choice("cash_on_delivery", YES_OR_NO)
    texts = (first.text("message"), first.text("memo"))
    if paid and on_delivery:
        first.wrong("cash_on_delivery", "is for orders that are not paid yet", "已付款的订单不能货到付款")
    if stated is not None and stated != total and len(sheet.problems) == before:
        first.wrong(
            "total", f"is {stated}, the rows and the freight make {total}", f"为 {stated}，明细与运费合计 {total}"
        )
    if len(sheet.problems) > before or placed_at is None:
        return None
    return IncomingOrder(
        external_number=number,
        status=IncomingStatus.PAID if paid or on_delivery else IncomingStatus.AWAITING_PAYMENT,
        placed_at=placed_at,
        paid_at=placed_at if paid else None,
        modified_at=now,
        promised_ship_at=None,
        buyer_id="",
        buyer_name=receiver.name,
        receiver=receiver,
        lines=tuple(lines),
        currency=currency,
        freight_amount=freight,
        discount_amount=Money(0),
        total_amount=total,
        paid_amount=total if paid else Money(0),
        buyer_message=texts[0] or None,
        seller_memo=texts[1] or None,
        seller_flag=None,
        cash_on_delivery=bool(on_delivery),
        raw={"sheet": [{name: text for name, text in row.cells.items() if text} for row in rows]},
    )


def _receiver(row: Row) -> IncomingReceiver:
    return IncomingReceiver(
        name=row.text("receiver", 100),
        phone=row.text("phone", 40),
        province=row.text("province", 50) or None,
        city=row.text("city", 50) or None,
        district=row.text("district", 50) or None,
        town=None,
        detail=row.text("address"),
    )


def _line(row: Row, place: int) -> IncomingLine | None:
    sku, quantity = row.text("sku", 100), row.measure("quantity", Quantity)
    price, amount = row.measure("unit_price", UnitPrice), row.measure("amount", Money)
    if quantity is not None and quantity <= Quantity(0):
        row.wrong("quantity", "must be more than 0", "必须大于 0")
    if (price is not None and price < UnitPrice(0)) or (amount is not None and amount < Money(0)):
        row.wrong("amount", "must not be negative", "不能为负数")
    if price is None and amount is None:
        row.wrong("amount", "give the amount or the unit price", "请填写金额或单价")
        return None
    if quantity is None or not sku:
        return None
    if price is not None:
        exact = price.value * quantity.value
        if amount is not None and exact.quantize(CENT) != amount.value:
            said = f"{exact.normalize():f}"
            row.wrong("amount", f"is {amount}, and {quantity} at {price} are {said}", f"与数量×单价 {said} 不符")
        elif amount is None and exact != exact.quantize(CENT):
            row.wrong(
                "unit_price", f"gives {exact.normalize():f}, no whole cents", f"计算得 {exact.normalize():f}，不足分"
            )
    asked = amount if amount is not None else Money.rounded((price or UnitPrice(0)).value * quantity.value)
    return IncomingLine(
        external_number=str(place),
        external_item=None,
        external_sku=None,
        seller_code=sku,
        barcode=sku,
        title=row.text("title", 200) or sku,
        specification=None,
        quantity=quantity,
        list_amount=asked,
        line_amount=asked,
    )


async def commit_orders(work: Work, sheet_import: SheetImport, wanted: Sequence[IncomingOrder]) -> None:
    """Let the orders come in, in parts; what becomes of them is counted on the import."""
    for start in range(0, len(wanted), AT_ONCE):
        if sheet_import.channel_id is None:
            raise ValueError("orders are of a channel")
        report = await orders.receive_trades(work, sheet_import.channel_id, wanted[start : start + AT_ONCE])
        sheet_import.created += report.created
        sheet_import.updated += report.updated
        sheet_import.unchanged += report.unchanged
