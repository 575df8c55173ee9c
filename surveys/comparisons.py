"""Comparing figures with their errors: change between rounds, difference of domains, tiers instead of false ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveys.figures import Figure
from surveys.intervals import t_quantile


@dataclass(frozen=True, slots=True)
class Difference:
    """The later figure less the earlier one, in percentage points.

    The bounds are None where there is no error or no degree of freedom. `reliable`: the interval does not hold 0.
    """

    estimate: float
    se: float | None
    ci_low: float | None
    ci_high: float | None

    @property
    def reliable(self) -> bool:
        if self.ci_low is None or self.ci_high is None:
            return False
        return self.ci_low > 0 or self.ci_high < 0

    @property
    def reading(self) -> str:
        """What it says, in plain Vietnamese."""
        if not self.reliable:
            return "khác biệt này chưa đủ tin cậy"
        moved = "tăng" if self.estimate > 0 else "giảm"
        return f"{moved} {abs(self.estimate):.2f} điểm phần trăm".replace(".", ",")

    def as_json(self) -> dict[str, Any]:
        bounds = {"ci_low": self.ci_low, "ci_high": self.ci_high}
        shown = {"change": self.estimate, "se": self.se, **bounds, "reliable": self.reliable}
        return shown | {"reading": self.reading}


def difference(estimate: float, se: float | None, *, degrees_of_freedom: float, level: float = 0.95) -> Difference:
    """With its t interval."""
    if se is None or degrees_of_freedom <= 0:
        return Difference(estimate, se, None, None)
    half = t_quantile((1 + level) / 2, degrees_of_freedom) * se
    return Difference(estimate, se, estimate - half, estimate + half)


def between_rounds(
    earlier: Figure | None, later: Figure | None, *, degrees_of_freedom: float, level: float = 0.95
) -> Difference | None:
    """The change between two samples drawn independently of each other; None where one of them has no figure.

    The variances add up; `degrees_of_freedom` are those of both designs together, as if each round were strata of its
    own in one design.
    """
    if earlier is None or later is None or earlier.estimate is None or later.estimate is None:
        return None
    known = earlier.se is not None and later.se is not None
    se = math.hypot(earlier.se or 0.0, later.se or 0.0) if known else None
    return difference(later.estimate - earlier.estimate, se, degrees_of_freedom=degrees_of_freedom, level=level)


@dataclass(frozen=True, slots=True)
class Tier:
    """Units that the sample cannot tell apart; `rank` is the place of the first of them."""

    rank: int
    labels: tuple[str, ...]


def tiers(figures: Mapping[str, Figure | None]) -> list[Tier]:
    """From the highest to the lowest. Two units are in different tiers only where every interval of the one tier lies
    above every interval of the other; units without an interval are in none."""
    shown = {
        label: (figure.estimate, figure.ci_low, figure.ci_high)
        for label, figure in figures.items()
        if figure is not None
        and figure.estimate is not None
        and figure.ci_low is not None
        and figure.ci_high is not None
    }
    order = sorted(shown, key=lambda label: (-shown[label][0], label))
    found: list[Tier] = []
    members: list[str] = []
    for place, label in enumerate(order):
        members.append(label)
        below = order[place + 1 :]
        lowest_above = min(shown[each][1] for each in order[: place + 1])
        if not below or lowest_above > max(shown[each][2] for each in below):
            found.append(Tier(place + 2 - len(members), tuple(members)))
            members = []
    return found
