"""Trusted documents (可信操作): the operations a program's build registered, which it then asks for by their ids.

A document is never edited: its id stands in programs that are already on people's phones. Whoever changes an operation
registers another document, and withdraws the old one when no program asks for it any more.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select

from domain.identity.models import ApiClient, ClientId, TrustedDocument
from domain.kernel import BadInput, NotFound, Refusal, Work, action, identifier

DOCUMENTS_AT_ONCE_MAX = 250
DOCUMENTS_MAX = 5_000
HASH_PREFIX = "sha256:"
HASH = re.compile(r"[0-9a-f]{64}")
# What the proposal for persisted documents allows: letters, digits and - . _ ~ with at most a prefix `x-...:`.
NAME = re.compile(r"(?:x-[A-Za-z0-9._~-]+:)?[A-Za-z0-9._~-]{1,200}")
NAME_LENGTH_MAX = 200


class InvalidDocument(Refusal):
    """Document {document_id} cannot be registered: {problem}."""

    document_id: str
    problem: str
    chinese = "操作 {document_id} 无法登记：{problem}"


class DocumentIdTaken(Refusal):
    """Document {document_id} is registered with another text, and a document is never edited."""

    document_id: str
    chinese = "操作 {document_id} 已以其他内容登记，已登记的操作不可修改"


class NoTrustedDocuments(Refusal):
    """{client} has no trusted documents, so it could ask for nothing."""

    client: str
    chinese = "{client} 尚未登记任何可信操作，限制后将无法调用"


@dataclass(frozen=True)
class NewDocument:
    """A document of a program's build, under the id the program will ask for."""

    id: str
    text: str

    def in_audit(self) -> str:
        return self.id


@dataclass(frozen=True)
class Checked:
    """What the edge says of a document: its operations such as `query Basket`, or why it could never be run."""

    operations: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checking:
    """What the edge lends: to check a document against the schema and the limits."""

    check: Callable[[str], Checked]

    def in_audit(self) -> str:
        return "against the schema and the limits"


@dataclass(frozen=True)
class ChangedDocuments:
    """A program whose documents were changed, and how many really were."""

    client: ApiClient
    changed: int

    @property
    def id(self) -> ClientId:
        return self.client.id

    @property
    def answers(self) -> dict[str, Any]:
        return {"changed": self.changed}


def document_name(given: str) -> str | None:
    """Read the id of a document as programs send it: a SHA-256 with or without its prefix is one; None: no id."""
    if given.startswith(HASH_PREFIX):
        plain = given.removeprefix(HASH_PREFIX)
        return plain if HASH.fullmatch(plain) else None
    return given if len(given) <= NAME_LENGTH_MAX and NAME.fullmatch(given) else None


def document_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@action
async def register_documents(
    work: Work, client_id: ClientId, documents: Sequence[NewDocument], checking: Checking
) -> ChangedDocuments:
    """Register operations of a program's build, each checked against the schema; what is known already stays."""
    if len(documents) > DOCUMENTS_AT_ONCE_MAX:
        raise BadInput(field="documents", problem=f"at most {DOCUMENTS_AT_ONCE_MAX}").at("input", "documents")
    client, texts = await _client(work, client_id), _named(documents)
    known = await _known(work, client_id, texts)
    for name, text in texts.items():
        if known.get(name, text) != text:
            raise DocumentIdTaken(document_id=name).at("input", "documents")
    new = {name: text for name, text in texts.items() if name not in known}
    rows = [_row(work, client_id, name, text, checking) for name, text in new.items()]
    if rows:
        await work.execute(insert(TrustedDocument), rows)
        kept = select(func.count()).select_from(TrustedDocument).where(TrustedDocument.client_id == client_id)
        if (await work.session.scalar(kept) or 0) > DOCUMENTS_MAX:
            problem = f"at most {DOCUMENTS_MAX} for each client; withdraw what nobody asks for any more"
            raise BadInput(field="documents", problem=problem).at("input", "documents")
    return ChangedDocuments(client, len(rows))


@action
async def withdraw_documents(work: Work, client_id: ClientId, document_ids: Sequence[str]) -> ChangedDocuments:
    """Withdraw documents that no build of a program asks for any more; they are refused within a minute."""
    if len(document_ids) > DOCUMENTS_AT_ONCE_MAX:
        raise BadInput(field="documentIds", problem=f"at most {DOCUMENTS_AT_ONCE_MAX}").at("input", "documentIds")
    client = await _client(work, client_id)
    names = [name for each in document_ids if (name := document_name(each))]
    withdrawn = await work.change(
        delete(TrustedDocument)
        .where(TrustedDocument.client_id == client_id, TrustedDocument.document_id.in_(names))
        .execution_options(synchronize_session=False)
    )
    return ChangedDocuments(client, withdrawn)


@action
async def restrict_api_client(work: Work, client_id: ClientId, *, trusted_only: bool) -> ApiClient:
    """Let a program ask for nothing but its trusted documents, or for anything again; it holds within seconds."""
    client = await _client(work, client_id)
    if trusted_only and not await work.session.scalar(
        select(TrustedDocument.id).where(TrustedDocument.client_id == client_id).limit(1)
    ):
        raise NoTrustedDocuments(client=client.code).at("input", "id")
    client.trusted_only = trusted_only
    return client


async def _client(work: Work, client_id: ClientId) -> ApiClient:
    client = await work.session.get(ApiClient, client_id, with_for_update=True)
    if client is None:
        raise NotFound(what="ApiClient", which=str(client_id)).at("input", "id")
    return client


def _named(documents: Sequence[NewDocument]) -> dict[str, str]:
    """Read the ids; one that is a hash must be the hash of its text, or a broken manifest would go unseen."""
    texts: dict[str, str] = {}
    for each in documents:
        name = document_name(each.id)
        if name is None:
            raise BadInput(field="documents", problem=f"{each.id[:NAME_LENGTH_MAX]!r} is no id").at(
                "input", "documents"
            )
        if HASH.fullmatch(name) and name != document_hash(each.text):
            problem = "its id is not the SHA-256 of its text"
            raise InvalidDocument(document_id=name, problem=problem).at("input", "documents")
        if texts.setdefault(name, each.text) != each.text:
            raise DocumentIdTaken(document_id=name).at("input", "documents")
    return texts


async def _known(work: Work, client_id: ClientId, names: Iterable[str]) -> dict[str, str]:
    statement = select(TrustedDocument.document_id, TrustedDocument.text).where(
        TrustedDocument.client_id == client_id, TrustedDocument.document_id.in_(list(names))
    )
    return {row.document_id: row.text for row in await work.rows(statement)}


def _row(work: Work, client_id: ClientId, name: str, text: str, checking: Checking) -> dict[str, Any]:
    checked = checking.check(text)
    if checked.problems:
        raise InvalidDocument(document_id=name, problem=checked.problems[0]).at("input", "documents")
    return {
        "id": identifier(),
        "client_id": client_id,
        "document_id": name,
        "text": text,
        "operations": list(checked.operations),
        "registered_at": work.now,
        "registered_by": work.actor.name,
    }
