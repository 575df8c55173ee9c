"""The list of messages that the bot gave up on: for the coordination desk, in words for nobody else."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.intake import start_web_conversation
from bot.models import InboxMessage
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
