"""Partners know an article before the first paper about it, and hear of it again only when it changed."""

import dataclasses

from sqlalchemy import select, update

from domain import alerts, catalogue, exchange
from domain.exchange import ArticlesOwed, PartnerArticle
from domain.inventory import MovementKind
from domain.kernel import Work
from tests.domain.exchange.builders import a_partner, a_plan, coming, said
from tests.domain.exchange.test_papers import open_alerts
from tests.domain.inventory.builders import a_variant, a_warehouse


async def announced(work: Work) -> tuple[exchange.PartnerWarehouse, exchange.ExchangePaper, catalogue.Variant]:
    glove, place = await a_variant(work), await a_warehouse(work)
    partner = await a_partner(work, place)
    plan = await a_plan(work, MovementKind.RECEIPT, place, coming(glove, 5))
    paper = await exchange.announce_stock_document(work, plan.id)
    return partner, paper, await work.session.get_one(catalogue.Variant, glove)


async def test_an_article_is_told_with_the_first_paper_and_not_with_the_second(work: Work) -> None:
    partner, paper, glove = await announced(work)
    task = await exchange.paper_task(work, paper.id)
    assert task is not None
    (article,) = task.articles
    assert (article.item_code, article.barcode, article.known) == (glove.sku, glove.sku, False)
    await exchange.note_article_told(work, partner, article, "8")
    again = await exchange.paper_task(work, paper.id)
    assert again is not None
    assert again.articles == ()
    glove.weight_grams = 120
    await work.session.flush()
    changed = await exchange.paper_task(work, paper.id)
    assert changed is not None
    assert [(each.weight_grams, each.known) for each in changed.articles] == [(120, True)]


async def test_what_a_partner_knows_is_owed_to_it_when_it_changed(work: Work) -> None:
    partner, paper, glove = await announced(work)
    fact = catalogue.ProductChanged(product_id=glove.product_id)
    await exchange.owe_articles(work, fact)
    assert said(work, ArticlesOwed) == [], "it was told nothing yet"
    task = await exchange.paper_task(work, paper.id)
    assert task is not None
    await exchange.note_article_told(work, partner, task.articles[0], "8")
    await exchange.owe_articles(work, fact)
    assert said(work, ArticlesOwed) == [], "what changed is nothing the partner knows of"
    await work.execute(update(catalogue.Product).values(name="新手套"))
    await exchange.owe_articles(work, fact)
    assert said(work, ArticlesOwed) == [ArticlesOwed(partner_id=partner.id, product_id=glove.product_id)]
    owed = await exchange.articles_owed(work, partner.id, glove.product_id)
    assert [(each.title, each.known) for each in owed.articles] == [("新手套", True)]
    await exchange.note_article_told(work, partner, owed.articles[0], "")
    assert (await exchange.articles_owed(work, partner.id, glove.product_id)).articles == ()
    (row,) = await work.rows(select(PartnerArticle.their_number, PartnerArticle.told_at))
    assert (row.their_number, row.told_at) == ("8", work.now)


async def test_a_refused_article_is_an_alert_until_it_is_taken_or_retired(work: Work) -> None:
    partner, paper, glove = await announced(work)
    task = await exchange.paper_task(work, paper.id)
    assert task is not None
    (article,) = task.articles
    await exchange.note_article_refused(work, partner, article, "W012 条码已被使用")
    assert await open_alerts(work, alerts.AlertKind.ARTICLE_REFUSED) == 1
    after = await exchange.paper_task(work, paper.id)
    assert after is not None
    assert after.articles == task.articles
    await exchange.note_article_told(work, partner, dataclasses.replace(article, barcode="690"), "8")
    assert await open_alerts(work, alerts.AlertKind.ARTICLE_REFUSED) == 0
    (row,) = await work.rows(select(PartnerArticle.problem))
    assert row.problem is None
    await exchange.note_article_refused(work, partner, article, "W012 条码已被使用")
    await exchange.forget_retired(work, catalogue.ProductRetired(product_id=glove.product_id))
    assert await open_alerts(work, alerts.AlertKind.ARTICLE_REFUSED) == 0
