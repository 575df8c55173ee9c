"""Questionnaires: what a form asks, in which order, and which question comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Answer = int | str | list[str] | None
"""A level (int) of a criterion, an option's code (str) of a choice, several codes, or None for a skipped question."""

BlockRole = Literal["person", "judgement", "experience", "need"]
"""Who the respondent is; nhận định, đánh giá; what they have been through; nhu cầu, mong đợi."""


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
    """One message to the respondent.

    Kinds: `scale` is a criterion, `choice` takes one option, `choices` any number of them. `group` is the code of the
    factor or of the block that the question belongs to.
    """

    code: str
    text: str
    kind: Literal["scale", "choice", "choices"]
    group: str
    options: Mapping[str, str]
    """Answer -> label, in the order shown: "1".."5" for a scale, option codes for a choice."""


@dataclass(frozen=True, slots=True)
class Block:
    """Questions that are no criteria, with the same options: asked for themselves, never part of an index."""

    code: str
    title: str
    role: BlockRole
    options: Mapping[str, str]
    items: Mapping[str, str]
    """Question code -> wording; an empty wording is that of the title alone."""
    several: bool = False

    @property
    def questions(self) -> tuple[Question, ...]:
        kind: Literal["choice", "choices"] = "choices" if self.several else "choice"
        return tuple(
            Question(code, f"{self.title}: {text}" if text else self.title, kind, self.code, self.options)
            for code, text in self.items.items()
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """The question that decides whether a factor is asked: only when its answer is one of `asks_when`.

    `own`: it is asked right before the factor; otherwise it is a question of an earlier block.
    """

    code: str
    text: str
    options: Mapping[str, str]
    asks_when: frozenset[str]
    own: bool = True


@dataclass(frozen=True, slots=True)
class Factor:
    code: str
    name: str
    criteria: Mapping[str, str]
    """Criterion code -> wording."""
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A content group of the form: several factors under one heading, such as policies and services."""

    code: str
    name: str
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactorWeights:
    values: Mapping[str, float]
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Identification:
    """What the interviewer fills in about the place, from the sample list and not from the respondent."""

    code: str
    label: str
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` criteria; those that the skip rules have taken out are in neither."""

    done: int
    total: int

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One form in one wording. A new round's form is a new file in `data/questionnaires`.

    `series` names forms that follow each other; `own` ones are ours, not the State's. `missing` says what is not known
    of the original; with `incomplete` the form cannot be used in the field.
    """

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
    series: str = ""
    parts: tuple[Part, ...] = ()
    before: tuple[Block, ...] = ()
    after: tuple[Block, ...] = ()
    identification: tuple[Identification, ...] = ()
    missing: tuple[str, ...] = ()
    incomplete: bool = False

    @classmethod
    def load(cls, questionnaire_id: str) -> Questionnaire:
        """Raises UnknownQuestionnaire, naming those that exist."""
        from surveys.questionnaire_files import load  # the files know the form, and not the other way round

        return load(questionnaire_id)

    @property
    def criteria(self) -> tuple[str, ...]:
        """Criterion codes in the order of the form."""
        return tuple(code for factor in self.factors for code in factor.criteria)

    @property
    def questions(self) -> tuple[Question, ...]:
        """In the order of the form: the blocks before, the factors, the blocks after."""
        return (
            *(question for block in self.before for question in block.questions),
            *(question for factor in self.factors for question in self._questions_of(factor)),
            *(question for block in self.after for question in block.questions),
        )

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
        if question.kind != "scale":
            return None
        return next(factor.gate for factor in self.factors if factor.code == question.group)

    def _questions_of(self, factor: Factor) -> Iterator[Question]:
        if factor.gate and factor.gate.own:
            yield Question(factor.gate.code, factor.gate.text, "choice", factor.code, factor.gate.options)
        levels = {str(level): label for level, label in self.scale.labels.items()}
        for code, text in factor.criteria.items():
            yield Question(code, text, "scale", factor.code, levels)
