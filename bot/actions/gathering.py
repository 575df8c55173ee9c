"""How the form goes on: a message begins the report, commands something, picks something or answers what was asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.actions import apart, kinds, meta, placing, reading, short_answers, waiting_words
from bot.actions.answering import LONGEST_COMMAND, Answering
from bot.actions.change import Change
from bot.actions.first_words import FirstWords
from bot.actions.questions import CONFIRMATION, CONTACT, DETAILS, KIND, MENDING, PLACE, StandingOf, settle
from bot.actions.report import CASE, ERASE, PERSON, Report
from bot.dangers import Alarm
from bot.understanding import MENDS, Understanding

# Kinds whose first message opens the form afresh; other kinds come with a report that another action prepared.
FORM_KINDS = frozenset({"phan_anh", "kien_nghi", "khieu_nai", "to_cao", "khen_ngoi"})
_BEFORE_SENDING = frozenset({PLACE, CONFIRMATION, MENDING})
_BEFORE_CONTACT = frozenset({KIND, DETAILS, PLACE})
_COURTESIES = {"tro_giup": "help", "cam_on": "thanks_short", "chao": "greeting_short"}


@dataclass(frozen=True, slots=True)
class Step:
    """The report after a message, the question that comes next (None: done), and what is said before it.

    `aside`: the message was itself a question, to be answered before ours is asked again. `alarm`: somebody is in
    danger; only that is said, and our question waits. `further`: another matter of the message, to be begun when this
    one is done.
    """

    report: Report
    question: str | None
    remarks: tuple[str, ...] = ()
    aside: bool = False
    alarm: Alarm | None = None
    further: str | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """The form's rules; `standing_of` computes regime and route of a report."""

    first_words: FirstWords
    answering: Answering
    standing_of: StandingOf

    def begin(self, said: Understanding, pending: Report | None = None) -> Step:
        """The first turn of the form. `pending` is what was written before, if this message is a choice about it."""
        if alarm := self.first_words.danger_now(said):
            return Step(self.first_words.kept_for_later(said, alarm), None, alarm=alarm)
        return self._begun(said, replace(pending, alarmed=False) if pending is not None else None)

    def _begun(self, said: Understanding, pending: Report | None) -> Step:
        if said.act == "gap_can_bo" and len(said.text.split()) > LONGEST_COMMAND:
            return self._settled(self._handed_over(self.first_words.report_of(said)))
        command = self._command(pending or Report(kind="hoi_dap"), said)
        if command is not None:
            return self._settled(command)
        if said.intent == "gui_vi_tri":
            return self._settled(self._located(Report(kind="phan_anh"), said))
        if pending is not None and said.intent not in FORM_KINDS:
            return self.settled(pending)
        whole = None if said.picked else self.first_words.whole_answer(said)
        return self._first_of(said) if whole is None else self.settled(Report(outcome="nothing"), (whole,))

    def _first_of(self, said: Understanding) -> Step:
        """The report that the message begins; of two matters, the first."""
        alarm = self.first_words.alarm(said)
        two = self.first_words.parted(said)
        if two is None:
            return self.settled(self.first_words.report_of(said), alarm)
        report = self.first_words.report_of(two.first)
        step = self.settled(report, (*alarm, self.first_words.of_two(two, secret=report.is_secret)))
        return replace(step, further=two.further)

    def advance(self, report: Report, asked: str | None, said: Understanding) -> Step:
        """A later turn: the message answers `asked`, or does something else first."""
        if alarm := self.first_words.danger_now(said):
            return Step(replace(report, alarmed=True), asked, alarm=alarm)
        if report.alarmed:
            report = replace(report, alarmed=False)
            if asked == CONFIRMATION and short_answers.is_brief(said):
                return self.settled(report, (self._say("back_to_report"),))
        change = self._command(report, said) or self._courtesy(report, said) or self._pick(report, said)
        if change is None and asked in _BEFORE_CONTACT:
            change = self._contact_early(report, said)
        if change is None and said.act is None and not said.picked and (reason := reading.unreadable(said.text)):
            change = Change(report, (self._say(f"unreadable_{reason}"),))
        if change is None and not said.picked:
            change = self._about_the_talk(report, asked, said)
        if change is None and report.is_secret and asked in _BEFORE_SENDING:
            change = apart.perhaps_another(self.first_words, report, said)
        if change is None and said.act == "sua_lai":
            change = self.answering.corrected(report, said, asked)
        return self._settled(change or self.answering.answered(report, asked, said))

    def settled(self, report: Report, remarks: tuple[str, ...] = ()) -> Step:
        """The step that follows when the report has become this."""
        return self._settled(Change(report, remarks))

    def _settled(self, change: Change) -> Step:
        report, question = settle(change.report, self.standing_of)
        return Step(report, question, change.remarks, change.aside, further=change.further)

    def _say(self, name: str) -> str:
        return self.first_words.texts.say(name)

    # --- what may come at any time ---

    def _command(self, report: Report, said: Understanding) -> Change | None:
        """Cancel, a person, deletion of data, a kind chosen by button: each works at any point."""
        if said.intent == "chon_loai":
            return Change(kinds.with_kind(report, str(said.data.get("loai") or "")))
        if len(said.text.split()) > LONGEST_COMMAND:
            return None
        if said.act == "huy":
            return self.answering.declined(report)
        if said.act == "xoa_du_lieu":
            kept = report.text and not report.is_secret and report.purpose == CASE
            return Change(Report(purpose=ERASE, kind="hoi_dap", before=report.as_slot() if kept else None))
        return self._handed_over(report) if said.act == "gap_can_bo" else None

    def _handed_over(self, report: Report) -> Change:
        if report.is_secret:
            return Change(report.changed(kind="to_cao"), (self._say("to_cao_not_handed_over"),))
        handed = report.changed(purpose=PERSON, kind=report.kind or "hoi_dap", mending=None, outcome=None)
        return Change(handed, (self._say("handing_over"),))

    def _contact_early(self, report: Report, said: Understanding) -> Change | None:
        """Name and phone before they were asked for; of a denunciation none are kept."""
        told = None if said.picked or report.is_secret else reading.contact_alone(said.text, said.first("phone"))
        if told is None:
            return None
        return Change(report.changed(name=told[0] or report.name, phone=told[1]), (self._say("noted_contact_new"),))

    def _about_the_talk(self, report: Report, asked: str | None, said: Understanding) -> Change | None:
        """A question on this service, or abuse, in the middle: answered, then our question again."""
        known = meta.common_answer(said.text, self.first_words.texts)
        if known is not None and not (asked == CONTACT and short_answers.refuses(said.text)):
            return Change(report, (known.text,))
        if asked in (CONFIRMATION, MENDING) and short_answers.puts_off(said.text):
            return Change(report, (self._say("no_hurry"),))
        unsent = waiting_words.asks_if_sent(said.text) or waiting_words.asks_after_case(said.text)
        if asked == CONFIRMATION and short_answers.does_not_follow(said.text):
            return Change(report, () if report.is_secret or report.is_offered else (self._say("what_now"),))
        if asked == CONFIRMATION and unsent:
            return Change(report, (self._say("not_sent_yet"),))
        where_to = asked == CONFIRMATION and waiting_words.asks_where_to(said.text)
        if where_to or waiting_words.asks_how_long(said.text):
            return Change(report, aside=True)
        return Change(report, (self._say("insulted"),)) if self.first_words.only_abuse(said) else None

    def _courtesy(self, report: Report, said: Understanding) -> Change | None:
        text = _COURTESIES.get(said.act or "")
        if text is None:
            return None
        if not report.is_offered or report.accepted:
            return Change(report, (self._say(text), self._say("back_to_report")))
        enough = said.act == "cam_on" and report.kind == "hoi_dap"
        return Change(report.changed(outcome="nothing") if enough else report, (self._say(text),))

    def _pick(self, report: Report, said: Understanding) -> Change | None:
        """A button of ours, a location or a file."""
        if said.intent in MENDS:
            return Change(report.changed(mending=MENDS[said.intent]))
        if said.intent == "chon_noi":
            return Change(placing.with_unit(report, said.data) or report)
        if said.intent == "gui_vi_tri":
            return self._located(report, said)
        if said.intent == "gui_tep":
            return Change(report, (self._say("noted_file"),))
        return Change(report, aside=True) if said.intent == "chon_thu_tuc" else None

    def _located(self, report: Report, said: Understanding) -> Change:
        """A point on the map is kept; without a geocoder it does not tell the commune, which is still asked for."""
        located = replace(report, lat=_number(said.data.get("lat")), lon=_number(said.data.get("lon")))
        return Change(located, () if report.commune_code else (self._say("noted_location"),))


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
