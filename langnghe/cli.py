"""The command line. Every command imports what it needs when it runs, so that the light ones start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from langnghe.token_cli import token_app

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
import_app = typer.Typer(help="Bring in a file: all of it, or nothing when a row is bad.", no_args_is_help=True)
app.add_typer(import_app, name="import")
export_app = typer.Typer(help="Files for other systems.", no_args_is_help=True)
app.add_typer(export_app, name="export")
ledger_app = typer.Typer(help="The hash-chained ledger of all cases.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")
routing_app = typer.Typer(help="The rule table that decides where a case goes.", no_args_is_help=True)
app.add_typer(routing_app, name="routing")
app.add_typer(token_app, name="token")
questionnaire_app = typer.Typer(help="Look at and check questionnaires.", no_args_is_help=True)
app.add_typer(questionnaire_app, name="questionnaire")

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
survey_app = typer.Typer(help="Sample sizes, samples from files, files of a closed round.", no_args_is_help=True)
app.add_typer(survey_app, name="survey")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


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
