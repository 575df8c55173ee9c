"""What a citizen does with a case of their own, by code: look, rate, have it looked at again, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.core_texts import button, moment_words, rating_buttons, say, score_title, state_words
from bot.repository import Claim, Reply
from bot.steps import Outcome
from bot.survey_talk import Surveys, survey_reply
from feedback import cases
from feedback.errors import FeedbackError
from feedback.models import Case
from feedback.repository import case_by_code_of_citizen
from feedback.states import MOVES, OPEN_STATES, RATEABLE_STATES

DISSATISFIED = 2
RATEABLE = frozenset(RATEABLE_STATES)
REOPENABLE = frozenset({*MOVES["reopen"].sources, "mo_lai"})
WITHDRAWABLE = frozenset(MOVES["withdraw"].sources)


@dataclass(frozen=True, slots=True)
class OwnCases:
    """Each looks the case up among the citizen's own; restricted ones are never found."""

    surveys: Surveys
    reopen_days: int

    def rate(self, session: Session, claim: Claim, code: str, score: int, *, now: datetime) -> Outcome:
        case = case_by_code_of_citizen(session, code, claim.citizen_id)
        if case is None:
            return not_found(code)
        awaiting = {name: value for name, value in claim.awaiting.items() if name != "rating"}
        first = case.rating is None
        if case.state not in RATEABLE:
            return Outcome(replies=(self._not_rateable(case),), awaiting=awaiting)
        key = f"inbox:{claim.message.id}"
        try:
            with session.begin_nested():
                cases.rate(session, case.id, citizen_id=claim.citizen_id, score=score, effect_key=key, now=now)
        except FeedbackError as error:
            return Outcome(replies=(Reply(text=say("not_now", reason=error.message)),))
        replies = [self._thanks(case, score)]
        if not first:
            return Outcome(replies=tuple(replies), awaiting=awaiting)
        invitation = self.surveys.invite(session, citizen_id=claim.citizen_id, case_id=case.id, now=now)
        if invitation is not None:
            replies.append(survey_reply(invitation))
        return Outcome(replies=tuple(replies), awaiting=awaiting)

    def _not_rateable(self, case: Case) -> Reply:
        """Rated already, or without an answer that could be rated."""
        if case.state in ("da_danh_gia", "da_dong") and case.rating is not None:
            given = case.rating.score
            return Reply(text=say("rated_before", code=case.code, score=given, title=score_title(given)))
        return Reply(text=say("rate_later", code=case.code, state=state_words(case.state)))

    def _thanks(self, case: Case, score: int) -> Reply:
        values = {"code": case.code, "score": score, "title": score_title(score)}
        if score > DISSATISFIED:
            return Reply(text=say("rating_thanks", **values))
        return Reply(
            text=say("rating_sorry", days=self.reopen_days, **values),
            buttons=(button("reopen", f"reopen:{case.code}"),),
        )

    def reopen(self, session: Session, claim: Claim, code: str, *, now: datetime) -> Outcome:
        case = case_by_code_of_citizen(session, code, claim.citizen_id)
        if case is None:
            return not_found(code)
        if case.state not in REOPENABLE:
            text = say("reopen_not_now", code=code, state=state_words(case.state))
            return Outcome(replies=(Reply(text=text),))
        closing = case.answered_at or case.closed_at
        if case.state != "mo_lai" and closing is not None and now > closing + timedelta(days=self.reopen_days):
            return Outcome(replies=(Reply(text=say("reopen_too_late", code=code, days=self.reopen_days)),))
        try:
            with session.begin_nested():
                case = cases.reopen(session, case.id, citizen_id=claim.citizen_id, now=now)
        except FeedbackError as error:
            return Outcome(replies=(Reply(text=say("not_now", reason=error.message)),))
        text = say("reopened", code=code, office=case.office.name, due=due_words(case, now=now))
        return Outcome(replies=(Reply(text=text),))

    def status(self, session: Session, claim: Claim, code: str, *, now: datetime) -> Outcome:
        case = case_by_code_of_citizen(session, code, claim.citizen_id)
        return not_found(code) if case is None else Outcome(replies=(status_reply(case, now=now),))

    def withdraw(self, session: Session, claim: Claim, code: str, *, now: datetime) -> Outcome:
        case = case_by_code_of_citizen(session, code, claim.citizen_id)
        if case is None:
            return not_found(code)
        if case.state not in WITHDRAWABLE and case.state != "da_rut":
            return Outcome(replies=(Reply(text=say("withdraw_not_now", code=code, state=state_words(case.state))),))
        try:
            with session.begin_nested():
                cases.withdraw(session, case.id, citizen_id=claim.citizen_id, now=now)
        except FeedbackError as error:
            return Outcome(replies=(Reply(text=say("not_now", reason=error.message)),))
        return Outcome(replies=(Reply(text=say("withdrawn", code=code)),))


def status_reply(case: Case, *, now: datetime) -> Reply:
    """Where a case stands, for its owner: state, office, deadline and who sets it; never the answer's content."""
    text = say(
        "status", code=case.code, state=state_words(case.state), office=case.office.name, due=due_words(case, now=now)
    )
    return Reply(text=text, buttons=rating_buttons(case.code) if case.state in RATEABLE else ())


def due_words(case: Case, *, now: datetime) -> str:
    """The deadline of an open case in words, empty where none counts."""
    if case.state == "cho_nop_don":
        return say("due_after_petition")
    if case.due_at is None or case.state not in OPEN_STATES:
        return ""
    setter = "committed" if case.due_committed else "by_law"
    name = f"due_passed_{setter}" if now > case.due_at else f"due_{setter}"
    return say(name, when=moment_words(case.due_at))


def not_found(code: str) -> Outcome:
    return Outcome(replies=(Reply(text=say("not_found", code=code)),))
