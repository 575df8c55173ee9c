"""Danger to life in a citizen's words, and whom to call: read without the engine, said before anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from nlu.text import fold, marked_share, normalise

_MARKED = 0.2
_WORD = re.compile(r"\w+")
_GAP = r"(?:\w+ ){0,4}"


@dataclass(frozen=True, slots=True)
class Phrases:
    """Patterns for a message with marks, and those that also hold for one written without."""

    marked: re.Pattern[str] | None
    unmarked: re.Pattern[str] | None

    def stand_in(self, said: Said) -> bool:
        pattern = self.unmarked if said.without_marks else self.marked
        return pattern is not None and pattern.search(said.words) is not None


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a message in lower case with one space between them; folded when it was written without marks."""

    words: str
    without_marks: bool

    @classmethod
    def of(cls, text: str) -> Said:
        plain = normalise(text).lower()
        bare = marked_share(text) < _MARKED
        return cls(" ".join(_WORD.findall(fold(plain) if bare else plain)), bare)


@dataclass(frozen=True, slots=True)
class Danger:
    """A kind of danger, whom to call, and where that is written.

    `now`: it goes on at this moment, nothing else counts. `always`: said even when the message was not felt urgent.
    `steady`: words of the past do not make it less.
    """

    id: str
    text: str
    source: str
    always: bool
    steady: bool
    now: Phrases
    phrases: Phrases
    calm: Phrases


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is said first. `now`: it is said alone, and no form is begun; `despair`: nobody is to be asked anything."""

    id: str
    text: str
    now: bool

    @property
    def despair(self) -> bool:
        return self.id == "tu_hai"


@dataclass(frozen=True, slots=True)
class Dangers:
    """All that bot/data/dangers.yml holds, in order; the last one is the general danger, known by no words."""

    dangers: tuple[Danger, ...]
    calm: Phrases
    after: str
    numbers: Mapping[str, Mapping[str, str]]

    def find(self, text: str, *, urgent: bool = False) -> Alarm | None:
        """The alarm that the words call for. `urgent`: the message was felt to be so; milder words count then too."""
        said = Said.of(text)
        past = self.calm.stand_in(said)
        for danger in self.dangers:
            happening = danger.now.stand_in(said)
            if happening and not danger.calm.stand_in(said) and (danger.steady or not past):
                return Alarm(danger.id, self._now(danger), now=True)
        for danger in self.dangers:
            if (danger.always or urgent) and (danger.now.stand_in(said) or danger.phrases.stand_in(said)):
                return Alarm(danger.id, danger.text, now=False)
        return Alarm(self.dangers[-1].id, self.dangers[-1].text, now=False) if urgent else None

    def _now(self, danger: Danger) -> str:
        return danger.text if danger.always else f"{danger.text}\n{self.after}"


@cache
def load_dangers() -> Dangers:
    raw = yaml.safe_load(resources.files("bot").joinpath("data", "dangers.yml").read_text(encoding="utf-8"))
    return Dangers(
        dangers=tuple(_danger(entry) for entry in raw["dangers"]),
        calm=_compiled(raw["calm"]),
        after=str(raw["after"]),
        numbers=raw["numbers"],
    )


def _danger(entry: Mapping[str, Any]) -> Danger:
    return Danger(
        id=str(entry["id"]),
        text=str(entry["text"]).strip(),
        source=str(entry["source"]),
        always=bool(entry.get("always", False)),
        steady=bool(entry.get("steady", False)),
        now=_compiled(entry.get("now", ())),
        phrases=_compiled(entry.get("phrases", ())),
        calm=_compiled(entry.get("calm", ())),
    )


def _compiled(phrases: Sequence[str]) -> Phrases:
    marked = [phrase.removeprefix("=") for phrase in phrases]
    unmarked = [fold(phrase) for phrase in phrases if not phrase.startswith("=")]
    return Phrases(_pattern(marked), _pattern(unmarked))


def _pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    if not phrases:
        return None
    alternatives = (normalise(phrase).lower().replace("… ", _GAP) for phrase in phrases)
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)")
