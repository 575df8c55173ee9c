"""A second matter in the same message: what stands after the words with which people go on to another thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.text import views

LEAST_WORDS, MOST_WORDS = 4, 40  # on either side of the join: fewer say no matter, more often hold several

Read = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Further:
    """`joins` are patterns over the folded text.

    The part after one is a matter of its own when its label of `name` is as likely as `sure` and not one of `never`,
    and its label of `apart` is another than that of the part before.
    """

    joins: tuple[re.Pattern[str], ...]
    name: str
    apart: str
    sure: float
    never: frozenset[str] = frozenset()

    @classmethod
    def load(cls, file: Path, *, name: str, apart: str, sure: float, never: Sequence[str] = ()) -> Further:
        """The joins of a YAML file, under its key `joins`."""
        words = yaml.safe_load(file.read_text(encoding="utf-8"))["joins"]
        return cls(tuple(re.compile(rf"\b(?:{one})\b") for one in words), name, apart, sure, frozenset(never))

    def find(self, text: str, read: Read, ranking: str) -> list[list[str | None]]:
        """[[label of `name`, label of `apart`]] of the second matter, or nothing."""
        for before, after in self._cuts(text):
            found = read(after)
            name, apart = found[self.name], found.get(self.apart)
            if name in self.never or apart is None or dict(found[ranking]).get(name, 0.0) < self.sure:
                continue  # the part before need not be read
            if read(before).get(self.apart) != apart:
                return [[name, apart]]
        return []

    def _cuts(self, text: str) -> list[tuple[str, str]]:
        seen = views(text)
        spans = [seen.original_span(*found.span()) for join in self.joins for found in join.finditer(seen.folded)]
        parts = [(text[:start], text[end:]) for start, end in spans]
        return [pair for pair in parts if all(LEAST_WORDS <= len(part.split()) <= MOST_WORDS for part in pair)]
