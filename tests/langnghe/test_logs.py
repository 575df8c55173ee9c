"""The program's log lines: what happened and where, not what an error says."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from langnghe.logs import configure_logs

WORDS = "rác ở phường Hạc Thành, gọi 0951234567"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    before = logger.handlers[:], logger.level
    configure_logs()
    yield logger
    logger.handlers, logger.level = before
    structlog.reset_defaults()


def test_an_error_of_a_library_is_named_with_its_place_only(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs()
    try:
        raise ValueError(WORDS)
    except ValueError:
        logging.getLogger("some.library").exception("It failed")
    line = capsys.readouterr().err
    said = json.loads(line)
    assert (said["error"], said["level"]) == ("ValueError", "error")
    assert "test_logs.py" in said["at"][-1] and WORDS not in line and "0951234567" not in line


def test_an_event_of_ours_is_one_json_object(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    structlog.get_logger("x").warning("turn_failed", inbox_id=3, reason="http_500")
    said = json.loads(capsys.readouterr().err)
    assert (said["event"], said["inbox_id"], said["reason"]) == ("turn_failed", 3, "http_500")
    assert not {key for key in said if key.startswith("_")}
