"""The report form: validate_report_form takes a message in and asks on; action_finish_report carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot.actions import waiting_words
from bot.actions.alarms import alarm_reply, heard_reply
from bot.actions.answers import Answers
from bot.actions.asking import Asking
from bot.actions.gathering import Gathering, Step
from bot.actions.opening import Opening, how_long, where_to
from bot.actions.questions import CONFIRMATION, PLACE
from bot.actions.recent import Recent
from bot.actions.report import CASE, Report, from_slot
from bot.actions.secret_way import SecretWay
from bot.actions.standing import Standing
from bot.actions.turn import REPORT, REQUESTED, STRAYS, Call, Outcome, Reply, further_matter, session_end, set_slot
from bot.sealing import OPEN_CHANNELS
from bot.texts import Texts
from feedback import referrals
from feedback.models import Citizen


@dataclass(frozen=True, slots=True)
class ValidateReport:
    """Decides the next question by itself (`requested_slot`), so that the engine's own slot filling never does."""

    gathering: Gathering
    asking: Asking
    answers: Answers
    recent: Recent
    name: str = "validate_report_form"

    def run(self, call: Call, session: Session) -> Outcome:
        report = from_slot(call.slots.get(REPORT))
        asked = call.slots.get(REQUESTED)
        if not asked and (earlier := self._about_what_was_said(report, call, session)):
            return earlier
        if asked and report is not None:
            step = self.gathering.advance(report, asked, call.said)
        else:
            step = self.gathering.begin(call.said, report)
        step = self._with_known_contact(step, call, session)
        if step.alarm is None and self._is_denounced_in_the_open(step.report, call):
            step = self._stopped(step.report, call)
        replies = (*self._replies(step, call, session), *_secrecy(report, step), *further_matter(step.further))
        if step.report.kind == "to_cao" and step.question in (PLACE, CONFIRMATION):
            step = replace(step, report=replace(step.report, told_secret=True))
        return Outcome(replies, _events(step))

    def _about_what_was_said(self, pending: Report | None, call: Call, session: Session) -> Outcome | None:
        """A first message that is about an alarm or the case just sent; whoever is in danger is not asked about it."""
        if self.gathering.first_words.danger_now(call.said):
            return None
        if pending is not None and (heard := heard_reply(self.asking.texts, pending, call.said)):
            return Outcome((heard,), _events(Step(replace(pending, outcome="later"), None)))
        said = self.recent.about(call, session)
        return Outcome(said, _events(Step(Report(outcome="nothing"), None))) if said else None

    def _is_denounced_in_the_open(self, report: Report, call: Call) -> bool:
        return call.origin.channel in OPEN_CHANNELS and report.kind == "to_cao" and report.purpose == CASE

    def _stopped(self, report: Report, call: Call) -> Step:
        """Nothing more of a denunciation is taken in here; the session is purged, a form takes over."""
        alarm = self.gathering.first_words.alarm(call.said)
        return Step(replace(report, place_skipped=True, outcome="secret_form"), None, alarm)

    def _with_known_contact(self, step: Step, call: Call, session: Session) -> Step:
        """Who gave name and phone for an earlier case is not asked again; the reading back shows them."""
        report = step.report
        if step.question != "contact" or step.alarm is not None or report.mending or report.name or report.phone:
            return step
        citizen = session.get(Citizen, call.origin.citizen_id) if call.origin.citizen_id is not None else None
        if citizen is None or not (citizen.name and citizen.phone):
            return step
        return self.gathering.settled(replace(report, name=citizen.name, phone=citizen.phone), step.remarks)

    def _replies(self, step: Step, call: Call, session: Session) -> tuple[Reply, ...]:
        if step.alarm is not None:
            return (alarm_reply(self.asking.texts, step.alarm, None if step.question else step.report),)
        before = tuple(Reply(text) for text in step.remarks)
        if step.aside:
            before = (*before, *self._aside(step.report, call, session))
        if call.said.intent == "chon_loai" and call.origin.channel in OPEN_CHANNELS:
            before = (*before, Reply(custom={"awaiting": {}}))  # a kind was chosen: the chat is open again
        if step.question is None:
            return before
        return (*before, self.asking.ask(step.question, step.report, channel=call.origin.channel))

    def _aside(self, report: Report, call: Call, session: Session) -> tuple[Reply, ...]:
        """The answer to a question of the citizen's own: how long this will take, where to go, or anything else."""
        if waiting_words.asks_how_long(call.said.text):
            return (Reply(how_long(self.asking.texts, self.asking.standing_of(report), report, now=call.now)),)
        if call.slots.get(REQUESTED) == CONFIRMATION and waiting_words.asks_where_to(call.said.text):
            return (Reply(where_to(self.asking.texts, self.asking.standing_of(report))),)
        return self.answers.aside(call, session)


def _secrecy(before: Report | None, step: Step) -> tuple[Reply, ...]:
    """Tells the worker that what was said is a denunciation not sent yet, or that it turned out to be none."""
    after = step.report
    if after.is_secret and (step.question is not None or step.alarm is not None):
        return (Reply(custom={"secret": True}),)
    cleared = before is not None and before.is_secret and not after.is_secret and before.text in after.text
    return (Reply(custom={"secret": False}),) if cleared and after.purpose == CASE else ()


def _events(step: Step) -> tuple[dict[str, object], ...]:
    return (
        set_slot(REPORT, step.report.as_slot()),
        set_slot(STRAYS, 0),
        set_slot(REQUESTED, step.question),
    )


@dataclass(frozen=True, slots=True)
class FinishReport:
    """What the form settled: a case opened, a cancellation, an answer, a referral."""

    texts: Texts
    standing_of: Callable[[Report], Standing]
    opening: Opening
    answers: Answers
    sealing: SecretWay
    name: str = "action_finish_report"

    def run(self, call: Call, session: Session) -> Outcome:
        report = from_slot(call.slots.get(REPORT))
        if report is None:
            return Outcome((Reply(self.texts.say("nothing_to_confirm")),))
        match report.outcome:
            case "open":
                replies = self.opening.open(report, self.standing_of(report), call, session)
            case "cancelled":
                replies = self._cancelled(report)
            case "nothing":
                replies = ()
            case "later":  # kept for when the citizen asks for a person
                kept = replace(report, outcome=None)
                return Outcome((), (set_slot(REPORT, kept.as_slot()),))
            case "referral":
                replies = self._referral(report, session)
            case "secret_form":
                replies = self.sealing.show(self.standing_of(report), call, session)
            case "look_up":
                return self.answers.look_up(call, session)
            case "answer":
                return self.answers.answer(report, call, session)
            case _:
                text = "tell_your_question" if report.kind == "hoi_dap" else "tell_your_matter"
                replies = (Reply(self.texts.say(text)),)
        return Outcome(replies, (set_slot(REPORT, None),))

    def _cancelled(self, report: Report) -> tuple[Reply, ...]:
        if report.is_secret:
            return (Reply(self.texts.say("cancelled_secret")), session_end(purge=True))
        unasked = report.is_offered and not report.accepted
        return (Reply(self.texts.say("offer_declined" if unasked else "cancelled")), session_end())

    def _referral(self, report: Report, session: Session) -> tuple[Reply, ...]:
        where = self.standing_of(report)
        route = where.route
        if where.path == "not_served":
            text = self.texts.say("not_served", office=route.name)
        else:
            text = self.texts.say(
                "referral",
                office=route.name,
                why=route.why[0] + "." if route.why else "",
                guidance=referrals.guidance(session, route.agency, route.unit).details(),
            )
        return (Reply(text, (self.texts.button("gap_can_bo"),)), session_end())


@dataclass(frozen=True, slots=True)
class CancelOutside:
    """ "Hủy" with nothing being written down."""

    texts: Texts
    recent: Recent
    name: str = "action_cancel"

    def run(self, call: Call, session: Session) -> Outcome:
        if asked := self.recent.withdrawal(call, session):
            return Outcome(asked, (set_slot(REPORT, None),))
        return Outcome((Reply(self.texts.say("nothing_to_cancel")), session_end()), (set_slot(REPORT, None),))
