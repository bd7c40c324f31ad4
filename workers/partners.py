"""Talking with partners' warehouses (外仓往来): papers are told, reports applied, stock compared.

A paper is told as it stands when the task runs; its number makes a second telling harmless.
"""

import functools
from datetime import timedelta
from typing import Any
from uuid import UUID

from configuration.credentials import unseal
from connectors.faults import ConnectorFault, SessionDead
from connectors.payloads import Unreadable
from connectors.wms.port import PartnerRefused, Wms, WmsAccount
from connectors.wms.qimen import QimenWms
from connectors.wms.qimen_reports import read_report
from domain import exchange, kernel
from workers.postponing import Postponed
from workers.runner import Outside

PAUSED_PAUSE = timedelta(minutes=5)
WAITS = "订单暂缓发货"
NO_ARTICLE = "ZHANGGUI-CONNECTION-TEST"


def open_wms(outside: Outside, partner: Any) -> Wms:
    """Open a partner's warehouse from its row."""
    credentials = unseal(outside.settings, partner.sealed_credentials)
    account = WmsAccount(
        base_url=partner.base_url,
        customer_id=partner.customer_id,
        owner_code=partner.owner_code,
        warehouse_code=partner.their_code,
        sender=exchange.Person(
            name=partner.sender_name,
            phone=partner.sender_phone,
            province=partner.sender_province,
            city=partner.sender_city,
            detail=partner.sender_detail,
        ),
        app_key=credentials["app_key"],
        app_secret=credentials["app_secret"],
    )
    return QimenWms(account, outside.http)


async def tell_paper(outside: Outside, fact: exchange.PaperOwed) -> None:
    """Tell a partner what it is asked, or that it is not wanted any more; what it refuses is shown to a person."""
    async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
        task = await exchange.paper_task(work, fact.paper_id)
    if task is None:
        return
    if task.paused:
        raise Postponed(PAUSED_PAUSE)
    wms = open_wms(outside, task.partner)
    if task.telling in (exchange.Telling.PAUSE, exchange.Telling.RESUME):
        await _pause(outside, wms, task)
    if task.telling in (exchange.Telling.SEND, exchange.Telling.RECALL):
        await _send(outside, wms, task)
    if task.telling in (exchange.Telling.CANCEL, exchange.Telling.RECALL):
        await _cancel(outside, wms, task)


async def tell_articles(outside: Outside, fact: exchange.ArticlesOwed) -> None:
    """Tell a partner what changed of articles it knows; what it refuses is shown to a person."""
    async with kernel.begin(outside.sessions, kernel.system("tell_articles")) as work:
        task = await exchange.articles_owed(work, fact.partner_id, fact.product_id)
    if task.paused and task.articles:
        raise Postponed(PAUSED_PAUSE)
    wms = open_wms(outside, task.partner)
    for article in task.articles:
        await _tell_article(outside, wms, task.partner, article)


async def _tell_article(outside: Outside, wms: Wms, partner: Any, article: exchange.ArticleToSend) -> str | None:
    """Tell one article; says why the partner does not take it, if so."""
    try:
        number = await wms.synchronize(article)
    except ConnectorFault as fault:
        if fault.wait(kernel.now(), 1) is not None:
            raise
        async with kernel.begin(outside.sessions, kernel.system("tell_articles")) as work:
            await exchange.note_article_refused(work, partner, article, str(fault))
        return f"{article.item_code}: {fault}"
    async with kernel.begin(outside.sessions, kernel.system("tell_articles")) as work:
        await exchange.note_article_told(work, partner, article, number)
    return None


async def _send(outside: Outside, wms: Wms, task: exchange.PaperTask) -> None:
    for article in task.articles:
        if problem := await _tell_article(outside, wms, task.partner, article):
            async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
                await exchange.note_paper_refused(work, task.paper.paper_id, problem)
            return
    try:
        number = await wms.send(task.paper)
    except ConnectorFault as fault:
        if fault.wait(kernel.now(), 1) is not None:
            raise
        async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
            await exchange.note_paper_refused(work, task.paper.paper_id, str(fault))
        return
    async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
        await exchange.note_paper_sent(work, task.paper.paper_id, number)


async def _pause(outside: Outside, wms: Wms, task: exchange.PaperTask) -> None:
    """Ask the partner to wait or to go on; where it cannot, the paper is taken back instead."""
    paper, pausing = task.paper, task.telling is exchange.Telling.PAUSE
    try:
        if pausing:
            await wms.pause(paper.number, paper.type, WAITS)
        else:
            await wms.resume(paper.number, paper.type)
    except ConnectorFault as fault:
        # Who may not call at all waits for new credentials: that says nothing about the paper.
        if isinstance(fault, SessionDead) or fault.wait(kernel.now(), 1) is not None:
            raise
        async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
            await exchange.note_pause_refused(work, paper.paper_id, str(fault))
        return
    async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
        await exchange.note_paper_paused(work, paper.paper_id, paused=pausing)


async def _cancel(outside: Outside, wms: Wms, task: exchange.PaperTask) -> None:
    try:
        await wms.cancel(task.paper.number, task.paper.type)
    except PartnerRefused as refused:
        async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
            await exchange.note_paper_kept(work, task.paper.paper_id, str(refused))
        return
    async with kernel.begin(outside.sessions, kernel.system("tell_paper")) as work:
        await exchange.note_paper_cancelled(work, task.paper.paper_id)


async def try_connection(outside: Outside, fact: exchange.ConnectionTestAsked) -> None:
    """Ask a partner for the stock of an article that does not exist: harmless, and it must verify who asks."""
    async with kernel.begin(outside.sessions, kernel.system("try_connection")) as work:
        partner = await exchange.partner_by_id(work, fact.partner_id)
    problem = None
    try:
        await open_wms(outside, partner).stock([NO_ARTICLE])
    except ConnectorFault as fault:
        problem = f"{type(fault).__name__}: {fault}"
    async with kernel.begin(outside.sessions, kernel.system("try_connection")) as work:
        await exchange.note_connection_tested(work, fact.partner_id, problem)


async def apply_report(outside: Outside, fact: exchange.ReportReceived) -> None:
    """Let our books say what a partner reported; what cannot be applied waits, and is shown to a person."""
    async with kernel.begin(outside.sessions, kernel.system("apply_report")) as work:
        stored = await exchange.report_to_apply(work, fact.report_id)
    if stored is None:
        return
    try:
        told = read_report(stored.method, stored.content.encode())
    except Unreadable as odd:
        async with kernel.begin(outside.sessions, kernel.system("apply_report")) as work:
            await exchange.note_report_unreadable(work, fact.report_id, str(odd))
        return
    try:
        await kernel.tried(functools.partial(_apply, outside, fact.report_id, told))
    except kernel.Refusal as refusal:
        async with kernel.begin(outside.sessions, kernel.system("apply_report")) as work:
            await exchange.note_report_waiting(work, fact.report_id, refusal.message())


async def _apply(outside: Outside, report_id: UUID, told: exchange.IncomingReport) -> None:
    async with kernel.begin(outside.sessions, kernel.system("apply_report")) as work:
        await exchange.apply_report(work, report_id, told)


async def compare(outside: Outside, fact: exchange.ComparisonAsked) -> None:
    """Ask a partner what it holds, page by page, and hold it against our book."""
    while True:
        async with kernel.begin(outside.sessions, kernel.system("compare")) as work:
            page = await exchange.page_to_compare(work, fact.run_id)
        if page is None:
            return
        try:
            held = await open_wms(outside, page.partner).stock(page.item_codes)
        except ConnectorFault as fault:
            async with kernel.begin(outside.sessions, kernel.system("compare")) as work:
                await exchange.note_comparison_failed(work, fact.run_id, str(fault))
            return
        async with kernel.begin(outside.sessions, kernel.system("compare")) as work:
            await exchange.note_their_stock(work, fact.run_id, page, held)
