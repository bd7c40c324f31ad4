"""Registering (登记操作): a program's documents are checked all together, then kept in one transaction.

This is the way for who runs the house; a build elsewhere does the same by the mutation `registerDocuments`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.operations import Documents
from configuration.database import engine_for
from domain import identity, kernel, wiring
from schema.root import schema

ACTOR = "documents"


class NotRegisteredError(ValueError):
    """The client does not exist, or the business refuses its documents."""


@dataclass(frozen=True)
class Fault:
    """Why a document cannot be registered, or can no longer be run."""

    document_id: str
    problem: str
    client: str = ""


def faults_of(documents: Sequence[identity.NewDocument]) -> list[Fault]:
    """Check documents against the schema and the limits, and say all that is wrong with any of them."""
    known = Documents(schema)
    return [Fault(each.id, problem) for each in documents for problem in known.check(each.text).problems]


async def register(url: str, code: str, documents: Sequence[identity.NewDocument]) -> int:
    """Register sound documents for the client of this code; returns how many are new."""
    checking, step = Documents(schema).checking, identity.DOCUMENTS_AT_ONCE_MAX
    async with _sessions(url) as sessions, kernel.begin(sessions, kernel.system(ACTOR)) as work:
        client_id = await work.session.scalar(select(identity.ApiClient.id).where(identity.ApiClient.code == code))
        if client_id is None:
            raise NotRegisteredError(f"There is no API client {code}.")
        parts = [documents[start : start + step] for start in range(0, len(documents), step)]
        try:
            return sum([(await identity.register_documents(work, client_id, each, checking)).changed for each in parts])
        except kernel.Refusal as refusal:
            raise NotRegisteredError(refusal.message()) from None


async def outdated(url: str) -> list[Fault]:
    """Find the registered documents that the schema of this release would refuse."""
    known, found = Documents(schema), list[Fault]()
    kept = select(identity.TrustedDocument.document_id, identity.TrustedDocument.text, identity.ApiClient.code).join(
        identity.ApiClient, identity.ApiClient.id == identity.TrustedDocument.client_id
    )
    async with _sessions(url) as sessions, sessions() as session:
        for row in (await session.execute(kept.order_by(identity.ApiClient.code))).all():
            found += [Fault(row.document_id, problem, row.code) for problem in known.check(row.text).problems[:1]]
    return found


@asynccontextmanager
async def _sessions(url: str) -> AsyncIterator[kernel.Sessions]:
    # The company is wired as a whole, or the names of its actions would not all be known.
    engine = engine_for(url, application_name=f"zhanggui {ACTOR} of {len(wiring.CAPABILITIES)}", pooled=False)
    try:
        yield async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    finally:
        await engine.dispose()
