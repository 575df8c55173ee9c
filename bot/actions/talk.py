"""Turns outside the form: greetings, questions, look-ups, messages out of scope, and whatever was not understood."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot.actions import kinds, reading, waiting_words
from bot.actions.alarms import alarm_reply, heard_reply
from bot.actions.answers import Answers
from bot.actions.first_words import FirstWords
from bot.actions.recent import Recent
from bot.actions.report import Report, from_slot
from bot.actions.turn import FORM, REPORT, STRAYS, Call, Outcome, Reply, further_matter, set_slot, then
from bot.dangers import Alarm
from bot.texts import Texts

_A_SENTENCE = 7  # words; so long a piece of small talk may be a matter that was not understood
_OPENING_BUTTONS = ("bao_viec", "hoi_thu_tuc", "xem_viec", "gap_can_bo")


@dataclass(frozen=True, slots=True)
class Say:
    """One approved text with its buttons, whatever was said."""

    texts: Texts
    name: str
    text: str
    buttons: tuple[str, ...] = ()

    def run(self, call: Call, session: Session) -> Outcome:
        reply = Reply(self.texts.say(self.text), tuple(self.texts.button(name) for name in self.buttons))
        return Outcome((reply,), (set_slot(STRAYS, 0),))


def plain_sayings(texts: Texts) -> tuple[Say, ...]:
    """The actions that always say the same."""
    return (
        Say(texts, "action_greet", "greeting", _OPENING_BUTTONS),
        Say(texts, "action_help", "help", _OPENING_BUTTONS),
        Say(texts, "action_thanks", "thanks"),
        Say(texts, "action_goodbye", "goodbye"),
        Say(texts, "action_file_received", "noted_file_alone"),
    )


@dataclass(frozen=True, slots=True)
class Listening:
    """What every free message outside the form goes through first: can it be read, is anyone in danger, is it clear?"""

    texts: Texts
    first_words: FirstWords
    recent: Recent

    def first(self, call: Call, session: Session) -> Outcome | None:
        """The outcome when the message must not simply be answered as its kind says."""
        if call.said.picked:
            return None
        if alarm := self.first_words.danger_now(call.said):
            return self._alarmed(call, alarm)
        if heard := heard_reply(self.texts, from_slot(call.slots.get(REPORT)), call.said):
            return Outcome((heard,))
        if said := self.recent.about(call, session):
            return Outcome(said)
        return self._other_than_it_seems(call)

    def _other_than_it_seems(self, call: Call) -> Outcome | None:
        whole = self.first_words.whole_answer(call.said)
        if whole is not None:
            return Outcome((Reply(whole),))
        call, two = self.parted(call)
        report = self.first_words.report_of(call.said)
        if report.kind == call.said.kind and not reading.named_kind(call.said.text):
            return None
        return Outcome(two, (set_slot(REPORT, report.as_slot()), then(FORM)))

    def _alarmed(self, call: Call, alarm: Alarm) -> Outcome:
        """Whom to call and nothing else; what was written is kept for when they want to go on."""
        kept = self.first_words.kept_for_later(call.said, alarm)
        said = alarm_reply(self.texts, alarm, kept)
        if kept.is_secret:
            return Outcome((said, Reply(custom={"secret": True})), (set_slot(REPORT, None),))
        return Outcome((said,), (set_slot(REPORT, replace(kept, outcome=None).as_slot()), set_slot(STRAYS, 0)))

    def parted(self, call: Call) -> tuple[Call, tuple[Reply, ...]]:
        """The call about the first of two matters, and what is said and ordered about the second."""
        two = self.first_words.parted(call.said)
        if two is None:
            return call, ()
        said = Reply(self.first_words.of_two(two, secret="to_cao" in kinds.candidates(two.first)))
        return replace(call, said=two.first), (said, *further_matter(two.further))

    def alarm(self, call: Call) -> tuple[Reply, ...]:
        return tuple(Reply(text, (self.texts.button("gap_can_bo"),)) for text in self.first_words.alarm(call.said))


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """hoi_dap and chon_thu_tuc: the catalogue answers, or the question is offered to a person."""

    listening: Listening
    answers: Answers
    name: str = "action_answer_question"

    def run(self, call: Call, session: Session) -> Outcome:
        again = self._of_the_one_before(call)
        first = None if again else self.listening.first(call, session)
        if first is not None:
            return first
        call, two = self.listening.parted(call)
        pending = from_slot(call.slots.get(REPORT)) if call.said.picked else again
        report = pending or self.listening.first_words.report_of(call.said)
        outcome = self.answers.answer(report.changed(kind="hoi_dap"), call, session)
        return Outcome((*self.listening.alarm(call), *two, *outcome.replies), (*outcome.events, set_slot(STRAYS, 0)))

    def _of_the_one_before(self, call: Call) -> Report | None:
        """ "Mất bao lâu" after an answer from the catalogue: the same procedure is told again, with its time."""
        pending = from_slot(call.slots.get(REPORT))
        asked_before = pending is not None and pending.kind == "hoi_dap" and pending.text
        text = call.said.text
        of_it = waiting_words.asks_how_long(text) or waiting_words.asks_more_of_it(text)
        return pending if asked_before and of_it else None


@dataclass(frozen=True, slots=True)
class LookUp:
    """tra_cuu: where a case or dossier stands."""

    listening: Listening
    answers: Answers
    name: str = "action_look_up"

    def run(self, call: Call, session: Session) -> Outcome:
        first = self.listening.first(call, session)
        if first is not None:
            return Outcome(first.replies, (*first.events, set_slot(STRAYS, 0)))
        call, two = self.listening.parted(call)
        outcome = self.answers.look_up(call, session)
        return Outcome((*two, *outcome.replies), (*outcome.events, set_slot(STRAYS, 0)))


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """giao_tiep without a recognised act: a short word, and what one can do here."""

    listening: Listening
    name: str = "action_small_talk"

    def run(self, call: Call, session: Session) -> Outcome:
        first = self.listening.first(call, session)
        if first is not None:
            return first
        alarm = self.listening.alarm(call)
        if alarm:
            return Outcome(alarm)
        texts = self.listening.texts
        if len(call.said.text.split()) < _A_SENTENCE or not reading.says_something(call.said.text):
            return Outcome((Reply(texts.say("small_talk")),))
        kept = self.listening.first_words.report_of(call.said).changed(kind="phan_anh", candidates=())
        reply = Reply(texts.say("small_talk_or_matter"), tuple(texts.button(name) for name in _OPENING_BUTTONS))
        return Outcome((reply,), (set_slot(REPORT, kept.as_slot()),))


@dataclass(frozen=True, slots=True)
class NothingPending:
    """Yes or no with no form open. "Không phải" after an answer from the catalogue: the question is offered on."""

    texts: Texts
    name: str = "action_nothing_pending"

    def run(self, call: Call, session: Session) -> Outcome:
        pending = from_slot(call.slots.get(REPORT))
        if heard := heard_reply(self.texts, pending, call.said):
            return Outcome((heard,))
        if call.said.act == "khong_dong_y" and pending is not None and pending.kind == "hoi_dap" and pending.text:
            return Outcome((), (then(FORM),))
        return Outcome((Reply(self.texts.say("nothing_to_confirm")),), (set_slot(STRAYS, 0),))


@dataclass(frozen=True, slots=True)
class NothingToMend:
    """A correction with no form open: of the contact of the case just sent, or of nothing that is known."""

    texts: Texts
    recent: Recent
    name: str = "action_nothing_to_mend"

    def run(self, call: Call, session: Session) -> Outcome:
        corrected = None if call.said.picked else self.recent.contact(call, session)
        return Outcome(corrected or (Reply(self.texts.say("nothing_to_mend")),), (set_slot(STRAYS, 0),))


@dataclass(frozen=True, slots=True)
class Stray:
    """ngoai_pham_vi and what was not understood: never a dead end; the second time in a row a person is offered."""

    listening: Listening
    name: str
    text: str

    def run(self, call: Call, session: Session) -> Outcome:
        first = self.listening.first(call, session)
        if first is not None:
            return first
        alarm = self.listening.alarm(call)
        if alarm:
            return Outcome(alarm)
        texts = self.listening.texts
        strays = int(call.slots.get(STRAYS) or 0) + 1
        counted = set_slot(STRAYS, strays)
        if strays >= 2:
            pending = Report(kind="hoi_dap", text=call.said.text)
            reply = Reply(texts.say("out_of_scope_again"), (texts.button("gap_can_bo"), texts.button("khong_can")))
            return Outcome((reply,), (counted, set_slot(REPORT, pending.as_slot())))
        return Outcome(
            (Reply(texts.say(self.text), tuple(texts.button(name) for name in _OPENING_BUTTONS)),), (counted,)
        )
