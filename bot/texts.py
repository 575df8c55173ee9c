"""The approved words of the dialogue, read from bot/data/texts.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from bot.phrases import Phrases
from bot.subjects import Subjects

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Common:
    """A question that is answered the same for everybody, known by its phrases `unless` others stand there too."""

    id: str
    text: str
    phrases: Phrases
    unless: Phrases


@dataclass(frozen=True, slots=True)
class Texts:
    """`say` fills one text; `button` gives a title and payload; both raise KeyError for an unknown name.

    `wishes` says each kind as something one wants, the weightiest first; `kind_words` are short answers that name it;
    """

    version: str
    procedures_as_of: str
    texts: Mapping[str, str]
    buttons: Mapping[str, tuple[str, str]]
    kinds: Mapping[str, str]
    wishes: Mapping[str, str]
    kind_words: Mapping[str, tuple[str, ...]]
    data_law: Mapping[str, object]
    subjects: Subjects
    common: tuple[Common, ...] = ()
    insults: tuple[str, ...] = ()

    def say(self, name: str, /, **values: object) -> str:
        return self.texts[name].format(**values).strip()

    def button(self, name: str) -> dict[str, str]:
        title, payload = self.buttons[name]
        return {"title": title, "payload": payload}


@cache
def load_texts() -> Texts:
    raw = yaml.load(resources.files("bot").joinpath("data", "texts.yml").read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader, either way
    return Texts(
        version=str(raw["version"]),
        procedures_as_of=str(raw["procedures_as_of"]),
        texts={str(name): str(text) for name, text in raw["texts"].items()},
        buttons={str(name): (str(title), str(payload)) for name, (title, payload) in raw["buttons"].items()},
        kinds={str(slug): str(title) for slug, title in raw["kinds"].items()},
        wishes={str(slug): str(words) for slug, words in raw["wishes"].items()},
        kind_words={str(slug): tuple(map(str, words)) for slug, words in raw["kind_words"].items()},
        data_law={"law": raw["data_law"]["law"], "days": raw["data_law"]["answer_working_days"]},
        subjects=Subjects.of(raw["subjects"]),
        common=tuple(
            Common(
                str(entry["id"]),
                str(entry["text"]).strip(),
                Phrases.of(entry["phrases"]),
                Phrases.of(entry.get("unless", ())),
            )
            for entry in raw["common"]
        ),
        insults=tuple(map(str, raw["insults"])),
    )
