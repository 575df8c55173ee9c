"""The engine's own log: which event and where, never anybody's words."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.dialogue.quiet_logs import OnlyHandler, WithoutWords

CONFIG = Path(__file__).resolve().parents[2] / "bot" / "dialogue" / "logging.yml"
WORDS = "rác ở phường Hạc Thành, gọi 0951234567"


@pytest.fixture
def engine_logging() -> Iterator[None]:
    """The logging of this process, set up as the engine's, and put back."""
    root, rasa = logging.getLogger(), logging.getLogger("rasa")
    before = root.handlers[:], root.level, rasa.handlers[:], rasa.propagate
    logging.config.dictConfig(yaml.safe_load(CONFIG.read_text(encoding="utf-8")))
    yield
    root.handlers, root.level, rasa.handlers, rasa.propagate = before


def formatted(message: str, *, name: str = "rasa.core.channels.rest", error: Exception | None = None) -> str:
    trace = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, "/x/rest.py", 172, message, (), trace)
    return WithoutWords().format(record)


def test_a_structured_event_keeps_its_name_and_place_only() -> None:
    line = formatted(json.dumps({"text": WORDS, "event": "rest.message.received.timeout", "level": "error"}))
    assert line.endswith("ERROR rasa.core.channels.rest rest.message.received.timeout (rest.py:172)")


@pytest.mark.parametrize("message", [f"Received user message '{WORDS}'", "{" + WORDS, json.dumps({"event": WORDS})])
def test_any_other_message_keeps_its_place_only(message: str) -> None:
    assert formatted(message).endswith("ERROR rasa.core.channels.rest - (rest.py:172)")


def test_an_error_is_named_without_what_it_says() -> None:
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        line = formatted("failed", error=error)
    assert "ValueError at " in line and WORDS not in line and "\n" not in line


def test_the_start_is_told_in_full() -> None:
    assert "Starting Rasa server" in formatted("Starting Rasa server on http://127.0.0.1:5005", name="root")


@pytest.mark.usefixtures("engine_logging")
def test_a_handler_that_rasa_adds_later_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().handlers = [logging.StreamHandler(sys.stderr)]
    logging.getLogger("rasa.core.processor").error(WORDS)
    logging.getLogger("some.library").error(WORDS)
    assert [type(handler) for handler in logging.getLogger().handlers] == [OnlyHandler]
    assert WORDS not in capsys.readouterr().err
