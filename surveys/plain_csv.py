"""Fast reading of large CSV files that use no quotes: all cells are found at once, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveys.design import Labels

NEWLINE, SPACE, ZERO = 10, 32, 48
MAX_LABEL = 200
"""Bytes; a file with longer labels is read the ordinary way."""


@dataclass(frozen=True, slots=True)
class PlainTable:
    """Where each cell of the data rows ends: `ends` (rows, columns) are offsets into `data`."""

    data: NDArray[np.uint8]
    ends: NDArray[np.intp]
    body: int

    @classmethod
    def read(cls, content: bytes, *, separator: str, columns: int) -> PlainTable | None:
        """None for what needs a real CSV reader: quotes, blank lines, control characters, rows of another length.

        `content` has newlines only, and a header line.
        """
        body = content.find(b"\n") + 1
        if body == 0 or columns < 2 or any(odd in content for odd in (b'"', b"\n\n", b"\0")):
            return None
        if not content.endswith(b"\n"):
            content += b"\n"
        data = np.frombuffer(content, dtype=np.uint8)
        is_newline = data[body:] == NEWLINE
        marks = np.flatnonzero((data[body:] == ord(separator)) | is_newline) + body
        rows, left_over = divmod(len(marks), columns)
        if left_over or rows != np.count_nonzero(is_newline):
            return None
        ends = marks.reshape(rows, columns)
        if rows and ((data[ends[:, -1]] != NEWLINE).any() or np.diff(marks).max() > MAX_LABEL):
            return None
        return cls(data, ends, body)

    @property
    def rows(self) -> int:
        return len(self.ends)

    def digits(self, column: int, *, highest: int) -> tuple[NDArray[np.int8], NDArray[np.intp]]:
        """The column as numbers, blank as 0, and the rows that hold neither a blank nor a digit from 1 to `highest`."""
        starts, lengths = self._cells(column)
        values = self.data[starts].astype(np.int16) - ZERO
        usual = (lengths == 1) & (values >= 1) & (values <= highest)
        return np.where(usual, values, 0).astype(np.int8), np.flatnonzero(~usual & (lengths != 0))

    def labels(self, column: int) -> Labels:
        """The column as byte strings without surrounding spaces."""
        starts, lengths = self._cells(column)
        width = max(int(lengths.max(initial=0)), 1)
        offsets = np.arange(width)
        at = np.minimum(starts[:, None] + offsets, len(self.data) - 1)
        letters = np.where(offsets < lengths[:, None], self.data[at], 0).astype(np.uint8)
        labels = np.ascontiguousarray(letters).view(f"S{width}")[:, 0]
        last = self.data[np.maximum(starts + lengths - 1, 0)]
        spaced = (lengths > 0) & ((self.data[starts] <= SPACE) | (last <= SPACE))
        return np.asarray(np.char.strip(labels)) if spaced.any() else labels

    def text(self, row: int, column: int) -> str:
        starts, lengths = self._cells(column)
        return self.data[starts[row] : starts[row] + lengths[row]].tobytes().decode()

    def _cells(self, column: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        before = self.ends[:, column - 1] if column else np.append(self.body - 1, self.ends[:-1, -1])[: self.rows]
        return before + 1, self.ends[:, column] - before - 1
