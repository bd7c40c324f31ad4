"""Reports as files (导出报表): somebody asks, a worker writes, and the link is theirs alone."""

from domain import jobs
from domain.kernel import Work, action
from domain.reporting.headings import TITLES
from domain.reporting.requests import ReportRequest

JOB = "reporting.report"
NEEDS = "inventory.view"


@action
async def export_report(work: Work, request: ReportRequest) -> jobs.Job:
    """Have a report written as a spreadsheet (XLSX), in the background; the job tells how far it is and where it is."""
    request = request.checked()
    wanted = jobs.NewJob(
        kind=JOB,
        title=TITLES[request.report][1 if request.chinese else 0],
        parameters=request.encode(),
        needs=NEEDS,
        chinese=request.chinese,
    )
    return await jobs.ask_for(work, wanted)
