"""Reports of partners' warehouses (外仓回传入口): verified over the raw body, kept word for word, answered."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from api.door import Door
from api.errors import Rejected
from api.requests import read_body
from configuration.credentials import unseal
from connectors.wms.qimen_reports import (
    Caller,
    ReportRefused,
    answer_to,
    report_bytes_max,
    report_key,
    verify_report,
)
from domain import exchange
from domain.kernel import begin, system

STRANGER = ("sign-check-failure", "the signature does not match")


async def report(request: Request) -> Response:
    """Take what a partner reports; it comes again until it was answered with success."""
    door: Door = request.app.state.door
    refused: ReportRefused | None = None
    try:
        await _take(door, request)
    except ReportRefused as problem:
        refused = problem
    except Rejected as problem:
        refused = ReportRefused("isv.invalid-parameter", str(problem))
    return Response(answer_to(refused), media_type="text/xml")


async def _take(door: Door, request: Request) -> None:
    """Verify and keep in one transaction: a report that was not stored may come again."""
    body = await read_body(request, report_bytes_max)
    async with begin(door.sessions, system("reports")) as work:
        partner = await exchange.partner_by_code(work, request.path_params["partner"])
        if partner is None:
            raise ReportRefused(*STRANGER)  # A stranger does not learn which partners we have.
        credentials = unseal(door.settings, partner.sealed_credentials)
        caller = Caller(**credentials, customer_id=partner.customer_id)
        method = verify_report(dict(request.query_params), body, caller, datetime.now(UTC))
        await exchange.take_report(work, partner, method, report_key(body), body)
