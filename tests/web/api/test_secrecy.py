"""A tố cáo from every door of the API, each operation taken from the application's own table of routes."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from feedback.database import Database
from feedback.models import Case
from feedback.secrecy_models import RestrictedLook
from tests.web.api.conftest import Programs, doors
from tests.web.denunciation import ADDRESS, NAME, PHONE, SECRETS, WORDS, Secret, make_secret


@pytest.fixture
def secret(programs: Programs, database: Database) -> Secret:
    del programs
    return make_secret(database)


async def test_a_stranger_learns_nothing_at_any_door(
    api_app: FastAPI, programs: Programs, secret: Secret, database: Database
) -> None:
    for door in doors(api_app):
        for stranger in programs.strangers():
            address = door.address(code=secret.case.code, key=secret.file)
            answer = await stranger.request(
                door.method, address, params={"q": secret.case.code} if "q" in address else {}
            )
            assert answer.status_code < 500, (door, answer.text)
            assert not any(word in answer.text for word in (*SECRETS, secret.case.code)), door
            if "{code}" in door.path or "{key}" in door.path:
                assert answer.status_code in (403, 404, 422, 428), (door, answer.status_code)
    with database.read() as session:
        assert session.scalars(select(RestrictedLook)).all() == [], "who saw nothing is no reader"
        case = session.get_one(Case, secret.case.id)
        assert (case.state, case.version) == ("cho_nop_don", 1)


@pytest.mark.parametrize("query", ["", "?q=phong+bi", "?q={code}", "?kind=to_cao", "?stage=open", "?regime=to_cao"])
async def test_no_list_holds_it_not_even_that_of_its_readers(programs: Programs, secret: Secret, query: str) -> None:
    for person in (*programs.strangers(), programs.reader, programs.sealed):
        said = (await person.get("/api/v1/cases" + query.format(code=secret.case.code))).json()
        assert said == {"cases": [], "next": None}


async def test_its_reader_sees_it_without_its_sender_and_the_look_is_kept(
    programs: Programs, secret: Secret, database: Database
) -> None:
    listed = (await programs.reader.get("/api/v1/cases/restricted")).json()
    assert [one["code"] for one in listed["cases"]] == [secret.case.code] and listed["cases"][0]["excerpt"] is None
    one = await programs.reader.get(f"/api/v1/cases/{secret.case.code}")
    assert one.json()["text"] == WORDS and one.json()["contact"] is None
    assert not any(word in one.text for word in (NAME, PHONE, ADDRESS))
    assert (await programs.reader.post(f"/api/v1/cases/{secret.case.code}/identity")).status_code == 403
    with database.read() as session:
        assert [look.what for look in session.scalars(select(RestrictedLook))] == ["case"]


async def test_the_sender_is_shown_to_the_named_right_only_and_the_look_is_kept(
    programs: Programs, secret: Secret, database: Database
) -> None:
    said = (await programs.sealed.post(f"/api/v1/cases/{secret.case.code}/identity")).json()
    assert said == {"name": NAME, "phone": PHONE, "address": ADDRESS}
    with database.read() as session:
        assert [look.what for look in session.scalars(select(RestrictedLook))] == ["identity"]


async def test_the_sender_of_an_ordinary_case_is_no_secret(programs: Programs) -> None:
    case = programs.open_case()
    assert (await programs.sealed.post(f"/api/v1/cases/{case.code}/identity")).status_code == 404


async def test_the_notice_of_acceptance_is_told_in_the_restricted_list_only(
    programs: Programs, secret: Secret, database: Database
) -> None:
    petition = {"number": "2/TC", "date": "2026-11-23", "place": "Ban Tiếp công dân"}
    address = f"/api/v1/cases/{secret.case.code}"

    async def taken(name: str, **body: object) -> int:
        version = (await programs.reader.get(address)).json()["version"]
        headers = {"If-Match": str(version)}
        return (await programs.reader.post(f"{address}/moves/{name}", json=body, headers=headers)).status_code

    async def listed() -> object:
        [one] = (await programs.reader.get("/api/v1/cases/restricted")).json()["cases"]
        assert (await programs.reader.get(address)).json()["deadline"]["notice"] == one["notice"]
        return one["notice"]

    assert await taken("record_petition", **petition) == 200 and await listed() is None
    assert await taken("accept") == 200
    assert await listed() == {
        "step": "notice_accepted",
        "step_name": "thông báo thụ lý",
        "due_at": "2026-12-01T16:59:59Z",
        "late": False,
    }
    assert await taken("record_notice", number="7/TB", date="2026-11-23") == 200
    assert await listed() is None and await taken("record_notice", number="7/TB", date="2026-11-23") == 409
