"""The survey engine as the conversation sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from bot.repository import Reply
from integrations.channel import Button


class SurveyWords(Protocol):
    """One message of the survey: `buttons` are (title, payload).

    `survey_id` is the form it belongs to; `ended`: forms that are over with it, whose words go from inbox and outbox.
    """

    @property
    def text(self) -> str: ...
    @property
    def buttons(self) -> Sequence[tuple[str, str]]: ...
    @property
    def survey_id(self) -> int | None: ...
    @property
    def ended(self) -> Sequence[int]: ...


class Surveys(Protocol):
    """The survey engine, as the conversation sees it (surveys.chat)."""

    def invite(self, session: Session, *, citizen_id: int, case_id: int, now: datetime) -> SurveyWords | None: ...

    def running(self, session: Session, citizen_id: int, *, now: datetime) -> bool: ...

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
        """The survey's words, or None when the message was not meant for it (then nothing was changed)."""
        ...


class NoSurveys:
    """Until there are surveys: nobody is asked anything."""

    def invite(self, session: Session, *, citizen_id: int, case_id: int, now: datetime) -> None:
        return None

    def running(self, session: Session, citizen_id: int, *, now: datetime) -> bool:
        return False

    def handle(
        self,
        session: Session,
        citizen_id: int,
        *,
        text: str | None,
        payload: str | None,
        effect_key: str,
        now: datetime,
    ) -> None:
        return None


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """A message that the survey took: its words stay in no message, nor those of the forms that are over with it."""

    survey_id: int | None
    ended: tuple[int, ...]

    @classmethod
    def of(cls, words: Sequence[SurveyWords]) -> SurveyAnswer:
        ended = tuple(number for one in words for number in one.ended)
        about = next((one.survey_id for one in words if one.survey_id is not None), ended[0] if ended else None)
        return cls(about, ended)


def survey_reply(words: SurveyWords) -> Reply:
    buttons = tuple(Button(title, payload) for title, payload in words.buttons)
    return Reply(text=words.text, buttons=buttons, survey_id=words.survey_id)
