"""What takes long and much of the processor: a few at once, or the citizens' chat would wait for it.

Indices computed and replayed, routing simulated, the ledger verified, registers and rows drawn: console and API share
the places.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from langnghe.web.errors import WebError

MOST_AT_ONCE = 2
WAIT_SECONDS = 15
BUSY = (
    f"Hệ thống đang bận việc nặng khác (tính chỉ số, kiểm tra sổ cái, xuất tệp). Mời thử lại sau {WAIT_SECONDS} giây."
)
_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)


@contextmanager
def heavy_work() -> Iterator[None]:
    """One of the few places of this process; a 429 with Retry-After when all are taken."""
    if not _PLACES.acquire(blocking=False):
        raise WebError(429, "busy", BUSY, headers={"Retry-After": str(WAIT_SECONDS)})
    try:
        yield
    finally:
        _PLACES.release()
