"""Importing spreadsheets (表格导入): asked for, checked row by row by a job, and committed whole or not at all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from domain import inventory, jobs, stocktaking, uploads
from domain.kernel import NotAllowed, NotFound, Refusal, Work, WrongState, action, permission_of
from domain.orders import place_order
from domain.sheets import counts, orders, stock_documents, transfers
from domain.sheets.models import SheetImport, SheetImportId, SheetKind, SheetState
from domain.sheets.remembering import Found, Wanted
from domain.sheets.tables import PROBLEMS_MAX, Column, Problem, Table, UnreadableSheet
from domain.transfers import receive_transfer, request_transfer

CHECK, TEMPLATE = "sheets.check", "sheets.template"
NEEDS = "sheets.view"


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What a kind of spreadsheet is: its columns, its title, and the action by which one does the same by hand."""

    columns: Sequence[Column]
    title: tuple[str, str]
    by_hand: Callable[..., Any]
    read: Callable[[Work, Table], Awaitable[Found[Any]]] | None = None
    make: Callable[[Work, SheetImport, Sequence[Wanted[Any]]], Awaitable[list[Problem]]] | None = None


PAPERS: dict[SheetKind, Paper] = {
    SheetKind.STOCK_DOCUMENTS: Paper(
        columns=stock_documents.COLUMNS,
        title=("Stock documents", "出入库单"),
        by_hand=inventory.draft_stock_document,
        read=stock_documents.documents_of,
        make=stock_documents.commit_documents,
    ),
    SheetKind.STOCK_COUNTS: Paper(
        columns=counts.COLUMNS,
        title=("Stocktake counts", "盘点数"),
        by_hand=stocktaking.count_stock,
        read=counts.counts_of,
        make=counts.commit_counts,
    ),
    SheetKind.TRANSFERS: Paper(
        columns=transfers.ASKED_COLUMNS,
        title=("Transfer requests", "调拨申请"),
        by_hand=request_transfer,
        read=transfers.requests_of,
        make=transfers.commit_requests,
    ),
    SheetKind.TRANSFER_ARRIVALS: Paper(
        columns=transfers.ARRIVED_COLUMNS,
        title=("Arrivals of transfers", "调拨收货"),
        by_hand=receive_transfer,
        read=transfers.arrivals_of,
        make=transfers.commit_arrivals,
    ),
    SheetKind.ORDERS: Paper(columns=orders.COLUMNS, title=("Offline orders", "线下订单"), by_hand=place_order),
}
Made = tuple[list[Problem], int, int]
"""What is wrong, how many papers there are, and how many of them had come before."""

# Two who commit at once wait for each other here, so that nothing is made twice.
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('sheets'), hashtext(:which))")


class SheetFaulty(Refusal):
    """Nothing was imported: {problems} problems, the first in row {row}, {column}: {first}."""

    problems: int
    row: int
    column: str
    first: str
    chinese = "未导入任何数据：共 {problems} 处问题，首个在第 {row} 行 {column}：{first}"


class SheetImported(Refusal):
    """The same content was imported before, by {by} at {when}; nothing was changed."""

    by: str
    when: str
    chinese = "相同内容已由 {by} 于 {when} 导入，未作任何更改"


@dataclass(frozen=True, kw_only=True)
class NewImport:
    """A file that was sent, and what it says; orders are of a channel."""

    kind: SheetKind
    upload_id: UUID
    channel_id: UUID | None = None


@action
async def import_sheet(work: Work, wanted: NewImport, *, chinese: bool = False) -> SheetImport:
    """Check a spreadsheet that was sent, row by row, in the background; nothing else changes before it is committed."""
    upload = await uploads.received_upload(work, wanted.upload_id)
    _check_may(work, wanted.kind)
    if wanted.kind is SheetKind.ORDERS:
        await orders.check_channel(work, wanted.channel_id)
    title = f"{'检查' if chinese else 'Check of'} {upload.name.rpartition('.')[0] or upload.name}"
    job = await jobs.ask_for(work, jobs.NewJob(kind=CHECK, title=title, parameters={}, needs=NEEDS, chinese=chinese))
    await work.session.flush()
    made = SheetImport(
        kind=wanted.kind,
        upload_id=upload.id,
        job_id=job.id,
        channel_id=wanted.channel_id if wanted.kind is SheetKind.ORDERS else None,
        file_name=upload.name,
        owner_kind=work.actor.kind,
        owner_id=work.actor.id,
        owner_name=work.actor.name,
        created_at=work.now,
    )
    work.session.add(made)
    job.parameters = {"import_id": str(made.id)}
    return made


@action
async def export_sheet_template(work: Work, kind: SheetKind, *, chinese: bool = False) -> jobs.Job:
    """Have an empty spreadsheet written whose headings an import understands, in Chinese and English."""
    title = PAPERS[kind].title[1 if chinese else 0]
    parameters = {"kind": kind.value}
    wanted = jobs.NewJob(kind=TEMPLATE, title=title, parameters=parameters, needs=NEEDS, chinese=chinese)
    return await jobs.ask_for(work, wanted)


async def note_checked(work: Work, import_id: UUID, table: Table) -> list[Problem]:
    """Check what was read, as its owner, and keep it with what is wrong; whoever carries the job out calls this."""
    found = await _import(work, import_id)
    problems, found.documents, found.unchanged = await _tried(work, found, table)
    found.content, found.content_hash = table.encode(), table.digest()
    found.rows = max(len(table.rows) - 1, 0)
    found.problems = [each.encode() for each in problems[:PROBLEMS_MAX]]
    found.problem_count = len(problems)
    found.state = SheetState.FAULTY if problems else SheetState.READY
    return problems


async def note_unreadable(work: Work, import_id: UUID, refusal: UnreadableSheet) -> list[Problem]:
    """Keep that a file cannot be read at all, as the one thing that is wrong with it."""
    found = await _import(work, import_id)
    told = Problem(row=1, column="", message=refusal.message(), chinese=refusal.message_in_chinese())
    found.problems, found.problem_count, found.state = [told.encode()], 1, SheetState.FAULTY
    return [told]


@action
async def commit_sheet(work: Work, import_id: SheetImportId) -> SheetImport:
    """Make of a checked spreadsheet what it says: drafts, counts, transfers or orders; all of it or nothing."""
    found = await _import(work, import_id)
    _check_may(work, found.kind)
    if found.state is not SheetState.READY:
        which, needed = found.file_name, SheetState.READY.value
        raise WrongState(what="import", which=which, state=found.state.value, needed=needed).at("input", "id")
    await work.execute(LOCK, {"which": f"{found.kind.value} {found.channel_id}"})
    await _refuse_again(work, found)
    problems, _, _ = await _made(work, found, Table.decode(found.content))
    if problems:
        first = problems[0]
        raise SheetFaulty(problems=len(problems), row=first.row, column=first.column, first=first.message).at(
            "input", "id"
        )
    found.state = SheetState.COMMITTED
    found.committed_at, found.committed_by = work.now, work.actor.name
    return found


async def _import(work: Work, import_id: UUID) -> SheetImport:
    found = await work.session.get(SheetImport, import_id, with_for_update=True)
    if found is None or (found.owner_kind, found.owner_id) != (work.actor.kind, work.actor.id):
        raise NotFound(what="import", which=str(import_id)).at("input", "id")
    return found


async def _refuse_again(work: Work, found: SheetImport) -> None:
    same = select(SheetImport.committed_by, SheetImport.committed_at).where(
        SheetImport.kind == found.kind,
        SheetImport.content_hash == found.content_hash,
        SheetImport.channel_id.is_not_distinct_from(found.channel_id),
        SheetImport.state == SheetState.COMMITTED,
    )
    for row in await work.rows(same.limit(1)):
        raise SheetImported(by=row.committed_by, when=row.committed_at.isoformat(" ", "minutes")).at("input", "id")


async def _tried(work: Work, found: SheetImport, table: Table) -> Made:
    """Do all of it and undo it: so that what only the doing finds is told before."""
    facts, entries = len(work.facts), len(work.entries)
    running, work.running = work.running, work.running or CHECK
    undone = await work.session.begin_nested()
    try:
        return await _made(work, found, table, only_check=found.kind is SheetKind.ORDERS)
    finally:
        await undone.rollback()
        work.running = running
        del work.facts[facts:], work.entries[entries:]
        await work.session.refresh(found)


async def _made(work: Work, found: SheetImport, table: Table, *, only_check: bool = False) -> Made:
    if found.kind is SheetKind.ORDERS:
        channel = await orders.check_channel(work, found.channel_id)
        sheet, wanted, unchanged = await orders.orders_of(work, table, channel)
        if not sheet.problems and not only_check:
            found.unchanged = unchanged
            await orders.commit_orders(work, found, wanted)
        return _in_order(sheet.problems), len(wanted) + unchanged, unchanged
    paper = PAPERS[found.kind]
    if paper.read is None or paper.make is None:
        raise TypeError(f"{found.kind} has no papers")
    said = await paper.read(work, table)
    problems = list(said.sheet.problems) or await paper.make(work, found, said.wanted)
    found.created, found.unchanged = said.created, said.papers - said.created
    return _in_order(problems), said.papers, found.unchanged


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda each: each.row)


def _check_may(work: Work, kind: SheetKind) -> None:
    """Whoever imports papers may also write them by hand."""
    needed = permission_of(PAPERS[kind].by_hand)
    if not work.actor.may(needed):
        raise NotAllowed(permission=needed)


def heading_of(kind: SheetKind) -> list[str]:
    """List the headings of an empty spreadsheet; a star marks what must be filled in."""
    return [f"{each.heading} *" if each.required else each.heading for each in PAPERS[kind].columns]


def kind_of(parameters: dict[str, Any]) -> SheetKind:
    return SheetKind(parameters["kind"])
