"""What can be done with papers (打印变更)."""

from typing import Any

import strawberry

from domain import papers
from schema.jobs.types import Job
from schema.mutating import Call, mutation
from schema.papers.types import PrintKind, PrintTemplate
from schema.scalars import bad_input


@strawberry.input(description="Papers to be printed.")
class PrintPapersInput:
    """All of one kind, in one file."""

    kind: PrintKind = strawberry.field(description="Which paper.")
    ids: list[strawberry.ID] = strawberry.field(
        description="Of what, in the order of the pages: 1 to 500 orders, stock papers, waves or packages."
    )


@strawberry.input(description="A template to be tried.")
class PreviewPrintTemplateInput:
    """Nothing is changed by it."""

    kind: PrintKind = strawberry.field(description="Of which paper.")
    source: str = strawberry.field(description="The template, in Typst, with a function `paper(data)`.")


@strawberry.input(description="An own template of a paper.")
class SetPrintTemplateInput:
    """Neither shop nor warehouse means the whole company."""

    kind: PrintKind = strawberry.field(description="Of which paper.")
    source: str = strawberry.field(description="The template, in Typst, with a function `paper(data)`.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="For the orders of this shop.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="For papers of this warehouse.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you have seen; refused when someone was faster."
    )


@strawberry.input(description="An own template that shall no longer count.")
class ResetPrintTemplateInput:
    """It is kept, without its source."""

    id: strawberry.ID = strawberry.field(description="The template.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you have seen; refused when someone was faster."
    )


@strawberry.type
class PapersMutation:
    """Mutations."""

    @mutation(Job)
    async def print_papers(self, call: Call, input: PrintPapersInput) -> Any:  # noqa: A002
        type_name = papers.SUBJECTS[input.kind].type_name
        ids = [call.key(type_name, each) for each in input.ids]
        return await call.perform(papers.print_papers, input.kind, ids, chinese=call.context.chinese)

    @mutation(Job)
    async def preview_print_template(self, call: Call, input: PreviewPrintTemplateInput) -> Any:  # noqa: A002
        return await call.perform(papers.preview_print_template, input.kind, input.source, chinese=call.context.chinese)

    @mutation(PrintTemplate)
    async def set_print_template(self, call: Call, input: SetPrintTemplateInput) -> Any:  # noqa: A002
        proof = call.context.services.get("proof")
        if proof is None:
            raise bad_input("source: there is no press here to try it with")
        template = papers.OwnTemplate(
            kind=input.kind,
            source=input.source,
            channel_id=call.key("Channel", input.channel_id) if input.channel_id else None,
            warehouse_id=call.key("Warehouse", input.warehouse_id) if input.warehouse_id else None,
        )
        return await call.perform(papers.set_print_template, template, proof, expected_version=input.expected_version)

    @mutation(PrintTemplate)
    async def reset_print_template(self, call: Call, input: ResetPrintTemplateInput) -> Any:  # noqa: A002
        return await call.perform(
            papers.reset_print_template,
            call.key("PrintTemplate", input.id),
            expected_version=input.expected_version,
        )
