"""Exchanging with the in-house ERP (ERP 往来): changes pulled and movements pushed by cursor, sales pushed by number.

The cursor is noted after what lies before it is safe: a crash in between carries it again, which numbers make harmless.
"""

import functools
from typing import Any
from uuid import UUID

from configuration.credentials import unseal
from connectors.faults import ConnectorFault, SessionDead
from connectors.partners.changes import read_change
from connectors.partners.port import ErpAccount, PartnerErpPort
from connectors.partners.signed_json import SignedJsonErp
from connectors.payloads import Unreadable
from domain import erp, kernel
from domain.erp import ErpStreamKind
from workers.runner import Outside

ROUNDS_MAX = 50


def open_erp(outside: Outside, partner: Any) -> PartnerErpPort:
    """Open an ERP from its row."""
    credentials = unseal(outside.settings, partner.sealed_credentials)
    account = ErpAccount(
        base_url=partner.base_url, app_key=credentials["app_key"], app_secret=credentials["app_secret"]
    )
    return SignedJsonErp(account, outside.http)


async def exchange_now(outside: Outside, fact: erp.ErpExchangeAsked) -> None:
    """Exchange with one ERP because somebody asked for it."""
    await _exchange(outside, fact.partner_id, only_due=False)


async def exchange_due(outside: Outside) -> None:
    """Exchange with every ERP whose turn it is."""
    async with kernel.begin(outside.sessions, kernel.system("exchange_erps")) as work:
        due = await erp.erps_to_run(work)
    for partner_id in due:
        await _exchange(outside, partner_id, only_due=True)


async def _exchange(outside: Outside, partner_id: UUID, *, only_due: bool) -> None:
    async with kernel.begin(outside.sessions, kernel.system("exchange_erps")) as work:
        streams = await erp.streams_to_run(work, partner_id, only_due=only_due)
        partner = await erp.erp_by_id(work, partner_id)
    carriers = {ErpStreamKind.THEIR_CHANGES: _pull, ErpStreamKind.OUR_MOVEMENTS: _push}
    for kind, stream in streams.items():
        try:
            await carriers[kind](outside, open_erp(outside, partner), stream)
        except ConnectorFault as fault:
            async with kernel.begin(outside.sessions, kernel.system("exchange_erps")) as work:
                await erp.note_fault(work, partner_id, kind, f"{type(fault).__name__}: {fault}")


async def _pull(outside: Outside, port: PartnerErpPort, stream: Any) -> None:
    """Keep their changes and note the cursor behind them, both in one transaction."""
    cursor = stream.cursor
    for _ in range(ROUNDS_MAX):
        pulled = await port.pull_changes(cursor)
        async with kernel.begin(outside.sessions, kernel.system("exchange_erps")) as work:
            new = await erp.take_changes(work, stream.partner_id, pulled.changes)
            noted = await erp.note_carried(
                work, stream.partner_id, ErpStreamKind.THEIR_CHANGES, cursor, pulled.cursor, new
            )
        if not noted or not pulled.more:
            return
        cursor = pulled.cursor


async def _push(outside: Outside, port: PartnerErpPort, stream: Any) -> None:
    """Tell our movements, then note how far: told again under their numbers they are there once."""
    cursor, kind = stream.cursor, ErpStreamKind.OUR_MOVEMENTS
    for _ in range(ROUNDS_MAX):
        async with kernel.begin(outside.sessions, kernel.system("exchange_erps")) as work:
            owed = await erp.movements_to_tell(work, stream.partner_id, cursor)
            if owed is None:
                await erp.note_carried(work, stream.partner_id, kind, cursor, cursor, 0)
                return
        if owed.movements:
            await port.push_movements(owed.movements)
        async with kernel.begin(outside.sessions, kernel.system("exchange_erps")) as work:
            if not await erp.note_carried(work, stream.partner_id, kind, cursor, owed.upto, len(owed.movements)):
                return
        cursor = owed.upto


async def apply_change(outside: Outside, fact: erp.ErpChangeReceived) -> None:
    """Let our books say what the ERP changed; what cannot be applied waits, and is shown to a person."""
    async with kernel.begin(outside.sessions, kernel.system("apply_erp_change")) as work:
        kept = await erp.change_to_apply(work, fact.change_row_id)
    if kept is None:
        return
    try:
        told = read_change(kept.content)
    except Unreadable as odd:
        async with kernel.begin(outside.sessions, kernel.system("apply_erp_change")) as work:
            await erp.note_change_unreadable(work, fact.change_row_id, str(odd))
        return
    try:
        await kernel.tried(functools.partial(_apply, outside, fact.change_row_id, told))
    except kernel.Refusal as refusal:
        async with kernel.begin(outside.sessions, kernel.system("apply_erp_change")) as work:
            await erp.note_change_waiting(work, fact.change_row_id, refusal.message(), told.warehouse)


async def _apply(outside: Outside, change_row_id: UUID, told: erp.IncomingChange) -> None:
    async with kernel.begin(outside.sessions, kernel.system("apply_erp_change")) as work:
        await erp.apply_erp_change(work, change_row_id, told)


async def tell_sales(outside: Outside, fact: erp.SalesFeedOwed) -> None:
    """Tell an ERP the sales of a day until it acknowledges them; what it refuses is shown to a person."""
    async with kernel.begin(outside.sessions, kernel.system("tell_sales")) as work:
        task = await erp.feed_to_send(work, fact.feed_id)
    if task is None:
        return
    try:
        number = await open_erp(outside, task.partner).push_sales(task.feed)
    except ConnectorFault as fault:
        # Without access it waits for new credentials, as everything owed to that ERP does.
        if fault.wait(kernel.now(), 1) is not None or isinstance(fault, SessionDead):
            raise
        async with kernel.begin(outside.sessions, kernel.system("tell_sales")) as work:
            await erp.note_feed_refused(work, fact.feed_id, str(fault))
        return
    async with kernel.begin(outside.sessions, kernel.system("tell_sales")) as work:
        await erp.note_feed_acknowledged(work, fact.feed_id, number)


async def try_erp(outside: Outside, fact: erp.ErpTestAsked) -> None:
    """Ask an ERP something harmless, and note what came of it."""
    async with kernel.begin(outside.sessions, kernel.system("try_erp")) as work:
        partner = await erp.erp_by_id(work, fact.partner_id)
    problem = None
    try:
        await open_erp(outside, partner).ping()
    except ConnectorFault as fault:
        problem = f"{type(fault).__name__}: {fault}"
    async with kernel.begin(outside.sessions, kernel.system("try_erp")) as work:
        await erp.note_erp_tested(work, fact.partner_id, problem)
