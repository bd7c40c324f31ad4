"""What the door stands on (大门的依靠): the services of one API process, opened and closed together."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from api import metrics
from api.authentication import Authenticated, Authentication
from api.budgets import Budgets
from api.groups import Groups
from api.links import UPLOADS, FileLinks
from api.live import Live
from api.operations import Documents
from api.origins import Origins
from api.passwords import AccessTokens, Passwords, credentials
from api.shared_budgets import SharedBudgets
from api.trusted import AutomaticDocuments, TrustedDocuments
from configuration.credentials import seal
from configuration.database import engine_for
from configuration.reading import DirectReading
from configuration.settings import Settings
from connectors.files.disk import FOLDER, DiskFiles
from connectors.files.port import FileStore
from connectors.printing.port import Press
from connectors.printing.typst_press import TypstPress
from domain import identity
from domain.kernel import Read, Sessions, system
from schema.base import Context
from schema.compiled import Compiled

COLLECT_AFTER = (50_000, 20, 50)


@dataclass
class Door:
    """Everything a request may need from this process."""

    settings: Settings
    schema: strawberry.Schema
    engine: AsyncEngine
    reading_engine: AsyncEngine
    sessions: Sessions
    authentication: Authentication
    credentials: identity.Credentials
    documents: Documents
    trusted: TrustedDocuments
    automatic: AutomaticDocuments
    budgets: Budgets
    shared_budgets: SharedBudgets
    origins: Origins
    live: Live
    groups: Groups
    links: FileLinks
    upload_links: FileLinks
    files: FileStore
    press: Press
    compiled: Compiled | None
    direct: DirectReading

    @property
    def has_console(self) -> bool:
        return self.settings.console or self.settings.demo

    def context(self, caller: Authenticated, request_id: str, headers: Mapping[str, str], address: str) -> Context:
        """Build what one request may use."""
        return Context(
            read=Read(engine=self.reading_engine, actor=caller.actor, direct=self.direct),
            sessions=self.sessions,
            actor=caller.actor,
            live=self.live,
            idempotency_key=headers.get("idempotency-key"),
            chinese=headers.get("accept-language", "").lower().startswith("zh"),
            services={
                "credentials": self.credentials,
                "address": address,
                "request_id": request_id,
                "seal": partial(seal, self.settings),
                "link": self.links.to_file,
                "upload_link": self.upload_links.to_file,
                "proof": self.press.proof,
                "checking": self.documents.checking,
            },
        )


def open_door(settings: Settings, schema: strawberry.Schema) -> Door:
    """Open the services of this process; nothing connects before it is needed."""

    def engine(url: str, pool_size: int, *, pooled: bool = True) -> AsyncEngine:
        return engine_for(
            url,
            application_name="zhanggui api",
            pool_size=pool_size,
            pool_overflow=pool_size,
            statement_timeout_seconds=settings.statement_timeout_seconds,
            pooled=pooled,
        )

    writing = engine(settings.database_url, settings.database_pool_size)
    same = settings.reading_database_url == settings.database_url
    reading = writing if same else engine(settings.reading_database_url, settings.database_pool_size)
    tokens = AccessTokens(settings.signing_key.get_secret_value())
    read = Read(engine=writing, actor=system("authentication"))  # Never a replica: a revocation must be seen.
    budgets = Budgets()
    return Door(
        settings=settings,
        schema=schema,
        engine=writing,
        reading_engine=reading,
        sessions=async_sessionmaker(writing, expire_on_commit=False),
        authentication=Authentication(read, tokens),
        credentials=credentials(settings, Passwords(settings.password_memory_kib), tokens),
        documents=Documents(schema),
        trusted=TrustedDocuments(read),
        automatic=AutomaticDocuments(),
        budgets=budgets,
        shared_budgets=SharedBudgets(budgets, settings.broker_url),
        origins=Origins(read, settings.allowed_origins),
        live=Live(_listener(settings)),
        groups=Groups(),
        links=FileLinks(settings.signing_key.get_secret_value()),
        upload_links=FileLinks(settings.signing_key.get_secret_value(), UPLOADS),
        files=DiskFiles(settings.data_directory / FOLDER),
        press=TypstPress(),
        compiled=Compiled(schema._schema, metrics.count_read) if settings.compiled_reads else None,  # noqa: SLF001 — its core.
        direct=_direct(settings, reading),
    )


def _direct(settings: Settings, engine: AsyncEngine) -> DirectReading:
    return DirectReading(
        settings.reading_database_url,
        engine,
        application_name="zhanggui reads",
        size=settings.database_pool_size,
        statement_timeout_seconds=settings.statement_timeout_seconds,
    )


def _listener(settings: Settings) -> Callable[[], AsyncEngine]:
    return lambda: engine_for(settings.database_url, application_name="zhanggui live", pooled=False)


@asynccontextmanager
async def kept_open(door: Door) -> AsyncIterator[Mapping[str, Any]]:
    """Run the services while the process serves, and close them in order."""
    door.live.start()
    door.shared_budgets.start()
    # What was loaded at start lives as long as the process; looking at it on every collection costs half the speed.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        yield {}
    finally:
        await door.groups.close()
        await door.live.stop()
        await door.shared_budgets.stop()
        await door.direct.close()
        await door.engine.dispose()
        await door.reading_engine.dispose()
