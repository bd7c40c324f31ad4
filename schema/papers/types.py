"""Prints and print templates (打印记录与模板) as clients see them."""

from datetime import datetime
from typing import Any

import strawberry

from domain import fulfilment, papers, printing
from schema.base import Node, edge, entity, id_of
from schema.scalars import global_id

PrintKind = printing.PrintKind
VIEW = "papers.view"


@strawberry.type(description="One copy of a paper that was printed (打印记录); a job that came to nothing prints none.")
class Print:
    """The first copy is 1; a later one says on the paper that it is a reprint."""

    kind: PrintKind = strawberry.field(description="Which paper.")
    number: str = strawberry.field(description="The number of what it is of.")
    copy: int = strawberry.field(description="The how manieth copy it is, from 1.")
    printed_by: str = strawberry.field(description="Who had it printed.")
    printed_at: datetime = strawberry.field(description="When, in UTC.")
    outdated: bool = edge(
        bool,
        fulfilment.outdated_prints,
        "id",
        "Whether the order it is of changed after this copy: what stands on it is no longer so.",
    )

    @strawberry.field(description="The id of what it is of, such as an order.")
    def subject_id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        type_name = papers.SUBJECTS[PrintKind(root.kind)].type_name
        return strawberry.ID(global_id(type_name, root.subject_id))


@entity(
    reader=papers.print_templates_by_id,
    needs=VIEW,
    description="An own template of a kind of paper (打印模板), of a shop, a warehouse, or the whole company.",
)
class PrintTemplate(Node):
    """The nearest one is used: a shop's before a warehouse's before the company's before the house's."""

    kind: PrintKind = strawberry.field(description="Of which paper.")
    source: str | None = strawberry.field(
        description="The template, in Typst; null when it was reset and no longer counts."
    )
    version: int = strawberry.field(description="Give it back as expectedVersion when changing it.")
    changed_by: str = strawberry.field(description="Who last changed it.")
    changed_at: datetime = strawberry.field(description="When, in UTC.")
    channel_id: strawberry.ID | None = id_of("Channel", "channel_id", "The shop whose it is.", optional=True)
    warehouse_id: strawberry.ID | None = id_of("Warehouse", "warehouse_id", "The warehouse whose it is.", optional=True)
