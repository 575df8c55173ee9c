"""Conversations through the real program: chat API, worker, engine, actions, services."""

from __future__ import annotations

import re
import time
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import func, select

from bot.models import InboxMessage, OutboxMessage
from feedback.database import Database
from feedback.models import Case, Notice
from tests.e2e.stack import PASSWORD, Citizen, Stack

CODE = re.compile(r"LN-[0-9A-Z]{4}-[0-9A-Z]{4}")
LAND = "toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa"


@pytest.fixture
def citizen(stack: Stack) -> Citizen:
    return Citizen(stack.base)


def words(messages: list[dict]) -> str:
    return "\n".join(message["text"] for message in messages)


def open_case(
    citizen: Citizen, text: str = "Ổ gà rất to trước trường học ở phường Hàm Rồng, Thanh Hóa, xe máy ngã nhiều"
) -> str:
    """Report a place, say yes; the case's code."""
    said = words(citizen.say(text))
    assert "Hàm Rồng" in said, said
    opened = words(citizen.say("đúng rồi"))
    found = CODE.search(opened)
    assert found, opened
    return found[0]


def case_of(stack: Stack, code: str) -> Case:
    database = Database(stack.settings.sqlalchemy_url)
    with database.read() as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
        _ = case.office
    database.dispose()
    return case


def count(stack: Stack, table: type) -> int:
    database = Database(stack.settings.sqlalchemy_url)
    with database.read() as session:
        number = session.scalar(select(func.count()).select_from(table)) or 0
    database.dispose()
    return number


def test_unmarked_vietnamese_is_understood_and_only_the_missing_is_asked(stack: Stack, citizen: Citizen) -> None:
    asked = words(citizen.say(LAND))
    assert "họ tên" in asked and "số điện thoại" in asked
    read_back = words(citizen.say("Nguyễn Văn Mẫu 0951234567"))
    assert "Hạc Thành" in read_back
    opened = words(citizen.say("đúng rồi"))
    case = case_of(stack, CODE.search(opened)[0])  # type: ignore[index]
    assert (case.kind, case.field, case.problem, case.regime) == ("phan_anh", "dat_dai", "cham_tre", "pakn_hanh_vi")
    assert case.office.agency == "ubnd_xa" and case.office.unit == "14797"
    assert case.due_at is not None and not case.due_committed
    assert "Nghị định" in opened or "NĐ" in opened


def test_a_pothole_has_a_committed_time_and_is_called_so(stack: Stack, citizen: Citizen) -> None:
    citizen.say("Ổ gà rất to trước trường học ở phường Hàm Rồng, Thanh Hóa, xe máy ngã nhiều")
    opened = words(citizen.say("đúng rồi"))
    assert "cam kết" in opened
    assert case_of(stack, CODE.search(opened)[0]).due_committed  # type: ignore[index]


def test_a_correction_in_the_middle_changes_the_place(stack: Stack, citizen: Citizen) -> None:
    citizen.say("Ổ gà rất to trước trường học ở phường Hàm Rồng, Thanh Hóa, xe máy ngã nhiều")
    again = words(citizen.say("ý lộn, phường Hạc Thành"))
    assert "Hạc Thành" in again
    opened = words(citizen.say("đúng rồi"))
    assert case_of(stack, CODE.search(opened)[0]).commune_code == "14797"  # type: ignore[index]


def test_cancelling_opens_nothing(stack: Stack, citizen: Citizen) -> None:
    before = count(stack, Case)
    citizen.say("Rác chất đống ở chợ phường Hàm Rồng, Thanh Hóa cả tuần không ai dọn")
    assert "hủy" in words(citizen.say("hủy")).lower()
    assert count(stack, Case) == before


def test_a_person_can_be_reached(stack: Stack, citizen: Citizen) -> None:
    assert "cán bộ" in words(citizen.say("cho tôi gặp cán bộ")).lower()


def test_a_question_about_a_procedure_is_answered_from_the_catalogue(citizen: Citizen) -> None:
    answer = words(citizen.say("làm giấy khai sinh cho con mất bao lâu, lệ phí bao nhiêu"))
    assert "khai sinh" in answer.lower()
    assert "1.001193" in answer or "thủ tục" in answer.lower()


def test_the_state_is_told_to_the_owner_only(citizen: Citizen, stack: Stack) -> None:
    code = open_case(citizen)
    assert "Hàm Rồng" in words(citizen.say(code))
    assert "Hàm Rồng" in words(citizen.say("việc của tôi tới đâu rồi"))
    stranger = words(Citizen(stack.base).say(code))
    assert "Hàm Rồng" not in stranger
    assert "không tìm thấy" in stranger.lower()


def test_a_complaint_waits_for_the_signed_petition(stack: Stack, citizen: Citizen) -> None:
    said = words(
        citizen.say(
            "Tôi khiếu nại quyết định bồi thường thu hồi đất của UBND phường Hạc Thành, Thanh Hóa áp sai loại đất"
        )
    )
    assert "đơn" in said
    while CODE.search(said) is None:
        said = words(citizen.say("bỏ qua" if "họ tên" in said else "đúng rồi"))
    case = case_of(stack, CODE.search(said)[0])  # type: ignore[index]
    assert (case.kind, case.state, case.due_at) == ("khieu_nai", "cho_nop_don", None)


def test_a_denunciation_is_seen_nowhere_but_in_the_restricted_list(stack: Stack, citizen: Citizen) -> None:
    secret = "vòi tôi 20 triệu mới ký hồ sơ tách thửa"
    said = words(citizen.say(f"Tôi tố cáo ông trưởng phòng ở UBND phường Hạc Thành, Thanh Hóa {secret}"))
    assert secret not in said
    said = words(citizen.press("act:dong_y"))
    assert secret not in said and CODE.search(said) is None
    database = Database(stack.settings.sqlalchemy_url)
    with database.read() as session:
        case = session.scalars(select(Case).where(Case.kind == "to_cao").order_by(Case.id.desc())).first()
        assert case is not None and case.restricted and case.due_at is None
        kept = session.scalars(select(InboxMessage.text).where(InboxMessage.text.contains("20 triệu"))).all()
        sent = session.scalars(select(OutboxMessage.text).where(OutboxMessage.text.contains("20 triệu"))).all()
        told = session.scalars(select(Notice).where(Notice.case_id == case.id)).all()
    database.dispose()
    assert (list(kept), list(sent), list(told)) == ([], [], [])
    assert "không tìm thấy" in words(citizen.say(case.code)).lower()
    for username in ("hacthanh", "quanly"):
        with closing(staff(stack, username)) as http:
            assert case.code not in http.get("/console", params={"view": "all"}).text
            assert "20 triệu" not in http.get("/console", params={"view": "all", "q": "20 trieu"}).text
            assert http.get(f"/console/cases/{case.id}").status_code == 404
    until = time.monotonic() + 15
    while b"20 tri" in (stack.data / "tracker.sqlite").read_bytes():
        assert time.monotonic() < until, "the engine's tracker still holds the denunciation"
        time.sleep(0.5)


def staff(stack: Stack, username: str) -> httpx.Client:
    """A logged-in member of staff."""
    http = httpx.Client(base_url=stack.base, follow_redirects=True, timeout=30)
    token = re.search(r'name="csrf" value="([^"]+)"', http.get("/console/login").text)
    assert token is not None
    answer = http.post("/console/login", data={"username": username, "password": PASSWORD, "csrf": token[1]})
    assert answer.status_code == 200, answer.text
    return http


@pytest.mark.parametrize("text", ["/restart", '/inform{"q1": 1}', "/dong_y", "/session_start"])
def test_commands_of_the_engine_are_only_words(stack: Stack, citizen: Citizen, text: str) -> None:
    before = count(stack, Case)
    assert citizen.say(text)
    assert count(stack, Case) == before


@pytest.mark.parametrize("text", ["🙂🙂🙂", "<b>alo</b><script>x</script>", "a" * 9_999])
def test_odd_messages_get_a_clear_answer_and_open_nothing(stack: Stack, citizen: Citizen, text: str) -> None:
    before = count(stack, Case)
    assert citizen.say(text)
    assert count(stack, Case) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "   "}, 422),
        ({"text": "x" * 100_000}, 413),
        ({"attachment": {"name": "a.jpg", "content_type": "image/jpeg", "data": "A" * 40_000_000}}, 413),
        ({"location": {"lat": 200, "lon": 0}}, 422),
        ({}, 422),
    ],
    ids=["empty", "blank", "100 kB", "30 MB photo", "off the map", "nothing"],
)
def test_bad_messages_are_refused_with_a_reason(stack: Stack, citizen: Citizen, body: dict, status: int) -> None:
    before = count(stack, InboxMessage)
    answer = citizen.post(**body)
    assert answer.status_code in (400, status)
    assert answer.json()["message"]
    assert "Traceback" not in answer.text
    assert count(stack, InboxMessage) == before


def test_a_wrong_conversation_is_unknown(stack: Stack, citizen: Citizen) -> None:
    citizen.conversation = "AAAAAAAAAAAAAAAAAAAAAA"
    assert citizen.post(text="xin chào").status_code == 404


def test_a_wrong_csrf_token_changes_nothing(stack: Stack, citizen: Citizen) -> None:
    code = open_case(citizen)
    case = case_of(stack, code)
    with closing(staff(stack, "hamrong")) as http:
        form = {"csrf": "sai", "version": case.version, "form": "6f1d1e0c-0000-4000-8000-000000000000", "text": "x"}
        answer = http.post(f"/console/cases/{case.id}/answer", data=form)
    assert answer.status_code == 403
    assert case_of(stack, code).state == "moi"


def test_the_same_message_sent_twice_is_one(citizen: Citizen) -> None:
    identity = "0b9e1f62-4a55-4e0b-9a53-111111111111"
    first = citizen.http.post(f"/api/chat/{citizen.conversation}/messages", json={"id": identity, "text": "xin chào"})
    again = citizen.http.post(f"/api/chat/{citizen.conversation}/messages", json={"id": identity, "text": "xin chào"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["n"] == again.json()["n"]


def test_deadlines_are_in_the_future(stack: Stack, citizen: Citizen) -> None:
    due = case_of(stack, open_case(citizen)).due_at
    assert due is not None and due > datetime.now(UTC)


def test_an_office_where_nobody_works_yet_is_not_said_to_be_reading(citizen: Citizen) -> None:
    citizen.say("Ổ gà rất to trước trường học ở phường Hoàn Kiếm, Hà Nội, xe máy ngã nhiều")
    opened = words(citizen.say("đúng rồi"))
    assert "chưa có cán bộ trực" in opened
    assert "Đã gửi tới" not in opened
