"""Gathering what stands on papers (单证内容): by kind, many at once, in the order that was asked for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.kernel import NotFound, Read, Refusal, Work
from domain.papers import of_fulfilment, of_orders, of_stock
from domain.papers.printing import PrintRequest
from domain.papers.subjects import SUBJECTS, refuse_stopped
from domain.papers.templates import Sheaf, Template, templates_in_force
from domain.papers.words import moment
from domain.printing import PrintKind

LINES_MAX = 12_000
AT_ONCE = 100

Gathering = Callable[[Read, Sequence[UUID]], Awaitable[Mapping[UUID, dict[str, Any]]]]
GATHERING: dict[PrintKind, Gathering] = {
    PrintKind.ORDER: of_orders.of_orders,
    PrintKind.PACKING_SLIP: of_orders.of_orders,
    PrintKind.INVOICE_LIST: of_orders.of_orders,
    PrintKind.STOCK_DOCUMENT: of_stock.of_documents,
    PrintKind.STOCK_TRANSFER: of_stock.of_transfers,
    PrintKind.STOCKTAKE: of_stock.of_stocktakes,
    PrintKind.PICK_LIST: of_fulfilment.of_waves,
    PrintKind.WAYBILL_LABEL: of_fulfilment.of_packages,
}


class PaperTooLong(Refusal):
    """These papers have more than {lines_max} lines together; print fewer at once."""

    lines_max: int
    chinese = "这些单据合计超过 {lines_max} 行，请减少一次打印的数量"


async def check_still_printed(work: Work, request: PrintRequest) -> None:
    """Refuse what was stopped after it was asked for."""
    await refuse_stopped(work, request.kind, request.ids)


async def sheaf_of(read: Read, request: PrintRequest, note: Callable[[int], None]) -> Sheaf:
    """Gather what a job prints, a part at a time; `note` is told how many papers there are so far."""
    papers, lines = list[dict[str, Any]](), 0
    for start in range(0, len(request.ids), AT_ONCE):
        part = request.ids[start : start + AT_ONCE]
        found = await GATHERING[request.kind](read, part)
        for each in part:
            if each not in found:
                raise NotFound(what=SUBJECTS[request.kind].what, which=str(each))
            papers.append(found[each] | _printed(request, each))
            lines += len(papers[-1]["lines"])
        if lines > LINES_MAX:
            raise PaperTooLong(lines_max=LINES_MAX)
        note(len(papers))
    return _in_template(await templates_in_force(read, request.kind), papers)


def _printed(request: PrintRequest, subject_id: UUID) -> dict[str, Any]:
    return {
        "copy": request.copies[subject_id],
        "printed_by": request.printed_by,
        "printed_at": moment(request.printed_at),
    }


def _in_template(templates: Sequence[Template], papers: Sequence[dict[str, Any]]) -> Sheaf:
    """Give each paper the template that is nearest to it: its shop's, its warehouse's, or that of all."""
    used: list[str] = []
    for paper in papers:
        channel_id, warehouse_id = paper.pop("channel_id", None), paper.pop("warehouse_id", None)
        best = max(templates, key=lambda each: each.nearness(channel_id, warehouse_id))
        if best.source not in used:
            used.append(best.source)
        paper["template"] = used.index(best.source)
    return Sheaf(sources=used, papers=papers)
