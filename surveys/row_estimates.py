"""Sums and variances of index figures over single rows: the way that every design can go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from surveys.design import Floats, Ints, SurveyDesign
from surveys.linear_forms import LinearForms, Sums
from surveys.linearization import CHUNK, Lonely, variances

Answers = NDArray[np.int8]
"""(rows, criteria): the level that was answered, 0 where the answer is blank."""

NOTHING = 1e-24
"""A variance of shares below it is what adding up floats leaves of an exact zero."""


class RowEstimates:
    """`scores` is the score of each level, `groups` (groups, criteria) says which criteria make a factor, part or all.

    `order` holds the rows in the order of their clusters; every method takes rows in that order.
    """

    def __init__(
        self, answers: Answers, design: SurveyDesign, *, scores: Floats, groups: NDArray[np.bool_], lonely: Lonely
    ) -> None:
        self.answers, self.design, self.lonely = answers, design, lonely
        self.scores, self.groups = scores, groups
        self.is_step = bool(np.isin(scores, (0.0, 1.0)).all())
        clusters = design.cluster
        unordered = bool((clusters[1:] < clusters[:-1]).any())
        self.order: Ints = np.argsort(clusters, kind="stable") if unordered else np.arange(design.rows)

    def scored(self, answers: Answers) -> Floats:
        """The score of each answer; 0 for a blank one."""
        if self.is_step:
            return (answers >= int(np.argmax(self.scores))).astype(np.float64)
        return np.take(self.scores, answers)

    def sums(self, rows: Ints) -> Sums:
        """Added up block by block; the blocks only bound the memory."""
        criteria, members = self.answers.shape[1], self.groups.T.astype(np.float32)
        score, valid, n = np.zeros(criteria), np.zeros(criteria), np.zeros(criteria, dtype=np.intp)
        people = np.zeros(len(self.groups), dtype=np.intp)
        for part in _blocks(len(rows)):
            block = rows[part]
            weights, answers = self.design.weights[block], self.answers[block]
            answered = answers > 0
            score += weights @ self.scored(answers)
            valid += weights @ answered
            n += np.count_nonzero(answered, axis=0)
            people += np.count_nonzero(answered @ members, axis=0)
        return Sums(score, valid, n, people)

    def variances(self, rows: Ints, forms: LinearForms) -> Floats:
        """Of these figures of these rows, over the whole design."""
        if self.design.calibration is None:
            return self._variances(rows, lambda block: self._linear(block, forms), figures=len(forms.estimate))
        inside = np.zeros(self.design.rows, dtype=np.bool_)
        inside[rows] = True

        def linear(block: Ints) -> Floats:
            return np.where(inside[block][:, None], self._linear(block, forms), 0.0)

        return self._variances(self.order, linear, figures=len(forms.estimate))

    def variances_of_difference(self, first: tuple[Ints, LinearForms], second: tuple[Ints, LinearForms]) -> Floats:
        """Of the second domain's figures less the first's; domains share no row."""
        side = np.zeros(self.design.rows, dtype=np.int8)
        side[first[0]], side[second[0]] = 1, 2

        def linear(block: Ints) -> Floats:
            one, other = (self._linear(block, forms) for _, forms in (first, second))
            mine = side[block][:, None]
            return np.where(mine == 2, other, np.where(mine == 1, -one, 0.0))

        rows = self.order if self.design.calibration is not None else self.order[side[self.order] > 0]
        return self._variances(rows, linear, figures=len(first[1].estimate))

    def simple_variances(self, rows: Ints, forms: LinearForms, positions: Ints) -> Floats:
        """The variance that as many respondents drawn one by one with replacement would give: Σw·z²·Σw/(n-1).

        n and Σw are over those who answered anything of the figure and have a weight, as R's svymean takes them.
        `positions` are the places of these figures among all. NaN where nothing varies.
        """
        everyone = np.vstack([np.eye(self.answers.shape[1], dtype=np.bool_), self.groups])
        members = everyone[positions].T.astype(np.float32)
        squares, total, people = (np.zeros(len(positions)) for _ in range(3))
        for part in _blocks(len(rows)):
            block = rows[part]
            weights = self.design.weights[block]
            answered = ((self.answers[block] > 0) @ members > 0) & (weights > 0)[:, None]
            squares += weights @ np.square(self._linear(block, forms))
            total += weights @ answered
            people += np.count_nonzero(answered, axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            simple: Floats = squares * total / (people - 1)
        return np.where(simple > NOTHING, simple, np.nan)

    def _linear(self, block: Ints, forms: LinearForms) -> Floats:
        """(rows, figures): how each row moves each figure, before its weight."""
        answers = self.answers[block]
        return self.scored(answers) @ forms.on_score + (answers > 0).astype(np.float64) @ forms.on_valid

    def _variances(self, rows: Ints, linear: Callable[[Ints], Floats], *, figures: int) -> Floats:
        """`linear` gives for a block of rows how each moves each figure, before its weight. For a calibrated design
        `rows` are all rows: each counts less what the known totals explain of it."""
        calibration, weights = self.design.calibration, self.design.weights
        if calibration is None:
            residual = linear
        else:
            blocks = ((rows[part], linear(rows[part])) for part in _blocks(len(rows)))
            explained = calibration.regression(blocks, figures=figures)

            def residual(block: Ints) -> Floats:
                return linear(block) - calibration.fitted(explained, block)

        def influence(part: slice) -> Floats:
            values = residual(rows[part])
            values *= weights[rows[part]][:, None]
            return values

        clusters = self.design.cluster[rows]
        return variances(self.design, clusters=clusters, influence=influence, figures=figures, lonely=self.lonely)


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, rows)) for start in range(0, rows, CHUNK))
