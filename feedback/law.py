"""Reads the law as data: the package's dated YAML and CSV files, each row with valid_from, valid_to and a source."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LawDataError(ValueError):
    """A data file of the law is missing, malformed or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Validity:
    """The days on which a rule is in force: from `valid_from` to `valid_to`, both included; None is open."""

    valid_from: date | None = None
    valid_to: date | None = None

    def covers(self, day: date | None) -> bool:
        """Whether the rule is in force on `day`; no day asks for the rules without an end."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: Validity) -> bool:
        """Whether some day lies in both."""
        starts_before_end = self.valid_from is None or other.valid_to is None or self.valid_from <= other.valid_to
        other_starts = other.valid_from is None or self.valid_to is None or other.valid_from <= self.valid_to
        return starts_before_end and other_starts


def validity(row: Mapping[str, Any]) -> Validity:
    """The validity of a YAML mapping or CSV row."""
    return Validity(as_date(row.get("valid_from")), as_date(row.get("valid_to")))


def as_date(value: object) -> date | None:
    """A YAML date or ISO text as a date; an empty value as None."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise LawDataError(f"not a date: {value!r}") from error


_OWN: dict[str, Path] = {}
OWN_FILES = (
    "calendar.yml",
    "deadlines.yml",
    "routing.yml",
    "regimes.yml",
    "signals.yml",
    "agencies.csv",
    "units.yml",
    "referrals.yml",
)
"""What an installation may replace by dated files of its own; the vocabulary and the states belong to the program."""


def use_folder(folder: Path | None) -> None:
    """Read these files from a folder of the installation where they stand there; to be called before any is read.

    A new holiday notice or rule table comes into force without a new version of the program.
    """
    _OWN.clear()
    if folder is not None:
        _OWN.update({name: folder / name for name in OWN_FILES if (folder / name).is_file()})


def read_text(name: str) -> str:
    """The text of a file of feedback/data, or of the installation's own file that stands for it."""
    if name in _OWN:
        return _OWN[name].read_text(encoding="utf-8")
    return resources.files("feedback").joinpath("data", name).read_text(encoding="utf-8")


def parse_yaml(text: str) -> Any:
    """YAML by the fast C loader where libyaml is there; never arbitrary objects."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, either way


@cache
def load_yaml(name: str) -> Any:
    """A YAML file of feedback/data, parsed once."""
    return parse_yaml(read_text(name))


@cache
def load_csv(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file of feedback/data, read once."""
    return tuple(csv.DictReader(read_text(name).splitlines()))
