"""The weights of a round: design weight, non-response by class, a limit, known population totals. Settings are data.

The steps in their order, rule version `RULE`:

1. The design weight of each response, 1/probability.
2. Non-response: in each class the responses take over the weight of everybody who was drawn and belongs to the
   population. The drawn sample without its reserves stands for the class (a reserve takes the place of a unit, not a
   place beside it), less the share of the issued units that turned out not to be eligible. Who was not reached counts
   as eligible. Classes of fewer than `least` responses are put together.
3. A limit, where one is set: weights above `limit` times the mean are cut to it, and what is cut goes to the others.
4. Known totals, where a file gives them: post-stratification with one variable, raking with several. Who left a
   variable blank stays a group of their own, as large as in the sample; the others fit the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from surveys.calibration import Margin, calibrated, margin_of
from surveys.design import Floats, Labels, SurveyDesign, numbered
from surveys.errors import InvalidOption
from surveys.questionnaires import Questionnaire

RULE = "round-weights@1"
CLASSES: Mapping[str, str] = {
    "none": "không điều chỉnh",
    "all": "cả mẫu là một lớp",
    "stratum": "mỗi tầng một lớp",
    "commune": "mỗi xã, phường một lớp",
    "procedure": "mỗi thủ tục một lớp",
}
PLACES: Mapping[str, str] = {"tang": "stratum", "tinh": "province", "xa": "commune", "thu_tuc": "procedure"}
"""Variables of the totals' file beside the form's questions -> what of a response they are."""
UNKNOWN = "khong_ro"
MOST_LEVELS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """How a round is weighted. `margins`: variable -> level -> population, as `read_population` gives them."""

    classes: str = "stratum"
    least: int = 10
    limit: float | None = None
    margins: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    source: str = ""
    """Where the totals come from: the file's name with its hash."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Weighting:
        """The settings as they were stored or sent. Raises InvalidOption."""
        try:
            weighting = cls(**data)
        except TypeError as error:
            raise InvalidOption(f"Cách tính trọng số có mục lạ: {error}.") from None
        weighting.check()
        return weighting

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"margins": {name: dict(levels) for name, levels in self.margins.items()}}

    def check(self) -> None:
        if self.classes not in CLASSES:
            raise InvalidOption(f"Không có cách chia lớp “{self.classes}”. Chọn một trong: {', '.join(CLASSES)}.")
        if not 1 <= self.least <= 1_000:
            raise InvalidOption("Số phiếu ít nhất của một lớp phải từ 1 đến 1000.")
        if self.limit is not None and not 1.5 <= self.limit <= 100:
            raise InvalidOption("Giới hạn trọng số phải từ 1,5 đến 100 lần trọng số trung bình.")

    def check_variables(self, form: Questionnaire) -> None:
        """Raises InvalidOption for totals of what no response of this form can tell."""
        questions = {one.code: one for one in form.questions if one.kind == "choice"}
        for variable, levels in self.margins.items():
            if len(levels) > MOST_LEVELS:
                raise InvalidOption(f"Tổng thể theo {variable} có quá {MOST_LEVELS} nhóm.")
            for part, name in enumerate(variable.split("*")):
                if name not in questions and name not in PLACES:
                    known = ", ".join([*PLACES, *questions])
                    raise InvalidOption(f"Tổng thể theo “{name[:40]}”: không có biến này. Các biến: {known}.")
                for level in levels:
                    label = (level.split("*") + [""] * part)[part]
                    if name in questions and label not in questions[name].options:
                        options = ", ".join(questions[name].options)
                        raise InvalidOption(f"Tổng thể theo {name}: không có mã “{label[:40]}”. Các mã: {options}.")


class Response(Protocol):
    """What the weights need of a response."""

    @property
    def weight(self) -> float: ...
    @property
    def answers(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ClassOfUnits:
    """Of a class of the sample, in weights: the drawn units without reserves, all issued ones, the ineligible ones."""

    main: float
    issued: float
    ineligible: float

    @property
    def population(self) -> float:
        """Who of the class belongs to the population, as the sample tells it."""
        return self.main * (1 - self.ineligible / self.issued) if self.issued else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFacts:
    """What a reader must know of the weights. `kish` = n Σw² / (Σw)², what unequal weights alone cost of precision."""

    rule: str
    classes: str
    least: float
    greatest: float
    kish: float
    factors: tuple[float, float] | None
    """The lowest and the highest non-response factor, relative to the factor of the whole sample."""
    number_of_classes: int
    joined: int
    limit: float | None
    limited: int
    margins: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RoundWeights:
    """The weights of the responses, step by step: `adjusted` after non-response and limit, `design` with the last."""

    base: Floats
    adjusted: Floats
    design: SurveyDesign
    fitted: tuple[tuple[Labels, Mapping[str, float]], ...]
    """Of each variable with known totals the level of each response, and the totals as they were fitted."""
    facts: WeightFacts


def weigh(
    design: SurveyDesign, responses: Sequence[Response], units: Mapping[str, ClassOfUnits], weighting: Weighting
) -> RoundWeights:
    """The design's weights taken through all steps. `units`: the sample by the label of its class.

    Raises InvalidOption where sample and known totals do not fit together.
    """
    base = design.weights
    factors, number, joined = _factors(base, _class_labels(responses, weighting), units, weighting)
    adjusted, limited = _limited(base * factors, weighting.limit)
    fitted = tuple(_fitted(responses, name, levels, adjusted) for name, levels in weighting.margins.items())
    margins = [_margin(name, *one) for name, one in zip(weighting.margins, fitted, strict=True)]
    weighted = replace(design, weights=adjusted)
    final = calibrated(weighted, margins) if margins else weighted
    common = float((base * factors).sum() / base.sum()) if base.sum() else 1.0
    facts = WeightFacts(
        rule=RULE,
        classes=weighting.classes,
        least=float(final.weights.min(initial=np.inf)),
        greatest=float(final.weights.max(initial=0.0)),
        kish=_kish(final.weights),
        factors=(float(factors.min()) / common, float(factors.max()) / common) if number else None,
        number_of_classes=number,
        joined=joined,
        limit=weighting.limit,
        limited=limited,
        margins=tuple(weighting.margins),
        source=weighting.source,
    )
    return RoundWeights(base, adjusted, final, fitted, facts)


def _kish(weights: Floats) -> float:
    whole = float(weights.sum())
    return len(weights) * float(np.square(weights).sum()) / whole**2 if whole else 1.0


# ---- non-response


def _class_labels(responses: Sequence[Response], weighting: Weighting) -> Labels | None:
    """The class of each response; None where nothing is adjusted."""
    if weighting.classes == "none":
        return None
    if weighting.classes == "all":
        return np.array([""] * len(responses))
    return np.array([str(getattr(one, weighting.classes)) for one in responses])


def _factors(
    base: Floats, labels: Labels | None, units: Mapping[str, ClassOfUnits], weighting: Weighting
) -> tuple[Floats, int, int]:
    """For each response its class's factor; how many classes there are, and how many were put together."""
    if labels is None:
        return np.ones(len(base)), 0, 0
    names, codes = numbered(labels)
    answered = dict(zip(map(str, names), np.bincount(codes).tolist(), strict=True))
    reached = dict(zip(map(str, names), np.bincount(codes, weights=base).tolist(), strict=True))
    populations = {name: units[name].population if name in units else 0.0 for name in {*units, *answered}}
    together = _put_together(answered, populations, least=weighting.least)
    factors = {name: populations[name] / reached[name] for name in populations if name not in together}
    if together:
        weight = sum(reached.get(name, 0.0) for name in together)
        common = sum(populations[name] for name in together) / weight if weight else 1.0
        factors |= dict.fromkeys(together, common)
    return np.array([factors[str(name)] for name in names])[codes], len(populations), len(together)


def _put_together(answered: Mapping[str, int], populations: Mapping[str, float], *, least: int) -> set[str]:
    """Classes with too few responses, or unknown to the sample, and the next smallest until all have enough."""
    order = sorted(populations, key=lambda name: (answered.get(name, 0), name))
    together = {name for name in order if answered.get(name, 0) < least or populations[name] <= 0}
    for name in order:
        enough = sum(answered.get(one, 0) for one in together) >= least
        if not together or (enough and sum(populations[one] for one in together) > 0):
            break
        together.add(name)
    return together


# ---- the limit


def _limited(weights: Floats, limit: float | None) -> tuple[Floats, int]:
    """Weights of which none is above `limit` times the mean, with the same sum; how many were cut."""
    if limit is None or not len(weights):
        return weights, 0
    most, whole = limit * float(weights.mean()), float(weights.sum())
    cut = weights > most
    fitted = np.array(weights)
    while True:
        free = float(fitted[~cut].sum())
        fitted = np.where(cut, most, fitted * ((whole - most * cut.sum()) / free if free else 0.0))
        more = (fitted > most * (1 + 1e-12)) & ~cut
        if not more.any():
            return fitted, int(cut.sum())
        cut |= more


# ---- known totals


def _fitted(
    responses: Sequence[Response], variable: str, totals: Mapping[str, float], weights: Floats
) -> tuple[Labels, dict[str, float]]:
    """The level of each response, and the totals with a group for those who left the variable blank."""
    parts = [_levels(responses, name) for name in variable.split("*")]
    labels = np.array(["*".join(row) if all(row) else UNKNOWN for row in zip(*parts, strict=True)])
    unknown = labels == UNKNOWN
    if not unknown.any():
        return labels, dict(totals)
    share, whole = float(weights[unknown].sum() / weights.sum()), sum(totals.values())
    return labels, {level: total * (1 - share) for level, total in totals.items()} | {UNKNOWN: whole * share}


def _levels(responses: Sequence[Response], name: str) -> list[str]:
    if name in PLACES:
        return [str(getattr(one, PLACES[name]) or "") for one in responses]
    return [str(one.answers.get(name) or "") for one in responses]


def _margin(name: str, labels: Labels, totals: Mapping[str, float]) -> Margin:
    return margin_of(name, labels, dict(totals))
