"""Many citizens, one cause: which open cases say the same, by their words alone (no coordinates, no model).

Similarity of two texts: the cosine of their word and word-pair counts, each weighted by how rare it is among the texts
that are compared (tf-idf). Texts are compared within one office, so what is common there weighs little.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, pairwise

from sqlalchemy import ColumnElement, Row, select
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
_ROUNDING = 1e-9
Feature = str | tuple[str, str]
"""A word, or two words that follow each other."""
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
    texts = {one.id: fold(one.text) for one in _open_cases(session, case.office_id, *near)}
    scores = resembling(case.id, {**texts, case.id: fold(case.text)})
    best = sorted(scores, key=lambda one: (-scores[one], one))[:limit]
    cases = _cases(session, best)
    return [Likeness(cases[one], scores[one]) for one in best]


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
        citizens = len({by_id[one].citizen_id or -one for one in group})
        if citizens >= SURGE_SIZE:
            found.append((sorted(group, key=lambda one: (by_id[one].received_at, one)), citizens))
    cases = _cases(session, [one for group, _ in found for one in group])
    large = [Surge(cases[first], tuple(cases[one] for one in others), number) for (first, *others), number in found]
    return sorted(large, key=lambda one: -one.size)


def resembling(one: int, texts: Mapping[int, str]) -> dict[int, float]:
    """The other ids whose text is likely the same as this one's, each with its similarity.

    The same as `cosine` of any two of `weighted`, without weighing most of the texts: by Cauchy and Schwarz no text is
    more similar than the share of the length of this one's vector that lies in the features of both.
    """
    features = {other: set(_features(text)) for other, text in texts.items()}

    def vector(other: int, spread: Mapping[Feature, int]) -> dict[Feature, float]:
        return _vector(_features(texts[other]), spread, len(texts))

    mine = vector(one, _spread(features.values(), of=features[one]))
    squares = {feature: value * value for feature, value in mine.items()}
    least = LIKELY * LIKELY - _ROUNDING
    shared = ((other, found & squares.keys()) for other, found in features.items() if other != one)
    near = [other for other, found in shared if sum(map(squares.__getitem__, found)) >= least]
    spread = _spread(features.values(), of=set().union(*(features[other] for other in near)))
    scores = {other: cosine(mine, vector(other, spread)) for other in near}
    return {other: score for other, score in scores.items() if score >= LIKELY}


def _spread(texts: Iterable[set[Feature]], *, of: set[Feature]) -> Counter[Feature]:
    """In how many of the texts each of these features is."""
    return Counter(chain.from_iterable(of & found for found in texts))


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


def weighted(texts: Mapping[int, str]) -> dict[int, dict[Feature, float]]:
    """Each text's features with their weights, scaled to length one."""
    features = {one: _features(text) for one, text in texts.items()}
    spread = Counter(chain.from_iterable(map(set, features.values())))
    return {one: _vector(found, spread, len(texts)) for one, found in features.items()}


def _vector(features: Iterable[Feature], spread: Mapping[Feature, int], total: int) -> dict[Feature, float]:
    """`spread`: in how many of the `total` texts each feature is."""
    vector = {
        feature: (1 + math.log(number)) * (1 + math.log((1 + total) / (1 + spread[feature])))
        for feature, number in Counter(features).items()
    }
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {feature: value / length for feature, value in vector.items()}


def cosine(first: Mapping[Feature, float], second: Mapping[Feature, float]) -> float:
    """Between 0 (no feature in common) and 1."""
    small, large = (first, second) if len(first) <= len(second) else (second, first)
    return sum(value * large.get(feature, 0.0) for feature, value in small.items())


def _features(text: str) -> list[Feature]:
    words: list[str] = [word for word in _WORD.findall(text) if word not in _STOP]
    return [*words, *pairwise(words)]


def _candidates(vectors: Mapping[int, Mapping[Feature, float]]) -> set[tuple[int, int]]:
    """Pairs that share a word pair: most pairs share none and are never compared."""
    holders: dict[Feature, list[int]] = defaultdict(list)
    for one, vector in vectors.items():
        for feature in vector:
            if isinstance(feature, tuple):
                holders[feature].append(one)
    return {
        (first, second) for group in holders.values() for at, first in enumerate(group) for second in group[at + 1 :]
    }


def _open_cases(
    session: Session, office_id: int | None, *conditions: ColumnElement[bool]
) -> Sequence[Row[int, str, str, int | None, datetime]]:
    """The latest open, unrestricted cases of an office that stand for themselves: only what is compared of them."""
    waiting = IS_OPEN & IN_LISTS & (Case.office_id == office_id)
    compared = select(Case.id, Case.text, Case.regime, Case.citizen_id, Case.received_at)
    return session.execute(
        compared.where(waiting, *conditions).order_by(Case.received_at.desc()).limit(MOST_COMPARED)
    ).all()


def _cases(session: Session, case_ids: Sequence[int]) -> dict[int, Case]:
    return {one.id: one for one in session.scalars(select(Case).where(Case.id.in_(case_ids)))} if case_ids else {}
