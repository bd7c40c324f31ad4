from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from domain.kernel import UnitPrice
from domain.pricing import Verdict
from domain.pricing.explaining import judged
from tests.conftest import NOW

DAY = timedelta(days=1)
ONE_YUAN = UnitPrice(1)
A_LIST = uuid4()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A row as the reader gives it."""

    id: UUID
    code: str
    priority: int = 0
    channel_id: UUID | None = None
    currency: str = "CNY"
    channel_currency: str = "CNY"
    starts_at: datetime = NOW - DAY
    ends_at: datetime | None = None
    list_starts_at: datetime = NOW - DAY
    list_ends_at: datetime | None = None
    unit_price: UnitPrice = ONE_YUAN
    price_list_id: UUID = A_LIST
    name: str = "list"


def verdicts(*candidates: Candidate) -> dict[str, Verdict]:
    return {each.price_list_code: each.verdict for each in judged(candidates, NOW)}


def test_each_price_learns_what_it_lost_by() -> None:
    base = Candidate(id=uuid4(), code="base")
    own = replace(base, id=uuid4(), code="own", channel_id=uuid4())
    earlier = replace(own, id=uuid4(), code="earlier", starts_at=NOW - 2 * DAY)
    cheap = replace(base, id=uuid4(), code="cheap", priority=-1)
    dollars = replace(base, id=uuid4(), code="dollars", currency="USD")
    coming = replace(base, id=uuid4(), code="coming", starts_at=NOW + DAY)
    ended = replace(base, id=uuid4(), code="ended", ends_at=NOW)
    list_over = replace(base, id=uuid4(), code="list over", list_ends_at=NOW)
    list_coming = replace(base, id=uuid4(), code="list coming", list_starts_at=NOW + DAY)
    assert verdicts(base, cheap, dollars, coming, own, ended, list_over, list_coming, earlier) == {
        "own": Verdict.CHOSEN,
        "earlier": Verdict.EARLIER,
        "base": Verdict.NOT_OF_THE_CHANNEL,
        "cheap": Verdict.LOWER_PRIORITY,
        "dollars": Verdict.OTHER_CURRENCY,
        "coming": Verdict.PRICE_NOT_IN_FORCE,
        "ended": Verdict.PRICE_NOT_IN_FORCE,
        "list over": Verdict.LIST_NOT_IN_FORCE,
        "list coming": Verdict.LIST_NOT_IN_FORCE,
    }


def test_nothing_to_consider_explains_nothing() -> None:
    assert judged([], NOW) == []
