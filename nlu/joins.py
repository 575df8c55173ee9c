"""Signs that one matter of a message ends and another begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "data" / "joins.yml"


@dataclass(frozen=True, slots=True)
class Joins:
    """Patterns over the folded text, by the name of the sign.

    `begins` are looked for at the beginning of a word; what they take belongs to neither matter. `ends` are looked for
    in the word before.
    """

    begins: Mapping[str, tuple[re.Pattern[str], ...]]
    ends: Mapping[str, re.Pattern[str]]

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Joins:
        written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        begins = {
            sign: tuple(re.compile(rf"(?<!\S){pattern}") for pattern in patterns)
            for sign, patterns in written["begins"].items()
        }
        return cls(begins, {sign: re.compile(pattern) for sign, pattern in written["ends"].items()})

    @property
    def words(self) -> tuple[re.Pattern[str], ...]:
        """Those by which people say that they go on to something else; no mere "rồi"."""
        return self.begins["goes_on"] + self.begins["asks"]
