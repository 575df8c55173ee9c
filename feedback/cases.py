"""What can be done with a case: open, accept, answer, rate, reopen, withdraw. The caller owns the transaction."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import codes, deadlines, ledger, repository, states
from feedback.errors import CaseChanged, CaseNotFound, InvalidInput, NotAllowed
from feedback.models import Answer, Case, CaseFile, Notice, Office, Rating, Staff
from feedback.offices import office_for
from feedback.routing import Route
from nlu.text import fold

MAX_TEXT = 10_000
MAX_ANSWER = 10_000
CODE_TRIES = 5
_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDraft:
    """All that is known of a matter when it is opened."""

    kind: str
    regime: str
    text: str
    route: Route
    field: str | None = None
    topic: str | None = None
    problem: str | None = None
    urgent: bool = False
    contact_name: str | None = None
    contact_phone: str | None = None
    place_text: str | None = None
    commune_code: str | None = None
    province_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    procedure_code: str | None = None
    dossier: str | None = None
    channel: str = "webchat"
    is_sample: bool = False


def open_case(
    session: Session, draft: CaseDraft, *, citizen_id: int | None, effect_key: str, received_at: datetime, now: datetime
) -> Case:
    """Open the case once: the same `effect_key` gives the case that it gave before.

    A khiếu nại or a tố cáo in chat is not lodged (Luật Khiếu nại art. 8, Luật Tố cáo art. 22): it waits for the
    petition and no clock runs.
    """
    existing = repository.case_by_effect_key(session, effect_key)
    if existing is not None:
        return existing
    text = _clean(draft.text)
    if not text or len(text) > MAX_TEXT:
        raise InvalidInput(f"Nội dung cần có từ 1 đến {MAX_TEXT} ký tự.")
    waits = draft.regime in ("khieu_nai", "to_cao")
    move = states.allowed("open_waiting" if waits else "open", state=None, by="citizen")
    restricted = _is_restricted(draft)
    office = office_for(session, draft.route, restricted=restricted, is_sample=draft.is_sample)
    for tries_left in reversed(range(CODE_TRIES)):
        case = _new_case(draft, text, office=office, state=move.target, effect_key=effect_key, received_at=received_at)
        case.citizen_id = citizen_id
        if not waits:
            _set_deadline(case, start=received_at)
        try:
            with session.begin_nested():
                session.add(case)
                session.flush()
            break
        except IntegrityError:
            opened_meanwhile = repository.case_by_effect_key(session, effect_key)
            if opened_meanwhile is not None:
                return opened_meanwhile
            if not tries_left:
                raise  # five random codes were taken: something else is wrong
    ledger.append(
        session,
        case,
        move=move.name,
        to_state=move.target,
        actor="citizen",
        now=now,
        data={"rules": list(draft.route.rule_ids)},
    )
    _claim_files(session, case)
    return case


def _is_restricted(draft: CaseDraft) -> bool:
    return "to_cao" in (draft.kind, draft.regime)


def _new_case(
    draft: CaseDraft, text: str, *, office: Office, state: str, effect_key: str, received_at: datetime
) -> Case:
    return Case(
        code=codes.new_code(_RANDOM),
        effect_key=effect_key,
        kind=draft.kind,
        regime=draft.regime,
        field=draft.field,
        topic=draft.topic,
        problem=draft.problem,
        urgent=draft.urgent,
        restricted=_is_restricted(draft),
        text=text,
        folded=fold(text),
        contact_name=draft.contact_name,
        contact_phone=draft.contact_phone,
        place_text=draft.place_text,
        commune_code=draft.commune_code,
        province_code=draft.province_code,
        lat=draft.lat,
        lon=draft.lon,
        procedure_code=draft.procedure_code,
        dossier=draft.dossier,
        office=office,
        responsible=None if office.name == draft.route.name else draft.route.name,
        route_why=list(draft.route.why),
        route_rules=list(draft.route.rule_ids),
        state=state,
        channel=draft.channel,
        received_at=received_at,
        due_proof=[],
        is_sample=draft.is_sample,
    )


def _set_deadline(case: Case, *, start: datetime) -> None:
    """Store the deadline with its rule and proof; a regime without one leaves the case without a due time."""
    case.due_at, case.due_step, case.due_rule, case.due_committed, case.due_proof = None, None, None, False, []
    try:
        deadline = deadlines.compute(kind=case.kind, regime=case.regime, received=start)
    except deadlines.NoDeadline:
        return
    case.due_at = deadline.due
    case.due_step = deadline.step
    case.due_rule = deadline.rule.id
    case.due_committed = deadline.rule.committed
    case.due_proof = [
        {"date": day.date.isoformat(), "counted": day.counted, "reason": day.reason} for day in deadline.days
    ]


def _claim_files(session: Session, case: Case) -> None:
    """What the citizen sent before the case existed now belongs to it."""
    if case.citizen_id is None:
        return
    for file in repository.loose_files(session, case.citizen_id):
        file.case_id = case.id


def accept(session: Session, case_id: int, *, staff: Staff, version: int, now: datetime) -> Case:
    """An officer takes the case in hand; pressing twice is once."""
    case = _for_work(session, case_id, staff=staff)
    actor = f"staff:{staff.id}"
    last = ledger.last_event(session, case.id)
    if last is not None and (last.move, last.actor) == ("accept", actor):
        return case
    _check_unchanged(case, version)
    _apply(session, case, "accept", actor=actor, by="staff", now=now)
    return case


def answer(
    session: Session, case_id: int, *, staff: Staff, text: str, version: int, effect_key: str, now: datetime
) -> Answer:
    """Send the agency's answer, once for each `effect_key`. Raises CaseChanged when another officer was first.

    The case is locked before the key is looked up, so that two presses of the button wait for each other.
    """
    case = _for_work(session, case_id, staff=staff)
    existing = repository.answer_by_effect_key(session, effect_key)
    if existing is not None and existing.case_id == case.id:
        return existing
    clean = _clean(text)
    if not clean:
        raise InvalidInput("Mời anh/chị viết câu trả lời trước khi gửi.")
    if len(clean) > MAX_ANSWER:
        raise InvalidInput(f"Câu trả lời dài {len(clean)} ký tự; tối đa là {MAX_ANSWER}.")
    _check_unchanged(case, version)
    move = "guide" if case.state == "cho_nop_don" else "answer"
    states.allowed(move, state=case.state, by="staff")
    if move == "answer":
        case.answered_at = now
    record = Answer(
        case_id=case.id,
        effect_key=effect_key,
        text=clean,
        staff_id=staff.id,
        staff_name=staff.display_name,
        office_id=case.office_id,
        office_name=case.office.name,
        at=now,
    )
    session.add(record)
    session.flush()
    _apply(session, case, move, actor=f"staff:{staff.id}", by="staff", now=now, data={"answer": record.id})
    _notify(session, case, "case_answered" if move == "answer" else "case_guided", now=now, data={"answer": record.id})
    return record


def rate(session: Session, case_id: int, *, citizen_id: int, score: int, effect_key: str, now: datetime) -> Rating:
    """The owner's 1-5 for an answered case; pressed again it changes nothing and gives the first one back.

    A case that was reopened and answered anew is rated anew: the last rating counts, the ledger keeps each of them.
    """
    case = _own_case(session, case_id, citizen_id)
    given = repository.rating_of_case(session, case.id)
    if given is not None and (case.state != "da_tra_loi" or given.effect_key == effect_key):
        return given
    if not 1 <= score <= 5:
        raise InvalidInput("Điểm đánh giá cần từ 1 đến 5.")
    _apply(session, case, "rate", actor="citizen", by="citizen", now=now, data={"score": score})
    rating = given or Rating(case_id=case.id, is_sample=case.is_sample)
    rating.effect_key, rating.score, rating.office_id, rating.at = effect_key, score, case.office_id, now
    session.add(rating)
    case.closed_at = now
    session.flush()
    _notify(session, case, "case_rated", now=now, data={"score": score})
    return rating


def reopen(session: Session, case_id: int, *, citizen_id: int, now: datetime) -> Case:
    """The owner is not content: back to the agency, unanswered, with a new clock from now."""
    case = _own_case(session, case_id, citizen_id)
    if case.state == "mo_lai":
        return case
    _apply(session, case, "reopen", actor="citizen", by="citizen", now=now)
    case.answered_at = case.closed_at = None
    _set_deadline(case, start=now)
    session.flush()
    return case


def withdraw(session: Session, case_id: int, *, citizen_id: int, now: datetime) -> Case:
    """The owner takes the matter back."""
    case = _own_case(session, case_id, citizen_id)
    if case.state == "da_rut":
        return case
    _apply(session, case, "withdraw", actor="citizen", by="citizen", now=now)
    case.closed_at = now
    session.flush()
    return case


def attach_file(session: Session, file: CaseFile, *, case_id: int | None = None) -> CaseFile:
    """Keep a citizen's file: with the case named, or loose until the next case is opened."""
    file.case_id = case_id
    session.add(file)
    session.flush()
    return file


def _own_case(session: Session, case_id: int, citizen_id: int) -> Case:
    """The citizen's case, locked for change."""
    case = repository.case_of_citizen(session, case_id, citizen_id, lock=True)
    if case is None:
        raise CaseNotFound()
    return case


def _for_work(session: Session, case_id: int, *, staff: Staff) -> Case:
    """The case, locked for change, if this officer may work on it."""
    case = repository.case_for_staff(session, case_id, staff, lock=True)
    if case is None:
        raise CaseNotFound()
    if staff.role not in ("officer", "leader") or case.office_id != staff.office_id:
        raise NotAllowed()
    return case


def _check_unchanged(case: Case, version: int) -> None:
    if case.version != version:
        raise CaseChanged()


def _clean(text: str) -> str:
    """NFC, one kind of line end, no control characters (PostgreSQL refuses NUL), no blanks around."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()


def _apply(
    session: Session,
    case: Case,
    name: str,
    *,
    actor: str,
    by: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    move = states.allowed(name, state=case.state, by=by)
    ledger.append(session, case, move=name, to_state=move.target, actor=actor, now=now, data=data)
    case.state = move.target
    session.flush()


def _notify(session: Session, case: Case, kind: str, *, now: datetime, data: dict[str, Any]) -> None:
    session.add(Notice(kind=kind, case_id=case.id, citizen_id=case.citizen_id, data=data, created_at=now))
