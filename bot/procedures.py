"""Which procedure a matter is about: taken where the words point clearly to one, by the bounds of procedures.yml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol

import yaml

from nlu.procedures import Catalogue


class Scored(Protocol):
    """A procedure that the words point to, as catalogue and engine find it."""

    @property
    def code(self) -> str: ...

    @property
    def score(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """`score` is the least of the first, `lead` how many times the second it must have."""

    score: float
    lead: float

    def clear(self, found: Sequence[Scored]) -> bool:
        """Whether the first of these, best first, may be taken without asking which was meant."""
        if not found or found[0].score < self.score:
            return False
        return len(found) == 1 or found[0].score >= self.lead * found[1].score


@dataclass(frozen=True, slots=True)
class Clearness:
    """`answered` for a question put to the catalogue, `said` for a matter that goes wrong on the way to a paper."""

    answered: Bounds
    said: Bounds
    paper_problems: frozenset[str]

    def of_matter(self, found: Sequence[Scored], *, topic: str | None, problem: str | None) -> str | None:
        """The code of the procedure at which this matter went wrong; None where none is clear."""
        return self.of_question(found, topic=topic) if problem in self.paper_problems else None

    def of_question(self, found: Sequence[Scored], *, topic: str | None) -> str | None:
        """The code of the procedure that is asked about, of the message's own topic; None where none is clear."""
        if not self.said.clear(found):
            return None
        catalogue, code = Catalogue.load(), found[0].code
        known = code in catalogue.codes()
        return code if known and catalogue.get(code).topic == topic is not None else None


@cache
def load_clearness() -> Clearness:
    raw = yaml.safe_load(resources.files("bot").joinpath("data", "procedures.yml").read_text(encoding="utf-8"))
    return Clearness(
        answered=Bounds(**raw["answered"]),
        said=Bounds(**raw["said"]),
        paper_problems=frozenset(raw["paper_problems"]),
    )
