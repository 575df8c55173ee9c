"""A case between citizen and office: opened, answered, rated, reopened, withdrawn. The caller owns the transaction."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import clocks, codes, ledger, merging, repository, states
from feedback.base import VIETNAM
from feedback.errors import CaseChanged, CaseNotFound, InvalidInput
from feedback.models import Answer, Case, CaseFile, Office, Rating, Staff
from feedback.moves import CITIZEN, Actor, actor_of, clean, for_work, notify, take
from feedback.offices import desk_for, office_for
from feedback.routing import Route

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
    contact_address: str | None = None
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
    session: Session,
    draft: CaseDraft,
    *,
    citizen_id: int | None,
    effect_key: str,
    received_at: datetime,
    now: datetime,
    actor: Actor = CITIZEN,
) -> Case:
    """Open the case once: the same `effect_key` gives the case that it gave before.

    A khiếu nại or a tố cáo in chat is not lodged (Luật Khiếu nại art. 8, Luật Tố cáo art. 22): it waits for the
    petition and no clock runs.
    """
    existing = repository.case_by_effect_key(session, effect_key)
    if existing is not None:
        return existing
    text = clean(draft.text)
    if not text or len(text) > MAX_TEXT:
        raise InvalidInput(f"Nội dung cần có từ 1 đến {MAX_TEXT} ký tự.")
    move = states.allowed(_opening_move(draft), state=None, by=actor.roles)
    restricted = _is_restricted(draft)
    day = received_at.astimezone(VIETNAM).date()
    office = office_for(session, draft.route, restricted=restricted, is_sample=draft.is_sample, on=day)
    for tries_left in reversed(range(CODE_TRIES)):
        target = move.state_after(None)
        case = _new_case(draft, text, office=office, state=target, effect_key=effect_key, received_at=received_at)
        case.citizen_id = citizen_id
        prepared = clocks.prepare(session, case, at=received_at) if move.name == "open" else []
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
    clocks.keep(session, case, prepared)
    ledger.append(
        session,
        case,
        move=move.name,
        to_state=case.state,
        actor=actor.name,
        now=now,
        data={
            "rules": list(draft.route.rule_ids),
            "received": received_at.astimezone(UTC).isoformat(),
            "labels": {"kind": case.kind, "regime": case.regime},
            **ledger.marks(case, {"text": case.text}),
        },
    )
    _claim_files(session, case)
    return case


def _opening_move(draft: CaseDraft) -> str:
    if draft.regime in states.WAITING_REGIMES:
        return "open_waiting"
    return "open_referred" if draft.route.mode == "referral" else "open"


def _is_restricted(draft: CaseDraft) -> bool:
    return "to_cao" in (draft.kind, draft.regime)


def _new_case(
    draft: CaseDraft, text: str, *, office: Office, state: str, effect_key: str, received_at: datetime
) -> Case:
    return Case(
        code=codes.new_code(_RANDOM),
        effect_key=effect_key,
        ledger_key=ledger.new_key(),
        kind=draft.kind,
        regime=draft.regime,
        field=draft.field,
        topic=draft.topic,
        problem=draft.problem,
        urgent=draft.urgent,
        restricted=_is_restricted(draft),
        text=text,
        contact_name=draft.contact_name,
        contact_phone=draft.contact_phone,
        contact_address=draft.contact_address,
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
        route_facts=list(draft.route.matched),
        route_lost=list(draft.route.lost),
        route_version=draft.route.version or None,
        desk=desk_for(office, draft.route),
        verifier=draft.route.verifier,
        decider=draft.route.decider,
        state=state,
        channel=draft.channel,
        received_at=received_at,
        due_proof=[],
        is_sample=draft.is_sample,
    )


def _claim_files(session: Session, case: Case) -> None:
    """What the citizen sent before the case existed now belongs to it."""
    if case.citizen_id is None:
        return
    for file in repository.loose_files(session, case.citizen_id):
        file.case_id = case.id


def answer(
    session: Session, case_id: int, *, staff: Staff, text: str, version: int, effect_key: str, now: datetime
) -> Answer:
    """Send the agency's answer, once for each `effect_key`. Raises CaseChanged when another officer was first.

    The case is locked before the key is looked up, so that two presses of the button wait for each other.
    """
    case = for_work(session, case_id, staff=staff)
    existing = repository.answer_by_effect_key(session, effect_key)
    if existing is not None and existing.case_id == case.id:
        return existing
    cleaned = _answer_text(text)
    if case.version != version:
        raise CaseChanged()
    move = "guide" if case.state == "cho_nop_don" else "answer"
    actor = actor_of(staff)
    states.allowed(move, state=case.state, by=actor.roles)
    record = keep_answer(session, case, cleaned, staff=staff, effect_key=effect_key, now=now)
    take(session, case, move, actor=actor, now=now, carried={"answer": cleaned}, data={"answer": record.id})
    if move == "answer":
        finish(session, case, now=now)
    notify(session, case, "case_answered" if move == "answer" else "case_guided", now=now, data={"answer": record.id})
    return record


def keep_answer(session: Session, case: Case, text: str, *, staff: Staff, effect_key: str, now: datetime) -> Answer:
    """The answer's row, with the office and the officer as they are now."""
    record = Answer(
        case_id=case.id,
        effect_key=effect_key,
        text=text,
        staff_id=staff.id,
        staff_name=staff.display_name,
        office_id=case.office_id,
        office_name=case.office.name,
        at=now,
    )
    session.add(record)
    session.flush()
    return record


def finish(session: Session, case: Case, *, now: datetime) -> None:
    """The citizen has the answer: its clocks end, and those that follow it (publication) start."""
    case.answered_at = now
    clocks.end(session, case, now=now)
    clocks.start(session, case, "answered", at=now)


def _answer_text(text: str) -> str:
    cleaned = clean(text)
    if not cleaned:
        raise InvalidInput("Mời anh/chị viết câu trả lời trước khi gửi.")
    if len(cleaned) > MAX_ANSWER:
        raise InvalidInput(f"Câu trả lời dài {len(cleaned)} ký tự; tối đa là {MAX_ANSWER}.")
    return cleaned


def rate(session: Session, case_id: int, *, citizen_id: int, score: int, effect_key: str, now: datetime) -> Rating:
    """The owner's 1-5 for an answered case; pressed again it changes nothing and gives the first one back.

    A case that was reopened and answered anew is rated anew: the last rating counts, the ledger keeps each of them.
    """
    case = own_case(session, case_id, citizen_id)
    given = repository.rating_of_case(session, case.id)
    if given is not None and (case.state not in states.RATEABLE_STATES or given.effect_key == effect_key):
        return given
    if not 1 <= score <= 5:
        raise InvalidInput("Điểm đánh giá cần từ 1 đến 5.")
    take(session, case, "rate", actor=CITIZEN, now=now, carried={"score": score})
    rating = given or Rating(case_id=case.id, is_sample=case.is_sample)
    rating.effect_key, rating.score, rating.office_id, rating.at = effect_key, score, case.office_id, now
    session.add(rating)
    session.flush()
    notify(session, case, "case_rated", now=now, data={"score": score})
    return rating


def reopen(session: Session, case_id: int, *, citizen_id: int, now: datetime) -> Case:
    """The owner is not content: back to the agency, unanswered, with a new clock from now."""
    case = own_case(session, case_id, citizen_id)
    if case.state == "mo_lai":
        return case
    take(session, case, "reopen", actor=CITIZEN, now=now)
    case.answered_at = case.closed_at = None
    clocks.stop(session, case, now=now)
    clocks.start(session, case, "reopened", at=now)
    return case


def withdraw(session: Session, case_id: int, *, citizen_id: int, now: datetime) -> Case:
    """The owner takes the matter back."""
    case = own_case(session, case_id, citizen_id)
    if case.state == "da_rut":
        return case
    take(session, case, "withdraw", actor=CITIZEN, now=now)
    case.closed_at = now
    clocks.stop(session, case, now=now)
    merging.let_go(session, case.id, now=now)
    return case


def correct_contact(
    session: Session, case_id: int, *, citizen_id: int, name: str | None, phone: str, now: datetime
) -> Case:
    """The owner's new number, and name where one is given; the ledger only holds that it was changed."""
    case = own_case(session, case_id, citizen_id)
    if (case.contact_phone, case.contact_name) == (phone, name or case.contact_name):
        return case
    take(session, case, "correct_contact", actor=CITIZEN, now=now)
    case.contact_name, case.contact_phone = name or case.contact_name, phone
    session.flush()
    return case


def attach_file(session: Session, file: CaseFile, *, case_id: int | None = None) -> CaseFile:
    """Keep a citizen's file: with the case named, or loose until the next case is opened."""
    file.case_id = case_id
    session.add(file)
    session.flush()
    return file


def own_case(session: Session, case_id: int, citizen_id: int) -> Case:
    """The citizen's case, locked for change. Raises CaseNotFound."""
    case = repository.case_of_citizen(session, case_id, citizen_id, lock=True)
    if case is None:
        raise CaseNotFound()
    return case
