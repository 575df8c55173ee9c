"""How large a sample should be: by the rule of the State's plans, and for a wanted precision. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from surveys.errors import InvalidOption

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """What a sample should achieve: `margin` is half the width of the interval, as a share.

    `share` is the expected share of satisfied answers (0.5 is the worst case), `design_effect` what clusters cost,
    `response_rate` the part of those asked who will answer.
    """

    margin: float = 0.05
    share: float = 0.5
    level: float = 0.95
    design_effect: float = 1.5
    response_rate: float = 1.0

    def __post_init__(self) -> None:
        shares = (self.margin, self.share, self.level)
        if not all(0 < value < 1 for value in shares):
            raise InvalidOption("Sai số, tỷ lệ dự kiến và độ tin cậy phải lớn hơn 0 và nhỏ hơn 1.")
        if self.design_effect < 1 or not 0 < self.response_rate <= 1:
            raise InvalidOption("Hệ số thiết kế phải từ 1; tỷ lệ trả lời phải lớn hơn 0 và không quá 1.")


@dataclass(frozen=True, slots=True)
class SampleSizes:
    """Both sizes for one population, and how many to ask so that the second is reached."""

    population: int
    by_rule: int
    by_precision: int
    to_ask: int


def size_by_rule(population: int, *, margin: float = 0.05) -> int:
    """n = N / (1 + N e²), rounded up: the rule of QĐ 1383/QĐ-BNV (2012), still used in provincial plans.

    It is the size of a simple random sample for a share of one half at about 95 %, and knows no clusters.
    """
    return _up(population / (1 + population * margin**2))


def size_by_precision(population: int, wanted: Precision) -> int:
    """n = D / (1 + (D - 1) / N) with D = deff · z² p (1 - p) / e²: the finite population correction included."""
    z = NormalDist().inv_cdf((1 + wanted.level) / 2)
    infinite = wanted.design_effect * z**2 * wanted.share * (1 - wanted.share) / wanted.margin**2
    return min(population, _up(infinite / (1 + (infinite - 1) / population))) if population else 0


def sample_sizes(population: int, wanted: Precision) -> SampleSizes:
    by_precision = size_by_precision(population, wanted)
    to_ask = min(population, _up(by_precision / wanted.response_rate))
    return SampleSizes(population, size_by_rule(population, margin=wanted.margin), by_precision, to_ask)


def allocate(
    size: int,
    population: Mapping[str, int],
    *,
    rule: str = "proportional",
    shares: Mapping[str, float] | None = None,
    least: int = 0,
) -> dict[str, int]:
    """How many to take of each stratum, together `size` where the strata have so many.

    Rules: `proportional` to the stratum, `equal`, or `neyman`: proportional to N_h · √(p_h (1 - p_h)), with p_h of
    `shares` (0.5 where it says nothing). No stratum gives more than it has, nor less than `least`, where it has those.
    """
    measures = _measures(population, rule, shares or {})
    taken = {name: min(least, people) for name, people in population.items()}
    _fill(taken, population, measures, size - sum(taken.values()))
    return taken


def _measures(population: Mapping[str, int], rule: str, shares: Mapping[str, float]) -> dict[str, float]:
    if rule == "proportional":
        return {name: float(people) for name, people in population.items()}
    if rule == "equal":
        return dict.fromkeys(population, 1.0)
    if rule == "neyman":
        spread = {name: shares.get(name, 0.5) for name in population}
        if not all(0 < share < 1 for share in spread.values()):
            raise InvalidOption("Phân bổ Neyman cần tỷ lệ dự kiến của mỗi tầng lớn hơn 0 và nhỏ hơn 1.")
        return {name: people * math.sqrt(spread[name] * (1 - spread[name])) for name, people in population.items()}
    raise InvalidOption(f"Không có cách phân bổ “{rule}”. Chọn một trong: proportional, equal, neyman.")


def _fill(taken: dict[str, int], population: Mapping[str, int], measures: Mapping[str, float], left: int) -> None:
    """Bring each stratum towards its part of the whole by largest remainders; what one cannot give, the others do."""
    while left > 0:
        room = {name: population[name] - taken[name] for name in population if population[name] > taken[name]}
        if not room:
            return
        total = sum(taken.values()) + left
        sum_of_measures = sum(measures[name] for name in room)
        wanted = {
            name: max(0.0, total * measures[name] / sum_of_measures - taken[name]) if sum_of_measures else 1.0
            for name in room
        }
        scale = left / sum(wanted.values()) if sum(wanted.values()) > 0 else 0.0
        parts = {name: min(room[name], int(wanted[name] * scale + _ROUNDING)) for name in room}
        for name, part in parts.items():
            taken[name] += part
        left -= sum(parts.values())
        by_remainder = sorted(room, key=lambda name: (-(wanted[name] * scale - parts[name]), name))
        if sum(parts.values()) and any(parts[name] == room[name] for name in parts):
            continue  # somebody is exhausted: share what is left anew
        for name in by_remainder:
            if left and taken[name] < population[name]:
                taken[name] += 1
                left -= 1


def _up(size: float) -> int:
    return math.ceil(size - _ROUNDING)
