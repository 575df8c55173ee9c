"""How much a message is like those that were learned from: the mean likeness to its nearest among many of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nlu.components.rows import Rows


@dataclass
class Neighbours:
    """Rows of learned messages, of unit length, and the first column in which they stand.

    Of more than `most` messages so many are drawn: each costs time with every message that is read. So a message that
    was learned word for word need not be among them.
    """

    count: int = 3
    most: int = 40_000
    start: int = 0
    rows: Rows | None = None

    def fit(self, features: Rows, messages: np.ndarray) -> None:
        """Keep the last block of these messages (their row numbers)."""
        if len(messages) > self.most:
            messages = np.sort(np.random.default_rng(0).choice(messages, self.most, replace=False))
        self.rows = Rows(features.blocks[-1:])[messages]
        self.start = features.shape[1] - self.rows.shape[1]

    def likeness(self, indices: np.ndarray, values: np.ndarray) -> float:
        """Mean cosine to the nearest messages, 0 to 1, of a row given by its columns and values."""
        inside = indices >= self.start
        if self.rows is None or not self.rows.shape[0] or not inside.any():
            return 0.0
        row = np.zeros(self.rows.shape[1], np.float32)
        row[indices[inside] - self.start] = values[inside]
        count = min(self.count, self.rows.shape[0])
        nearest = np.partition(self.rows @ row, -count)[-count:]
        return float(np.clip(nearest.mean(), 0, 1))
