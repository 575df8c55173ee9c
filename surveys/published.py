"""What the Ministry published of SIPAS: figures from outside, the only ones that give PAR INDEX points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from surveys.yaml_files import read_data

FILE = Path(__file__).parent / "data" / "published_sipas.yml"


@dataclass(frozen=True, slots=True)
class PublishedYear:
    """One year's national figures in percent. Years of different `method` do not compare. `change` is on the year
    before, as published; parts and factors have the codes of the form `sipas2023`."""

    year: int
    overall: float
    method: str
    confidence: str
    change: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    provinces: Mapping[str, float] = field(default_factory=dict)


@cache
def published_years() -> Mapping[int, PublishedYear]:
    """The years that are known, in order."""
    known = {"overall", "method", "confidence", "change", "parts", "factors", "provinces"}
    years = published_data()["years"]
    return {
        year: PublishedYear(year, **{name: value for name, value in row.items() if name in known})
        for year, row in sorted(years.items())
    }


@cache
def published_data() -> dict[str, Any]:
    """The whole file."""
    return read_data(FILE)
