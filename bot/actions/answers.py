"""Answers that need no case: procedures from the catalogue, where a citizen's own cases stand. Nothing is invented."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy.orm import Session

from bot.actions import reading, waiting_words
from bot.actions.report import Report
from bot.actions.turn import FORM, REPORT, Call, Outcome, Reply, matter_done, set_slot, then
from bot.core_texts import state_words
from bot.own_cases import status_reply
from bot.procedures import load_clearness
from bot.texts import Texts
from bot.wording import short, spoken
from feedback.codes import looks_mistyped, parse_code
from feedback.repository import case_by_code_of_citizen, cases_of_citizen
from nlu.joins import Joins
from nlu.procedures import Catalogue, Procedure, ProcedureMatch
from nlu.text import fold, normalise, views

OFFERED = 3
LATEST = 3
_TITLE, _NAME = 60, 160
_A_LONG_MESSAGE, _A_PART = 30, 4  # words
# Words about something that was handed in already.
_OF_ONES_OWN = re.compile(
    r"\b(?:ho so|don|da nop|nop|gui|giay hen|tra loi|ket qua|xong|den dau|toi dau|cua (?:toi|em|minh|con))\b"
)
_NEXT = re.compile(
    r"[?\n;]|\b(?:roi|con|xong|them|hay la) "
    r"(?=(?:\w+ ){0,3}(?:the|giay|bao hiem|ho khau|so|thu tuc|tien|nop|lam))"
)


@dataclass(frozen=True, slots=True)
class Answers:
    """Looks things up and says them in approved words."""

    texts: Texts
    catalogue: Catalogue

    # --- procedures ---

    def answer(self, report: Report, call: Call, session: Session) -> Outcome:
        """Answer the question that `report.text` is: one procedure, a choice of some, or the offer to pass it on."""
        chosen = self._chosen(call)
        asked = report.changed(kind="hoi_dap", unanswered=True, outcome=None, procedure_code=chosen and chosen.code)
        kept = set_slot(REPORT, asked.as_slot())
        if call.said.intent == "chon_thu_tuc":
            return Outcome((self._described(chosen), matter_done()), (kept,))
        if not (reading.says_something(report.text) or self.texts.subjects.names_only(report.text)):
            return Outcome((Reply(self.texts.say("tell_your_question")),), (set_slot(REPORT, None),))
        several = self._several(report.text)
        if len(several) > 1:
            return Outcome((self._choice(several, "several_questions"),), (kept,))
        found = self.catalogue.find(report.text, OFFERED) or self._about(report.text)
        if not found:
            return Outcome((), (kept, then(FORM)))
        if load_clearness().answered.clear(found):
            return Outcome((self.describe(self.catalogue.get(found[0].code)), matter_done()), (kept,))
        return Outcome((self._choice(found),), (kept,))

    def _chosen(self, call: Call) -> Procedure | None:
        """The procedure whose button was pressed, if the catalogue still has it."""
        try:
            return self.catalogue.get(str(call.said.data.get("procedure_code") or ""))
        except KeyError:
            return None

    def _described(self, chosen: Procedure | None) -> Reply:
        if chosen is None:
            return Reply(self.texts.say("procedure_unknown"), (self.texts.button("gap_can_bo"),))
        return self.describe(chosen)

    def _about(self, text: str) -> list[ProcedureMatch]:
        """Procedures on a paper that is only named: to have it made, renewed, changed."""
        if not self.texts.subjects.names_only(text):
            return []
        best = (self.catalogue.find(f"{verb} {text}", 1) for verb in ("làm", "cấp lại", "sửa"))
        return list({match.code: match for found in best for match in found}.values())

    def _several(self, text: str) -> list[ProcedureMatch]:
        """The best procedure for each part of a long message that asks more than one thing; empty for a short one."""
        words = text.split()
        if len(words) < _A_LONG_MESSAGE:
            return []
        parts = [part for part in self._parts(text) if len(part.split()) >= _A_PART]
        best = (next(iter(self.catalogue.find(part, 1)), None) for part in parts)
        least = load_clearness().answered.score
        strong = {match.code: match for match in best if match is not None and match.score >= least}
        return list(strong.values())[:OFFERED]

    def _parts(self, text: str) -> list[str]:
        """The message cut where people go on to the next question."""
        seen = views(text)
        edges = [0, *sorted(start for start, _ in seen.find((*Joins.load().words, _NEXT))), len(text)]
        return [text[start:end].strip() for start, end in pairwise(edges)]

    def _choice(self, found: list[ProcedureMatch], text: str = "procedure_choose") -> Reply:
        buttons = tuple({"title": _named(match.name), "payload": f"proc:{match.code}"} for match in found)
        return Reply(self.texts.say(text), (*buttons, self.texts.button("khac_gap_can_bo")))

    def describe(self, procedure: Procedure) -> Reply:
        """The catalogue's entry; an empty field is said to be empty, and papers are never listed."""
        missing = self.texts.say("no_data")
        source = "procedure_source_decision" if procedure.decision else "procedure_source"
        text = self.texts.say(
            "procedure",
            name=short(procedure.name, _NAME),
            code=procedure.code,
            agency=procedure.agency or missing,
            time=spoken(procedure.processing_time) or missing,
            fee=spoken(procedure.fee) or missing,
            url=procedure.url or self.texts.say("procedure_no_url", code=procedure.code),
            source=self.texts.say(source, decision=procedure.decision),
            as_of=self.texts.procedures_as_of,
        )
        return Reply(text, (self.texts.button("khac_gap_can_bo"),))

    def aside(self, call: Call, session: Session) -> tuple[Reply, ...]:
        """A question in the middle of the form: answered at once if that can be done in one reply."""
        if call.said.intent == "chon_thu_tuc":
            return (self._plain(self._described(self._chosen(call))),)
        if call.said.kind == "tra_cuu":
            return tuple(self._plain(reply) for reply in self.look_up(call, session).replies if reply.text)
        found = self.catalogue.find(call.said.text, OFFERED)
        if load_clearness().answered.clear(found):
            return (
                self._plain(self.describe(self.catalogue.get(found[0].code))),
                Reply(self.texts.say("back_to_report")),
            )
        return (Reply(self.texts.say("question_later")),)

    def _plain(self, reply: Reply) -> Reply:
        return Reply(reply.text)

    # --- the citizen's own cases ---

    def look_up(self, call: Call, session: Session) -> Outcome:
        """By code for its owner, otherwise the owner's latest cases; dossiers are the national portal's."""
        text, citizen_id = call.said.text, call.origin.citizen_id
        code = parse_code(text)
        if code is not None:
            return Outcome((self._by_code(session, code, citizen_id, call), matter_done()))
        if looks_mistyped(text):
            return Outcome((Reply(self.texts.say("status_mistyped")),))
        if dossier := call.said.first("dossier"):
            named = not waiting_words.only_waits(text.replace(dossier, " "))
            pending = Report(
                kind="phan_anh",
                field=call.said.field if named else None,
                topic=call.said.topic if named else None,
                problem="cham_tre",
                text=self.texts.say("dossier_late_case", dossier=dossier, text=text),
                dossier=dossier,
            )
            reply = Reply(self.texts.say("dossier", dossier=dossier), (self.texts.button("bao_tre"),))
            return Outcome((reply,), (set_slot(REPORT, pending.as_slot()),))
        latest = self._latest(session, citizen_id)
        if latest is None:
            return self._nothing_sent(call)
        return Outcome((latest, matter_done()))

    def _nothing_sent(self, call: Call) -> Outcome:
        """A look-up of who never sent anything: "làm được căn cước chưa" may be a question, and is offered as one."""
        text = call.said.text
        own = call.said.picked or _OF_ONES_OWN.search(fold(normalise(text)).lower()) is not None
        found = [] if own else self.catalogue.find(text, OFFERED)
        if found and found[0].score >= load_clearness().answered.score:
            kept = Report(kind="hoi_dap", text=text, unanswered=True)
            return Outcome((self._choice(found),), (set_slot(REPORT, kept.as_slot()),))
        none = Reply(self.texts.say("status_none"), (self.texts.button("bao_viec"),))
        return Outcome((none, matter_done()))

    def _by_code(self, session: Session, code: str, citizen_id: int | None, call: Call) -> Reply:
        case = case_by_code_of_citizen(session, code, citizen_id) if citizen_id is not None else None
        if case is None:
            return Reply(self.texts.say("status_unknown", code=code))
        told = status_reply(case, now=call.now)
        return Reply(told.text, tuple({"title": button.title, "payload": button.payload} for button in told.buttons))

    def _latest(self, session: Session, citizen_id: int | None) -> Reply | None:
        cases = cases_of_citizen(session, citizen_id, limit=LATEST) if citizen_id is not None else []
        if not cases:
            return None
        lines = [self.texts.say("status_list")]
        lines += [
            self.texts.say("status_line", code=case.code, state=state_words(case.state), what=short(case.text, 60))
            for case in cases
        ]
        buttons = tuple({"title": case.code, "payload": f"status:{case.code}"} for case in cases)
        return Reply("\n".join(lines), buttons)


def _named(name: str) -> str:
    bare = name.removeprefix("Thủ tục ").strip()
    return short(bare[:1].upper() + bare[1:], _TITLE)
