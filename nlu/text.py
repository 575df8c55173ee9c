"""Vietnamese text in three aligned views: as written, normalised, and folded to bare lower-case letters."""

import re
import unicodedata
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


class _Char(NamedTuple):
    char: str
    start: int
    end: int


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


def normalise(text: str) -> str:
    """Unify encodings, tone placement, stretched letters and white space; letter case is kept."""
    return "".join(c.char for c in _normalised(text))


def fold(text: str) -> str:
    """Lower-case letters without diacritics: exactly one character for each character of the NFC text."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).translate(_FOLDED)


def views(text: str) -> TextViews:
    chars = _normalised(text)
    normal = "".join(c.char for c in chars)
    folded = "".join(_fold_char(c.char) for c in chars)
    return TextViews(text, normal, folded, tuple(c.start for c in chars), tuple(c.end for c in chars))


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
    words, patterns = _abbreviations()
    text = normalise(text)
    for pattern, replacement in patterns:
        text = pattern.sub(replacement, text)
    return re.sub(r"(?<![\w.])[^\W_]+(?:/[^\W\d_]{1,2})?(?!\w)", lambda m: _written_out(m[0], words), text)


def _written_out(word: str, words: dict[str, str]) -> str:
    if len(word) == 1 and word.isupper():
        return word  # "khu B", "vitamin C": a lone capital is a name, not chat spelling
    return words.get(word.lower(), word)


@lru_cache(maxsize=1)
def _abbreviations() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    data = yaml.safe_load(_ABBREVIATIONS.read_text(encoding="utf-8"))
    words = {str(short): full for group in data["words"].values() for short, full in group.items()}
    patterns = [(re.compile(p["match"], re.IGNORECASE), p["write"]) for p in data["patterns"]]
    return words, patterns


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
def _normalised(text: str) -> tuple[_Char, ...]:
    """Each component of the pipeline asks for the views of the same message: the last few are kept."""
    chars = _compose([_Char(c, i, i + 1) for i, c in enumerate(text) if not _is_invisible(c)])
    chars = _without_lookalikes(chars)
    chars = _single_spaced(_unstretched(chars))
    return tuple(_with_tones_in_place(chars))


def _is_invisible(char: str) -> bool:
    return char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f" or unicodedata.category(char) in ("Cf", "Cs")


def _compose(chars: list[_Char]) -> list[_Char]:
    """NFC cluster by cluster, so that each composed letter keeps the span that it was written in."""
    composed: list[_Char] = []
    cluster: list[_Char] = []
    for char in [*chars, None]:
        if char is not None and cluster and _joins_previous(char.char):
            cluster.append(char)
            continue
        if cluster:
            composed += _composed_cluster(cluster)
        cluster = [char] if char is not None else []
    return composed


def _joins_previous(char: str) -> bool:
    return not char.isascii() and (unicodedata.category(char)[0] == "M" or "\u1161" <= char <= "\u11ff")


def _composed_cluster(cluster: list[_Char]) -> list[_Char]:
    written = "".join(c.char for c in cluster)
    if written.isascii():
        return cluster
    plain = "".join(unicodedata.normalize("NFKC", c) if _is_styled(c) else _TWINS.get(c, c) for c in written)
    start, end = cluster[0].start, cluster[-1].end
    return [_Char(c, start, end) for c in unicodedata.normalize("NFC", plain)]


def _is_styled(char: str) -> bool:
    """Full-width forms and the mathematical alphabets that people use as fonts."""
    return "\uff01" <= char <= "\uff5e" or "\U0001d400" <= char <= "\U0001d7ff"


def _without_lookalikes(chars: list[_Char]) -> list[_Char]:
    """Cyrillic twins become Latin only inside a word that has Latin letters: Russian text stays Russian."""
    if not any(c.char in _CYRILLIC for c in chars):
        return chars
    result: list[_Char] = []
    for is_word, group in groupby(chars, key=lambda c: c.char.isalpha()):
        word = list(group)
        latin = is_word and any(unicodedata.name(c.char, "").startswith("LATIN") for c in word)
        result += [c._replace(char=_CYRILLIC.get(c.char, c.char)) for c in word] if latin else word
    return result


def _unstretched(chars: list[_Char]) -> list[_Char]:
    """Three or more of one letter become one ("lâuuuu" -> "lâu"); "III", "www" and vowelless acronyms ("CCCD") stay."""
    result: list[_Char] = []
    for is_word, letters in groupby(chars, key=lambda c: c.char.isalpha()):
        word = list(letters)
        kept = len(word) < 3 or not is_word or not any(_fold_char(c.char) in "aeiouy" for c in word)
        result += word if kept else _once_each(word)
    return result


def _once_each(word: list[_Char]) -> list[_Char]:
    result: list[_Char] = []
    for key, letters in groupby(word, key=lambda c: _fold_char(c.char)):
        run = list(letters)
        if len(run) < 3 or (len(run) == len(word) == 3 and key == "i"):
            result += run
            continue
        best = next((c.char for c in run if _fold_char(c.char) != c.char.lower()), run[0].char)
        result.append(_Char(best, run[0].start, run[-1].end))
    return result


def _single_spaced(chars: list[_Char]) -> list[_Char]:
    result: list[_Char] = []
    for is_space, group in groupby(chars, key=lambda c: c.char.isspace() or unicodedata.category(c.char) == "Cc"):
        run = list(group)
        result += [_Char(" ", run[0].start, run[-1].end)] if is_space else run
    while result and result[-1].char == " ":
        result.pop()
    return result[1:] if result and result[0].char == " " else result


def _with_tones_in_place(chars: list[_Char]) -> list[_Char]:
    text = "".join(c.char for c in chars)
    if text.isascii():
        return chars
    placed = _UNBROKEN.sub(lambda m: _tone_in_place(m[0]), text)
    return [c._replace(char=new) for c, new in zip(chars, placed, strict=True)]


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
