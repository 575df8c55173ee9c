"""Score sheets as dated data: QĐ 766, PAR INDEX, TT 01/2018, or a province's own index of the same form."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from surveys.errors import InvalidRule
from surveys.yaml_files import parse_data

FOLDER = Path(__file__).parent / "data" / "scores"

Formula = Literal["linear", "steps", "entered"]
WhenNone = Literal["full", "zero", "null"]
ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """From this rate on the criterion earns this share of its points."""

    reached: float
    share: float


@dataclass(frozen=True, slots=True)
class Metric:
    """One criterion. `max` 0 is for information only: it has a rate and no points.

    linear: max · rate / `full_at`, at most max, nothing below the rate `least`. steps: the share of the highest step
    reached. entered: a score given by people, `whole` if only in whole points. `when_none`: the points where the
    denominator is 0. `over`: the numerator may exceed the denominator. `unit` index: a figure in percent.
    """

    code: str
    name: str
    max: float
    formula: Formula = "linear"
    full_at: float = 1.0
    least: float = 0.0
    steps: tuple[Step, ...] = ()
    when_none: WhenNone = "null"
    over: bool = False
    whole: bool = False
    unit: Literal["count", "index"] = "count"

    @property
    def informs_only(self) -> bool:
        return self.max == 0


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit on what some metrics of a group earn together."""

    name: str
    max: float
    metrics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    name: str
    max: float
    metrics: tuple[Metric, ...]
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    least: float
    name: str


@dataclass(frozen=True, slots=True)
class PetitionRule:
    """How feedback (PAKN) is tested: limits in working days, and what the steps of a case mean to the index."""

    regimes: Mapping[str, str]
    limits: Mapping[str, int]
    disliked_to: int
    liked_from: int
    moves: Mapping[str, str]
    """Step of a case -> event."""


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """`digest` is the SHA-256 of the file: together with id and version it says which rule made a result."""

    id: str
    version: str
    title: str
    valid_from: date
    valid_to: date | None
    source: str
    confidence: str
    groups: tuple[Group, ...]
    bands: tuple[Band, ...] = ()
    note: str = ""
    petitions: PetitionRule | None = None
    text: str = field(default="", repr=False)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def max(self) -> float:
        return sum(group.max for group in self.groups)

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {metric.code: metric for group in self.groups for metric in group.metrics}

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "title": self.title,
            "source": self.source,
            "confidence": self.confidence,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "sha256": self.digest,
        }


def rule_ids() -> list[str]:
    """The shipped rules."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


@lru_cache(maxsize=16)
def score_rule(rule_id: str) -> ScoreRule:
    """A shipped rule. Raises InvalidRule, naming those that exist."""
    if rule_id not in rule_ids():
        raise InvalidRule(f"Không có quy tắc tính điểm “{rule_id}”. Các quy tắc hiện có: {', '.join(rule_ids())}.")
    return read_rule(FOLDER / f"{rule_id}.yml")


def read_rule(path: Path) -> ScoreRule:
    """A rule of a file. Raises InvalidRule for one that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidRule(f"Không tìm thấy tệp {path}.") from None
    except (OSError, UnicodeDecodeError):
        raise InvalidRule(f"Không đọc được tệp {path}.") from None
    return parse_rule(text)


def parse_rule(text: str) -> ScoreRule:
    """The rule that a file's text describes. Raises InvalidRule for a wrong field or for anything `problems` finds."""
    try:
        data = parse_data(text)
        rule = _rule(data, text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (dòng {mark.line + 1})" if mark else ""
        raise InvalidRule(f"Quy tắc tính điểm không phải YAML đúng{where}.") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRule(f"Quy tắc tính điểm: thiếu hoặc sai mục {error}.") from error
    found = list(problems(rule))
    if found:
        raise InvalidRule(f"Quy tắc {rule.id}: " + "; ".join(found) + ".")
    return rule


def _rule(data: Mapping[str, Any], text: str) -> ScoreRule:
    petitions = data.get("petitions")
    return ScoreRule(
        id=str(data["id"]),
        version=str(data["version"]),
        title=data["title"],
        valid_from=data["valid_from"],
        valid_to=data["valid_to"],
        source=data["source"],
        confidence=data["confidence"],
        groups=tuple(_group(group) for group in data["groups"]),
        bands=tuple(Band(float(band["from"]), band["name"]) for band in data.get("bands", ())),
        note=data.get("note", ""),
        petitions=_petition_rule(petitions) if petitions else None,
        text=text,
    )


def _group(data: Mapping[str, Any]) -> Group:
    return Group(
        code=str(data["code"]),
        name=data["name"],
        max=float(data["max"]),
        metrics=tuple(_metric(metric) for metric in data["metrics"]),
        caps=tuple(Cap(cap["name"], float(cap["max"]), frozenset(cap["metrics"])) for cap in data.get("caps", ())),
    )


def _metric(data: Mapping[str, Any]) -> Metric:
    fields = dict(data)
    fields["max"] = float(fields["max"])
    fields["steps"] = tuple(Step(float(step["from"]), float(step["share"])) for step in fields.get("steps", ()))
    return Metric(**fields)


def _petition_rule(data: Mapping[str, Any]) -> PetitionRule:
    moves = {move: event for event, moves in data["moves"].items() for move in moves}
    return PetitionRule(
        regimes=data["regimes"],
        limits={event: int(limit) for event, limit in data["limits"].items()},
        disliked_to=int(data["disliked_to"]),
        liked_from=int(data["liked_from"]),
        moves=moves,
    )


def problems(rule: ScoreRule) -> Iterator[str]:
    """What is wrong with a rule, one line each."""
    for code, times in Counter(metric.code for group in rule.groups for metric in group.metrics).items():
        if times > 1:
            yield f"mã {code} bị trùng"
    if not isinstance(rule.valid_from, date) or not isinstance(rule.valid_to, date | None):
        yield "ngày hiệu lực phải có dạng năm-tháng-ngày"
    if [band.least for band in rule.bands] != sorted((band.least for band in rule.bands), reverse=True):
        yield "các mức xếp loại phải từ cao xuống thấp"
    for group in rule.groups:
        yield from _problems_of_group(group)
        for metric in group.metrics:
            yield from _problems_of_metric(metric)


def _problems_of_group(group: Group) -> Iterator[str]:
    codes = {metric.code for metric in group.metrics}
    for cap in group.caps:
        if not cap.metrics <= codes:
            yield f"trần {cap.name} nhắc đến mã không có trong nhóm {group.code}"
    capped = {code for cap in group.caps for code in cap.metrics}
    free = sum(metric.max for metric in group.metrics if metric.code not in capped)
    if abs(free + sum(cap.max for cap in group.caps) - group.max) > ZERO:
        yield f"điểm tối đa các tiêu chí của nhóm {group.code} không cộng lại bằng {group.max:g}"


def _problems_of_metric(metric: Metric) -> Iterator[str]:
    if metric.formula not in get_args(Formula):
        yield f"{metric.code}: không có công thức {metric.formula}"
    if metric.when_none not in get_args(WhenNone):
        yield f"{metric.code}: when_none phải là một trong {', '.join(get_args(WhenNone))}"
    if metric.unit not in ("count", "index"):
        yield f"{metric.code}: unit phải là count hoặc index"
    if metric.max < 0 or not 0 < metric.full_at <= 1 or not 0 <= metric.least <= 1:
        yield f"{metric.code}: max, full_at hoặc least ngoài khoảng cho phép"
    if (metric.formula == "steps") != bool(metric.steps):
        yield f"{metric.code}: công thức steps cần các bậc, công thức khác thì không"
    reached = [step.reached for step in metric.steps]
    if reached != sorted(reached, reverse=True) or any(not 0 <= step.share <= 1 for step in metric.steps):
        yield f"{metric.code}: các bậc phải từ cao xuống thấp, share từ 0 đến 1"
