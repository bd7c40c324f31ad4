"""Refunds on the platform (退款): asked for, agreed or refused, goods sent back, money returned or case closed."""

from dataclasses import dataclass

from simulators.numbering import new_number
from simulators.records import BEFORE_SHIPPING, ENDED, PlannedRefund, Refund, RefundStage, Stage, Trade
from simulators.shop import Shop
from simulators.trading import RefusedError, Why, settle, trade_of

_DECIDED = {RefundStage.SUCCESS, RefundStage.CLOSED}


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What the buyer asks for; without an amount the share of the quantity in what was paid for the line."""

    line: str
    quantity: int | None = None
    amount_cents: int | None = None
    reason: str = "不想要了"
    returns_goods: bool = False
    number: str = ""


def refund_of(shop: Shop, number: str) -> Refund:
    refund = shop.refunds.get(number)
    if refund is None:
        raise RefusedError(Why.NO_SUCH_REFUND)
    return refund


def request(shop: Shop, trade: Trade, wish: RefundWish) -> Refund:
    """Ask for money back as the buyer; one open case per line."""
    line = trade.line(wish.line)
    if line is None:
        raise RefusedError(Why.NO_SUCH_LINE)
    if trade.stage in {Stage.UNPAID, Stage.CANCELLED, Stage.CLOSED_REFUNDED}:
        raise RefusedError(Why.WRONG_STAGE)
    running = shop.refunds.get(line.refund)
    if running is not None and running.stage is not RefundStage.CLOSED:
        raise RefusedError(Why.WRONG_STAGE, "a refund of this line is already open or paid")
    quantity = line.quantity if wish.quantity is None else wish.quantity
    if not 0 < quantity <= line.quantity:
        raise RefusedError(Why.WRONG_STAGE, "the refund asks for more than was bought")
    amount = line.paid_cents * quantity // line.quantity if wish.amount_cents is None else wish.amount_cents
    now = shop.clock.now()
    refund = Refund(
        shop=shop.code,
        number=wish.number or new_number(),
        trade=trade.number,
        line=line.number,
        stage=RefundStage.WAIT_SELLER_AGREE,
        quantity=quantity,
        amount_cents=min(amount, line.paid_cents),
        reason=wish.reason,
        returns_goods=wish.returns_goods and trade.stage not in BEFORE_SHIPPING,
        after_sale=trade.stage in ENDED,
        created_at=now,
        modified_at=now,
    )
    line.refund = refund.number
    _move(shop, trade, refund, refund.stage)
    return refund


def carry_out(shop: Shop, trade: Trade, plan: PlannedRefund) -> None:
    """Pay a planned refund; what happened in the past bears its own time."""
    trade.planned.remove(plan)
    wish = RefundWish(plan.line, plan.quantity, plan.amount_cents, plan.reason, number=plan.number)
    before = trade.modified_at
    try:
        refund = request(shop, trade, wish)
        agree(shop, refund)
    except RefusedError:
        # Something else happened to the trade before the plan's hour came: life went another way.
        shop.save_trade(trade)
        return
    if plan.at and not plan.appears_at:
        refund.created_at = refund.modified_at = plan.at
        trade.modified_at = max(before, plan.at)
        shop.save_refund(refund)
        shop.save_trade(trade)


def agree(shop: Shop, refund: Refund) -> None:
    """Agree as the seller: money at once, or first the goods back."""
    _expect(refund, {RefundStage.WAIT_SELLER_AGREE, RefundStage.SELLER_REFUSE_BUYER})
    target = RefundStage.WAIT_BUYER_RETURN_GOODS if refund.returns_goods else RefundStage.SUCCESS
    _move(shop, trade_of(shop, refund.trade), refund, target)


def refuse(shop: Shop, refund: Refund) -> None:
    _expect(refund, {RefundStage.WAIT_SELLER_AGREE, RefundStage.WAIT_SELLER_CONFIRM_GOODS})
    _move(shop, trade_of(shop, refund.trade), refund, RefundStage.SELLER_REFUSE_BUYER)


def return_goods(shop: Shop, refund: Refund, carrier: str, waybill: str) -> None:
    _expect(refund, {RefundStage.WAIT_BUYER_RETURN_GOODS})
    refund.carrier, refund.waybill = carrier, waybill
    _move(shop, trade_of(shop, refund.trade), refund, RefundStage.WAIT_SELLER_CONFIRM_GOODS)


def confirm_goods(shop: Shop, refund: Refund) -> None:
    _expect(refund, {RefundStage.WAIT_SELLER_CONFIRM_GOODS})
    _move(shop, trade_of(shop, refund.trade), refund, RefundStage.SUCCESS)


def withdraw(shop: Shop, refund: Refund) -> None:
    """Take the wish back as the buyer, or the platform closes it for lapse of time."""
    _expect(refund, set(RefundStage) - _DECIDED)
    _move(shop, trade_of(shop, refund.trade), refund, RefundStage.CLOSED)


def ask_again(shop: Shop, refund: Refund) -> None:
    _expect(refund, {RefundStage.SELLER_REFUSE_BUYER})
    _move(shop, trade_of(shop, refund.trade), refund, RefundStage.WAIT_SELLER_AGREE)


def _expect(refund: Refund, stages: set[RefundStage]) -> None:
    if refund.stage not in stages:
        raise RefusedError(Why.WRONG_STAGE, f"the refund is {refund.stage}")


def _move(shop: Shop, trade: Trade, refund: Refund, stage: RefundStage) -> None:
    refund.stage = stage
    refund.modified_at = shop.clock.now()
    refund.version += 1
    line = trade.line(refund.line)
    if line is not None:
        line.refund_stage = stage
        if stage is RefundStage.SUCCESS and refund.amount_cents >= line.paid_cents:
            line.stage = Stage.CLOSED_REFUNDED
            settle(trade, refund.modified_at)
    shop.save_refund(refund)
    shop.touch(trade)
