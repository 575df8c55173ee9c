"""The engine's log lines without anybody's words: what happened and where in the source, never the message itself.

Rasa writes whole messages into its log (on a turn that times out, on a failed action, at level DEBUG throughout).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback

_EVENT = re.compile(r"[a-z0-9_.]{1,80}")
# Loggers of the start-up, which happens before anybody has said anything.
_PLAIN = ("root", "rasa.core.run", "rasa.model", "sanic.root")


class WithoutWords(logging.Formatter):
    """`2026-11-23 09:00:00,123 ERROR rasa.core.channels.rest rest.message.received.timeout (rest.py:172)`."""

    def format(self, record: logging.LogRecord) -> str:
        what = record.getMessage() if record.name in _PLAIN and not record.exc_info else _event_of(record)
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {what} ({record.filename}:{record.lineno})"
        if not isinstance(record.exc_info, tuple) or record.exc_info[0] is None:
            return line
        kind, _error, trace = record.exc_info
        frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-3:]]
        return f"{line} {kind.__name__} at {' < '.join(reversed(frames))}"


def _event_of(record: logging.LogRecord) -> str:
    """The name of a structured event; of any other message nothing, since the words may stand in it."""
    if not isinstance(record.msg, str) or not record.msg.startswith("{"):
        return "-"
    try:
        event = json.loads(record.msg).get("event")
    except ValueError:
        return "-"
    return event if isinstance(event, str) and _EVENT.fullmatch(event) else "-"


class OnlyHandler(logging.StreamHandler):
    """The one way out. Rasa exchanges the root logger's handler for one of its own later on: that is undone here."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(WithoutWords())

    def emit(self, record: logging.LogRecord) -> None:
        root = logging.getLogger()
        if root.handlers != [self]:
            root.handlers = [self]
        super().emit(record)
