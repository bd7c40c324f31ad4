"""Search (查单): what staff type into one box: numbers, buyers, phones, addresses, goods, remarks, in Chinese too.

Every word must be found, each anywhere. Words of three characters and more are served by trigrams wherever they stand;
those of two, which have none, as whole words (a name) wherever they stand, and within longer words in orders that are
not over or of the last month. What merged orders say finds the one in which they live on. Goods find the 10,000 latest
orders of each word, buyers at most 1,000 customers.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from domain import catalogue, customers
from domain.kernel import BadInput, now
from domain.orders.lifecycle import OVER
from domain.orders.models import Order, OrderLine, searched

WORDS_MAX, WORD_LENGTH_MIN, WORD_LENGTH_MAX = 5, 2, 50
TRIGRAM = 3
PHONE_END = 4
PHONE_LENGTH_MIN = 7
SHORT_WORDS_REACH = timedelta(days=31)
ORDERS_OF_GOODS_MAX, VARIANTS_MAX, CUSTOMERS_MAX = 10_000, 1_000, 1_000

TEXT: ColumnElement[str] = literal_column(searched("orders."))
ABSORBED = aliased(Order, name="absorbed")
TEXT_OF_ABSORBED: ColumnElement[str] = literal_column(searched("absorbed."))


def found_by(typed: str) -> list[ColumnElement[bool]]:
    """Turn what was typed into one condition for each word, or refuse what finds nothing in particular."""
    words = typed.split()
    short = [each for each in words if not WORD_LENGTH_MIN <= len(each) <= WORD_LENGTH_MAX]
    if not words or len(words) > WORDS_MAX or short:
        problem = f"needs 1 to {WORDS_MAX} words of {WORD_LENGTH_MIN} to {WORD_LENGTH_MAX} characters"
        raise BadInput(field="search", problem=problem).at("where", "search")
    return [_found(each) for each in words]


def _found(word: str) -> ColumnElement[bool]:
    ways = [_in_text(word, TEXT, Order), _of_absorbed(word), _of_buyers(word), _of_goods(word)]
    if word.isdigit() and len(word) >= PHONE_LENGTH_MIN:
        ways.append(Order.receiver_phone == word)
    if word.isdigit() and len(word) == PHONE_END:
        ways.append(func.right(Order.receiver_phone, PHONE_END) == word)
    return or_(*ways)


def _in_text(word: str, searched_text: ColumnElement[str], order: Any) -> ColumnElement[bool]:
    within = searched_text.icontains(word, autoescape=True)
    if len(word) >= TRIGRAM:
        return within
    lately = or_(order.placed_at >= now() - SHORT_WORDS_REACH, order.status.not_in(OVER))
    return or_(searched_text.icontains(f" {word} ", autoescape=True), lately & within)


def _of_absorbed(word: str) -> ColumnElement[bool]:
    """Find an order by the numbers, receivers and remarks of those that live on in it."""
    found = _in_text(word, TEXT_OF_ABSORBED, ABSORBED)
    into = select(ABSORBED.merged_into_id).where(ABSORBED.merged_into_id.is_not(None), found)
    latest = into.order_by(ABSORBED.merged_into_id.desc()).limit(ORDERS_OF_GOODS_MAX)
    return Order.id == _any_of(latest)  # type: ignore[no-any-return]


def _of_buyers(word: str) -> ColumnElement[bool]:
    """Find orders by the name of their customer, or by the name he has on a channel."""
    buyer, known = customers.models.Customer, customers.models.CustomerIdentity
    named = buyer.name.icontains(word, autoescape=True) if len(word) >= TRIGRAM else buyer.name == word
    by_name = select(buyer.id).where(named).limit(CUSTOMERS_MAX)
    by_account = select(known.customer_id).where(known.external_id == word).limit(CUSTOMERS_MAX)
    return or_(Order.customer_id == _any_of(by_name), Order.customer_id == _any_of(by_account))


def _of_goods(word: str) -> ColumnElement[bool]:
    """Find orders by SKU, barcode or name of an article or a sold bundle; by the code of a line that matched none."""
    variant, barcode, product = catalogue.Variant, catalogue.Barcode, catalogue.Product
    by_code = select(variant.id).where(variant.sku == word)
    by_barcode = select(barcode.variant_id).where(barcode.code == word)
    ways = [*_is_of(by_code), *_is_of(by_barcode)]
    if len(word) >= TRIGRAM:
        named = product.name.icontains(word, autoescape=True)
        by_name = select(variant.id).join(product, product.id == variant.product_id).where(named).limit(VARIANTS_MAX)
        ways += _is_of(by_name)
    unmatched = OrderLine.variant_id.is_(None) & or_(OrderLine.seller_code == word, OrderLine.barcode == word)
    lines = select(OrderLine.order_id).where(or_(*ways, unmatched))
    latest = lines.order_by(OrderLine.order_id.desc()).limit(ORDERS_OF_GOODS_MAX)
    return Order.id == _any_of(latest)  # type: ignore[no-any-return]


def _is_of(variants: Select[Any]) -> list[ColumnElement[bool]]:
    return [OrderLine.variant_id == _any_of(variants), OrderLine.bundle_id == _any_of(variants)]


def _any_of(ids: Select[Any]) -> Any:
    """Let the ids be found once, before the orders, so that an index serves both."""
    return any_(func.array(ids.scalar_subquery()))
