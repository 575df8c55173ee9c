"""How each question of the form is put: the words, the buttons and, before a case is opened, the reading back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.actions import kinds
from bot.actions.questions import CONFIRMATION, CONTACT, DETAILS, KIND, MENDING, PLACE, StandingOf
from bot.actions.report import ERASE, PERSON, Report
from bot.actions.standing import Standing
from bot.actions.turn import Reply
from bot.sealing import OPEN_CHANNELS
from bot.texts import Texts
from bot.wording import place_name, short, unit_name
from nlu import places

MAX_BUTTONS = 5
_NAMED = 12
_READ_BACK_TEXT = 220
_SUBJECT = 40


@dataclass(frozen=True, slots=True)
class Asking:
    """Puts a question in the approved words."""

    texts: Texts
    standing_of: StandingOf

    def ask(self, question: str, report: Report, *, channel: str) -> Reply:
        asks = {
            DETAILS: self._details,
            PLACE: self._place,
            CONTACT: self._contact,
            MENDING: self._mending,
        }
        if question == KIND:
            return self._kind(report, channel=channel)
        if question == CONFIRMATION:
            return self._confirmation(report, channel=channel)
        if question == PLACE and report.kind == "to_cao" and not report.told_secret:
            asked = self._place(report)
            return Reply("\n".join((*self._rights(report, channel=channel), asked.text)), asked.buttons)
        return asks[question](report)

    def _reply(self, text: str, *buttons: str) -> Reply:
        return Reply(text, tuple(self.texts.button(name) for name in buttons))

    def kind_buttons(self, kinds: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
        return tuple({"title": self.texts.kinds[kind], "payload": f"kind:{kind}"} for kind in kinds)

    def _kind(self, report: Report, *, channel: str) -> Reply:
        """Two kinds are put as one plain question with a button for each; a person is offered when it did not help."""
        offered = kinds.offered(report, tuple(self.texts.wishes))
        buttons = self.kind_buttons(offered)
        person = self.texts.button("gap_can_bo")
        warning = (self.texts.say("to_cao_app"),) if report.secret and channel in OPEN_CHANNELS else ()
        if report.tries:
            return Reply("\n".join((*warning, self.texts.say("ask_kind_again"))), (*buttons, person))
        if report.bare:
            return Reply(self.texts.say("ask_subject", text=short(report.text, _SUBJECT)), (*buttons, person))
        pair = len(offered) == 2
        secret = (self.texts.say("kept_secret_meanwhile"),) if report.secret else ()
        question = self._between(*offered) if pair else self.texts.say("ask_kind")
        return Reply("\n".join((*secret, *warning, question)), buttons if pair else (*buttons, person))

    def _between(self, first: str, second: str) -> str:
        return self.texts.say("ask_between", first=self.texts.wishes[first], second=self.texts.wishes[second])

    def _details(self, report: Report) -> Reply:
        if report.mending == DETAILS:
            return self._reply(self.texts.say("ask_details_mend"), "huy")
        if report.purpose == PERSON:
            return self._reply(self.texts.say("ask_details_person"), "bo_qua")
        if report.tries:
            return self._reply(self.texts.say("ask_details_again"), "gap_can_bo", "huy")
        return self._reply(self.texts.say("ask_details"))

    def _place(self, report: Report) -> Reply:
        skip = self.texts.button("khong_ro_noi")
        if report.choices:
            return self._choice(report, skip)
        if report.tries:
            return Reply(self.texts.say("ask_place_again"), (skip, self.texts.button("gap_can_bo")))
        if report.mending == PLACE:
            return Reply(self.texts.say("ask_place_mend"))
        if report.is_secret:
            return Reply(self.texts.say("to_cao_ask_place"), (skip,))
        if report.province_code:
            return Reply(self.texts.say("ask_place_known_province", province=unit_name(report.province_code)))
        return Reply(self.texts.say("ask_place"))

    def _choice(self, report: Report, skip: Mapping[str, str]) -> Reply:
        buttons = _choice_buttons(report)
        if not buttons and len({_province_of(code) for code in report.choices}) == 1:
            return Reply(self._within(report), (skip, self.texts.button("gap_can_bo")))
        text = self.texts.say(
            "ask_place_choice" if buttons else "ask_place_many", text=short(report.place_text or "", 60)
        )
        return Reply(text, (*buttons, skip) if len(buttons) < MAX_BUTTONS else buttons)

    def _within(self, report: Report) -> str:
        """Too many communes of one province for buttons: their names in the text."""
        names = [unit_name(code) for code in report.choices if unit_name(code)]
        shown = ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
        province = unit_name(_province_of(report.choices[0]))
        return self.texts.say(
            "ask_place_within", text=short(report.place_text or "", 60), province=province, names=shown
        )

    def _contact(self, report: Report) -> Reply:
        if report.mending == CONTACT and not report.tries:
            return self._reply(self.texts.say("ask_contact_mend"), "bo_qua")
        if report.phone and not report.name:
            return self._reply(self.texts.say("ask_contact_name"), "bo_qua")
        if report.name and not report.phone:
            return self._reply(self.texts.say("ask_contact_phone", name=report.name), "bo_qua")
        return self._reply(self.texts.say("ask_contact_again" if report.tries else "ask_contact"), "bo_qua")

    def _mending(self, report: Report) -> Reply:
        if report.doubt is not None:
            return self._reply(self.texts.say("ask_belongs"), "la_viec_khac", "them_vao_phan_kin")
        if report.tries:
            again = self.texts.say("ask_mending_again")
            return self._reply(again, "sua_noi_dung", "sua_dia_diem", "sua_lien_he", "gap_can_bo", "huy")
        return self._reply(self.texts.say("ask_mending"), "sua_noi_dung", "sua_dia_diem", "sua_lien_he", "huy")

    # --- confirmation: an offer, the reading back, or the careful words of a denunciation ---

    def _confirmation(self, report: Report, *, channel: str) -> Reply:
        if report.purpose == ERASE:
            return self._reply(self.texts.say("erase_explain", **self.texts.data_law), "gui_yeu_cau_xoa", "khong_can")
        if report.is_offered and not report.accepted:
            if report.kind == "khen_ngoi":
                return self._reply(self.texts.say("praise_offer"), "chuyen_loi_khen", "khong_can")
            return self._reply(self.texts.say("question_offer"), "gui_can_bo", "khong_can")
        where = self.standing_of(report)
        if where.path == "to_cao":
            return self._denunciation(report, where, channel=channel)
        if where.path == "khieu_nai":
            return self._complaint(report, where)
        return self._read_back(report, where)

    def _denunciation(self, report: Report, where: Standing, *, channel: str) -> Reply:
        """The citizen's rights once, then who takes it in; nothing of what was written comes back."""
        lines = [*self._rights(report, channel=channel), self.texts.say("to_cao_confirm", office=where.receiver)]
        return self._reply("\n".join(lines), "gui_to_cao", "chi_phan_anh", "huy")

    def _rights(self, report: Report, *, channel: str) -> tuple[str, ...]:
        if report.told_secret:
            return ()
        warning = (self.texts.say("to_cao_app"),) if channel in OPEN_CHANNELS else ()
        return (self.texts.say("to_cao_intro"), *warning)

    def _complaint(self, report: Report, where: Standing) -> Reply:
        text = self.texts.say(
            "read_back_khieu_nai",
            text=_matter(report),
            place=_where(report),
            head=addressee(where),
        )
        return self._reply(text, "soan_don", "sua_lai", "huy")

    def _read_back(self, report: Report, where: Standing) -> Reply:
        known = ", ".join(part for part in (report.name, report.phone) if part)
        contact = self.texts.texts["line_contact"].format(contact=known) if known else ""
        if where.needs_contact and not known:
            contact = self.texts.texts["line_contact_none"]
        letter = self.texts.texts["line_letter"] if where.route.mode == "letter" else ""
        values = {
            "text": _matter(report),
            "office": where.route.name + letter,
            "contact": contact,
            "urgent": self.texts.texts["line_urgent"] if report.urgent else "",
        }
        place = _where(report)
        name = "read_back" if place else "read_back_no_place"
        return self._reply(self.texts.say(name, place=place, **values), "dong_y", "sua_lai", "huy")


def addressee(where: Standing) -> str:
    """Who decides on a khiếu nại: the head of the body (Luật Khiếu nại Điều 7)."""
    head = where.route.head or "Người đứng đầu"
    return head if where.route.name in head else f"{head} ({where.route.name})"


def _matter(report: Report) -> str:
    return short(report.text.replace("\n", "; "), _READ_BACK_TEXT)


def _where(report: Report) -> str:
    unit = place_name(report.commune_code, report.province_code)
    told = short(report.place_text or "", 80)
    return unit or told


def _choice_buttons(report: Report) -> tuple[Mapping[str, str], ...]:
    """A button for each possible commune or, when too many, for each province; none when those are too many too."""
    provinces: dict[str, None] = {}
    communes = []
    for code in report.choices:
        name = unit_name(code)
        province = _province_of(code)
        if not name or not province:
            continue
        provinces[province] = None
        communes.append((code, name, province))
    if len(communes) <= MAX_BUTTONS:
        several = len(provinces) > 1
        return tuple(
            {"title": _title(f"{name}, {unit_name(province)}" if several else name), "payload": f"place:{code}"}
            for code, name, province in communes
        )
    if 1 < len(provinces) <= MAX_BUTTONS:
        return tuple({"title": _title(unit_name(code)), "payload": f"prov:{code}"} for code in provinces)
    return ()


def _province_of(commune_code: str) -> str | None:
    commune = places.commune(commune_code)
    return commune.province_code if commune else None


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]
