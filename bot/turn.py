"""What happens to one inbox row: handled here when it needs no understanding, otherwise put to the dialogue engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from bot import choices, payloads, repository, sealing, supplements
from bot.core_texts import button, moment_words, rating_buttons, say, score_title, state_words
from bot.dangers import Alarm, load_dangers
from bot.engine import EngineReply
from bot.payloads import Payload
from bot.repository import Claim, Reply
from bot.steps import Ask, Local, Outcome, Step
from feedback import cases
from feedback.codes import is_case_code_only, looks_mistyped, parse_code
from feedback.errors import FeedbackError
from feedback.models import Case
from feedback.repository import case_by_code_of_citizen, cases_of_citizen
from feedback.states import MOVES, OPEN_STATES, RATEABLE_STATES
from integrations.channel import Button

SCALE = 5
DISSATISFIED = 2
CODE_WORDS = 4
RATEABLE = frozenset(RATEABLE_STATES)
REOPENABLE = frozenset({*MOVES["reopen"].sources, "mo_lai"})
_REOPEN = re.compile(
    r"(?:(?:toi|em|minh|con|xin|de nghi|yeu cau|cho|nho|giup|hay|muon|vui long|co quan)\s+)*"
    r"(?:xem(?: xet)? lai|mo lai|giai quyet lai)(?:\s+(?:giup|toi|em|minh|viec|vu|nay|di|a|nhe|cho))*"
)


class SurveyWords(Protocol):
    """One message of the survey: `buttons` are (title, payload).

    `survey_id` is the form it belongs to; `ended`: forms that are over with it, whose words go from inbox and outbox.
    """

    @property
    def text(self) -> str: ...
    @property
    def buttons(self) -> Sequence[tuple[str, str]]: ...
    @property
    def survey_id(self) -> int | None: ...
    @property
    def ended(self) -> Sequence[int]: ...


class Surveys(Protocol):
    """The survey engine, as the conversation sees it (surveys.chat)."""

    def invite(self, session: Session, *, citizen_id: int, case_id: int, now: datetime) -> SurveyWords | None: ...

    def running(self, session: Session, citizen_id: int, *, now: datetime) -> bool: ...

    def handle(
        self,
        session: Session,
        citizen_id: int,
        *,
        text: str | None,
        payload: str | None,
        effect_key: str,
        now: datetime,
    ) -> Sequence[SurveyWords] | None:
        """The survey's words, or None when the message was not meant for it (then nothing was changed)."""
        ...


class NoSurveys:
    """Until there are surveys: nobody is asked anything."""

    def invite(self, session: Session, *, citizen_id: int, case_id: int, now: datetime) -> None:
        return None

    def running(self, session: Session, citizen_id: int, *, now: datetime) -> bool:
        return False

    def handle(
        self,
        session: Session,
        citizen_id: int,
        *,
        text: str | None,
        payload: str | None,
        effect_key: str,
        now: datetime,
    ) -> None:
        return None


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
        self._reopen_days = reopen_days

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
        return Local(lambda session, now: self._obey(session, claim, payload, now=now))

    def _obey(self, session: Session, claim: Claim, payload: Payload, *, now: datetime) -> Outcome:
        match payload.name:
            case "rate":
                return self._rate(session, claim, payload.code or "", payload.score or 0, now=now)
            case "reopen":
                return self._reopen(session, claim, payload.code or "", now=now)
            case "status":
                return self._status(session, claim, payload.code or "", now=now)
            case "more":
                return supplements.wanted(session, claim, payload.code or "")
            case "seal":
                unsealed = sealing.unsealed(claim.awaiting)
                return Outcome(replies=(Reply(text=say("unsealed")),), awaiting=unsealed)
        answered = self._survey(session, claim, text=None, payload=payload.raw, now=now)
        return answered or Outcome(replies=(Reply(text=say("button_gone")),))

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
            return Local(lambda session, now: self._rate(session, claim, str(rated), score, now=now))
        words = payloads.neutral(text)
        return Ask(words) if words else _say("nothing_said")

    def _code(self, claim: Claim, text: str) -> Step | None:
        """What a case code alone asks for, also one with a slip in it."""
        if is_case_code_only(text):
            code = parse_code(text) or ""
            return Local(lambda session, now: self._status(session, claim, code, now=now))
        return _say("mistyped") if looks_mistyped(text) and len(text.split()) <= CODE_WORDS else None

    def _chosen(self, session: Session, claim: Claim, text: str) -> str | None:
        """The payload that a number, a button's own title, "cái sau" or "xem lại giúp tôi" stands for."""
        if len(text.split()) > choices.MOST_WORDS:
            return None
        buttons = repository.last_buttons(session, claim.conversation_id, before=claim.message.n)
        pressed = choices.chosen(buttons, text)
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
        return None if words is None else Outcome(replies=tuple(map(_survey_reply, words)))

    def _rate(self, session: Session, claim: Claim, code: str, score: int, *, now: datetime) -> Outcome:
        case = case_by_code_of_citizen(session, code, claim.citizen_id)
        if case is None:
            return _not_found(code)
        awaiting = {name: value for name, value in claim.awaiting.items() if name != "rating"}
        first = case.rating is None
        if case.state not in RATEABLE:
            return Outcome(replies=(self._not_rateable(case),), awaiting=awaiting)
        key = f"inbox:{claim.message.id}"
        try:
            with session.begin_nested():
                cases.rate(session, case.id, citizen_id=claim.citizen_id, score=score, effect_key=key, now=now)
        except FeedbackError as error:
            return Outcome(replies=(Reply(text=say("not_now", reason=error.message)),))
        replies = [self._thanks(case, score)]
        if not first:
            return Outcome(replies=tuple(replies), awaiting=awaiting)
        invitation = self._surveys.invite(session, citizen_id=claim.citizen_id, case_id=case.id, now=now)
        if invitation is not None:
            replies.append(_survey_reply(invitation))
        return Outcome(replies=tuple(replies), awaiting=awaiting)

    def _not_rateable(self, case: Case) -> Reply:
        """Rated already, or without an answer that could be rated."""
        if case.state in ("da_danh_gia", "da_dong") and case.rating is not None:
            given = case.rating.score
            return Reply(text=say("rated_before", code=case.code, score=given, title=score_title(given)))
        return Reply(text=say("rate_later", code=case.code, state=state_words(case.state)))

    def _thanks(self, case: Case, score: int) -> Reply:
        values = {"code": case.code, "score": score, "title": score_title(score)}
        if score > DISSATISFIED:
            return Reply(text=say("rating_thanks", **values))
        return Reply(
            text=say("rating_sorry", days=self._reopen_days, **values),
            buttons=(button("reopen", f"reopen:{case.code}"),),
        )

    def _reopen(self, session: Session, claim: Claim, code: str, *, now: datetime) -> Outcome:
        case = case_by_code_of_citizen(session, code, claim.citizen_id)
        if case is None:
            return _not_found(code)
        if case.state not in REOPENABLE:
            text = say("reopen_not_now", code=code, state=state_words(case.state))
            return Outcome(replies=(Reply(text=text),))
        closing = case.answered_at or case.closed_at
        if case.state != "mo_lai" and closing is not None and now > closing + timedelta(days=self._reopen_days):
            return Outcome(replies=(Reply(text=say("reopen_too_late", code=code, days=self._reopen_days)),))
        try:
            with session.begin_nested():
                case = cases.reopen(session, case.id, citizen_id=claim.citizen_id, now=now)
        except FeedbackError as error:
            return Outcome(replies=(Reply(text=say("not_now", reason=error.message)),))
        text = say("reopened", code=code, office=case.office.name, due=due_words(case, now=now))
        return Outcome(replies=(Reply(text=text),))

    def _status(self, session: Session, claim: Claim, code: str, *, now: datetime) -> Outcome:
        case = case_by_code_of_citizen(session, code, claim.citizen_id)
        return _not_found(code) if case is None else Outcome(replies=(status_reply(case, now=now),))


def status_reply(case: Case, *, now: datetime) -> Reply:
    """Where a case stands, for its owner: state, office, deadline and who sets it; never the answer's content."""
    text = say(
        "status", code=case.code, state=state_words(case.state), office=case.office.name, due=due_words(case, now=now)
    )
    return Reply(text=text, buttons=rating_buttons(case.code) if case.state in RATEABLE else ())


def due_words(case: Case, *, now: datetime) -> str:
    """The deadline of an open case in words, empty where none counts."""
    if case.state == "cho_nop_don":
        return say("due_after_petition")
    if case.due_at is None or case.state not in OPEN_STATES:
        return ""
    setter = "committed" if case.due_committed else "by_law"
    name = f"due_passed_{setter}" if now > case.due_at else f"due_{setter}"
    return say(name, when=moment_words(case.due_at))


def engine_outcome(claim: Claim, replies: Sequence[EngineReply], *, before: tuple[Reply, ...] = ()) -> Outcome:
    """The engine's replies as ours. `custom` keys: session ("end"), purge, awaiting; a pending rating stays awaited."""
    said = [Reply(text=item.text, buttons=_known_buttons(item.buttons)) for item in replies if item.text.strip()]
    custom: dict[str, Any] = {}
    for item in replies:
        custom.update(item.custom)
    purge = bool(custom.get("purge"))
    awaited = custom.get("awaiting")
    kept = {name: value for name, value in claim.awaiting.items() if name in ("rating", "more")}
    return Outcome(
        replies=(*before, *said),
        awaiting={**kept, **awaited} if isinstance(awaited, Mapping) else None,
        end_session=purge or custom.get("session") == "end",
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


def _not_found(code: str) -> Outcome:
    return Outcome(replies=(Reply(text=say("not_found", code=code)),))


def _file_failed() -> Reply:
    return Reply(text=say("file_failed", megabytes=10))


def _survey_reply(words: SurveyWords) -> Reply:
    buttons = tuple(Button(title, payload) for title, payload in words.buttons)
    return Reply(text=words.text, buttons=buttons, survey_id=words.survey_id)


def _bare_number(text: str, scale: int) -> int | None:
    clean = text.strip()
    return int(clean) if clean.isdecimal() and clean.isascii() and 1 <= int(clean) <= scale else None
