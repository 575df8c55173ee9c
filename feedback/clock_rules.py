"""Which event starts which step's clock, what an extension leads to, and what a transfer does: data, by regime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from feedback.law import LawDataError, load_yaml

EVENTS = ("received", "lodged", "accepted", "transferred", "reopened", "answered")


@dataclass(frozen=True, slots=True)
class Extension:
    """The step that an extended one becomes, counted from its own start or from the day it was due."""

    step: str
    from_due: bool


@dataclass(frozen=True, slots=True)
class ClockRules:
    """The clocks of one regime. `answering`: the steps whose end gives the citizen the answer.

    `urgent`: what an event starts besides for an urgent case. `resets_on_transfer`: the body that a case is transferred
    to has the whole time again.
    """

    answering: tuple[str, ...]
    starts: Mapping[str, tuple[str, ...]]
    urgent: Mapping[str, tuple[str, ...]]
    extend: Mapping[str, Extension]
    resets_on_transfer: bool
    source: str


NO_CLOCKS = ClockRules((), {}, {}, {}, False, "")


@cache
def _all() -> Mapping[str, ClockRules]:
    return {regime: _rules(row) for row in load_yaml("deadlines.yml")["clocks"] for regime in row["regimes"]}


def clock_rules(regime: str) -> ClockRules:
    """The clocks of a regime; none where neither law nor a profile sets a limit."""
    return _all().get(regime, NO_CLOCKS)


def _rules(row: Mapping[str, Any]) -> ClockRules:
    if (set(row["starts"]) | set(row.get("urgent", {}))) - set(EVENTS) or row["on_transfer"] not in ("reset", "keep"):
        raise LawDataError(f"deadlines.yml: wrong event or transfer in the clocks of {row['regimes']}")
    return ClockRules(
        answering=tuple(row["answering"]),
        starts={event: tuple(steps) for event, steps in row["starts"].items()},
        urgent={event: tuple(steps) for event, steps in row.get("urgent", {}).items()},
        extend={step: Extension(to["step"], to["from"] == "due") for step, to in row["extend"].items()},
        resets_on_transfer=row["on_transfer"] == "reset",
        source=row["source"],
    )
