"""Runs in the engine's environment: loads a model once and parses messages, JSON lines in, JSON lines out."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any


async def serve(model: str) -> None:
    """Parse until the input ends; no text may begin with "/", which Rasa obeys. Only answers go to standard output."""
    from rasa.core.agent import Agent

    answers = sys.stdout
    sys.stdout = sys.stderr
    agent = Agent.load(model)
    for line in sys.stdin:
        text: str = json.loads(line)["text"]
        parsed: dict[str, Any] = await agent.parse_message(text)
        answers.write(json.dumps(parsed, ensure_ascii=True, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
