"""Turns what happened to a case (answered, guided) into a message to its citizen, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from bot import repository
from bot.core_texts import button, rating_buttons, say
from bot.intake import file_entry
from bot.models import Conversation
from bot.repository import Reply
from feedback.answering import files_of
from feedback.base import Clock
from feedback.database import Database
from feedback.models import Answer, Case, Notice
from feedback.told import brief as moved_brief
from feedback.told import words as moved_words
from feedback.working_calendar import short_date

BATCH = 50

_LOG = structlog.get_logger(__name__)

Subscriber = Callable[[Session, Notice, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePolicy:
    """What may leave the country and how it can be read at home.

    `telegram_full_text` off: over Telegram go only the code, the fact and a link; the answer itself would be personal
    data carried across the border (Luật 91/2025/QH15). `read_link(key)` gives the address under which the page shows
    this thread, read from our own database; without it the citizen is referred to the office.
    """

    telegram_full_text: bool = False
    read_link: Callable[[str], str] | None = None


class ConversationBusy(Exception):
    """A worker holds the conversation; the notice waits for its turn to end."""


@dataclass(slots=True)
class Notices:
    """`subscribers` hear of each notice of their kind in the transaction that marks it as handled (the survey does)."""

    database: Database
    clock: Clock
    policy: NoticePolicy = field(default_factory=NoticePolicy)
    subscribers: Mapping[str, Sequence[Subscriber]] = field(default_factory=dict)
    held_up: bool = False

    def deliver(self) -> list[tuple[int, str]]:
        """Handle all waiting notices, each in its own transaction; (conversation id, channel) of those that spoke."""
        with self.database.read() as session:
            waiting = repository.next_notices(session, limit=BATCH)
        told: list[tuple[int, str]] = []
        self.held_up = False
        for notice_id in waiting:
            try:
                with self.database.write() as session:
                    conversation = self._handle(session, notice_id, now=self.clock())
                    if conversation is not None:
                        told.append((conversation.id, conversation.channel))
            except ConversationBusy:
                self.held_up = True
        return told

    def _handle(self, session: Session, notice_id: int, *, now: datetime) -> Conversation | None:
        notice = repository.take_notice(session, notice_id, now=now)
        if notice is None:
            return None
        for subscriber in self.subscribers.get(notice.kind, ()):
            subscriber(session, notice, now)
        if notice.kind not in ("case_answered", "case_guided", "case_moved") or notice.citizen_id is None:
            return None
        if notice.kind == "case_moved" and notice.data.get("by") == "citizen":
            return None  # the citizen's own step in this chat was answered there
        conversation = repository.latest_conversation_of(session, notice.citizen_id)
        if conversation is None:
            _LOG.info("notice_without_conversation", notice_id=notice.id)
            return None
        if conversation.claimed_until is not None and conversation.claimed_until >= now:
            raise ConversationBusy
        self._tell(session, notice, conversation, now=now)
        return conversation

    def _tell(self, session: Session, notice: Notice, conversation: Conversation, *, now: datetime) -> None:
        case = session.get_one(Case, notice.case_id)
        if notice.kind == "case_moved":
            moved = self._moved(session, notice, case, conversation)
            repository.add_replies(session, conversation, (moved,), effect_key=f"notice:{notice.id}", now=now)
            return
        answer = session.get_one(Answer, notice.data["answer"])
        reply = self._reply(case, answer, conversation, rated=notice.kind == "case_answered" and not case.restricted)
        if reply.brief is None:
            reply = replace(reply, files=tuple(file_entry(file) for file in files_of(session, answer)))
        repository.add_replies(session, conversation, (reply,), effect_key=f"notice:{notice.id}", now=now)
        if reply.buttons:
            conversation.awaiting = {**(conversation.awaiting or {}), "rating": case.code}

    def _moved(self, session: Session, notice: Notice, case: Case, conversation: Conversation) -> Reply:
        """What the table of moves has to say of a step; abroad go only the code and the step's name."""
        abroad = conversation.channel == "telegram" and not self.policy.telegram_full_text
        brief = None
        if abroad:
            where = self._where(case.office.name, conversation)
            brief = say("moved_brief", code=case.code, step=moved_brief(notice), where=where)
        asked = notice.data["move"] == "ask_more" and case.state == "cho_bo_sung"
        buttons = (button("give_more", f"more:{case.code}"),) if asked else ()
        return Reply(text=moved_words(session, notice), brief=brief, buttons=buttons, sender="staff")

    def _reply(self, case: Case, answer: Answer, conversation: Conversation, *, rated: bool) -> Reply:
        name = "answered" if rated else ("restricted_answered" if case.restricted else "guided")
        values = {"office": answer.office_name, "code": case.code}
        words = official_words(answer) if answer.number else answer.text
        return Reply(
            text=say("answered_again" if rated and case.rating else name, answer=words, **values),
            brief=self._brief(case, answer, conversation, name),
            buttons=rating_buttons(case.code) if rated else (),
            sender="staff",
        )

    def _brief(self, case: Case, answer: Answer, conversation: Conversation, name: str) -> str | None:
        """What goes over the channel instead of the content, None where the content may go."""
        if conversation.channel == "webchat":
            return None
        if case.restricted:
            return say("restricted_brief", office=answer.office_name)
        if conversation.channel != "telegram" or self.policy.telegram_full_text:
            return None
        where = self._where(answer.office_name, conversation)
        return say(f"{name}_brief", office=answer.office_name, code=case.code, where=where)

    def _where(self, office: str, conversation: Conversation) -> str:
        """Where what may not cross the border can be read."""
        link = self.policy.read_link
        if link is None:
            return say("answered_where_office", office=office)
        return say("answered_where_link", link=link(conversation.key))


def official_words(answer: Answer) -> str:
    """What goes with the signed paper: its number, its day, who signed."""
    dated = short_date(answer.dated) if answer.dated else ""
    return say("official_paper", number=answer.number, date=dated, signer=answer.signer)
