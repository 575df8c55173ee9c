"""A score sheet: from counts and entered scores to the points of each criterion, each group and the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from surveys.score_rules import Cap, Group, Metric, ScoreRule


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one criterion: a numerator and a denominator, and what people wrote on the sheet."""

    num: float | None = None
    den: float | None = None
    own_score: float | None = None
    appraised_score: float | None = None
    evidence: str = ""
    explanation: str = ""

    @property
    def rate(self) -> float | None:
        """Unrounded, None without a denominator or where it is 0."""
        return self.num / self.den if self.num is not None and self.den else None

    @property
    def is_on_a_sheet(self) -> bool:
        """Whether people wrote something beside the counts."""
        scored = self.own_score is not None or self.appraised_score is not None
        return scored or bool(self.evidence or self.explanation)


@dataclass(frozen=True, slots=True)
class MetricScore:
    """`computed` comes from the counts alone; `points` is what counts: the appraised score, else the computed, else
    one's own. None is unknown, never 0."""

    metric: Metric
    entry: Entry
    computed: float | None
    points: float | None

    def as_json(self) -> dict[str, Any]:
        entry = self.entry
        shown: dict[str, Any] = {
            "name": self.metric.name,
            "num": _whole(entry.num),
            "den": _whole(entry.den),
            "rate": entry.rate,
            "points": self.points,
            "max": _whole(self.metric.max),
        }
        if self.metric.formula == "entered" or entry.is_on_a_sheet:
            shown |= {"computed": self.computed, "own_score": entry.own_score, "appraised_score": entry.appraised_score}
            shown |= {"evidence": entry.evidence, "explanation": entry.explanation}
        return shown


@dataclass(frozen=True, slots=True)
class GroupScore:
    """`points` adds up what is known, under the caps; None where nothing is. `complete`: nothing is missing."""

    group: Group
    metrics: Mapping[str, MetricScore]
    points: float | None

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """Criteria that give points and have none yet."""
        scores = self.metrics.items()
        return tuple(code for code, score in scores if score.points is None and not score.metric.informs_only)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.group.name,
            "points": self.points,
            "max": _whole(self.group.max),
            "complete": self.complete,
            "metrics": {code: score.as_json() for code, score in self.metrics.items()},
        }


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    rule: ScoreRule
    groups: Mapping[str, GroupScore]

    @property
    def total(self) -> float | None:
        """The sum of what is known, None where nothing is."""
        known = [group.points for group in self.groups.values() if group.points is not None]
        return sum(known) if known else None

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(code for group in self.groups.values() for code in group.missing)

    @property
    def band(self) -> str | None:
        """The rule's word for the total; none for an incomplete sheet."""
        if self.total is None or self.missing:
            return None
        return next((band.name for band in self.rule.bands if self.total >= band.least), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "groups": {code: group.as_json() for code, group in self.groups.items()},
            "total": self.total,
            "max": _whole(self.rule.max),
            "complete": not self.missing,
            "missing": list(self.missing),
            "band": self.band,
        }


def score(rule: ScoreRule, entries: Mapping[str, Entry]) -> ScoreSheet:
    """The sheet of these entries; criteria without an entry have no points. Entries must be checked (`count_files`)."""
    return ScoreSheet(rule, {group.code: _group_score(group, entries) for group in rule.groups})


def _group_score(group: Group, entries: Mapping[str, Entry]) -> GroupScore:
    scores = {metric.code: _metric_score(metric, entries.get(metric.code, Entry())) for metric in group.metrics}
    known = {code: one.points for code, one in scores.items() if one.points is not None}
    points = min(group.max, sum(_under_caps(group.caps, known))) if known else None
    return GroupScore(group, scores, points)


def _under_caps(caps: tuple[Cap, ...], known: Mapping[str, float]) -> Iterator[float]:
    capped = {code for cap in caps for code in cap.metrics}
    yield from (points for code, points in known.items() if code not in capped)
    for cap in caps:
        yield min(cap.max, sum(points for code, points in known.items() if code in cap.metrics))


def _metric_score(metric: Metric, entry: Entry) -> MetricScore:
    computed = None if metric.informs_only or metric.formula == "entered" else _computed(metric, entry)
    candidates = (entry.appraised_score, computed, entry.own_score)
    points = None if metric.informs_only else next((each for each in candidates if each is not None), None)
    return MetricScore(metric, entry, computed, points)


def _computed(metric: Metric, entry: Entry) -> float | None:
    if entry.num is None or entry.den is None:
        return None
    if entry.den == 0:
        return {"full": metric.max, "zero": 0.0, "null": None}[metric.when_none]
    rate = entry.num / entry.den
    if metric.formula == "steps":
        return metric.max * next((step.share for step in metric.steps if rate >= step.reached), 0.0)
    return 0.0 if rate < metric.least else min(metric.max, metric.max * entry.num / (entry.den * metric.full_at))


def _whole(value: float | None) -> float | int | None:
    """Counts read better without a decimal point."""
    return int(value) if value is not None and float(value).is_integer() else value
