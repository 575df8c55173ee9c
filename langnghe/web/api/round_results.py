"""What programs read of a round: its design, its published figures, its files, and who was drawn for who runs it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response
from sqlalchemy.orm import Session

from feedback.errors import CaseNotFound
from langnghe.web.api.access import SurveyReader, SurveyWriter, api_router
from langnghe.web.api.files import binary
from langnghe.web.api.round_models import (
    BreakdownOut,
    FigureOut,
    LinkOut,
    LogLine,
    Rates,
    ResultsOut,
    RoundItem,
    RoundOut,
    ShareOut,
    SizesOut,
    TableOut,
    TierOut,
    UnitOut,
)
from langnghe.web.console_round_files import METADATA, PUBLISHED, ROWS, pack_file, round_file
from langnghe.web.console_rounds import runs_rounds, sees_rounds
from surveys import repository as survey_repository
from surveys.figures import Figure, IndexTable
from surveys.rounds import inviting, repository, steps
from surveys.rounds.dispositions import ResponseRates, response_rates
from surveys.rounds.kept_results import result_of
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan
from surveys.rounds.publication import Publication, QuestionShares, publish
from surveys.rounds.reports import weight_lines
from surveys.rounds.sizes import sample_sizes

HEADING = "Ước tính nội bộ của kỳ khảo sát, không phải SIPAS do Bộ Nội vụ công bố"
RoundCode = Annotated[str, Path(max_length=40, description="Mã kỳ khảo sát.", examples=["SIPAS-2026-D1"])]

router = api_router("/api/v1/rounds", tag="Kỳ khảo sát")


def round_of(session: Session, code: str) -> SurveyRound:
    """Raises UnknownRound."""
    survey = repository.round_by_code(session, code.strip().upper())
    if survey is None:
        raise steps.UnknownRound("Không tìm thấy kỳ khảo sát này.")
    return survey


def round_item(survey: SurveyRound) -> RoundItem:
    return RoundItem(**_item(survey))


def _item(survey: SurveyRound) -> dict[str, Any]:
    names = ("code", "title", "questionnaire", "state", "frame_kind", "frame_size", "opens_on", "closes_on")
    shown = {name: getattr(survey, name) for name in names}
    return shown | {"state_name": steps.STATES[survey.state], "is_sample": bool(survey.is_sample)}


def round_out(session: Session, survey: SurveyRound) -> RoundOut:
    """The round as its page shows it: no name of anybody."""
    plan = SamplePlan.from_data(survey.plan)
    invited, links = survey_repository.invitation_counts(session, survey.id)
    kept = result_of(session, survey) if survey.state == "closed" else None
    sizes = sample_sizes(survey.frame_size, plan.precision) if survey.frame_size else None
    names = (
        "questionnaire_sha256", "frame_sha256", "geo_version", "seed", "plan", "quotas", "weighting", "recheck_share",
        "drawn_at", "opened_at", "closed_at",
    )  # fmt: skip
    return RoundOut(
        **_item(survey),
        **{name: getattr(survey, name) for name in names},
        sizes=SizesOut(**{name: getattr(sizes, name) for name in SizesOut.model_fields}) if sizes else None,
        rates=_rates(response_rates(repository.dispositions(session, survey.id))),
        invited=invited,
        links=links,
        result=kept["id"] if kept else None,
    )


def _rates(rates: ResponseRates) -> Rates:
    return Rates(counts=dict(rates.counts), issued=rates.issued, rr1=rates.rr1, rr2=rates.rr2)


@router.get("/{round_code}/results")
def results(caller: SurveyReader, round_code: RoundCode) -> ResultsOut:
    """The published figures, suppressed as everywhere; 404 before the round is closed."""
    sees_rounds(caller)
    services = caller.services
    with services.database.read() as session:
        survey = round_of(session, round_code)
        found = publish(session, survey, threshold=services.settings.suppress_below)
    if found is None:
        raise CaseNotFound("Kết quả có sau khi đóng kỳ khảo sát.")
    return _results(found)


def _results(found: Publication) -> ResultsOut:
    return ResultsOut(
        code=found.survey.code,
        title=found.survey.title,
        heading=HEADING,
        questionnaire=found.survey.questionnaire,
        method=found.options.method,
        interval=found.options.interval,
        hidden_below=found.threshold,
        responses=found.responses,
        rates=_rates(found.rates),
        modes=dict(found.modes),
        total=_table(found.total),
        breakdowns=[
            BreakdownOut(
                code=one.code,
                title=one.title,
                withheld=one.withheld,
                groups={label: _table(table) for label, table in one.tables.items()},
                tiers=[TierOut(rank=tier.rank, labels=list(tier.labels)) for tier in one.tiers],
            )
            for one in found.breakdowns
        ],
        shares=[_share(one) for one in found.shares],
        changes={code: one.as_json() if one else None for code, one in found.changes.items()},
        changes_since=found.earlier.code if found.earlier else None,
        weights=list(weight_lines(found.weights)),
    )


def _table(table: IndexTable) -> TableOut:
    return TableOut(
        overall=_figure(table.overall),
        parts={code: _figure(one) for code, one in table.parts.items()},
        factors={code: _figure(one) for code, one in table.factors.items()},
        criteria={code: _figure(one) for code, one in table.criteria.items()},
    )


def _figure(one: Figure | None) -> FigureOut | None:
    return None if one is None else FigureOut(**{name: getattr(one, name) for name in FigureOut.model_fields})


def _share(one: QuestionShares) -> ShareOut:
    options = dict(zip(one.question.options, (option.percent for option in one.options), strict=True))
    return ShareOut(question=one.question.code, text=one.question.text, n=one.n, options=options)


@router.get("/{round_code}/files")
def files(caller: SurveyReader, round_code: RoundCode) -> list[str]:
    """The files that this person may take out of the round once it is closed."""
    sees_rounds(caller)
    with caller.services.database.read() as session:
        closed = round_of(session, round_code).state == "closed"
    published = [*PUBLISHED, *(ROWS if caller.staff.reads_survey_rows else ())] if closed else []
    return [METADATA, *published]


@router.get(
    "/{round_code}/files/{name}",
    response_class=Response,
    responses=binary("application/octet-stream"),
)
def file(caller: SurveyReader, round_code: RoundCode, name: Annotated[str, Path(max_length=40)]) -> Response:
    """Report (PDF, DOCX), open data (CSV, JSON), DDI metadata; rows of answers (XLSX, CSV, .sav) for the named right
    only, and that look is recorded."""
    return round_file(caller.services, caller, lambda session: round_of(session, round_code), name)


@router.get(
    "/{round_code}/pack/{slug}.{kind}",
    response_class=Response,
    responses=binary("application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
)
def pack(
    caller: SurveyWriter,
    round_code: RoundCode,
    slug: str,
    kind: str,
    who: Annotated[str, Query(max_length=120, description="Chỉ của điều tra viên này.")] = "",
) -> Response:
    """One paper of the field-work pack: sample list (`mau`), printed forms (`phieu`), re-checks, allowances, log."""
    return pack_file(caller.services, caller, lambda session: round_of(session, round_code), (slug, kind), who)


@router.get("/{round_code}/sample")
def sample(
    caller: SurveyWriter,
    round_code: RoundCode,
    after: Annotated[int, Query(ge=0, le=10_000_000, description="Sau số phiếu này.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> list[UnitOut]:
    """Who was drawn and what became of each: for who runs the survey."""
    runs_rounds(caller)
    with caller.services.database.read() as session:
        units = repository.sample(session, round_of(session, round_code).id)
    page = [unit for unit in units if unit.number > after][:limit]
    own = ("number", "role", "issued", "disposition", "attempts", "recheck", "interviewer")
    place = ("name", "phone", "address", "commune", "village")
    return [
        UnitOut(
            **{name: getattr(unit, name) for name in own}, **{name: getattr(unit.frame_unit, name) for name in place}
        )
        for unit in page
    ]


@router.post("/{round_code}/links")
def links(caller: SurveyWriter, round_code: RoundCode) -> list[LinkOut]:
    """Fresh one-time links for those without a chat; they are shown this once."""
    runs_rounds(caller)
    services = caller.services
    with services.database.write() as session:
        survey = round_of(session, round_code)
        issued = inviting.issue_links(session, survey.id, staff=caller.staff, now=services.clock())
    base = services.settings.base_url
    return [
        LinkOut(number=one.number, name=one.name, phone=one.phone, link=f"{base}/surveys/{one.token}") for one in issued
    ]


@router.get("/{round_code}/log")
def log(caller: SurveyReader, round_code: RoundCode) -> list[LogLine]:
    """The round's log: decisions, draws, replacements, cleaning."""
    sees_rounds(caller)
    with caller.services.database.read() as session:
        entries = repository.entries(session, round_of(session, round_code).id)
        return [
            LogLine(at=entry.at, who=who, kind=entry.kind, about=entry.about, text=entry.text) for entry, who in entries
        ]
