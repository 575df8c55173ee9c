"""Further matters of one message: they wait, as the citizen wrote them, until the one before is done.

Each is then put to the engine as a message of its own, in a fresh session: it is understood, read back and opened by
itself, and what was said of the first matter, or kept secret with it, is not mixed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core_texts import button, say
from bot.repository import Reply
from bot.steps import Outcome
from bot.wording import short

MATTERS = "matters"
FURTHER = "further"
GO_ON, DROP = "next:on", "next:off"
_KEPT = frozenset({"rating", "more"})
_SHOWN = 90


def waiting(awaiting: Mapping[str, Any]) -> tuple[str, ...]:
    """The words of the matters that wait, in order."""
    return tuple(map(str, awaiting.get(MATTERS) or ()))


def after_turn(
    awaiting: Mapping[str, Any], custom: Mapping[str, Any], *, taken: bool, ended: bool
) -> tuple[Mapping[str, Any] | None, tuple[Reply, ...]]:
    """What the conversation awaits after an engine turn (None: as before), and the offer of the next matter.

    `custom`: `further` are matters that this turn leaves over, `matter: done` says that its own is done; so does the
    end of the session (`ended`). `taken`: the first of those that waited was begun.
    """
    left = waiting(awaiting)[1:] if taken else waiting(awaiting)
    new = tuple(map(str, custom.get(FURTHER) or ()))
    waits = (*new, *left)
    done = ended or custom.get("matter") == "done"
    offer = (offered(waits[0]),) if waits and done else ()
    awaited = custom.get("awaiting")
    if not isinstance(awaited, Mapping) and not new and not taken:
        return None, offer
    base = awaited if isinstance(awaited, Mapping) else {k: v for k, v in awaiting.items() if k != MATTERS}
    kept = {name: value for name, value in awaiting.items() if name in _KEPT}
    after = without({**kept, **base})
    return {**after, MATTERS: list(waits)} if waits else after, offer


def dropped(awaiting: Mapping[str, Any]) -> Outcome:
    """The citizen does not want the next matter written down; the one after it is offered."""
    left = waiting(awaiting)[1:]
    told = Reply(text=say("further_dropped"))
    if not left:
        return Outcome(replies=(told,), awaiting=without(awaiting))
    return Outcome(replies=(told, offered(left[0])), awaiting={**awaiting, MATTERS: list(left)})


def offered(text: str) -> Reply:
    buttons = (button("next_on", GO_ON), button("next_off", DROP))
    return Reply(text=say("further", text=short(text, _SHOWN)), buttons=buttons)


def without(awaiting: Mapping[str, Any]) -> dict[str, Any]:
    """What is awaited beside the matters that wait."""
    return {name: value for name, value in awaiting.items() if name != MATTERS}
