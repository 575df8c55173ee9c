"""The engine's tracker file, from our side: deleting what must not stay there, which Rasa's API cannot do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path


def tracker_file(data_dir: Path) -> Path:
    return data_dir / "tracker.sqlite"


def forgetter(path: Path) -> Callable[[str], None]:
    """Deletes every event of one sender; the freed pages are overwritten (secure_delete)."""

    def forget(sender: str) -> None:
        if not path.exists():
            return
        with closing(sqlite3.connect(path, timeout=15)) as connection, connection:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("DELETE FROM events WHERE sender_id = ?", (sender,))

    return forget
