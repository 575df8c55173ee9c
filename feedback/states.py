"""The one table of a case's states and of the moves between them, read from feedback/data/states.yml.

The states mirror those of the national feedback system; each move says who may do it, what it must carry, its legal
basis, and what the citizen is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback.errors import MoveNotAllowed
from feedback.law import LawDataError, load_yaml

ROLES = ("citizen", "officer", "leader", "coordinator", "system")
GROUPS = ("open", "answered", "ended")
CARRIED = {
    "reason": "lý do",
    "ground": "căn cứ từ chối",
    "to": "cơ quan nhận",
    "assignee": "người được phân công",
    "question": "nội dung cần bổ sung",
    "more": "nội dung bổ sung",
    "note": "nội dung ghi chú",
    "other": "vụ việc kia",
    "answer": "nội dung trả lời",
    "number": "số văn bản",
    "date": "ngày của văn bản",
    "place": "nơi nộp đơn",
    "into": "vụ việc nhận gộp",
    "score": "điểm đánh giá",
    "regime": "chế độ xử lý",
    "national_state": "trạng thái trên hệ thống quốc gia",
}
"""What a move may have to carry, as people call it."""


@dataclass(frozen=True, slots=True)
class State:
    """One state. `group`: one of GROUPS; `national`: its name in the national system, None where it has none."""

    slug: str
    name: str
    group: str
    national: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """A step that may be taken from some states, by some roles.

    `target` None: the state stays. `carries`: names of CARRIED that must come with it. `told`: the text for the
    citizen, None when nothing is said.
    """

    name: str
    title: str
    sources: frozenset[str | None]
    target: str | None
    by: frozenset[str]
    carries: tuple[str, ...]
    basis: str
    told: str | None

    def state_after(self, state: str | None) -> str:
        """The state that this move leads to."""
        if self.target is not None:
            return self.target
        if state is None:
            raise MoveNotAllowed()
        return state


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal ground on which a case of some regimes may be refused."""

    slug: str
    name: str
    regimes: tuple[str, ...]
    source: str


def _state(slug: str, row: Mapping[str, Any]) -> State:
    if row["group"] not in GROUPS:
        raise LawDataError(f"states.yml: wrong group of {slug}")
    return State(slug, row["name"], row["group"], row["national"])


_TABLE = load_yaml("states.yml")
VERSION = str(_TABLE["version"])
ALL_STATES: dict[str, State] = {slug: _state(slug, row) for slug, row in _TABLE["states"].items()}
STATES: dict[str, str] = {slug: state.name for slug, state in ALL_STATES.items()}
OPEN_STATES = tuple(slug for slug, state in ALL_STATES.items() if state.group == "open")
ANSWERED_STATES = tuple(slug for slug, state in ALL_STATES.items() if state.group == "answered")
ENDED_STATES = tuple(slug for slug, state in ALL_STATES.items() if state.group == "ended")
RATEABLE_STATES = ("da_tra_loi", "da_cong_khai")
WAITING_REGIMES = ("khieu_nai", "to_cao")
"""A chat never starts the clock of these: the law wants a signed petition or an appearance in person."""


def _sources(name: str, row: Mapping[str, Any]) -> frozenset[str | None]:
    if row["from"] == ["any"]:
        return frozenset(STATES)
    found = frozenset(None if slug == "none" else slug for slug in row["from"])
    if not found - {None} <= set(STATES):
        raise LawDataError(f"states.yml: unknown state in {name}")
    return found


def _move(name: str, row: Mapping[str, Any]) -> Move:
    target = None if row["to"] == "=" else row["to"]
    known = target is None or target in STATES
    if not known or not set(row["by"]) <= set(ROLES) or not set(row["carries"]) <= set(CARRIED) or not row["basis"]:
        raise LawDataError(f"states.yml: wrong target, role, carried thing or basis in {name}")
    return Move(
        name=name,
        title=row["title"],
        sources=_sources(name, row),
        target=target,
        by=frozenset(row["by"]),
        carries=tuple(row["carries"]),
        basis=row["basis"],
        told=row["told"],
    )


MOVES: dict[str, Move] = {name: _move(name, row) for name, row in _TABLE["moves"].items()}
GROUNDS: dict[str, Ground] = {
    slug: Ground(slug, row["name"], tuple(row["regimes"]), row["source"]) for slug, row in _TABLE["grounds"].items()
}


def allowed(name: str, *, state: str | None, by: str | frozenset[str]) -> Move:
    """The move, if it may be taken from `state` by one of these roles; MoveNotAllowed with the reason otherwise."""
    move = MOVES[name]
    if state not in move.sources:
        raise MoveNotAllowed(f"Không thể “{move.title}” khi vụ việc đang ở bước “{STATES.get(state or '', 'mới')}”.")
    roles = frozenset((by,)) if isinstance(by, str) else by
    if not roles & move.by:
        raise MoveNotAllowed(f"Thao tác “{move.title}” không dành cho vai trò này.")
    return move


def moves_from(state: str | None, *, by: frozenset[str]) -> tuple[Move, ...]:
    """The moves that these roles may take from a state, in the order of the table."""
    return tuple(move for move in MOVES.values() if state in move.sources and move.by & by)


def grounds_for(regime: str) -> tuple[Ground, ...]:
    """The grounds on which a case of this regime may be refused."""
    return tuple(ground for ground in GROUNDS.values() if regime in ground.regimes)
