"""What a message changes in the report when it answers one of the form's questions, corrects or adds to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.actions import apart, kinds, placing, reading, short_answers
from bot.actions.change import Change
from bot.actions.first_words import FirstWords
from bot.actions.questions import CONFIRMATION, CONTACT, DETAILS, KIND, MENDING, PLACE
from bot.actions.report import CASE, ERASE, PERSON, Report, from_slot
from bot.understanding import Understanding
from bot.wording import place_name

LONGEST_COMMAND = 12  # words; a longer message tells something, whatever act it also is
_SURE_DENUNCIATION = 0.5
_SURE_QUESTION = 0.5
_SURE_TELLING = 0.6
_TELLING = frozenset({"phan_anh", "kien_nghi", "khieu_nai", "to_cao"})
_PATIENCE = 1
_TOLD = 3  # words of substance in an answer that holds no place: they belong to the matter
_WITHOUT_A_PLACE = 3  # tries, after which the matter goes on without one
_NO_ANSWER = frozenset({"bo_qua", "khong_dong_y"})
_PART_NAMES = (
    (PLACE, ("địa điểm", "dia diem", "địa chỉ", "dia chi", "phường", "phuong", "xã", "nơi", "chỗ")),
    (CONTACT, ("liên hệ", "lien he", "điện thoại", "dien thoai", "sđt", "sdt", "tên")),
    (DETAILS, ("nội dung", "noi dung", "sự việc", "su viec")),
)


@dataclass(frozen=True, slots=True)
class Answering:
    """One method for each question; each takes whatever people really write there."""

    first_words: FirstWords

    def answered(self, report: Report, asked: str | None, said: Understanding) -> Change:
        answers = {
            KIND: self._kind,
            DETAILS: self._details,
            PLACE: self._place,
            CONTACT: self._contact,
            MENDING: self._mending,
            CONFIRMATION: self._confirmation,
        }
        handle = answers.get(asked or "")
        return handle(report, said) if handle else Change(report)

    def _say(self, name: str, **values: object) -> str:
        return self.first_words.texts.say(name, **values)

    def _placed(self, report: Report, said: Understanding, *, asked: bool) -> Report | None:
        return placing.with_place(report, said, home_province=self.first_words.home_province, asked=asked)

    # --- the kind ---

    def _kind(self, report: Report, said: Understanding) -> Change:
        texts = self.first_words.texts
        picked = kinds.chosen(said.text, kinds.offered(report, tuple(texts.wishes)), texts.kind_words)
        if picked is not None:
            return Change(kinds.with_kind(report, picked))
        if report.bare and texts.subjects.asks_for(asked := f"{said.text} {report.text}"):
            return Change(kinds.with_kind(report.changed(text=asked, bare=False), "hoi_dap"))
        tells = reading.says_something(said.text) and not self.first_words.names_only_a_place(said)
        more = self._with_details(report, said) if tells else report
        named = reading.named_kind(said.text) is not None
        if (tells or named) and said.act is None and said.kind in kinds.ASKABLE and not kinds.candidates(said):
            taken = more.changed(kind=said.kind, candidates=(), secret=said.kind == "to_cao")
            return Change(taken, self.first_words.alarm(said))
        if more.text == report.text:
            more = self._placed(more, said, asked=True) or more
        if report.tries >= _PATIENCE:
            return self._guessed(more, said)
        return Change(replace(more, tries=report.tries + 1), self.first_words.alarm(said))

    def _guessed(self, report: Report, said: Understanding) -> Change:
        """Asked often enough: the likeliest kind is taken, the careful one if a denunciation is possible."""
        alarm = self.first_words.alarm(said)
        if report.secret:
            return Change(report.changed(kind="to_cao", candidates=()), alarm)
        unsure = not report.candidates or "phan_anh" in report.candidates
        guess = "phan_anh" if unsure else report.candidates[0]
        remark = self._say("noted_kind_guess", kind=self.first_words.texts.kinds[guess].lower())
        return Change(report.changed(kind=guess, candidates=()), (*alarm, remark))

    # --- what happened ---

    def _details(self, report: Report, said: Understanding) -> Change:
        if report.mending == DETAILS:
            return Change(report.changed(text=said.text, mending=None))
        if self.first_words.names_only_a_place(said):
            return Change(self._placed(report, said, asked=True) or report)
        if said.act is None and report.purpose == CASE and not report.text and not report.kind_picked:
            return Change(self._told_at_last(report, said), self.first_words.alarm(said))
        if report.purpose == PERSON and said.act in _NO_ANSWER:
            return Change(report.changed(details_skipped=True))
        if said.act in (*_NO_ANSWER, "dong_y"):
            return Change(replace(report, tries=report.tries + 1))
        more = self._with_details(report, said)
        if more.kind is not None and not reading.says_something(more.text, place_text=more.place_text):
            more = replace(more, tries=report.tries + 1)
        return Change(replace(more, details_skipped=True), self.first_words.alarm(said))

    def _told_at_last(self, report: Report, said: Understanding) -> Report:
        """The matter itself, after a form that a location, a place or "tôi muốn phản ánh" had begun."""
        found = self.first_words.report_of(said)
        if found.kind is None and not found.secret:
            found = replace(found, kind=report.kind, candidates=())
        if not (found.commune_code or found.choices or found.province_code):
            where = ("place_text", "commune_code", "province_code", "choices")
            found = replace(found, **{name: getattr(report, name) for name in where})
        return replace(found, lat=report.lat, lon=report.lon)

    def _with_details(self, report: Report, said: Understanding) -> Report:
        """The message added to the text; what the first words left open is filled in, the rest stays frozen."""
        vague = not reading.content_words(report.text, place_text=report.place_text)
        more = report.changed(text=said.text) if vague else report.with_more(said.text)
        more = replace(
            more,
            bare=report.bare and more.text == report.text,
            field=(None if vague else report.field) or said.field,
            topic=(None if vague else report.topic) or said.topic,
            problem=(None if vague else report.problem) or said.problem,
            urgent=report.urgent or said.urgent,
            procedure_code=report.procedure_code or self.first_words.procedure(said),
            dossier=report.dossier or said.first("dossier"),
        )
        if not report.commune_code:
            more = self._placed(more, said, asked=False) or more
        if self._now_a_denunciation(report, said):
            more = more.changed(kind=None, candidates=("to_cao", report.kind or "phan_anh"), secret=True)
        return more

    def _now_a_denunciation(self, report: Report, said: Understanding) -> bool:
        if report.kind_picked or report.is_secret or report.purpose != CASE:
            return False
        return said.kind == "to_cao" and said.chance("to_cao") >= _SURE_DENUNCIATION

    # --- where ---

    def _place(self, report: Report, said: Understanding) -> Change:
        if said.act == "bo_qua" or (said.act == "khong_dong_y" and not said.place):
            return Change(report.changed(place_skipped=True, mending=None, choices=()))
        placed = self._placed(report, said, asked=True)
        if placed is not None:
            long_answer = len(said.text.split()) > LONGEST_COMMAND
            return Change(self._with_details(placed, said) if long_answer else placed)
        if said.first("phone"):
            return self.corrected(report, said, PLACE)
        if short_answers.refuses(said.text) or short_answers.does_not_know(said.text):
            return Change(report.changed(place_skipped=True, mending=None, choices=()))
        if self._is_question(said):
            return Change(report, aside=True)
        tried = self._still_without_place(report, said)
        added = tried.text != report.text and not report.is_secret
        return Change(tried, (self._say("noted_details"),) if added else ())

    def _still_without_place(self, report: Report, said: Understanding) -> Report:
        tried = replace(report, tries=report.tries + 1)
        told = said.act is None and len(reading.content_words(said.text)) >= _TOLD
        if told or self._tells_more(said) or reading.names_a_street(said.text):
            tried = replace(self._with_details(tried, said), tries=tried.tries)
        most = 2 if report.purpose == PERSON else _WITHOUT_A_PLACE
        return tried.changed(place_skipped=True, mending=None) if tried.tries >= most else tried

    # --- name and phone ---

    def _contact(self, report: Report, said: Understanding) -> Change:
        if said.act in _NO_ANSWER:
            return Change(report.changed(contact_skipped=True, mending=None))
        only_name = bool(report.phone and not report.name)
        name, phone = reading.contact(said.text, said.first("phone"), asked=True, number_known=only_name)
        if not phone and (short_answers.refuses(said.text) or short_answers.agrees(said.text)):
            return Change(report.changed(contact_skipped=True, mending=None))
        if not phone and said.place and said.place.get("commune_code"):
            return self.corrected(report, said, CONTACT)
        named = reading.named_kind(said.text)
        other = named if named in _TELLING and named != report.kind else None
        if other and not phone:
            return Change(kinds.with_kind(report, other))
        if name or phone:
            known = report if report.mending is None else replace(report, name=None, phone=None)
            name, phone = name or known.name, phone or known.phone
            known = known.changed(name=name, phone=phone, mending=None, contact_skipped=False)
            return Change(kinds.with_kind(known, other) if other else known)
        return self._without_contact(report, said)

    def _without_contact(self, report: Report, said: Understanding) -> Change:
        if reading.asks_why(said.text):
            return Change(report, (self._say("why_contact"),))
        if self._tells_more(said):
            return self.corrected(report, said, CONTACT)
        if self._is_question(said):
            return Change(report, aside=True)
        if report.tries >= _PATIENCE:
            return Change(report.changed(contact_skipped=True, mending=None))
        return Change(replace(report, tries=report.tries + 1))

    # --- what to mend, and yes or no ---

    def _mending(self, report: Report, said: Understanding) -> Change:
        if report.doubt is not None:
            return apart.belonging(self.first_words, report, said)
        if said.act == "dong_y":
            return Change(report.changed(mending=None, confirmed=True))
        named = _part_named(said.text)
        if named is not None and len(said.text.split()) <= 4:
            return Change(report.changed(mending=named))
        if said.act in _NO_ANSWER:
            return Change(replace(report, tries=report.tries + 1))
        return self.corrected(report, said, MENDING)

    def _confirmation(self, report: Report, said: Understanding) -> Change:
        if report.is_offered and not report.accepted:
            return self._offer(report, said)
        if taken_back := self._taken_back(report, said):
            return taken_back
        names_it = report.kind == "to_cao" and reading.named_kind(said.text) == "to_cao"
        if said.act == "dong_y" or short_answers.agrees(said.text) or names_it:
            return Change(replace(report, confirmed=True))
        if said.act == "khong_dong_y" and (said.place or said.first("phone")):
            return self.corrected(report, said, CONFIRMATION)
        if said.act in _NO_ANSWER:
            return Change(report.changed(mending=MENDING))
        return Change(report, aside=True) if self._is_question(said) else self.corrected(report, said, CONFIRMATION)

    def _taken_back(self, report: Report, said: Understanding) -> Change | None:
        """What was read back is given up, or is of another kind."""
        if short_answers.gives_up(said.text):
            return self.declined(report)
        if report.is_secret and reading.denies_denunciation(said.text):
            return Change(kinds.with_kind(report, "phan_anh"))
        named = reading.named_kind(said.text)
        if named is None or named == report.kind:
            return None
        return Change(report.changed(kind=named, kind_picked=True, secret=named == "to_cao"))

    def _offer(self, report: Report, said: Understanding) -> Change:
        """ "Shall this be sent on?": anything but yes or no is a new matter."""
        if said.act == "dong_y" or short_answers.agrees(said.text):
            return Change(replace(report, accepted=True))
        if said.act in _NO_ANSWER or short_answers.refuses(said.text):
            return self.declined(report)
        if said.act is not None or not reading.says_something(said.text):
            return Change(report)
        return Change(self.first_words.report_of(said), self.first_words.alarm(said))

    def declined(self, report: Report) -> Change:
        """A no to an offer; one that came in the middle of a matter leads back to it."""
        if report.purpose != ERASE:
            return Change(report.changed(outcome="cancelled"))
        earlier = from_slot(report.before)
        told = self._say("erase_declined")
        if earlier is None:
            return Change(report.changed(outcome="nothing"), (told,))
        return Change(earlier, (told, self._say("back_to_report")))

    # --- corrections, at any question ---

    def corrected(self, report: Report, said: Understanding, asked: str | None) -> Change:
        """A correction or a detail, whichever the words are: a place, name and phone, or more of the matter."""
        if said.picked:
            return Change(report.changed(mending=MENDING))
        if len(said.text.split()) <= LONGEST_COMMAND:
            mended = self._mended_place(report, said, asked) or self._mended_contact(report, said)
            if mended is not None:
                return mended
        if not reading.says_something(said.text):
            return Change(report.changed(mending=_part_named(said.text) or MENDING))
        if short_answers.finds_fault(said.text) and (part := _part_named(said.text)):
            return Change(report.changed(mending=part))
        more = self._with_details(report, replace(said, text=short_answers.after_the_yes(said.text)))
        remark = "noted_details" if more.text != report.text else "noted_too_long"
        if more.is_secret:
            remark = "noted_secret"
        return Change(replace(more, mending=None), (*self.first_words.alarm(said), self._say(remark)))

    def _mended_place(self, report: Report, said: Understanding, asked: str | None) -> Change | None:
        placed = self._placed(report, said, asked=asked == PLACE)
        if placed is None or (report.is_secret and self._tells_more(said)):
            return None
        if not placed.commune_code:
            return Change(replace(placed, mending=PLACE))
        where = place_name(placed.commune_code, placed.province_code)
        return Change(replace(placed, mending=None), (self._say("noted_place", place=where),))

    def _mended_contact(self, report: Report, said: Understanding) -> Change | None:
        name, phone = reading.contact(said.text, said.first("phone"))
        if not phone or (not name and reading.tells_beside_number(said.text)):
            return None
        mended = report.changed(name=name or report.name, phone=phone, mending=None, contact_skipped=False)
        return Change(mended, (self._say("noted_contact"),))

    def _tells_more(self, said: Understanding) -> bool:
        """Words that go on about the matter instead of answering; none of them may be lost."""
        if len(said.text.split()) > LONGEST_COMMAND:
            return True
        tells = said.act is None and said.kind in _TELLING and said.chance(str(said.kind)) >= _SURE_TELLING
        return tells and reading.says_something(said.text)

    def _is_question(self, said: Understanding) -> bool:
        asks = said.kind in ("hoi_dap", "tra_cuu") and said.chance(str(said.kind)) >= _SURE_QUESTION
        return asks and said.act is None and reading.says_something(said.text) and reading.asks(said.text)


def _part_named(text: str) -> str | None:
    """Which part of the report a short answer names."""
    words = text.lower()
    return next((part for part, names in _PART_NAMES if any(name in words for name in names)), None)
