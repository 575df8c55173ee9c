"""The list of messages that the bot gave up on: for the coordination desk, in words for nobody else."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.intake import start_web_conversation
from bot.models import Conversation, InboxMessage, OutboxMessage
from feedback import people
from feedback.database import Database
from feedback.models import Staff
from feedback.offices import office_of
from feedback.secrecy_models import RestrictedLook
from langnghe.web.staff_access import COOKIE
from tests.factories import MONDAY, make_staff
from tests.web.staff_cast import Cast, Person, browser

SECRET_WORDS = "Cán bộ nhận phong bì (người gửi hư cấu)"
WORDS = "Đèn đường ngõ 12 tắt (người gửi hư cấu)"


@pytest.fixture
def inbox_id(database: Database) -> int:
    with database.write() as session:
        conversation = start_web_conversation(session, now=MONDAY)
        row = InboxMessage(
            conversation_id=conversation.id,
            n=1,
            channel="webchat",
            account="web",
            event_id="1",
            kind="text",
            text=WORDS,
            received_at=MONDAY,
            state="set_aside",
            error="crashes",
        )
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def desk(staff_app: FastAPI, database: Database) -> Person:
    with database.write() as session:
        staff = make_staff(session, "dieuphoi")
        staff.office = office_of(session, agency="vp_ubnd_tinh", unit="38")
        _, token = people.log_in(session, "dieuphoi", fits=True, now=MONDAY)
        record = people.session_of(session, token, now=MONDAY)
        assert record is not None
        person = Person(browser(staff_app), record.csrf)
    person.http.cookies.set(COOKIE, token)
    return person


async def test_the_desk_reads_each_message_and_ticks_it_off(desk: Person, inbox_id: int) -> None:
    assert WORDS in (await desk.get("/console/set-aside")).text
    assert (await desk.post(f"/console/set-aside/{inbox_id}/seen")).status_code == 303
    assert WORDS not in (await desk.get("/console/set-aside")).text


async def test_managers_see_that_it_waits_and_not_what_it_says(cast: Cast, inbox_id: int) -> None:
    for person in (cast.boss, cast.admin):
        page = await person.get("/console/set-aside")
        assert page.status_code == 200 and "crashes" in page.text and WORDS not in page.text
        assert (await person.post(f"/console/set-aside/{inbox_id}/seen")).status_code == 404


async def test_nobody_else_learns_of_the_list(cast: Cast, inbox_id: int) -> None:
    for person in (cast.an, cast.leader, cast.reader):
        for answer in (
            await person.get("/console/set-aside"),
            await person.post(f"/console/set-aside/{inbox_id}/seen"),
        ):
            assert answer.status_code == 404 and WORDS not in answer.text
        assert "/console/set-aside" not in (await person.get("/console")).text


async def test_ticking_off_needs_the_forms_token(desk: Person, inbox_id: int) -> None:
    answer: httpx.Response = await desk.http.post(f"/console/set-aside/{inbox_id}/seen", data={"csrf": "sai"})
    assert answer.status_code == 403
    assert WORDS in (await desk.get("/console/set-aside")).text


async def test_a_message_with_signs_of_a_denunciation_is_for_the_named_readers_only(
    desk: Person, inbox_id: int, cast: Cast, database: Database
) -> None:
    with database.write() as session:
        session.get_one(InboxMessage, inbox_id).text = SECRET_WORDS
    assert SECRET_WORDS not in (await desk.get("/console/set-aside")).text
    assert (await desk.post(f"/console/set-aside/{inbox_id}/seen")).status_code == 404
    for person in cast.strangers():
        assert SECRET_WORDS not in (await person.get("/console/set-aside")).text
    with database.write() as session:
        assert session.scalars(select(RestrictedLook)).all() == []
        session.scalars(select(Staff).where(Staff.username == "dieuphoi")).one().sees_restricted = True
    assert SECRET_WORDS in (await desk.get("/console/set-aside")).text
    with database.read() as session:
        look = session.scalars(select(RestrictedLook)).one()
        assert (look.what, look.inbox_id, look.case_id) == ("message", inbox_id, None)
    assert (await desk.post(f"/console/set-aside/{inbox_id}/seen")).status_code == 303


def outbox(database: Database) -> list[tuple[str, str, str | None]]:
    with database.read() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.n))
        return [(row.sender, row.text, row.brief) for row in rows]


def on_channel(database: Database, inbox_id: int, channel: str) -> None:
    with database.write() as session:
        row = session.get_one(InboxMessage, inbox_id)
        row.channel = session.get_one(Conversation, row.conversation_id).channel = channel


async def test_the_desks_reply_reaches_the_citizen_once_and_ticks_the_message_off(
    desk: Person, inbox_id: int, database: Database
) -> None:
    for _ in range(2):
        await desk.post(f"/console/set-aside/{inbox_id}/reply", text="Đã báo đội điện.\x00")
    assert outbox(database) == [("staff", "Cán bộ trả lời tin nhắn của anh/chị:\nĐã báo đội điện.", None)]
    assert WORDS not in (await desk.get("/console/set-aside")).text


@pytest.mark.parametrize("text", ["", "   ", "x" * 4_001])
async def test_an_empty_or_endless_reply_changes_nothing(
    desk: Person, inbox_id: int, database: Database, text: str
) -> None:
    answer = await desk.post(f"/console/set-aside/{inbox_id}/reply", text=text)
    assert answer.status_code in (400, 422) and "ký tự" in answer.text
    assert outbox(database) == [] and WORDS in (await desk.get("/console/set-aside")).text


@pytest.mark.parametrize(("channel", "brief"), [("telegram", True), ("zalo", False), ("webchat", False)])
async def test_abroad_goes_only_that_there_is_a_reply(
    desk: Person, inbox_id: int, database: Database, channel: str, brief: bool
) -> None:
    on_channel(database, inbox_id, channel)
    await desk.post(f"/console/set-aside/{inbox_id}/reply", text="Đã báo đội điện.")
    ((_, _, carried),) = outbox(database)
    assert (carried is not None) is brief
    assert carried is None or ("đội điện" not in carried and "/answers/" in carried)


async def test_what_may_be_a_denunciation_is_answered_by_its_readers_only_and_never_in_an_open_app(
    desk: Person, inbox_id: int, cast: Cast, database: Database
) -> None:
    on_channel(database, inbox_id, "zalo")
    with database.write() as session:
        session.get_one(InboxMessage, inbox_id).text = SECRET_WORDS
    for person in (desk, *cast.strangers()):
        assert (await person.post(f"/console/set-aside/{inbox_id}/reply", text="x")).status_code == 404
    with database.write() as session:
        session.scalars(select(Staff).where(Staff.username == "dieuphoi")).one().sees_restricted = True
    await desk.post(f"/console/set-aside/{inbox_id}/reply", text="Mời anh/chị đến nơi tiếp công dân.")
    ((_, text, carried),) = outbox(database)
    assert "tiếp công dân" in text and carried is not None and "tiếp công dân" not in carried


async def test_a_reply_needs_the_forms_token(desk: Person, inbox_id: int, database: Database) -> None:
    answer: httpx.Response = await desk.http.post(
        f"/console/set-aside/{inbox_id}/reply", data={"csrf": "sai", "text": "x"}
    )
    assert answer.status_code == 403 and outbox(database) == []
