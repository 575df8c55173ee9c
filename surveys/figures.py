"""What an index computation gives: figures with their errors, by criterion, factor, part, overall and domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from surveys.design import SurveyDesign
from surveys.errors import InvalidOption
from surveys.intervals import INTERVALS, Interval
from surveys.linearization import LONELY_RULES, Lonely
from surveys.methods import index_method


@dataclass(frozen=True, slots=True)
class Figure:
    """One index in percent. `n` counts valid answers, `respondents` the people who gave them.

    `se` is None where the lonely-PSU rule leaves no stratum to take it from, the bounds also where df is 0. `deff` is
    the design effect, None unless it was asked for. A suppressed figure keeps only its place.
    """

    estimate: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    n: int | None
    respondents: int | None
    suppressed: bool = False
    deff: float | None = None

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {name: getattr(self, name) for name in ("estimate", "se", "ci_low", "ci_high", "n")}
        if self.deff is not None:
            shown["deff"] = self.deff
        return shown | {"suppressed": True} if self.suppressed else shown


SUPPRESSED = Figure(None, None, None, None, None, None, suppressed=True)


@dataclass(frozen=True, slots=True)
class IndexTable:
    """The figures of one domain; None where nobody answered. `parts` is empty for a form without parts."""

    overall: Figure | None
    factors: Mapping[str, Figure | None]
    criteria: Mapping[str, Figure | None]
    parts: Mapping[str, Figure | None]

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"overall": _shown(self.overall)}
        if self.parts:
            shown["parts"] = {code: _shown(figure) for code, figure in self.parts.items()}
        return shown | {
            "factors": {code: _shown(figure) for code, figure in self.factors.items()},
            "criteria": {code: _shown(figure) for code, figure in self.criteria.items()},
        }


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How to compute. `factor_weights` overrides those of the questionnaire for the method `weighted`."""

    method: str = "pooled"
    lonely: Lonely = "adjust"
    interval: Interval = "logit_t"
    level: float = 0.95
    factor_weights: Mapping[str, float] | None = None
    deff: bool = False

    @classmethod
    def checked(
        cls,
        *,
        method: str,
        lonely: str,
        interval: str,
        factor_weights: Mapping[str, float] | None = None,
        deff: bool = False,
    ) -> IndexOptions:
        """Raises InvalidOption for a name that does not exist."""
        index_method(method)
        for value, known in ((lonely, LONELY_RULES), (interval, INTERVALS)):
            if value not in known:
                raise InvalidOption(f"Không có lựa chọn “{value}”. Chọn một trong: {', '.join(known)}.")
        return cls(method, cast(Lonely, lonely), cast(Interval, interval), factor_weights=factor_weights, deff=deff)


@dataclass(frozen=True, slots=True)
class IndexResult:
    options: IndexOptions
    design: SurveyDesign
    total: IndexTable
    by: Mapping[str, IndexTable]
    """Label of the domain -> its figures. Rows with a blank label are in no domain."""


def _shown(figure: Figure | None) -> dict[str, Any] | None:
    return None if figure is None else figure.as_json()
