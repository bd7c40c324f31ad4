"""Trusted documents (可信操作): an operation is asked for by its id, and may be all that a client may ask for.

A client's build registers its documents (docs/trusted-documents.md). Whoever has none registered may let a document be
kept on first use (automatic persisted queries): the client sends its hash alone, and text and hash when that is new.
"""

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from api.authentication import Authenticated
from api.errors import BAD_INPUT, FORBIDDEN, PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_NOT_SUPPORTED, Rejected
from api.recent import Recent
from api.requests import GraphQLRequest, without_preflight
from domain import identity
from domain.kernel import ActorKind, Read

if TYPE_CHECKING:
    from api.door import Door

TRUSTED_ONLY = "TRUSTED_DOCUMENTS_ONLY"
REMEMBERED_SECONDS = 60.0
REMEMBERED_MAX = 5_000
CALLERS_MAX = 1_000
DOCUMENTS_MAX = 200
CHARACTERS_MAX = 500_000


class UnknownDocumentError(LookupError):
    """The client has registered no such document; it is never remembered, so that registering works at once."""


class TrustedDocuments:
    """The texts of registered documents, as read within the last minute."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._texts = Recent(self._find, seconds=REMEMBERED_SECONDS, entries_max=REMEMBERED_MAX)

    async def _find(self, key: tuple[UUID, str]) -> str:
        text = await identity.trusted_text(self._read, *key)
        if text is None:
            raise UnknownDocumentError
        return text

    async def text(self, client_id: UUID | None, name: str) -> str | None:
        """Return a document of the client; None when it has registered none of this name."""
        if client_id is None:
            return None
        try:
            return await self._texts.get((client_id, name))
        except UnknownDocumentError:
            return None


class AutomaticDocuments:
    """Documents kept on first use, a few for each caller: who sends many pushes out only their own."""

    def __init__(self) -> None:
        self._callers: OrderedDict[str, OrderedDict[str, str]] = OrderedDict()

    def text(self, caller: str, name: str) -> str | None:
        kept = self._callers.get(caller)
        if kept is None or name not in kept:
            return None
        self._callers.move_to_end(caller)
        kept.move_to_end(name)
        return kept[name]

    def keep(self, caller: str, name: str, text: str) -> None:
        """Keep a document, and drop what was not used for longest."""
        kept = self._callers.setdefault(caller, OrderedDict())
        self._callers.move_to_end(caller)
        kept[name] = text
        while len(kept) > DOCUMENTS_MAX or (len(kept) > 1 and sum(map(len, kept.values())) > CHARACTERS_MAX):
            kept.popitem(last=False)
        if len(self._callers) > CALLERS_MAX:
            self._callers.popitem(last=False)


async def identified(door: "Door", caller: Authenticated, request: GraphQLRequest) -> GraphQLRequest:
    """Put the text of the document in the place of its id, and refuse what a client may not ask for.

    Every operation comes through here, over HTTP and over sockets alike.
    """
    given = request.document_id or request.document_hash
    name = identity.document_name(given) if given else None
    if given and name is None:
        raise Rejected(400, BAD_INPUT, "That is no id of a document.")
    text = await door.trusted.text(caller.actor.client_id, name) if name else None
    if text is not None and request.query in ("", text):
        return replace(request, query=text, trusted=True)
    if caller.trusted_only:
        message = "This client may only send its trusted documents, by their ids; this is none."
        raise Rejected(403, FORBIDDEN, message, reason=TRUSTED_ONLY)
    if request.read_only and not request.preflighted:
        raise without_preflight()
    return request if name is None else _automatic(door, caller, request, name)


def _automatic(door: "Door", caller: Authenticated, request: GraphQLRequest, name: str) -> GraphQLRequest:
    """Find a document kept on first use, or keep this one if it is sound and its hash is right."""
    if caller.actor.kind is ActorKind.ANONYMOUS:
        if request.query:
            return request
        raise Rejected(400, PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
    if request.query:
        if identity.document_hash(request.query) != name:
            raise Rejected(400, BAD_INPUT, "extensions.persistedQuery: the hash is not the SHA-256 of the query.")
        if not door.documents.read(request.query, stranger=False).errors:
            door.automatic.keep(caller.budget_key, name, request.query)
        return request
    text = None if request.document_id else door.automatic.text(caller.budget_key, name)
    if text is None:
        raise Rejected(400, PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
    return replace(request, query=text)
