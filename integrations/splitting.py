"""Cuts a long text into messages that a channel accepts, at borders where a reader would pause."""

import re
import unicodedata

_SENTENCE_END = re.compile(r"[.!?…;:][\"”’)\]]*\s")
_BORDERS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), _SENTENCE_END, re.compile(r"\s"))


def length(text: str) -> int:
    """UTF-16 code units: what the channels' servers count at most, never less than code points."""
    return len(text) + sum(char > "\uffff" for char in text)


def split_text(text: str, limit: int) -> list[str]:
    """The parts of `text`, each NFC and at most `limit` UTF-16 units; nothing but white space at the cuts is lost."""
    rest = unicodedata.normalize("NFC", text).strip()
    parts: list[str] = []
    while rest:
        end = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return parts


def clip(text: str, limit: int) -> str:
    """`text` in NFC, shortened to `limit` units with an ellipsis."""
    whole = unicodedata.normalize("NFC", text).strip()
    return whole if length(whole) <= limit else whole[: _fitting(whole, limit - 1)].rstrip() + "…"


def _cut(text: str, limit: int) -> int:
    end = _fitting(text, limit)
    if end == len(text):
        return end
    for border in _BORDERS:
        breaks = [found.end() for found in border.finditer(text, 0, end + 1) if found.start() <= end]
        if breaks and breaks[-1] > end // 2:
            return breaks[-1]
    while end > limit // 2 and unicodedata.combining(text[end]):
        end -= 1
    return end


def _fitting(text: str, limit: int) -> int:
    units = 0
    for index, char in enumerate(text):
        units += 2 if char > "\uffff" else 1
        if units > limit:
            return index
    return len(text)
