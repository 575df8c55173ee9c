"""Fills the API's models of a case from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.wording import place_name
from feedback import agencies, answering, clocks, holding, links, repository, states, taxonomy
from feedback.handling_models import CaseClock
from feedback.models import Answer, Case, CaseFile
from feedback.reminder_times import step_name
from langnghe.web.api.case_models import (
    AnswerOut,
    CaseItem,
    CaseOut,
    Contact,
    CountedDay,
    Deadline,
    FileRef,
    HistoryStep,
    Ledger,
    LinkedCase,
    National,
    NoticeDue,
    OfficeRef,
    PetitionOut,
    RestrictedItem,
    Routing,
    Said,
    Stay,
)
from langnghe.web.case_page import history_of, rule_source
from langnghe.web.console import row_of
from nlu import places

EXCERPT = 200


def case_item(case: Case, *, now: datetime) -> CaseItem:
    """The line of a list; a restricted case keeps its words for itself."""
    return CaseItem(**_item(case, now=now))


def _item(case: Case, *, now: datetime) -> dict[str, Any]:
    row = row_of(case, now=now)
    office = case.office
    return {
        "code": case.code,
        "kind": case.kind,
        "kind_name": row["kind"],
        "field": case.field,
        "field_name": row["field"] or None,
        "state": case.state,
        "state_name": row["state"],
        "stage": states.ALL_STATES[case.state].group,
        "office": OfficeRef(agency=office.agency, unit=office.unit, name=office.name),
        "urgent": case.urgent,
        "restricted": case.restricted,
        "received_at": case.received_at,
        "due_at": case.due_at,
        "late": row["late"],
        "version": case.version,
        "excerpt": None if case.restricted else case.text[:EXCERPT],
    }


def restricted_items(session: Session, cases: Sequence[Case], *, now: datetime) -> list[RestrictedItem]:
    """The lines of the restricted list, each with the notice that still has to go out."""
    waiting = clocks.notices(session, [case.id for case in cases])
    return [RestrictedItem(**_item(case, now=now), notice=_notice(waiting.get(case.id), now=now)) for case in cases]


def _notice(clock: CaseClock | None, *, now: datetime) -> NoticeDue | None:
    if clock is None:
        return None
    return NoticeDue(step=clock.step, step_name=step_name(clock.step), due_at=clock.due_at, late=clock.due_at < now)


def case_out(session: Session, case: Case, *, now: datetime) -> CaseOut:
    """The whole case; the sender of a restricted one is left out."""
    events = list(case.events)
    return CaseOut(
        **_item(case, now=now),
        **{name: getattr(case, name) for name in _PLAIN},
        regime_name=taxonomy.regime_name(case.regime),
        place=place_name(case.commune_code, case.province_code) or case.place_text,
        contact=None if case.restricted else contact(case),
        assignee=case.assignee.display_name if case.assignee else None,
        head=agencies.head_name(case.office.agency, case.office.unit, places=places),
        rating=case.rating.score if case.rating else None,
        petition=_petition(case),
        national=National(code=case.national_code, state=case.national_state, entered_at=case.entered_at),
        deadline=_deadline(session, case, now=now),
        routing=_routing(case),
        answers=_answers(session, case),
        files=[file_ref(file) for file in case.files if file.answer_id is None or file.staff_id is None],
        links=[LinkedCase(kind=kind, code=other.code) for kind, other in links.linked(session, case)],
        stays=_stays(session, case, now=now),
        history=_history(session, case),
        ledger=Ledger(rows=len(events), hash=events[-1].hash if events else ""),
    )


_PLAIN = (
    "text", "regime", "topic", "problem", "channel", "commune_code", "province_code", "lat", "lon", "procedure_code",
    "dossier", "responsible", "verifier", "decider", "answered_at", "published_at", "closed_at",
)  # fmt: skip


def contact(case: Case) -> Contact:
    return Contact(name=case.contact_name, phone=case.contact_phone, address=case.contact_address)


def file_ref(file: CaseFile) -> FileRef:
    return FileRef(
        key=file.key,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        by_office=file.staff_id is not None,
        for_citizen=file.for_citizen,
    )


def _petition(case: Case) -> PetitionOut | None:
    if case.petition_number is None and case.petition_date is None:
        return None
    return PetitionOut(number=case.petition_number, date=case.petition_date, place=case.petition_place)


def _deadline(session: Session, case: Case, *, now: datetime) -> Deadline:
    waiting = clocks.notices(session, [case.id]).get(case.id) if case.restricted else None
    proof = [CountedDay(date=day["date"], counted=day["counted"], reason=day["reason"]) for day in case.due_proof]
    return Deadline(
        due_at=case.due_at,
        step=case.due_step,
        rule=case.due_rule,
        source=rule_source(case.due_rule) or None,
        committed=case.due_committed,
        paused_at=case.paused_at,
        counted_days=sum(day.counted for day in proof),
        proof=proof,
        notice=_notice(waiting, now=now),
    )


def _routing(case: Case) -> Routing:
    return Routing(
        why=case.route_why,
        rules=case.route_rules,
        facts=case.route_facts,
        lost=case.route_lost,
        version=case.route_version,
    )


def _answers(session: Session, case: Case) -> list[AnswerOut]:
    guides = {event.data.get("answer") for event in case.events if event.move == "guide"}
    return [answer_out(session, one, only_guided=one.id in guides) for one in case.answers]


def answer_out(session: Session, answer: Answer, *, only_guided: bool = False) -> AnswerOut:
    return AnswerOut(
        text=answer.text,
        at=answer.at,
        office=answer.office_name,
        officer=answer.staff_name,
        number=answer.number,
        dated=answer.dated,
        signer=answer.signer,
        only_guided=only_guided,
        files=[file_ref(file) for file in answering.files_of(session, answer)],
    )


def _stays(session: Session, case: Case, *, now: datetime) -> list[Stay]:
    stays = holding.of_case(session, case, now=now)
    return stay_lines(session, stays)


def stay_lines(session: Session, stays: Iterable[holding.Stretch]) -> list[Stay]:
    found = list(stays)
    names = repository.staff_names(session, {one.staff_id for one in found if one.staff_id is not None})
    offices = {one.id: one.name for one in repository.offices(session, {one.office_id for one in found})}
    return [
        Stay(
            desk=one.desk,
            desk_name=holding.DESKS[one.desk],
            office=offices[one.office_id],
            who=names.get(one.staff_id or 0),
            since=one.since,
            until=one.until,
            working_days=one.working_days,
        )
        for one in found
    ]


def _history(session: Session, case: Case) -> list[HistoryStep]:
    return [
        HistoryStep(
            seq=step.event.seq,
            at=step.at,
            move=step.event.move,
            title=step.title,
            who=step.who,
            from_state=step.event.from_state,
            to_state=step.event.to_state,
            said=[Said(what=what, words=words) for what, words in step.said],
            hash=step.event.hash,
        )
        for step in history_of(session, case, case.events)
    ]
