"""An office's work over the API: who holds what, surges, duplicates, wordings, and who may ask for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from feedback import cases, sampling
from feedback.database import Database
from feedback.models import Case, Staff
from feedback.reminder_models import StaffAlert
from tests.factories import HAM_RONG, MONDAY
from tests.web.api.conftest import Programs

RUBBISH = "Rác ở đầu ngõ chợ Vườn Hoa bốn ngày không ai gom, mùi hôi thối."


async def test_an_office_sees_what_lies_where(programs: Programs) -> None:
    case = programs.open_case()
    said = (await programs.an.get("/api/v1/holding")).json()
    desks = {one["desk"]: one for one in said["desks"]}
    assert (desks["intake"]["open"], desks["intake"]["oldest_case"]) == (1, case.code)
    other = {"agency": "ubnd_xa", "unit": "14797"}
    assert (await programs.chi.get("/api/v1/holding", params=other)).status_code == 403
    assert (await programs.boss.get("/api/v1/holding", params=other)).json()["office"]["unit"] == "14797"
    assert (await programs.boss.get("/api/v1/holding", params={**other, "unit": "1"})).status_code == 404
    for half in ({"agency": "ubnd_xa"}, {"unit": "14797"}):
        assert (await programs.boss.get("/api/v1/holding", params=half)).status_code == 422


async def test_who_oversees_sees_every_office(programs: Programs) -> None:
    programs.open_case()
    programs.open_case(unit=HAM_RONG)
    lines = (await programs.boss.get("/api/v1/holding/offices")).json()
    assert {one["office"]["unit"] for one in lines} == {"14797", "14758"}
    assert (await programs.an.get("/api/v1/holding/offices")).status_code == 403


async def test_surges_and_duplicates_are_of_the_own_office(programs: Programs) -> None:
    first, *_ = [programs.open_case(RUBBISH) for _ in range(3)]
    surges = (await programs.an.get("/api/v1/surges")).json()
    assert surges[0]["main"]["code"] == first.code and surges[0]["citizens"] == 3
    assert (await programs.chi.get("/api/v1/surges")).json() == []
    likely = (await programs.an.get(f"/api/v1/cases/{first.code}/duplicates")).json()
    assert len(likely) == 2 and 0 < likely[0]["score"] <= 1


async def test_wordings_are_kept_filled_and_retired(programs: Programs) -> None:
    case = programs.open_case()
    made = await programs.an.post("/api/v1/templates", json={"title": "Rác", "text": "Việc {mã} đã được gom rác."})
    assert made.status_code == 201, made.text
    slug = made.json()["slug"]
    filled = (await programs.binh.get(f"/api/v1/cases/{case.code}/templates/{slug}")).json()
    assert filled["text"] == f"Việc {case.code} đã được gom rác."
    assert slug not in [one["slug"] for one in (await programs.chi.get("/api/v1/templates")).json()]
    assert (await programs.chi.delete(f"/api/v1/templates/{made.json()['id']}")).status_code == 404
    assert (await programs.an.delete(f"/api/v1/templates/{made.json()['id']}")).status_code == 204
    assert (await programs.an.get(f"/api/v1/cases/{case.code}/templates/{slug}")).status_code == 404
    wrong = await programs.an.post("/api/v1/templates", json={"title": "Rác", "text": "{không có}"})
    assert wrong.status_code == 422


async def test_drafts_wait_for_the_leader(programs: Programs) -> None:
    assert (await programs.an.get("/api/v1/approvals")).status_code == 403
    assert (await programs.leader.get("/api/v1/approvals")).json() == []


async def test_colleagues_are_those_of_the_own_office(programs: Programs) -> None:
    names = {one["name"] for one in (await programs.leader.get("/api/v1/colleagues")).json()}
    assert "Cán bộ Mẫu An" in names and "Cán bộ Mẫu Chi" not in names


@pytest.mark.parametrize("restricted", [False, True])
async def test_an_alert_of_a_case_that_became_restricted_is_told_no_more(
    programs: Programs, database: Database, restricted: bool
) -> None:
    case = programs.open_case()
    with database.write() as session:
        session.add(
            StaffAlert(effect_key="a", staff_id=1, case_id=case.id, kind="due", text=f"{case.code} đến hạn", at=MONDAY)
        )
        session.get_one(Case, case.id).restricted = restricted
    said = (await programs.an.get("/api/v1/alerts")).json()
    assert [one["case"] for one in said] == ([] if restricted else [case.code])
    assert (await programs.an.post("/api/v1/alerts/read")).status_code == 204
    assert all(one["read"] for one in (await programs.an.get("/api/v1/alerts")).json())


async def test_a_deputy_acts_for_the_absent_leader_until_the_leader_is_back(programs: Programs) -> None:
    people = {one["name"]: one["id"] for one in (await programs.leader.get("/api/v1/colleagues")).json()}
    leader, deputy = people["Cán bộ Mẫu Leader"], people["Cán bộ Mẫu An"]
    absence = {"leader": leader, "deputy": deputy, "first_day": "2026-11-23", "last_day": "2026-11-27"}
    assert (await programs.an.post("/api/v1/covers", json=absence)).status_code == 403
    assert (await programs.an.get("/api/v1/approvals")).status_code == 403
    made = await programs.leader.post("/api/v1/covers", json=absence)
    assert made.status_code == 201, made.text
    assert (await programs.an.get("/api/v1/approvals")).status_code == 200
    assert (await programs.chi.post(f"/api/v1/covers/{made.json()['id']}/end")).status_code == 404
    assert (await programs.leader.post(f"/api/v1/covers/{made.json()['id']}/end")).json()["ended_at"]
    assert (await programs.an.get("/api/v1/approvals")).status_code == 403
    assert len((await programs.boss.get("/api/v1/covers")).json()) == 1


@pytest.mark.parametrize("restricted", [False, True])
async def test_a_leader_checks_the_answers_that_chance_picked(
    programs: Programs, database: Database, restricted: bool
) -> None:
    case = programs.open_case()
    with database.write() as session:
        an = session.scalars(select(Staff).where(Staff.username == "an")).one()
        words = "Đã thu gom lúc 7 giờ ngày 23/11/2026."
        answer = cases.answer(session, case.id, staff=an, text=words, version=1, effect_key="a", now=MONDAY)
        check = sampling.draw(session, answer, share=1.0, now=MONDAY)
        assert check is not None
        session.get_one(Case, case.id).restricted = restricted
    waiting = (await programs.leader.get("/api/v1/checks")).json()
    assert [one["case"] for one in waiting] == ([] if restricted else [case.code])
    assert (await programs.an.get("/api/v1/checks")).status_code == 403
    if not restricted:
        at = f"/api/v1/checks/{waiting[0]['id']}"
        assert (await programs.leader.post(at, json={"verdict": "x"})).status_code == 422
        assert (await programs.leader.post(at, json={"verdict": "good"})).status_code == 204
        assert (await programs.leader.get("/api/v1/checks")).json() == []
