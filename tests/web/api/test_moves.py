"""Changing cases over the API: entering, every move, both tracks of the answer, stale versions, twice is once."""

from __future__ import annotations

import asyncio
import uuid
from datetime import date

import httpx
import pytest
from sqlalchemy import func, select

from feedback import ledger
from feedback.database import Database
from feedback.models import Answer, Case, Staff
from feedback.states import MOVES
from tests.factories import HAM_RONG, make_case
from tests.web.api.conftest import Programs

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
NEW = {
    "kind": "phan_anh",
    "mode": "dien_thoai",
    "text": "Đèn đường ngõ 9 phố Mẫu tắt đã hai tuần.",
    "received_at": "2026-11-20T15:30:00+07:00",
    "name": "Trần Văn Mẫu",
    "phone": "0950000001",
}


async def move(
    client: httpx.AsyncClient, case: Case, name: str, *, version: int | None = 1, key: str = "", **body: object
) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    if key:
        headers["Idempotency-Key"] = key
    return await client.post(f"/api/v1/cases/{case.code}/moves/{name}", json=body, headers=headers)


async def enter(client: httpx.AsyncClient, key: str = "k1", **parts: object) -> httpx.Response:
    return await client.post("/api/v1/cases", json={**NEW, **parts}, headers={"Idempotency-Key": key} if key else {})


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


# ---- entering


async def test_a_case_received_elsewhere_keeps_its_true_time_and_mode(programs: Programs, database: Database) -> None:
    made = await enter(programs.an)
    assert made.status_code == 201, made.text
    said = (await programs.an.get(made.headers["location"])).json()
    assert said["code"] == made.json()["code"] and said["channel"] == "dien_thoai"
    assert said["received_at"] == "2026-11-20T08:30:00Z" and said["office"]["unit"] == "14797"
    assert said["history"][0]["who"] == "Cán bộ Mẫu An"


async def test_the_same_key_is_one_case_also_at_the_same_moment(programs: Programs, database: Database) -> None:
    answers = await asyncio.gather(*(enter(programs.an) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert len({answer.json()["code"] for answer in answers if answer.status_code == 201}) == 1
    assert count(database) == 1
    assert (await enter(programs.an, "k2")).status_code == 201
    assert (await enter(programs.binh)).status_code == 201, "another person's key is another key"
    assert count(database) == 3


async def test_a_key_that_stood_for_something_else_is_refused(programs: Programs) -> None:
    await enter(programs.an)
    assert (await enter(programs.an, text="Nắp cống hỏng trước số 3.")).status_code == 422
    assert (await enter(programs.an, "")).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "x"},
        {"mode": "webchat"},
        {"text": ""},
        {"received_at": "2030-01-01T00:00:00"},
        {"received_at": "x"},
        {"received_at": "0001-01-01T00:00:00Z"},
        {"received_at": "9999-12-31T23:59:59-12:00"},
        {"topic": "x"},
        {"la": 1},
        {"text": "a\0b"},
        {"name": "a\0b"},
    ],
)
async def test_a_wrong_entry_is_told_and_nothing_is_kept(
    programs: Programs, database: Database, wrong: dict[str, object]
) -> None:
    assert (await enter(programs.an, **wrong)).status_code == 422
    assert count(database) == 0


async def test_who_oversees_enters_nothing_and_a_denunciation_only_its_reader(programs: Programs) -> None:
    assert (await enter(programs.boss)).status_code == 403
    assert (await enter(programs.an, kind="to_cao")).status_code == 403
    made = await enter(programs.reader, "k3", kind="to_cao", text="Ông Mẫu vòi tiền.")
    assert made.status_code == 201


@pytest.mark.parametrize("change", [{"kind": "to_cao", "restricted": True}, {"text": "Nội dung đã gộp."}])
async def test_a_retry_is_answered_as_at_first_whatever_became_of_the_case(
    programs: Programs, database: Database, change: dict[str, object]
) -> None:
    first = await enter(programs.an)
    with database.write() as session:
        case = session.scalars(select(Case)).one()
        case.version, case.state = 9, "da_tiep_nhan"
        for name, value in change.items():
            setattr(case, name, value)
    again = await enter(programs.an)
    assert again.status_code == 201 and again.json()["code"] == first.json()["code"], again.text
    hidden = "restricted" in change
    assert (again.json()["state"], again.json()["version"]) == ((None, None) if hidden else ("da_tiep_nhan", 9))
    assert again.json()["office"] == first.json()["office"] and count(database) == 1


async def test_a_retry_tells_no_office_to_which_the_case_has_gone_since(programs: Programs, database: Database) -> None:
    first = await enter(programs.an)
    with database.write() as session:
        case = session.scalars(select(Case)).one()
        case.office_id = session.scalars(select(Staff.office_id).where(Staff.username == "chi")).one() or 0
    again = await enter(programs.an)
    assert again.json() == {**first.json(), "state": None, "version": None}


async def test_a_key_with_another_field_is_another_content(programs: Programs) -> None:
    await enter(programs.an)
    assert (await enter(programs.an, phone="0950000002")).status_code == 422


# ---- moves


async def test_a_case_walks_from_receipt_to_answer(programs: Programs, database: Database) -> None:
    case = programs.open_case()
    accepted = await move(programs.an, case, "accept")
    assert accepted.json()["state"] == "da_tiep_nhan", accepted.text
    version = accepted.json()["version"]
    assert accepted.headers["etag"] == f'"{version}"' and version > 1
    asked = await move(programs.an, case, "ask_more", version=version, question="Ở số nhà nào?")
    more = await move(programs.an, case, "give_more", version=asked.json()["version"], more="Số 12 phố Mẫu.")
    answered = await move(
        programs.an, case, "answer", version=more.json()["version"], text="Đội vệ sinh đã thu gom lúc 7 giờ ngày 23/11."
    )
    assert answered.json()["state"] == "da_tra_loi", answered.text
    said = (await programs.an.get(f"/api/v1/cases/{case.code}")).json()
    assert [step["move"] for step in said["history"]] == ["open", "accept", "ask_more", "give_more", "answer"]
    assert ("Hỏi", "Ở số nhà nào?") in [(one["what"], one["words"]) for step in said["history"] for one in step["said"]]
    with database.read() as session:
        assert ledger.first_broken(session, case.id) is None


async def test_a_move_that_the_step_does_not_allow_is_a_409_with_the_reason(programs: Programs) -> None:
    case = programs.open_case()
    refused = await move(programs.an, case, "stop_waiting", reason="x")
    assert refused.status_code == 409 and "Mới tiếp nhận" in refused.json()["detail"]
    assert (await move(programs.an, case, "assign", to=1)).status_code == 409, "an officer assigns nobody"
    assert (await move(programs.an, case, "extend", reason="x")).status_code == 409


async def test_what_a_move_must_carry_is_asked_for(programs: Programs) -> None:
    case = programs.open_case()
    refused = await move(programs.an, case, "refuse", ground="khong_ro")
    assert refused.status_code == 422 and "lý do" in refused.json()["detail"]
    assert (await move(programs.an, case, "record_petition", number="1", date="hom qua")).status_code == 422
    assert (await move(programs.an, case, "ask_more", cau_hoi="?")).status_code == 422


async def test_an_old_version_is_a_412_and_none_a_428(programs: Programs) -> None:
    case = programs.open_case()
    assert (await move(programs.an, case, "accept")).status_code == 200
    stale = await move(programs.binh, case, "start", version=1)
    assert stale.status_code == 412 and stale.json()["code"] == "case_changed"
    assert (await move(programs.binh, case, "start", version=None)).status_code == 428
    wrong = await programs.an.post(f"/api/v1/cases/{case.code}/moves/start", json={}, headers={"If-Match": "x"})
    assert wrong.status_code == 422


async def test_a_note_needs_no_version(programs: Programs) -> None:
    case = programs.open_case()
    assert (await move(programs.an, case, "note", version=None, note="Đã gọi tổ trưởng.")).status_code == 200


async def test_a_note_and_a_file_sent_twice_under_one_key_are_one(programs: Programs, database: Database) -> None:
    case = programs.open_case()
    files = {"file": ("tra-loi.pdf", PDF, "application/pdf")}
    kept = set()
    for _ in range(2):
        done = await move(programs.an, case, "note", version=None, key="k", note="Đã gọi tổ trưởng.")
        assert done.status_code == 200
        address, headers = f"/api/v1/cases/{case.code}/files", {"Idempotency-Key": "k"}
        kept.add((await programs.an.post(address, files=files, headers=headers)).json()["key"])
    assert len(kept) == 1
    await move(programs.an, case, "note", version=None, key="k2", note="Đã gọi tổ trưởng.")
    await move(programs.binh, case, "note", version=None, key="k", note="Của người khác.")
    with database.read() as session:
        moves = [one.move for one in session.get_one(Case, case.id).events]
        assert (moves.count("note"), moves.count("attach")) == (3, 1)
        assert ledger.first_broken(session, case.id) is None


async def test_numbers_beyond_all_ids_are_a_422(programs: Programs) -> None:
    case = programs.open_case()
    for to in (2**63, 2**31, 0, -1):
        assert (await move(programs.leader, case, "assign", to=to)).status_code == 422
        many = {"action": "assign", "to": to, "cases": [{"code": case.code, "version": 1}]}
        assert (await programs.leader.post("/api/v1/cases/many", json=many)).status_code == 422
        many = {"action": "accept", "cases": [{"code": case.code, "version": to}]}
        assert (await programs.leader.post("/api/v1/cases/many", json=many)).status_code == 422


async def test_one_case_in_two_spellings_has_two_outcomes(programs: Programs) -> None:
    case = programs.open_case()
    spelt = [case.code, case.code.lower()]
    many = {"action": "accept", "cases": [{"code": code, "version": 1} for code in spelt]}
    said = (await programs.an.post("/api/v1/cases/many", json=many)).json()["outcomes"]
    assert {one["code"]: one["done"] for one in said} == {spelt[0]: True, spelt[1]: False}


async def test_of_two_moves_at_once_one_wins_and_the_other_is_told(programs: Programs, database: Database) -> None:
    case = programs.open_case()
    answers = await asyncio.gather(
        move(programs.an, case, "refuse", ground="khong_ro", reason="Không rõ nơi."),
        move(programs.binh, case, "transfer", agency="ubnd_xa", place=HAM_RONG, reason="Thuộc phường khác."),
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert sorted(answer.status_code for answer in answers)[1] in (404, 409, 412)
    with database.read() as session:
        assert len(session.get_one(Case, case.id).events) == 2
        assert ledger.first_broken(session, case.id) is None


async def test_an_answer_sent_twice_under_one_key_is_one(programs: Programs, database: Database) -> None:
    case, key = programs.open_case(), str(uuid.uuid4())
    for _ in range(2):
        sent = await move(programs.an, case, "answer", key=key, text="Đã thu gom lúc 7 giờ ngày 23/11/2026.")
        assert sent.status_code == 200
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Answer)) == 1


async def test_empty_talk_is_stopped_until_it_is_meant(programs: Programs) -> None:
    case = programs.open_case()
    words = "Đã tiếp nhận và chuyển xử lý."
    refused = await move(programs.an, case, "answer", text=words)
    assert refused.status_code == 422 and refused.json()["code"] == "says_nothing"
    assert (await move(programs.an, case, "answer", text=words, anyway=True)).status_code == 200


async def test_a_stranger_and_an_overseer_take_no_move(programs: Programs) -> None:
    case = programs.open_case()
    for name in MOVES:
        assert (await move(programs.chi, case, name)).status_code == 404
        assert (await move(programs.boss, case, name)).status_code in (403, 404, 422), name


async def test_a_transferred_case_is_gone_from_here(programs: Programs) -> None:
    case = programs.open_case()
    done = await move(programs.an, case, "transfer", agency="ubnd_xa", place=HAM_RONG, reason="Thuộc phường Hàm Rồng.")
    assert done.json()["here"] is False and done.json()["state"] == "da_chuyen"
    assert (await programs.an.get(f"/api/v1/cases/{case.code}")).status_code == 404
    assert (await programs.chi.get(f"/api/v1/cases/{case.code}")).json()["state"] == "da_chuyen"


async def test_the_allowed_moves_name_their_fields(programs: Programs) -> None:
    case = programs.open_case()
    said = (await programs.an.get(f"/api/v1/cases/{case.code}/moves")).json()
    moves = {one["name"]: one for one in said["moves"]}
    assert said["version"] == 1 and {"accept", "transfer", "answer", "attach", "note"} <= set(moves)
    assert "assign" not in moves and "assign" in await names(programs.leader, case)
    assert [field["name"] for field in moves["refuse"]["fields"]] == ["ground", "reason"]
    assert moves["refuse"]["fields"][0]["options"] and moves["refuse"]["basis"]
    assert await names(programs.boss, case) == set()


async def names(client: httpx.AsyncClient, case: Case) -> set[str]:
    return {one["name"] for one in (await client.get(f"/api/v1/cases/{case.code}/moves")).json()["moves"]}


async def test_every_move_that_is_named_can_be_taken_where_it_says(programs: Programs) -> None:
    case = programs.open_case()
    for one in (await programs.leader.get(f"/api/v1/cases/{case.code}/moves")).json()["moves"]:
        answer = await programs.leader.post(one["address"], json={}, headers={"If-Match": '"99"'})
        told = (409, 412, 422) if one["name"] != "link" else (404,)
        assert answer.status_code in told, (one["name"], answer.text)


async def test_cases_are_assigned_merged_linked_and_split(programs: Programs, database: Database) -> None:
    first, second, third = (programs.open_case() for _ in range(3))
    with database.read() as session:
        binh = session.scalars(select(Staff.id).where(Staff.username == "binh")).one()
    assert (await move(programs.leader, first, "assign", to=binh)).json()["state"] == "da_phan_cong"
    assert (await move(programs.an, second, "merge", into=first.code)).json()["state"] == "da_gop"
    assert (await move(programs.an, third, "link", version=None, code=first.code)).status_code == 200
    cut = await move(programs.an, third, "split", version=1, text="Đèn đường cũng tắt.", key="a")
    assert cut.status_code == 200, cut.text
    links = (await programs.an.get(f"/api/v1/cases/{third.code}")).json()["links"]
    assert {one["kind"] for one in links} == {"related", "split_off"}


# ---- the official track


def pakn(database: Database) -> Case:
    with database.write() as session:
        return make_case(session, "Sổ đỏ quá hẹn ba tuần.", regime="pakn_hanh_vi", topic="dat_dai")


async def issue(client: httpx.AsyncClient, case: Case, version: int, **parts: object) -> httpx.Response:
    fields = {"number": "12/UBND-VP", "dated": "2026-11-23", "signer": "Chủ tịch Nguyễn Mẫu Hòa", **parts}
    files = {"pdf": ("tra-loi.pdf", PDF, "application/pdf")}
    headers = {"If-Match": str(version)}
    return await client.post(f"/api/v1/cases/{case.code}/issue", data=fields, files=files, headers=headers)


async def test_an_official_answer_goes_from_draft_to_the_signed_paper(programs: Programs, database: Database) -> None:
    case = pakn(database)
    assert (await move(programs.an, case, "answer", text="Hồ sơ đã ký ngày 20/11/2026.")).status_code == 409
    version = (await move(programs.an, case, "accept")).json()["version"]
    drafted = await move(programs.an, case, "submit", version=version, text="Hồ sơ đã ký ngày 20/11, trả tại quầy 3.")
    assert drafted.json()["state"] == "cho_duyet", drafted.text
    version = drafted.json()["version"]
    assert (await move(programs.an, case, "approve", version=version)).status_code == 409, "an officer approves nothing"
    approved = await move(programs.leader, case, "approve", version=version)
    assert (await issue(programs.an, case, version)).status_code == 412
    assert (await issue(programs.an, case, approved.json()["version"], dated="2030-01-01")).status_code == 422
    done = await issue(programs.an, case, approved.json()["version"])
    assert done.status_code == 200 and done.json()["state"] == "da_tra_loi", done.text
    answer = (await programs.an.get(f"/api/v1/cases/{case.code}")).json()["answers"][0]
    assert (answer["number"], answer["dated"]) == ("12/UBND-VP", date(2026, 11, 23).isoformat())
    paper = await programs.an.get(f"/api/v1/files/{answer['files'][0]['key']}")
    assert paper.content == PDF and "sandbox" in paper.headers["content-security-policy"]


async def test_a_deputy_approves_no_draft_of_their_own_over_the_api(programs: Programs, database: Database) -> None:
    case = pakn(database)
    version = (await move(programs.an, case, "accept")).json()["version"]
    text = "Hồ sơ đã ký ngày 20/11, trả tại quầy 3."
    version = (await move(programs.an, case, "submit", version=version, text=text)).json()["version"]
    people = {one["name"]: one["id"] for one in (await programs.leader.get("/api/v1/colleagues")).json()}
    absence = {"leader": people["Cán bộ Mẫu Leader"], "first_day": "2026-11-23", "last_day": "2026-11-27"}
    for deputy in ("An", "Binh"):
        cover = {**absence, "deputy": people[f"Cán bộ Mẫu {deputy}"]}
        assert (await programs.leader.post("/api/v1/covers", json=cover)).status_code == 201
    [waiting] = (await programs.an.get("/api/v1/approvals")).json()
    assert waiting["own"] is True
    moves = (await programs.an.get(f"/api/v1/cases/{case.code}/moves")).json()["moves"]
    assert "approve" not in [one["name"] for one in moves] and "recall" in [one["name"] for one in moves]
    refused = await move(programs.an, case, "approve", version=version)
    assert refused.status_code == 409 and "do chính mình trình" in refused.json()["detail"], refused.text
    picked = {"action": "approve", "cases": [{"code": case.code, "version": version}]}
    [outcome] = (await programs.an.post("/api/v1/cases/many", json=picked)).json()["outcomes"]
    assert outcome["done"] is False and "do chính mình trình" in outcome["reason"]
    [outcome] = (await programs.binh.post("/api/v1/cases/many", json=picked)).json()["outcomes"]
    assert outcome["done"] is True


# ---- many at once


async def test_many_cases_are_acted_on_each_for_itself(programs: Programs) -> None:
    first, second = programs.open_case(), programs.open_case()
    hidden = programs.open_case(unit=HAM_RONG)
    picked = [
        {"code": first.code, "version": 1},
        {"code": second.code, "version": 7},
        {"code": hidden.code, "version": 1},
    ]
    said = (await programs.an.post("/api/v1/cases/many", json={"action": "accept", "cases": picked})).json()
    done = {one["code"]: one["done"] for one in said["outcomes"]}
    assert done == {first.code: True, second.code: False, hidden.code: False}
    assert all(one["done"] or one["reason"] for one in said["outcomes"])
    wrong = await programs.an.post("/api/v1/cases/many", json={"action": "x", "cases": picked[:1]})
    assert wrong.status_code == 422
    approve = await programs.an.post("/api/v1/cases/many", json={"action": "approve", "cases": picked[:1]})
    assert approve.status_code == 403


async def test_many_cases_are_transferred_each_for_itself(programs: Programs, database: Database) -> None:
    first, stale, hidden = programs.open_case(), programs.open_case(), programs.open_case(unit=HAM_RONG)
    picked = [{"code": one.code, "version": 2 if one is stale else 1} for one in (first, stale, hidden)]
    order = {"action": "transfer", "cases": picked, "agency": "so_xay_dung", "reason": "Đường tỉnh."}
    for lacking in ("agency", "reason"):
        wrong = {name: value for name, value in order.items() if name != lacking}
        assert (await programs.an.post("/api/v1/cases/many", json=wrong)).status_code == 422
    said = (await programs.an.post("/api/v1/cases/many", json=order)).json()["outcomes"]
    assert {one["code"]: one["done"] for one in said} == {first.code: True, stale.code: False, hidden.code: False}
    assert all(one["reason"] for one in said if not one["done"])
    assert (await programs.an.get(f"/api/v1/cases/{first.code}")).status_code == 404
    with database.read() as session:
        moved = session.get_one(Case, first.id)
        assert (moved.state, moved.office.agency) == ("da_chuyen", "so_xay_dung")
        assert session.get_one(Case, stale.id).state == "moi"


async def test_the_next_case_is_taken_once(programs: Programs) -> None:
    case = programs.open_case()
    assert (await programs.an.post("/api/v1/cases/next")).json()["code"] == case.code
    assert (await programs.binh.post("/api/v1/cases/next")).json() is None
    assert (await programs.boss.post("/api/v1/cases/next")).status_code == 403
