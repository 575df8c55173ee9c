"""The page of one case: what it shows, and each look at a restricted one written down before anything is shown."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from bot.wording import place_name
from feedback import (
    agencies,
    answering,
    cases,
    clocks,
    clusters,
    deadlines,
    holding,
    links,
    notes,
    repository,
    states,
    taxonomy,
    templates,
)
from feedback.channels import CHANNELS
from feedback.errors import CaseNotFound
from feedback.models import Answer, Case, CaseEvent, CaseFile, Staff
from feedback.moves import actor_of
from langnghe.web.console import notice_of, row_of
from langnghe.web.looks import record_look
from langnghe.web.move_forms import move_forms
from langnghe.web.services import services_of
from langnghe.web.staff_access import Login, staff_page
from nlu import places

SHOWN_INLINE = ("image/jpeg", "image/png", "image/webp", "image/gif")
"""Pictures that every browser can show; anything else is downloaded."""

LOOKS = {
    "case": "nội dung",
    "identity": "người gửi",
    "file": "tệp",
    "paper": "văn bản",
    "message": "tin nhắn",
}
LINKS = {
    "related": "Liên quan",
    "split_off": "Phần tách ra",
    "split_from": "Tách từ",
    "merged": "Được gộp vào đây",
    "merged_into": "Gộp vào",
}
SPOKEN = {"reason": "Lý do", "question": "Hỏi", "more": "Bổ sung", "note": "Ghi chú"}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history; `said`: (what it is, the words) that the move carried."""

    event: CaseEvent
    title: str
    who: str
    state: str
    at: datetime
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a form that could not be carried out gives back: the reason, which form, and what had been typed in it."""

    problem: str
    status: int
    form: str = "answer"
    typed: Mapping[str, str] = field(default_factory=dict)
    says_nothing: bool = False


def case_page(
    request: Request,
    login: Login,
    case_id: int,
    *,
    notice: str = "",
    template: str = "",
    returned: Returned | None = None,
) -> Response:
    """`template`: a wording to begin the answer with. Raises CaseNotFound."""
    services = services_of(request)
    with services.database.read() as session:
        case = repository.case_for_staff(session, case_id, login.staff)
        if case is None:
            raise CaseNotFound()
        now = services.clock()
        details = _details(session, case, now=now)
        work = _work(session, case, login.staff, template=template, now=now)
        row = row_of(case, now=now)
    record_case_look(request, login, case)
    typed = returned.typed if returned else {}
    context = {
        "row": row,
        "details": details,
        "channels": CHANNELS,
        "links": LINKS,
        "form": uuid.uuid4(),
        "most": cases.MAX_ANSWER,
        "notice": notice,
        "problem": returned.problem if returned else "",
        "failed": returned.form if returned else "",
        "says_nothing": returned.says_nothing if returned else False,
        "typed": typed,
        "draft": typed.get("text") or work.pop("prefilled"),
        **work,
    }
    return staff_page(request, login, "console_case.html", context, status=returned.status if returned else 200)


def record_case_look(request: Request, login: Login, case: Case, *, what: str = "case") -> None:
    """Each look at a restricted case is written down before anything of it is shown."""
    record_look(services_of(request), login.staff, case, what=what)


def _work(session: Session, case: Case, staff: Staff, *, template: str, now: datetime) -> dict[str, Any]:
    """What this person may do with the case now."""
    here = staff.role in ("officer", "leader") and case.office_id == staff.office_id
    roles = actor_of(staff).roles if here else frozenset()
    allowed = {move.name for move in states.moves_from(case.state, by=roles)} if here else set()
    official = answering.is_official(case) and case.state != "cho_nop_don"
    wording = templates.template(session, staff, template) if template else None
    draft = answering.latest_draft(session, case.id)
    own = case.state == "cho_duyet" and answering.is_deputys_own(draft, staff)
    return {
        "can_accept": "accept" in allowed,
        "can_answer": bool(allowed & {"answer", "guide"}) and not official,
        "can_submit": official and "submit" in allowed,
        "can_issue": official and case.state == "da_duyet" and "answer" in allowed,
        "can_attach": "attach" in allowed,
        "official": official,
        "guiding": case.state == "cho_nop_don",
        "moves": move_forms(session, case, allowed - {"approve"} if own else allowed),
        "own_draft": answering.OwnDraft.message if own else "",
        "templates": templates.templates_for(session, staff) if allowed & {"answer", "submit"} else [],
        "prefilled": templates.fill(wording, case, now=now) if wording else (draft.text if draft and official else ""),
        "drafted": draft,
        "duplicates": clusters.likely_duplicates(session, case) if "merge" in allowed else [],
    }


def _details(session: Session, case: Case, *, now: datetime) -> dict[str, Any]:
    """Everything of a case that its page shows, read while the session is open."""
    events = list(case.events)
    files = [file for file in case.files if file.answer_id is None or file.staff_id is None]
    return {
        "place": place_name(case.commune_code, case.province_code),
        "regime": taxonomy.regime_name(case.regime),
        "topic": taxonomy.topic_name(case.topic),
        "problem": taxonomy.problem_name(case.problem),
        "head": agencies.head_name(case.office.agency, case.office.unit, places=places),
        "assignee": case.assignee.display_name if case.assignee else "",
        "answers": _answers(session, case.answers, events),
        "events": history_of(session, case, events),
        "pictures": [file for file in files if file.content_type in SHOWN_INLINE and file.staff_id is None],
        "files": [file for file in files if file.content_type not in SHOWN_INLINE and file.staff_id is None],
        "office_files": [file for file in files if file.staff_id is not None],
        "linked": links.linked(session, case),
        "notice": notice_of(clocks.notices(session, [case.id]).get(case.id), now=now) if case.restricted else None,
        **_stays(session, case, now=now),
        "rating": case.rating,
        "due_source": rule_source(case.due_rule),
        "counted_days": sum(1 for day in case.due_proof if day["counted"]),
        "looks": _looks(session, case) if case.restricted else [],
    }


def _stays(session: Session, case: Case, *, now: datetime) -> dict[str, Any]:
    """Where the case lay and how long, with names; an approver's wait apart from an officer's."""
    stays = holding.of_case(session, case, now=now)
    names = repository.staff_names(session, {stay.staff_id for stay in stays if stay.staff_id is not None})
    offices = {one.id: one.name for one in repository.offices(session, {stay.office_id for stay in stays})}
    rows = [(holding.DESKS[one.desk], names.get(one.staff_id or 0, ""), offices[one.office_id], one) for one in stays]
    spent = holding.totals(stays)
    totals = [(title, spent[desk][1]) for desk, title in holding.DESKS.items() if desk in spent]
    return {"stays": rows, "stay_totals": totals}


def _looks(session: Session, case: Case) -> list[tuple[str, str, datetime]]:
    """Who looked at what in which minute: one look at the page asks for its pictures too."""
    found = repository.looks(session, case.id)
    minutes = [(name, LOOKS[what], at.replace(second=0, microsecond=0)) for name, what, at in found]
    return list(dict.fromkeys(minutes))


def _answers(
    session: Session, answers: Sequence[Answer], events: Sequence[CaseEvent]
) -> list[tuple[Answer, bool, list[CaseFile]]]:
    """Each answer, whether it only guided the citizen on how to lodge a petition, and the files that went with it."""
    guides = {event.data.get("answer") for event in events if event.move == "guide"}
    return [(one, one.id in guides, answering.files_of(session, one)) for one in answers]


def history_of(session: Session, case: Case, events: Sequence[CaseEvent]) -> list[Step]:
    """The ledger holds ids; names and words are looked up."""
    ids = {event.actor: int(event.actor[6:]) for event in events if event.actor.startswith("staff:")}
    covered = {event.data["for"] for event in events if "for" in event.data}
    names = repository.staff_names(session, {*ids.values(), *covered})
    words = notes.remarks(session, case.id, tuple(SPOKEN))

    def who(event: CaseEvent) -> str:
        if event.actor not in ids:
            return "công dân" if event.actor == "citizen" else "hệ thống"
        name = names.get(ids[event.actor], "cán bộ")
        return f"{name}, thay {names.get(event.data['for'], 'lãnh đạo')}" if "for" in event.data else name

    def said(event: CaseEvent) -> tuple[tuple[str, str], ...]:
        remarks = event.data.get("remarks", {})
        return tuple((SPOKEN[kind], words[number].text) for kind, number in remarks.items() if number in words)

    return [
        Step(
            event,
            _move_title(event.move),
            who(event),
            states.STATES.get(event.to_state, event.to_state),
            event.at,
            said(event),
        )
        for event in events
    ]


def _move_title(name: str) -> str:
    return states.MOVES[name].title if name in states.MOVES else name


def rule_source(rule_id: str | None) -> str:
    """Where the law says so; nothing for no rule."""
    return next((rule.source for rule in deadlines.rules() if rule.id == rule_id), "")
