"""How much a message is like those that were learned from: the mean likeness to its nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix


@dataclass
class Neighbours:
    """Rows of unit length of the learned messages, kept by column so that a short message looks at few numbers."""

    count: int = 3
    columns: range = field(default_factory=lambda: range(0))
    rows: csc_matrix | None = None

    def fit(self, features: csr_matrix, columns: range) -> None:
        """Keep these columns of these messages."""
        self.columns = columns
        self.rows = csc_matrix(features[:, columns.start : columns.stop])

    def likeness(self, indices: np.ndarray, values: np.ndarray) -> float:
        """Mean cosine to the nearest messages, 0 to 1, of a row given by its columns and values."""
        inside = (indices >= self.columns.start) & (indices < self.columns.stop)
        if self.rows is None or not inside.any():
            return 0.0
        products = self.rows[:, indices[inside] - self.columns.start] @ values[inside]
        nearest = np.partition(products, -self.count)[-self.count :]
        return float(np.clip(nearest.mean(), 0, 1))
