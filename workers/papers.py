"""Printing papers (打印单证): what stands on them is gathered, and a press sets it as one PDF."""

from typing import TYPE_CHECKING

from connectors.printing.port import Press
from connectors.printing.typst_press import TypstPress
from domain import kernel, papers

if TYPE_CHECKING:
    from workers.jobs import Doing

PRESS: Press = TypstPress()


async def print_papers(doing: "Doing") -> None:
    """Print what a job asks for; what was stopped meanwhile is not printed."""
    request = papers.PrintRequest.decode(doing.job.parameters)
    async with kernel.begin(doing.outside.sessions, kernel.system("papers")) as work:
        await papers.check_still_printed(work, request)
    doing.rows_total = len(request.ids)
    sheaf = await papers.sheaf_of(doing.read, request, doing.note)
    await PRESS.print(sheaf, doing.place)
    doing.note(len(request.ids))


async def preview_template(doing: "Doing") -> None:
    """Print an example by a template that is not in force yet."""
    await PRESS.print(papers.preview_of(doing.job.parameters), doing.place)
    doing.rows_done = 1
