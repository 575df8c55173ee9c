"""Two matters in one message: where the one ends and the other begins, in the citizen's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.actions.reading import says_something
from bot.understanding import Understanding
from nlu.text import views

_STOP = re.compile(r"[.!?;\n]+")
_DENUNCIATION = "to_cao"
_TALK = frozenset({"giao_tiep", "ngoai_pham_vi"})


@dataclass(frozen=True, slots=True)
class Parted:
    """The matter to begin with, and the words of the other one; None where its words could not be told apart."""

    first: Understanding
    further: str | None


def parted(said: Understanding, joins: Sequence[re.Pattern[str]]) -> Parted | None:
    """The message in two, where the engine saw a second matter; None where it is one.

    What may be a denunciation comes first, alone: its words must not go to the desk of the other matter, so a message
    that cannot be cut for sure stays whole and secret, and the other matter has to be written again.
    """
    also = next((matter for matter in said.also if matter.kind not in _TALK), None)
    if also is None or said.picked or said.act is not None:
        return None
    cut = _cut(said.text, joins)
    if _DENUNCIATION in (said.kind, also.kind):
        return _with_secret(said, cut)
    if cut is None:
        return Parted(said, _last_sentences(said.text))
    return Parted(replace(said, text=cut[0], also=()), cut[1])


def _with_secret(said: Understanding, cut: tuple[str, str] | None) -> Parted:
    if said.kind == _DENUNCIATION:
        return Parted(replace(said, text=cut[0]) if cut else said, cut[1] if cut else None)
    unsure = replace(said, unsure=(_DENUNCIATION, "phan_anh"))
    if cut is None:
        return Parted(unsure, None)
    return Parted(replace(unsure, text=cut[1], field=None, topic=None, problem=None), cut[0])


def _cut(text: str, joins: Iterable[re.Pattern[str]]) -> tuple[str, str] | None:
    """What stands before and after the words that begin another matter: "với lại", "ngoài ra", "còn chuyện nữa"."""
    seen = views(text)
    for join in joins:
        for found in join.finditer(seen.folded):
            start, end = seen.original_span(found.start(), found.end())
            before, after = text[:start].strip(" ,.;-\n"), text[end:].strip(" ,.;:-\n")
            if says_something(before) and says_something(after):
                return before, after
    return None


def _last_sentences(text: str) -> str | None:
    """The words after the full stop nearest to the middle; the first matter then keeps the whole text."""
    stops = [found.end() for found in _STOP.finditer(text)]
    told = [at for at in stops if says_something(text[:at]) and says_something(text[at:])]
    return text[min(told, key=lambda at: abs(at - len(text) // 2)) :].strip() if told else None
