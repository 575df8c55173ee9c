"""The words of the survey in the chat, read from surveys/data/texts.yml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from surveys.yaml_files import read_data


def say(name: str, **values: object) -> str:
    """One text, filled in; KeyError for an unknown name."""
    return str(_texts()["texts"][name]).format(**values).strip()


def title(name: str) -> str:
    """The title of a button."""
    return str(_texts()["buttons"][name])


@cache
def _texts() -> dict[str, Any]:
    return read_data(Path(__file__).parent / "data" / "texts.yml")
