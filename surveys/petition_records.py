"""Feedback (PAKN) out of the system of record: a case's history read as the events that QĐ 766 tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import cast

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from surveys import repository
from surveys.petitions import Event, Happening, Petition
from surveys.repository import CaseStep
from surveys.score_rules import PetitionRule

END_OF_DAY = time(23, 59, 59, 999999)


@dataclass(frozen=True, slots=True)
class PetitionRecords:
    """`samples` is how many of the petitions are made-up sample data."""

    petitions: tuple[Petition, ...]
    samples: int


def petitions_of(session: Session, *, until: date, rule: PetitionRule, agency: str | None = None) -> PetitionRecords:
    """All petitions that were sent by the end of that day in Vietnam, as they stood then.

    With `agency` each petition is seen from that agency alone: it came when it was sent or passed on to it, and passing
    it on ends the agency's part. The rating of a case counts for the agency that holds it at the end.
    """
    end = datetime.combine(until, END_OF_DAY, VIETNAM)
    regimes = list(rule.regimes.values())
    steps = repository.case_steps(session, regimes=regimes, until=end)
    scores = repository.case_scores(session, regimes=regimes, until=end)
    petitions, samples = [], 0
    for _, history in groupby(steps, key=lambda step: step.case):
        petition = _petition(list(history), rule, agency=agency, scores=scores)
        if petition is not None:
            petitions.append(petition[0])
            samples += petition[1]
    return PetitionRecords(tuple(petitions), samples)


def _petition(
    history: Sequence[CaseStep], rule: PetitionRule, *, agency: str | None, scores: dict[str, int]
) -> tuple[Petition, bool] | None:
    seen = history if agency is None else [step for step in history if step.agency == agency]
    if not seen:
        return None
    happenings = _happenings(history, rule) if agency is None else _happenings_at(history, rule, agency)
    first = history[0]
    about = next(about for about, regime in rule.regimes.items() if regime == first.regime)
    holds = agency in (None, history[-1].agency)
    disliked = holds and scores.get(first.case, rule.liked_from) <= rule.disliked_to
    return Petition(first.case, about, tuple(happenings), disliked=disliked), first.is_sample


def _happenings(history: Sequence[CaseStep], rule: PetitionRule) -> Iterator[Happening]:
    before: str | None = None
    for step in history:
        event = rule.moves.get(step.move, "ignored")
        if event != "ignored":
            yield _happening(cast(Event, event), step)
        if event == "rejected" and before not in (None, step.agency):
            yield _happening("transferred", step, later=True)  # sent back: the other agency's clock starts
        before = step.agency


def _happenings_at(history: Sequence[CaseStep], rule: PetitionRule, agency: str) -> Iterator[Happening]:
    """The step that brings a case to another agency is written there: that agency's receipt and this one's end."""
    before: str | None = None
    for step in history:
        event = rule.moves.get(step.move, "ignored")
        if step.agency != agency and before == agency:
            yield _happening("rejected" if event == "rejected" else "left", step)
        elif step.agency == agency and before not in (None, agency):
            yield _happening("transferred", step)
        elif step.agency == agency and event != "ignored":
            yield _happening(cast(Event, event), step)
        before = step.agency


def _happening(event: Event, step: CaseStep, *, later: bool = False) -> Happening:
    """`later` puts it after another one of the same step. A petition was sent when received, not when entered."""
    local = (step.received_at if step.first else step.at).astimezone(VIETNAM)
    if later:
        local = min(local + timedelta(microseconds=1), datetime.combine(local.date(), END_OF_DAY, VIETNAM))
    return Happening(event, local.date(), local.time())
