"""Articles as partners know them (商品备案): told before the first paper about them, and again when they changed.

What was told is kept as a hash; an article that is as it was told is not told again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue
from domain.catalogue import ProductId, VariantId
from domain.exchange import alarms
from domain.exchange.events import ArticlesOwed
from domain.exchange.models import PartnerArticle, PartnerStatus, PartnerWarehouseId
from domain.exchange.partners import TEXT_LENGTH_MAX, partner_by_id
from domain.exchange.words import ArticleToSend
from domain.kernel import Work, identifier, routine


@dataclass(frozen=True, kw_only=True)
class ArticlesTask:
    """The articles a partner must be told of, and the partner's row with its credentials."""

    partner: Any
    articles: tuple[ArticleToSend, ...]

    @property
    def paused(self) -> bool:
        return self.partner.status is PartnerStatus.PAUSED


async def articles_to_tell(work: Work, partner_id: UUID, variant_ids: Sequence[UUID]) -> tuple[ArticleToSend, ...]:
    """List what of these variants a partner does not know, or not as it now is, in the order of their codes."""
    article = PartnerArticle
    told = select(article.variant_id, article.told_hash).where(
        article.partner_id == partner_id, article.variant_id.in_(variant_ids)
    )
    known = {row.variant_id: row.told_hash for row in await work.rows(told)}
    goods = await catalogue.goods_for_shops(work, [VariantId(each) for each in variant_ids])
    found = [_article(each, known=known.get(each.variant_id) is not None) for each in goods.values()]
    stale = [each for each in found if each.content_hash() != known.get(each.variant_id)]
    return tuple(sorted(stale, key=lambda each: each.item_code))


def _article(goods: catalogue.ShopGoods, *, known: bool) -> ArticleToSend:
    return ArticleToSend(
        variant_id=goods.variant_id,
        item_code=goods.sku,
        title=goods.title,
        specification=goods.specification,
        barcode=goods.barcode or goods.sku,
        weight_grams=goods.weight_grams,
        known=known,
    )


async def owe_articles(work: Work, fact: catalogue.ProductChanged) -> None:
    """Owe the partners that know articles of a product what changed of them."""
    article, variant = PartnerArticle, catalogue.Variant
    known = select(article.partner_id, article.variant_id).join(variant, variant.id == article.variant_id)
    rows = await work.rows(known.where(variant.product_id == fact.product_id).order_by(article.partner_id))
    for partner_id in sorted({row.partner_id for row in rows}):
        of_partner = [row.variant_id for row in rows if row.partner_id == partner_id]
        if await articles_to_tell(work, partner_id, of_partner):
            work.record(ArticlesOwed(partner_id=partner_id, product_id=fact.product_id))


async def forget_retired(work: Work, fact: catalogue.ProductRetired) -> None:
    """Look no more for articles that partners did not take, of a product that is not sold any more."""
    await alarms.settle_articles(work, await catalogue.variants_of_product(work, fact.product_id))


async def articles_owed(work: Work, partner_id: UUID, product_id: UUID) -> ArticlesTask:
    """Say what a partner must be told of the articles of a product that it knows."""
    article = PartnerArticle
    variants = await catalogue.variants_of_product(work, ProductId(product_id))
    known = select(article.variant_id).where(article.partner_id == partner_id, article.variant_id.in_(variants))
    articles = await articles_to_tell(work, partner_id, [row.variant_id for row in await work.rows(known)])
    return ArticlesTask(partner=await partner_by_id(work, PartnerWarehouseId(partner_id)), articles=articles)


@routine
async def note_article_told(work: Work, partner: Any, article: ArticleToSend, their_number: str) -> None:
    """Note that a partner knows an article as it was told."""
    told = {"told_hash": article.content_hash(), "told_at": work.now, "problem": None}
    number = their_number[:TEXT_LENGTH_MAX]
    await _note(work, partner, article, told | ({"their_number": number} if number else {}))
    await alarms.settle_article(work, partner.warehouse_id, article)


@routine
async def note_article_refused(work: Work, partner: Any, article: ArticleToSend, problem: str) -> None:
    """Note that a partner does not take an article as it is, so that a person looks."""
    await _note(work, partner, article, {"problem": problem[:TEXT_LENGTH_MAX]})
    await alarms.warn_of_article(work, partner, article, problem)


async def _note(work: Work, partner: Any, article: ArticleToSend, noted: dict[str, Any]) -> None:
    row = {
        "id": identifier(),
        "partner_id": partner.id,
        "warehouse_id": partner.warehouse_id,
        "variant_id": article.variant_id,
        "item_code": article.item_code,
    }
    once = insert(PartnerArticle).values(row | noted)
    changed = {"item_code": article.item_code, **noted}
    await work.execute(once.on_conflict_do_update(index_elements=["partner_id", "variant_id"], set_=changed))
