"""Hiding figures that rest on too few people, and as many others as stop them from being worked out by subtraction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from surveys.figures import SUPPRESSED, Figure, IndexResult, IndexTable
from surveys.questionnaires import Questionnaire

Cell = tuple[str | None, str]
"""(domain, figure). The domain None is the whole sample, REST those people who are in no domain; the figure is a
criterion's or a factor's code, or `overall`."""

REST = ""
EXACT_CHECK_LIMIT = 2_000
"""Hidden cells up to which every linear combination is checked; beyond it whole domains are hidden instead."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """`whole` is made of `parts`: domains of different people (`disjoint`), or answers of the same people."""

    whole: Cell
    parts: tuple[Cell, ...]
    disjoint: bool


@dataclass(slots=True)
class _Cover:
    """What is known to readers, and what is hidden from them."""

    people: dict[Cell, int]
    relations: list[_Relation]
    hidden: set[Cell]
    threshold: int


def suppressed(result: IndexResult, form: Questionnaire, *, threshold: int) -> IndexResult:
    """Hide each figure of fewer than `threshold` respondents, and complementary ones.

    Afterwards no hidden cell follows from published ones by addition and subtraction, and what is hidden in one
    relation stands for at least `threshold` people. Where nobody answered stays None.
    """
    cover = _cover(result, form, threshold)
    while _hide_complements(cover) or _hide_for_determined(cover):
        pass  # hiding for one relation can open another
    by = {domain: _masked(table, domain, cover.hidden) for domain, table in result.by.items()}
    return replace(result, total=_masked(result.total, None, cover.hidden), by=by)


def _cover(result: IndexResult, form: Questionnaire, threshold: int) -> _Cover:
    tables = [(None, result.total), *result.by.items()]
    people = {(domain, code): figure.respondents or 0 for domain, table in tables for code, figure in _figures(table)}
    if result.by:
        people |= _people_of_the_rest(people, result)
    hidden = {cell for cell, count in people.items() if count < threshold or cell[0] == REST}
    return _Cover(people, list(_relations(people, result, form)), hidden, threshold)


def _figures(table: IndexTable) -> Iterator[tuple[str, Figure]]:
    for code, figure in {"overall": table.overall, **table.parts, **table.factors, **table.criteria}.items():
        if figure is not None:
            yield code, figure


def _people_of_the_rest(people: Mapping[Cell, int], result: IndexResult) -> dict[Cell, int]:
    """Readers can subtract all domains from the whole: what remains is a domain that was never published."""
    rest = {}
    for (domain, code), count in people.items():
        if domain is None:
            rest[REST, code] = count - sum(people.get((name, code), 0) for name in result.by)
    return {cell: count for cell, count in rest.items() if count}


def _relations(people: Mapping[Cell, int], result: IndexResult, form: Questionnaire) -> Iterator[_Relation]:
    factors = {factor.code: list(factor.criteria) for factor in form.factors}
    parts_of_form = {part.code: list(part.factors) for part in form.parts}
    groups = parts_of_form | factors
    for domain in (None, *result.by, REST):
        for whole, members in {"overall": list(parts_of_form or factors), **groups}.items():
            parts = tuple((domain, code) for code in members if (domain, code) in people)
            if parts:
                yield _Relation((domain, whole), parts, disjoint=False)
    for code in ("overall", *groups, *form.criteria):
        parts = tuple((domain, code) for domain in (*result.by, REST) if (domain, code) in people)
        if (None, code) in people and result.by:
            yield _Relation((None, code), parts, disjoint=True)


def _hide_complements(cover: _Cover) -> bool:
    """In each relation that gives something away, hide the one cell that costs least; False when there was none."""
    before = len(cover.hidden)
    for relation in cover.relations:
        if _gives_away(relation, cover):
            _hide_cheapest(relation, cover)
    return len(cover.hidden) > before


def _gives_away(relation: _Relation, cover: _Cover) -> bool:
    masked = [part for part in relation.parts if part in cover.hidden]
    if relation.whole in cover.hidden:
        return not masked
    if not masked:
        return False
    counts = [cover.people[part] for part in masked]
    together = sum(counts) if relation.disjoint else max(counts)
    alone = len(masked) == 1 and masked[0][0] != REST
    return alone or together < cover.threshold


def _hide_cheapest(relation: _Relation, cover: _Cover) -> None:
    """Parts before the whole; then in the domain, and there the figure, with the fewest people."""

    def cost(cell: Cell) -> tuple[bool, int, int]:
        return cell == relation.whole, cover.people.get((cell[0], "overall"), 0), cover.people[cell]

    published = [cell for cell in (*relation.parts, relation.whole) if cell not in cover.hidden]
    cover.hidden.add(min(published, key=cost))


def _hide_for_determined(cover: _Cover) -> bool:
    """Hide one more cell beside each hidden one that several relations together still determine."""
    before = len(cover.hidden)
    if before > EXACT_CHECK_LIMIT:
        domains = {domain for domain, _ in cover.hidden}
        cover.hidden |= {cell for cell in cover.people if cell[0] in domains}
        return len(cover.hidden) > before
    for cell in _determined(cover):
        near = (relation for relation in cover.relations if cell in (relation.whole, *relation.parts))
        open_relation = next((r for r in near if not {r.whole, *r.parts} <= cover.hidden), None)
        if open_relation:
            _hide_cheapest(open_relation, cover)
    return len(cover.hidden) > before


def _determined(cover: _Cover) -> list[Cell]:
    """Hidden cells with only one possible value: those on which the relations' null space vanishes."""
    hidden = sorted(cover.hidden, key=str)
    if not hidden:
        return []
    column = {cell: position for position, cell in enumerate(hidden)}
    relations = np.zeros((len(cover.relations), len(hidden)))
    for row, relation in enumerate(cover.relations):
        for cell, sign in ((relation.whole, 1), *((part, -1) for part in relation.parts)):
            if cell in column:
                relations[row, column[cell]] = sign
    free = np.linalg.eigh(relations.T @ relations)
    moves = np.abs(free.eigenvectors[:, free.eigenvalues < 1e-9]).max(axis=1, initial=0.0)
    return [cell for cell in hidden if moves[column[cell]] < 1e-6 and not _may_be_known(cell, cover)]


def _may_be_known(cell: Cell, cover: _Cover) -> bool:
    return cell[0] == REST and cover.people[cell] >= cover.threshold


def _masked(table: IndexTable, domain: str | None, hidden: set[Cell]) -> IndexTable:
    def shown(code: str, figure: Figure | None) -> Figure | None:
        return SUPPRESSED if figure is not None and (domain, code) in hidden else figure

    return IndexTable(
        overall=shown("overall", table.overall),
        parts={code: shown(code, figure) for code, figure in table.parts.items()},
        factors={code: shown(code, figure) for code, figure in table.factors.items()},
        criteria={code: shown(code, figure) for code, figure in table.criteria.items()},
    )
