"""Limits against abuse of the chat: token buckets in memory, per conversation and per client address."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from langnghe.web.errors import WebError


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_second` on average."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True)
class ChatRates:
    """How much one client may do.

    A person types far slower than `messages_per_conversation`. Whole villages share one address behind a mobile
    carrier's translation, and a commune's desk serves everybody from one machine, so the address limits are wide.
    """

    messages_per_conversation: Rate = Rate(burst=30, per_second=0.5)
    messages_per_address: Rate = Rate(burst=300, per_second=10)
    conversations_per_address: Rate = Rate(burst=60, per_second=0.5)
    polls_per_conversation: int = 10


PUBLIC = ChatRates()

UNLIMITED = ChatRates(
    messages_per_conversation=Rate(1e12, 1e12),
    messages_per_address=Rate(1e12, 1e12),
    conversations_per_address=Rate(1e12, 1e12),
    polls_per_conversation=10_000,
)
"""For the benchmark and for tests."""


class Buckets:
    """One token bucket per key. The oldest keys are forgotten when there are too many: memory stays bounded."""

    def __init__(self, rate: Rate, *, most_keys: int = 50_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._most_keys = most_keys
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one token; raises a 429 that names the seconds to wait when there is none."""
        now = self._clock()
        level, at = self._levels.get(key, (self._rate.burst, now))
        level = min(self._rate.burst, level + (now - at) * self._rate.per_second)
        if level < 1:
            raise too_many((1 - level) / self._rate.per_second)
        self._levels[key] = (level - 1, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._most_keys:
            self._levels.popitem(last=False)


def too_many(wait_seconds: float) -> WebError:
    seconds = max(1, round(wait_seconds + 0.5))
    message = f"Anh/chị gửi hơi nhanh. Mời thử lại sau {seconds} giây."
    return WebError(429, "too_many_requests", message, headers={"Retry-After": str(seconds)})
