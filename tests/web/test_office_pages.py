"""Entering cases at the counter, wordings, many cases at once, surges: for the own office only."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from feedback.database import Database
from feedback.handling_models import CaseRemark, RouteCorrection
from feedback.models import Case, Citizen
from feedback.work_models import AnswerTemplate
from tests.factories import HAM_RONG, MONDAY, make_case
from tests.web.staff_cast import Cast, Person
from tests.web.test_moves_page import now, staff_id

ENTERED = {
    "mode": "truc_tiep",
    "received": "2026-11-20T10:30",
    "kind": "phan_anh",
    "text": "Cống ngõ 5 tắc, nước tràn vào nhà.",
    "topic": "ha_tang",
    "problem": "ha_tang",
    "province": "38",
    "place": "ngõ 5 phường Hạc Thành",
    "name": "Lê Văn Mẫu",
    "phone": "0950000001",
    "address": "Số 9 ngõ 5",
    "where": "here",
}


async def enter(person: Person, **fields: object) -> httpx.Response:
    return await person.post("/console/enter", **{**ENTERED, "form": uuid.uuid4(), **fields})


def cases(database: Database) -> list[Case]:
    with database.read() as session:
        found = list(session.scalars(select(Case).order_by(Case.id)))
        for case in found:
            _ = case.office.name
        return found


# --- the counter ---


async def test_a_case_from_the_counter_has_its_true_time_and_mode_and_lives_like_any_other(
    cast: Cast, database: Database
) -> None:
    assert 'name="received"' in (await cast.an.get("/console/enter")).text
    form = uuid.uuid4()
    answers = [await enter(cast.an, form=form) for _ in range(2)]
    (case,) = cases(database)
    assert {answer.headers["location"] for answer in answers} == {f"/console/cases/{case.id}?done=open"}
    assert case.received_at == datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
    assert (case.channel, case.commune_code, case.state, case.regime) == ("truc_tiep", "14797", "moi", "hien_truong")
    assert case.due_at is not None and case.contact_address == "Số 9 ngõ 5"
    page = (await cast.binh.get(f"/console/cases/{case.id}")).text
    assert "Trực tiếp tại cơ quan" in page and cast.an.name in page
    receipt = await cast.binh.get(f"/console/cases/{case.id}/papers/bien_nhan.pdf")
    assert receipt.status_code == 200 and receipt.content.startswith(b"%PDF")
    assert (await cast.an.answer(case, "Đã thông cống sáng nay.")).status_code == 303
    assert (await cast.chi.get(f"/console/cases/{case.id}")).status_code == 404


async def test_the_rule_table_sends_it_elsewhere_when_the_officer_wants_so(cast: Cast, database: Database) -> None:
    answer = await enter(cast.an, where="rules", place="phường Hàm Rồng", text="Cống ngõ 5 tắc.")
    (case,) = cases(database)
    assert case.office.unit == HAM_RONG and case.code in answer.text
    assert case.code in (await cast.chi.get("/console")).text


async def test_a_lodged_complaint_starts_its_clock_on_the_day_of_lodging(cast: Cast, database: Database) -> None:
    paper = {"petition_number": "7/KN", "petition_date": "2026-11-20", "petition_place": "UBND phường Hạc Thành"}
    text = "Tôi khiếu nại quyết định xử phạt số 5 của UBND phường Hạc Thành."
    assert (await enter(cast.an, kind="khieu_nai", mode="buu_chinh", text=text, **paper)).status_code == 303
    (case,) = cases(database)
    assert (case.state, case.petition_number) == ("moi", "7/KN") and case.due_at is not None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": " "}, 422),
        ({"received": "2026-11-24T10:00"}, 422),
        ({"received": "2024-01-01T10:00"}, 422),
        ({"received": "hôm qua"}, 422),
        ({"mode": "fax"}, 422),
        ({"kind": "giao_tiep"}, 422),
        ({"topic": "khong_co"}, 422),
        ({"form": "x"}, 422),
        ({"csrf": "sai"}, 403),
    ],
)
async def test_what_cannot_be_entered_gives_everything_back(
    cast: Cast, database: Database, fields: dict[str, str], status: int
) -> None:
    answer = await enter(cast.an, **fields)
    assert answer.status_code == status and cases(database) == []
    if status == 422 and "form" not in fields and "text" not in fields:
        assert "Cống ngõ 5 tắc" in answer.text and 'role="alert"' in answer.text


async def test_a_denunciation_is_entered_by_its_readers_only_and_told_without_a_code(
    cast: Cast, database: Database
) -> None:
    text = "Cán bộ địa chính phường Hạc Thành vòi 20 triệu."
    assert 'value="to_cao"' not in (await cast.an.get("/console/enter")).text
    assert (await enter(cast.an, kind="to_cao", text=text)).status_code == 403
    done = await enter(cast.reader, kind="to_cao", text=text)
    (case,) = cases(database)
    assert case.restricted and case.citizen_id is None
    assert done.status_code in (200, 303) and text not in done.text
    with database.read() as session:
        assert session.scalars(select(Citizen.name).where(Citizen.name.is_not(None))).all() == []
    assert case.code not in (await cast.an.get("/console?view=all")).text


async def test_who_only_oversees_enters_nothing(cast: Cast, database: Database) -> None:
    for person in (cast.boss, cast.admin):
        assert (await person.get("/console/enter")).status_code == 403
        assert (await enter(person)).status_code == 403
    assert (await enter(cast.nobody)).status_code == 401
    assert cases(database) == []


# --- wordings ---


async def test_an_office_keeps_its_own_wordings_with_the_cases_values(cast: Cast, database: Database) -> None:
    path = "/console/templates"
    wrong = await cast.an.post(path, title="Mẫu", text="Chào {tên}, việc {mã}")
    assert wrong.status_code == 422 and "{tên}" in wrong.text and "{người gửi}" in wrong.text
    saved = await cast.an.post(path, title="Thay bóng", text="Việc {mã} tại {nơi}: đã thay bóng ngày {hôm nay}.")
    assert saved.status_code == 303
    assert "Thay bóng" in (await cast.binh.get(path)).text and "Thay bóng" not in (await cast.chi.get(path)).text
    with database.read() as session:
        first = session.scalars(select(AnswerTemplate.id)).one()
    case = cast.open_case("Đèn tắt.")
    page = (await cast.binh.get(f"/console/cases/{case.id}?template=t{first}")).text
    assert f"Việc {case.code} tại phường Hạc Thành: đã thay bóng ngày thứ Hai 23/11/2026." in page
    assert (await cast.chi.post(f"{path}/{first}/retire")).status_code == 404
    await cast.binh.post(path, title="Thay bóng", text="Việc {mã}: xong.", replaces=first)
    with database.read() as session:
        rows = session.scalars(select(AnswerTemplate).order_by(AnswerTemplate.id)).all()
        assert [row.retired_at is None for row in rows] == [False, True]
        second = rows[1].id
    assert (await cast.an.post(f"{path}/{second}/retire")).status_code == 303
    assert f"template=t{second}" not in (await cast.an.get(f"/console/cases/{case.id}")).text


async def test_the_senders_name_is_in_no_wording_of_a_denunciation(cast: Cast, database: Database) -> None:
    del cast
    from feedback import templates

    with database.write() as session:
        case = make_case(session, "Cán bộ nhận tiền.", kind="to_cao", contact_name="Lê Văn Mẫu")
        words = templates.fill(templates.Template("x", "x", "Kính gửi {người gửi}"), case, now=MONDAY)
    assert words == "Kính gửi anh/chị"


# --- many at once ---


async def bulk(person: Person, cases_: list[Case], **fields: object) -> httpx.Response:
    picks = [f"{case.id}:{case.version}" for case in cases_]
    data = {"csrf": person.csrf, **{name: str(value) for name, value in fields.items()}, "pick": picks}
    return await person.http.post("/console/bulk", data=data)


async def test_one_action_for_all_that_were_ticked_each_for_itself(cast: Cast, database: Database) -> None:
    mine = [cast.open_case(f"Đèn ngõ {number} tắt.") for number in range(3)]
    other, secret = cast.open_case(unit=HAM_RONG), cast.open_case("Cán bộ nhận tiền.", kind="to_cao")
    assert f'value="{mine[0].id}:1"' in (await cast.an.get("/console")).text
    done = await bulk(cast.an, [*mine, other, secret], action="accept")
    assert done.status_code == 200 and done.text.count("Đã làm") == 3 and done.text.count("Chưa làm") == 2
    assert [now(database, case).state for case in (*mine, other, secret)] == [
        *["da_tiep_nhan"] * 3,
        "moi",
        "cho_nop_don",
    ]
    again = await bulk(cast.binh, mine, action="accept")
    assert again.text.count("Chưa làm") == 3


async def test_the_leader_assigns_many_and_an_officer_does_not(cast: Cast, database: Database) -> None:
    mine = [cast.open_case(f"Đèn ngõ {number} tắt.") for number in range(2)]
    binh = staff_id(database, "binh")
    assert 'value="assign"' not in (await cast.an.get("/console")).text
    refused = await bulk(cast.an, mine, action="assign", to=binh)
    assert refused.text.count("Chưa làm") == 2
    assert 'value="assign"' in (await cast.leader.get("/console")).text
    assert (await bulk(cast.leader, mine, action="assign", to=binh)).text.count("Đã làm") == 2
    assert {now(database, case).assignee_id for case in mine} == {binh}


async def test_many_are_transferred_with_one_reason_each_with_the_checks_of_a_single_transfer(
    cast: Cast, database: Database
) -> None:
    good = [cast.open_case(f"Đường tỉnh hỏng ở km {number}.") for number in range(2)]
    stale, done = cast.open_case("Đường hỏng."), cast.open_case("Đã trả lời.")
    await cast.an.post(f"/console/cases/{stale.id}/accept", version=1)
    await cast.an.answer(done, "Đã sửa xong ngày 20/11.")
    other, secret = cast.open_case(unit=HAM_RONG), cast.open_case("Cán bộ nhận tiền.", kind="to_cao")
    page = (await cast.an.get("/console")).text
    assert 'value="transfer"' in page and 'value="so_xay_dung"' in page
    order = {"action": "transfer", "agency": "so_xay_dung", "words": "Đường tỉnh do Sở quản lý."}
    said = (await bulk(cast.an, [*good, stale, now(database, done), other, secret], **order)).text
    assert said.count("Đã làm") == 2 and said.count("Chưa làm") == 4
    assert all(case.code in said for case in good) and f"/console/cases/{good[0].id}" not in said
    assert other.code not in said and secret.code not in said
    assert {now(database, case).office.agency for case in good} == {"so_xay_dung"}
    assert now(database, stale).office.agency == "ubnd_xa" and now(database, other).state == "moi"
    with database.read() as session:
        kept = session.scalars(select(RouteCorrection)).all()
        assert {one.case_id for one in kept} == {case.id for case in good}
        reasons = {session.get_one(CaseRemark, one.remark_id).text for one in kept}
        assert reasons == {"Đường tỉnh do Sở quản lý."}


async def test_where_each_matter_happened_decides_and_one_without_a_place_stops_no_other(
    cast: Cast, database: Database
) -> None:
    placed, placeless = cast.open_case(), cast.open_case("Không rõ ở đâu.", commune_code=None)
    order = {"action": "transfer", "agency": "cong_an_xa", "words": "Việc của Công an."}
    said = (await bulk(cast.an, [placeless, placed], **order)).text
    assert "Ghi rõ xã, phường của cơ quan nhận." in said and said.count("Đã làm") == 1
    assert now(database, placed).state == "da_chuyen"
    assert (now(database, placeless).state, now(database, placeless).version) == ("moi", 1)
    said = (await bulk(cast.an, [placeless], **order, place="phường Hạc Thành, Thanh Hóa")).text
    assert said.count("Đã làm") == 1 and now(database, placeless).state == "da_chuyen"


@pytest.mark.parametrize(
    "fields",
    [
        {"action": ""},
        {"action": "assign"},
        {"action": "note", "words": " "},
        {"action": "xoa"},
        {"action": "transfer", "words": "Không thuộc thẩm quyền."},
        {"action": "transfer", "words": "x", "agency": "khong_co"},
        {"action": "transfer", "agency": "so_xay_dung", "words": " "},
    ],
)
async def test_an_order_that_lacks_something_does_nothing(
    cast: Cast, database: Database, fields: dict[str, str]
) -> None:
    case = cast.open_case()
    assert (await bulk(cast.an, [case], **fields)).status_code == 422
    assert (await bulk(cast.boss, [case], action="accept")).status_code == 403
    assert now(database, case).state == "moi"


async def test_many_citizens_with_one_cause_are_found_and_merged_with_one_press(cast: Cast, database: Database) -> None:
    texts = [
        "Nước máy ở tổ 5 mấy hôm nay vàng đục, có mùi tanh không dùng được.",
        "Nước máy tổ 5 vàng đục và có mùi tanh, cả xóm không dám nấu ăn.",
        "Mấy hôm nay nước máy vàng đục có mùi tanh ở tổ 5, đề nghị kiểm tra.",
        "Nuoc may to 5 vang duc, mui tanh, khong dung duoc may hom nay.",
    ]
    water = [cast.open_case(text, now=MONDAY - timedelta(hours=10 - at)) for at, text in enumerate(texts)]
    lamp = cast.open_case("Đèn đường ngõ 12 tắt cả tháng, tối om.")
    page = (await cast.an.get("/console/surges")).text
    assert "4 vụ việc, 4 người" in page and lamp.code not in page
    assert water[0].code in (await cast.an.get(f"/console/cases/{water[3].id}")).text, "offered as likely duplicate"
    assert (await cast.chi.get("/console/surges")).text.count("vụ việc, ") == 0
    picks = [f"{case.id}:1" for case in water[1:]]
    data = {"csrf": cast.an.csrf, "into": str(water[0].id), "pick": picks}
    assert (
        "Đã gộp 0/3" in (await cast.chi.http.post("/console/surges/merge", data={**data, "csrf": cast.chi.csrf})).text
    )
    merged = await cast.an.http.post("/console/surges/merge", data=data)
    assert "Đã gộp 3/3" in merged.text
    assert {now(database, case).merged_into_id for case in water[1:]} == {water[0].id}
