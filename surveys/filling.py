"""One form being filled in, whatever the way: in the chat, on the web page, from paper. One engine, one data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from surveys import repository
from surveys.keeping import About, keep
from surveys.models import SurveyInvitation, SurveyOptOut
from surveys.questionnaires import Answer, Question, Questionnaire
from surveys.rounds.models import SampleUnit, SurveyRound

OPEN_FOR = timedelta(days=7)
"""How long a form may be taken up again."""
COMPLETE_SHARE, PARTIAL_SHARE = 0.8, 0.5
"""Of the criteria that were asked: who answered so many gave a complete, or a partial, form. Below is a break-off."""

OVER = ("done", "declined", "expired", "over_quota")
State = Literal["open", "done", "over_quota"]


def form_of(invitation: SurveyInvitation) -> Questionnaire:
    return Questionnaire.load(invitation.questionnaire)


def is_open(invitation: SurveyInvitation, *, now: datetime) -> bool:
    """Whether the form may be filled in now; a form of a round only while that is open."""
    return invitation.state not in OVER and invitation.expires_at > now


def begin(invitation: SurveyInvitation, *, now: datetime) -> None:
    """The first answer is near: no reminders any more, seven days to end it."""
    if invitation.state != "running":
        invitation.state = "running"
        invitation.expires_at = now + OPEN_FOR
        invitation.due_at = invitation.expires_at


def take(
    session: Session, invitation: SurveyInvitation, question: Question, given: Answer, *, mode: str, now: datetime
) -> State:
    """Write down one answer, None for a skipped question; the form ends with its last one."""
    form = form_of(invitation)
    kept = {code: answer for code, answer in invitation.answers.items() if code != picked_key(question.code)}
    invitation.answers = {**kept, question.code: given}
    if _is_over_quota(session, invitation, question, given):
        close(session, invitation, state="over_quota")
        return "over_quota"
    if form.next_question(invitation.answers) is not None:
        return "open"
    finish(session, invitation, mode=mode, now=now)
    return "done"


def picked_key(code: str) -> str:
    """Where the options picked so far of a question with several answers are kept; no question has such a code."""
    return f"~{code}"


def picked(invitation: SurveyInvitation, question: Question) -> list[str]:
    """The options picked so far, in the order of the form."""
    chosen = invitation.answers.get(picked_key(question.code), [])
    return [code for code in question.options if code in chosen]


def pick(invitation: SurveyInvitation, question: Question, option: str) -> None:
    """Pick an option of a question with several answers, or put it back."""
    chosen = set(picked(invitation, question)) ^ {option}
    ordered = [code for code in question.options if code in chosen]
    invitation.answers = {**invitation.answers, picked_key(question.code): ordered}


def finish(session: Session, invitation: SurveyInvitation, *, mode: str, now: datetime) -> None:
    """Copy the answers under a random id with the day only, and cut every link to the person, in this transaction.

    The caller takes the words out of inbox and outbox in the same transaction. For a form after a case, the case's
    rating, which is given once, is what keeps it from being asked about again.
    """
    form = form_of(invitation)
    answers = {code: answer for code, answer in invitation.answers.items() if not code.startswith("~")}
    outcome = outcome_of(form, answers)
    unit = session.get(SampleUnit, invitation.sample_unit_id) if invitation.sample_unit_id else None
    about = About.of_unit(unit) if unit else About(office_id=invitation.office_id)
    if outcome != "break_off" and (unit is not None or about.office_id is not None):
        keep(
            session,
            answers,
            questionnaire=form.id,
            about=about,
            mode=mode,
            now=now,
            is_sample=_is_sample(session, invitation),
        )
    close(session, invitation, state="done", disposition=outcome)


def outcome_of(form: Questionnaire, answers: Mapping[str, Answer]) -> str:
    """complete, partial or break_off. The short form after a case has no parts: any answer makes it complete."""
    asked = [code for code in form.criteria if code in answers]
    answered = sum(answers[code] is not None for code in asked)
    share = answered / len(asked) if asked else 0.0
    if share >= COMPLETE_SHARE:
        return "complete"
    return (
        "partial"
        if share >= PARTIAL_SHARE or (answered and not form.series and len(form.criteria) <= 5)
        else "break_off"
    )


def close(session: Session, invitation: SurveyInvitation, *, state: str, disposition: str = "") -> None:
    """The form is over: its answers so far, its link and what it was about are forgotten."""
    slug = disposition or {"declined": "refusal", "expired": "break_off", "over_quota": "over_quota"}[state]
    if state == "expired" and invitation.state != "running":
        slug = "non_contact"
    unit = session.get(SampleUnit, invitation.sample_unit_id) if invitation.sample_unit_id else None
    if unit is not None:
        unit.disposition = slug
    invitation.state = state
    invitation.answers = {}
    invitation.office_id = invitation.token_hash = invitation.due_at = None
    if state == "done":
        invitation.case_id = None


def opt_out(session: Session, citizen_id: int, *, now: datetime) -> list[SurveyInvitation]:
    """Never ask this person again; the invitations that were open, which are over now."""
    if session.get(SurveyOptOut, citizen_id) is None:
        session.add(SurveyOptOut(citizen_id=citizen_id, at=now))
    ended = repository.open_invitations(session, citizen_id)
    for invitation in ended:
        close(session, invitation, state="declined")
    return ended


def _is_over_quota(session: Session, invitation: SurveyInvitation, question: Question, given: Answer) -> bool:
    survey = session.get(SurveyRound, invitation.round_id) if invitation.round_id else None
    for quota in survey.quotas if survey else ():
        if quota["question"] == question.code and str(quota["option"]) == str(given):
            taken = repository.responses_with(session, invitation.round_id or 0, question.code, given)
            return taken >= int(quota["most"])
    return False


def _is_sample(session: Session, invitation: SurveyInvitation) -> bool:
    survey = session.get(SurveyRound, invitation.round_id) if invitation.round_id else None
    return bool(survey and survey.is_sample)
