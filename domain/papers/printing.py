"""Having papers printed (打印单证): singly or in hundreds, as one job whose file is the PDF; each copy is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import fulfilment, jobs, printing
from domain.kernel import BadInput, Work, action, audit
from domain.papers.subjects import SUBJECTS, refuse_stopped, subjects_of
from domain.printing import PrintKind

JOB = "papers.print"
PAPERS_MAX = 500
TITLES: dict[PrintKind, tuple[str, str]] = {
    PrintKind.ORDER: ("Orders", "订单"),
    PrintKind.PACKING_SLIP: ("Packing slips", "装箱单"),
    PrintKind.INVOICE_LIST: ("Invoice lists", "发票清单"),
    PrintKind.STOCK_DOCUMENT: ("Stock documents", "出入库单"),
    PrintKind.STOCK_TRANSFER: ("Transfers", "调拨单"),
    PrintKind.STOCKTAKE: ("Count sheets", "盘点表"),
    PrintKind.PICK_LIST: ("Pick lists", "拣货单"),
    PrintKind.WAYBILL_LABEL: ("Waybill labels", "面单"),
}


@dataclass(frozen=True, kw_only=True)
class PrintRequest:
    """What a job prints: of which subjects, the how manieth copy of each, for whom and since when."""

    kind: PrintKind
    ids: Sequence[UUID]
    copies: Mapping[UUID, int]
    printed_by: str
    printed_at: datetime

    def encode(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "ids": [str(each) for each in self.ids],
            "copies": [self.copies[each] for each in self.ids],
            "printed_by": self.printed_by,
            "printed_at": self.printed_at.isoformat(),
        }

    @staticmethod
    def decode(given: Mapping[str, Any]) -> "PrintRequest":
        ids = [UUID(each) for each in given["ids"]]
        return PrintRequest(
            kind=PrintKind(given["kind"]),
            ids=ids,
            copies=dict(zip(ids, given["copies"], strict=True)),
            printed_by=given["printed_by"],
            printed_at=datetime.fromisoformat(given["printed_at"]),
        )


@action
async def print_papers(work: Work, kind: PrintKind, ids: Sequence[UUID], *, chinese: bool = False) -> jobs.Job:
    """Print a paper of each of at most 500 orders, stock papers, waves or packages as one PDF; a reprint says so."""
    if not 1 <= len(ids) <= PAPERS_MAX:
        raise BadInput(field="ids", problem=f"must be 1 to {PAPERS_MAX}, not {len(ids)}").at("input", "ids")
    if len(set(ids)) != len(ids):
        raise BadInput(field="ids", problem="names something twice").at("input", "ids")
    subjects = await subjects_of(work, kind, ids)
    await refuse_stopped(work, kind, ids)
    title = TITLES[kind][1 if chinese else 0]
    if len(subjects) == 1:
        title = f"{title} {subjects[0].number}"
    wanted = jobs.NewJob(kind=JOB, title=title, parameters={}, needs=SUBJECTS[kind].needs, chinese=chinese)
    job = await jobs.ask_for(work, wanted)
    await work.session.flush()
    copies = await printing.note_prints(work, kind, job.id, subjects)
    for subject_id, order_id in await _orders_of(work, kind, ids):
        told = {"copy": (copies[subject_id] - 1 or None, copies[subject_id]), "kind": (None, kind.value)}
        audit.tell(work, ("Order", str(order_id)), ("Print", str(subject_id)), told)
    request = PrintRequest(kind=kind, ids=ids, copies=copies, printed_by=work.actor.name, printed_at=work.now)
    job.parameters = request.encode()
    return job


async def _orders_of(work: Work, kind: PrintKind, ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Find the orders in whose stories a print is told: what is printed, and of which order it is."""
    if kind in (PrintKind.ORDER, PrintKind.PACKING_SLIP, PrintKind.INVOICE_LIST):
        return [(each, each) for each in ids]
    release, package = fulfilment.Release, fulfilment.Package
    if kind is PrintKind.PICK_LIST:
        found = select(release.wave_id, release.order_id).where(release.wave_id.in_(ids), release.ended_at.is_(None))
        return [(row.wave_id, row.order_id) for row in await work.rows(found)]
    if kind is PrintKind.WAYBILL_LABEL:
        labels = select(package.id, package.order_id).where(package.id.in_(ids))
        return [(row.id, row.order_id) for row in await work.rows(labels)]
    return []
