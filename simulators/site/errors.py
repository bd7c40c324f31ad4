"""How a SITE shop says no (错误码): 1xx who asks, 2xx what is asked, 3xx the business, 429 too often, 5xx try again."""

from simulators.trading import RefusedError, Why

CODES = {
    Why.NO_SUCH_TRADE: 301,
    Why.NO_SUCH_LINE: 302,
    Why.NOT_SHIPPABLE: 303,
    Why.ALREADY_SHIPPED: 304,
    Why.UNKNOWN_CARRIER: 305,
    Why.BAD_WAYBILL: 306,
    Why.LOCKED: 307,
    Why.WRONG_STAGE: 308,
    Why.NO_SUCH_REFUND: 309,
    Why.NO_SUCH_ITEM: 310,
}


class SiteError(Exception):
    """One refusal; `retry_after` only with 429."""

    def __init__(self, code: int, text: str, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.code, self.text, self.retry_after = code, text, retry_after


def refused(error: RefusedError) -> SiteError:
    return SiteError(CODES.get(error.why, 399), error.detail)
