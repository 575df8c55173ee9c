"""Many citizens, one cause: which open cases say the same, by their words alone (no coordinates, no model).

Similarity of two texts: the cosine of their word and word-pair counts, each weighted by how rare it is among the texts
that are compared (tf-idf). Texts are compared within one office, so what is common there weighs little.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from feedback.case_lists import IN_LISTS, IS_OPEN
from feedback.models import Case, Staff
from nlu.text import fold

LIKELY = 0.36
"""From this similarity on two texts are offered as likely duplicates (tests/feedback/test_clusters.py measures it)."""
WINDOW = timedelta(days=30)
SURGE_WINDOW = timedelta(days=7)
SURGE_SIZE = 3
MOST_COMPARED = 600
_WORD = re.compile(r"[a-z0-9]+")
_STOP = frozenset(
    [
        "toi",
        "em",
        "minh",
        "chung",
        "anh",
        "chi",
        "ong",
        "ba",
        "co",
        "chu",
        "la",
        "va",
        "cua",
        "cho",
        "o",
        "tai",
        "tu",
        "den",
        "di",
        "da",
        "dang",
        "se",
        "bi",
        "duoc",
        "khong",
        "co",
        "mot",
        "cac",
        "nhung",
        "nay",
        "kia",
        "do",
        "thi",
        "ma",
        "nhu",
        "rat",
        "qua",
        "lam",
        "de",
        "nghi",
        "xin",
        "mong",
        "phan",
        "anh",
        "kien",
        "phuong",
        "xa",
        "thi",
        "tran",
        "thanh",
        "pho",
        "tinh",
        "ngay",
        "hom",
        "nay",
        "qua",
        "roi",
        "nua",
        "voi",
        "trong",
        "ngoai",
        "ra",
        "vao",
        "len",
        "xuong",
        "nguoi",
        "dan",
        "nha",
    ]
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A case that probably says the same."""

    case: Case
    score: float


@dataclass(frozen=True, slots=True)
class Surge:
    """Several citizens with one cause in a short time; `main` is the oldest case."""

    main: Case
    others: tuple[Case, ...]
    citizens: int

    @property
    def size(self) -> int:
        return 1 + len(self.others)


def likely_duplicates(session: Session, case: Case, *, limit: int = 8) -> list[Likeness]:
    """Open cases of the same office and regime, received within 30 days of this one, that probably say the same; best
    first. Only such can be merged."""
    if case.restricted:
        return []
    near = (
        Case.received_at >= case.received_at - WINDOW,
        Case.received_at <= case.received_at + WINDOW,
        Case.regime == case.regime,
        Case.state != "cho_nop_don",
    )
    found = [one for one in _open_cases(session, case.office_id, *near) if one.id != case.id]
    vectors = weighted({one.id: fold(one.text) for one in (case, *found)})
    scored = [Likeness(one, cosine(vectors[case.id], vectors[one.id])) for one in found]
    likely = [one for one in scored if one.score >= LIKELY]
    return sorted(likely, key=lambda one: (-one.score, one.case.id))[:limit]


def surges(session: Session, staff: Staff, *, now: datetime) -> list[Surge]:
    """Groups of at least three open cases of the last seven days and of one regime, of different citizens, that say
    the same."""
    recent = _open_cases(session, staff.office_id, Case.received_at >= now - SURGE_WINDOW, Case.state != "cho_nop_don")
    by_id = {one.id: one for one in recent}
    texts: dict[str, dict[int, str]] = defaultdict(dict)
    for one in recent:
        texts[one.regime][one.id] = fold(one.text)
    found = []
    for group in (group for alike in texts.values() for group in grouped(alike)):
        members = sorted((by_id[one] for one in group), key=lambda one: (one.received_at, one.id))
        citizens = len({one.citizen_id or -one.id for one in members})
        if citizens >= SURGE_SIZE:
            found.append(Surge(members[0], tuple(members[1:]), citizens))
    return sorted(found, key=lambda one: -one.size)


def grouped(texts: Mapping[int, str]) -> list[list[int]]:
    """The ids whose texts hang together by likely pairs, groups of one left out."""
    vectors = weighted(texts)
    parent = {one: one for one in texts}

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for first, second in _candidates(vectors):
        if cosine(vectors[first], vectors[second]) >= LIKELY:
            parent[root(first)] = root(second)
    groups: dict[int, list[int]] = defaultdict(list)
    for one in texts:
        groups[root(one)].append(one)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def weighted(texts: Mapping[int, str]) -> dict[int, dict[str, float]]:
    """Each text's features with their weights, scaled to length one."""
    counts = {one: Counter(_features(text)) for one, text in texts.items()}
    spread = Counter(feature for counted in counts.values() for feature in counted)
    total = len(texts)
    vectors = {}
    for one, counted in counts.items():
        vector = {
            feature: (1 + math.log(number)) * (1 + math.log((1 + total) / (1 + spread[feature])))
            for feature, number in counted.items()
        }
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        vectors[one] = {feature: value / length for feature, value in vector.items()}
    return vectors


def cosine(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Between 0 (no feature in common) and 1."""
    small, large = (first, second) if len(first) <= len(second) else (second, first)
    return sum(value * large.get(feature, 0.0) for feature, value in small.items())


def _features(text: str) -> list[str]:
    words = [word for word in _WORD.findall(text) if word not in _STOP]
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def _candidates(vectors: Mapping[int, Mapping[str, float]]) -> set[tuple[int, int]]:
    """Pairs that share a word pair: most pairs share none and are never compared."""
    holders: dict[str, list[int]] = defaultdict(list)
    for one, vector in vectors.items():
        for feature in vector:
            if " " in feature:
                holders[feature].append(one)
    return {
        (first, second) for group in holders.values() for at, first in enumerate(group) for second in group[at + 1 :]
    }


def _open_cases(session: Session, office_id: int | None, *conditions: ColumnElement[bool]) -> Sequence[Case]:
    """The latest open, unrestricted cases of an office that stand for themselves."""
    waiting = IS_OPEN & IN_LISTS & (Case.office_id == office_id)
    statement = select(Case).where(waiting, *conditions).order_by(Case.received_at.desc())
    return session.scalars(statement.limit(MOST_COMPARED)).all()
