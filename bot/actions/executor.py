"""Runs the actions that the dialogue engine calls: the one module that knows rasa_sdk, and where errors stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from bot import repository
from bot.actions.turn import Action, Call, Outcome, Reply, read_call, session_end
from feedback.database import Database

Clock = Callable[[], datetime]

LONG_SESSION = 200  # events

_log = logging.getLogger(__name__)


class ActionError(Exception):
    """Base of what the route turns into an HTTP status; `as_body` is what the engine expects beside it."""

    status = 500

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"{action}: {reason}")
        self.action = action
        self.reason = reason

    def as_body(self) -> dict[str, str]:
        return {"error": self.reason, "action_name": self.action}


class ActionNotFound(ActionError):
    """No action of this name is registered: model and program do not fit together."""

    status = 404


class ActionExecutionRejection(ActionError):
    """The action will not run now; the engine predicts another one."""

    status = 400


class ActionFailed(ActionError):
    """The action broke; its receipt says so, and the turn will be repeated."""

    status = 500


def _closing(body: Mapping[str, Any], outcome: Outcome) -> tuple[Reply, ...]:
    """A chat that comes to no case must not grow for ever: each event in a tracker makes every later turn slower."""
    tracker = body["tracker"]
    busy = (tracker.get("active_loop") or {}).get("name") or any(
        event["event"] == "followup" for event in outcome.events
    )
    over = any(reply.custom.get("session") for reply in outcome.replies)
    return () if busy or over or len(tracker.get("events") or ()) < LONG_SESSION else (session_end(),)


class ActionServer:
    """Each call runs in a thread, in one transaction together with its receipt: both are there or neither is."""

    def __init__(self, actions: Iterable[Action], database: Database, clock: Clock) -> None:
        self._actions = {action.name: action for action in actions}
        self._database = database
        self._clock = clock
        self._sdk: Any = None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._actions)

    def warm(self) -> None:
        """Load what the first call would otherwise wait a second for; blocking."""
        self._executor()

    async def run(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """The engine's request body in, `events` and `responses` out. Raises ActionError."""
        name = str(call.get("next_action") or "")
        if name not in self._actions:
            raise ActionNotFound(name, f"No registered action found for name '{name}'.")
        result = await self._executor().run({**call, "domain": call.get("domain") or {"actions": []}})
        return {"events": result.events, "responses": result.responses}

    def _executor(self) -> Any:
        """rasa_sdk's executor, imported on first use: half a second that no other command should pay."""
        if self._sdk is None:
            from rasa_sdk.executor import ActionExecutor

            sdk = ActionExecutor()
            for action in self._actions.values():
                sdk.register_function(action.name, self._runner(action))
            self._sdk = sdk
        return self._sdk

    def _runner(self, action: Action) -> Callable[[Any, Any, Any], Any]:
        async def run(dispatcher: Any, tracker: Any, domain: Any) -> list[Mapping[str, Any]]:
            body = {"next_action": action.name, "tracker": tracker.current_state()}
            outcome = await asyncio.to_thread(self._perform, action, body)
            for reply in (*outcome.replies, *_closing(body, outcome)):
                response = reply.as_response()
                dispatcher.utter_message(
                    text=response["text"], buttons=response["buttons"], json_message=response["custom"]
                )
            return list(outcome.events)

        return run

    def _perform(self, action: Action, body: Mapping[str, Any]) -> Outcome:
        call = read_call(body, now=self._clock())
        try:
            return self._in_transaction(action, call)
        except ActionExecutionRejection:
            raise
        except Exception as error:  # noqa: BLE001 - the action boundary: a receipt and a status, never a text
            code = str(getattr(error, "code", type(error).__name__))
            _log.error("action %s failed for inbox %s: %s", action.name, call.origin.inbox_id, code)
            _log.debug("traceback of %s", action.name, exc_info=True)
            self._record_failure(action, call, code)
            raise ActionFailed(action.name, code) from None

    def _in_transaction(self, action: Action, call: Call) -> Outcome:
        inbox_id = call.origin.inbox_id
        if inbox_id is None:  # somebody talks to the engine directly: nothing may be kept
            with self._database.read() as session:
                return action.run(call, session)
        with self._database.write() as session:
            outcome = action.run(call, session)
            repository.add_receipt(session, inbox_id, action=action.name, ok=True, now=call.now)
            return outcome

    def _record_failure(self, action: Action, call: Call, code: str) -> None:
        if call.origin.inbox_id is None:
            return
        try:
            with self._database.write() as session:
                repository.add_receipt(
                    session, call.origin.inbox_id, action=action.name, ok=False, error=code, now=call.now
                )
        except Exception as error:  # noqa: BLE001 - the database itself may be what broke
            _log.error("no receipt for inbox %s: %s", call.origin.inbox_id, type(error).__name__)
