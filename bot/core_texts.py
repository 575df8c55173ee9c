"""The words of the conversation itself, from bot/data/core_texts.yml."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from feedback.base import VIETNAM
from integrations.channel import Button

_END_OF_DAY = time(23, 59)


@lru_cache
def core_texts() -> dict[str, Any]:
    """The whole data file; read once."""
    loaded: dict[str, Any] = yaml.safe_load(files("bot").joinpath("data/core_texts.yml").read_text("utf-8"))
    return loaded


def say(name: str, /, **values: object) -> str:
    """The text of this name with its braces filled; a missing value is an error, not a gap in front of a citizen."""
    text: str = core_texts()["texts"][name]
    return text.format(**values)


def button(name: str, payload: str) -> Button:
    return Button(core_texts()["buttons"][name], payload)


def score_title(score: int) -> str:
    title: str = core_texts()["scores"][score]
    return title


def rating_buttons(code: str) -> tuple[Button, ...]:
    """Five choices, `1 - Rất không hài lòng` to `5 - Rất hài lòng`."""
    titles: dict[int, str] = core_texts()["scores"]
    return tuple(Button(f"{score} - {title}", f"rate:{code}:{score}") for score, title in titles.items())


def state_words(state: str) -> str:
    words: str = core_texts()["states"][state]
    return words


def moment_words(moment: datetime) -> str:
    """`thứ Ba, 24/11/2026` for the end of a day in Vietnam, with the minute before it otherwise."""
    local = moment.astimezone(VIETNAM)
    if local.time() == time(0):
        local -= timedelta(minutes=1)
    day = f"{core_texts()['weekdays'][local.weekday()]}, {local:%d/%m/%Y}"
    return day if local.time() >= _END_OF_DAY else f"{local.hour} giờ {local:%M}, {day}"
