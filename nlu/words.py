"""The words of a text as they are counted: underthesea's, or syllables where the marks are missing.

Nothing of the engine is imported here, so that another process can split the training texts without loading it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from multiprocessing import get_context

from nlu.text import expand, fold, marked_share, normalise

# A word, or one sign that means something by itself (?, !, an emoji).
SYLLABLES = re.compile(r"\w+|[?!]|[^\w\s\u0000-\u206f]")
LONGEST = 2_000  # characters of one message that are counted folded: more adds time and no meaning
MANY = 5_000  # texts from which other processes are worth their start
BLOCK = 500
AHEAD = 4
_DIGIT = re.compile(r"\d")


def segment(text: str, *, least_marked_share: float) -> list[str]:
    """The words of a text; underthesea's model was trained on marked text and misleads on unmarked text."""
    if marked_share(text) < least_marked_share:
        return SYLLABLES.findall(text)
    return [word for word in _word_tokenize()(text) if SYLLABLES.search(word)]


@dataclass(frozen=True, slots=True)
class Split:
    """A text in the two ways in which it is counted; digits are all 0.

    words      as written, normalised, lower case, the syllables of a word joined by underscores
    syllables  abbreviations written out, marks dropped, one by one
    """

    words: list[str]
    syllables: list[str]


def split_text(text: str, *, least_marked_share: float) -> Split:
    return split_given(text, segment(text, least_marked_share=least_marked_share))


def split_given(text: str, words: Iterable[str]) -> Split:
    """The same where the words of the text are known."""
    folded = _DIGIT.sub("0", fold(expand(text[:LONGEST])))
    return Split([_word_form(word) for word in words], SYLLABLES.findall(folded))


def split_syllables(text: str) -> Split:
    """The same with each syllable a word of its own."""
    return split_given(text, SYLLABLES.findall(text))


def split_beside(texts: Sequence[tuple[str, bool]], *, least_marked_share: float) -> Iterator[Split]:
    """Many texts in their order, by two processes beside this one, which stay a few blocks ahead.

    With each text stands whether its words are looked for; of the others each syllable is one.
    """
    split = partial(_split, least_marked_share=least_marked_share)
    if len(texts) < MANY:
        yield from map(split, texts)
        return
    blocks = (texts[at : at + BLOCK] for at in range(0, len(texts), BLOCK))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        ahead = deque(pool.submit(_all, split, block) for block in islice(blocks, AHEAD))
        while ahead:
            ready = ahead.popleft().result()
            ahead.extend(pool.submit(_all, split, block) for block in islice(blocks, 1))
            yield from ready


def _all(split: Callable[[tuple[str, bool]], Split], texts: Sequence[tuple[str, bool]]) -> list[Split]:
    return [split(text) for text in texts]


def _split(text: tuple[str, bool], *, least_marked_share: float) -> Split:
    written, in_words = text
    return split_text(written, least_marked_share=least_marked_share) if in_words else split_syllables(written)


@lru_cache(maxsize=16_384)
def _word_form(word: str) -> str:
    return _DIGIT.sub("0", normalise(word).lower().replace(" ", "_"))


@lru_cache(maxsize=1)
def _word_tokenize() -> Callable[[str], list[str]]:
    """Imported on first use: the import takes a second, and the function works offline."""
    from underthesea import word_tokenize

    split: Callable[[str], list[str]] = word_tokenize
    return split
