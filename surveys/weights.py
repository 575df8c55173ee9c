"""The weights of a file of responses: who did not respond, and what the population is known to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from surveys.calibration import Margin, calibrated, margin_of, without_nonrespondents
from surveys.design import Ints, Labels, SurveyDesign
from surveys.errors import InvalidTable
from surveys.response_files import ResponseTable

_RESPONDED = {"1": 1, "1.0": 1, "có": 1, "0": 0, "0.0": 0, "không": 0}


def for_nonresponse(design: SurveyDesign, table: ResponseTable, *, responded: str, classes: str | None) -> SurveyDesign:
    """The design in which respondents carry the weight of those of their class who did not respond.

    `responded` is a column of 1 and 0. Raises InvalidTable naming the row and column of another value or blank class,
    or for answers of somebody who did not respond; InvalidOption for a class without respondents.
    """
    answered = _responded(table, responded)
    contradiction = np.flatnonzero((answered == 0) & (table.answers > 0).any(axis=1))
    if len(contradiction):
        raise InvalidTable(f"{table.place(int(contradiction[0]), responded)}: 0, nhưng dòng này có câu trả lời.")
    labels = table.filled(classes) if classes else None
    return replace(design, weights=without_nonrespondents(design.weights, answered, labels))


def _responded(table: ResponseTable, column: str) -> Ints:
    labels = table.labels[column]
    answered = np.empty(table.rows, dtype=np.intp)
    for value in np.unique(labels):
        text = value.decode() if isinstance(value, bytes) else str(value)
        where = labels == value
        if text.casefold() not in _RESPONDED:
            row = int(np.flatnonzero(where)[0])
            raise InvalidTable(f"{table.place(row, column)}: “{text[:20]}” phải là 1 hoặc 0.")
        answered[where] = _RESPONDED[text.casefold()]
    return answered


def for_population(
    design: SurveyDesign, table: ResponseTable, totals: Mapping[str, Mapping[str, float]]
) -> SurveyDesign:
    """The design with weights that fit these totals: one variable post-stratifies, several rake.

    Raises InvalidTable for a blank level, InvalidOption where sample and totals do not fit together.
    """
    return calibrated(design, [_margin(design, table, name, levels) for name, levels in totals.items()])


def _margin(design: SurveyDesign, table: ResponseTable, variable: str, totals: Mapping[str, float]) -> Margin:
    parts = [_levels(design, table, column) for column in variable.split("*")]
    if len(parts) == 1:
        return margin_of(variable, parts[0], dict(totals))
    joined = np.array(["*".join(_text(label) for label in row) for row in zip(*parts, strict=True)])
    return margin_of(variable, joined, dict(totals))


def _levels(design: SurveyDesign, table: ResponseTable, column: str) -> Labels:
    """A row without a weight may leave its level blank: it takes that of the first one with a weight."""
    labels = table.labels[column].copy()
    counted = design.weights > 0
    blank = labels == labels.dtype.type()
    missing = np.flatnonzero(blank & counted)
    if len(missing):
        raise InvalidTable(f"{table.place(int(missing[0]), column)}: để trống.")
    if blank.any() and counted.any():
        labels[blank] = labels[int(np.flatnonzero(counted)[0])]
    return labels


def _text(label: object) -> str:
    return label.decode() if isinstance(label, bytes) else str(label)
