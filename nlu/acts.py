"""Recognises what a short message does in the conversation (agree, cancel, correct, ...) by patterns kept as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.text import fold, normalise

WORD_OR_SIGN = re.compile(r"\w+|[^\w\s\u0000-\u206f\ufe0f]|[,.;:!]+")
STOP = ","  # stands for any stop: no phrase goes on beyond it
LITERAL = re.compile(r"\\[a-z]|=?[^\W\d_]+")
LONGEST_WHOLE = 14  # words; nothing longer is a bare act

Patterns = tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Act:
    """One act and its patterns; the head of dialogue_acts.yml tells what each list means."""

    name: str
    whole: Patterns
    begins: Patterns
    contains: Patterns
    unless: Patterns
    against: frozenset[str]
    longest: int
    question: bool

    def is_part_of(self, message: str, *, words: int, opening: int) -> bool:
        """Whether the message begins with this act, be it after the fillers that end at `opening`, or contains it."""
        if words > self.longest or any(pattern.search(message) for pattern in self.unless):
            return False
        begins = any(pattern.match(message, at) for pattern in self.begins for at in {0, opening})
        return begins or any(pattern.search(message) for pattern in self.contains)


class ActRules:
    """The acts in order of precedence."""

    def __init__(self, acts: Sequence[Act], *, fillers: Patterns) -> None:
        self._acts = acts
        self._fillers = fillers

    @classmethod
    def load(cls, path: Path) -> ActRules:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        parts = data["parts"]
        acts = [_act(name, entry, parts=parts) for name, entry in data["acts"].items()]
        return cls(acts, fillers=_compiled(data["fillers"], parts=parts))

    def find(self, text: str) -> str | None:
        """The act that this message is, or None."""
        written = normalise(text).lower()
        pieces = [STOP if piece[0] in ",.;:!" else piece for piece in WORD_OR_SIGN.findall(written)]
        words = len(pieces) - pieces.count(STOP)
        message = " ".join(pieces)
        asked = written.endswith("?")
        made_of = self._made_of(message) if 0 < words <= LONGEST_WHOLE else frozenset()
        opening = self._opening(message)
        for act in self._acts:
            if asked and not act.question:
                continue
            if act.name in made_of and not act.against & made_of:
                return act.name
            if act.is_part_of(message, words=words, opening=opening):
                return act.name
        return None

    def _opening(self, message: str) -> int:
        """Where the first word that is no filler begins."""
        at = 0
        while at < len(message):
            end = at + 1 if message[at] == STOP else _reach(self._fillers, message, at)
            if end == at:
                break
            at = end + 1
        return at

    def _made_of(self, message: str) -> frozenset[str]:
        """The acts that the message consists of, longest phrase first; empty if a word is left over."""
        bare = message.strip(STOP + " ")
        alone = {act.name for act in self._acts if any(pattern.fullmatch(bare) for pattern in act.whole)}
        if alone:
            return frozenset(alone)
        found: set[str] = set()
        at = 0
        while at < len(message):
            if message[at] == STOP:
                at += len(STOP) + 1
                continue
            end, name = max(
                ((_reach(act.whole, message, at), act.name) for act in self._acts), key=lambda reach: reach[0]
            )
            filler = _reach(self._fillers, message, at)
            if max(end, filler) <= at:
                return frozenset()
            if end > filler:
                found.add(name)
            at = max(end, filler) + 1
        return frozenset(found)


def _reach(patterns: Patterns, message: str, at: int) -> int:
    """Where the longest match from `at` that stops at the end of a word ends; `at` when there is none."""
    ends = (match.end() for pattern in patterns if (match := pattern.match(message, at)))
    return max((end for end in ends if end == len(message) or message[end] == " "), default=at)


def _act(name: str, entry: dict[str, Any], *, parts: dict[str, str]) -> Act:
    def patterns(key: str) -> Patterns:
        return _compiled(entry.get(key, ()), parts=parts)

    return Act(
        name=name,
        whole=patterns("whole"),
        begins=patterns("begins"),
        contains=patterns("contains"),
        unless=patterns("unless"),
        against=frozenset(entry.get("against", ())),
        longest=int(entry.get("longest", LONGEST_WHOLE)),
        question=bool(entry.get("question", False)),
    )


def _compiled(patterns: Iterable[str], *, parts: dict[str, str]) -> Patterns:
    return tuple(compiled(pattern, parts=parts) for pattern in patterns)


def compiled(pattern: str, *, parts: dict[str, str]) -> re.Pattern[str]:
    """A pattern of whole words, in which a word with marks also matches without them (not after "=")."""
    for name, part in parts.items():
        pattern = pattern.replace("{" + name + "}", part)
    return re.compile(rf"(?:\b|(?<!\S))(?:{LITERAL.sub(_with_or_without_marks, pattern)})(?!\w)")


def _with_or_without_marks(match: re.Match[str]) -> str:
    word = normalise(match[0])
    if word.startswith(("=", "\\")) or fold(word) == word:
        return word.removeprefix("=")
    return f"(?:{word}|{fold(word)})"
