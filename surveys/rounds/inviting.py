"""Who of a sample is asked over chat or by link, and when they hear of it: an invitation and at most two reminders.

Everything is a due row: an invitation's `due_at` says when something happens to it next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from feedback.models import Staff
from surveys import filling, repository
from surveys.chat import SurveyMessage, opening_buttons
from surveys.links import new_link
from surveys.models import SurveyInvitation
from surveys.rounds import repository as round_repository
from surveys.rounds import steps
from surveys.rounds.models import SampleUnit, SurveyRound
from surveys.texts import say

REMINDERS = 2
PAUSE = timedelta(days=3)
"""Between the invitation, the first and the second reminder."""
MORNING, EVENING = time(8), time(20)
"""Nobody is asked at night."""

Link = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A one-time link for a unit without a chat, to be handed over on paper, by text message or by telephone."""

    number: int
    name: str
    phone: str
    token: str


def invite_by_chat(session: Session, round_id: int, *, staff: Staff | None, now: datetime) -> int:
    """Make an invitation for each issued unit that we can reach over chat; each is due at once, and made once."""
    survey = steps.round_for_change(session, round_id, states=("open",))
    invited = 0
    for unit in _unasked(session, survey):
        if unit.frame_unit.citizen_id is None:
            continue
        if repository.is_opted_out(session, unit.frame_unit.citizen_id):
            unit.disposition = "refusal"
            continue
        session.add(_invitation(survey, unit, state="waiting", now=now, due_at=awake(now)))
        invited += 1
    steps.write(session, survey, kind="invite", text=f"Mời {invited} người qua kênh chat.", staff=staff, now=now)
    return invited


def issue_links(session: Session, round_id: int, *, staff: Staff | None, now: datetime) -> list[IssuedLink]:
    """A fresh link for each issued unit that was not asked over chat and has not answered; older links end."""
    survey = steps.round_for_change(session, round_id, states=("open",))
    asked = repository.invitations_of_round(session, survey.id)
    issued = []
    for unit in round_repository.sample(session, survey.id, issued_only=True):
        found = asked.get(unit.id)
        if unit.disposition != "pending" or (found is not None and found.citizen_id is not None):
            continue
        if found is None:
            found = _invitation(survey, unit, state="invited", now=now, due_at=None)
            found.citizen_id, found.due_at = None, found.expires_at
            session.add(found)
        place = unit.frame_unit
        issued.append(IssuedLink(unit.number, place.name or "", place.phone or "", new_link(found)))
    steps.write(session, survey, kind="links", text=f"Cấp {len(issued)} liên kết dùng một lần.", staff=staff, now=now)
    return issued


def _unasked(session: Session, survey: SurveyRound) -> Sequence[SampleUnit]:
    asked = repository.invitations_of_round(session, survey.id)
    issued = round_repository.sample(session, survey.id, issued_only=True)
    return [unit for unit in issued if unit.disposition == "pending" and unit.id not in asked]


def _invitation(
    survey: SurveyRound, unit: SampleUnit, *, state: str, now: datetime, due_at: datetime | None
) -> SurveyInvitation:
    return SurveyInvitation(
        citizen_id=unit.frame_unit.citizen_id,
        office_id=unit.frame_unit.office_id,
        round_id=survey.id,
        sample_unit_id=unit.id,
        questionnaire=survey.questionnaire,
        state=state,
        answers={},
        invited_at=now,
        expires_at=end_of(survey),
        due_at=due_at,
    )


def end_of(survey: SurveyRound) -> datetime:
    """The end of the last day of the round, in Vietnam."""
    return datetime.combine(survey.closes_on + timedelta(days=1), time(), VIETNAM)


def awake(moment: datetime) -> datetime:
    """The moment, or the next morning when it lies in the night."""
    local = moment.astimezone(VIETNAM)
    if MORNING <= local.time() < EVENING:
        return moment
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return datetime.combine(day, MORNING, VIETNAM)


def next_message(session: Session, invitation: SurveyInvitation, *, link: Link, now: datetime) -> SurveyMessage | None:
    """What is due for an invitation now, with its next time; None when it only lapses.

    An unfinished form that lapses loses its answers; `ended` of the message, or the invitation's own id, says so.
    """
    survey = session.get(SurveyRound, invitation.round_id) if invitation.round_id else None
    if invitation.expires_at <= now or invitation.state == "running" or survey is None:
        filling.close(session, invitation, state="expired")
        return None
    if invitation.citizen_id is not None and repository.is_opted_out(session, invitation.citizen_id):
        filling.close(session, invitation, state="declined")
        return None
    if invitation.asked > REMINDERS:
        invitation.due_at = invitation.expires_at
        return None
    name = "round_invitation" if invitation.asked == 0 else "round_reminder"
    invitation.state, invitation.asked = "invited", invitation.asked + 1
    following = awake(now + PAUSE)
    more = invitation.asked <= REMINDERS and following < invitation.expires_at
    invitation.due_at = following if more else invitation.expires_at
    return SurveyMessage(_words(survey, invitation, name, link), opening_buttons(invitation), survey_id=invitation.id)


def _words(survey: SurveyRound, invitation: SurveyInvitation, name: str, link: Link) -> str:
    form = filling.form_of(invitation)
    text = say(
        name,
        title=survey.title,
        questions=len(form.questions),
        days=filling.OPEN_FOR.days,
        until=f"{survey.closes_on:%d/%m/%Y}",
    )
    return f"{text}\n{say('link', link=link(new_link(invitation)))}"
