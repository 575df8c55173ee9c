"""Two matters in one message: where the one ends and the other begins, in the citizen's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.actions.kinds import SECRET_FROM
from bot.actions.reading import content_words, says_something
from bot.understanding import Understanding
from nlu.text import fold, normalise, views

_STOP = re.compile(r"[.!?;\n]+")
_DENUNCIATION = "to_cao"
_A_MATTER = 3  # words of substance on each side of the cut, where only the words show that there are two
# Words in which people put a question on a procedure, not a reproach ("sao không ai sửa"). Without marks.
_QUESTION = re.compile(
    r"\b(?:(?:cho|xin)(?: \w+)? hoi|hoi (?:thu tuc|cach|ve|them|luon)|o dau|bao nhieu|bao lau|thu tuc"
    r"|can (?:nhung )?(?:gi|giay)|giay to gi|(?:lam|nhu) the nao)\b"
)
_TALK = frozenset({"giao_tiep", "ngoai_pham_vi"})


@dataclass(frozen=True, slots=True)
class Parted:
    """The matter to begin with, and the words of the other one; None where its words could not be told apart."""

    first: Understanding
    further: str | None


def parted(said: Understanding, joins: Sequence[re.Pattern[str]]) -> Parted | None:
    """The message in two, where the engine saw a second matter, or a question hangs on a report; None where it is one.

    What may be a denunciation comes first, alone: its words must not go to the desk of the other matter, so a message
    that cannot be cut for sure stays whole and secret, and the other matter has to be written again.
    """
    if said.picked or said.act is not None:
        return None
    also = next((matter for matter in said.also if matter.kind not in _TALK), None)
    cut = _cut(said.text, joins)
    if also is None:
        return _question_apart(said, cut)
    if _DENUNCIATION in (said.kind, also.kind):
        return _with_secret(said, cut)
    if cut is None:
        return Parted(said, _last_sentences(said.text))
    return Parted(replace(said, text=cut[0], also=()), cut[1])


def _question_apart(said: Understanding, cut: tuple[str, str] | None) -> Parted | None:
    """A report and a question in one message: the part that is of the message's own kind comes first.

    A message that may be a denunciation is never cut by its words alone.
    """
    if cut is None or _DENUNCIATION in (said.kind, *said.unsure) or said.chance(_DENUNCIATION) >= SECRET_FROM:
        return None
    asking = [_QUESTION.search(fold(normalise(part)).lower()) is not None for part in cut]
    if asking[0] == asking[1] or min(len(content_words(part)) for part in cut) < _A_MATTER:
        return None
    is_question = said.kind in ("hoi_dap", "tra_cuu")
    first, further = cut if asking[0] == is_question else (cut[1], cut[0])
    return Parted(replace(said, text=first, unsure=()), further)


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
