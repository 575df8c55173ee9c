"""The ways to turn answers into an index, as dated data: what an answer scores and how figures are put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from surveys.design import Floats
from surveys.errors import InvalidOption
from surveys.questionnaires import Scale
from surveys.yaml_files import read_data

FILE = Path(__file__).parent / "data" / "index_methods.yml"


@dataclass(frozen=True, slots=True)
class IndexMethod:
    id: str
    title: str
    score: Literal["top", "mean"]
    factor: Literal["pooled", "criteria"]
    overall: Literal["pooled", "factors", "criteria", "weighted"]
    valid_from: date
    valid_to: date | None
    source: str
    confidence: str

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def scores(self, scale: Scale) -> Floats:
        """Score between 0 and 1 of each level; position 0 is a blank answer."""
        levels = np.arange(scale.top + 1)
        if self.score == "top":
            return (levels >= scale.satisfied_from).astype(np.float64)
        return np.asarray(np.clip((levels - 1) / (scale.top - 1), 0.0, 1.0), dtype=np.float64)


@cache
def index_methods() -> dict[str, IndexMethod]:
    return {name: IndexMethod(id=name, **fields) for name, fields in read_data(FILE).items()}


def index_method(name: str) -> IndexMethod:
    """Raises InvalidOption, naming the methods that exist."""
    if name not in index_methods():
        raise InvalidOption(f"Không có cách tính “{name}”. Các cách tính hiện có: {', '.join(index_methods())}.")
    return index_methods()[name]
