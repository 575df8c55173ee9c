"""Keeps the promise of the survey's invitation: what a citizen answered stays in no message of the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot import repository
from bot.turn import Surveys, SurveyWords


class SecretAnswers:
    """A survey whose answers are taken out of the inbox in the transaction in which they are counted."""

    def __init__(self, surveys: Surveys) -> None:
        self._surveys = surveys

    def invite(self, session: Session, *, citizen_id: int, case_id: int, now: datetime) -> SurveyWords | None:
        return self._surveys.invite(session, citizen_id=citizen_id, case_id=case_id, now=now)

    def running(self, session: Session, citizen_id: int, *, now: datetime) -> bool:
        return self._surveys.running(session, citizen_id, now=now)

    def handle(
        self,
        session: Session,
        citizen_id: int,
        *,
        text: str | None,
        payload: str | None,
        effect_key: str,
        now: datetime,
    ) -> Sequence[SurveyWords] | None:
        """As the survey's own; `effect_key` names the inbox row (`inbox:<id>`) whose words go.

        With the end of a form go the words of all its messages, both ways.
        """
        words = self._surveys.handle(session, citizen_id, text=text, payload=payload, effect_key=effect_key, now=now)
        if words is None:
            return None
        ended = [number for one in words for number in one.ended]
        about = next((one.survey_id for one in words if one.survey_id is not None), ended[0] if ended else None)
        repository.blank_answer(session, int(effect_key.removeprefix("inbox:")), survey_id=about)
        for number in ended:
            repository.blank_survey(session, number)
        return words
