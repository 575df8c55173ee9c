"""Choosing at random, so that anybody can do it again: each unit has a lot that follows from the seed and its name.

A unit's lot is a number in [0, 1) taken from SHA-256 of the seed, the stage and the unit's name. The same frame in any
order, on any machine, in any year, gives the same sample.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LOTS = 2.0**64


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit in the sample with the probability that it had at this stage; `certain`: it could not be missed."""

    name: str
    probability: float
    certain: bool = False


def lot(seed: str, stage: str, name: str) -> float:
    digest = hashlib.sha256(f"{seed}\x1f{stage}\x1f{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / _LOTS


def in_order_of_lots(names: Sequence[str], *, seed: str, stage: str) -> list[str]:
    """A random order. Its first n are a simple random sample without replacement; the next ones are the reserve."""
    return sorted(names, key=lambda name: (lot(seed, stage, name), name))


def choose_equal(names: Sequence[str], take: int, *, seed: str, stage: str) -> list[Chosen]:
    """A simple random sample of `take` units, all of them when there are not more."""
    if take >= len(names):
        return [Chosen(name, 1.0, certain=True) for name in sorted(names)]
    return [Chosen(name, take / len(names)) for name in in_order_of_lots(names, seed=seed, stage=stage)[:take]]


def choose_by_size(sizes: Mapping[str, int], take: int, *, seed: str, stage: str) -> list[Chosen]:
    """Systematic selection with probability proportional to size, from the order of the lots.

    The probability of a unit is exactly take · size / Σ size. One that this would give 1 or more is taken for certain,
    and the others are chosen among themselves.
    """
    if take >= len(sizes):
        return [Chosen(name, 1.0, certain=True) for name in sorted(sizes)]
    certain = _certain(sizes, take)
    rest = {name: size for name, size in sizes.items() if name not in certain and size > 0}
    left = min(take - len(certain), len(rest))
    chosen = [Chosen(name, 1.0, certain=True) for name in sorted(certain)]
    return chosen + _systematic(rest, left, seed=seed, stage=stage) if left else chosen


def _certain(sizes: Mapping[str, int], take: int) -> set[str]:
    certain: set[str] = set()
    while len(certain) < take:
        total = sum(size for name, size in sizes.items() if name not in certain)
        left = take - len(certain)
        found = {name for name, size in sizes.items() if name not in certain and size and left * size >= total}
        if not found:
            break
        certain |= found
    return certain


def _systematic(sizes: Mapping[str, int], take: int, *, seed: str, stage: str) -> list[Chosen]:
    total = sum(sizes.values())
    step = total / take
    mark = lot(seed, f"{stage}\x1fstart", "") * step
    chosen: list[Chosen] = []
    passed = 0
    for name in in_order_of_lots(list(sizes), seed=seed, stage=stage):
        passed += sizes[name]
        if mark < passed and len(chosen) < take:
            chosen.append(Chosen(name, take * sizes[name] / total))
            mark += step
    return chosen
