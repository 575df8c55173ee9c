"""The effect at the end of the form: the case, opened once for its message, and what the citizen is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.actions.asking import addressee
from bot.actions.report import ERASE, PERSON, Report
from bot.actions.standing import Standing, deadline
from bot.actions.turn import Call, Reply, session_end
from bot.core_texts import moment_words
from bot.models import InboxMessage
from bot.texts import Texts
from bot.wording import place_name
from feedback.cases import CaseDraft, open_case
from feedback.models import Case, Citizen

_SOURCE_LENGTH = 60
_BLANK = "……………………………"


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens what a settled report asks for."""

    texts: Texts

    def open(self, report: Report, where: Standing, call: Call, session: Session) -> tuple[Reply, ...]:
        key, citizen_id = call.origin.effect_key, call.origin.citizen_id
        message = session.get(InboxMessage, call.origin.inbox_id)
        received = message.received_at if message else call.now
        draft = self._draft(report, where, channel=call.origin.channel)
        case = open_case(session, draft, citizen_id=citizen_id, effect_key=key, received_at=received, now=call.now)
        _remember(session, report, citizen_id)
        return self._told(report, where, case)

    def _draft(self, report: Report, where: Standing, *, channel: str) -> CaseDraft:
        return CaseDraft(
            kind=self._kind(report, where),
            regime=where.regime,
            text=self._text(report, where),
            route=where.route,
            field=report.field,
            topic=report.topic,
            problem=report.problem,
            urgent=report.urgent,
            contact_name=report.name,
            contact_phone=report.phone,
            place_text=report.place_text,
            commune_code=report.commune_code,
            province_code=report.province_code,
            lat=report.lat,
            lon=report.lon,
            procedure_code=report.procedure_code,
            dossier=report.dossier,
            channel=channel,
        )

    def _kind(self, report: Report, where: Standing) -> str:
        if where.path in (PERSON, ERASE):
            return "hoi_dap"
        return "to_cao" if where.path == "to_cao" else report.kind or "phan_anh"

    def _text(self, report: Report, where: Standing) -> str:
        if where.path == ERASE:
            return self.texts.say("erase_case", **self.texts.data_law)
        if report.text:
            return report.text
        empty = {PERSON: "person_case", "to_cao": "to_cao_case"}
        return self.texts.say(empty.get(where.path, "praise_case" if report.kind == "khen_ngoi" else "person_case"))

    # --- what the citizen is told ---

    def _told(self, report: Report, where: Standing, case: Case) -> tuple[Reply, ...]:
        office = case.office.name
        match where.path:
            case "to_cao":
                return (Reply(self.texts.say("to_cao_opened", office=where.receiver)), session_end(purge=True))
            case "khieu_nai":
                return (*self._petition(report, where, case), session_end())
            case "erase":
                text = self.texts.say("opened_erase", office=office, code=case.code, **self.texts.data_law)
            case "person":
                text = self.texts.say("opened_person", office=office, code=case.code, due=self._due(case))
            case "offer" if report.kind == "khen_ngoi":
                text = self.texts.say("opened_praise", office=office, code=case.code)
            case "offer":
                text = self.texts.say("opened_question", office=office, code=case.code, due=self._due(case))
            case _:
                letter = where.route.mode == "letter"
                following = self.texts.say(_following(case, letter=letter))
                return (Reply(self._opened(case, letter=letter)), Reply(following), session_end())
        return (Reply(text), session_end())

    def _opened(self, case: Case, *, letter: bool) -> str:
        words = "sent_letter" if letter else "sent_online" if case.office.staffed else "sent_unstaffed"
        sent = self.texts.say(words, office=case.responsible or case.office.name)
        values = {"sent": sent, "code": case.code}
        if case.due_at is None:
            return self.texts.say("opened_no_deadline", **values)
        due = moment_words(case.due_at)
        if case.due_committed:
            return self.texts.say("opened_committed", due=due, **values)
        source = law_source(case.kind, case.regime, case.received_at)
        return self.texts.say("opened_law", due=due, source=source, **values)

    def _due(self, case: Case) -> str:
        if case.due_at is None:
            return ""
        words = moment_words(case.due_at)
        if case.due_committed:
            return self.texts.texts["due_committed"].format(due=words)
        return self.texts.texts["due_law"].format(
            due=words, source=law_source(case.kind, case.regime, case.received_at)
        )

    def _petition(self, report: Report, where: Standing, case: Case) -> tuple[Reply, ...]:
        petition = self.texts.say(
            "petition",
            head=addressee(where),
            name=report.name or _BLANK,
            phone=report.phone or _BLANK,
            place=place_name(report.commune_code, report.province_code) or report.place_text or _BLANK,
            text=report.text,
        )
        told = self.texts.say("opened_khieu_nai", code=case.code, office=case.office.name)
        return Reply(told), Reply("\n".join(line for line in petition.splitlines() if line.strip()))


def _following(case: Case, *, letter: bool) -> str:
    """Who will answer: nobody is said to be reading where nobody works yet."""
    if letter:
        return "opened_next_letter"
    return "opened_next" if case.office.staffed else "opened_next_unstaffed"


def how_long(texts: Texts, where: Standing, report: Report, *, now: datetime) -> str:
    """By when this matter would be answered if it were sent today, and who says so."""
    if where.path in ("khieu_nai", "to_cao"):
        return texts.say("how_long_petition")
    found = deadline(kind=report.kind or "phan_anh", regime=where.regime, received=now) if report.kind else None
    if found is None:
        return texts.say("how_long_unknown")
    due = moment_words(found.due)
    if found.rule.committed:
        return texts.say("how_long_committed", due=due)
    return texts.say("how_long_law", due=due, source=_brief(found.rule.source))


def where_to(texts: Texts, where: Standing) -> str:
    """Where this matter is taken: a petition by its signer, a denunciation to its receiver, anything else from here."""
    if where.path == "to_cao":
        return texts.say("where_to_secret", office=where.receiver)
    return texts.say("where_to_petition" if where.path == "khieu_nai" else "where_to_here", office=where.route.name)


def law_source(kind: str, regime: str, received: datetime) -> str:
    """The rule's source in a few words: what stands before its first colon or semicolon."""
    found = deadline(kind=kind, regime=regime, received=received)
    return _brief(found.rule.source) if found else ""


def _brief(source: str) -> str:
    brief = re.split(r"[:;(]", source, maxsplit=1)[0].strip()
    return brief if len(brief) <= _SOURCE_LENGTH else brief[:_SOURCE_LENGTH].rsplit(" ", 1)[0]


def _remember(session: Session, report: Report, citizen_id: int | None) -> None:
    """Name and phone, once given for an open case, need not be asked for again; none are kept of a denunciation."""
    citizen = session.get(Citizen, citizen_id) if citizen_id is not None else None
    if citizen is None or report.is_secret or not (report.name and report.phone):
        return
    citizen.name, citizen.phone = report.name, report.phone
