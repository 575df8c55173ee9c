"""Figures of a round that everybody may read: one object from which pages, API, reports and open data take theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from surveys.comparisons import Difference, Tier
from surveys.design import SurveyDesign
from surveys.figures import Figure, IndexOptions, IndexTable
from surveys.keeping import MODES
from surveys.questionnaires import Question, Questionnaire
from surveys.rounds.dispositions import TITLES, ResponseRates
from surveys.rounds.models import SurveyRound
from surveys.rounds.weighting import WeightFacts


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The figures of the groups of one variable; `withheld`: they would give away figures of few people."""

    code: str
    title: str
    tables: Mapping[str, IndexTable]
    tiers: tuple[Tier, ...] = ()
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class OptionShare:
    """How many chose an option: percent of those who answered, by weight; None where it is hidden."""

    label: str
    percent: float | None


@dataclass(frozen=True, slots=True)
class QuestionShares:
    """The answers to a question that is no criterion; `n` is None where all of it is hidden."""

    question: Question
    n: int | None
    options: tuple[OptionShare, ...]


@dataclass(frozen=True, slots=True)
class DesignFacts:
    """What a reader must know of the design; `finite`: whether errors take the finite population into account."""

    strata: int
    clusters: int
    degrees_of_freedom: int
    finite: bool

    @classmethod
    def of(cls, design: SurveyDesign) -> DesignFacts:
        finite = bool((design.population < float("inf")).all())
        return cls(design.strata, design.clusters, design.degrees_of_freedom, finite)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Figures of a round that may be read by everybody; `change` is against the round before, by criterion code."""

    survey: SurveyRound
    form: Questionnaire
    options: IndexOptions
    threshold: int
    responses: int
    design: DesignFacts
    weights: WeightFacts
    total: IndexTable
    breakdowns: tuple[Breakdown, ...]
    shares: tuple[QuestionShares, ...]
    rates: ResponseRates
    modes: Mapping[str, int]
    released_on: date | None
    earlier: SurveyRound | None = None
    changes: Mapping[str, Difference | None]

    def as_document(self) -> dict[str, Any]:
        """All of it as JSON, to be kept."""
        return {
            "questionnaire": self.form.id,
            "round": self.survey.code,
            "options": asdict(self.options),
            "threshold": self.threshold,
            "responses": self.responses,
            "design": asdict(self.design),
            "weights": asdict(self.weights),
            "total": asdict(self.total),
            "breakdowns": [asdict(one) for one in self.breakdowns],
            "shares": [
                {"question": one.question.code, "n": one.n, "percent": [option.percent for option in one.options]}
                for one in self.shares
            ],
            "rates": asdict(self.rates),
            "modes": dict(self.modes),
            "released_on": self.released_on.isoformat() if self.released_on else None,
            "earlier": self.earlier.code if self.earlier else None,
            "changes": {code: asdict(one) if one else None for code, one in self.changes.items()},
        }

    @classmethod
    def from_document(
        cls, document: Mapping[str, Any], *, survey: SurveyRound, form: Questionnaire, earlier: SurveyRound | None
    ) -> Publication:
        """What `as_document` kept of this round, in the order of the form: a database may keep keys in its own."""
        weights = document["weights"]
        factors = weights["factors"]
        changes = _in_order(("overall", *_codes(form)), document["changes"])
        released = document["released_on"]
        return cls(
            survey=survey,
            form=form,
            options=IndexOptions(**document["options"]),
            threshold=document["threshold"],
            responses=document["responses"],
            design=DesignFacts(**document["design"]),
            weights=WeightFacts(
                **weights | {"factors": tuple(factors) if factors else None, "margins": tuple(weights["margins"])}
            ),
            total=_table(form, document["total"]),
            breakdowns=tuple(_breakdown(form, one) for one in document["breakdowns"]),
            shares=tuple(_shares(form, one) for one in document["shares"]),
            rates=ResponseRates(**document["rates"] | {"counts": _in_order(TITLES, document["rates"]["counts"])}),
            modes=_in_order(MODES, document["modes"]),
            released_on=date.fromisoformat(released) if released else None,
            earlier=earlier,
            changes={code: Difference(**one) if one else None for code, one in changes.items()},
        )


def _codes(form: Questionnaire) -> tuple[str, ...]:
    return (*(part.code for part in form.parts), *(factor.code for factor in form.factors), *form.criteria)


def _in_order(order: Iterable[str], kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: kept[name] for name in order if name in kept}


def _table(form: Questionnaire, kept: Mapping[str, Any]) -> IndexTable:
    def figures(name: str) -> dict[str, Figure | None]:
        return {code: Figure(**one) if one else None for code, one in _in_order(_codes(form), kept[name]).items()}

    overall = Figure(**kept["overall"]) if kept["overall"] else None
    return IndexTable(overall, figures("factors"), figures("criteria"), figures("parts"))


def _breakdown(form: Questionnaire, kept: Mapping[str, Any]) -> Breakdown:
    tiers = tuple(Tier(one["rank"], tuple(one["labels"])) for one in kept["tiers"])
    tables = {label: _table(form, one) for label, one in sorted(kept["tables"].items())}
    return Breakdown(kept["code"], kept["title"], tables, tiers, withheld=kept["withheld"])


def _shares(form: Questionnaire, kept: Mapping[str, Any]) -> QuestionShares:
    question = form.question(kept["question"])
    options = zip(question.options.values(), kept["percent"], strict=True)
    return QuestionShares(question, kept["n"], tuple(OptionShare(label, percent) for label, percent in options))
