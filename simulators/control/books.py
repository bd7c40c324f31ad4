"""Acting as the people of the ERP (ERP 操作): change stock there, and look at what it was told."""

from dataclasses import asdict

from aiohttp import web

from simulators.control.door import answer, json_of, only
from simulators.erp.books import Books


class BookControls:
    """Routes under /control/erp."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/erp/books", self.told),
            web.post("/control/erp/changes", self.change),
        ]

    async def told(self, _: web.Request) -> web.Response:
        books = self._books
        return answer(
            {
                "changes": books.changes,
                "movements": [asdict(each) for each in books.movements.values()],
                "feeds": [asdict(each) for each in books.feeds.values()],
                "stock": books.stock(),
                "sales": books.sales(),
            }
        )

    async def change(self, request: web.Request) -> web.Response:
        """Write down changes word for word, right or wrong."""
        body = await json_of(request)
        only(body, "changes")
        return answer({"cursors": [self._books.change(each) for each in body.get("changes", ())]})
