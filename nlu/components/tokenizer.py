"""Splits a message into Vietnamese words with underthesea, or into syllables where the marks are missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu import sources
from nlu.text import marked_share, normalise

# A word, or one sign that means something by itself (?, !, an emoji).
SYLLABLES = re.compile(r"\w+|[?!]|[^\w\s\u0000-\u206f]")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class WordTokenizer(Tokenizer):
    """Tokens of the original text, with offsets into it; a two-syllable word is one token."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "least_marked_share": 0.3}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return sources.fingerprint()

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text: str = message.get(attribute)
        words = segment(text, least_marked_share=self._config["least_marked_share"])
        return [Token(text[start:end], start, end) for start, end in spans(text, words)]


def segment(text: str, *, least_marked_share: float) -> list[str]:
    """The words of a text; underthesea's model was trained on marked text and misleads on unmarked text."""
    if marked_share(text) < least_marked_share:
        return SYLLABLES.findall(text)
    return [word for word in _word_tokenize()(text) if SYLLABLES.search(word)]


def spans(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where each word stands in the text; a word that the tokenizer rewrote is left out."""
    found, at = [], 0
    for word in words:
        match = re.compile(r"\s+".join(map(re.escape, word.split()))).search(text, at)
        if match:
            found.append(match.span())
            at = match.end()
    return found


def word_forms(words: list[str]) -> list[str]:
    """Words in the form in which they are counted: normalised, lower case, inner spaces as underscores."""
    return [_word_form(word) for word in words]


@lru_cache(maxsize=16_384)
def _word_form(word: str) -> str:
    return normalise(word).lower().replace(" ", "_")


@lru_cache(maxsize=1)
def _word_tokenize() -> Callable[[str], list[str]]:
    """Imported on first use: the import takes a second, and the function works offline."""
    from underthesea import word_tokenize

    return word_tokenize
