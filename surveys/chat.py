"""The survey in the chat: one question a message, buttons or words, skippable, resumable, without the engine."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from feedback.models import Case
from surveys import repository
from surveys.answers import Skipped, asks_for_more, means_stop, understand
from surveys.models import SurveyInvitation, SurveyResponse
from surveys.questionnaires import Answer, Question, Questionnaire
from surveys.texts import say, title

OPEN_FOR = timedelta(days=7)
AFTER_CASE = "sau_vu_viec"
LONGEST_ANSWER = 12
"""Words. A longer message that is no answer tells of a new matter and is not for the survey."""

_PAYLOAD = re.compile(r"sv:(start|no|stop|a|skip):([0-9]{1,9})(?::([a-z0-9_]+))?(?::([a-z0-9_]+))?")


@dataclass(frozen=True, slots=True)
class SurveyMessage:
    """One message of the survey; `buttons` are (title, payload)."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()


def invite(session: Session, *, citizen_id: int, case_id: int, now: datetime) -> SurveyMessage | None:
    """Ask whether the citizen would fill in the short form about this case; None when they were asked before."""
    case = session.get(Case, case_id)
    if case is None or case.restricted or repository.invitation_of_case(session, case_id) is not None:
        return None
    form = Questionnaire.load(AFTER_CASE)
    invitation = SurveyInvitation(
        citizen_id=citizen_id,
        case_id=case_id,
        office_id=case.office_id,
        questionnaire=form.id,
        state="invited",
        answers={},
        invited_at=now,
        expires_at=now + OPEN_FOR,
    )
    session.add(invitation)
    session.flush()
    buttons = ((title("start"), f"sv:start:{invitation.id}"), (title("decline"), f"sv:no:{invitation.id}"))
    return SurveyMessage(say("invitation", questions=len(form.criteria), days=OPEN_FOR.days), buttons)


def running(session: Session, citizen_id: int, *, now: datetime) -> bool:
    """Whether the citizen's next words may be an answer."""
    return repository.running_invitation(session, citizen_id, now=now) is not None


def handle(
    session: Session,
    citizen_id: int,
    *,
    text: str | None,
    payload: str | None,
    effect_key: str,
    now: datetime,
) -> tuple[SurveyMessage, ...] | None:
    """The next question, the thanks, or None when the message was not meant for the survey.

    Runs in the transaction that marks the message as done, so that an answer counts once; `effect_key` is not needed.
    """
    if payload is not None:
        return _pressed(session, citizen_id, payload, now=now)
    invitation = repository.running_invitation(session, citizen_id, now=now)
    if invitation is None or text is None:
        return None
    form = Questionnaire.load(invitation.questionnaire)
    question = form.next_question(invitation.answers)
    if question is None or asks_for_more(text):
        return None
    if means_stop(text):
        return (_ended(invitation),)
    meant = understand(text, question)
    if meant is not None:
        return _answered(session, invitation, form, question, None if isinstance(meant, Skipped) else meant, now=now)
    too_long = len(text.split()) > LONGEST_ANSWER
    return None if too_long else (_asked(invitation, form, question, hint=say("not_understood")),)


def _pressed(session: Session, citizen_id: int, payload: str, *, now: datetime) -> tuple[SurveyMessage, ...] | None:
    """A button: sv:start:ID, sv:no:ID, sv:a:ID:QUESTION:ANSWER, sv:skip:ID:QUESTION, sv:stop:ID."""
    pressed = _PAYLOAD.fullmatch(payload)
    if pressed is None:
        return None
    what, number, about, given = pressed.groups()
    invitation = repository.invitation_of_citizen(session, int(number), citizen_id)
    if invitation is None or invitation.state in ("done", "declined") or invitation.expires_at <= now:
        return (SurveyMessage(say("over")),)
    form = Questionnaire.load(invitation.questionnaire)
    if what in ("no", "stop"):
        return (_ended(invitation),)
    invitation.state = "running"
    question = form.next_question(invitation.answers)
    if question is None:
        return (_done(session, invitation, now=now),)
    if about == question.code and (what == "skip" or (what == "a" and given in question.options)):
        answer = _option(given, question) if what == "a" and given else None
        return _answered(session, invitation, form, question, answer, now=now)
    # The start, or a button of a question that was answered before: show where we are.
    return (_asked(invitation, form, question),)


def _option(raw: str, question: Question) -> Answer:
    return int(raw) if question.kind == "scale" else raw


def _answered(
    session: Session,
    invitation: SurveyInvitation,
    form: Questionnaire,
    question: Question,
    given: Answer,
    *,
    now: datetime,
) -> tuple[SurveyMessage, ...]:
    invitation.answers = {**invitation.answers, question.code: given}
    following = form.next_question(invitation.answers)
    if following is None:
        return (_done(session, invitation, now=now),)
    return (_asked(invitation, form, following),)


def _asked(invitation: SurveyInvitation, form: Questionnaire, question: Question, *, hint: str = "") -> SurveyMessage:
    progress = form.progress(invitation.answers)
    lead = f"{hint}\n" if hint else ""
    number = f"({progress.done + 1}/{progress.total}) " if question.kind == "scale" else ""
    answers = tuple((label, f"sv:a:{invitation.id}:{question.code}:{code}") for code, label in question.options.items())
    others = (
        (title("skip"), f"sv:skip:{invitation.id}:{question.code}"),
        (title("stop"), f"sv:stop:{invitation.id}"),
    )
    return SurveyMessage(f"{lead}{number}{question.text}", answers + others)


def _ended(invitation: SurveyInvitation) -> SurveyMessage:
    _forget(invitation, state="declined")
    return SurveyMessage(say("declined"))


def _done(session: Session, invitation: SurveyInvitation, *, now: datetime) -> SurveyMessage:
    """Copy the answers under a random id with the day only, and cut every link to the person, in this transaction.

    The case's rating, which is given once, is what keeps it from being asked about again.
    """
    if any(answer is not None for answer in invitation.answers.values()) and invitation.office_id is not None:
        add_response(
            session,
            questionnaire=invitation.questionnaire,
            office_id=invitation.office_id,
            answers=invitation.answers,
            now=now,
            mode="chat",
        )
    _forget(invitation, state="done")
    invitation.case_id = None
    return SurveyMessage(say("thanks"))


def add_response(
    session: Session,
    *,
    questionnaire: str,
    office_id: int,
    answers: Mapping[str, Answer],
    now: datetime,
    mode: str,
    is_sample: bool = False,
) -> None:
    """Keep one anonymous response."""
    session.add(
        SurveyResponse(
            id=secrets.token_hex(16),
            questionnaire=questionnaire,
            office_id=office_id,
            answered_on=now.astimezone(VIETNAM).date(),
            mode=mode,
            answers={code: answer for code, answer in answers.items() if answer is not None},
            is_sample=is_sample,
        )
    )


def _forget(invitation: SurveyInvitation, *, state: str) -> None:
    invitation.state = state
    invitation.answers = {}
    invitation.office_id = None
