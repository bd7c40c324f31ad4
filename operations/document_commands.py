"""The commands about documents (文档与操作清单): those we generate, and those that programs register with us."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from operations.manifests import ManifestError, Style, made_manifest, read_manifest

app = typer.Typer(invoke_without_command=True, help="Write the generated documents anew.")
Data = Annotated[Path, typer.Option(help="The data directory of the company that runs.", envvar="DATA_DIRECTORY")]
DATA = Path(".data")


@app.callback()
def documents(context: typer.Context) -> None:
    """Write the generated documents anew; or, with a command, look after the documents of API clients."""
    if context.invoked_subcommand is None:
        from operations import documents as generated  # noqa: PLC0415 — a command loads only what it needs.

        for path in generated.write_documents():
            typer.echo(f"Wrote {path}.")


@app.command()
def manifest(
    places: Annotated[list[Path], typer.Argument(help="Files with operations, or folders of them.", exists=True)],
    style: Annotated[Style, typer.Option(help="Whose manifest it looks like.")] = Style.CODEGEN,
    output: Annotated[Path | None, typer.Option(help="The file to write; without it, the terminal.")] = None,
) -> None:
    """Make a manifest of operations: each with the fragments it uses, under the SHA-256 of its text."""
    try:
        written = made_manifest(places, style)
    except ManifestError as problem:
        raise _failed(str(problem)) from None
    if output is None:
        typer.echo(written, nl=False)
    else:
        output.write_text(written, encoding="utf-8")
        typer.echo(f"Wrote {output}.")


@app.command()
def register(
    manifest: Annotated[Path, typer.Argument(help="A manifest of graphql-codegen, Relay or Apollo.")],
    client: Annotated[str, typer.Option(help="The code of the API client whose documents they are.")],
    data: Data = DATA,
) -> None:
    """Register the documents of a program's build as trusted, after checking every one of them."""
    from operations import registering  # noqa: PLC0415 — a command loads only what it needs.

    try:
        read = read_manifest(manifest)
        faults = registering.faults_of(read)
        for each in faults:
            typer.echo(f"{each.document_id}: {each.problem}", err=True)
        if faults:
            raise _failed(f"Nothing was registered: {len(faults)} problems.")
        new = asyncio.run(registering.register(_database(data), client, read))
    except (ManifestError, registering.NotRegisteredError) as problem:
        raise _failed(str(problem)) from None
    typer.echo(f"{client}: {new} new documents, {len(read) - new} known before.")


@app.command()
def check(data: Data = DATA) -> None:
    """Check all registered documents against the schema of this release; exit code 1 when one would be refused."""
    from operations import registering  # noqa: PLC0415 — a command loads only what it needs.

    faults = asyncio.run(registering.outdated(_database(data)))
    for each in faults:
        typer.echo(f"{each.client}  {each.document_id}: {each.problem}")
    typer.echo(f"{len(faults)} registered documents would be refused.")
    raise typer.Exit(1 if faults else 0)


def _database(data: Path) -> str:
    from operations import audit  # noqa: PLC0415 — a command loads only what it needs.

    try:
        return audit.database_url(data)
    except audit.NothingToAuditError as problem:
        raise _failed(str(problem)) from None


def _failed(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(2)
