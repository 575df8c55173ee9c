"""A survey answer in the respondent's own words: a level of the scale, an option, a wish to skip, or not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlu.ratings import understand as understand_rating
from nlu.text import fold
from surveys.questionnaires import Question
from surveys.yaml_files import read_data

FILE = Path(__file__).parent / "data" / "answer_words.yml"


@dataclass(frozen=True, slots=True)
class Skipped:
    """The respondent does not want to answer this question: stored as None, never counted as an answer."""


SKIPPED = Skipped()


def understand(text: str, question: Question) -> int | str | list[str] | Skipped | None:
    """A level for a criterion, an option's code for a choice, codes for several, SKIPPED, or None: ask again."""
    bare = _bare(text)
    if bare in _words("skip"):
        return SKIPPED
    if question.kind == "choices":
        return _several(text, question)
    labelled = next((code for code, label in question.options.items() if bare == _bare(label)), None)
    if question.kind == "scale":
        return int(labelled) if labelled else understand_rating(text, len(question.options))
    return labelled or _option(bare, question)


def means_ready(text: str) -> bool:
    """Whether the respondent has picked all that they wanted of a question with several answers."""
    return _bare(text) in _words("ready")


def means_never(text: str) -> bool:
    """Whether the respondent does not want to be asked for any survey again."""
    return _bare(text) in _words("never")


def means_stop(text: str) -> bool:
    """Whether the respondent wants to end the survey here."""
    return _bare(text) in _words("stop")


def asks_for_more(text: str) -> bool:
    """Whether this is for the conversation and not for the survey: a person is wanted, or word of a case."""
    return _bare(text) in _words("elsewhere")


def _several(text: str, question: Question) -> list[str] | None:
    """ "1, 3 và 5", or labels between commas; None as soon as one part is not understood."""
    parts = [part for part in re.split(r"[,;/\n+]|\bvà\b|\bva\b", text) if part.strip()]
    if len(parts) == 1 and re.fullmatch(r"[\d\s.]+", text.strip()):
        parts = text.replace(".", " ").split()
    labels = {_bare(label): code for code, label in question.options.items()}
    codes = [labels.get(_bare(part)) or _option(_bare(part), question) for part in parts]
    return [code for code in question.options if code in codes] if codes and None not in codes else None


def _option(bare: str, question: Question) -> str | None:
    """By place ("1", "2"), by code, or by a usual wording of the code."""
    codes = list(question.options)
    if bare.isascii() and bare.isdigit() and len(bare) < 3:
        return codes[int(bare) - 1] if 1 <= int(bare) <= len(codes) else None
    meant = _option_words().get(bare, bare)
    return meant if meant in codes else None


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


@cache
def _data() -> dict[str, Any]:
    return read_data(FILE)


@cache
def _words(group: str) -> frozenset[str]:
    return frozenset(_bare(words) for words in _data()[group])


@cache
def _option_words() -> dict[str, str]:
    return {_bare(words): code for code, entries in _data()["options"].items() for words in entries}
