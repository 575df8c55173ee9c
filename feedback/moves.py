"""The core of every step of a case: who may take it, what it carries, the ledger's row, the word to the citizen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback import ledger, repository, states
from feedback.errors import CaseChanged, CaseNotFound, InvalidInput, NotAllowed
from feedback.handling_models import CaseRemark
from feedback.models import Case, CaseEvent, Notice, Staff
from feedback.routing_table import load_rules

MAX_WORDS = 2_000
WORDS = frozenset({"reason", "question", "more", "note"})
"""Carried things that are somebody's words: they are kept as remarks, and the ledger holds only their ids."""
_NOT_IN_LEDGER = frozenset({"answer", "to", "place"})
"""What is kept elsewhere, with the case or the answer."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a move: the ledger's name ("citizen", "staff:7", "system") and the roles that it has here.

    `acts_for`: the absent leader whose role it has for a time; the ledger then says so.
    """

    name: str
    roles: frozenset[str]
    staff_id: int | None = None
    acts_for: int | None = None


CITIZEN = Actor("citizen", frozenset({"citizen"}))
SYSTEM = Actor("system", frozenset({"system"}))


def actor_of(staff: Staff) -> Actor:
    """An officer or leader (also for an absent one); at the coordination desk its coordinator too; overseers: none."""
    roles = {staff.role} & {"officer", "leader"}
    if roles and staff.acts_for is not None:
        roles.add("leader")
    if roles and staff.office is not None and staff.office.agency == load_rules().coordination:
        roles.add("coordinator")
    return Actor(f"staff:{staff.id}", frozenset(roles), staff.id, staff.acts_for)


def for_work(session: Session, case_id: int, *, staff: Staff, version: int | None = None) -> Case:
    """The case, locked for change, if this person may work on it and nobody changed it since `version` was read.

    Raises CaseNotFound, NotAllowed, CaseChanged.
    """
    case = repository.case_for_staff(session, case_id, staff, lock=True)
    if case is None:
        raise CaseNotFound()
    if staff.role not in ("officer", "leader") or case.office_id != staff.office_id:
        raise NotAllowed()
    if version is not None and case.version != version:
        raise CaseChanged()
    return case


def take(
    session: Session,
    case: Case,
    name: str,
    *,
    actor: Actor,
    now: datetime,
    carried: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
) -> CaseEvent:
    """Take the move, or raise MoveNotAllowed, InvalidInput with the reason.

    `carried` is what the table asks for; words among it become remarks. `data` goes into the ledger as it is: ids and
    codes only. `words`: kept elsewhere, the ledger only marks them.
    """
    move, given = check(case, name, actor=actor, carried=carried or {})
    remarks = {
        kind: _remark(session, case, kind, str(given[kind]), actor=actor, now=now)
        for kind in sorted(WORDS & given.keys())
    }
    facts = {key: _plain(value) for key, value in given.items() if key not in remarks and key not in _NOT_IN_LEDGER}
    spoken = (*remarks, *(["answer"] if "answer" in (data or {}) and "answer" in given else []))
    marks = ledger.marks(case, {**{kind: str(given[kind]) for kind in spoken}, **(words or {})})
    recorded = {**facts, **({"remarks": remarks} if remarks else {}), **marks, **(data or {}), **_acting(move, actor)}
    target = move.state_after(case.state)
    event = ledger.append(session, case, move=name, to_state=target, actor=actor.name, now=now, data=recorded)
    case.state = target
    session.flush()
    if move.told is not None and not case.restricted:
        told = {key: _plain(value) for key, value in given.items() if key not in remarks}
        notify(
            session,
            case,
            "case_moved",
            now=now,
            data={"move": name, "by": actor.name, "remarks": remarks, "values": told},
        )
    return event


def _acting(move: states.Move, actor: Actor) -> dict[str, int]:
    """For whom this was done, where only the absent leader's role allowed it."""
    own = actor.roles - {"leader"}
    return {"for": actor.acts_for} if actor.acts_for is not None and not own & move.by else {}


def check(case: Case, name: str, *, actor: Actor, carried: Mapping[str, Any]) -> tuple[states.Move, dict[str, Any]]:
    """The move and what it carries, cleaned; the errors of `take`, before anything is changed."""
    move = states.allowed(name, state=case.state, by=actor.roles)
    return move, _checked(move, carried)


def notify(session: Session, case: Case, kind: str, *, now: datetime, data: dict[str, Any]) -> None:
    """Leave a word for the outside, in this transaction."""
    session.add(Notice(kind=kind, case_id=case.id, citizen_id=case.citizen_id, data=data, created_at=now))
    session.flush()


def clean(text: str) -> str:
    """NFC, one kind of line end, no control characters (PostgreSQL refuses NUL), no blanks around."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()


def _checked(move: states.Move, carried: Mapping[str, Any]) -> dict[str, Any]:
    """What came along, cleaned; InvalidInput names what is missing."""
    given = {key: clean(value) if isinstance(value, str) else value for key, value in carried.items()}
    for name in move.carries:
        if given.get(name) in (None, ""):
            raise InvalidInput(f"“{move.title}” cần có {states.CARRIED[name]}.")
    for kind in WORDS:
        if len(str(given.get(kind) or "")) > MAX_WORDS:
            raise InvalidInput(f"Phần {states.CARRIED[kind]} dài quá {MAX_WORDS} ký tự.")
    return {key: value for key, value in given.items() if value not in (None, "")}


def _remark(session: Session, case: Case, kind: str, text: str, *, actor: Actor, now: datetime) -> int:
    remark = CaseRemark(case_id=case.id, kind=kind, text=text, staff_id=actor.staff_id, at=now)
    session.add(remark)
    session.flush()
    return remark.id


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
