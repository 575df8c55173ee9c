"""What happens to one inbox row: handled here when it needs no understanding, otherwise put to the dialogue engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot import choices, matters, payloads, repository, sealing, supplements
from bot.core_texts import say
from bot.dangers import Alarm, load_dangers
from bot.engine import EngineReply
from bot.own_cases import REOPENABLE, OwnCases
from bot.payloads import Payload
from bot.repository import Claim, Reply
from bot.steps import Ask, Local, Outcome, Step
from bot.survey_talk import NoSurveys, SurveyAnswer, Surveys, survey_reply
from feedback.codes import is_case_code_only, looks_mistyped, parse_code
from feedback.repository import cases_of_citizen
from integrations.channel import Button

SCALE = 5
CODE_WORDS = 4
_REOPEN = re.compile(
    r"(?:(?:toi|em|minh|con|xin|de nghi|yeu cau|cho|nho|giup|hay|muon|vui long|co quan)\s+)*"
    r"(?:xem(?: xet)? lai|mo lai|giai quyet lai)(?:\s+(?:giup|toi|em|minh|viec|vu|nay|di|a|nhe|cho))*"
)


class Turns:
    """Decides what a message needs. `understand_rating(text, scale)` reads a rating in words, None when it is none."""

    def __init__(
        self,
        *,
        surveys: Surveys | None = None,
        understand_rating: Callable[[str, int], int | None] | None = None,
        reopen_days: int = 30,
    ) -> None:
        self._surveys: Surveys = surveys or NoSurveys()
        self._understand_rating = understand_rating or _bare_number
        self._own = OwnCases(self._surveys, reopen_days)

    def plan(self, session: Session, claim: Claim, *, now: datetime, survey: bool = True) -> Step:
        """The next step for this message; only reads. `survey` off: the survey has declined it."""
        if claim.message.kind in ("location", "attachment") and sealing.is_sealed(claim.awaiting, now=now):
            return _sealed(claim)
        return self._step(session, claim, now=now, survey=survey)

    def _step(self, session: Session, claim: Claim, *, now: datetime, survey: bool) -> Step:
        message = claim.message
        match message.kind:
            case "payload":
                return self._pressed(claim, message.payload or "")
            case "location" if message.lat is not None and message.lon is not None:
                return Ask(payloads.location_text(message.lat, message.lon))
            case "started":
                return Ask(payloads.GREETING_TEXT)
            case "attachment":
                return self._files(session, claim, now=now, survey=survey)
            case "text" | "contact":
                return self._words(session, claim, now=now, survey=survey)
        return _say("unsupported")

    def _pressed(self, claim: Claim, raw: str) -> Step:
        payload = payloads.parse(raw)
        if payload is None:
            return _say("button_gone")
        if payload.needs_engine:
            return Ask(payloads.intent_text(payload))
        if payload.raw == matters.GO_ON and (waiting := matters.waiting(claim.awaiting)):
            return Ask(payloads.neutral(waiting[0]), taken=True)
        return Local(lambda session, now: self._obey(session, claim, payload, now=now))

    def _obey(self, session: Session, claim: Claim, payload: Payload, *, now: datetime) -> Outcome:
        if payload.code is not None:
            return self._own_case(session, claim, payload, now=now)
        if payload.name == "next" and matters.waiting(claim.awaiting):
            return matters.dropped(claim.awaiting)
        if payload.name == "seal":
            return Outcome(replies=(Reply(text=say("unsealed")),), awaiting=sealing.unsealed(claim.awaiting))
        answered = self._survey(session, claim, text=None, payload=payload.raw, now=now)
        return answered or Outcome(replies=(Reply(text=say("button_gone")),))

    def _own_case(self, session: Session, claim: Claim, payload: Payload, *, now: datetime) -> Outcome:
        code = payload.code or ""
        match payload.name:
            case "rate":
                return self._own.rate(session, claim, code, payload.score or 0, now=now)
            case "reopen":
                return self._own.reopen(session, claim, code, now=now)
            case "more":
                return supplements.wanted(session, claim, code)
            case "withdraw":
                return self._own.withdraw(session, claim, code, now=now)
        return self._own.status(session, claim, code, now=now)

    def _files(self, session: Session, claim: Claim, *, now: datetime, survey: bool) -> Step:
        kept = sum("key" in file for file in claim.message.files)
        lost = len(claim.message.files) - kept
        before = (_file_failed(),) if lost else ()
        supplement = supplements.given(session, claim) if kept else None
        if supplement is not None:
            return _preceded(supplement, before)
        if not payloads.neutral(claim.message.text or ""):
            return Ask(payloads.files_text(kept), before) if kept else Local(lambda _s, _n: Outcome(replies=before))
        if kept:
            before = (Reply(text=say("file_kept", count=kept)), *before)
        step = self._words(session, claim, now=now, survey=survey)
        return replace(step, before=before) if isinstance(step, Ask) else _preceded(step, before)

    def _words(self, session: Session, claim: Claim, *, now: datetime, survey: bool) -> Step:
        """In this order: payload, danger, survey, case code, a button's number, a seal, a supplement, a rating."""
        text = claim.message.text or ""
        if payloads.parse(text) is not None:
            return self._pressed(claim, text)
        if (alarm := load_dangers().find(text)) and alarm.now:
            return _alarmed(claim, alarm, sealed=sealing.is_sealed(claim.awaiting, now=now))
        if survey and self._surveys.running(session, claim.citizen_id, now=now):
            return Local(lambda session, now: self._survey(session, claim, text=text, payload=None, now=now))
        if (by_code := self._code(claim, text)) is not None:
            return by_code
        pressed = self._chosen(session, claim, text)
        return self._pressed(claim, pressed) if pressed is not None else self._said(session, claim, text, now=now)

    def _said(self, session: Session, claim: Claim, text: str, *, now: datetime) -> Step:
        if sealing.is_sealed(claim.awaiting, now=now):
            return _sealed(claim)
        return supplements.given(session, claim) or self._free_words(claim, text)

    def _free_words(self, claim: Claim, text: str) -> Step:
        """A rating in words, or what the engine must understand."""
        rated = claim.awaiting.get("rating")
        score = self._understand_rating(text, SCALE) if isinstance(rated, str) else None
        if score is not None:
            return Local(lambda session, now: self._own.rate(session, claim, str(rated), score, now=now))
        words = payloads.neutral(text)
        return Ask(words) if words else _say("nothing_said")

    def _code(self, claim: Claim, text: str) -> Step | None:
        """What a case code alone asks for, also one with a slip in it."""
        if is_case_code_only(text):
            code = parse_code(text) or ""
            return Local(lambda session, now: self._own.status(session, claim, code, now=now))
        return _say("mistyped") if looks_mistyped(text) and len(text.split()) <= CODE_WORDS else None

    def _chosen(self, session: Session, claim: Claim, text: str) -> str | None:
        """The payload that a number, a button's own title, "cái sau" or "xem lại giúp tôi" stands for."""
        if len(text.split()) > choices.MOST_WORDS:
            return None
        buttons = repository.last_buttons(session, claim.conversation_id, before=claim.message.n)
        pressed = choices.chosen(buttons, text) or choices.answered(buttons, text)
        if pressed is not None:
            return pressed
        if _REOPEN.fullmatch(choices.plain(text)) and not any(b.payload.startswith("act:") for b in buttons):
            latest = cases_of_citizen(session, claim.citizen_id, limit=1)
            open_to_it = latest and latest[0].state in REOPENABLE
            return f"reopen:{latest[0].code}" if open_to_it else None
        return None

    def _survey(
        self, session: Session, claim: Claim, *, text: str | None, payload: str | None, now: datetime
    ) -> Outcome | None:
        key = f"inbox:{claim.message.id}"
        words = self._surveys.handle(session, claim.citizen_id, text=text, payload=payload, effect_key=key, now=now)
        if words is None:
            return None
        return Outcome(replies=tuple(map(survey_reply, words)), survey=SurveyAnswer.of(words))


def engine_outcome(claim: Claim, step: Ask, replies: Sequence[EngineReply]) -> Outcome:
    """The engine's replies as ours. `custom` keys: session ("end"), purge, secret, awaiting,
    further, matter ("done").

    A pending rating and the matters that wait stay awaited.
    """
    said = [Reply(text=item.text, buttons=_known_buttons(item.buttons)) for item in replies if item.text.strip()]
    custom: dict[str, Any] = {}
    for item in replies:
        custom.update(item.custom)
    purge = bool(custom.get("purge"))
    ended = purge or custom.get("session") == "end"
    awaited, offer = matters.after_turn(claim.awaiting, custom, taken=step.taken, ended=ended)
    return Outcome(
        replies=(*step.before, *said, *offer),
        awaiting=awaited,
        end_session=ended,
        purge=purge,
        secret=custom.get("secret"),
    )


def _known_buttons(buttons: Sequence[Button]) -> tuple[Button, ...]:
    """Only what comes back as a payload that we know may go out."""
    return tuple(button for button in buttons if payloads.parse(button.payload) is not None)


def _say(name: str) -> Local:
    return Local(lambda _session, _now: Outcome(replies=(Reply(text=say(name)),)))


def _alarmed(claim: Claim, alarm: Alarm, *, sealed: bool) -> Step:
    """Somebody is in danger: no survey, no rating, no code. The engine's action says whom to call, and keeps it."""
    if not sealed:
        return Ask(payloads.neutral(claim.message.text or ""))
    return _preceded(_sealed(claim), (Reply(text=alarm.text),))


def _sealed(claim: Claim) -> Local:
    return Local(lambda session, _now: Outcome(replies=sealing.refuse(session, claim.message.id)))


def _preceded(step: Local, before: tuple[Reply, ...]) -> Local:
    def run(session: Session, now: datetime) -> Outcome | None:
        outcome = step.run(session, now)
        return outcome and replace(outcome, replies=(*before, *outcome.replies))

    return Local(run)


def _file_failed() -> Reply:
    return Reply(text=say("file_failed", megabytes=10))


def _bare_number(text: str, scale: int) -> int | None:
    clean = text.strip()
    return int(clean) if clean.isdecimal() and clean.isascii() and 1 <= int(clean) <= scale else None
