"""The one port of all marketplaces (平台接口): what we ask of a platform, in our words.

How a platform pages, counts, dates and hides is declared by each platform for itself and never assumed here.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from connectors.faults import ConnectorFault, NotOffered
from connectors.http import Http
from domain import orders
from domain.feedback import TradeProgress
from domain.kernel import Money
from domain.refunds import IncomingRefund as IncomingRefund
from domain.refunds import RefundDecision
from domain.refunds import UnreadableRefund as UnreadableRefund

Trade = orders.IncomingOrder | orders.UnreadableTrade


class Paging(StrEnum):
    """How a platform's lists are walked so that nothing is lost while they change."""

    REVERSE_PAGE = "REVERSE_PAGE"
    FORWARD_PAGE = "FORWARD_PAGE"
    CURSOR = "CURSOR"


class MoneyUnit(StrEnum):
    """What a platform's amounts are counted in."""

    YUAN_TEXT = "YUAN_TEXT"
    FEN_INTEGER = "FEN_INTEGER"


class IdKind(StrEnum):
    """How long a platform's numbers grow."""

    INTEGER_64_BIT = "INTEGER_64_BIT"
    INTEGER_UNBOUNDED = "INTEGER_UNBOUNDED"
    TEXT = "TEXT"


class PersonalData(StrEnum):
    """What a platform shows of its buyers."""

    PLAIN = "PLAIN"
    MASKED = "MASKED"
    MASKED_WITH_TOKEN = "MASKED_WITH_TOKEN"  # noqa: S105 — the word of a mode, not a secret.


class TimestampFormat(StrEnum):
    """How a platform dates its calls."""

    CHINA_SECONDS = "CHINA_SECONDS"
    UNIX_SECONDS = "UNIX_SECONDS"


class Call(StrEnum):
    """What a platform may offer."""

    PULL_ORDERS = "PULL_ORDERS"
    PULL_REFUNDS = "PULL_REFUNDS"
    GET_ORDER = "GET_ORDER"
    TELL_SHIPMENT = "TELL_SHIPMENT"
    PUSH_STOCK = "PUSH_STOCK"
    PUSH_GOODS = "PUSH_GOODS"
    PUSH_PRICE = "PUSH_PRICE"
    UPDATE_MEMO = "UPDATE_MEMO"
    TELL_STATE = "TELL_STATE"
    DECIDE_REFUND = "DECIDE_REFUND"
    READ_STOCK = "READ_STOCK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The facts of one platform's protocol; none has a default, so that none is inherited by accident."""

    paging: Paging
    page_size: int
    pages_max: int | None
    slice_max: timedelta
    """The window of modified time one pull asks for, at most what the platform allows."""
    overlap: timedelta
    """How far a pull reaches behind the end of the last one."""
    history_max: timedelta
    """How old an order the platform still tells of."""
    timestamp: TimestampFormat
    clock_tolerance: timedelta
    money_unit: MoneyUnit
    id_kind: IdKind
    personal_data: PersonalData
    calls_per_second: float
    calls_at_once_max: int
    offers: frozenset[Call]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAccount:
    """Where and as whom a shop is reached; the secrets are decrypted by the caller and never printed."""

    platform: str
    shop_code: str
    base_url: str
    app_key: str
    app_secret: str = field(repr=False)
    session: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledSlice:
    """Every trade modified in one window; once these are stored, the shop has been read until `until_at`."""

    from_at: datetime
    until_at: datetime
    orders: list[Trade]


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledRefunds:
    """Every refund modified in one window."""

    from_at: datetime
    until_at: datetime
    refunds: list[IncomingRefund | UnreadableRefund]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentNotice:
    """One parcel: `lines` are the platform's line numbers in it, None means everything not yet shipped."""

    external_number: str
    carrier_code: str
    waybill: str
    lines: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateNotice:
    """How far an order is with us, newer than every lower version."""

    external_number: str
    state: TradeProgress
    version: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNotice:
    """What was decided about a refund, by whom, and the reason that its buyer reads when it is refused."""

    refund_number: str
    order_number: str
    decision: RefundDecision
    amount: Money
    decided_by: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """What a shop shall show as available: absolute, and newer than every lower version."""

    external_item: str
    external_sku: str | None
    seller_code: str | None
    quantity: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockOutcome:
    """What became of one level; without a fault it stands, `superseded` if the platform already held a newer one."""

    level: StockLevel
    fault: ConnectorFault | None = None
    superseded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSku:
    """One SKU by the platform's own numbers, and how many it shows of it; None when it is only asked for."""

    external_item: str
    external_sku: str
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsSpecification:
    """One SKU of pushed goods."""

    sku_code: str
    properties: str
    barcode: str | None
    weight_grams: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsNotice:
    """Goods as a site shall show them."""

    goods_code: str
    title: str
    brand: str | None
    category: str | None
    barcode: str | None
    specifications: tuple[GoodsSpecification, ...]
    images: tuple[str, ...]
    description: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceNotice:
    """The price of one SKU, and what members of each tier pay."""

    sku_code: str
    price: Money
    market_price: Money | None = None
    member_prices: dict[str, Money] = field(default_factory=dict)
    effective_from_at: datetime | None = None
    effective_until_at: datetime | None = None


def now_utc() -> datetime:
    return datetime.now(UTC)


class Marketplace(ABC):
    """One shop on one platform. A subclass that names `platforms` is found by discovery and serves them."""

    platforms: ClassVar[tuple[str, ...]] = ()
    protocol: ClassVar[Protocol]

    def __init__(self, account: ShopAccount, http: Http, now: Callable[[], datetime] = now_utc) -> None:
        """`now` is the clock of business and decides the windows; calls are always signed by the real one."""
        self.account = account
        self.http = http
        self.now = now
        self.throttle = http.throttle_for(
            f"{account.platform} {account.app_key}", self.protocol.calls_per_second, self.protocol.calls_at_once_max
        )

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.platforms and "protocol" not in cls.__dict__:
            raise TypeError(f"{cls.__name__} serves {cls.platforms} but does not declare their protocol")

    @classmethod
    def offers(cls, call: Call) -> bool:
        return call in cls.protocol.offers

    @abstractmethod
    def pull_orders(self, since: datetime, until: datetime) -> AsyncIterator[PulledSlice]:
        """Every trade modified between the two, in slices from old to new; reaches behind `since` by the overlap."""

    @abstractmethod
    def pull_refunds(self, since: datetime, until: datetime) -> AsyncIterator[PulledRefunds]:
        """Every refund modified between the two, sliced like orders."""

    async def get_order(self, external_number: str) -> Trade | None:
        """One trade as it stands now, None where the platform knows no such number."""
        raise self._not_offered(Call.GET_ORDER, external_number)

    async def tell_shipment(self, notice: ShipmentNotice) -> None:
        """Say that a parcel left; saying it twice is as good as once."""
        raise self._not_offered(Call.TELL_SHIPMENT, notice.external_number)

    async def push_stock(self, levels: Sequence[StockLevel]) -> list[StockOutcome]:
        """Tell the absolute levels; one item's fault is its own, a fault of the shop is raised."""
        raise self._not_offered(Call.PUSH_STOCK, f"{len(levels)} levels")

    async def read_stock(self, wanted: Sequence[ShownSku]) -> list[ShownSku]:
        """Say how many the shop shows of each SKU; one it does not know is absent."""
        raise self._not_offered(Call.READ_STOCK, f"{len(wanted)} SKUs")

    async def push_goods(self, goods: GoodsNotice) -> None:
        """Show these goods, or show them as they now are."""
        raise self._not_offered(Call.PUSH_GOODS, goods.goods_code)

    async def withdraw_goods(self, goods_code: str) -> None:
        """Show these goods no longer."""
        raise self._not_offered(Call.PUSH_GOODS, goods_code)

    async def push_price(self, price: PriceNotice) -> None:
        """Show this price."""
        raise self._not_offered(Call.PUSH_PRICE, price.sku_code)

    async def tell_state(self, notice: StateNotice) -> None:
        """Say how far an order is; saying it twice, or after a newer one, changes nothing."""
        raise self._not_offered(Call.TELL_STATE, notice.external_number)

    async def decide_refund(self, notice: RefundNotice) -> None:
        """Say what was decided about a refund; saying it twice is as good as once."""
        raise self._not_offered(Call.DECIDE_REFUND, notice.refund_number)

    async def update_memo(self, external_number: str, memo: str, flag: int) -> None:
        """Write the seller's memo and flag (备注, 旗帜) back to the platform."""
        raise self._not_offered(Call.UPDATE_MEMO, f"{external_number} {len(memo)} {flag}")

    def _not_offered(self, call: Call, subject: str) -> NotOffered:
        return NotOffered(f"{self.account.platform} offers no {call}: {subject}")

    def slices(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """Cut a time into windows the platform allows; the first reaches back, none ends in the future."""
        now = self.now()
        from_at = max(since - self.protocol.overlap, now - self.protocol.history_max).replace(microsecond=0)
        until = min(until, now).replace(microsecond=0)
        cuts: list[tuple[datetime, datetime]] = []
        while from_at < until:
            until_at = min(from_at + self.protocol.slice_max, until)
            cuts.append((from_at, until_at))
            from_at = until_at
        return cuts
