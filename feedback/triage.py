"""Which law's path a case takes: the regime, from its labels and the signals of its text, by a dated table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from feedback.law import load_yaml, validity

CONDITIONS = ("kind", "topic", "field", "problem")


@dataclass(frozen=True, slots=True)
class RegimeDecision:
    """The regime, the rule that gave it and the reason in Vietnamese."""

    regime: str
    rule_id: str
    why: str


def regime(
    kind: str,
    topic: str | None = None,
    field: str | None = None,
    problem: str | None = None,
    *,
    signals: frozenset[str] = frozenset(),
    on: date | None = None,
) -> RegimeDecision:
    """The first rule of feedback/data/regimes.yml in force on `on` (None: today's) that fits.

    `signals` are those of feedback.signals.signals(text). An unknown kind is `khac`, visibly.
    """
    labels = {"kind": kind, "topic": topic, "field": field, "problem": problem}
    table = load_yaml("regimes.yml")
    for rule in table["rules"]:
        if validity(table | rule).covers(on) and _fits(rule["when"], labels, signals):
            return RegimeDecision(rule["regime"], rule["id"], rule["why"])
    return RegimeDecision("khac", "mac_dinh", "Chưa có quy tắc nào phù hợp: cán bộ phân loại.")


def _fits(when: Mapping[str, Any], labels: Mapping[str, str | None], signals: frozenset[str]) -> bool:
    if not all((labels[name] or "none") in when[name] for name in CONDITIONS if name in when):
        return False
    return ("signals" not in when or bool(signals & set(when["signals"]))) and not signals & set(
        when.get("without", ())
    )
