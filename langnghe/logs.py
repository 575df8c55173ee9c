"""Structured logs on standard error: ids, codes and reasons, never the words of a person."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

LAST_FRAMES = 4

# Libraries whose lines could hold an address with a token or somebody's text.
QUIET = ("httpx", "httpcore", "telegram", "asyncio", "rasa_sdk", "uvicorn.access", "sqlalchemy.engine")


def configure_logs(level: str = "INFO") -> None:
    """One JSON object a line; also what the standard library's loggers say."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    ending: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        without_words,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=ending, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def without_words(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Of an error its type and place: what it says may be a person's words (a database names the values it refuses)."""
    raised = event.pop("exc_info", None)
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-LAST_FRAMES:]
        event["error"] = type(error).__name__
        event["at"] = [f"{frame.filename}:{frame.lineno}" for frame in frames]
    return event
