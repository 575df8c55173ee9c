"""How one message changes the report: begins it, answers what was asked, corrects or adds to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.actions import kinds, placing, reading
from bot.actions.questions import CONFIRMATION, CONTACT, DETAILS, KIND, MENDING, PLACE, StandingOf, settle
from bot.actions.report import CASE, ERASE, PERSON, Report
from bot.texts import Texts
from bot.understanding import MENDS, Understanding
from bot.wording import place_name

# Kinds whose first message opens the form afresh; other kinds come with a report that another action prepared.
FORM_KINDS = frozenset({"phan_anh", "kien_nghi", "khieu_nai", "to_cao", "khen_ngoi"})
_SURE_DENUNCIATION = 0.5
_SURE_QUESTION = 0.5
_LONGEST_COMMAND = 12


@dataclass(frozen=True, slots=True)
class Step:
    """The report after a message, the question that comes next (None: done), and what is said before it.

    `aside`: the message was itself a question, to be answered before ours is asked again.
    """

    report: Report
    question: str | None
    remarks: tuple[str, ...] = ()
    aside: bool = False


@dataclass(frozen=True, slots=True)
class _Change:
    report: Report
    remarks: tuple[str, ...] = ()
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Gathering:
    """The form's rules; `standing_of` computes regime and route of a report."""

    texts: Texts
    standing_of: StandingOf
    home_province: str

    def begin(self, said: Understanding, pending: Report | None = None) -> Step:
        """The first turn of the form. `pending` is what was written before, if this message is a choice about it."""
        if said.act == "gap_can_bo" and len(said.text.split()) > _LONGEST_COMMAND:
            return self._settled(self._handed_over(self.report_of(said)))
        command = self._command(pending or Report(kind="hoi_dap"), said)
        if command is not None:
            return self._settled(command)
        if said.intent == "gui_vi_tri":
            return self._settled(self._pick(Report(kind="phan_anh"), said) or _Change(Report(kind="phan_anh")))
        if pending is not None and said.intent not in FORM_KINDS:
            return self._settled(_Change(pending))
        return self._settled(_Change(self.report_of(said), self._alarm(said)))

    def advance(self, report: Report, asked: str | None, said: Understanding) -> Step:
        """A later turn: the message answers `asked`, or does something else first."""
        change = self._command(report, said) or self._courtesy(report, said) or self._pick(report, said)
        if change is None and (reason := reading.unreadable(said.text)):
            change = _Change(report, (self.texts.say(f"unreadable_{reason}"),))
        if change is None and said.act == "sua_lai":
            change = self._corrected(report, said, asked)
        return self._settled(change or self._answered(report, asked, said))

    def report_of(self, said: Understanding) -> Report:
        """A report that holds all that the first message says."""
        offered = kinds.candidates(said)
        text = "" if said.picked else said.text
        name, phone = reading.contact(text, said.first("phone")) if "tên" in text.lower() else (None, None)
        report = Report(
            kind=None if offered else said.kind,
            candidates=offered,
            secret="to_cao" in offered,
            field=said.field,
            topic=said.topic,
            problem=said.problem,
            urgent=said.urgent,
            text=text,
            dossier=said.first("dossier"),
            name=name if phone else None,
            phone=phone if name else None,
        )
        return placing.with_place(report, said, home_province=self.home_province, asked=False) or report

    def settled(self, report: Report, remarks: tuple[str, ...] = ()) -> Step:
        """The step that follows when the report has become this."""
        return self._settled(_Change(report, remarks))

    def _settled(self, change: _Change) -> Step:
        report, question = settle(change.report, self.standing_of)
        return Step(report, question, change.remarks, change.aside)

    def _alarm(self, said: Understanding) -> tuple[str, ...]:
        found = reading.danger(said.text, self.texts, urgent=said.urgent)
        return (found.text,) if found else ()

    # --- what may come at any time ---

    def _command(self, report: Report, said: Understanding) -> _Change | None:
        """Cancel, a person, deletion of data, a kind chosen by button: each works at any point."""
        if said.intent == "chon_loai":
            return _Change(self._with_kind(report, str(said.data.get("loai") or "")))
        if len(said.text.split()) > _LONGEST_COMMAND:
            return None
        if said.act == "huy":
            return _Change(report.changed(outcome="cancelled"))
        if said.act == "xoa_du_lieu":
            return _Change(Report(purpose=ERASE, kind="hoi_dap"))
        if said.act == "gap_can_bo":
            return self._handed_over(report)
        return None

    def _handed_over(self, report: Report) -> _Change:
        if report.is_secret:
            return _Change(report.changed(kind="to_cao"), (self.texts.say("to_cao_details_declined"),))
        return _Change(report.changed(purpose=PERSON, kind=report.kind or "hoi_dap", mending=None, outcome=None))

    def _with_kind(self, report: Report, kind: str) -> Report:
        if kind not in kinds.ASKABLE:
            return report
        outcome = "start" if kind in ("hoi_dap", "tra_cuu") and not report.text else None
        return report.changed(
            purpose=CASE,
            kind=kind,
            kind_picked=True,
            candidates=(),
            secret=kind == "to_cao",
            outcome=outcome,
            accepted=False,
        )

    def _courtesy(self, report: Report, said: Understanding) -> _Change | None:
        texts = {"tro_giup": "help", "cam_on": "thanks", "chao": "greeting_short"}
        if said.act in texts:
            return _Change(report, (self.texts.say(texts[said.act]), self.texts.say("back_to_report")))
        return None

    def _pick(self, report: Report, said: Understanding) -> _Change | None:
        """A button of ours, a location or a file."""
        if said.intent in MENDS:
            return _Change(report.changed(mending=MENDS[said.intent]))
        if said.intent == "chon_noi":
            return _Change(placing.with_unit(report, said.data) or report)
        if said.intent == "gui_vi_tri":
            located = replace(report, lat=_number(said.data.get("lat")), lon=_number(said.data.get("lon")))
            return _Change(located, () if report.commune_code else (self.texts.say("noted_location"),))
        if said.intent == "gui_tep":
            return _Change(report, (self.texts.say("noted_file"),))
        return _Change(report, aside=True) if said.intent == "chon_thu_tuc" else None

    # --- answers to what was asked ---

    def _answered(self, report: Report, asked: str | None, said: Understanding) -> _Change:
        answers = {
            KIND: self._kind,
            DETAILS: self._details,
            PLACE: self._place,
            CONTACT: self._contact,
            MENDING: self._mending,
            CONFIRMATION: self._confirmation,
        }
        handle = answers.get(asked or "")
        return handle(report, said) if handle else _Change(report)

    def _kind(self, report: Report, said: Understanding) -> _Change:
        more = report.with_more(said.text) if reading.says_something(said.text) else report
        clear = said.kind in kinds.ASKABLE and not kinds.candidates(said)
        if clear and said.act is None:
            return _Change(more.changed(kind=said.kind, candidates=(), secret=said.kind == "to_cao"), self._alarm(said))
        return _Change(replace(more, tries=report.tries + 1), self._alarm(said))

    def _details(self, report: Report, said: Understanding) -> _Change:
        if report.mending == DETAILS:
            return _Change(report.changed(text=said.text, mending=None))
        if said.act is None and report.purpose == CASE and not report.text and not report.kind_picked:
            found = self.report_of(said)
            return _Change(replace(found, lat=report.lat, lon=report.lon), self._alarm(said))
        if report.purpose == PERSON and said.act in ("bo_qua", "khong_dong_y"):
            return _Change(report.changed(details_skipped=True))
        if said.act in ("bo_qua", "khong_dong_y", "dong_y"):
            return _Change(replace(report, tries=report.tries + 1))
        more = self._with_details(report, said)
        if more.kind is not None and not reading.says_something(more.text, place_text=more.place_text):
            more = replace(more, tries=report.tries + 1)
        return _Change(replace(more, details_skipped=True), self._alarm(said))

    def _with_details(self, report: Report, said: Understanding) -> Report:
        """The message added to the text; what the first words left open is filled in, the rest stays frozen."""
        vague = not reading.says_something(report.text)
        more = replace(
            report.with_more(said.text),
            field=(None if vague else report.field) or said.field,
            topic=(None if vague else report.topic) or said.topic,
            problem=(None if vague else report.problem) or said.problem,
            urgent=report.urgent or said.urgent,
            dossier=report.dossier or said.first("dossier"),
        )
        if not report.commune_code:
            more = placing.with_place(more, said, home_province=self.home_province, asked=False) or more
        if self._now_a_denunciation(report, said):
            kept = report.kind or "phan_anh"
            more = more.changed(kind=None, candidates=("to_cao", kept), secret=True)
        return more

    def _now_a_denunciation(self, report: Report, said: Understanding) -> bool:
        if report.kind_picked or report.is_secret or report.purpose != CASE:
            return False
        return said.kind == "to_cao" and said.chance("to_cao") >= _SURE_DENUNCIATION

    def _place(self, report: Report, said: Understanding) -> _Change:
        if said.act == "bo_qua" or (said.act == "khong_dong_y" and not said.place):
            return _Change(report.changed(place_skipped=True, mending=None, choices=()))
        placed = placing.with_place(report, said, home_province=self.home_province, asked=True)
        if placed is not None:
            long_answer = len(said.text.split()) > _LONGEST_COMMAND
            return _Change(self._with_details(placed, said) if long_answer else placed)
        if self._is_question(said):
            return _Change(report, aside=True)
        tried = replace(report, tries=report.tries + 1)
        if len(said.text.split()) > _LONGEST_COMMAND:
            return _Change(replace(self._with_details(tried, said), tries=tried.tries))
        if tried.tries >= 2 and report.purpose == PERSON:
            return _Change(tried.changed(place_skipped=True))
        return _Change(tried)

    def _contact(self, report: Report, said: Understanding) -> _Change:
        if said.act in ("bo_qua", "khong_dong_y"):
            return _Change(report.changed(contact_skipped=True, mending=None))
        name, phone = reading.contact(said.text, said.first("phone"))
        if name or phone:
            known = report if report.mending is None else replace(report, name=None, phone=None)
            return _Change(
                known.changed(
                    name=name or report.name, phone=phone or report.phone, mending=None, contact_skipped=False
                )
            )
        if self._is_question(said):
            return _Change(report, aside=True)
        return _Change(replace(report, tries=report.tries + 1))

    def _mending(self, report: Report, said: Understanding) -> _Change:
        if said.act == "dong_y":
            return _Change(report.changed(mending=None, confirmed=True))
        named = _part_named(said.text)
        if named is not None and len(said.text.split()) <= 4:
            return _Change(report.changed(mending=named))
        return self._corrected(report, said, MENDING)

    def _confirmation(self, report: Report, said: Understanding) -> _Change:
        offering = report.is_offered and not report.accepted
        if said.act == "dong_y":
            return _Change(replace(report, accepted=True) if offering else replace(report, confirmed=True))
        if said.act in ("khong_dong_y", "bo_qua"):
            return _Change(report.changed(outcome="cancelled") if offering else report.changed(mending=MENDING))
        if offering:
            return _Change(self.report_of(said), self._alarm(said)) if said.act is None else _Change(report)
        if self._is_question(said):
            return _Change(report, aside=True)
        return self._corrected(report, said, CONFIRMATION)

    def _corrected(self, report: Report, said: Understanding, asked: str | None) -> _Change:
        """A correction or a detail, whichever the words are: a place, name and phone, or more of the matter."""
        if said.picked:
            return _Change(report.changed(mending=MENDING))
        short = len(said.text.split()) <= _LONGEST_COMMAND
        placed = (
            placing.with_place(report, said, home_province=self.home_province, asked=asked == PLACE) if short else None
        )
        if placed is not None and placed.commune_code:
            where = place_name(placed.commune_code, placed.province_code)
            return _Change(replace(placed, mending=None), (self.texts.say("noted_place", place=where),))
        if placed is not None:
            return _Change(replace(placed, mending=PLACE))
        name, phone = reading.contact(said.text, said.first("phone")) if short else (None, None)
        if phone:
            return _Change(
                report.changed(name=name or report.name, phone=phone, mending=None, contact_skipped=False),
                (self.texts.say("noted_contact"),),
            )
        if not reading.says_something(said.text):
            return _Change(report.changed(mending=_part_named(said.text) or MENDING))
        more = self._with_details(report, said)
        remark = "noted_details" if more.text != report.text else "noted_too_long"
        remarks = () if more.is_secret else (self.texts.say(remark),)
        return _Change(replace(more, mending=None), (*self._alarm(said), *remarks))

    def _is_question(self, said: Understanding) -> bool:
        asks = said.kind in ("hoi_dap", "tra_cuu") and said.chance(str(said.kind)) >= _SURE_QUESTION
        return asks and said.act is None and reading.says_something(said.text)


def _part_named(text: str) -> str | None:
    """Which part of the report a short answer names."""
    words = text.lower()
    for part, names in (
        (PLACE, ("địa điểm", "dia diem", "phường", "phuong", "xã", "nơi", "chỗ")),
        (CONTACT, ("liên hệ", "lien he", "điện thoại", "dien thoai", "sđt", "sdt", "tên")),
        (DETAILS, ("nội dung", "noi dung", "sự việc", "su viec")),
    ):
        if any(name in words for name in names):
            return part
    return None


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
