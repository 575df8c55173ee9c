"""Vietnamese text in three aligned views: as written, normalised, and folded to bare lower-case letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import yaml

_ABBREVIATIONS = Path(__file__).parent / "data" / "abbreviations.yml"

# One-to-one twins of Vietnamese letters that keyboards, PDF text and fancy fonts leave behind.
_TWINS = {"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ", "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u00b4": "'"}
_CYRILLIC = dict(zip("аеорсухіАЕОРСУХІВНКМТ", "aeopcyxiAEOPCYXIBHKMT", strict=True))
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2060\u3164\ufeff\uffa0")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SHAPES = "\u0302\u0306\u031b"
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W_]+")
_UNBROKEN = re.compile(r"[^\W\d_]++(?![\u0300-\u036f])")
# Onset with its glide (qu, gi), then vowels, then coda: the shape of one bare syllable.
_SYLLABLE = re.compile(
    r"(?P<onset>qu(?=[aeioy])|gi(?=[aeouy])|ngh|[ngtck]h|ph|ng|tr|[bcdghklmnpqrstvx])?"
    r"(?P<nucleus>[aeiouy]{1,3})(?P<coda>ch|nh|ng|[cmnpt])?"
)
_VIETNAMESE_SYLLABLE = re.compile(
    r"(?:ngh|[ngtck]h|gi|qu|ph|ng|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|nh|ng|[cmnpt])?"
)

# Anything but the commonest of the characters that composing leaves as they are; what joins a letter is none of them.
_NOT_PLAIN = re.compile(
    "[^\x00-\x7f\u00a0-\u00ac\u00ae-\u00b3\u00b5-\u00cf\u00d1-\u00ef\u00f1-\u0188\u018a-\u024f\u1e00-\u1eff"
    "\u2010-\u2017\u201a-\u2027\u20ab\u2190-\u21ff\U0001f300-\U0001faff]"
)
_THRICE = re.compile(r"([^\W\d_])\1\1")
_VOWEL = re.compile("[aeiouy]")
_SPACE_OR_NOT = re.compile(r"(?P<space>[\s\x00-\x1f\x7f-\x9f]+)|[^\s\x00-\x1f\x7f-\x9f]+")
_UNEVEN = re.compile(r"\A\s|\s\Z|\s\s|[^\S ]|[\x00-\x1f\x7f-\x9f]")


class _Aligned(NamedTuple):
    """A text, and for each character where in the original it begins and ends."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def part(self, start: int, end: int) -> _Aligned:
        return _Aligned(self.text[start:end], self.starts[start:end], self.ends[start:end])


class _Building:
    """An aligned text that grows."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, text: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self._text.append(text)
        self._starts += starts
        self._ends += ends

    def aligned(self) -> _Aligned:
        return _Aligned("".join(self._text), self._starts, self._ends)


@dataclass(frozen=True, slots=True)
class TextViews:
    """Three views of one message.

    `normalised` and `folded` have the same length n; character i of both comes from `original[starts[i]:ends[i]]`.
    """

    original: str
    normalised: str
    folded: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Turn a half-open span of the normalised or folded view into one of the original."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.original)
            return at, at
        return self.starts[start], self.ends[end - 1]

    def find(self, patterns: Iterable[re.Pattern[str]]) -> list[tuple[int, int]]:
        """Where patterns stand in the folded view, as spans of the original, pattern by pattern."""
        return [self.original_span(*found.span()) for one in patterns for found in one.finditer(self.folded)]


def normalise(text: str) -> str:
    """Unify encodings, tone placement, stretched letters and white space; letter case is kept."""
    return _normalised(text).text


def fold(text: str) -> str:
    """Lower-case letters without diacritics: exactly one character for each character of the NFC text."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).translate(_FOLDED)


def views(text: str) -> TextViews:
    normal = _normalised(text)
    return TextViews(text, normal.text, normal.text.translate(_FOLDED), tuple(normal.starts), tuple(normal.ends))


def words(text: str) -> list[str]:
    """Each word in lower case and in one spelling: composed, look-alikes unified, the tone where it belongs.

    Much cheaper than `normalise`, for search: words stand apart, whatever signs are between them.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_PLAIN).lower()
    return [_tone_in_place(word) for word in _WORD.findall(plain)]


def marked_share(text: str) -> float:
    """Share of the syllables that carry a diacritic: about 0.75 in ordinary Vietnamese, 0 where marks were left out."""
    words = [word.lower() for word in _LETTERS.findall(unicodedata.normalize("NFC", text))]
    syllables = [(word, bare) for word in words if _VIETNAMESE_SYLLABLE.fullmatch(bare := fold(word))]
    return sum(word != bare for word, bare in syllables) / len(syllables) if syllables else 0.0


@lru_cache(maxsize=8)
def expand(text: str) -> str:
    """Write out abbreviations and chat spelling ("UBND", "ko dc", "q1"): for features and search, not for display."""
    words, patterns, any_pattern = _abbreviations()
    text = normalise(text)
    if any_pattern.search(text):  # one search costs a third of all the replacing, and few messages have any
        for pattern, replacement in patterns:
            text = pattern.sub(replacement, text)
    return re.sub(r"(?<![\w.])[^\W_]+(?:/[^\W\d_]{1,2})?(?!\w)", lambda m: _written_out(m[0], words), text)


def _written_out(word: str, words: dict[str, str]) -> str:
    if len(word) == 1 and word.isupper():
        return word  # "khu B", "vitamin C": a lone capital is a name, not chat spelling
    return words.get(word.lower(), word)


@lru_cache(maxsize=1)
def _abbreviations() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]], re.Pattern[str]]:
    """Words and what they stand for; patterns with what is written for them; what matches where any of them does."""
    data = yaml.safe_load(_ABBREVIATIONS.read_text(encoding="utf-8"))
    words = {str(short): full for group in data["words"].values() for short, full in group.items()}
    patterns = [(re.compile(p["match"], re.IGNORECASE), p["write"]) for p in data["patterns"]]
    any_pattern = re.compile("|".join(f"(?:{p['match']})" for p in data["patterns"]), re.IGNORECASE)
    return words, patterns, any_pattern


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()[0]
    return "d" if base == "đ" else base


class _Folded(dict[int, str]):
    """A translation table that fills itself: each letter is decomposed once."""

    def __missing__(self, code: int) -> str:
        self[code] = _fold_char(chr(code))
        return self[code]


_FOLDED = _Folded()


class _Plain(dict[int, str | None]):
    """A translation table that fills itself: twins become their letter, what cannot be seen goes."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        self[code] = None if _is_invisible(char) else _TWINS.get(char, char)
        return self[code]


_PLAIN = _Plain()


@lru_cache(maxsize=8)
def _normalised(text: str) -> _Aligned:
    """Each component of the pipeline asks for the views of the same message: the last few are kept.

    Each step looks first whether there is anything for it to do: in most messages there is not.
    """
    return _with_tones_in_place(_single_spaced(_unstretched(_without_lookalikes(_composed(text)))))


def _composed(text: str) -> _Aligned:
    """NFC without what cannot be seen, cluster by cluster, so that each letter keeps the span it was written in."""
    if not _NOT_PLAIN.search(text):
        return _Aligned(text, range(len(text)), range(1, len(text) + 1))
    composed = _Building()
    for cluster in _clusters(text):
        start, end = cluster[0], cluster[-1] + 1
        written = "".join(text[at] for at in cluster)
        if written.isascii():
            composed.add(written, cluster, [at + 1 for at in cluster])
            continue
        plain = "".join(unicodedata.normalize("NFKC", c) if _is_styled(c) else _TWINS.get(c, c) for c in written)
        letters = unicodedata.normalize("NFC", plain)
        composed.add(letters, [start] * len(letters), [end] * len(letters))
    return composed.aligned()


def _clusters(text: str) -> Iterator[list[int]]:
    """Where the characters of each cluster stand: one that may stand alone, and what joins it."""
    cluster: list[int] = []
    for at, char in enumerate(text):
        if _is_invisible(char):
            continue
        if cluster and not _joins_previous(char):
            yield cluster
            cluster = []
        cluster.append(at)
    if cluster:
        yield cluster


def _is_invisible(char: str) -> bool:
    return char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f" or unicodedata.category(char) in ("Cf", "Cs")


def _joins_previous(char: str) -> bool:
    return not char.isascii() and (unicodedata.category(char)[0] == "M" or "\u1161" <= char <= "\u11ff")


def _is_styled(char: str) -> bool:
    """Full-width forms and the mathematical alphabets that people use as fonts."""
    return "\uff01" <= char <= "\uff5e" or "\U0001d400" <= char <= "\U0001d7ff"


def _without_lookalikes(aligned: _Aligned) -> _Aligned:
    """Cyrillic twins become Latin only inside a word that has Latin letters: Russian text stays Russian."""
    if _CYRILLIC.keys().isdisjoint(aligned.text):
        return aligned
    words = ["".join(letters) for _, letters in groupby(aligned.text, key=str.isalpha)]
    latin = ["".join(_CYRILLIC.get(c, c) for c in word) if _has_latin(word) else word for word in words]
    return aligned._replace(text="".join(latin))


def _has_latin(word: str) -> bool:
    return any(c.isalpha() and unicodedata.name(c, "").startswith("LATIN") for c in word)


def _unstretched(aligned: _Aligned) -> _Aligned:
    """Three or more of one letter become one ("lâuuuu" -> "lâu"); "III", "www" and vowelless acronyms ("CCCD") stay."""
    if not _THRICE.search(aligned.text.translate(_FOLDED)):
        return aligned
    result = _Building()
    at = 0
    for is_word, letters in groupby(aligned.text, key=str.isalpha):
        word = aligned.part(at, at := at + len(list(letters)))
        folded = word.text.translate(_FOLDED)
        stretched = is_word and _THRICE.search(folded) and _VOWEL.search(folded)
        for part in _once_each(word, folded) if stretched else [word]:
            result.add(*part)
    return result.aligned()


def _once_each(word: _Aligned, folded: str) -> Iterator[_Aligned]:
    end = 0
    for key, letters in groupby(folded):
        start, end = end, end + len(list(letters))
        run = word.part(start, end)
        if end - start < 3 or (end - start == len(folded) == 3 and key == "i"):
            yield run
        else:
            best = next((c for c in run.text if _fold_char(c) != c.lower()), run.text[0])
            yield _Aligned(best, run.starts[:1], run.ends[-1:])


def _single_spaced(aligned: _Aligned) -> _Aligned:
    if not _UNEVEN.search(aligned.text):
        return aligned
    result = _Building()
    for run in _SPACE_OR_NOT.finditer(aligned.text):
        part = aligned.part(*run.span())
        if run["space"] is None:
            result.add(*part)
        elif run.start() > 0 and run.end() < len(aligned.text):
            result.add(" ", part.starts[:1], part.ends[-1:])
    return result.aligned()


def _with_tones_in_place(aligned: _Aligned) -> _Aligned:
    if aligned.text.isascii():
        return aligned
    return aligned._replace(text=_UNBROKEN.sub(lambda m: _tone_in_place(m[0]), aligned.text))


@lru_cache(maxsize=8192)
def _tone_in_place(word: str) -> str:
    """Put the tone where the older spelling has it: "hoá" -> "hóa", "thuỷ" -> "thủy", "lựơng" -> "lượng"."""
    decomposed = unicodedata.normalize("NFD", word)
    tones = [c for c in decomposed if c in _TONES]
    bare = fold(word)
    syllable = _SYLLABLE.fullmatch(bare)
    if len(tones) != 1 or syllable is None or len(bare) != len(word):
        return word
    toneless = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    if len(toneless) != len(word):
        return word
    at = _tone_position(toneless, syllable)
    toned = unicodedata.normalize("NFC", toneless[at] + tones[0])
    return toneless[:at] + toned + toneless[at + 1 :] if len(toned) == 1 else word


def _tone_position(toneless: str, syllable: re.Match[str]) -> int:
    start, end = syllable.span("nucleus")
    shaped = [i for i in range(start, end) if any(c in _SHAPES for c in unicodedata.normalize("NFD", toneless[i]))]
    if shaped:
        return shaped[-1]
    if end - start == 1 or (end - start == 2 and not syllable["coda"]):
        return start
    return start + 1
