"""What people must hear of partners' warehouses (外仓警示): refused papers, trouble, differences, reports that wait."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import alerts
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.exchange.models import ExchangePaper, ExchangeReport, PaperSource
from domain.exchange.words import ArticleToSend
from domain.inventory import StockDocument
from domain.kernel import Work

EVIDENCE_LENGTH_MAX = 500
SENTENCES = {
    AlertKind.PAPER_REFUSED: ("{0} for {1} was refused by the warehouse: {2}", "{1} 的外仓单据 {0} 被拒：{2}"),
    AlertKind.WAREHOUSE_TROUBLE: ("{0} for {1}: the warehouse says {2}", "{1} 的外仓单据 {0} 异常：{2}"),
    AlertKind.CONFIRMED_OTHERWISE: ("{0} for {1} was not done as asked: {2}", "{1} 的外仓单据 {0} 与计划不符：{2}"),
}
LEVELS = {AlertKind.PAPER_REFUSED: AlertLevel.SEVERE, AlertKind.WAREHOUSE_TROUBLE: AlertLevel.SEVERE}


async def warn_of_paper(work: Work, paper: ExchangePaper, kind: AlertKind, problem: str) -> None:
    """Say aloud what is wrong with a paper; about the order where it carries out one."""
    english, chinese = SENTENCES[kind]
    told = problem[:EVIDENCE_LENGTH_MAX]
    alert = NewAlert(
        subject=AlertSubject.ORDER if paper.source is PaperSource.ORDER else AlertSubject.WAREHOUSE,
        subject_id=_subject(paper),
        place_id=paper.id,
        kind=kind,
        level=LEVELS.get(kind, AlertLevel.WARN),
        warehouse_id=paper.warehouse_id,
        message=english.format(paper.number, paper.source_number, told),
        message_chinese=chinese.format(paper.number, paper.source_number, told),
        evidence={"paper": paper.number, "source": paper.source_number, "problem": told},
    )
    await alerts.open_alerts(work, [alert])


async def settle_paper(work: Work, paper: ExchangePaper, *kinds: AlertKind) -> None:
    """Resolve what was said of a paper."""
    await alerts.resolve_alerts_of_place(work, _subject(paper), paper.id, kinds)


async def warn_of_announcement(work: Work, document: StockDocument, problem: str) -> None:
    """Say aloud that an approved document could not be announced to the partner that runs its warehouse."""
    told = problem[:EVIDENCE_LENGTH_MAX]
    alert = NewAlert(
        subject=AlertSubject.WAREHOUSE,
        subject_id=document.warehouse_id,
        place_id=document.id,
        kind=AlertKind.NOT_ANNOUNCED,
        level=AlertLevel.WARN,
        warehouse_id=document.warehouse_id,
        message=f"{document.number} could not be announced to the partner: {told}",
        message_chinese=f"单据 {document.number} 未能下发外仓：{told}",
        evidence={"document": document.number, "problem": told},
    )
    await alerts.open_alerts(work, [alert])


async def settle_announcement(work: Work, document: StockDocument) -> None:
    """Resolve what was said of an approved document."""
    await alerts.resolve_alerts_of_place(work, document.warehouse_id, document.id, [AlertKind.NOT_ANNOUNCED])


async def warn_of_article(work: Work, partner: Any, article: ArticleToSend, problem: str) -> None:
    """Say aloud that a partner does not take an article."""
    told = problem[:EVIDENCE_LENGTH_MAX]
    alert = NewAlert(
        subject=AlertSubject.WAREHOUSE,
        subject_id=partner.warehouse_id,
        place_id=article.variant_id,
        kind=AlertKind.ARTICLE_REFUSED,
        level=AlertLevel.WARN,
        warehouse_id=partner.warehouse_id,
        message=f"{partner.code} does not take article {article.item_code}: {told}",
        message_chinese=f"外仓 {partner.code} 未接受商品备案 {article.item_code}：{told}",
        evidence={"article": article.item_code, "problem": told},
    )
    await alerts.open_alerts(work, [alert])


async def settle_article(work: Work, warehouse_id: UUID, article: ArticleToSend) -> None:
    """Resolve what was said of an article."""
    await alerts.resolve_alerts_of_place(work, warehouse_id, article.variant_id, [AlertKind.ARTICLE_REFUSED])


async def settle_articles(work: Work, variant_ids: Sequence[UUID]) -> None:
    """Resolve what was said of articles to any partner."""
    alert = alerts.Alert
    said = select(alert.id).where(alert.kind == AlertKind.ARTICLE_REFUSED, alert.place_id.in_(variant_ids))
    await alerts.resolve_alerts_by_id(
        work, [row.id for row in await work.rows(said.where(alert.resolved_at.is_(None)))]
    )


async def warn_of_report(work: Work, report: ExchangeReport, problem: str) -> None:
    """Say aloud that a report waits for a person."""
    told = problem[:EVIDENCE_LENGTH_MAX]
    alert = NewAlert(
        subject=AlertSubject.WAREHOUSE,
        subject_id=report.warehouse_id,
        place_id=report.id,
        kind=AlertKind.REPORT_NOT_APPLIED,
        level=AlertLevel.SEVERE,
        warehouse_id=report.warehouse_id,
        message=f"{report.method} {report.report_key} could not be applied: {told}",
        message_chinese=f"回传 {report.method} {report.report_key} 未能入账：{told}",
        evidence={"method": report.method, "key": report.report_key, "problem": told},
    )
    await alerts.open_alerts(work, [alert])


async def settle_report(work: Work, report: ExchangeReport) -> None:
    """Resolve what was said of a report."""
    await alerts.resolve_alerts_of_place(work, report.warehouse_id, report.id, [AlertKind.REPORT_NOT_APPLIED])


def _subject(paper: ExchangePaper) -> UUID:
    return paper.source_id if paper.source is PaperSource.ORDER else paper.warehouse_id
