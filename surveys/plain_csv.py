"""Fast reading of large CSV files that use no quotes: in NumPy, a piece of the file at a time, several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from surveys.design import Labels
from surveys.parallel import each

NEWLINE, SPACE, ZERO = 10, 32, 48
PIECE = 2**19
"""Bytes looked at together: what they become stays in the processor's cache, and its memory is used again."""
MOST_DIGITS = 15
MAX_LABEL = 200
"""Bytes; a file with longer labels is read the ordinary way."""

Offsets = NDArray[np.int32]
Unusual = Callable[[int, int, str], int]
"""What a cell means that is neither blank nor a plain level: by its row, its place among the columns, and its text."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of so many `columns` those to read: `digits` as levels from 1 to `highest`, `labels` as text."""

    columns: int
    digits: Sequence[int]
    labels: Sequence[int]
    highest: int
    otherwise: Unusual


@dataclass(frozen=True, slots=True)
class PlainTable:
    """`levels` (rows, digits), blank as 0; where each label begins in `data` and how long it is, (labels, rows)."""

    data: NDArray[np.uint8]
    levels: NDArray[np.int8]
    starts: Offsets
    lengths: Offsets

    @classmethod
    def read(cls, content: bytes, *, separator: str, wanted: Wanted) -> PlainTable | None:
        """None for what needs a real CSV reader: quotes, blank lines, control characters, rows of another length.

        `content` has newlines only, and a header line.
        """
        body = content.find(b"\n") + 1
        odd = any(sign in content for sign in (b'"', b"\n\n", b"\0"))
        if body == 0 or body == len(content) or wanted.columns < 2 or len(content) >= 2**31 or odd:
            return None
        if not content.endswith(b"\n"):
            content += b"\n"
        data = np.frombuffer(content, dtype=np.uint8)
        pieces = _pieces(content, body)
        rows = each(lambda piece: int(np.count_nonzero(data[piece] == NEWLINE)), pieces)
        table = cls(
            data,
            levels=np.zeros((sum(rows), len(wanted.digits)), dtype=np.int8),
            starts=np.empty((len(wanted.labels), sum(rows)), dtype=np.int32),
            lengths=np.empty((len(wanted.labels), sum(rows)), dtype=np.int32),
        )
        firsts = [0, *accumulate(rows)][:-1]
        jobs = [(piece, slice(first, first + count)) for piece, first, count in zip(pieces, firsts, rows, strict=True)]
        return table if all(each(lambda job: table._fill(*job, separator, wanted), jobs)) else None

    @property
    def rows(self) -> int:
        return len(self.levels)

    def labels(self, place: int) -> Labels:
        """A column of labels as byte strings without surrounding spaces."""
        starts, lengths = self.starts[place], self.lengths[place]
        width = max(int(lengths.max(initial=0)), 1)
        letters = np.zeros((self.rows, width), dtype=np.uint8)
        for offset in range(width):
            # cells that are shorter read what comes after them, or the end of the file, and are blanked again
            np.multiply(
                self.data.take(starts + np.int32(offset), mode="clip"), lengths > offset, out=letters[:, offset]
            )
        labels = letters.view(f"S{width}")[:, 0]
        last = self.data[np.maximum(starts + lengths - 1, 0)]
        spaced = (lengths > 0) & ((self.data[starts] <= SPACE) | (last <= SPACE))
        return np.asarray(np.char.strip(labels)) if spaced.any() else labels

    def _fill(self, piece: slice, rows: slice, separator: str, wanted: Wanted) -> bool:
        """Read some rows; False when they are not plain."""
        block = self.data[piece]
        marks = np.flatnonzero((block == ord(separator)) | (block == NEWLINE)) + piece.start
        if len(marks) != (rows.stop - rows.start) * wanted.columns:
            return False
        ends = marks.reshape(-1, wanted.columns)
        if (self.data[ends[:, -1]] != NEWLINE).any():
            return False
        starts = np.empty_like(ends)
        starts[0, 0], starts[1:, 0], starts[:, 1:] = piece.start, ends[:-1, -1] + 1, ends[:, :-1] + 1
        for place, column in enumerate(wanted.labels):
            self.starts[place, rows] = starts[:, column]
            self.lengths[place, rows] = ends[:, column] - starts[:, column]
        if wanted.labels and self.lengths[:, rows].max() > MAX_LABEL:
            return False
        columns = _as_slice(wanted.digits)
        self._fill_levels(rows, starts[:, columns], ends[:, columns], wanted)
        return True

    def _fill_levels(self, rows: slice, starts: NDArray[np.intp], ends: NDArray[np.intp], wanted: Wanted) -> None:
        """One digit is a level, and so is "4.0", as spreadsheets write it."""
        lengths = ends - starts
        values = self.data[starts] - np.uint8(ZERO)
        level = values - np.uint8(1) < wanted.highest  # unsigned: 0 - 1 is large
        usual = level & (lengths == 1)
        odd = ~usual & (lengths != 0)
        if odd.any():
            point, zero = (self.data.take(starts + offset, mode="clip") for offset in (1, 2))
            usual |= level & (lengths == 3) & (point == ord(".")) & (zero == ZERO)
            odd &= ~usual
        block = self.levels[rows]
        np.copyto(block, values, where=usual, casting="unsafe")
        for row, place in np.argwhere(odd).tolist():
            text = self.data[starts[row, place] : ends[row, place]].tobytes().decode()
            block[row, place] = wanted.otherwise(rows.start + row, place, text)


def _pieces(content: bytes, body: int) -> list[slice]:
    """The data rows in pieces that end with a row."""
    edges = [body]
    while edges[-1] < len(content):
        after = content.find(b"\n", min(edges[-1] + PIECE, len(content) - 1))
        edges.append(after + 1)
    return [slice(start, stop) for start, stop in pairwise(edges)]


def plain_numbers(labels: Labels) -> NDArray[np.float64] | None:
    """Byte strings of digits with at most one point, as numbers; None where one of them is anything else.

    A whole number below 2^53 over a power of ten is rounded once, as reading the decimal text is.
    """
    letters = labels.view(np.uint8).reshape(len(labels), labels.dtype.itemsize)
    if letters.shape[1] > MOST_DIGITS or not letters[:, 0].all():
        return None
    mantissa, decimals = np.zeros(len(labels), dtype=np.int64), np.zeros(len(labels), dtype=np.int8)
    after_point, digits = np.zeros(len(labels), dtype=np.bool_), np.zeros(len(labels), dtype=np.bool_)
    for column in letters.T:
        digit = column - np.uint8(ZERO)
        is_digit, is_point = digit < 10, column == ord(".")
        if not (is_digit | is_point | (column == 0)).all() or (is_point & after_point).any():
            return None
        np.copyto(mantissa, mantissa * 10 + digit, where=is_digit)
        decimals += is_digit & after_point
        after_point |= is_point
        digits |= is_digit
    if not digits.all():
        return None
    numbers: NDArray[np.float64] = mantissa / np.power(10.0, decimals)
    return numbers


def _as_slice(columns: Sequence[int]) -> slice | list[int]:
    """Neighbouring columns are taken without a copy."""
    if columns and list(columns) == list(range(columns[0], columns[0] + len(columns))):
        return slice(columns[0], columns[0] + len(columns))
    return list(columns)
