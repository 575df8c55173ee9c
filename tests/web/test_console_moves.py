"""A case's steps on its page: who may take which, with what, and that a refusal says why and loses nothing."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import func, select

from feedback import states
from feedback.database import Database
from feedback.models import Case, CaseEvent
from langnghe.web.move_orders import DOERS
from tests.web.staff_cast import Cast, Person, field_of

WITH_FORMS_OF_THEIR_OWN = {"answer", "guide", "answer_merged", "submit", "attach"}


def test_every_step_of_the_office_has_a_form() -> None:
    for name, move in states.MOVES.items():
        if move.by & {"officer", "leader", "coordinator"} and None not in move.sources:
            assert name in DOERS or name in WITH_FORMS_OF_THEIR_OWN, name
    assert set(DOERS) <= set(states.MOVES)


def case_now(database: Database, case: Case) -> Case:
    with database.read() as session:
        return session.get_one(Case, case.id)


async def take(person: Person, case: Case, move: str, *, version: int = 1, **fields: object) -> httpx.Response:
    return await person.post(f"/console/cases/{case.id}/moves/{move}", version=version, **fields)


async def test_the_page_offers_only_what_may_be_done_now_with_its_basis_and_why_the_case_is_here(cast: Cast) -> None:
    case = cast.open_case()
    page = await cast.an.get(f"/console/cases/{case.id}")
    assert page.status_code == 200 and field_of(page, "version") == "1"
    assert "Chuyển cơ quan khác" in page.text and "QĐ 766" in page.text and "Rác thuộc UBND cấp xã" in page.text
    assert "/moves/approve" not in page.text and '/moves/assign"' not in page.text
    assert '/moves/assign"' in (await cast.leader.get(f"/console/cases/{case.id}")).text


async def test_a_transfer_leaves_the_office_and_goes_back_to_the_list(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    fields = {"agency": "so_xay_dung", "place": "38", "reason": "Đường tỉnh do Sở quản lý."}
    answer = await take(cast.an, case, "transfer", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert case_now(database, case).state == "da_chuyen"
    assert (await cast.an.get(f"/console/cases/{case.id}")).status_code == 404


async def test_a_missing_reason_shows_the_form_again_with_what_was_written(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    page = await take(cast.an, case, "refuse", ground="khong_ro", reason=" ")
    assert page.status_code == 422 and "cần có lý do" in page.text
    page = await take(cast.an, case, "transfer", agency="so_xay_dung", place="99", reason="Vì đường tỉnh lộ 47.")
    assert page.status_code == 422 and "Vì đường tỉnh lộ 47." in page.text
    assert case_now(database, case).state == "moi"


async def test_who_comes_second_is_told_and_changes_nothing(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    assert (await take(cast.an, case, "claim")).status_code == 303
    page = await take(cast.binh, case, "transfer", agency="so_xay_dung", place="38", reason="x")
    assert page.status_code == 409 and "vừa được người khác cập nhật" in page.text
    assert case_now(database, case).state == "da_phan_cong"


async def test_the_citizen_is_asked_and_the_clock_stands_still(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    assert (await take(cast.an, case, "ask_more", question="Ở đoạn nào?")).status_code == 303
    now = case_now(database, case)
    assert now.state == "cho_bo_sung" and now.due_at is None
    assert "Tạm dừng, chờ công dân bổ sung" in (await cast.an.get(f"/console/cases/{case.id}")).text
    assert (await take(cast.an, case, "give_more", version=now.version, more="Km 12.")).status_code == 303


async def test_a_petition_starts_the_clock(cast: Cast, database: Database) -> None:
    case = cast.open_case("Tôi không đồng ý quyết định.", kind="khieu_nai")
    wrong = await take(cast.an, case, "record_petition", number="15", date="hôm qua", place="UBND phường")
    assert wrong.status_code == 422
    done = await take(cast.an, case, "record_petition", number="15/KN", date="2026-11-23", place="UBND phường")
    assert done.status_code == 303 and case_now(database, case).due_step == "accept"
    assert "Số 15/KN, ngày 23/11/2026" in (await cast.an.get(f"/console/cases/{case.id}")).text


async def test_a_leader_assigns_and_an_officer_may_not(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    page = await cast.leader.get(f"/console/cases/{case.id}")
    assert cast.binh.name in page.text
    assert (await take(cast.an, case, "assign", to="2")).status_code == 409
    assert (await take(cast.leader, case, "assign", to="2")).status_code == 303
    assert case_now(database, case).assignee_id == 2


@pytest.mark.parametrize("who", ["chi", "boss", "admin", "nobody"])
async def test_nobody_else_takes_a_step(cast: Cast, database: Database, who: str) -> None:
    case = cast.open_case()
    person: Person = getattr(cast, who)
    answer = await take(person, case, "transfer", agency="so_xay_dung", place="38", reason="x")
    assert answer.status_code in (401, 403, 404, 409)
    assert case_now(database, case).state == "moi"


async def test_a_form_without_its_token_or_of_no_move_is_refused(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    assert (await take(cast.an, case, "claim", csrf="x")).status_code == 403
    for move in ("open", "rate", "nonsense", "record_national"):
        assert (await take(cast.an, case, move)).status_code == 404
    with database.read() as session:
        assert session.scalar(select(func.count(CaseEvent.id))) == 1


async def test_a_denunciation_found_out_disappears_from_the_office_at_once(cast: Cast, database: Database) -> None:
    case = cast.open_case("Ông chủ tịch phường nhận 20 triệu.")
    fields = {"kind": "to_cao", "regime": "to_cao", "field": "", "topic": "", "problem": "nhung_nhieu"}
    answer = await take(cast.an, case, "reclassify", reason="Nêu đích danh người nhận tiền.", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert case_now(database, case).restricted
    for person in (cast.an, cast.binh, cast.leader):
        assert (await person.get(f"/console/cases/{case.id}")).status_code == 404
