"""Many rows of features: a sparse matrix in blocks of columns, some of them a product that is never written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

AT_ONCE = 10_000  # rows of a product that are written out together


@dataclass(frozen=True, slots=True)
class Rows:
    """Blocks side by side, each one matrix or the product of two: (rows, parts) times (parts, columns).

    What a message is made of (its syllables) is few numbers, and so is what each part is made of (its characters);
    written out, a row has five times as many. A product with a dense matrix needs neither.
    """

    blocks: tuple[tuple[csr_matrix, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        return self.blocks[0][0].shape[0], sum(self.widths)

    @property
    def widths(self) -> list[int]:
        """Columns of each block."""
        return [block[-1].shape[1] for block in self.blocks]

    def __getitem__(self, rows: np.ndarray) -> Rows:
        return Rows(tuple((first[rows], *rest) for first, *rest in self.blocks))

    def __matmul__(self, dense: np.ndarray) -> np.ndarray:
        """Shape (columns, n) to (rows, n)."""
        parts = np.split(dense, np.cumsum(self.widths)[:-1])
        return sum(_product(block, part) for block, part in zip(self.blocks, parts, strict=True))

    def turned(self) -> Turned:
        """A view: a copy by columns would take as much room again and be no faster."""
        return Turned(tuple(tuple(one.T for one in reversed(block)) for block in self.blocks))

    def squares(self) -> np.ndarray:
        """The sum of the squares of each column."""
        return np.concatenate([sum(_squares(part) for part in written_out(block)) for block in self.blocks])


@dataclass(frozen=True, slots=True)
class Turned:
    """The transpose of rows, for products only."""

    blocks: tuple[tuple[csc_matrix, ...], ...]

    def times(self, dense: np.ndarray, *, out: np.ndarray) -> None:
        """Shape (rows, n) to (columns, n), written into `out`."""
        start = 0
        for block in self.blocks:
            product = _product(block, dense)
            out[start : start + len(product)] = product
            start += len(product)


def written_out(block: tuple[csr_matrix, ...]) -> Iterator[csr_matrix]:
    """A block as one matrix, some of its rows at a time."""
    first, *rest = block
    for start in range(0, first.shape[0], AT_ONCE):
        yield reduce(lambda left, right: left @ right, rest, first[start : start + AT_ONCE])


def _product(block: tuple[csr_matrix | csc_matrix, ...], dense: np.ndarray) -> np.ndarray:
    return reduce(lambda right, left: left @ right, reversed(block), dense)


def _squares(matrix: csr_matrix) -> np.ndarray:
    return np.bincount(matrix.indices, weights=matrix.data**2, minlength=matrix.shape[1])
