"""What a message needs, and what its turn leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.repository import Reply
from bot.survey_talk import SurveyAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a turn leaves behind, written in the transaction that marks the inbox row as done.

    `awaiting` replaces the conversation's where it is not None. `end_session`: the next message begins a fresh tracker.
    `purge`: the words of this session are taken out of inbox, outbox and tracker. `secret`: the session holds a
    denunciation that was not sent yet (True), or what seemed to be one is none (False). `survey`: the message was an
    answer to a survey, whose words are kept nowhere but in its response.
    """

    replies: tuple[Reply, ...] = ()
    awaiting: Mapping[str, Any] | None = None
    end_session: bool = False
    purge: bool = False
    secret: bool | None = None
    survey: SurveyAnswer | None = None


@dataclass(frozen=True, slots=True)
class Local:
    """Handled here, inside the closing transaction; `run` gives None when the matter is not for us after all."""

    run: Callable[[Session, datetime], Outcome | None]


@dataclass(frozen=True, slots=True)
class Ask:
    """Put to the engine: `text` is a trusted intent or the citizen's neutralised words; `before` is said first.

    `taken`: the first matter that was waiting is put to the engine, and waits no longer when the turn is done.
    """

    text: str
    before: tuple[Reply, ...] = ()
    taken: bool = False


Step = Local | Ask
