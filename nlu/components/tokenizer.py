"""Splits a message into Vietnamese words with underthesea, or into syllables where the marks are missing."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import sources
from nlu.words import segment

_GAP = re.compile(r"\s+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class WordTokenizer(Tokenizer):
    """Tokens of the original text, with offsets into it; a two-syllable word is one token.

    `training_tokens` off: the training messages get none, for a pipeline in which no component learns from them.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "least_marked_share": 0.3,
            "training_tokens": True,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return sources.fingerprint()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return super().process_training_data(training_data) if self._config["training_tokens"] else training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text: str = message.get(attribute)
        words = segment(text, least_marked_share=self._config["least_marked_share"])
        return [Token(text[start:end], start, end) for start, end in spans(text, words)]


def spans(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where each word stands in the text; a word that the tokenizer rewrote is left out."""
    found, at = [], 0
    for word in words:
        span = _next(word, text, at)
        if span:
            found.append(span)
            at = span[1]
    return found


def _next(word: str, text: str, at: int) -> tuple[int, int] | None:
    """The first place from `at` on; between the syllables of a word may be any white space."""
    first, *rest = word.split() or [""]
    while (start := text.find(first, at)) >= 0:
        end = start + len(first)
        for syllable in rest:
            gap = _GAP.match(text, end)
            if not gap or not text.startswith(syllable, gap.end()):
                break
            end = gap.end() + len(syllable)
        else:
            return start, end
        at = start + 1
    return None
