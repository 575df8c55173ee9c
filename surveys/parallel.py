"""Work on large arrays in a few threads: NumPy lets the others run while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = min(4, os.cpu_count() or 1)


def each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The results in the order of the items; the first error in that order is raised."""
    if len(items) < 2 or THREADS < 2:
        return [function(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, items))
