"""The boundary of the actions: what the route gets, what receipts say, and that no citizen's words are logged."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.actions.executor import LONG_SESSION, ActionExecutionRejection, ActionFailed, ActionNotFound, ActionServer
from bot.actions.turn import Call, Outcome, Reply, set_slot
from bot.models import ActionReceipt
from feedback.database import Database
from feedback.models import Citizen
from tests.bot.talk import Talk
from tests.conftest import FakeClock

SECRET = "chuyện riêng của tôi"


class Doing:
    """An action that does what the test says."""

    name = "action_doing"

    def __init__(self, run: Any) -> None:
        self._run = run

    def run(self, call: Call, session: Session) -> Outcome:
        return self._run(call, session)


def body(inbox_id: int | None, *, action: str = "action_doing", events: int = 0) -> dict[str, Any]:
    return {
        "next_action": action,
        "sender_id": "c1s1",
        "tracker": {
            "sender_id": "c1s1",
            "slots": {},
            "latest_message": {"text": SECRET, "intent": {"name": "phan_anh"}, "metadata": {"inbox_id": inbox_id}},
            "events": [{"event": "user"}] * events,
            "active_loop": {},
        },
    }


def receipts(database: Database) -> list[tuple[str, bool, str | None]]:
    with database.read() as session:
        return [(row.action, row.ok, row.error) for row in session.scalars(select(ActionReceipt))]


@pytest.fixture
def inbox_id(database: Database, clock: FakeClock) -> int:
    return Talk(database, clock)._store()


async def test_replies_and_events_come_back_as_the_engine_wants_them(
    database: Database, clock: FakeClock, inbox_id: int
) -> None:
    reply = Reply("xin chào", ({"title": "Có", "payload": "act:dong_y"},))
    action = Doing(lambda call, session: Outcome((reply, Reply(custom={"session": "end"})), (set_slot("strays", 1),)))
    result = await ActionServer([action], database, clock).run(body(inbox_id))
    assert result["events"] == [{"event": "slot", "timestamp": None, "name": "strays", "value": 1}]
    assert result["responses"][0]["text"] == "xin chào"
    assert result["responses"][0]["buttons"] == [{"title": "Có", "payload": "act:dong_y"}]
    assert result["responses"][1]["custom"] == {"session": "end"}
    assert receipts(database) == [("action_doing", True, None)]


async def test_an_unknown_action_is_not_found(database: Database, clock: FakeClock, inbox_id: int) -> None:
    with pytest.raises(ActionNotFound) as caught:
        await ActionServer([], database, clock).run(body(inbox_id, action="action_gone"))
    assert caught.value.status == 404 and caught.value.as_body()["action_name"] == "action_gone"


async def test_a_rejection_is_passed_on(database: Database, clock: FakeClock, inbox_id: int) -> None:
    def reject(call: Call, session: Session) -> Outcome:
        raise ActionExecutionRejection("action_doing", "not now")

    with pytest.raises(ActionExecutionRejection) as caught:
        await ActionServer([Doing(reject)], database, clock).run(body(inbox_id))
    assert caught.value.status == 400


async def test_a_failure_undoes_its_effects_and_is_recorded_without_a_word_of_the_message(
    database: Database, clock: FakeClock, inbox_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(call: Call, session: Session) -> Outcome:
        session.add(Citizen(created_at=clock(), name="Người Mẫu"))
        session.flush()
        raise ValueError(call.said.text)

    caplog.set_level(logging.INFO)
    with pytest.raises(ActionFailed) as caught:
        await ActionServer([Doing(fail)], database, clock).run(body(inbox_id))
    assert caught.value.status == 500 and SECRET not in str(caught.value)
    assert receipts(database) == [("action_doing", False, "ValueError")]
    assert SECRET not in caplog.text
    with database.read() as session:
        assert session.scalars(select(Citizen).where(Citizen.name == "Người Mẫu")).first() is None


async def test_a_turn_without_a_stored_message_keeps_nothing(database: Database, clock: FakeClock) -> None:
    def write(call: Call, session: Session) -> Outcome:
        session.add(Citizen(created_at=clock(), name="Người Mẫu"))
        session.flush()
        return Outcome()

    await ActionServer([Doing(write)], database, clock).run(body(None))
    assert receipts(database) == []
    with database.read() as session:
        assert session.scalars(select(Citizen).where(Citizen.name == "Người Mẫu")).first() is None


async def test_an_effect_without_a_stored_message_is_refused(database: Database, clock: FakeClock) -> None:
    with pytest.raises(ActionFailed, match="no_inbox_row"):
        await ActionServer([Doing(lambda call, session: call.origin.effect_key)], database, clock).run(body(None))


@pytest.mark.parametrize(("events", "ended"), [(LONG_SESSION - 1, False), (LONG_SESSION, True)])
async def test_a_very_long_chat_gets_a_fresh_tracker(
    database: Database, clock: FakeClock, inbox_id: int, events: int, ended: bool
) -> None:
    server = ActionServer([Doing(lambda call, session: Outcome((Reply("vâng"),)))], database, clock)
    result = await server.run(body(inbox_id, events=events))
    assert ({"session": "end"} in [response["custom"] for response in result["responses"]]) is ended


def test_making_the_server_does_not_import_the_sdk() -> None:
    code = "import sys, bot.actions.executor, bot.actions.registry; sys.exit('rasa_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
