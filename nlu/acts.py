"""Recognises what a short message does in the conversation (agree, cancel, correct, ...) by phrases kept as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from nlu.text import fold, normalise

TOKEN = re.compile(r"\w+|[^\w\s]")
SIGN = re.compile(r"[^\w\s]")
LONGEST_WHOLE = 14  # words; nothing longer is a bare act

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """One act and the phrases that make it; see the head of dialogue_acts.yml for what each list means."""

    name: str
    whole: tuple[Phrase, ...] = ()
    begins: tuple[Phrase, ...] = ()
    contains: tuple[Phrase, ...] = ()
    unless: tuple[Phrase, ...] = ()
    longest: int = LONGEST_WHOLE
    question: bool = False


class ActRules:
    """The acts in order of precedence."""

    def __init__(self, acts: Sequence[Act], *, fillers: Sequence[Phrase]) -> None:
        self._acts = {act.name: act for act in acts}
        self._rank = {act.name: i for i, act in enumerate(acts)}
        self._whole = _by_folded_words((phrase, act.name) for act in acts for phrase in act.whole)
        self._fillers = _by_folded_words((phrase, "") for phrase in fillers)
        self._signs = {word for act in acts for phrase in act.whole for word in phrase if SIGN.fullmatch(word)}

    @classmethod
    def load(cls, path: Path) -> ActRules:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        acts = [_act(name, entry) for name, entry in data["acts"].items()]
        return cls(acts, fillers=[phrase for filler in data["fillers"] for phrase in expanded(filler)])

    def find(self, text: str) -> str | None:
        """The act that this message is, or None."""
        pieces = TOKEN.findall(normalise(text).lower())
        words = [piece for piece in pieces if piece[0].isalnum() or piece in self._signs]
        asks = bool(pieces) and "?" in pieces[-2:]
        for name in self._candidates(words):
            if not asks or self._acts[name].question:
                return name
        return None

    def _candidates(self, words: list[str]) -> Iterator[str]:
        whole = self._whole_act(words)
        for act in self._acts.values():
            if act.name == whole or _partly(act, words, self._without_leading_fillers(words)):
                yield act.name

    def _whole_act(self, words: list[str]) -> str | None:
        """The first-ranking act among those that the message is made of; none when a word is left over."""
        if not words or len(words) > LONGEST_WHOLE:
            return None
        # best[i]: the fewest filler words with which words[:i] can be read, and the acts read so
        best: list[tuple[int, int, frozenset[str]] | None] = [(0, 0, frozenset())] + [None] * len(words)
        for start, so_far in enumerate(best[:-1]):
            if so_far is None:
                continue
            for length, name in self._readings(words, start):
                fillers, phrases, acts = so_far
                reading = (fillers + (0 if name else length), phrases + 1, acts | {name} if name else acts)
                known = best[start + length]
                if known is None or reading[:2] < known[:2]:
                    best[start + length] = reading
        end = best[-1]
        return min(end[2], key=self._rank.__getitem__) if end and end[2] else None

    def _readings(self, words: list[str], start: int) -> Iterator[tuple[int, str]]:
        for table in (self._whole, self._fillers):
            for length in range(1, len(words) - start + 1):
                part = words[start : start + length]
                for phrase, name in table.get(tuple(map(fold, part)), ()):
                    if _agrees(part, phrase):
                        yield length, name

    def _without_leading_fillers(self, words: list[str]) -> list[str]:
        start = 0
        while start < len(words) and any(_agrees([words[start]], p) for p, _ in self._fillers.get((fold(words[start]),), ())):
            start += 1
        return words[start:]


def _act(name: str, entry: dict[str, Any]) -> Act:
    def phrases(key: str) -> tuple[Phrase, ...]:
        return tuple(phrase for pattern in entry.get(key, ()) for phrase in expanded(str(pattern)))

    return Act(
        name=name,
        whole=phrases("whole"),
        begins=phrases("begins"),
        contains=phrases("contains"),
        unless=phrases("unless"),
        longest=int(entry.get("longest", LONGEST_WHOLE)),
        question=bool(entry.get("question", False)),
    )


def expanded(pattern: str) -> list[Phrase]:
    """Every wording of a pattern: "đúng rồi|vậy ạ?" has four."""
    choices = []
    for part in pattern.split():
        words = [(word,) for word in part.removesuffix("?").split("|")]
        choices.append([*words, ()] if part.endswith("?") else words)
    wordings = (tuple(word for part in wording for word in part) for wording in product(*choices))
    return list(dict.fromkeys(tuple(normalise(w).lower() for w in wording) for wording in wordings if wording))


def _by_folded_words(phrases: Any) -> dict[Phrase, list[tuple[Phrase, str]]]:
    table: dict[Phrase, list[tuple[Phrase, str]]] = {}
    for phrase, name in phrases:
        table.setdefault(tuple(map(fold, phrase)), []).append((phrase, name))
    return table


def _agrees(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Word by word the same; a word that the citizen wrote without marks agrees with any marks."""
    return all(word == wanted or word == fold(wanted) for word, wanted in zip(words, phrase, strict=True))


def _stands_at(words: Sequence[str], phrase: Phrase, at: int) -> bool:
    part = words[at : at + len(phrase)]
    return len(part) == len(phrase) and _agrees(part, phrase)


def _stands_in(words: Sequence[str], phrase: Phrase) -> bool:
    return any(_stands_at(words, phrase, at) for at in range(len(words) - len(phrase) + 1))


def _partly(act: Act, words: list[str], core: list[str]) -> bool:
    if not act.begins and not act.contains or len(words) > act.longest:
        return False
    if any(_stands_in(words, phrase) for phrase in act.unless):
        return False
    begins = any(_stands_at(w, phrase, 0) for phrase in act.begins for w in (words, core))
    return begins or any(_stands_in(words, phrase) for phrase in act.contains)
