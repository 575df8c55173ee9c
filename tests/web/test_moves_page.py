"""Every step of a case from the console: who may, what is asked for, that a stranger finds nothing."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from feedback import handling
from feedback.database import Database
from feedback.handling_models import CaseRemark, RouteCorrection
from feedback.models import Case, CaseEvent, CaseFile, Staff
from feedback.work_models import CaseLink
from tests.conftest import FakeClock
from tests.factories import HAM_RONG, MONDAY, make_case, make_citizen
from tests.web.staff_cast import Cast, Person

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


async def move(person: Person, case: Case, name: str, **fields: object) -> httpx.Response:
    values = {"version": 1, "form": uuid.uuid4(), **fields}
    return await person.post(f"/console/cases/{case.id}/moves/{name}", **values)


def now(database: Database, case: Case) -> Case:
    with database.read() as session:
        found = session.get_one(Case, case.id)
        _ = found.office.name
        return found


def staff_id(database: Database, username: str) -> int:
    with database.read() as session:
        return session.scalars(select(Staff.id).where(Staff.username == username)).one()


def last(database: Database, case: Case) -> CaseEvent:
    with database.read() as session:
        mine = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq.desc())
        return session.scalars(mine.limit(1)).one()


WAYS: dict[str, tuple[str, dict[str, object], str]] = {
    # name: (who, fields, the state after it)
    "claim": ("an", {}, "da_phan_cong"),
    "ask_more": ("an", {"question": "Mã hồ sơ là gì?"}, "cho_bo_sung"),
    "transfer": ("an", {"agency": "so_xay_dung", "reason": "Đường tỉnh."}, "da_chuyen"),
    "return": ("an", {"reason": "Không thuộc thẩm quyền."}, "tra_lai"),
    "refuse": ("an", {"ground": "khong_ro", "reason": "Đã hỏi lại hai lần."}, "tu_choi"),
    "refer": ("an", {"text": "Tòa án nhân dân khu vực 1, số 5 đường Mẫu; mang đơn và giấy tờ đất."}, "da_huong_dan"),
    "record_withdrawal": ("an", {"reason": "Rút bằng đơn ngày 23/11."}, "da_rut"),
    "note": ("binh", {"note": "Đã gọi điện, hẹn thứ Tư."}, "moi"),
    "reclassify": ("an", {"kind": "phan_anh", "regime": "pakn_hanh_vi", "reason": "Nói về cán bộ một cửa."}, "moi"),
}


@pytest.mark.parametrize("name", WAYS)
async def test_a_step_is_taken_by_its_form_and_by_no_stranger(cast: Cast, database: Database, name: str) -> None:
    who, fields, state = WAYS[name]
    case = cast.open_case()
    person: Person = getattr(cast, who)
    page = (await person.get(f"/console/cases/{case.id}")).text
    form = re.search(rf'action="/console/cases/{case.id}/moves/{name}">(.*?)</form>', page, re.S)
    assert form is not None
    for field in fields:
        assert f'name="{field}"' in form[1], "each field that is sent stands in the form"
    assert (await move(cast.chi, case, name, **fields)).status_code == 404
    assert (await move(cast.boss, case, name, **fields)).status_code == 403
    assert (await move(cast.nobody, case, name, **fields)).status_code == 401
    assert (await move(person, case, name, **{**fields, "csrf": "sai"})).status_code == 403
    assert now(database, case).state == "moi"
    assert (await move(person, case, name, **fields)).status_code == 303
    assert (now(database, case).state, last(database, case).move) == (state, name)


@pytest.mark.parametrize("name", sorted(WAYS))
async def test_a_form_with_nothing_in_it_changes_nothing_and_says_why(
    cast: Cast, database: Database, name: str
) -> None:
    case = cast.open_case()
    if not WAYS[name][1]:
        return
    answer = await move(cast.an, case, name)
    assert answer.status_code in (409, 422) and 'role="alert"' in answer.text
    assert now(database, case).state == "moi"


async def test_what_was_typed_comes_back_with_the_reason(cast: Cast) -> None:
    case = cast.open_case()
    await move(cast.an, case, "claim")
    late = await move(cast.binh, case, "transfer", agency="so_xay_dung", reason="Đường tỉnh quản lý.")
    assert late.status_code == 409 and "Đường tỉnh quản lý.</textarea>" in late.text
    assert re.search(r"<details open><summary>Chuyển cơ quan khác", late.text)


async def test_only_a_leader_assigns_and_only_to_a_colleague(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    binh, chi = staff_id(database, "binh"), staff_id(database, "chi")
    assert (await move(cast.an, case, "assign", to=binh)).status_code == 409
    assert (await move(cast.leader, case, "assign", to=chi)).status_code == 422
    assert (await move(cast.leader, case, "assign", to=binh)).status_code == 303
    assert (now(database, case).state, now(database, case).assignee_id) == ("da_phan_cong", binh)
    assert "Người xử lý" in (await cast.an.get(f"/console/cases/{case.id}")).text


async def test_a_transferred_case_is_gone_from_here_with_its_reason_kept(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    answer = await move(cast.an, case, "transfer", agency="ubnd_xa", place="phường Hàm Rồng", reason="Ở Hàm Rồng.")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert now(database, case).office.unit == HAM_RONG
    assert "Ở Hàm Rồng." in (await cast.chi.get(f"/console/cases/{case.id}")).text
    with database.read() as session:
        assert session.scalars(select(RouteCorrection)).one().to_unit == HAM_RONG


@pytest.mark.parametrize("place", ["không có nơi này", "xyzzy"])
async def test_a_place_that_is_none_is_asked_for_again(cast: Cast, database: Database, place: str) -> None:
    case = cast.open_case()
    answer = await move(cast.an, case, "transfer", agency="ubnd_xa", place=place, reason="Ở nơi khác.")
    assert answer.status_code == 422 and now(database, case).state == "moi"


async def test_a_transfer_tells_a_stranger_nothing_of_where_a_case_happened(cast: Cast, database: Database) -> None:
    case = cast.open_case(commune_code=None)
    fields = {"agency": "cong_an_xa", "reason": "Việc của Công an."}
    assert (await move(cast.chi, case, "transfer", **fields)).status_code == 404
    assert (await cast.chi.post("/console/cases/99999/moves/transfer", version=1, **fields)).status_code == 404
    assert (await move(cast.an, case, "transfer", **fields)).status_code == 422
    assert now(database, case).state == "moi"


async def test_the_lodged_petition_starts_the_clock(cast: Cast, database: Database) -> None:
    case = cast.open_case("Tôi không đồng ý quyết định.", kind="khieu_nai")
    fields = {"number": "15/KN", "date": "2026-11-23", "place": "UBND phường Hạc Thành"}
    assert (await move(cast.an, case, "record_petition", **{**fields, "date": "2026-11-24"})).status_code == 422
    assert (await move(cast.an, case, "record_petition", **fields)).status_code == 303
    assert now(database, case).state == "moi" and now(database, case).due_at is not None
    assert "Số 15/KN, ngày 23/11/2026" in (await cast.binh.get(f"/console/cases/{case.id}")).text


async def test_the_leader_extends_once_with_a_reason_before_the_time_is_over(
    cast: Cast, database: Database, clock: FakeClock
) -> None:
    case = cast.open_case()
    await move(cast.an, case, "claim")
    claimed = now(database, case)
    due = claimed.due_at
    assert (await move(cast.an, case, "extend", version=claimed.version, reason="Chờ vật tư.")).status_code == 409
    assert (await move(cast.leader, case, "extend", version=claimed.version, reason="Chờ vật tư.")).status_code == 303
    longer = now(database, case)
    assert longer.due_at and due and longer.due_at > due
    assert "Chờ vật tư." in (await cast.an.get(f"/console/cases/{case.id}")).text
    again = await move(cast.leader, case, "extend", version=longer.version, reason="Vẫn chờ.")
    assert again.status_code == 409 and "hết số lần" in again.text


async def test_a_complaint_is_taken_in_hand_with_the_length_that_fits(cast: Cast, database: Database) -> None:
    case = cast.open_case("Tôi không đồng ý quyết định.", kind="khieu_nai")
    await move(cast.an, case, "record_petition", number="15", date="2026-11-23", place="UBND phường")
    version = now(database, case).version
    page = (await cast.an.get(f"/console/cases/{case.id}")).text
    assert 'value="resolve_remote"' in page
    assert (await move(cast.an, case, "accept", version=version, step="resolve_remote")).status_code == 303
    assert now(database, case).due_step == "resolve_remote"


async def test_what_the_citizen_added_at_the_counter_runs_the_clock_on(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    await move(cast.an, case, "ask_more", question="Mã hồ sơ là gì?")
    version = now(database, case).version
    assert (await move(cast.binh, case, "give_more", version=version, more="H38.1")).status_code == 303
    assert now(database, case).state == "da_bo_sung" and now(database, case).paused_at is None
    page = (await cast.an.get(f"/console/cases/{case.id}")).text
    assert "Mã hồ sơ là gì?" in page and "H38.1" in page


async def test_a_note_is_for_colleagues_and_makes_nobodys_page_old(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    await move(cast.an, case, "note", note="Đã gọi điện hỏi thêm.")
    assert "Đã gọi điện hỏi thêm." in (await cast.binh.get(f"/console/cases/{case.id}")).text
    assert (await cast.binh.answer(case, "Đã thay bóng.")).status_code == 303
    with database.read() as session:
        assert session.scalars(select(CaseRemark.kind)).all() == ["note"]


async def test_linked_cases_lead_to_each_other_and_secrets_to_no_open_one(cast: Cast, database: Database) -> None:
    first, second = cast.open_case("Đèn ngõ 12 tắt."), cast.open_case("Đèn ngõ 14 tắt.")
    secret, elsewhere = cast.open_case("Cán bộ nhận tiền.", kind="to_cao"), cast.open_case("Đèn tắt.", unit=HAM_RONG)
    for other in (secret, elsewhere, first):
        assert (await move(cast.an, first, "link", code=other.code)).status_code in (404, 422)
    for _ in range(2):
        assert (await move(cast.an, first, "link", code=second.code.lower())).status_code == 303
    assert second.code in (await cast.an.get(f"/console/cases/{first.id}")).text
    assert first.code in (await cast.an.get(f"/console/cases/{second.id}")).text
    with database.read() as session:
        assert len(session.scalars(select(CaseLink)).all()) == 1


async def test_a_part_is_split_off_with_the_same_sender_and_receipt(cast: Cast, database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case = make_case(session, "Đèn tắt. Ngoài ra sổ đỏ nộp ba tháng chưa có.", citizen_id=owner)
    form = uuid.uuid4()
    for version in (1, now(database, case).version):
        await move(
            cast.an, case, "split", version=version, form=form, text="Sổ đỏ nộp ba tháng chưa có.", topic="dat_dai"
        )
    with database.read() as session:
        part = session.scalars(select(Case).where(Case.id != case.id)).one()
        assert (part.citizen_id, part.received_at, part.topic) == (owner, case.received_at, "dat_dai")
        assert (part.regime, part.field) == ("pakn_hanh_vi", "dat_dai") and part.due_at is not None
    assert part.code in (await cast.an.get(f"/console/cases/{case.id}")).text


async def test_staff_attach_files_for_themselves_or_for_the_citizen(cast: Cast, database: Database) -> None:
    case = cast.open_case()

    async def attach(person: Person, name: str, data: bytes, kind: str, **fields: str) -> httpx.Response:
        values = {"csrf": person.csrf, **fields}
        path = f"/console/cases/{case.id}/files"
        return await person.http.post(path, data=values, files={"file": (name, data, kind)})

    assert (await attach(cast.chi, "a.pdf", PDF, "application/pdf")).status_code == 404
    assert (await attach(cast.an, "a.exe", b"MZ" + b"0" * 80, "application/pdf")).status_code == 415
    assert (await attach(cast.an, "noi-bo.pdf", PDF, "application/pdf")).status_code == 303
    assert (await attach(cast.an, "da-va.pdf", PDF, "application/pdf", for_citizen="1")).status_code == 303
    page = (await cast.binh.get(f"/console/cases/{case.id}")).text
    assert "noi-bo.pdf" in page and "gửi cùng câu trả lời" in page and "nội bộ" in page
    await cast.an.answer(case, "Đã vá xong ổ gà.")
    with database.read() as session:
        sent = {file.name: file.answer_id for file in session.scalars(select(CaseFile))}
        assert sent["noi-bo.pdf"] is None and sent["da-va.pdf"] is not None
        event = session.scalars(select(CaseEvent).where(CaseEvent.move == "attach").limit(1)).one()
        assert len(event.data["sha256"]) == 64 and "name" not in event.data


async def test_the_next_case_is_taken_with_one_press(cast: Cast, database: Database) -> None:
    later, first = cast.open_case(now=MONDAY + timedelta(hours=1)), cast.open_case(urgent=True)
    answer = await cast.an.post("/console/next")
    assert answer.headers["location"] == f"/console/cases/{first.id}?done=claim"
    assert (await cast.binh.post("/console/next")).headers["location"].startswith(f"/console/cases/{later.id}")
    assert (await cast.an.post("/console/next")).headers["location"] == "/console"
    assert (await cast.boss.post("/console/next")).status_code == 403


async def test_an_unknown_move_or_a_mangled_form_is_refused(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    assert (await move(cast.an, case, "claim", version="x")).status_code == 422
    assert now(database, case).state == "moi"


async def test_the_leader_of_a_restricted_case_must_be_a_reader(cast: Cast, database: Database) -> None:
    case = cast.open_case("Cán bộ nhận tiền.", kind="to_cao")
    for person in cast.strangers():
        assert (await move(person, case, "note", note="x")).status_code == 404
    assert (await move(cast.reader, case, "note", note="Đã đối chiếu.")).status_code == 303
    with database.write() as session:
        reader = session.scalars(select(Staff).where(Staff.username == "reader")).one()
        an = session.scalars(select(Staff).where(Staff.username == "an")).one()
        reader.role = "leader"
        with pytest.raises(Exception, match="người được quyền xem"):
            handling.assign(session, case.id, staff=reader, to=an.id, version=1, now=MONDAY)


async def test_the_notice_of_acceptance_stands_in_the_restricted_list_until_it_was_sent(
    cast: Cast, database: Database
) -> None:
    case, report = cast.open_case("Cán bộ nhận tiền.", kind="to_cao"), cast.open_case()
    assert "/moves/record_notice" not in (await cast.an.get(f"/console/cases/{report.id}")).text
    await move(cast.reader, case, "record_petition", number="2/TC", date="2026-11-23", place="Ban Tiếp công dân")
    assert "hông báo thụ lý" not in (await cast.reader.get("/console/restricted")).text
    await cast.reader.post(f"/console/cases/{case.id}/accept", version=now(database, case).version)
    for path in ("/console/restricted", f"/console/cases/{case.id}"):
        page = (await cast.reader.get(path)).text
        assert "Thông báo thụ lý" in page and "01/12/2026" in page
    for stranger in cast.strangers():
        assert "hông báo thụ lý" not in (await stranger.get("/console")).text
    fields = {"number": "7/TB", "date": "2026-11-23", "version": now(database, case).version}
    for stranger in cast.strangers():
        assert (await move(stranger, case, "record_notice", **fields)).status_code == 404
    assert "/moves/record_notice" in (await cast.reader.get(f"/console/cases/{case.id}")).text
    assert (await move(cast.reader, case, "record_notice", **fields)).status_code == 303
    assert "Thông báo thụ lý" not in (await cast.reader.get("/console/restricted")).text
    assert "/moves/record_notice" not in (await cast.reader.get(f"/console/cases/{case.id}")).text
