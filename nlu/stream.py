"""Runs in the engine's environment: loads a model once and parses messages, JSON lines in, JSON lines out.

python -m nlu.stream MODEL; each line is {"text": ...}, each answer the parse with `seconds`, the time that it took.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from typing import Any

import structlog


async def serve(model: str) -> None:
    """Parse until the input ends; no text may begin with "/", which Rasa obeys. Only answers go to standard output."""
    from rasa.core.agent import Agent

    # Without this, each message and what was made of it is printed as a debug line.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    answers = sys.stdout
    sys.stdout = sys.stderr
    agent = Agent.load(model)
    for line in sys.stdin:
        text: str = json.loads(line)["text"]
        started = time.perf_counter()
        parsed: dict[str, Any] = await agent.parse_message(text)
        parsed["seconds"] = time.perf_counter() - started
        answers.write(json.dumps(parsed, ensure_ascii=True, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
