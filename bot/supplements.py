"""The citizen's answer to an agency's question: written right under it, or after pressing its button."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot import repository
from bot.actions.reading import says_something
from bot.core_texts import moment_words, say, state_words
from bot.repository import Claim, Reply
from bot.steps import Local, Outcome
from feedback import handling
from feedback.errors import FeedbackError
from feedback.models import Case
from feedback.repository import case_by_code_of_citizen

MORE = "more"


def wanted(session: Session, claim: Claim, code: str) -> Outcome:
    """The button under the question: the next words are the answer, whatever else is going on in this chat."""
    case = case_by_code_of_citizen(session, code, claim.citizen_id)
    if case is None:
        return Outcome(replies=(Reply(text=say("not_found", code=code)),))
    if case.state != "cho_bo_sung":
        return Outcome(replies=(_not_wanted(case),), awaiting=_without(claim))
    return Outcome(replies=(Reply(text=say("more_wanted", code=code)),), awaiting={**claim.awaiting, MORE: code})


def given(session: Session, claim: Claim) -> Local | None:
    """The step that hands the words and files of this message to the agency; None when they answer no question.

    Without the button only what is written right under the question counts, and only where no other matter is being
    told: words are never put to a case that they do not belong to.
    """
    pressed = claim.awaiting.get(MORE)
    code = pressed if isinstance(pressed, str) else _asked_just_now(session, claim)
    if code is None:
        return None
    return Local(lambda session, now: _give(session, claim, code, now=now))


def _asked_just_now(session: Session, claim: Claim) -> str | None:
    words = claim.message.text or ""
    if not claim.message.files and not says_something(words):
        return None
    if not repository.session_is_fresh(session, claim.conversation_id, claim.session_no):
        return None
    buttons = repository.last_buttons(session, claim.conversation_id, before=claim.message.n)
    asked = next((one.payload for one in buttons if one.payload.startswith("more:")), None)
    return asked.removeprefix("more:") if asked else None


def _give(session: Session, claim: Claim, code: str, *, now: datetime) -> Outcome:
    case = case_by_code_of_citizen(session, code, claim.citizen_id)
    if case is None or case.state != "cho_bo_sung":
        reply = Reply(text=say("not_found", code=code)) if case is None else _not_wanted(case)
        return Outcome(replies=(reply,), awaiting=_without(claim))
    files = [file["key"] for file in claim.message.files if "key" in file]
    text = (claim.message.text or "").strip() or f"(gửi {len(files)} tệp)"
    try:
        with session.begin_nested():
            handling.give_more(
                session,
                case.id,
                citizen_id=claim.citizen_id,
                text=text,
                effect_key=f"inbox:{claim.message.id}",
                now=now,
                files=files,
            )
    except FeedbackError as error:
        return Outcome(replies=(Reply(text=say("not_now", reason=error.message)),))
    due = (
        say("due_committed" if case.due_committed else "due_by_law", when=moment_words(case.due_at))
        if case.due_at
        else ""
    )
    told = say("more_given", code=code, office=case.office.name, due=due)
    return Outcome(replies=(Reply(text=told),), awaiting=_without(claim))


def _not_wanted(case: Case) -> Reply:
    return Reply(text=say("more_not_wanted", code=case.code, state=state_words(case.state)))


def _without(claim: Claim) -> dict[str, object]:
    return {name: value for name, value in claim.awaiting.items() if name != MORE}
