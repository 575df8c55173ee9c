"""What takes long and much of the processor: a few at once, or the citizens' chat would wait for programs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from langnghe.web.limits import too_many

MOST_AT_ONCE = 2
WAIT_SECONDS = 15
_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)


@contextmanager
def heavy_work() -> Iterator[None]:
    """One of the few places of this process; a 429 with Retry-After when all are taken."""
    if not _PLACES.acquire(blocking=False):
        raise too_many(WAIT_SECONDS)
    try:
        yield
    finally:
        _PLACES.release()
