"""The command line. Every command imports what it needs when it runs, so that the light ones start at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="langnghe",
    help="Lắng Nghe: lắng nghe, chuyển đúng nơi, theo đến khi có trả lời.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
index_app = typer.Typer(help="Compute an index from files or from the database.", no_args_is_help=True)
app.add_typer(index_app, name="index")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object (the only form so far).")]


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
) -> None:
    """Train the dialogue engine."""
    from langnghe.commands.operate import train as run

    raise typer.Exit(run(out=out, force=force))


@app.command()
def parse(file: Annotated[Path | None, typer.Argument(help="Messages, one a line; default: standard input.")] = None) -> None:
    """Understand messages: one a line in (text, or JSON with `text`), one JSON a line out."""
    from langnghe.commands.parse import run

    raise typer.Exit(run(file))


@app.command()
def deadline(
    kind: Annotated[str, typer.Option(help="Kind of the message: phan_anh, kien_nghi, khieu_nai, to_cao, ...")],
    received: Annotated[str, typer.Option(help="Receipt, ISO date or time; starts the named step.")],
    regime: Annotated[str | None, typer.Option(help="Regime; default: the usual one of the kind.")] = None,
    step: Annotated[str | None, typer.Option(help="Step; default: the one that gives the answer.")] = None,
    paused: Annotated[list[str] | None, typer.Option(help="Pause FROM/TO (ISO dates, TO not included); repeatable.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Count a deadline by law, with its proof day by day."""
    from langnghe.commands.deadline import run

    raise typer.Exit(run(kind=kind, received=received, regime=regime, step=step, paused=paused or [], as_json=as_json))


def main() -> None:
    """Entry point of the `langnghe` program: UTF-8 out, exit code 2 with one line on bad input."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    app()
