"""What the citizen's own words show that labels do not: a crime, an official, a head of a body, a second complaint."""

from __future__ import annotations

from functools import cache

from feedback.law import load_yaml
from feedback.phrases import Words


def signals(text: str) -> frozenset[str]:
    """The names of feedback/data/signals.yml whose phrases stand in the text."""
    words = Words(text)
    return frozenset(name for name, entry in _data().items() if _shows(words, entry["phrases"], entry["but_not"]))


def shows_denunciation(text: str) -> bool:
    """Whether the words could be a tố cáo; rather too often than once too seldom. Needs no classifier."""
    entry = load_yaml("denunciation.yml")
    return _shows(Words(text), entry["phrases"], entry["but_not"])


def names() -> frozenset[str]:
    """All signals that exist."""
    return frozenset(_data())


def _shows(words: Words, phrases: list[str], but_not: list[str]) -> bool:
    """Whether a phrase stands outside every `but_not` phrase."""
    excused = [span for phrase in but_not for span in words.spans(phrase)]
    spans = (span for phrase in phrases for span in words.spans(phrase))
    return any(not any(start < end_x and start_x < end for start_x, end_x in excused) for start, end in spans)


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return dict(load_yaml("signals.yml"))
