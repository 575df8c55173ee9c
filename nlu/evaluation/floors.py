"""The figures that must be reached, read from a data file, and which of them were missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlu import sources
from nlu.evaluation.figures import Settings

FLOORS = sources.MEASURING / "floors.yml"


@dataclass(frozen=True, slots=True)
class Floor:
    """A figure must be at least (`rising`) or at most `limit`; `aim` is what is worked towards.

    `today` stands where the floor is not reached yet: about what the last landed model reached.
    """

    name: str
    limit: float
    aim: float
    rising: bool
    today: float | None = None

    def is_met(self, value: float | None) -> bool:
        """A figure that could not be measured does not meet its floor."""
        return value is not None and self._reaches(value, self.limit)

    def is_worse(self, value: float | None) -> bool:
        """Under its floor, and under what was reached so far."""
        known = self.limit if self.today is None else self.today
        return value is None or not (self._reaches(value, self.limit) or self._reaches(value, known))

    def is_aim_met(self, value: float | None) -> bool:
        return value is not None and self._reaches(value, self.aim)

    def _reaches(self, value: float, limit: float) -> bool:
        return value >= limit if self.rising else value <= limit


def load(path: Path = FLOORS) -> tuple[Settings, list[Floor]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    floors = [
        Floor(
            name,
            float(entry.get("least", entry.get("most"))),
            float(entry["aim"]),
            rising="least" in entry,
            today=entry.get("today"),
        )
        for name, entry in data["floors"].items()
    ]
    return Settings(**data["labels"]), floors


def missed(floors: list[Floor], figures: Mapping[str, float | None]) -> list[Floor]:
    """Floors that the figures do not meet."""
    return [floor for floor in floors if not floor.is_met(figures.get(floor.name))]


def worse(floors: list[Floor], figures: Mapping[str, float | None]) -> list[Floor]:
    """Floors that are missed by more than they were before."""
    return [floor for floor in floors if floor.is_worse(figures.get(floor.name))]
