"""The figures that must be reached, read from a data file, and which of them were missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlu import sources
from nlu.evaluation.figures import Settings

FLOORS = sources.PACKAGE / "data" / "floors.yml"


@dataclass(frozen=True, slots=True)
class Floor:
    """A figure must be at least (`rising`) or at most `limit`; `aim` is what is worked towards."""

    name: str
    limit: float
    aim: float
    rising: bool

    def is_met(self, value: float | None) -> bool:
        """A figure that could not be measured does not meet its floor."""
        return value is not None and self._reaches(value, self.limit)

    def is_aim_met(self, value: float | None) -> bool:
        return value is not None and self._reaches(value, self.aim)

    def _reaches(self, value: float, limit: float) -> bool:
        return value >= limit if self.rising else value <= limit


def load(path: Path = FLOORS) -> tuple[Settings, list[Floor]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    floors = [
        Floor(name, float(entry.get("least", entry.get("most"))), float(entry["aim"]), rising="least" in entry)
        for name, entry in data["floors"].items()
    ]
    return Settings(**data["labels"]), floors


def missed(floors: list[Floor], figures: Mapping[str, float | None]) -> list[Floor]:
    """Floors that the figures do not meet."""
    return [floor for floor in floors if not floor.is_met(figures.get(floor.name))]
