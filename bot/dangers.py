"""Danger to life in a citizen's words, and whom to call: read without the engine, said before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from bot.phrases import Phrases, Said


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
    """What is said first. `now`: it is said alone, and no form is begun; `despair`: nobody is to be asked anything.

    `after` tells the way on for when they are safe, where the matter is one for an office.
    """

    id: str
    text: str
    now: bool
    after: str | None = None

    @property
    def despair(self) -> bool:
        return self.id == "tu_hai"


@dataclass(frozen=True, slots=True)
class Dangers:
    """All that bot/data/dangers.yml holds, in order; the last one is the general danger, known by words of harm.

    Of what is past or only feared the general words are said: "if life is in danger, call ...".
    """

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
                return Alarm(danger.id, danger.text, now=True, after=None if danger.always else self.after)
        for danger in self.dangers:
            if (danger.always or urgent) and (danger.now.stand_in(said) or danger.phrases.stand_in(said)):
                told = self.dangers[-1] if past and not danger.always else danger
                return Alarm(told.id, told.text, now=False)
        return None


@cache
def load_dangers() -> Dangers:
    raw = yaml.safe_load(resources.files("bot").joinpath("data", "dangers.yml").read_text(encoding="utf-8"))
    return Dangers(
        dangers=tuple(_danger(entry) for entry in raw["dangers"]),
        calm=Phrases.of(raw["calm"]),
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
        now=Phrases.of(entry.get("now", ())),
        phrases=Phrases.of(entry.get("phrases", ())),
        calm=Phrases.of(entry.get("calm", ())),
    )
