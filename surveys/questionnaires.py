"""Questionnaires as dated data: loading, checking, and which question comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from surveys.errors import InvalidQuestionnaire, UnknownQuestionnaire

FOLDER = Path(__file__).parent / "data" / "questionnaires"
CONFIDENCE_MARKS = frozenset({"S", "R-high", "R-med", "R-low", "D", "own", "?"})

Answer = int | str | None
"""A level (int) of a criterion, an option's code (str) of a choice, or None for a question that was skipped."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Levels 1..k with their labels; levels from `satisfied_from` on count as satisfied."""

    labels: Mapping[int, str]
    satisfied_from: int

    @property
    def top(self) -> int:
        return max(self.labels)


@dataclass(frozen=True, slots=True)
class Question:
    """One message to the respondent: a criterion (kind `scale`) or the gate of a factor (kind `choice`)."""

    code: str
    text: str
    kind: Literal["scale", "choice"]
    factor: str
    options: Mapping[str, str]
    """Answer -> label, in the order shown: "1".."5" for a scale, option codes for a choice."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The question that decides whether a factor is asked: only when its answer is one of `asks_when`."""

    code: str
    text: str
    options: Mapping[str, str]
    asks_when: frozenset[str]


@dataclass(frozen=True, slots=True)
class Factor:
    code: str
    name: str
    criteria: Mapping[str, str]
    """Criterion code -> wording."""
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class FactorWeights:
    values: Mapping[str, float]
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` criteria; those that the skip rules have taken out are in neither."""

    done: int
    total: int

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One form in one wording. A new round's form is a new file in `data/questionnaires`."""

    id: str
    code: str
    title: str
    intro: str
    valid_from: date
    valid_to: date | None
    source: str
    confidence: str
    scale: Scale
    factors: tuple[Factor, ...]
    factor_weights: FactorWeights | None = None
    note: str = ""

    @classmethod
    def load(cls, questionnaire_id: str) -> Questionnaire:
        """Raises UnknownQuestionnaire, naming those that exist."""
        return _load(questionnaire_id)

    @property
    def criteria(self) -> tuple[str, ...]:
        """Criterion codes in the order of the form."""
        return tuple(code for factor in self.factors for code in factor.criteria)

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for factor in self.factors for question in self._questions_of(factor))

    def question(self, code: str) -> Question:
        """Raises KeyError for a code that this form does not have."""
        return {question.code: question for question in self.questions}[code]

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def next_question(self, answers: Mapping[str, Answer]) -> Question | None:
        """The first question that is neither answered, skipped (present with None) nor ruled out; None at the end."""
        open_questions = (question for question in self.questions if question.code not in answers)
        return next((question for question in open_questions if self._is_asked(question, answers)), None)

    def progress(self, answers: Mapping[str, Answer]) -> Progress:
        criteria = (question for question in self.questions if question.kind == "scale")
        asked = [question for question in criteria if self._may_be_asked(question, answers)]
        return Progress(done=sum(question.code in answers for question in asked), total=len(asked))

    def _is_asked(self, question: Question, answers: Mapping[str, Answer]) -> bool:
        gate = self._gate_before(question)
        return gate is None or answers.get(gate.code) in gate.asks_when

    def _may_be_asked(self, question: Question, answers: Mapping[str, Answer]) -> bool:
        gate = self._gate_before(question)
        return gate is None or gate.code not in answers or answers[gate.code] in gate.asks_when

    def _gate_before(self, question: Question) -> Gate | None:
        if question.kind == "choice":
            return None
        return next(factor.gate for factor in self.factors if factor.code == question.factor)

    def _questions_of(self, factor: Factor) -> Iterator[Question]:
        if factor.gate:
            yield Question(factor.gate.code, factor.gate.text, "choice", factor.code, factor.gate.options)
        levels = {str(level): label for level, label in self.scale.labels.items()}
        for code, text in factor.criteria.items():
            yield Question(code, text, "scale", factor.code, levels)


def questionnaire_ids() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


@lru_cache(maxsize=32)
def _load(questionnaire_id: str) -> Questionnaire:
    if questionnaire_id not in questionnaire_ids():
        known = ", ".join(questionnaire_ids())
        raise UnknownQuestionnaire(f"Không có mẫu phiếu “{questionnaire_id}”. Các mẫu hiện có: {known}.")
    return parse(read_data(FOLDER / f"{questionnaire_id}.yml"))


def read_data(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one starts ten times faster
    data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return data


def parse(data: Mapping[str, Any]) -> Questionnaire:
    """Raises InvalidQuestionnaire for a missing field or for anything that `problems` finds."""
    try:
        questionnaire = _parsed(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidQuestionnaire(f"Mẫu phiếu {data.get('id')}: thiếu hoặc sai mục {error}.") from error
    found = problems(questionnaire)
    if found:
        raise InvalidQuestionnaire(f"Mẫu phiếu {questionnaire.id}: " + "; ".join(found) + ".")
    return questionnaire


def _parsed(data: Mapping[str, Any]) -> Questionnaire:
    weights = data.get("factor_weights")
    return Questionnaire(
        id=data["id"],
        code=data["code"],
        title=data["title"],
        intro=data["intro"],
        valid_from=data["valid_from"],
        valid_to=data["valid_to"],
        source=data["source"],
        confidence=data["confidence"],
        scale=Scale(labels=data["scale"]["levels"], satisfied_from=data["scale"]["satisfied_from"]),
        factors=tuple(_factor(factor) for factor in data["factors"]),
        factor_weights=FactorWeights(**weights) if weights else None,
        note=data.get("note", ""),
    )


def _factor(data: Mapping[str, Any]) -> Factor:
    gate = data.get("gate")
    return Factor(code=data["code"], name=data["name"], criteria=data["criteria"], gate=_gate(gate) if gate else None)


def _gate(data: Mapping[str, Any]) -> Gate:
    return Gate(data["code"], data["text"], data["options"], frozenset(data["asks_when"]))


def problems(questionnaire: Questionnaire) -> list[str]:
    """What is wrong with a form, one line each; an empty list means that it can be used."""
    return [
        *_problems_of_dates_and_source(questionnaire),
        *_problems_of_scale(questionnaire.scale),
        *_problems_of_factors(questionnaire),
        *_problems_of_weights(questionnaire),
    ]


def _problems_of_dates_and_source(form: Questionnaire) -> Iterator[str]:
    for name in ("id", "code", "title", "intro", "source"):
        if not str(getattr(form, name)).strip():
            yield f"mục {name} để trống"
    if form.confidence not in CONFIDENCE_MARKS:
        yield f"mức tin cậy “{form.confidence}” không có trong danh sách"
    if form.valid_to is not None and form.valid_to < form.valid_from:
        yield "ngày hết hiệu lực trước ngày có hiệu lực"


def _problems_of_scale(scale: Scale) -> Iterator[str]:
    if list(scale.labels) != list(range(1, len(scale.labels) + 1)) or len(scale.labels) < 2:
        yield "các mức của thang đo phải là 1, 2, 3, ..."
    if not all(str(label).strip() for label in scale.labels.values()):
        yield "có mức của thang đo không có nhãn"
    if scale.satisfied_from not in scale.labels:
        yield "satisfied_from không phải một mức của thang đo"


def _problems_of_factors(form: Questionnaire) -> Iterator[str]:
    if not form.factors:
        yield "không có yếu tố nào"
    codes = [question.code for question in form.questions] + [factor.code for factor in form.factors]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"mã {code} bị trùng"
    for factor in form.factors:
        if not factor.criteria:
            yield f"yếu tố {factor.code} không có tiêu chí"
        for code, text in factor.criteria.items():
            if not code.startswith(f"{factor.code}_"):
                yield f"mã tiêu chí {code} không bắt đầu bằng {factor.code}_"
            if not str(text).strip():
                yield f"tiêu chí {code} không có câu chữ"
        if factor.gate and not factor.gate.asks_when < set(factor.gate.options):
            yield f"câu hỏi lọc {factor.gate.code} không lọc được gì"


def _problems_of_weights(form: Questionnaire) -> Iterator[str]:
    if form.factor_weights is None:
        return
    values = form.factor_weights.values
    if set(values) != {factor.code for factor in form.factors}:
        yield "trọng số không khớp với các yếu tố"
    if any(value < 0 for value in values.values()) or abs(sum(values.values()) - 1) > 1e-9:
        yield "trọng số phải không âm và cộng lại bằng 1"
