"""Weights that fit known population totals: adjustment for non-response, post-stratification, raking.

The error of a calibrated figure is that of its residual: what the known totals explain of it varies no more from sample
to sample (Deville and Särndal 1992). The regression is weighted by the weights before calibration, as R's calibrate()
and postStratify() take it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surveys.design import Floats, Ints, Labels, SurveyDesign, numbered
from surveys.errors import InvalidOption

TOLERANCE = 1e-11
"""Of a total, relative: what raking may leave between the weights' sum and the known total."""
ROUNDS = 2_000
TOTALS_AGREE = 1e-6
"""Relative: how far the grand totals of two margins may lie apart."""


@dataclass(frozen=True, slots=True)
class Margin:
    """One variable with its known totals: `codes` (rows,) is the level of each row, `totals` (levels,)."""

    name: str
    codes: Ints
    totals: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a design remembers of its calibration. `base` (rows,) are the weights before it."""

    base: Floats
    margins: tuple[Margin, ...]
    inverse: Floats
    """(levels of all margins)²: the generalised inverse of the margins' cross-products."""

    @classmethod
    def of(cls, base: Floats, margins: Sequence[Margin]) -> Calibration:
        columns = _columns(margins)
        products = np.zeros((columns[-1], columns[-1]))
        for one, at in zip(margins, columns[:-1], strict=True):
            for other, beside in zip(margins, columns[:-1], strict=True):
                pairs = one.codes * len(other.totals) + other.codes
                table = np.bincount(pairs, weights=base, minlength=len(one.totals) * len(other.totals))
                block = table.reshape(len(one.totals), len(other.totals))
                products[at : at + len(one.totals), beside : beside + len(other.totals)] = block
        inverse: Floats = np.asarray(np.linalg.pinv(products, hermitian=True), dtype=np.float64)
        return cls(base, tuple(margins), inverse)

    def regression(self, blocks: Iterable[tuple[Ints, Floats]], *, figures: int) -> Floats:
        """(levels of all margins, figures): the coefficients, from (rows, values) of all rows of the design."""
        columns = _columns(self.margins)
        sums = np.zeros((columns[-1], figures))
        for rows, values in blocks:
            weighted = values * self.base[rows][:, None]
            for margin, at in zip(self.margins, columns[:-1], strict=True):
                levels = len(margin.totals)
                for figure in range(figures):
                    sums[at : at + levels, figure] += np.bincount(
                        margin.codes[rows], weights=weighted[:, figure], minlength=levels
                    )
        fitted: Floats = self.inverse @ sums
        return fitted

    def fitted(self, coefficients: Floats, rows: Ints) -> Floats:
        """(rows, figures): what the margins explain of each row."""
        columns = _columns(self.margins)
        parts = (coefficients[at + margin.codes[rows]] for margin, at in zip(self.margins, columns[:-1], strict=True))
        return np.asarray(sum(parts))


def calibrated(design: SurveyDesign, margins: Sequence[Margin]) -> SurveyDesign:
    """The design with weights that fit these margins. Raises InvalidOption where they cannot."""
    return replace(design, weights=raked(design.weights, margins), calibration=Calibration.of(design.weights, margins))


def _columns(margins: Sequence[Margin]) -> list[int]:
    """Where the levels of each margin begin, and how many there are together."""
    return [0, *np.cumsum([len(margin.totals) for margin in margins]).tolist()]


def margin_of(name: str, labels: Labels, totals: dict[str, float]) -> Margin:
    """The margin of a column. Raises InvalidOption where sample and population do not know the same levels.

    A level of population 0 that nobody in the sample has is passed over.
    """
    levels, codes = numbered(labels)
    names = [level.decode() if isinstance(level, bytes) else str(level) for level in levels]
    for level in names:
        if totals.get(level, 0) <= 0:
            raise InvalidOption(f"Số dân của {name} = “{level}” không có trong tệp tổng thể, hoặc bằng 0.")
    for level, total in totals.items():
        if total > 0 and level not in names:
            raise InvalidOption(f"Không có ai trong mẫu thuộc {name} = “{level}”; hãy gộp nhóm này với nhóm khác.")
    return Margin(name, codes, np.array([totals[level] for level in names], dtype=np.float64))


def raked(weights: Floats, margins: Sequence[Margin]) -> Floats:
    """Weights whose sums are the totals of every margin; with one margin this is post-stratification.

    Raises InvalidOption when a level has no weight, when totals contradict each other or rounds do not come to rest.
    """
    _check_totals(margins)
    fitted = np.array(weights, dtype=np.float64)
    for _ in range(ROUNDS):
        for margin in margins:
            sums = np.bincount(margin.codes, weights=fitted, minlength=len(margin.totals))
            if (sums <= 0).any():
                raise InvalidOption(f"Có nhóm của {margin.name} mà không ai trong mẫu có trọng số.")
            fitted *= (margin.totals / sums)[margin.codes]
        if _worst(fitted, margins) <= TOLERANCE:
            return fitted
    raise InvalidOption("Điều chỉnh theo nhiều biến không hội tụ; hãy gộp bớt nhóm hoặc bỏ bớt biến.")


def _worst(weights: Floats, margins: Sequence[Margin]) -> float:
    differences = (
        np.abs(np.bincount(margin.codes, weights=weights, minlength=len(margin.totals)) / margin.totals - 1).max()
        for margin in margins
    )
    return float(max(differences))


def _check_totals(margins: Sequence[Margin]) -> None:
    grand = [float(margin.totals.sum()) for margin in margins]
    for margin, total in zip(margins[1:], grand[1:], strict=True):
        if abs(total / grand[0] - 1) > TOTALS_AGREE:
            first = margins[0].name
            raise InvalidOption(f"Tổng thể theo {margin.name} ({total:g}) khác tổng thể theo {first} ({grand[0]:g}).")


def without_nonrespondents(weights: Floats, responded: Ints, classes: Labels | None) -> Floats:
    """Respondents take over the weight of those of their class who did not answer; these keep none.

    Non-respondents stay in the design as rows without a weight: their clusters were drawn. Raises InvalidOption for a
    class in which nobody answered.
    """
    answered = responded.astype(np.bool_)
    labels, codes = numbered(classes) if classes is not None else (np.array(["mẫu"]), np.zeros(len(weights), np.intp))
    drawn = np.bincount(codes, weights=weights, minlength=len(labels))
    reached = np.bincount(codes[answered], weights=weights[answered], minlength=len(labels))
    silent = np.flatnonzero((reached <= 0) & (drawn > 0))
    if len(silent):
        label = labels[silent[0]]
        name = label.decode() if isinstance(label, bytes) else str(label)
        raise InvalidOption(f"Nhóm “{name}” không có ai trả lời; hãy gộp nhóm này với nhóm khác.")
    factors = np.divide(drawn, reached, out=np.zeros_like(drawn), where=reached > 0)
    return np.where(answered, weights * factors[codes], 0.0)
