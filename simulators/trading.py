"""What buyers and sellers may do to a trade (交易规则): pay, change, ship, complete, cancel, or be refused."""

from dataclasses import asdict
from enum import StrEnum

from simulators.carriers import Carrier
from simulators.records import BEFORE_SHIPPING, ENDED, Line, Parcel, Receiver, Stage, Trade
from simulators.shop import Shop


class Why(StrEnum):
    """Why a platform refuses; every gateway translates it into its own code."""

    NO_SUCH_TRADE = "no such trade"
    NO_SUCH_LINE = "no such line in this trade"
    NO_SUCH_REFUND = "no such refund"
    NO_SUCH_ITEM = "no such item"
    NOT_SHIPPABLE = "the trade is not waiting for shipment"
    ALREADY_SHIPPED = "already shipped"
    UNKNOWN_CARRIER = "unknown carrier"
    BAD_WAYBILL = "the waybill does not match the carrier's rule"
    NO_CASH_ON_DELIVERY = "this call does not support cash on delivery"
    LOCKED = "locked by the platform"
    WRONG_STAGE = "not possible at this stage"
    BELOW_ZERO = "the quantity would fall below zero"
    ITEM_LOCKED = "the item is locked"
    ITEM_DELETED = "the item is deleted"


class RefusedError(Exception):
    """The platform says no; `why` says what for, `detail` what a person reads."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(detail or why.value)
        self.why = why
        self.detail = detail or why.value


def trade_of(shop: Shop, number: str) -> Trade:
    trade = shop.trades.get(number)
    if trade is None:
        raise RefusedError(Why.NO_SUCH_TRADE)
    return trade


def create(shop: Shop, trade: Trade) -> bool:
    """Store a new trade, or replace what a known number says; answers whether it was new."""
    known = shop.trades.get(trade.number)
    if known is not None:
        trade.version = known.version + 1
        trade.parcels = known.parcels
    shop.save_trade(trade)
    if known is None and not trade.appears_at:
        shop.sold(trade)
    if known is None:
        shop.plan_refunds(trade)
    return known is None


def pay(shop: Shop, trade: Trade) -> None:
    """Pay as the buyer: of a deposit order (定金预售) first the deposit, then the rest."""
    if trade.stage is Stage.UNPAID and trade.is_deposit:
        trade.stage = Stage.DEPOSIT_PAID
    elif trade.stage in {Stage.UNPAID, Stage.DEPOSIT_PAID}:
        trade.stage = Stage.PAID
        trade.paid_at = shop.clock.now()
    else:
        raise RefusedError(Why.WRONG_STAGE)
    for line in trade.lines:
        line.stage = trade.stage
    shop.touch(trade)


def change_address(shop: Shop, trade: Trade, receiver: Receiver) -> None:
    if trade.stage not in BEFORE_SHIPPING | {Stage.UNPAID, Stage.DEPOSIT_PAID}:
        raise RefusedError(Why.WRONG_STAGE)
    trade.receiver = receiver
    shop.touch(trade)


def set_memo(shop: Shop, trade: Trade, memo: str, flag: int | None) -> None:
    trade.seller_memo = memo
    trade.seller_flag = trade.seller_flag if flag is None else flag
    shop.touch(trade)


def cancel(shop: Shop, trade: Trade) -> None:
    """Close an unpaid trade; a paid one only where the platform lets a buyer cancel without a refund case."""
    if trade.stage in {Stage.UNPAID, Stage.DEPOSIT_PAID}:
        trade.is_forfeited = trade.stage is Stage.DEPOSIT_PAID
        close(trade, Stage.CANCELLED, shop.clock.now())
    elif trade.stage is Stage.PAID and shop.platform not in {"taobao", "tmall"}:
        close(trade, Stage.CLOSED_REFUNDED, shop.clock.now())
    else:
        raise RefusedError(Why.WRONG_STAGE)
    shop.touch(trade)


def close(trade: Trade, stage: Stage, now: int) -> None:
    trade.stage = stage
    trade.ended_at = now
    for line in trade.lines:
        line.stage = stage


def complete(shop: Shop, trade: Trade) -> None:
    """Confirm receipt as the buyer (确认收货)."""
    if trade.stage is not Stage.SHIPPED:
        raise RefusedError(Why.WRONG_STAGE)
    trade.stage, trade.ended_at = Stage.COMPLETED, shop.clock.now()
    trade.paid_at = trade.paid_at or trade.ended_at
    for line in trade.lines:
        line.stage = Stage.COMPLETED if line.stage is Stage.SHIPPED else line.stage
    shop.touch(trade)


def lines_to_ship(trade: Trade, numbers: list[str] | None) -> list[Line]:
    """Choose the lines a shipment covers; all that are open unless some are named."""
    if trade.locked:
        raise RefusedError(Why.LOCKED)
    if trade.stage in {Stage.SHIPPED, Stage.COMPLETED}:
        raise RefusedError(Why.ALREADY_SHIPPED)
    if trade.stage not in BEFORE_SHIPPING:
        raise RefusedError(Why.NOT_SHIPPABLE)
    if numbers is None:
        return [line for line in trade.lines if line.stage is Stage.PAID]
    lines = [trade.line(number) for number in numbers]
    chosen = [line for line in lines if line is not None]
    if len(chosen) < len(numbers):
        raise RefusedError(Why.NO_SUCH_LINE)
    if any(line.stage is Stage.SHIPPED for line in chosen):
        raise RefusedError(Why.ALREADY_SHIPPED)
    if any(line.stage is not Stage.PAID for line in chosen):
        raise RefusedError(Why.NOT_SHIPPABLE)
    return chosen


def check_waybill(carrier: Carrier | None, waybill: str) -> None:
    if carrier is None:
        raise RefusedError(Why.UNKNOWN_CARRIER)
    if not carrier.accepts(waybill):
        raise RefusedError(Why.BAD_WAYBILL)


def ship(shop: Shop, trade: Trade, parcel: Parcel, lines: list[Line]) -> None:
    """Note the parcel and move its lines; what stays open makes the trade partly shipped (部分发货)."""
    trade.parcels.append(parcel)
    if parcel.confirmed:
        mark_shipped(trade, parcel, lines)
    shop.touch(trade)


def mark_shipped(trade: Trade, parcel: Parcel, lines: list[Line]) -> None:
    for line in lines:
        line.stage = Stage.SHIPPED
        line.carrier, line.waybill, line.shipped_at = parcel.carrier, parcel.waybill, parcel.told_at
    settle(trade, parcel.told_at)


def settle(trade: Trade, now: int) -> None:
    """Derive where the trade stands from where its lines stand."""
    live = [line for line in trade.lines if line.stage not in {Stage.CLOSED_REFUNDED, Stage.CANCELLED}]
    if not live:
        trade.stage, trade.ended_at = Stage.CLOSED_REFUNDED, now
    elif trade.stage in ENDED:
        return
    elif all(line.stage is Stage.SHIPPED for line in live):
        trade.stage, trade.shipped_at = Stage.SHIPPED, trade.shipped_at or now
    elif any(line.stage is Stage.SHIPPED for line in live):
        trade.stage, trade.shipped_at = Stage.PARTLY_SHIPPED, trade.shipped_at or now


def parcels_of(trade: Trade) -> list[dict[str, object]]:
    return [asdict(parcel) for parcel in trade.parcels]
