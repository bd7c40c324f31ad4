"""One shop on its platform (店铺): trades, refunds and items in memory, ordered by time, behind them the storage."""

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from typing import Any

from simulators.clock import Clock
from simulators.identities import Identity
from simulators.rates import Rates
from simulators.records import Item, Line, Parcel, PlannedRefund, Receiver, Refund, RefundStage, Stage, Trade
from simulators.storage import Storage


class TimeIndex:
    """Numbers ordered by an instant, so that a window is two binary searches and a slice."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, str]] = []
        self._moments: dict[str, int] = {}

    def put(self, number: str, moment: int) -> None:
        known = self._moments.get(number)
        if known == moment:
            return
        if known is not None:
            del self._entries[bisect_left(self._entries, (known, number))]
        self._moments[number] = moment
        insort(self._entries, (moment, number))

    def window(self, start: int, end: int) -> list[str]:
        """Numbers with start <= moment <= end, oldest first."""
        low = bisect_left(self._entries, (start, ""))
        high = bisect_right(self._entries, (end, "\U0010ffff"))
        return [number for _, number in self._entries[low:high]]

    def after(self, moment: int, number: str, end: int) -> Iterator[tuple[int, str]]:
        """Entries behind the cursor (moment, number) up to `end`, oldest first."""
        low = bisect_right(self._entries, (moment, number))
        for entry in self._entries[low:]:
            if entry[0] > end:
                return
            yield entry


class Shop:
    """Everything one shop knows; every `save_` is committed before it returns."""

    def __init__(self, identity: Identity, storage: Storage, clock: Clock) -> None:
        self.identity = identity
        self.code = identity.shop_code
        self.platform = identity.platform
        self.storage = storage
        self.clock = clock
        self.trades: dict[str, Trade] = {}
        self.by_modified = TimeIndex()
        self.by_created = TimeIndex()
        self.refunds: dict[str, Refund] = {}
        self.refunds_by_modified = TimeIndex()
        self.items: dict[tuple[str, str], Item] = {}
        self.by_seller_code: dict[str, list[Item]] = {}
        self.by_sku: dict[str, Item] = {}
        self.rates = Rates(self.code, storage)
        self.announce: Callable[[Trade], None] = lambda _trade: None
        self.refund_due: Callable[[Shop, Trade, PlannedRefund], None] = lambda _shop, _trade, _plan: None
        self._waiting: list[tuple[int, str]] = []
        self._refunds_waiting: list[tuple[int, str]] = []
        self._prepared: dict[str, Trade] = {}

    def save_trade(self, trade: Trade) -> None:
        self.storage.put("trade", f"{self.code}/{trade.number}", trade)
        self._index_trade(trade)
        if not trade.appears_at:
            self.announce(trade)

    def touch(self, trade: Trade) -> None:
        """Mark a trade as changed now; the version counts even within one second."""
        trade.modified_at = max(self.clock.now(), trade.modified_at)
        trade.version += 1
        self.save_trade(trade)

    def save_refund(self, refund: Refund) -> None:
        self.storage.put("refund", f"{self.code}/{refund.number}", refund)
        self._index_refund(refund)

    def save_item(self, item: Item) -> None:
        item.modified_at = self.clock.now()
        self.storage.put("item", f"{self.code}/{item.item}/{item.sku}", item)
        self._index_item(item)

    def load_trade(self, body: dict[str, Any]) -> None:
        trade = trade_from(body)
        self._index_trade(trade)
        for plan in trade.planned:
            heapq.heappush(self._refunds_waiting, (plan.appears_at, trade.number))

    def load_refund(self, body: dict[str, Any]) -> None:
        self._index_refund(Refund(**(body | {"stage": RefundStage(body["stage"])})))

    def load_item(self, body: dict[str, Any]) -> None:
        self._index_item(Item(**body))

    def release(self) -> int:
        """Let prepared trades appear whose hour has come; answers how many did."""
        due = self.clock.schedule()
        heads = [heap[0][0] for heap in (self._waiting, self._refunds_waiting) if heap]
        if not heads or min(heads) > due:
            return 0
        with self.storage.change():
            return self._release_trades(due) + self._release_refunds(due)

    @property
    def waiting(self) -> int:
        return len(self._prepared)

    def items_of(self, item: str) -> list[Item]:
        return [found for (number, _), found in self.items.items() if number == item]

    def sold(self, trade: Trade) -> None:
        """Lower what the shop shows by a new order (拍下减库存); items it never saw are listed on the way."""
        for line in trade.lines:
            known = self.by_sku.get(line.sku) or self.items.get((line.item, line.sku))
            known = known or Item(
                self.code, line.item, line.sku, line.seller_code, line.barcode, line.title, line.price_cents
            )
            if trade.stage in {Stage.UNPAID, Stage.DEPOSIT_PAID, Stage.PAID}:
                known.quantity = max(known.quantity - max(line.quantity, 0), 0)
            self.save_item(known)

    def plan_refunds(self, trade: Trade) -> None:
        """Carry out the planned refunds that have no hour to wait for, and note the others."""
        for plan in list(trade.planned):
            if plan.appears_at:
                heapq.heappush(self._refunds_waiting, (plan.appears_at, trade.number))
            else:
                self.refund_due(self, trade, plan)

    def _release_trades(self, due: int) -> int:
        released = 0
        while self._waiting and self._waiting[0][0] <= due:
            moment, number = heapq.heappop(self._waiting)
            trade = self._prepared.get(number)
            if trade is not None and trade.appears_at == moment:
                del self._prepared[number]
                self._appear(trade)
                released += 1
        return released

    def _release_refunds(self, due: int) -> int:
        released = 0
        while self._refunds_waiting and self._refunds_waiting[0][0] <= due:
            _, number = heapq.heappop(self._refunds_waiting)
            trade = self.trades.get(number)
            if trade is None:
                continue
            for plan in [one for one in trade.planned if one.appears_at <= due]:
                self.refund_due(self, trade, plan)
                released += 1
        return released

    def _appear(self, trade: Trade) -> None:
        now = self.clock.now()
        if trade.stamp == "now":
            shift = now - max(trade.created_at, trade.paid_at)
            trade.created_at += shift
            trade.paid_at += shift if trade.paid_at else 0
            trade.promised_ship_at += shift if trade.promised_ship_at else 0
        trade.modified_at = now
        trade.appears_at = 0
        self.save_trade(trade)
        self.sold(trade)

    def _index_trade(self, trade: Trade) -> None:
        if trade.appears_at:
            self._prepared[trade.number] = trade
            heapq.heappush(self._waiting, (trade.appears_at, trade.number))
            return
        self.trades[trade.number] = trade
        self.by_modified.put(trade.number, trade.modified_at)
        self.by_created.put(trade.number, trade.created_at)

    def _index_refund(self, refund: Refund) -> None:
        self.refunds[refund.number] = refund
        self.refunds_by_modified.put(refund.number, refund.modified_at)

    def _index_item(self, item: Item) -> None:
        stale = self.items.get((item.item, item.sku))
        if stale is not item:
            if stale is not None:
                self.by_seller_code[stale.seller_code].remove(stale)
            self.by_seller_code.setdefault(item.seller_code, []).append(item)
        self.items[(item.item, item.sku)] = item
        if item.sku:
            self.by_sku[item.sku] = item


def trade_from(body: dict[str, Any]) -> Trade:
    lines = [Line(**(line | {"stage": Stage(line["stage"])})) for line in body["lines"]]
    parcels = [Parcel(**parcel) for parcel in body["parcels"]]
    plain = body | {
        "lines": lines,
        "parcels": parcels,
        "planned": [PlannedRefund(**plan) for plan in body.get("planned", ())],
        "receiver": Receiver(**body["receiver"]),
        "stage": Stage(body["stage"]),
    }
    return Trade(**plain)
