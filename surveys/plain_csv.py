"""Fast reading of large CSV files that use no quotes: all cells are found at once, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveys.design import Labels

NEWLINE, SPACE, ZERO = 10, 32, 48
BLOCK = 2**21
"""Bytes looked at together: new memory costs more than the work, and blocks of one size reuse it."""
MAX_LABEL = 200
"""Bytes; a file with longer labels is read the ordinary way."""


@dataclass(frozen=True, slots=True)
class PlainTable:
    """Where each cell of the data rows ends: `ends` (rows, columns) are offsets into `data`."""

    data: NDArray[np.uint8]
    ends: NDArray[np.int32]
    body: int

    @classmethod
    def read(cls, content: bytes, *, separator: str, columns: int) -> PlainTable | None:
        """None for what needs a real CSV reader: quotes, blank lines, control characters, rows of another length.

        `content` has newlines only, and a header line.
        """
        body = content.find(b"\n") + 1
        if body == 0 or columns < 2 or len(content) >= 2**31 or any(odd in content for odd in (b'"', b"\n\n", b"\0")):
            return None
        if not content.endswith(b"\n"):
            content += b"\n"
        data = np.frombuffer(content, dtype=np.uint8)
        newlines = content.count(b"\n", body)
        ends = np.empty(newlines + content.count(separator.encode(), body), dtype=np.int32)
        if len(ends) != newlines * columns:
            return None
        longest = _fill_with_ends(ends, data, body, separator)
        table = cls(data, ends.reshape(newlines, columns), body)
        ends_of_rows = table.ends[:, -1]
        return table if longest <= MAX_LABEL and (data[ends_of_rows] == NEWLINE).all() else None

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

    def _cells(self, column: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        before = (
            self.ends[:, column - 1] if column else np.append(np.int32(self.body - 1), self.ends[:-1, -1])[: self.rows]
        )
        return before + 1, self.ends[:, column] - before - 1


def _fill_with_ends(ends: NDArray[np.int32], data: NDArray[np.uint8], body: int, separator: str) -> int:
    """Write where cells end, and return the length of the longest cell."""
    filled, last, longest = 0, body - 1, 0
    for start in range(body, len(data), BLOCK):
        block = data[start : start + BLOCK]
        marks = np.flatnonzero((block == ord(separator)) | (block == NEWLINE)) + start
        if len(marks):
            ends[filled : filled + len(marks)] = marks
            longest = max(longest, int(marks[0]) - last - 1, int(np.diff(marks).max(initial=1)) - 1)
            filled, last = filled + len(marks), int(marks[-1])
    return longest
