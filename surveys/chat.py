"""The survey in the chat: one question a message, buttons or words, skippable, resumable, without the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from feedback.models import Case
from surveys import filling, repository
from surveys.answers import Skipped, asks_for_more, means_never, means_ready, means_stop, understand
from surveys.filling import OPEN_FOR
from surveys.models import SurveyInvitation
from surveys.questionnaires import Answer, Question, Questionnaire
from surveys.texts import say, title

AFTER_CASE = "sau_vu_viec"
LONGEST_ANSWER = 12
"""Words. A longer message that is no answer tells of a new matter and is not for the survey."""

_PAYLOAD = re.compile(r"sv:(start|no|never|stop|a|skip|ok):([0-9]{1,9})(?::([a-z0-9_]+))?(?::([a-z0-9_]+))?")
_TICK = "✓ "


@dataclass(frozen=True, slots=True)
class SurveyMessage:
    """One message of the survey; `buttons` are (title, payload).

    `survey_id` is the invitation it belongs to. `ended`: invitations that are over with it: whatever was said about
    them must go from inbox and outbox in the same transaction.
    """

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    survey_id: int | None = field(default=None, compare=False)
    ended: tuple[int, ...] = field(default=(), compare=False)


def invite(session: Session, *, citizen_id: int, case_id: int, now: datetime) -> SurveyMessage | None:
    """Ask whether the citizen would fill in the short form about this case; None when they were asked before, or ever
    said that they do not want to be."""
    case = session.get(Case, case_id)
    if case is None or case.restricted or repository.invitation_of_case(session, case_id) is not None:
        return None
    if repository.is_opted_out(session, citizen_id):
        return None
    form = Questionnaire.load(AFTER_CASE)
    invitation = SurveyInvitation(
        citizen_id=citizen_id,
        case_id=case_id,
        office_id=case.office_id,
        questionnaire=form.id,
        state="invited",
        answers={},
        asked=1,
        invited_at=now,
        expires_at=now + OPEN_FOR,
        due_at=now + OPEN_FOR,
    )
    session.add(invitation)
    session.flush()
    text = say("invitation", questions=len(form.criteria), days=OPEN_FOR.days)
    return SurveyMessage(text, opening_buttons(invitation), survey_id=invitation.id)


def opening_buttons(invitation: SurveyInvitation) -> tuple[tuple[str, str], ...]:
    """Answer, decline, and never again."""
    return (
        (title("start"), f"sv:start:{invitation.id}"),
        (title("decline"), f"sv:no:{invitation.id}"),
        (title("never"), f"sv:never:{invitation.id}"),
    )


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
    invitation = repository.running_invitation(session, citizen_id, now=now, lock=True)
    if invitation is None or text is None or asks_for_more(text):
        return None
    if means_never(text):
        return _never(session, invitation, citizen_id, now=now)
    return _ended(session, invitation) if means_stop(text) else _written(session, invitation, text, now=now)


def _written(
    session: Session, invitation: SurveyInvitation, text: str, *, now: datetime
) -> tuple[SurveyMessage, ...] | None:
    """Words that may answer the open question; None for a long message that does not."""
    question = filling.form_of(invitation).next_question(invitation.answers)
    if question is None:
        return None
    if question.kind == "choices" and means_ready(text):
        return _answered(session, invitation, question, filling.picked(invitation, question) or None, now=now)
    meant = understand(text, question)
    if meant is not None:
        return _answered(session, invitation, question, None if isinstance(meant, Skipped) else meant, now=now)
    too_long = len(text.split()) > LONGEST_ANSWER
    hint = say("not_understood", most=len(question.options))
    return None if too_long else (_asked(invitation, question, hint=hint),)


def _pressed(session: Session, citizen_id: int, payload: str, *, now: datetime) -> tuple[SurveyMessage, ...] | None:
    """A button: sv:start:ID, sv:no:ID, sv:never:ID, sv:stop:ID, sv:a:ID:QUESTION:ANSWER, sv:skip|ok:ID:QUESTION."""
    pressed = _PAYLOAD.fullmatch(payload)
    if pressed is None:
        return None
    what, number, about, given = pressed.groups()
    invitation = repository.invitation_of_citizen(session, int(number), citizen_id)
    if invitation is not None and what == "never":
        return _never(session, invitation, citizen_id, now=now)
    if invitation is None or not filling.is_open(invitation, now=now):
        return (SurveyMessage(say("over")),)
    if what in ("no", "stop"):
        return _ended(session, invitation)
    filling.begin(invitation, now=now)
    question = filling.form_of(invitation).next_question(invitation.answers)
    assert question is not None, "a form ends with its last answer"
    if about == question.code and (what != "a" or given in question.options):
        return _chosen(session, invitation, question, what=what, given=given or "", now=now)
    # The start, or a button of a question that was answered before: show where we are.
    return (_asked(invitation, question),)


def _chosen(
    session: Session, invitation: SurveyInvitation, question: Question, *, what: str, given: str, now: datetime
) -> tuple[SurveyMessage, ...]:
    """A button of the question that is open."""
    if what == "skip":
        return _answered(session, invitation, question, None, now=now)
    if question.kind != "choices":
        return _answered(session, invitation, question, option_answer(given, question), now=now)
    if what == "ok":
        return _answered(session, invitation, question, filling.picked(invitation, question) or None, now=now)
    filling.pick(invitation, question, given)
    return (_asked(invitation, question),)


def option_answer(raw: str, question: Question) -> Answer:
    """What an option's code means as an answer: levels are numbers."""
    return int(raw) if question.kind == "scale" else raw


def _answered(
    session: Session, invitation: SurveyInvitation, question: Question, given: Answer, *, now: datetime
) -> tuple[SurveyMessage, ...]:
    state = filling.take(session, invitation, question, given, mode="chat", now=now)
    if state == "over_quota":
        return (SurveyMessage(say("over_quota"), ended=(invitation.id,)),)
    following = filling.form_of(invitation).next_question(invitation.answers) if state == "open" else None
    return (_asked(invitation, following),) if following is not None else _thanked(invitation)


def _asked(invitation: SurveyInvitation, question: Question, *, hint: str = "") -> SurveyMessage:
    form = filling.form_of(invitation)
    progress = form.progress(invitation.answers)
    lead = f"{hint}\n" if hint else ""
    number = f"({progress.done + 1}/{progress.total}) " if question.kind == "scale" else ""
    chosen = filling.picked(invitation, question) if question.kind == "choices" else []
    answers = tuple(
        (f"{_TICK if code in chosen else ''}{label}", f"sv:a:{invitation.id}:{question.code}:{code}")
        for code, label in question.options.items()
    )
    others = (
        *(((title("ready"), f"sv:ok:{invitation.id}:{question.code}"),) if chosen else ()),
        (title("skip"), f"sv:skip:{invitation.id}:{question.code}"),
        (title("stop"), f"sv:stop:{invitation.id}"),
    )
    text = f"{lead}{number}{question.text}{_several(question, chosen)}"
    return SurveyMessage(text, answers + others, survey_id=invitation.id)


def _several(question: Question, chosen: list[str]) -> str:
    if question.kind != "choices":
        return ""
    if chosen:
        return "\n" + say("picked", labels=", ".join(question.options[code] for code in chosen))
    return "\n" + say("several")


def _ended(session: Session, invitation: SurveyInvitation) -> tuple[SurveyMessage, ...]:
    filling.close(session, invitation, state="declined")
    return (SurveyMessage(say("declined"), ended=(invitation.id,)),)


def _never(
    session: Session, invitation: SurveyInvitation, citizen_id: int, *, now: datetime
) -> tuple[SurveyMessage, ...]:
    ended = filling.opt_out(session, citizen_id, now=now)
    return (SurveyMessage(say("never"), ended=(invitation.id, *(one.id for one in ended))),)


def _thanked(invitation: SurveyInvitation) -> tuple[SurveyMessage, ...]:
    return (SurveyMessage(say("thanks"), ended=(invitation.id,)),)
