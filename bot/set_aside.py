"""A person's answer to a message that the bot gave up on, back into the citizen's chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot import repository
from bot.core_texts import say
from bot.models import Conversation, InboxMessage
from bot.notices import NoticePolicy
from bot.repository import Reply
from bot.sealing import OPEN_CHANNELS

LONGEST = 4_000


def answer(
    session: Session, inbox_id: int, text: str, *, secret: bool, policy: NoticePolicy, now: datetime
) -> Conversation | None:
    """Send the words, once, and tick the message off; the conversation that they went to.

    None where somebody was first. What answers a possible denunciation never goes over an open app, nor anything over
    Telegram unless the policy allows it: there only that there is an answer, and where it can be read.
    """
    row = repository.take_set_aside(session, inbox_id)
    if row is None:
        return None
    conversation = session.get_one(Conversation, row.conversation_id, with_for_update=True)
    reply = Reply(
        text=say("aside_answered", text=text),
        brief=_brief(row, conversation, secret=secret, policy=policy),
        sender="staff",
    )
    repository.add_replies(session, conversation, (reply,), effect_key=f"aside-answer:{row.id}", now=now)
    return conversation


def _brief(row: InboxMessage, conversation: Conversation, *, secret: bool, policy: NoticePolicy) -> str | None:
    abroad = row.channel == "telegram" and not policy.telegram_full_text
    if row.channel not in OPEN_CHANNELS or not (secret or abroad):
        return None
    if policy.read_link is None:
        return say("aside_brief_office")
    return say("aside_brief", link=policy.read_link(conversation.key))
