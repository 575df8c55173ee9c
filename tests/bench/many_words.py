"""Made-up Vietnamese complaints by the thousand: syllables of skewed frequency, and words planted to be sought."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np

COMMON = (Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").split()
"""The syllables of complaints, the commonest first."""
SOUGHT = ("cầu", "chợ", "bão", "mỏ", "zeolit", "quặng")
_ONSETS = ("b", "c", "ch", "d", "đ", "g", "h", "kh", "l", "m", "n", "nh", "ph", "r", "s", "t", "th", "tr", "v", "x")
_RHYMES = ("a*n", "a*ng", "a*nh", "a*m", "o*n", "o*ng", "o*m", "u*n", "u*ng", "ê*n", "ê*nh", "i*nh", "ô*n", "ô*ng")
_RHYMES += ("ơ*n", "ơ*m", "ươ*ng", "ươ*n", "iê*n", "iê*u", "uô*n", "oa*n", "a*i", "a*o", "u*i", "ô*i", "ơ*i", "â*y")
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")


def vocabulary() -> list[str]:
    """Some thousand syllables, the commonest first; none of those that are planted."""
    made = (
        unicodedata.normalize("NFC", onset + rhyme.replace("*", tone))
        for tone, rhyme, onset in product(_TONES, _RHYMES, _ONSETS)
    )
    return [word for word in dict.fromkeys([*COMMON, *made]) if word not in SOUGHT]


@dataclass(slots=True)
class Complaints:
    """Texts of 20 to 60 words. The commonest word is in two of three, the rarest in one of a thousand."""

    rng: np.random.Generator
    words: np.ndarray = field(default_factory=lambda: np.array(vocabulary(), dtype=object))
    shares: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        weights = 1 / (np.arange(len(self.words)) + 6)
        self.shares = np.cumsum(weights / weights.sum())

    def texts(self, planted: list[list[str]]) -> Iterator[str]:
        """One text for each list of words that it must hold."""
        lengths = self.rng.integers(20, 60, len(planted))
        drawn = self.words[np.searchsorted(self.shares, self.rng.random(lengths.sum()))]
        start = 0
        for length, must in zip(lengths.tolist(), planted, strict=True):
            said = drawn[start : start + length].tolist()
            start += length
            said[length // 2 : length // 2] = must
            yield " ".join(said).capitalize() + "."
