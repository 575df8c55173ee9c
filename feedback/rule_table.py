"""Readable rule tables: which rules fit some facts, which of them is the most specific, and whether two are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.law import LawDataError, Validity, validity
from feedback.phrases import Words

LABELS = ("regime", "kind", "field", "topic", "problem", "level", "procedure", "province", "commune")
CONDITIONS = (*LABELS, "accused", "words", "signals", "without")


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions look at: the labels by name, the body complained of, the words and the signals of the text."""

    labels: Mapping[str, str | None]
    accused: str | None
    words: Words
    signals: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: when it fits, how specific it is (sum of weights), its order among equals, and what it says."""

    id: str
    when: Mapping[str, tuple[str, ...]]
    specificity: int
    order: int
    says: Mapping[str, Any]
    why: str
    validity: Validity

    @property
    def rank(self) -> tuple[int, int]:
        """The smaller wins."""
        return -self.specificity, self.order

    def match(self, facts: Facts) -> tuple[str, ...] | None:
        """The facts that fit, as "topic=dat_dai"; None when a condition does not hold."""
        held: list[str] = []
        for name, values in self.when.items():
            value = _holds(name, values, facts)
            if value is None:
                return None
            held.append(f"{name}={value}")
        return tuple(held)


@dataclass(frozen=True, slots=True)
class Choice:
    """The winning rule with the facts that matched; `lost` fitted too; `equal` are rules that nothing sets apart."""

    rule: Rule | None
    matched: tuple[str, ...]
    lost: tuple[str, ...]
    equal: tuple[str, ...]


def choose(rules: Sequence[Rule], facts: Facts) -> Choice:
    """First by specificity, then by order. No rule is chosen when none fits or the two best are equal and disagree."""
    fitting = sorted(
        ((rule, held) for rule in rules if (held := rule.match(facts)) is not None), key=lambda hit: hit[0].rank
    )
    if not fitting:
        return Choice(None, (), (), ())
    best, held = fitting[0]
    others = tuple(rule.id for rule, _ in fitting[1:])
    equal = tuple(rule.id for rule, _ in fitting if rule.rank == best.rank)
    if any(rule.rank == best.rank and rule.says != best.says for rule, _ in fitting[1:]):
        return Choice(None, (), tuple(rule.id for rule, _ in fitting if rule.rank != best.rank), equal)
    return Choice(best, held, others, ())


def read_rules(rows: Sequence[Mapping[str, Any]], *, table: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Rules from YAML; the table's validity holds where a row has none. Raises LawDataError for a faulty row."""
    rules = tuple(_rule(row, table) for row in rows)
    ids = [rule.id for rule in rules]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise LawDataError(f"rule ids used twice: {sorted(twice)}")
    return rules


def _rule(row: Mapping[str, Any], table: Mapping[str, Any]) -> Rule:
    unknown = set(row["when"]) - set(CONDITIONS)
    if unknown:
        raise LawDataError(f"rule {row['id']}: unknown conditions {sorted(unknown)}")
    return Rule(
        id=row["id"],
        when={name: tuple(map(str, values)) for name, values in row["when"].items()},
        specificity=sum(table["weights"][name] for name in row["when"]),
        order=row.get("order", 100),
        says={key: row[key] for key in ("to", "take") if key in row},
        why=row.get("why", ""),
        validity=validity({"valid_from": table.get("valid_from"), "valid_to": table.get("valid_to")} | dict(row)),
    )


def _holds(name: str, values: tuple[str, ...], facts: Facts) -> str | None:
    """The value that makes the condition true, or None."""
    if name == "words":
        return next((phrase for phrase in values if facts.words.has(phrase)), None)
    if name == "signals":
        return next((signal for signal in values if signal in facts.signals), None)
    if name == "without":
        return None if facts.signals & set(values) else ",".join(values)
    if name == "accused":
        fits = (facts.accused or "none") in values or (facts.accused is not None and "any" in values)
        return (facts.accused or "none") if fits else None
    value = facts.labels.get(name) or "none"
    return value if value in values else None
