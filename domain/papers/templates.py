"""Templates of papers (打印模板): those of the house are files; a shop or a warehouse may have its own, if it works.

A template is Typst with one function `paper(data)`. The house's words for it are in `house.typ`, which each may import.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from domain import channels, inventory, jobs
from domain.kernel import (
    BadInput,
    NotFound,
    Read,
    Refusal,
    Work,
    action,
    check_version,
    identifier,
    sees_channel,
    sees_warehouse,
)
from domain.papers.models import PrintTemplate, PrintTemplateId
from domain.papers.samples import sample_of
from domain.printing import PrintKind

FOLDER = Path(__file__).parent / "templates"
SOURCE_LENGTH_MAX = 100_000
PROBLEM_LENGTH_MAX = 1_000
PREVIEW = "papers.preview"


@dataclass(frozen=True, kw_only=True)
class Sheaf:
    """Papers ready to be set: each names its template by its place among the sources."""

    sources: Sequence[str]
    papers: Sequence[Mapping[str, Any]]


Proof = Callable[[Sheaf], Awaitable[str | None]]
"""Sets papers and says what the compiler finds wrong, if anything: lent by whoever has a press."""


class BrokenTemplate(Refusal):
    """The template does not work: {problem}."""

    problem: str
    chinese = "模板无法使用：{problem}"


@cache
def shipped_source(kind: PrintKind) -> str:
    """Read the house's template of a kind of paper."""
    return (FOLDER / f"{kind.value.lower()}.typ").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template in force, and whose it is."""

    source: str
    channel_id: UUID | None = None
    warehouse_id: UUID | None = None

    def nearness(self, channel_id: UUID | None, warehouse_id: UUID | None) -> int:
        """Say how near it is to a paper of this shop and warehouse; below zero it is another's."""
        near = 0
        for own, given, weight in ((self.channel_id, channel_id, 2), (self.warehouse_id, warehouse_id, 1)):
            if own is not None and own != given:
                return -1
            near += weight if own is not None else 0
        return near


async def templates_in_force(read: Read, kind: PrintKind) -> list[Template]:
    """List all templates of a kind; that of the house stands for the whole company unless it has its own."""
    table = PrintTemplate
    columns = (table.source, table.channel_id, table.warehouse_id)
    own = [
        Template(**row._mapping)  # noqa: SLF001 — SQLAlchemy's own public name.
        for row in await read.rows(select(*columns).where(table.kind == kind, table.source.is_not(None)))
    ]
    return [*own, Template(source=shipped_source(kind))]


@dataclass(frozen=True, kw_only=True)
class OwnTemplate:
    """An own template of a kind of paper: of a shop, of a warehouse, of both, or of the whole company."""

    kind: PrintKind
    source: str
    channel_id: UUID | None = None
    warehouse_id: UUID | None = None


MAKE = text("""
    INSERT INTO print_templates (id, kind, channel_id, warehouse_id, version, changed_by, changed_at)
    VALUES (:id, :kind, :channel_id, :warehouse_id, 0, :by, :now)
    ON CONFLICT (kind, channel_id, warehouse_id) DO NOTHING
""")


@action
async def set_print_template(
    work: Work, template: OwnTemplate, proof: Proof, *, expected_version: int | None = None
) -> PrintTemplate:
    """Print papers of a kind by an own template from now on; one that does not compile is refused with the reason."""
    await _check_place(work, template.channel_id, template.warehouse_id)
    _check_source(template.source)
    problem = await proof(Sheaf(sources=[template.source], papers=[sample_of(template.kind) | {"template": 0}]))
    if problem is not None:
        raise BrokenTemplate(problem=problem[:PROBLEM_LENGTH_MAX]).at("input", "source")
    place = {"kind": template.kind, "channel_id": template.channel_id, "warehouse_id": template.warehouse_id}
    made = {"id": identifier(), "by": work.actor.name, "now": work.now}
    await work.execute(MAKE, place | made | {"kind": template.kind.value})
    own = select(PrintTemplate).filter_by(**place).with_for_update()
    found: PrintTemplate = (await work.session.scalars(own)).one()
    if found.version:
        await check_version(work, found, expected_version)
    return _changed(work, found, template.source)


@action
async def reset_print_template(
    work: Work, template_id: PrintTemplateId, *, expected_version: int | None = None
) -> PrintTemplate:
    """Let an own template no longer count: papers are printed by the next nearest one again, at last the house's."""
    found = await work.session.get(PrintTemplate, template_id, with_for_update=True)
    if found is None or not _in_scope(work, found.channel_id, found.warehouse_id):
        raise NotFound(what="print template", which=str(template_id)).at("input", "id")
    await check_version(work, found, expected_version)
    return _changed(work, found, None)


@action
async def preview_print_template(work: Work, kind: PrintKind, source: str, *, chinese: bool = False) -> jobs.Job:
    """See what a template makes of an example, as a PDF; the job tells what the compiler finds wrong with it."""
    _check_source(source)
    wanted = jobs.NewJob(
        kind=PREVIEW,
        title="模板预览" if chinese else "Template preview",
        parameters={"kind": kind.value, "source": source},
        needs="papers.view",
        chinese=chinese,
    )
    return await jobs.ask_for(work, wanted)


def preview_of(parameters: Mapping[str, Any]) -> Sheaf:
    """Make the example that a preview shows."""
    return Sheaf(sources=[parameters["source"]], papers=[sample_of(PrintKind(parameters["kind"])) | {"template": 0}])


def _changed(work: Work, template: PrintTemplate, source: str | None) -> PrintTemplate:
    template.source = source
    template.version += 1
    template.changed_by, template.changed_at = work.actor.name, work.now
    return template


def _check_source(source: str) -> None:
    if not 1 <= len(source) <= SOURCE_LENGTH_MAX:
        problem = f"must have 1 to {SOURCE_LENGTH_MAX} characters"
        raise BadInput(field="source", problem=problem).at("input", "source")


def _in_scope(work: Work, channel_id: UUID | None, warehouse_id: UUID | None) -> bool:
    """Who sees some shops or warehouses only changes what is theirs, not what others print by."""
    actor = work.actor
    shops = actor.channels is None if channel_id is None else sees_channel(actor, channel_id)
    places = actor.warehouses is None if warehouse_id is None else sees_warehouse(actor, warehouse_id)
    own_shop, own_place = channel_id is not None and shops, warehouse_id is not None and places
    return (shops or own_place) and (places or own_shop)


async def _check_place(work: Work, channel_id: UUID | None, warehouse_id: UUID | None) -> None:
    shop = select(channels.Channel.id).where(channels.Channel.id == channel_id)
    place = select(inventory.Warehouse.id).where(inventory.Warehouse.id == warehouse_id)
    if channel_id is not None and not (sees_channel(work.actor, channel_id) and await work.rows(shop)):
        raise NotFound(what="channel", which=str(channel_id)).at("input", "channelId")
    if warehouse_id is not None and not (sees_warehouse(work.actor, warehouse_id) and await work.rows(place)):
        raise NotFound(what="warehouse", which=str(warehouse_id)).at("input", "warehouseId")
    if not _in_scope(work, channel_id, warehouse_id):
        problem = "name a shop or a warehouse of yours; you do not see all of them"
        raise BadInput(field="channelId", problem=problem).at("input", "channelId")
