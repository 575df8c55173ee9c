"""The database off the event loop: transactions in threads, so that a slow one holds up nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.orm import Session

from feedback.database import Database

T = TypeVar("T")


class DatabaseThreads:
    """One writer thread on SQLite: its writers would only wait for each other, and its busy handler sleeps."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writers = ThreadPoolExecutor(1 if database.is_sqlite else 4, thread_name_prefix="worker-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="worker-read")

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run the work in a transaction of its own that is committed when it returns."""

        def transaction() -> T:
            with self._database.write() as session:
                return work(session)

        return await self.run(transaction)

    async def read(self, work: Callable[[Session], T]) -> T:
        def look() -> T:
            with self._database.read() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._readers, look)

    async def run(self, work: Callable[[], T]) -> T:
        """Among the writers: work that opens its transactions by itself."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, work)

    def close(self) -> None:
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
