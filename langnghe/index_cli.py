"""The commands of `langnghe index`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from langnghe.cli_options import JsonOption

index_app = typer.Typer(help="Compute an index from files or from the database.", no_args_is_help=True)

SaveOption = Annotated[bool, typer.Option("--save", help="Keep the result in the database, for `index replay`.")]
FromOption = Annotated[str, typer.Option("--from", help="First day of the period (ISO).")]
ToOption = Annotated[str, typer.Option("--to", help="Last day of the period (ISO), included.")]
AgencyOption = Annotated[str | None, typer.Option(help="Only this agency (slug of agencies.csv).")]
CasesOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV of feedback (PAKN), one a row: code, sent_at, accepted_at, finished_at; optional agency, regime, "
        "transferred_at, asked_at, rejected_at, published_at, likes, dislikes, reraised, note (docs/indices.md)."
    ),
]
CountsOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV of counts, one criterion a row: metric, num, den; optional agency, own_score, appraised_score, "
        "evidence, explanation, note (docs/indices.md)."
    ),
]
RuleOption = Annotated[Path | None, typer.Option(help="A rule file of your own, of the form of surveys/data/scores.")]
DatabaseOption = Annotated[
    bool,
    typer.Option("--database", help="With --counts: take the cases from the database. Without files: the default."),
]
DetailsOption = Annotated[bool, typer.Option("--details", help="List each petition with its checks.")]


@index_app.command("sipas")
def index_sipas(  # noqa: PLR0913, PLR0917 - one parameter an option
    questionnaire: Annotated[str, typer.Option(help="Questionnaire, such as qd2640.")],
    responses: Annotated[Path, typer.Option(help="CSV: one column a criterion, values 1-5 or blank.")],
    method: Annotated[
        str,
        typer.Option(
            help="pooled, mean_of_factors, mean_of_factors_of_criteria, mean_of_criteria, weighted or mean_score."
        ),
    ] = "pooled",
    stratum: Annotated[str | None, typer.Option(help="Column of the stratum.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of the cluster; default: each row is one.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of the weight.")] = None,
    fpc: Annotated[
        str | None, typer.Option(help="Column with the number of clusters in the stratum's population.")
    ] = None,
    lonely: Annotated[str, typer.Option(help="A stratum with one cluster: adjust, certainty or average.")] = "adjust",
    interval: Annotated[str, typer.Option(help="normal, t, logit, logit_t or wilson.")] = "logit_t",
    by: Annotated[str | None, typer.Option(help="Column of the domains.")] = None,
    suppress: Annotated[
        int | None, typer.Option(help="Hide figures of fewer respondents, and what gives them away.")
    ] = None,
    factor_weights: Annotated[str | None, typer.Option(help="For the method weighted: c1=0.3,c2=0.2,...")] = None,
    responded: Annotated[
        str | None, typer.Option(help="Column of 1 and 0: who did not respond hands their weight to the others.")
    ] = None,
    response_class: Annotated[str | None, typer.Option(help="Column of the classes in which they do so.")] = None,
    margins: Annotated[
        Path | None,
        typer.Option(
            help="CSV variable,level,population: weights are fitted to these totals (one: post-strata, more: raking)."
        ),
    ] = None,
    deff: Annotated[bool, typer.Option("--deff", help="Add the design effect to each figure.")] = False,
    on: Annotated[
        str | None, typer.Option(help="Day of the round (ISO): warns when form or method was not in force.")
    ] = None,
    save: SaveOption = False,
    as_json: JsonOption = False,
) -> None:
    """Satisfaction indices with design-based errors, from a file of responses alone."""
    from langnghe.commands.index import SipasRequest, run_sipas

    request = SipasRequest(
        questionnaire=questionnaire,
        responses=responses,
        method=method,
        stratum=stratum,
        cluster=cluster,
        weight=weight,
        fpc=fpc,
        lonely=lonely,
        interval=interval,
        by=by,
        suppress=suppress,
        factor_weights=factor_weights,
        responded=responded,
        response_class=response_class,
        margins=str(margins) if margins else None,
        deff=deff,
        on=on,
        save=save,
        as_json=as_json,
    )
    raise typer.Exit(run_sipas(request))


@index_app.command("qd766")
def index_qd766(  # noqa: PLR0913, PLR0917 - one parameter an option
    since: FromOption,
    until: ToOption,
    agency: AgencyOption = None,
    cases: CasesOption = None,
    counts: CountsOption = None,
    rule: RuleOption = None,
    database: DatabaseOption = False,
    details: DetailsOption = False,
    save: SaveOption = False,
    as_json: JsonOption = False,
) -> None:
    """QĐ 766/QĐ-TTg: five groups, 100 points. Group 5 from the cases, the others from counts.

    Without a file the cases are read from the database; with files nothing else is. What is not known has no points
    (null), which is not 0.
    """
    from langnghe.commands.index_scores import ScoreRequest, run_scores

    request = ScoreRequest(
        index="qd766",
        since=since,
        until=until,
        agency=agency,
        cases=str(cases) if cases else None,
        counts=str(counts) if counts else None,
        rule=str(rule) if rule else None,
        database=database,
        details=details,
    )
    raise typer.Exit(run_scores(request, as_json=as_json, save=save))


@index_app.command("par")
def index_par(  # noqa: PLR0913, PLR0917 - one parameter an option
    since: FromOption,
    until: ToOption,
    agency: AgencyOption = None,
    cases: CasesOption = None,
    counts: CountsOption = None,
    rule: RuleOption = None,
    database: DatabaseOption = False,
    details: DetailsOption = False,
    save: SaveOption = False,
    as_json: JsonOption = False,
) -> None:
    """PAR INDEX sheet of a province: SIPAS x 10/100, the criteria on feedback, entered scores for the others.

    Without a file the criteria on feedback are computed from the database. --rule takes an index of your own.
    """
    from langnghe.commands.index_scores import ScoreRequest, run_scores

    request = ScoreRequest(
        index="par",
        since=since,
        until=until,
        agency=agency,
        cases=str(cases) if cases else None,
        counts=str(counts) if counts else None,
        rule=str(rule) if rule else None,
        database=database,
        details=details,
    )
    raise typer.Exit(run_scores(request, as_json=as_json, save=save))


@index_app.command("tt01")
def index_tt01(
    since: FromOption,
    until: ToOption,
    agency: AgencyOption = None,
    counts: CountsOption = None,
    rule: RuleOption = None,
    save: SaveOption = False,
    as_json: JsonOption = False,
) -> None:
    """TT 01/2018/TT-VPCP: nine criteria of 0, 1 or 2 points, from a file of counts and scores."""
    from langnghe.commands.index_scores import ScoreRequest, run_scores

    request = ScoreRequest(
        index="tt01",
        since=since,
        until=until,
        agency=agency,
        counts=str(counts) if counts else None,
        rule=str(rule) if rule else None,
    )
    raise typer.Exit(run_scores(request, as_json=as_json, save=save))


@index_app.command("compare")
def index_compare(
    first: Annotated[Path, typer.Argument(help="JSON of `index sipas` for the earlier round.")],
    second: Annotated[Path, typer.Argument(help="JSON of `index sipas` for the later round.")],
    as_json: JsonOption = False,
) -> None:
    """The change between two rounds with its error, and whether it can be told from chance."""
    from langnghe.commands.index_compare import run_compare

    raise typer.Exit(run_compare(first, second, as_json=as_json))


@index_app.command("results")
def index_results(as_json: JsonOption = False) -> None:
    """The results that were kept, the latest first."""
    from langnghe.commands.index_results import show

    raise typer.Exit(show(as_json=as_json))


@index_app.command("replay")
def index_replay(
    result: Annotated[int, typer.Argument(help="Number of the kept result.")],
    responses: Annotated[Path | None, typer.Option(help="Where the file of responses lies now.")] = None,
    margins: Annotated[Path | None, typer.Option(help="Where the file of totals lies now.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Where the file of cases lies now.")] = None,
    counts: Annotated[Path | None, typer.Option(help="Where the file of counts lies now.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compute a kept result again: 0 when every figure agrees, 1 when not, or when the inputs changed."""
    from langnghe.commands.index_results import replay

    given = {"responses": responses, "margins": margins, "cases": cases, "counts": counts}
    files = {kind: path for kind, path in given.items() if path is not None}
    raise typer.Exit(replay(result, files, as_json=as_json))
