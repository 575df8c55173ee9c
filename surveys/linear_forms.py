"""Index figures as linear forms of what a respondent answered: from sums to estimates and their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveys.design import Floats, Ints
from surveys.methods import IndexMethod
from surveys.questionnaires import Questionnaire

Member = NDArray[np.bool_]
"""(criteria,): which criteria belong to a figure."""


@dataclass(frozen=True, slots=True)
class Sums:
    """By criterion: Σw·score, Σw over valid answers, and their number; by factor, part and overall: the respondents."""

    score: Floats
    valid: Floats
    n: Ints
    people: Ints


@dataclass(frozen=True, slots=True)
class LinearForms:
    """Row i moves figure f by w_i (score_i · on_score[:, f] + valid_i · on_valid[:, f]).

    estimate, n: (figures,); on_score, on_valid: (criteria, figures). The estimate is NaN where nobody answered.
    """

    estimate: Floats
    n: Ints
    on_score: Floats
    on_valid: Floats

    def combined(self, weights: Floats) -> LinearForms:
        """One figure: the mean, by `weights`, of those figures that have answers."""
        answered = ~np.isnan(self.estimate) & (weights > 0)
        shares = np.where(answered, weights, 0.0)
        if not answered.any():
            return LinearForms(
                np.array([np.nan]), self.n.sum(keepdims=True), self.on_score[:, :1], self.on_valid[:, :1]
            )
        shares /= shares.sum()
        return LinearForms(
            estimate=np.array([shares[answered] @ self.estimate[answered]]),
            n=self.n[answered].sum(keepdims=True),
            on_score=self.on_score @ shares[:, None],
            on_valid=self.on_valid @ shares[:, None],
        )

    def chosen(self, positions: Sequence[int] | Ints) -> LinearForms:
        return LinearForms(
            self.estimate[positions], self.n[positions], self.on_score[:, positions], self.on_valid[:, positions]
        )


class Composition:
    """How a form's criteria make factors, parts and the overall figure by one method."""

    def __init__(self, form: Questionnaire, method: IndexMethod, factor_weights: Floats) -> None:
        self.method, self.factor_weights = method, factor_weights
        self.criteria = form.criteria
        self.factors = [factor.code for factor in form.factors]
        self.parts = [part.code for part in form.parts]
        self._factors_of_parts = [np.array([code in part.factors for code in self.factors]) for part in form.parts]
        of_factor = {code: factor.code for factor in form.factors for code in factor.criteria}
        self._of_factors = np.array([[of_factor[code] == factor for code in self.criteria] for factor in self.factors])
        everything = np.ones((1, len(self.criteria)), dtype=np.bool_)
        of_parts = [self._of_factors[mine].any(axis=0) for mine in self._factors_of_parts]
        self.members: NDArray[np.bool_] = np.vstack([self._of_factors, *of_parts, everything])
        """One row each factor, part, and the overall figure: the criteria that they are made of."""

    @property
    def names(self) -> list[tuple[str, str]]:
        """(level, code) of each figure, in the order of `forms`."""
        levels = (("criteria", self.criteria), ("factors", self.factors), ("parts", self.parts))
        return [(level, code) for level, codes in levels for code in codes] + [("overall", "")]

    def forms(self, sums: Sums) -> LinearForms:
        """Criteria, factors, parts and overall, in this order."""
        criteria = _joined([_ratio(sums, member) for member in np.eye(len(sums.n), dtype=np.bool_)])
        factors = _joined([self._factor(sums, criteria, member) for member in self._of_factors])
        wholes = [self._whole(sums, criteria, factors, mine) for mine in self._factors_of_parts]
        every_factor = np.ones(len(self.factors), dtype=np.bool_)
        return _joined([criteria, factors, *wholes, self._whole(sums, criteria, factors, every_factor)])

    def _factor(self, sums: Sums, criteria: LinearForms, member: Member) -> LinearForms:
        return _ratio(sums, member) if self.method.factor == "pooled" else criteria.combined(member.astype(np.float64))

    def _whole(self, sums: Sums, criteria: LinearForms, factors: LinearForms, mine: Member) -> LinearForms:
        """A part of the form, or all of it."""
        member: Member = np.asarray(self._of_factors[mine].any(axis=0))
        if self.method.overall == "pooled":
            return _ratio(sums, member)
        if self.method.overall == "criteria":
            return criteria.combined(member.astype(np.float64))
        return factors.combined(np.asarray(np.where(mine, self.factor_weights, 0.0)))


def _ratio(sums: Sums, member: Member) -> LinearForms:
    """Σw·score / Σw over the answers of the member criteria, and its derivatives."""
    valid = sums.valid[member].sum()
    share = sums.score[member].sum() / valid if valid > 0 else np.nan
    on_score = np.where(member, 1 / valid, 0.0) if valid > 0 else np.zeros(len(member))
    n = sums.n[member].sum(keepdims=True)
    return LinearForms(np.array([share]), n, on_score[:, None], -np.nan_to_num(share) * on_score[:, None])


def _joined(parts: Sequence[LinearForms]) -> LinearForms:
    return LinearForms(
        estimate=np.concatenate([part.estimate for part in parts]),
        n=np.concatenate([part.n for part in parts]),
        on_score=np.hstack([part.on_score for part in parts]),
        on_valid=np.hstack([part.on_valid for part in parts]),
    )
