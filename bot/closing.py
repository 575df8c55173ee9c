"""The transactions that end a try of one inbox row: done, postponed, tried again, or set aside for a person.

Each begins with `hold`, so that nothing is written under a claim that was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import matters, repository
from bot.core_texts import button, say
from bot.dangers import load_dangers
from bot.engine import EngineError
from bot.models import ActionReceipt, Conversation, InboxMessage
from bot.repository import Claim, Reply
from bot.steps import Local, Outcome

UNSENT_SECRET = timedelta(hours=24)
"""How long a denunciation that was neither sent nor cancelled is kept after the last word on it."""


@dataclass(frozen=True, slots=True)
class Times:
    """`lease`: how long a claim holds. `keep`: how long the engine keeps the words of a session that is over."""

    lease: timedelta
    keep: timedelta


class Declined(Exception):
    """The step was not for us after all; nothing may be committed."""


class Unproven(EngineError):
    """Nothing shows yet that the turn did what it should: the tracker must be asked."""


class ActionFailed(EngineError):
    """An action of the turn wrote down that it failed, or left no word at all (ActionsMissing)."""


class ActionsMissing(ActionFailed):
    """The engine believes that an action ran of which we know nothing: our action endpoint was not there."""


def local(claim: Claim, *, step: Local, session: Session, now: datetime, times: Times) -> Claim | None:
    """Carry out a step of ours and close the row, at once. Raises Declined."""
    conversation = repository.hold(session, claim)
    outcome = step.run(session, now)
    if outcome is None:
        raise Declined
    return _done(session, claim, conversation, outcome, now=now, times=times)


def engine(
    claim: Claim,
    *,
    outcome: Outcome,
    silent: bool,
    actions: Sequence[str] | None,
    session: Session,
    now: datetime,
    times: Times,
) -> Claim | None:
    """Close the row of a turn that the engine ran, if it is proved.

    `actions` are the custom actions that the tracker shows, None when it was not asked. Raises Unproven, ActionFailed.
    """
    conversation = repository.hold(session, claim)
    check_proof(repository.receipts(session, claim.message.id), silent=silent, actions=actions)
    return _done(session, claim, conversation, outcome, now=now, times=times)


def check_proof(receipts: Sequence[ActionReceipt], *, silent: bool, actions: Sequence[str] | None) -> None:
    """All receipts ok, and each action of the tracker has one. Without the tracker's word: replies and receipts both.

    A turn in which the endpoint died between two actions gives no replies, or no receipts: then the tracker is asked.
    The actions inside a form do not show there: a turn that said nothing and left no receipt is taken for such a one.
    """
    failed = next((receipt for receipt in receipts if not receipt.ok), None)
    if failed is not None:
        raise ActionFailed(f"{failed.action}:{failed.error}"[:80])
    if actions is None:
        if silent or not receipts:
            raise Unproven("unproven")
        return
    missing = sorted(set(actions) - {receipt.action for receipt in receipts})
    if missing:
        raise ActionsMissing(f"no_receipt:{missing[0]}"[:80])
    if silent and not receipts:
        raise ActionsMissing("silent_turn")


def _done(
    session: Session, claim: Claim, conversation: Conversation, outcome: Outcome, *, now: datetime, times: Times
) -> Claim | None:
    row = repository.inbox_row(session, claim.message.id)
    row.state, row.done_at, row.unsettled, row.error = "done", now, False, None
    if outcome.purge:
        repository.blank_session(session, conversation)
        repository.forget_later(session, claim.sender, due_at=now)
    elif outcome.secret is True:
        repository.forget_later(session, claim.sender, due_at=now + UNSENT_SECRET)
    elif outcome.secret is False:
        repository.close_forgotten(session, claim.sender)
    if outcome.survey is not None:
        repository.blank_answer(session, row.id, survey_id=outcome.survey.survey_id)
        for number in outcome.survey.ended:
            repository.blank_survey(session, number)
    repository.add_replies(session, conversation, outcome.replies, effect_key=f"inbox:{row.id}", now=now)
    if outcome.awaiting is not None:
        conversation.awaiting = dict(outcome.awaiting)
    if outcome.end_session:
        _end_session(session, claim, conversation, keep_until=now + times.keep)
    return _next(session, conversation, now=now, times=times)


def _end_session(session: Session, claim: Claim, conversation: Conversation, *, keep_until: datetime) -> None:
    """The next message begins a fresh tracker; of this one the engine deletes words, names and phones in time."""
    conversation.session_no += 1
    repository.forget_tracker_later(session, claim.sender, due_at=keep_until)


def _next(session: Session, conversation: Conversation, *, now: datetime, times: Times) -> Claim | None:
    """Begin the next message under the same claim, or release the conversation when there is none.

    The row is locked: a message that comes in meanwhile sets `ready_at` after us.
    """
    claim = repository.begin_next(session, conversation)
    if claim is None:
        repository.release(conversation, ready_at=None)
    else:
        conversation.claimed_until = now + times.lease
    return claim


def lapse(sender: str, *, session: Session, now: datetime) -> tuple[tuple[int, str], ...] | None:
    """Before the engine forgets a session: take its words out of inbox and outbox if that has not been done.

    A session that is still open ends here, and the citizen is told in words that give nothing away: (conversation id,
    channel). None while a worker holds the conversation. Where only the tracker goes, nothing here is touched but a
    further matter that was never taken up.
    """
    conversation, session_no = repository.conversation_of_sender(session, sender)
    if conversation is None:
        return ()
    if repository.only_tracker_goes(session, sender):
        if conversation.session_no == session_no + 1:
            conversation.awaiting = matters.without(conversation.awaiting or {})
        return ()
    if conversation.claimed_until is not None and conversation.claimed_until >= now:
        return None
    if conversation.session_no != session_no:
        repository.blank_inbox(session, conversation.id, session_no)
        return ()
    repository.blank_session(session, conversation)
    conversation.session_no += 1
    told = Reply(text=say("lapsed", hours=UNSENT_SECRET.days * 24 + UNSENT_SECRET.seconds // 3600))
    repository.add_replies(session, conversation, (told,), effect_key=f"lapse:{sender}", now=now)
    return ((conversation.id, conversation.channel),)


def set_aside(claim: Claim, *, reason: str, session: Session, now: datetime, times: Times) -> Claim | None:
    """Give the row up for a person to look at, say so, and go on with a fresh tracker: the old one may be at fault."""
    conversation = repository.hold(session, claim)
    row = repository.inbox_row(session, claim.message.id)
    row.state, row.done_at, row.unsettled, row.error = "set_aside", now, False, reason[:80]
    apology = Reply(text=say("set_aside"), buttons=(button("gap_can_bo", "act:gap_can_bo"),))
    repository.add_replies(session, conversation, (apology,), effect_key=f"aside:{row.id}", now=now)
    _end_session(session, claim, conversation, keep_until=now + times.keep)
    return _next(session, conversation, now=now, times=times)


def postpone(claim: Claim, *, started: bool, session: Session, now: datetime, again_at: datetime) -> None:
    """The engine is away: the row stays new and this try does not count; the citizen is told once."""
    conversation, row = _held_row(session, claim)
    row.attempts -= 1
    row.unsettled = claim.message.unsettled or started
    tell_delay(session, conversation, row, now=now)
    repository.release(conversation, ready_at=again_at)


def retry_later(claim: Claim, *, reason: str, tell: bool, session: Session, now: datetime, again_at: datetime) -> None:
    """This try failed and counts; the next one comes after a pause."""
    conversation, row = _held_row(session, claim)
    row.error = reason[:80]
    if tell:
        tell_delay(session, conversation, row, now=now)
    repository.release(conversation, ready_at=again_at)


def put_back(claim: Claim, *, session: Session, now: datetime) -> None:
    """A worker that stops gives back a message that it has not begun."""
    conversation, row = _held_row(session, claim)
    row.attempts -= 1
    row.unsettled = claim.message.unsettled
    repository.release(conversation, ready_at=now)


def _held_row(session: Session, claim: Claim) -> tuple[Conversation, InboxMessage]:
    return repository.hold(session, claim), repository.inbox_row(session, claim.message.id)


def tell_delay(session: Session, conversation: Conversation, row: InboxMessage, *, now: datetime) -> None:
    """Only the first waiting message of a conversation is ever tried, so a mark on it is one word for each outage.

    Whom to call in danger is said without the engine.
    """
    if row.notified_delay:
        return
    row.notified_delay = True
    alarm = load_dangers().find(row.text or "")
    first = (Reply(text=alarm.text),) if alarm is not None else ()
    told = (*first, Reply(text=say("delayed")))
    repository.add_replies(session, conversation, told, effect_key=f"delay:{row.id}", now=now)
