"""Acting as buyers and as the platform (买家操作): create trades, pay, move house, ask for money back, cancel."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from simulators import refunding, trading
from simulators.control.door import UnknownError, answer, json_of, only, shop_of
from simulators.parsing import MalformedError, cents, moment, receiver_from, trade_from_control
from simulators.records import Refund, Trade
from simulators.shop import Shop
from simulators.world import World

BATCH_MAX = 2000


class TradeControls:
    """Routes under /control/shops/{shop} that change trades and refunds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._actions: dict[str, Callable[[Shop, Trade, dict[str, Any]], Any]] = {
            "pay": lambda shop, trade, _: trading.pay(shop, trade),
            "address": _address,
            "memo": _memo,
            "message": _message,
            "cancel": lambda shop, trade, _: trading.cancel(shop, trade),
            "complete": lambda shop, trade, _: trading.complete(shop, trade),
            "touch": lambda shop, trade, _: shop.touch(trade),
            "lock": _lock,
            "distort": _distort,
            "prescription": _prescription,
            "backdate": _backdate,
            "refund": _refund,
        }
        self._refund_actions: dict[str, Callable[[Shop, Refund, dict[str, Any]], None]] = {
            "agree": lambda shop, refund, _: refunding.agree(shop, refund),
            "refuse": lambda shop, refund, _: refunding.refuse(shop, refund),
            "confirm-goods": lambda shop, refund, _: refunding.confirm_goods(shop, refund),
            "withdraw": lambda shop, refund, _: refunding.withdraw(shop, refund),
            "ask-again": lambda shop, refund, _: refunding.ask_again(shop, refund),
            "return-goods": lambda shop, refund, body: refunding.return_goods(
                shop, refund, str(body.get("carrier", "SF")), str(body.get("waybill", ""))
            ),
        }

    def routes(self) -> list[web.RouteDef]:
        base = "/control/shops/{shop}"
        return [
            web.post(f"{base}/trades", self.create),
            web.get(f"{base}/trades", self.list),
            web.get(f"{base}/trades/{{number}}", self.show),
            web.post(f"{base}/trades/{{number}}/{{action}}", self.act),
            web.get(f"{base}/refunds", self.refunds),
            web.post(f"{base}/refunds/{{number}}/{{action}}", self.act_on_refund),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Create or replace a batch of trades, all or none, with the refunds they came with."""
        shop, body = shop_of(self._world, request), await json_of(request)
        wanted = body.get("trades")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= BATCH_MAX:
            raise MalformedError(f"trades: 1 to {BATCH_MAX} of them")
        trades = [trade_from_control(shop, one) for one in wanted]
        with self._world.storage.change():
            created = sum(trading.create(shop, trade) for trade in trades)
        numbers = [trade.number for trade in trades]
        return answer({"created": created, "updated": len(trades) - created, "numbers": numbers})

    async def list(self, request: web.Request) -> web.Response:
        shop = shop_of(self._world, request)
        rows = [
            {
                "number": trade.number,
                "stage": trade.stage,
                "modified_at": trade.modified_at,
                "lines": len(trade.lines),
                "payable_cents": trade.payable_cents,
            }
            for trade in shop.trades.values()
        ]
        return answer({"trades": rows, "waiting": shop.waiting})

    async def show(self, request: web.Request) -> web.Response:
        return answer(_told(self._trade(request)))

    async def act(self, request: web.Request) -> web.Response:
        shop, trade = shop_of(self._world, request), self._trade(request)
        action = self._actions.get(request.match_info["action"])
        if action is None:
            raise UnknownError(f"no action {request.match_info['action']}; known are {sorted(self._actions)}")
        body = await json_of(request)
        with self._world.storage.change():
            result = action(shop, trade, body)
        return answer(_told(trade) | ({"refund": asdict(result)} if isinstance(result, Refund) else {}))

    async def refunds(self, request: web.Request) -> web.Response:
        return answer({"refunds": [asdict(refund) for refund in shop_of(self._world, request).refunds.values()]})

    async def act_on_refund(self, request: web.Request) -> web.Response:
        shop = shop_of(self._world, request)
        refund = shop.refunds.get(request.match_info["number"])
        action = self._refund_actions.get(request.match_info["action"])
        if refund is None or action is None:
            raise UnknownError("no such refund, or no such action")
        body = await json_of(request)
        with self._world.storage.change():
            action(shop, refund, body)
        return answer(asdict(refund))

    def _trade(self, request: web.Request) -> Trade:
        shop = shop_of(self._world, request)
        trade = shop.trades.get(request.match_info["number"])
        if trade is None:
            raise UnknownError(f"no trade {request.match_info['number']}")
        return trade


def _told(trade: Trade) -> dict[str, Any]:
    return asdict(trade) | {"payable_cents": trade.payable_cents, "goods_cents": trade.goods_cents}


def _address(shop: Shop, trade: Trade, body: dict[str, Any]) -> None:
    receiver = asdict(trade.receiver) | body
    trading.change_address(shop, trade, receiver_from(receiver))


def _memo(shop: Shop, trade: Trade, body: dict[str, Any]) -> None:
    only(body, "memo", "flag")
    trading.set_memo(shop, trade, str(body.get("memo", "")), body.get("flag"))


def _message(shop: Shop, trade: Trade, body: dict[str, Any]) -> None:
    only(body, "message")
    trade.buyer_message = str(body.get("message", ""))
    shop.touch(trade)


def _lock(shop: Shop, trade: Trade, body: dict[str, Any]) -> None:
    only(body, "locked")
    trade.locked = bool(body.get("locked", True))
    shop.touch(trade)


def _distort(shop: Shop, trade: Trade, body: dict[str, Any]) -> None:
    trade.distortions = body
    shop.touch(trade)


def _prescription(shop: Shop, trade: Trade, body: dict[str, Any]) -> None:
    only(body, "pending")
    trade.prescription_pending = bool(body.get("pending", False))
    shop.touch(trade)


def _backdate(shop: Shop, trade: Trade, body: dict[str, Any]) -> None:
    """Write the times of a trade as they please: the only way `modified` can run backwards."""
    only(body, "created_at", "paid_at", "modified_at", "promised_ship_at")
    for name, value in body.items():
        setattr(trade, name, moment(value, name))
    shop.save_trade(trade)


def _refund(shop: Shop, trade: Trade, body: dict[str, Any]) -> Refund:
    only(body, "number", "line", "quantity", "amount", "reason", "returns_goods", "agreed")
    amount = body.get("amount")
    wish = refunding.RefundWish(
        line=str(body.get("line") or trade.lines[0].number),
        quantity=body.get("quantity"),
        amount_cents=None if amount is None else cents(amount, "amount"),
        reason=str(body.get("reason") or "不想要了"),
        returns_goods=bool(body.get("returns_goods")),
        number=str(body.get("number") or ""),
    )
    refund = refunding.request(shop, trade, wish)
    if body.get("agreed"):
        refunding.agree(shop, refund)
    return refund
