"""One labelled message beside what the pipeline answered, and the ways in which a test message is spoilt."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nlu.noise import noised
from nlu.text import fold
from nlu.training import LabelledMessage

NOISE_SEED = 20_261_125  # not the seed of the training copies
WHOLE = "clean"
UNMARKED = "unmarked"
NOISY = "noisy"


@dataclass(frozen=True, slots=True)
class Answer:
    """`said` is the engine's parse of the message or of a spoilt copy of it."""

    message: LabelledMessage
    said: Mapping[str, Any]

    def pair(self, label: str) -> tuple[Any, Any]:
        return getattr(self.message, label), self.said.get(label)

    def ranking(self, name: str) -> dict[str, float]:
        """Probability by label, from [[label, p], ...]."""
        return {str(label): float(p) for label, p in self.said.get(name) or ()}

    def values(self, entity: str) -> set[str]:
        """Values of an entity as found, in the form in which they are compared."""
        entities = self.said.get("entities") or ()
        return {canonical(entity, str(one["value"])) for one in entities if one.get("entity") == entity}

    def truth(self, entity: str) -> set[str]:
        written = getattr(self.message, entity)
        return {canonical(entity, written)} if written else set()


def canonical(entity: str, value: str) -> str:
    """Digits alone for numbers, upper case without spaces for codes."""
    if entity in ("phone", "national_id"):
        digits = re.sub(r"\D", "", value)
        return re.sub(r"^840?(?=\d{9}$)", "0", digits)
    return re.sub(r"\s", "", value).upper()


def spoilers() -> dict[str, Callable[[str], str]]:
    """The test as written, without its marks, and as typed in haste; each call gives the same copies."""
    rng = random.Random(NOISE_SEED)  # noqa: S311 - repeatable, not secret
    return {WHOLE: lambda text: text, UNMARKED: fold, NOISY: lambda text: noised(text, rng=rng)}
