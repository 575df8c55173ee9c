"""The commands of `langnghe questionnaire` and `langnghe survey`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from langnghe.cli_options import JsonOption

questionnaire_app = typer.Typer(help="Look at and check questionnaires.", no_args_is_help=True)
survey_app = typer.Typer(help="Sample sizes, samples from files, files of a closed round.", no_args_is_help=True)


@questionnaire_app.command("list")
def questionnaire_list(as_json: JsonOption = False) -> None:
    """The shipped questionnaires, with their validity and what is not known of them."""
    from langnghe.commands.questionnaire import show

    raise typer.Exit(show(as_json=as_json))


@questionnaire_app.command("lint")
def questionnaire_lint(
    files: Annotated[list[Path] | None, typer.Argument(help="YAML files; default: the shipped ones.")] = None,
) -> None:
    """Check questionnaires: exit code 0 when all can be used, 1 for a problem, 2 for a file that cannot be read."""
    from langnghe.commands.questionnaire import lint

    raise typer.Exit(lint(files or []))


@survey_app.command("size")
def survey_size(
    population: Annotated[int, typer.Option(min=1, help="How many there are.")],
    margin: Annotated[float, typer.Option(help="Half the width of the interval, as a share.")] = 0.05,
    share: Annotated[float, typer.Option(help="Expected share of satisfied answers.")] = 0.5,
    deff: Annotated[float, typer.Option(help="Design effect.")] = 1.5,
    response_rate: Annotated[float, typer.Option(help="Part of those asked who will answer.")] = 1.0,
) -> None:
    """Both sizes of a sample: n = N/(1+Ne²), and for a wanted precision with design effect and finite population."""
    from langnghe.commands.survey import size

    wanted = {"margin": margin, "share": share, "design_effect": deff, "response_rate": response_rate}
    raise typer.Exit(size(population, wanted))


@survey_app.command("draw")
def survey_draw(
    frame: Annotated[Path, typer.Option(help="CSV or XLSX of dossiers or households.")],
    plan: Annotated[Path, typer.Option(help="YAML with the sample's plan.")],
    seed: Annotated[str, typer.Option(help="What the sample follows from; make it public.")],
    kind: Annotated[str, typer.Option(help="dossiers or households.")] = "households",
    out: Annotated[Path | None, typer.Option(help="CSV of the sample; default: standard output.")] = None,
) -> None:
    """Draw a sample from a file alone, the same one that the console draws."""
    from langnghe.commands.survey import DrawRequest, draw_sample

    raise typer.Exit(draw_sample(DrawRequest(frame, kind, plan, seed, out)))


@survey_app.command("files")
def survey_files(
    code: Annotated[str, typer.Argument(help="The round's code.")],
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path(),
) -> None:
    """Write report, open data and metadata of a closed round."""
    from langnghe.commands.survey import files

    raise typer.Exit(files(code, folder))
