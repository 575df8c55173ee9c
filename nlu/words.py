"""The words of a text as they are counted: underthesea's, or syllables where the marks are missing.

Nothing of the engine is imported here, so that another process can split the training texts without loading it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from itertools import islice
from multiprocessing import get_context

from nlu.text import marked_share, normalise

# A word, or one sign that means something by itself (?, !, an emoji).
SYLLABLES = re.compile(r"\w+|[?!]|[^\w\s\u0000-\u206f]")
MANY = 5_000  # texts from which other processes are worth their start
BLOCK = 500
AHEAD = 4


def segment(text: str, *, least_marked_share: float) -> list[str]:
    """The words of a text; underthesea's model was trained on marked text and misleads on unmarked text."""
    if marked_share(text) < least_marked_share:
        return SYLLABLES.findall(text)
    return [word for word in _word_tokenize()(text) if SYLLABLES.search(word)]


def word_forms(words: list[str]) -> list[str]:
    """Words in the form in which they are counted: normalised, lower case, inner spaces as underscores."""
    return [_word_form(word) for word in words]


def segmented_forms(text: str, *, least_marked_share: float) -> list[str]:
    """The words of a text as they are counted."""
    return word_forms(segment(text, least_marked_share=least_marked_share))


def segmented_beside(texts: Sequence[str], *, least_marked_share: float) -> Iterator[list[str]]:
    """The same of many texts, in their order, by two processes beside this one, which stay a few blocks ahead."""
    split = partial(segmented_forms, least_marked_share=least_marked_share)
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


def _all(split: Callable[[str], list[str]], texts: Sequence[str]) -> list[list[str]]:
    return [split(text) for text in texts]


@lru_cache(maxsize=16_384)
def _word_form(word: str) -> str:
    return normalise(word).lower().replace(" ", "_")


@lru_cache(maxsize=1)
def _word_tokenize() -> Callable[[str], list[str]]:
    """Imported on first use: the import takes a second, and the function works offline."""
    from underthesea import word_tokenize

    split: Callable[[str], list[str]] = word_tokenize
    return split
