"""When the kind of a message is too unclear to act on, what is then offered, and which kind an answer picks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.actions import reading
from bot.actions.report import CASE, Report
from bot.understanding import Understanding
from nlu.text import fold, normalise

SURE = 0.55
APART = 0.15
PERHAPS = 0.12
PRAISE_FROM = 0.3
# A question that is not put as one is answered only when the engine is this sure that it is one.
SURE_QUESTION = 0.8
# A possible denunciation is asked about sooner than all else (taxonomy: unsure = ask, and keep it secret meanwhile).
SECRET_FROM = 0.25
# Kinds that lead the same way: taking one for the other costs the citizen nothing.
_SAME_WAY = {"phan_anh": "report", "kien_nghi": "report", "giao_tiep": "talk", "ngoai_pham_vi": "talk"}
ASKABLE = ("phan_anh", "kien_nghi", "khieu_nai", "to_cao", "hoi_dap", "tra_cuu", "khen_ngoi")
_MATTERS = ("phan_anh", "kien_nghi", "khieu_nai", "to_cao")
_PERHAPS_A_MATTER = 0.3
_OFFERED = 3
MOST = 4  # with the button for a person as many as Zalo shows
_PRAISE = 2  # words of substance; a single one ("ồn") praises nobody for sure
_A_CHOICE = 7  # words; a longer answer tells something
_WITH_NOTHING_ELSE = ("phan_anh", "hoi_dap", "khieu_nai")  # offered when nothing is likelier
_NOT = re.compile(r"\b(?:khong|ko|k|kg|kh|hong|chu|chua|cha|dau co)\b(?: \w+){0,2} ?$")
_BOTH = re.compile(r"\b(?:ca hai|ca 2|hai cai|2 cai|deu)\b")
_WORD = re.compile(r"[^\W_]+")


def candidates(said: Understanding) -> tuple[str, ...]:
    """The kinds to offer when it is unclear which is meant; empty when the first one is clear enough."""
    between = _between(said)
    if between:
        return between
    ranked = [(kind, chance) for kind, chance in said.kinds if kind in ASKABLE]
    if len(said.kinds) < 2 or not ranked or _is_clear(said):
        return ()
    offered = [
        kind for kind, chance in ranked[:_OFFERED] if chance >= (PRAISE_FROM if kind == "khen_ngoi" else PERHAPS)
    ]
    if said.chance("to_cao") >= SECRET_FROM or "to_cao" in offered:
        others = [kind for kind in offered if kind not in ("to_cao", "phan_anh")]
        return ("to_cao", "phan_anh", *others[: MOST - 2])
    for likely in ("phan_anh", "hoi_dap", ranked[0][0]):
        if len(offered) < 2 and likely not in offered:
            offered.append(likely)
    return tuple(offered)


def _between(said: Understanding) -> tuple[str, ...]:
    """The pair between which the engine itself says that it cannot decide, where the answer changes the way."""
    pair = [kind for kind in said.unsure if kind in ASKABLE]
    if said.act is not None or len(pair) != 2 or len({_SAME_WAY.get(kind, kind) for kind in pair}) < 2:
        return ()
    return (pair[0], pair[1]) if pair[1] != "to_cao" else (pair[1], pair[0])


def _is_clear(said: Understanding) -> bool:
    (first, p1), (second, p2) = said.kinds[0], said.kinds[1]
    if first != "to_cao" and said.chance("to_cao") >= SECRET_FROM:
        return False
    if _SAME_WAY.get(first) == "talk":
        return not _names_a_matter(said)
    if first == "hoi_dap" and p1 < SURE_QUESTION and (said.urgent or not reading.asks(said.text)):
        return False
    if first == "khen_ngoi" and len(reading.content_words(said.text)) < _PRAISE:
        return False
    if p1 >= SURE and p1 - p2 >= APART:
        return True
    return _SAME_WAY.get(first, first) == _SAME_WAY.get(second, second)


def _names_a_matter(said: Understanding) -> bool:
    """Small talk has no field; what has one ("điện yếu quá không nấu được cơm") must not be waved away as talk."""
    matter = said.field or said.topic or sum(map(said.chance, _MATTERS)) >= _PERHAPS_A_MATTER
    least = 1 if said.topic else 2
    return said.act is None and bool(matter) and len(reading.content_words(said.text)) >= least


def offered(report: Report, order: Sequence[str]) -> tuple[str, ...]:
    """What the citizen is shown, in the order in which it is said (`order`)."""
    if report.bare:
        return report.candidates
    return tuple(sorted(report.candidates or _WITH_NOTHING_ELSE, key=order.index))


def chosen(text: str, shown: Sequence[str], words: Mapping[str, Sequence[str]]) -> str | None:
    """The kind that a short answer names by one of its `words`: "tố cáo", "hỏi thôi", "không tố cáo ai cả".

    Who wants both gets the first, which is the weightier one.
    """
    if len(text.split()) > _A_CHOICE:
        return None
    plain = " ".join(_WORD.findall(fold(normalise(text)).lower()))
    named = {kind for kind in shown if _names(plain, words[kind])}
    refused = {kind for kind in named if not _wanted(plain, words[kind])}
    wanted = [kind for kind in shown if kind in named - refused]
    if len(wanted) == 1:
        return wanted[0]
    left = [kind for kind in shown if kind not in refused]
    if refused and len(left) == 1:
        return left[0]
    return shown[0] if len(shown) == 2 and _BOTH.search(plain) else None


def _spans(plain: str, words: Sequence[str]) -> list[int]:
    return [found.start() for word in words for found in re.finditer(rf"\b{re.escape(fold(word))}\b", plain)]


def _names(plain: str, words: Sequence[str]) -> bool:
    return bool(_spans(plain, words))


def _wanted(plain: str, words: Sequence[str]) -> bool:
    """Whether one of the words stands there without a "không" before it."""
    return any(_NOT.search(plain[:start]) is None for start in _spans(plain, words))


def with_kind(report: Report, kind: str) -> Report:
    """The report as of the kind that the citizen chose; unchanged for a kind that cannot be chosen."""
    if kind not in ASKABLE:
        return report
    empty_question = kind in ("hoi_dap", "tra_cuu") and not report.text
    return report.changed(
        purpose=CASE,
        kind=kind,
        kind_picked=True,
        candidates=(),
        secret=kind == "to_cao",
        outcome="start" if empty_question and kind == "hoi_dap" else None,
        accepted=False,
    )
