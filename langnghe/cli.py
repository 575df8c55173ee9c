"""The command line. Every command imports what it needs when it runs, so that the light ones start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from langnghe.cli_options import JsonOption
from langnghe.index_cli import index_app
from langnghe.survey_cli import questionnaire_app, survey_app
from langnghe.token_cli import token_app

app = typer.Typer(
    name="langnghe",
    help="Lắng Nghe: lắng nghe, chuyển đúng nơi, theo đến khi có trả lời.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(index_app, name="index")
import_app = typer.Typer(help="Bring in a file: all of it, or nothing when a row is bad.", no_args_is_help=True)
app.add_typer(import_app, name="import")
export_app = typer.Typer(help="Files for other systems.", no_args_is_help=True)
app.add_typer(export_app, name="export")
ledger_app = typer.Typer(help="The hash-chained ledger of all cases.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")
routing_app = typer.Typer(help="The rule table that decides where a case goes.", no_args_is_help=True)
app.add_typer(routing_app, name="routing")
app.add_typer(token_app, name="token")
app.add_typer(questionnaire_app, name="questionnaire")
app.add_typer(survey_app, name="survey")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the web application.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder of the demo's database, model and secrets.")] = Path("var/demo"),
) -> None:
    """Prepare everything, start engine, application and worker, and print the addresses; Ctrl-C stops all."""
    from langnghe.commands.demo import run

    raise typer.Exit(run(port=port, data=data))


@app.command()
def serve() -> None:
    """Run the web application."""
    from langnghe.commands.run import serve as run

    raise typer.Exit(run())


@app.command()
def worker() -> None:
    """Run the worker: turns, deliveries, due rows."""
    from langnghe.commands.run import work as run

    raise typer.Exit(run())


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from langnghe.commands.operate import migrate as run

    raise typer.Exit(run())


@app.command()
def doctor() -> None:
    """Check the installation and say what is missing and how to get it."""
    from langnghe.commands.doctor import run

    raise typer.Exit(run())


@app.command()
def train(
    out: Annotated[Path | None, typer.Option(help="Folder for the model; default: data_dir/models.")] = None,
    force: Annotated[bool, typer.Option(help="Train even when a current model exists.")] = False,
    with_corrections: Annotated[
        bool, typer.Option("--with-corrections", help="Learn from staff's corrections too; activate if not worse.")
    ] = False,
) -> None:
    """Train the dialogue engine."""
    from langnghe.commands import operate

    code = operate.train_with_corrections(out=out) if with_corrections else operate.train(out=out, force=force)
    raise typer.Exit(code)


@app.command()
def parse(
    file: Annotated[Path | None, typer.Argument(help="Messages, one a line; default: standard input.")] = None,
) -> None:
    """Understand messages: one a line in (text, or JSON with `text`), one JSON a line out."""
    from langnghe.commands.parse import run

    raise typer.Exit(run(file))


@app.command()
def evaluate(
    data: Annotated[
        Path | None, typer.Option(help="Folder of labelled messages (*.jsonl); default: tests/data/messages.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report as a web page to this file.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures as JSON to this file.")] = None,
    card: Annotated[Path | None, typer.Option(help="Write the model card to this file.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model file; default: the current one.")] = None,
    no_worse: Annotated[
        bool, typer.Option("--no-worse", help="Exit code 1 only when a figure fell below what was reached so far.")
    ] = False,
) -> None:
    """Measure the understanding on labelled messages; exit code 1 when a figure is under its floor."""
    from langnghe.commands.evaluate import Outputs, run

    raise typer.Exit(run(data, Outputs(report=report, json=json_file, card=card), model=model, no_worse=no_worse))


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    help="Count a deadline by law, with its proof day by day.",
)
def deadline(context: typer.Context) -> None:
    """Hand the arguments on as they are: langnghe.program runs this command without typer."""
    from langnghe.commands.deadline import main as run

    raise typer.Exit(run(context.args))


ImportFile = Annotated[Path, typer.Argument(help="A CSV (UTF-8) or XLSX file; docs/imports.md names the columns.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only look: list each bad row, write nothing.")]


@import_app.command("agencies")
def import_agencies(file: ImportFile, dry_run: DryRun = False) -> None:
    """The registry of concrete agencies: identifiers, addresses, parents, how they work."""
    from langnghe.commands.importing import agencies as run

    raise typer.Exit(run(file, dry_run=dry_run))


@import_app.command("procedures")
def import_procedures(file: ImportFile, dry_run: DryRun = False) -> None:
    """The catalogue of administrative procedures."""
    from langnghe.commands.importing import procedures as run

    raise typer.Exit(run(file, dry_run=dry_run))


@import_app.command("users")
def import_users(file: ImportFile, dry_run: DryRun = False) -> None:
    """The people who work in the console; who has no password gets a random one, shown once."""
    from langnghe.commands.importing import users as run

    raise typer.Exit(run(file, dry_run=dry_run))


@import_app.command("cases")
def import_cases(file: ImportFile, dry_run: DryRun = False) -> None:
    """Cases from another register; each is routed and counted here."""
    from langnghe.commands.importing import cases as run

    raise typer.Exit(run(file, dry_run=dry_run))


@import_app.command("sipas")
def import_sipas(file: ImportFile, dry_run: DryRun = False) -> None:
    """Official SIPAS figures: year, unit (province code, 00 the country), sipas (percent), source."""
    from langnghe.commands.importing import sipas as run

    raise typer.Exit(run(file, dry_run=dry_run))


@import_app.command("pakn")
def import_pakn(file: ImportFile, dry_run: DryRun = False, as_json: JsonOption = False) -> None:
    """Mark our cases with what the national feedback system says of them, and list what differs (exit code 1)."""
    from langnghe.commands.pakn import take_in as run

    raise typer.Exit(run(file, dry_run=dry_run, as_json=as_json))


@export_app.command("pakn")
def export_pakn(
    since: Annotated[str, typer.Option("--from", help="First day of receipt, ISO.")],
    until: Annotated[str, typer.Option("--to", help="Last day of receipt, ISO.")],
    out: Annotated[Path | None, typer.Option(help="A .csv or .xlsx file; default: standard output.")] = None,
) -> None:
    """Cases under NĐ 20/2008 for the national feedback system: codes, states, dates, answers."""
    from langnghe.commands.pakn import export as run

    raise typer.Exit(run(since=since, until=until, out=out))


@routing_app.command("simulate")
def routing_simulate(
    rules: Annotated[Path, typer.Option(help="A new rule table, in the form of feedback/data/routing.yml.")],
    last: Annotated[int, typer.Option(help="How many of the latest cases to replay.")] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Replay the last cases by a new rule table and show what would change; exit code 1 when more have no rule."""
    from langnghe.commands.routing import simulate as run

    raise typer.Exit(run(rules=rules, last=last, as_json=as_json))


@routing_app.command("corrections")
def routing_corrections() -> None:
    """The routes that staff put right, as CSV: labelled examples for the rule table."""
    from langnghe.commands.routing import corrections as run

    raise typer.Exit(run())


@ledger_app.command("verify")
def ledger_verify(
    published: Annotated[
        str | None, typer.Option(help="A hash that was noted outside: it must be one of the anchors'.")
    ] = None,
    receipt: Annotated[str | None, typer.Option(help="CODE:HASH as on a citizen's receipt.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find any tampering and name the first bad row; exit code 1 when there is one."""
    from langnghe.commands.ledger import verify as run

    raise typer.Exit(run(published=published, receipt=receipt, as_json=as_json))


@ledger_app.command("anchor")
def ledger_anchor() -> None:
    """Anchor now and print the newest hash, to be noted outside."""
    from langnghe.commands.ledger import anchor as run

    raise typer.Exit(run())


def main() -> None:
    """The program, as langnghe.program starts it."""
    from langnghe.program import main as start

    start()
