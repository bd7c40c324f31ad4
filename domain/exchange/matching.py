"""Which line of a paper a reported article is (回传对行): by the line's number, else the first open of its article."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.exchange.models import ExchangePaperLine
from domain.exchange.words import GoodsType, ReportedGoods
from domain.kernel import Quantity, Refusal

NOTHING = Quantity(0)


class NotOnPaper(Refusal):
    """Paper {paper} asks for no {item}."""

    paper: str
    item: str
    chinese = "外仓单据 {paper} 中没有商品 {item}"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done of one line, in which condition and lot."""

    line: ExchangePaperLine
    quantity: Quantity
    told: ReportedGoods

    @property
    def damaged(self) -> bool:
        return self.told.goods_type is not GoodsType.GOOD


def match_lines(paper: str, lines: Sequence[ExchangePaperLine], goods: Iterable[ReportedGoods]) -> list[Done]:
    """Give every reported article its line; what is more than was asked belongs to the last line of its article."""
    rest = {line.position: line.planned - line.confirmed for line in lines}
    done: list[Done] = []
    for told in goods:
        candidates = _candidates(lines, told)
        if not candidates:
            raise NotOnPaper(paper=paper, item=told.item_code[:100])
        left = told.quantity
        for line in candidates:
            last = line is candidates[-1]
            share = left if last else min(left, max(rest[line.position], NOTHING))
            if share > NOTHING:
                done.append(Done(line=line, quantity=share, told=told))
                rest[line.position] -= share
                left -= share
    return done


def _candidates(lines: Sequence[ExchangePaperLine], told: ReportedGoods) -> list[ExchangePaperLine]:
    of_article = [line for line in lines if line.item_code == told.item_code]
    named = [line for line in of_article if line.position == told.line_number]
    return named or of_article
