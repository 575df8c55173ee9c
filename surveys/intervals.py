"""Confidence intervals of an estimate in percent, and the quantiles that they need (no scipy: it is slow to import)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, get_args

Interval = Literal["normal", "t", "logit", "logit_t", "wilson"]
INTERVALS: tuple[str, ...] = get_args(Interval)

Bounds = tuple[float, float]


def confidence_interval(
    estimate: float, se: float, *, interval: Interval, degrees_of_freedom: float, level: float = 0.95
) -> Bounds | None:
    """Bounds in percent for an estimate in percent (0-100).

    An estimate of 0 or 100, or a zero error, gives the estimate itself. None where the method needs a t quantile and
    there are no degrees of freedom. `normal` and `t` are cut at 0 and 100.
    `wilson` takes p(1-p)/se² as the number of independent answers, as a design effect does.
    """
    if se == 0 or estimate <= 0 or estimate >= 100:
        return estimate, estimate
    if interval in ("t", "logit_t"):
        if degrees_of_freedom <= 0:
            return None
        quantile = t_quantile((1 + level) / 2, degrees_of_freedom)
    else:
        from statistics import NormalDist  # slow to import, and not wanted by default

        quantile = NormalDist().inv_cdf((1 + level) / 2)
    low, high = _BOUNDS[interval](estimate / 100, se / 100, quantile)
    return 100 * max(low, 0.0), 100 * min(high, 1.0)


def _symmetric(p: float, se: float, quantile: float) -> Bounds:
    return p - quantile * se, p + quantile * se


def _logit(p: float, se: float, quantile: float) -> Bounds:
    centre, half = math.log(p / (1 - p)), quantile * se / (p * (1 - p))
    return _expit(centre - half), _expit(centre + half)


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else 1 - 1 / (1 + math.exp(min(x, 700.0)))


def _wilson(p: float, se: float, quantile: float) -> Bounds:
    shrink = quantile**2 * se**2 / (p * (1 - p))  # z²/n with the effective n
    centre = (p + shrink / 2) / (1 + shrink)
    half = math.sqrt(quantile**2 * se**2 + shrink**2 / 4) / (1 + shrink)
    return centre - half, centre + half


_BOUNDS: dict[str, Callable[[float, float, float], Bounds]] = {
    "normal": _symmetric,
    "t": _symmetric,
    "logit": _logit,
    "logit_t": _logit,
    "wilson": _wilson,
}


@lru_cache(maxsize=256)
def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """Quantile of Student's t for a probability above one half, by bisection on its distribution function."""
    low, high = 0.0, 1.0
    while _t_distribution(high, degrees_of_freedom) < probability:
        low, high = high, 2 * high
    while high - low > 1e-14 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _t_distribution(middle, degrees_of_freedom) < probability else (low, middle)
    return (low + high) / 2


def _t_distribution(t: float, v: float) -> float:
    x = v / (v + t * t)
    if x > (v / 2 + 1) / (v / 2 + 2.5):  # here the fraction for I_x(v/2, 1/2) converges slowly
        return 0.5 + 0.5 * _incomplete_beta(t * t / (v + t * t), 0.5, v / 2)
    return 1 - 0.5 * _incomplete_beta(x, v / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 2000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + step * d)
            c = _away_from_zero(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * value


def _away_from_zero(x: float) -> float:
    return x if abs(x) > 1e-300 else 1e-300
