"""What the partner's warehouse knows (外仓台账): the papers it was given and the goods it holds, by type and batch."""

from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.numbering import new_number
from simulators.storage import Storage

TYPES = ("ZP", "CC", "JS", "XS", "ZT")
OVER = ("CONFIRMED", "CANCELLED")


@dataclass(slots=True)
class PaperLine:
    """What is asked of one article, and how much of it was reported done."""

    number: str
    item: str
    planned: int
    done: int = 0


@dataclass(slots=True)
class Paper:
    """One order the warehouse took: goods to come in, to a buyer, or out otherwise."""

    kind: str
    code: str
    their_number: str
    order_type: str
    asked: dict[str, Any]
    lines: list[PaperLine]
    status: str = "ACCEPT"
    reports: int = 0
    pending: bool = False


@dataclass(slots=True)
class Article:
    """What the warehouse knows of an article: without it, no order about it is taken."""

    code: str
    their_number: str
    told: dict[str, str]
    tellings: int = 0


@dataclass(slots=True)
class Goods:
    """Articles of one type and batch."""

    item: str
    type: str
    batch: str
    quantity: int
    locked: int = 0
    produced: str = ""
    expires: str = ""


@dataclass(slots=True)
class Depot:
    """Everything the partner remembers; loaded at the start, stored with every change."""

    storage: Storage
    papers: dict[str, Paper] = field(default_factory=dict)
    goods: dict[tuple[str, str, str], Goods] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for code, body in self.storage.all("wms_paper"):
            self.papers[code] = Paper(**body | {"lines": [PaperLine(**line) for line in body["lines"]]})
        for code, body in self.storage.all("wms_article"):
            self.articles[code] = Article(**body)
        for _, body in self.storage.all("wms_goods"):
            goods = Goods(**body)
            self.goods[goods.item, goods.type, goods.batch] = goods

    def take(self, kind: str, code: str, order_type: str, asked: dict[str, Any], lines: list[PaperLine]) -> Paper:
        """Take a paper once; the same again is answered as before."""
        if code not in self.papers:
            self.save(Paper(kind, code, new_number(), order_type, asked, lines))
        return self.papers[code]

    def keep_article(self, code: str, told: dict[str, str]) -> Article:
        """Note what was told of an article."""
        article = self.articles.setdefault(code, Article(code, new_number(), told))
        article.told, article.tellings = told, article.tellings + 1
        self.storage.put("wms_article", code, asdict(article))
        return article

    def save(self, paper: Paper) -> None:
        self.papers[paper.code] = paper
        self.storage.put("wms_paper", paper.code, asdict(paper))

    def move(self, item: str, type_: str, batch: str, quantity: int, dates: tuple[str, str] = ("", "")) -> Goods:
        """Let goods come or go; the warehouse's own count is what it is, so nothing here stops at zero."""
        key = (item, type_, batch)
        goods = self.goods.setdefault(key, Goods(item, type_, batch, 0, produced=dates[0], expires=dates[1]))
        goods.quantity += quantity
        self.storage.put("wms_goods", "/".join(key), asdict(goods))
        return goods

    def set_quantity(self, item: str, type_: str, batch: str, quantity: int, dates: tuple[str, str]) -> Goods:
        before = self.goods.get((item, type_, batch))
        return self.move(item, type_, batch, quantity - (before.quantity if before else 0), dates)
