"""Survey rounds from plan to close: the steps of who runs surveys, what overseers may see of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path, Query, UploadFile
from sqlalchemy.orm import Session

from bot import repository as bot_repository
from langnghe.web.api.access import Caller, SurveyReader, SurveyWriter, api_router
from langnghe.web.api.round_models import (
    DispositionIn,
    DispositionOut,
    Done,
    FormIn,
    FormsTaken,
    InterviewerIn,
    ReasonIn,
    RoundIn,
    RoundItem,
    RoundOut,
    SeedIn,
    WeightingIn,
)
from langnghe.web.api.round_results import RoundCode, round_item, round_of, round_out
from langnghe.web.console_rounds import runs_rounds, sees_rounds
from langnghe.web.round_forms import collected_form
from surveys.questionnaire_files import load
from surveys.rounds import collecting, inviting, repository, steps
from surveys.rounds.frames import read_frame
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan
from surveys.rounds.steps import RoundDraft
from surveys.rounds.weighting import Weighting

Number = Annotated[int, Path(ge=1, le=10_000_000, description="Số phiếu.")]
Dry = Annotated[bool, Query(description="Chỉ xem thử: không ghi gì.")]

router = api_router("/api/v1/rounds", tag="Kỳ khảo sát")


@router.get("")
def rounds(caller: SurveyReader) -> list[RoundItem]:
    """The rounds, newest first."""
    sees_rounds(caller)
    with caller.services.database.read() as session:
        return [round_item(one) for one in repository.rounds(session)]


@router.post("", status_code=201)
def plan_round(caller: SurveyWriter, body: RoundIn) -> RoundItem:
    """Plan a round: its form, days, frame, sample design, quotas."""
    runs_rounds(caller)
    given = body.model_dump(exclude={"plan"})
    draft = RoundDraft(
        **{**given, "code": body.code.strip().upper()}, plan=SamplePlan.from_data(body.plan.model_dump())
    )
    with caller.services.database.write() as session:
        return round_item(steps.plan_round(session, draft, staff=caller.staff, now=caller.services.clock()))


@router.get("/{round_code}")
def one_round(caller: SurveyReader, round_code: RoundCode) -> RoundOut:
    """The design of a round with both sample sizes, its response rates, how many were invited."""
    sees_rounds(caller)
    with caller.services.database.read() as session:
        return round_out(session, round_of(session, round_code))


def _step(caller: Caller, code: str, work: Callable[[Session, SurveyRound], int | None]) -> Done:
    """One step in one transaction, by who runs surveys."""
    runs_rounds(caller)
    with caller.services.database.write() as session:
        survey = round_of(session, code)
        number = work(session, survey)
        session.flush()
        return Done(state=survey.state, number=number)


@router.post("/{round_code}/frame")
def take_frame(
    caller: SurveyWriter, round_code: RoundCode, file: UploadFile | None = None, dry_run: Dry = False
) -> Done:
    """The frame, from a file of dossiers or households or from answered cases; each wrong row is named."""
    runs_rounds(caller)
    data = file.file.read() if file is not None else b""
    with caller.services.database.write() as session:
        survey = round_of(session, round_code)
        from_cases = survey.frame_kind == "cases"
        lines = steps.frame_of_cases(session, survey) if from_cases else read_frame(data, survey.frame_kind)
        if not dry_run:
            steps.take_frame(session, survey.id, lines, staff=caller.staff, now=caller.services.clock())
        return Done(state=survey.state, number=len(lines), dry_run=dry_run)


@router.post("/{round_code}/draw")
def draw(caller: SurveyWriter, round_code: RoundCode, body: SeedIn) -> Done:
    """Draw the sample once from a public seed; who was not drawn loses name and contacts."""
    now = caller.services.clock()
    return _step(
        caller,
        round_code,
        lambda session, survey: steps.draw_sample(
            session, survey.id, seed=body.seed.strip(), staff=caller.staff, now=now
        ),
    )


@router.post("/{round_code}/discard")
def discard(caller: SurveyWriter, round_code: RoundCode, body: ReasonIn) -> Done:
    """Throw the sample away before anybody was asked, with a reason that stays in the log."""
    now = caller.services.clock()
    return _step(
        caller,
        round_code,
        lambda session, survey: steps.discard_sample(
            session, survey.id, reason=body.reason, staff=caller.staff, now=now
        ),
    )


@router.post("/{round_code}/interviewers")
def interviewers(caller: SurveyWriter, round_code: RoundCode, body: list[InterviewerIn]) -> Done:
    """Interviewers by area."""
    people, now = [one.model_dump() for one in body], caller.services.clock()
    return _step(
        caller,
        round_code,
        lambda session, survey: steps.assign_interviewers(session, survey.id, people, staff=caller.staff, now=now),
    )


@router.post("/{round_code}/weighting")
def weighting(caller: SurveyWriter, round_code: RoundCode, body: WeightingIn) -> Done:
    """How the results will be weighted; only before they are out."""
    now, chosen = caller.services.clock(), Weighting.from_data(body.model_dump())

    def work(session: Session, survey: SurveyRound) -> None:
        steps.set_weighting(session, survey.id, chosen, staff=caller.staff, now=now)

    return _step(caller, round_code, work)


@router.post("/{round_code}/open")
def open_round(caller: SurveyWriter, round_code: RoundCode) -> Done:
    """The field work begins."""
    now = caller.services.clock()

    def work(session: Session, survey: SurveyRound) -> None:
        steps.open_round(session, survey.id, staff=caller.staff, now=now)

    return _step(caller, round_code, work)


@router.post("/{round_code}/invite")
def invite(caller: SurveyWriter, round_code: RoundCode) -> Done:
    """Invite those of the sample who have a chat; the invitations go out in waking hours."""
    now = caller.services.clock()
    done = _step(
        caller,
        round_code,
        lambda session, survey: inviting.invite_by_chat(session, survey.id, staff=caller.staff, now=now),
    )
    caller.services.wake_worker()
    return done


@router.post("/{round_code}/close")
def close(caller: SurveyWriter, round_code: RoundCode) -> Done:
    """End the field work: invitations lapse, names go, all responses are released together and published."""
    now, least = caller.services.clock(), caller.services.settings.suppress_below

    def work(session: Session, survey: SurveyRound) -> None:
        for ended in steps.close_round(session, survey.id, staff=caller.staff, now=now, threshold=least):
            bot_repository.blank_survey(session, ended)

    return _step(caller, round_code, work)


@router.post("/{round_code}/units/{number}/disposition")
def disposition(caller: SurveyWriter, round_code: RoundCode, number: Number, body: DispositionIn) -> DispositionOut:
    """What became of a unit without a form; a reserve takes its place where the rule allows."""
    runs_rounds(caller)
    with caller.services.database.write() as session:
        reserve = collecting.record_disposition(
            session,
            round_of(session, round_code).id,
            number,
            body.disposition,
            attempts=body.attempts,
            staff=caller.staff,
            now=caller.services.clock(),
        )
        replaced = reserve.number if reserve is not None else None
    return DispositionOut(number=number, disposition=body.disposition, replaced_by=replaced)


@router.post("/{round_code}/forms/{number}")
def enter_form(caller: SurveyWriter, round_code: RoundCode, number: Number, body: FormIn) -> FormsTaken:
    """One paper or telephone form; it is kept under a random id, apart from its person."""
    runs_rounds(caller)
    with caller.services.database.write() as session:
        survey = round_of(session, round_code)
        form = load(survey.questionnaire)
        collected = collected_form(form, number, body.answers, mode=body.mode, day=body.day)
        now = caller.services.clock()
        for ended in collecting.enter_form(session, survey.id, collected, staff=caller.staff, now=now):
            bot_repository.blank_survey(session, ended)
    return FormsTaken(forms=1, dropped=collected.dropped)


@router.post("/{round_code}/forms")
def import_forms(caller: SurveyWriter, round_code: RoundCode, file: UploadFile, dry_run: Dry = False) -> FormsTaken:
    """Forms that were collected in a spreadsheet: all of them, or none when a row is wrong, each named in `errors`."""
    runs_rounds(caller)
    data = file.file.read()
    with caller.services.database.write() as session:
        survey = round_of(session, round_code)
        now = caller.services.clock()
        done = collecting.import_forms(session, survey.id, data, dry_run=dry_run, staff=caller.staff, now=now)
        for ended in done.ended if not dry_run else ():
            bot_repository.blank_survey(session, ended)
    return FormsTaken(forms=done.forms, dropped=done.dropped, dry_run=dry_run)
