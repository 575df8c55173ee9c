"""Reads feedback/data/routing.yml: owners of matters, receivers in a body, desks; checked as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from feedback import agencies
from feedback.law import LawDataError, load_yaml
from feedback.rule_table import Rule, read_rules

LEVELS = ("xa", "tinh", "trung_uong")
TAKES = ("focal", "head", "above", "fixed", "referral")


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """The rules in force on one day."""

    version: str
    owners: tuple[Rule, ...]
    receivers: tuple[Rule, ...]
    coordination: str
    coordination_why: str
    focal_desk: Mapping[str, str]
    petition_desk: Mapping[str, str]
    verifiers: Mapping[str, str]


def load_rules(*, on: date | None = None) -> RoutingTable:
    """The shipped rules in force on `on` (None: those without an end)."""
    return _load(on)


@cache
def _load(on: date | None) -> RoutingTable:
    return read_table(load_yaml("routing.yml"), on=on)


def read_table(data: Mapping[str, Any], *, on: date | None = None) -> RoutingTable:
    """A table from the structure of routing.yml. Raises LawDataError for unknown bodies, desks or conditions."""
    owners = tuple(rule for rule in read_rules(data["owners"], table=data) if rule.validity.covers(on))
    receivers = tuple(rule for rule in read_rules(data["receivers"], table=data) if rule.validity.covers(on))
    for rule in owners:
        if set(rule.says["to"]) != set(LEVELS):
            raise LawDataError(f"rule {rule.id}: `to` needs {', '.join(LEVELS)}")
        for target in rule.says["to"].values():
            _check_target(rule.id, target)
    for rule in receivers:
        if rule.says["take"] not in TAKES or (rule.says["take"] == "fixed") != ("to" in rule.says):
            raise LawDataError(f"rule {rule.id}: wrong `take` or `to`")
    return RoutingTable(
        version=str(data["version"]),
        owners=owners,
        receivers=receivers,
        coordination=data["coordination"]["agency"],
        coordination_why=data["coordination"]["why"],
        focal_desk=data["focal_desk"],
        petition_desk=data["petition_desk"],
        verifiers=data["verifiers"],
    )


def _check_target(rule_id: str, target: str) -> None:
    agency, _, desk = target.partition("/")
    if agency not in agencies.catalogue() or (desk and desk != "dia_ban" and desk not in agencies.catalogue()):
        raise LawDataError(f"rule {rule_id}: unknown body {target}")
