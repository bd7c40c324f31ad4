"""The console (控制台): GraphiQL served by us, for a person who signs in there; it shows nothing to a stranger."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

FILES = Path(__file__).parent / "console"
# GraphiQL sets styles by script and keeps its fonts in its style sheet; scripts come from us alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; form-action 'none'; "
    "base-uri 'none'"
)


class ConsoleFiles(StaticFiles):
    """The vendored files, which change only with a release."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


async def page(_request: Request) -> Response:
    return FileResponse(FILES / "index.html", headers={"Content-Security-Policy": POLICY})


def routes() -> list[Route | Mount]:
    return [Route("/console", page), Mount("/console", ConsoleFiles(directory=FILES))]
