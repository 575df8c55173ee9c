"""Which of the buttons just shown a short answer means: its title, its number, "cái đầu", "cái thứ hai", "cái cuối"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from bot.core_texts import core_texts
from integrations.channel import Button
from nlu.acts import ActRules
from nlu.text import fold, normalise

MOST_WORDS = 8
OWN_NUMBERS = ("rate:", "sv:")  # ratings and surveys read numbers themselves
# Questions that are answered without the engine: the first button's payload, the acts that mean it, and its opposite.
_CLOSED = {
    "next:": ({"dong_y"}, {"khong_dong_y", "huy", "bo_qua"}),
    "withdraw:": ({"dong_y", "huy"}, {"khong_dong_y", "bo_qua"}),
}
_TWO = 2
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"([1-9])\s*[.)]?")


def plain(text: str) -> str:
    """The words without marks and signs, in lower case."""
    return " ".join(_WORD.findall(fold(normalise(text)).lower()))


def chosen(buttons: Sequence[Button], text: str) -> str | None:
    """The payload of the button that the answer names; None when it names none of them."""
    if not buttons or len(text.split()) > MOST_WORDS:
        return None
    said = plain(text)
    titled = next((button.payload for button in buttons if plain(button.title) == said), None)
    if titled is not None:
        return titled
    if buttons[0].payload.startswith(OWN_NUMBERS):
        return None
    index = _index(text, said)
    return buttons[index].payload if index is not None and index < len(buttons) else None


def answered(buttons: Sequence[Button], text: str) -> str | None:
    """The payload that a yes or a no in words stands for, where the question is one of ours and not the engine's."""
    for yes, (yes_acts, no_acts) in _CLOSED.items():
        if len(buttons) == _TWO and buttons[0].payload.startswith(yes):
            act = _acts().find(text)
            return buttons[0].payload if act in yes_acts else buttons[1].payload if act in no_acts else None
    return None


def _index(text: str, said: str) -> int | None:
    """The place that the words name, the first button being 0 and the last one -1."""
    number = _NUMBER.fullmatch(text.strip())
    if number is not None:
        return int(number[1]) - 1
    return next((index for index, words in _ordinals() if words.fullmatch(said)), None)


@cache
def _acts() -> ActRules:
    return ActRules.load(Path(str(resources.files("nlu").joinpath("data", "dialogue_acts.yml"))))


@cache
def _ordinals() -> tuple[tuple[int, re.Pattern[str]], ...]:
    data = core_texts()["ordinals"]

    def words(place: str, alone: str | None = None) -> re.Pattern[str]:
        either = f"{data['before']} (?:{place})" + (f"|(?:{alone})" if alone else "")
        return re.compile(f"(?:{either})(?: (?:{data['after']}))*")

    alone = dict(enumerate(data["alone"]))
    numbered = ((index, words(place, alone.get(index))) for index, place in enumerate(data["places"]))
    return (*numbered, (-1, words(data["last"])))
