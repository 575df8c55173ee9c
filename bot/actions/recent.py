"""What is said of a case just sent, with no form open: "thôi khỏi", a new phone number, "sao chưa ai trả lời"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.actions import reading, waiting_words
from bot.actions.turn import Call, Reply
from bot.core_texts import button
from bot.own_cases import WITHDRAWABLE, status_reply
from bot.texts import Texts
from feedback import cases
from feedback.models import Case, Citizen
from feedback.repository import cases_of_citizen
from feedback.states import MOVES, OPEN_STATES
from integrations.channel import Button

RECENT = timedelta(days=7)
CORRECTABLE = frozenset(MOVES["correct_contact"].sources)


@dataclass(frozen=True, slots=True)
class Recent:
    """Speaks of the citizen's latest case; restricted ones are never found."""

    texts: Texts

    def about(self, call: Call, session: Session) -> tuple[Reply, ...] | None:
        """The answer to a free message that is about the latest case and tells nothing new; None for any other."""
        text = call.said.text
        if call.said.picked:
            return None
        if waiting_words.takes_back(text):
            return self.withdrawal(call, session)
        if waiting_words.asks_after_case(text) or waiting_words.asks_how_long(text):
            return self._state(call, session) or self._nothing_sent(text)
        return self.contact(call, session)

    def withdrawal(self, call: Call, session: Session) -> tuple[Reply, ...] | None:
        """Whether the case just sent shall be taken back: asked, never done unasked."""
        case = self._latest(call, session)
        if case is None or case.state not in WITHDRAWABLE:
            return None
        asked = self.texts.say("ask_withdrawal", code=case.code, office=case.responsible or case.office.name)
        buttons = (button("withdraw", f"withdraw:{case.code}"), button("keep", f"status:{case.code}"))
        return (Reply(asked, _as_dicts(buttons)),)

    def contact(self, call: Call, session: Session) -> tuple[Reply, ...] | None:
        """A name or number sent after the case was opened is put to it."""
        told = reading.contact_alone(call.said.text, call.said.first("phone"))
        case = self._latest(call, session) if told else None
        if told is None or case is None or case.state not in CORRECTABLE:
            return None
        name, phone = told
        cases.correct_contact(
            session, case.id, citizen_id=call.origin.citizen_id or 0, name=name, phone=phone, now=call.now
        )
        _remember(session, case)
        known = ", ".join(part for part in (case.contact_name, case.contact_phone) if part)
        return (Reply(self.texts.say("contact_corrected", code=case.code, contact=known)),)

    def _state(self, call: Call, session: Session) -> tuple[Reply, ...] | None:
        case = self._latest(call, session)
        if case is None or case.state not in OPEN_STATES:
            return None
        told = status_reply(case, now=call.now)
        return (Reply(told.text, _as_dicts(told.buttons)),)

    def _nothing_sent(self, text: str) -> tuple[Reply, ...]:
        if waiting_words.asks_how_long(text):
            return (Reply(self.texts.say("tell_your_question")),)
        return (Reply(self.texts.say("status_none"), (self.texts.button("bao_viec"),)),)

    def _latest(self, call: Call, session: Session) -> Case | None:
        if call.origin.citizen_id is None:
            return None
        found = cases_of_citizen(session, call.origin.citizen_id, limit=1)
        return found[0] if found and call.now - found[0].received_at <= RECENT else None


def _as_dicts(buttons: tuple[Button, ...]) -> tuple[dict[str, str], ...]:
    return tuple({"title": one.title, "payload": one.payload} for one in buttons)


def _remember(session: Session, case: Case) -> None:
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id is not None else None
    if citizen is not None:
        citizen.name, citizen.phone = case.contact_name or citizen.name, case.contact_phone
