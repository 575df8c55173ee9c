"""What the first message of a matter says: the report that it begins, and the alarm that it calls for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.actions import kinds, meta, placing, reading
from bot.actions.parting import Parted, parted
from bot.actions.report import Report
from bot.dangers import Alarm, Dangers, load_dangers
from bot.procedures import Clearness, load_clearness
from bot.texts import Texts
from bot.understanding import Understanding
from bot.wording import short
from feedback.signals import signals

_SHOWN = 90
_A_MATTER = 3  # words of substance, below which abuse is only abuse
_ABOUT_A_PAPER = ("hoi_dap", "phan_anh", "tra_cuu")
_DISPUTED = frozenset({"phan_anh", "kien_nghi", "khieu_nai", "to_cao"})
_OFFICE_WORDS = frozenset({"ubnd", "uy", "nhan", "dan", "tru", "so"})
_GOES_ON = frozenset({"phan_anh", "kien_nghi", "khieu_nai"})


@dataclass(frozen=True, slots=True)
class FirstWords:
    """Reads a message on its own, without what was said before. `home_province`: the only one that places can be in."""

    texts: Texts
    home_province: str | None
    dangers: Dangers = field(default_factory=load_dangers)
    clearness: Clearness = field(default_factory=load_clearness)

    def report_of(self, said: Understanding) -> Report:
        """A report that holds all that the message says; its kind stays open where it is unclear."""
        text = "" if said.picked else said.text
        bare = not said.picked and self.texts.subjects.names_only(text)
        named = self._named_kind(said, text)
        offered = _ABOUT_A_PAPER if bare else () if named else kinds.candidates(said)
        name, phone = reading.contact(text, said.first("phone")) if "tên" in text.lower() else (None, None)
        report = Report(
            kind=None if offered else named or said.kind,
            candidates=offered,
            bare=bare,
            secret="to_cao" in offered,
            field=said.field,
            topic=said.topic,
            problem=said.problem,
            urgent=said.urgent,
            text=text,
            procedure_code=self.procedure(said),
            dossier=said.first("dossier"),
            name=name if phone else None,
            phone=phone if name else None,
        )
        return placing.with_place(report, said, home_province=self.home_province, asked=False) or report

    def _named_kind(self, said: Understanding, text: str) -> str | None:
        """The kind that the words themselves tell, whatever the engine made of them."""
        if named := reading.named_kind(text):
            return named
        if self.names_only_a_place(said) or (self._is_a_dispute(text) and said.kind in _DISPUTED):
            return "phan_anh"
        return "hoi_dap" if said.kind != "to_cao" and self.texts.subjects.asks_for(text) else None

    def _is_a_dispute(self, text: str) -> bool:
        """Between citizens, with no official in it: shown its way, whatever they call it."""
        shown = signals(text)
        return "tranh_chap" in shown and not shown & {"can_bo", "nguoi_dung_dau", "co_quan_nha_nuoc", "toi_pham"}

    def procedure(self, said: Understanding) -> str | None:
        """The procedure at which this went wrong, where it is clear; a question is answered from the catalogue."""
        if said.kind not in _DISPUTED:
            return None
        return self.clearness.of_matter(said.procedures, topic=said.topic, problem=said.problem)

    def whole_answer(self, said: Understanding) -> str | None:
        """What answers a message whatever its kind: it cannot be read, is about this service, or is mere abuse."""
        name = reading.whole_answer(said.text)
        if name is not None:
            return self.texts.say(name)
        known = meta.common_answer(said.text, self.texts)
        if known is not None:
            return known.text
        if self.only_abuse(said):
            return self.texts.say("insulted")
        if said.act is None and (reading.contact_alone(said.text, said.first("phone")) or reading.is_name(said.text)):
            return self.texts.say("contact_alone")
        return None

    def parted(self, said: Understanding) -> Parted | None:
        """The message in two, where it holds two matters."""
        return parted(said)

    def of_two(self, two: Parted, *, secret: bool) -> str:
        """That two matters were seen, and which comes first; nothing of a denunciation is repeated."""
        if two.further is None:
            return self.texts.say("two_matters_apart")
        if secret:
            return self.texts.say("two_matters_secret")
        return self.texts.say("two_matters", first=short(two.first.text, _SHOWN))

    def names_only_a_place(self, said: Understanding) -> bool:
        """ "xã Tân Thành", "ubnd xã Tân Thành" and no more: nothing to classify, the matter is still to be told."""
        if said.picked or said.act is not None or not said.place or reading.named_kind(said.text):
            return False
        rest = reading.content_words(said.text, place_text=str(said.place.get("text") or ""))
        return set(rest) <= _OFFICE_WORDS

    def only_abuse(self, said: Understanding) -> bool:
        """Insults and nothing that could be passed on."""
        rest = meta.without_insults(said.text, self.texts)
        return rest is not None and len(reading.content_words(rest)) < _A_MATTER

    def danger_now(self, said: Understanding) -> Alarm | None:
        """Danger to life at this moment: whom to call is all that is said, whatever kind of message it is."""
        found = None if said.picked else self.dangers.find(said.text)
        return found if found is not None and found.now else None

    def alarm(self, said: Understanding) -> tuple[str, ...]:
        """Whom to call where danger is spoken of; said before the rest."""
        urgent = said.urgent and said.problem not in self.clearness.paper_problems
        found = self.dangers.find(said.text, urgent=urgent)
        return (found.text,) if found else ()

    def kept_for_later(self, said: Understanding, alarm: Alarm) -> Report:
        """What somebody in danger wrote, for when they want a person or to go on; nothing of a denunciation is kept."""
        report = self.report_of(said)
        if report.is_secret:
            return Report(secret=True, outcome="nothing")
        kind = report.kind if report.kind in _GOES_ON else "phan_anh"
        return replace(report, kind=kind, candidates=(), place_skipped=alarm.despair, alarmed=True, outcome="later")
