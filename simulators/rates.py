"""Ratings buyers leave (评价), kept per shop by the moment they were left."""

from dataclasses import asdict, dataclass

from simulators.storage import Storage


@dataclass(slots=True)
class Rate:
    """One rating of one line: good, neutral or bad."""

    trade: str
    line: str
    result: str
    content: str
    created_at: int
    buyer: str = ""
    item: str = ""
    title: str = ""
    price_cents: int = 0


class Rates:
    """The ratings of one shop, oldest first."""

    def __init__(self, shop: str, storage: Storage) -> None:
        self._shop, self._storage = shop, storage
        rows = [Rate(**body) for key, body in storage.all("rate") if key.startswith(f"{shop}/")]
        self.rows = sorted(rows, key=lambda rate: rate.created_at)

    def add(self, rate: Rate) -> None:
        self.rows.append(rate)
        self._storage.put("rate", f"{self._shop}/{len(self.rows):09d}", asdict(rate))

    def window(self, start: int, end: int) -> list[Rate]:
        return [rate for rate in self.rows if start <= rate.created_at <= end]
