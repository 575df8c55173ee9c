"""Tells an answer that says nothing ("đã tiếp nhận và chuyển xử lý"), or is not filled in, before it goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from feedback.law import load_yaml
from feedback.phrases import Words
from nlu.text import fold, normalise

_WORD = re.compile(r"[^\W_]+")
_OPEN = re.compile(r"\[[^\[\]\n]{1,60}\]|\{[^{}\n]{1,30}\}|(?:^|(?<=[\s(“:]))…(?=[\s,.;)”]|$)")


@dataclass(frozen=True, slots=True)
class EmptyTalk:
    """What is wrong: the empty phrases that were found, and a message for the officer."""

    phrases: tuple[str, ...]
    message: str


def empty_talk(text: str) -> EmptyTalk | None:
    """None for an answer with substance: a date, an article, a place, or enough words beyond the empty phrases.

    A short answer without such a phrase ("Đã thay bóng.") is let through: brevity is no fault.
    """
    if unfilled := left_open(text):
        return EmptyTalk(
            unfilled,
            f"Câu trả lời còn chỗ chưa điền: {unfilled[0]}. Hãy điền hoặc bỏ đi; nếu vẫn gửi nguyên như vậy, đánh dấu "
            "“Vẫn gửi”.",
        )
    if any(re.search(pattern, normalise(text), re.IGNORECASE) for pattern in _data()["concrete"]):
        return None
    words = Words(text)
    spans = {phrase: list(words.spans(phrase)) for phrase in _data()["phrases"]}
    found = tuple(phrase for phrase, places in spans.items() if places)
    if not found:
        return None
    empty = {at for places in spans.values() for start, end in places for at in range(start, end)}
    said = [fold(word.lower()) for word in _WORD.findall(normalise(text))]
    left = [word for at, word in enumerate(said) if at not in empty and word not in _hollow()]
    if len(left) >= _data()["least_words"]:
        return None
    return EmptyTalk(
        found,
        f"Câu trả lời chưa có nội dung cụ thể (“{found[0]}”). Hãy nêu việc đã làm, kết quả, ngày cụ thể hoặc căn cứ; "
        "nếu vẫn gửi nguyên như vậy, đánh dấu “Vẫn gửi”.",
    )


def left_open(text: str) -> tuple[str, ...]:
    """The places of a wording that nobody filled in: "[ngày]", "{mã}", or the "…" of a value the case does not have."""
    return tuple(found[0].strip() for found in _OPEN.finditer(text))


@cache
def _data() -> dict[str, Any]:
    return dict(load_yaml("empty_talk.yml"))


@cache
def _hollow() -> frozenset[str]:
    return frozenset(fold(word) for word in _data()["hollow"])
