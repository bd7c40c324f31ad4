"""The commands of an installation (命令): what `./run` and `zhanggui` offer."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from operations import document_commands

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(document_commands.app, name="documents")

DATA = Path(os.environ.get("DATA_DIRECTORY") or ".data")
PORT = int(os.environ.get("PORT") or 8000)
Data = Annotated[Path, typer.Option(help="Where this installation keeps its data.")]


@app.command()
def start(
    port: Annotated[int, typer.Option(help="The port the API listens on; 0 chooses a free one.")] = PORT,
    data: Data = DATA,
    *,
    demo: Annotated[bool, typer.Option(help="Load the demo company on the first start.")] = True,
) -> None:
    """Start everything and keep it running until Ctrl-C."""
    from operations import company  # noqa: PLC0415 — a command loads only what it needs.

    raise typer.Exit(company.start(data, port, demo=demo))


@app.command()
def serve(
    descriptor: Annotated[
        int | None, typer.Option(help="An open socket to serve on, instead of HOST and PORT.")
    ] = None,
) -> None:
    """Run one API process; servers, migrations and workers are someone else's business."""
    from operations import serving  # noqa: PLC0415 — a command loads only what it needs.

    serving.serve(descriptor)


@app.command()
def found() -> None:
    """Lay the chart of accounts and make the first administrator, where nobody has an account yet."""
    from configuration.settings import settings  # noqa: PLC0415 — a command loads only what it needs.
    from operations import founding  # noqa: PLC0415 — as above.

    place = asyncio.run(founding.found(settings()))
    typer.echo(f"The first administrator's password is in {place}." if place else "The company is founded.")


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration (MIGRATION_DATABASE_URL, else DATABASE_URL)."""
    from operations import migrations  # noqa: PLC0415 — a command loads only what it needs.

    url = os.environ.get("MIGRATION_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if not url:
        typer.echo("Set MIGRATION_DATABASE_URL or DATABASE_URL.", err=True)
        raise typer.Exit(2)
    migrations.upgrade(url)
    typer.echo("The database is at the newest migration.")


@app.command()
def audit(data: Data = DATA) -> None:
    """Check the invariants on the running data; exit code 1 when one is broken."""
    from domain.wiring import INVARIANTS  # noqa: PLC0415 — a command loads only what it needs.
    from operations import audit as auditing  # noqa: PLC0415 — as above.

    try:
        findings = asyncio.run(auditing.audit(auditing.database_url(data), INVARIANTS))
    except auditing.NothingToAuditError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    for finding in findings:
        typer.echo(f"{'ok' if finding.holds else finding.offences!s:>8}  {finding.name}")
        for example in finding.examples:
            typer.echo(f"          {example}")
    broken = sum(not finding.holds for finding in findings)
    typer.echo(f"{len(findings)} invariants, {broken} broken.")
    raise typer.Exit(1 if broken else 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def bench(context: typer.Context) -> None:
    """Measure, beside the physical limit; arguments go to the bench."""
    from operations.programs import FOLDER, PYTHON  # noqa: PLC0415 — a command loads only what it needs.

    # The bench stands above us in the house, so it is run, not imported.
    raise typer.Exit(subprocess.call([PYTHON, "-m", "bench", *context.args], cwd=FOLDER))  # noqa: S603 — our own.


@app.command()
def migration(name: Annotated[str, typer.Argument(help="What it does, as in a commit message.")]) -> None:
    """Write the next migration from the difference between tables and migrations."""
    from operations import migrations  # noqa: PLC0415 — a command loads only what it needs.

    for path in asyncio.run(migrations.write(name)):
        typer.echo(f"Wrote {path}. Read it before you commit it.")


@app.command()
def schema() -> None:
    """Print the schema into schema/schema.graphql, where every change of the contract is read in a difference."""
    from operations.documents import FOLDER  # noqa: PLC0415 — a command loads only what it needs.
    from schema.root import schema as contract  # noqa: PLC0415 — as above.

    place = FOLDER / "schema" / "schema.graphql"
    place.write_text(contract.as_str() + "\n", encoding="utf-8")
    typer.echo(f"Wrote {place}.")
