"""The console: who sees and answers what, and that nothing else changes a case."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from feedback import cases, repository, repository_search
from feedback.database import Database
from feedback.models import Answer, Case
from feedback.secrecy_models import RestrictedLook
from tests.factories import HAM_RONG, MONDAY, make_case, make_citizen, make_file
from tests.web.staff_cast import Cast, Person, field_of

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def state(database: Database, case: Case) -> tuple[str, int]:
    with database.read() as session:
        found = session.get_one(Case, case.id)
        return found.state, found.version


def counts(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'class="tabs__count[^"]*">(\d+)<', page)]


async def test_the_queue_shows_the_own_offices_cases(cast: Cast) -> None:
    mine, other = cast.open_case("Đèn đường tắt."), cast.open_case("Nước vàng đục.", unit=HAM_RONG)
    for person in (cast.an, cast.binh):
        page = (await person.get("/console")).text
        assert mine.code in page and other.code not in page
        assert counts(page) == [1, 0, 0, 0, 1]
    page = (await cast.chi.get("/console")).text
    assert other.code in page and mine.code not in page


@pytest.mark.parametrize("who", ["boss", "admin"])
async def test_who_oversees_reads_every_office_and_cannot_answer(cast: Cast, database: Database, who: str) -> None:
    person: Person = getattr(cast, who)
    case = cast.open_case("Đèn đường tắt.")
    assert case.code in (await person.get("/console")).text
    page = await person.get(f"/console/cases/{case.id}")
    assert "Đèn đường tắt." in page.text and "<textarea" not in page.text
    assert (await person.answer(case, "Xong.")).status_code == 403
    assert (await person.post(f"/console/cases/{case.id}/accept", version=1)).status_code == 403
    assert state(database, case) == ("moi", 1)


async def test_another_office_is_told_that_there_is_no_such_case(cast: Cast, database: Database) -> None:
    case = cast.open_case("Đèn đường tắt.")
    with database.write() as session:
        key = make_file(session, session.get_one(Case, case.id), PNG, name="a.png", content_type="image/png").key
    refused = [
        await cast.chi.get(f"/console/cases/{case.id}"),
        await cast.chi.answer(case, "Xong."),
        await cast.chi.answer(case, ""),
        await cast.chi.post(f"/console/cases/{case.id}/accept", version=1),
        await cast.chi.get(f"/console/files/{key}"),
        await cast.chi.get("/console/cases/999999"),
    ]
    assert {answer.status_code for answer in refused} == {404}
    assert case.code not in (await cast.chi.get("/console?view=all&q=den+duong")).text
    assert "cases__code" not in (await cast.chi.get(f"/console?view=all&q={case.code}")).text
    assert count(database, Answer) == 0 and state(database, case) == ("moi", 1)


@pytest.mark.parametrize(
    "path", ["/console", "/console/cases/1", "/console/restricted", "/console/files/abc", "/dashboard"]
)
async def test_without_a_login_there_is_only_the_login_page(cast: Cast, path: str) -> None:
    cast.open_case()
    answer = await cast.nobody.get(path)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/console/login?next=")


@pytest.mark.parametrize("path", ["abc", "0", "99999999999999999999", "-1", "1.5"])
async def test_a_number_that_is_none_is_not_found(cast: Cast, path: str) -> None:
    assert (await cast.an.get(f"/console/cases/{path}")).status_code == 404


async def test_search_works_without_marks_and_says_when_nothing_fits(cast: Cast) -> None:
    case = cast.open_case("Đèn đường ngõ 12 tắt.")
    cast.open_case("Nước vàng đục.")
    for words in ("den duong", "ĐÈN ĐƯỜNG", case.code.lower(), "tat+ngo"):
        page = (await cast.an.get(f"/console?view=all&q={words}")).text
        assert re.findall(r'class="cases__code"><a[^>]*>([^<]+)<', page) == [case.code]
    assert "Không có vụ việc nào khớp" in (await cast.an.get("/console?view=all&q=%00%25")).text


async def test_a_search_shows_the_best_and_says_that_there_are_more(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_search, "PAGE", 2)
    made = [cast.open_case("Đèn tắt.").code for _ in range(3)]
    page = (await cast.an.get("/console?view=all&q=den")).text
    assert re.findall(r'class="cases__code"><a[^>]*>([^<]+)<', page) == made[:0:-1]
    assert "2 vụ việc phù hợp nhất, còn nữa" in page and "Trang sau" not in page


async def test_who_oversees_turns_pages_up_to_a_limit_and_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PAGE", 1)
    monkeypatch.setattr(repository, "WIDE", 2)
    for _ in range(3):
        cast.open_case()
    last, beyond = [(await cast.boss.get(f"/console?view=all&page={page}")).text for page in (2, 3)]
    assert "2+ vụ việc" in last and "Trang sau" not in last and "hãy tìm theo từ hoặc mã" in last
    assert "không còn vụ việc nào" in beyond
    assert "Trang 3/3" in (await cast.boss.get("/console?view=open&page=3")).text


async def test_what_a_citizen_or_searcher_writes_is_never_markup(cast: Cast) -> None:
    case = cast.open_case("<script>alert(1)</script> đèn tắt", place_text="<b>đây</b>")
    for path in ("/console", f"/console/cases/{case.id}", "/console?q=<script>alert(1)</script>&view=all"):
        page = (await cast.an.get(path)).text
        assert "<script>alert" not in page and "<b>đây" not in page


async def test_the_queue_has_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PAGE", 2)
    for _ in range(4):
        cast.open_case()
    first, second, third = [(await cast.an.get(f"/console?page={page}")).text for page in (1, 2, 3)]
    assert "Trang 1/2" in first and "Trang sau" in first and "Trang trước" not in first
    assert "Trang trước" in second and "Trang sau" not in second
    assert "không còn vụ việc nào" in third
    assert counts(first)[0] == 4


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999"])
async def test_an_impossible_page_is_refused_politely(cast: Cast, query: str) -> None:
    assert (await cast.an.get(f"/console?{query}")).status_code == 422


async def test_the_case_page_tells_the_whole_story(cast: Cast) -> None:
    case = cast.open_case("Đèn đường tắt.", contact_name="Lê Văn Mẫu", contact_phone="0950000001", topic="ha_tang")
    await cast.binh.post(f"/console/cases/{case.id}/accept", version=1)
    page = (await cast.an.get(f"/console/cases/{case.id}")).text
    assert "Đèn đường tắt." in page and "Lê Văn Mẫu · 0950000001" in page
    assert "Rác thuộc UBND cấp xã" in page and "Chủ tịch UBND phường Hạc Thành" in page
    assert "thứ Ba 24/11/2026" in page and "hien_truong_mac_dinh.answer" in page
    assert "Nhận xử lý" in page and cast.binh.name in page
    assert "Thời gian cam kết" in page


async def test_an_answer_goes_out_once_and_wakes_the_worker(cast: Cast, database: Database, woken: list[str]) -> None:
    case, form = cast.open_case(), uuid.uuid4()
    for _ in range(2):
        answer = await cast.an.answer(case, "Đã thay bóng.", form=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console/cases/{case.id}?sent=1")
    assert count(database, Answer) == 1 and woken
    page = (await cast.an.get(f"/console/cases/{case.id}?sent=1")).text
    assert "đang gửi tới công dân" in page and "Đã thay bóng." in page and 'name="text"' not in page
    assert counts((await cast.an.get("/console")).text) == [0, 0, 0, 1, 1]


async def test_the_form_on_the_page_is_the_one_that_works(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    page = await cast.an.get(f"/console/cases/{case.id}")
    fields = {name: field_of(page, name) for name in ("csrf", "version", "form")}
    assert (await cast.an.post(f"/console/cases/{case.id}/answer", text="Xong.", **fields)).status_code == 303
    assert state(database, case)[0] == "da_tra_loi"


async def test_who_comes_second_keeps_the_draft(cast: Cast, database: Database, woken: list[str]) -> None:
    case = cast.open_case()
    await cast.an.post(f"/console/cases/{case.id}/accept", version=1)
    late = await cast.binh.answer(case, "Bản nháp\ncủa Bình")
    assert late.status_code == 409 and "vừa được người khác cập nhật" in late.text
    assert "Bản nháp\ncủa Bình</textarea>" in late.text
    version = int(field_of(late, "version"))
    assert (await cast.binh.answer(case, "Bản nháp của Bình", version=version)).status_code == 303
    too_late = await cast.an.answer(case, "Câu của An", version=version)
    assert too_late.status_code == 409
    assert "Bản nháp chưa gửi" in too_late.text and "Câu của An</textarea>" in too_late.text
    assert count(database, Answer) == 1 and len(woken) == 2  # the acceptance and one answer


@pytest.mark.parametrize("text", ["", "  \r\n ", "a" * 10_001])
async def test_an_answer_that_cannot_be_sent_keeps_the_draft(cast: Cast, database: Database, text: str) -> None:
    case = cast.open_case()
    answer = await cast.an.answer(case, text)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert text.strip() in answer.text
    assert count(database, Answer) == 0 and state(database, case) == ("moi", 1)


@pytest.mark.parametrize("token", ["", "khac", "của binh"])
async def test_a_form_without_the_sessions_token_changes_nothing(cast: Cast, database: Database, token: str) -> None:
    case = cast.open_case()
    wrong = cast.binh.csrf if token == "của binh" else token
    assert (await cast.an.answer(case, "Xong.", csrf=wrong)).status_code == 403
    assert (await cast.an.post(f"/console/cases/{case.id}/accept", version=1, csrf=wrong)).status_code == 403
    assert count(database, Answer) == 0 and state(database, case) == ("moi", 1)


@pytest.mark.parametrize("fields", [{"form": "1"}, {"version": "x"}, {"version": ""}])
async def test_a_mangled_form_is_refused(cast: Cast, database: Database, fields: dict[str, str]) -> None:
    assert (await cast.an.answer(cast.open_case(), "Xong.", **fields)).status_code == 422
    assert count(database, Answer) == 0


async def test_accepting_is_seen_by_the_colleague(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    assert (await cast.an.post(f"/console/cases/{case.id}/accept", version=1)).status_code == 303
    assert state(database, case)[0] == "da_tiep_nhan"
    assert "Đã tiếp nhận" in (await cast.binh.get("/console")).text
    assert (await cast.binh.post(f"/console/cases/{case.id}/accept", version=1)).status_code == 409


async def test_a_complaint_is_guided_and_stays_open(cast: Cast, database: Database) -> None:
    case = cast.open_case("Tôi không đồng ý quyết định.", kind="khieu_nai")
    page = (await cast.an.get(f"/console/cases/{case.id}")).text
    assert "Hướng dẫn công dân nộp đơn" in page and "không làm thời hạn bắt đầu" in page
    assert (await cast.an.answer(case, "Mời nộp đơn có chữ ký.")).status_code == 303
    assert state(database, case)[0] == "cho_nop_don"
    assert "Hướng dẫn của UBND phường Hạc Thành" in (await cast.an.get(f"/console/cases/{case.id}")).text


async def test_the_rating_is_shown_with_the_case(cast: Cast, database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case = make_case(session, citizen_id=owner)
    await cast.an.answer(case, "Xong.")
    with database.write() as session:
        cases.rate(session, case.id, citizen_id=owner, score=4, effect_key="r", now=MONDAY)
    assert "Công dân đánh giá: 4/5" in (await cast.an.get(f"/console/cases/{case.id}")).text


async def test_a_picture_is_shown_and_anything_else_is_saved(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    with database.write() as session:
        held = session.get_one(Case, case.id)
        picture = make_file(session, held, PNG, name="ổ gà.png", content_type="image/png").key
        page = make_file(session, held, b"<script>1</script>", name='a"\r\nb.html', content_type="text/html").key
        drawing = make_file(session, held, b"<svg/>", name="a.svg", content_type="image/svg+xml").key
    shown, saved, vector = [await cast.binh.get(f"/console/files/{key}") for key in (picture, page, drawing)]
    assert shown.content == PNG and shown.headers["content-disposition"].startswith("inline")
    assert "filename*=UTF-8''%E1%BB%95%20g%C3%A0.png" in shown.headers["content-disposition"]
    for answer in (saved, vector):
        assert answer.headers["content-disposition"].startswith("attachment")
    for answer in (shown, saved, vector):
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-store"
    html = (await cast.an.get(f"/console/cases/{case.id}")).text
    assert f'<img src="/console/files/{picture}"' in html and f'src="/console/files/{drawing}"' not in html
    assert (await cast.nobody.get(f"/console/files/{picture}")).status_code == 303


@pytest.mark.parametrize("key", ["khong-co", "a" * 41, "%00", "..%2f..%2fetc"])
async def test_an_unknown_file_is_not_found(cast: Cast, key: str) -> None:
    assert (await cast.an.get(f"/console/files/{key}")).status_code == 404


async def test_a_file_without_a_case_belongs_to_nobody_at_the_console(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    with database.write() as session:
        file = make_file(session, session.get_one(Case, case.id), PNG, name="a.png", content_type="image/png")
        file.case_id, key = None, file.key
    assert (await cast.an.get(f"/console/files/{key}")).status_code == 404


async def test_a_denunciation_is_nowhere_but_with_its_reader(cast: Cast, database: Database) -> None:
    case = cast.open_case("Tôi tố cáo việc nhận tiền bôi trơn.", kind="to_cao")
    with database.write() as session:
        key = make_file(session, session.get_one(Case, case.id), PNG, name="a.png", content_type="image/png").key
    for person in cast.strangers():
        refused = [
            await person.get(f"/console/cases/{case.id}"),
            await person.get(f"/console/files/{key}"),
            await person.get("/console/restricted"),
            await person.answer(case, "Xong."),
            await person.post(f"/console/cases/{case.id}/accept", version=1),
        ]
        assert [answer.status_code for answer in refused] == [404] * 5
    for person in (*cast.strangers(), cast.reader):
        for query in ("view=all", "view=all&q=boi+tron", "view=open"):
            page = (await person.get(f"/console?{query}")).text
            assert case.code not in page and counts(page) == [0] * 5
        assert (await person.get("/console/news?after=0")).json() == {"new": 0}
    assert count(database, RestrictedLook) == 0 and count(database, Answer) == 0
    for person in (cast.leader, cast.boss, cast.admin):
        page = (await person.get("/dashboard")).text
        assert "boi tron" not in page and case.code not in page
        assert '<p class="figure">0</p>' in page and '<p class="figure">1</p>' not in page


async def test_the_list_of_denunciations_says_nothing_of_what_was_said(cast: Cast) -> None:
    case = cast.open_case("Tôi tố cáo việc nhận tiền bôi trơn.", kind="to_cao", contact_name="Lê Văn Mẫu")
    page = (await cast.reader.get("/console/restricted")).text
    assert case.code in page and "bôi trơn" not in page and "Lê Văn Mẫu" not in page


async def test_each_look_at_a_denunciation_is_written_down(cast: Cast, database: Database) -> None:
    case = cast.open_case("Tôi tố cáo việc nhận tiền bôi trơn.", kind="to_cao")
    with database.write() as session:
        key = make_file(session, session.get_one(Case, case.id), PNG, name="a.png", content_type="image/png").key
    assert "bôi trơn" in (await cast.reader.get(f"/console/cases/{case.id}")).text
    assert (await cast.reader.get(f"/console/files/{key}")).status_code == 200
    assert (await cast.reader.answer(case, "")).status_code == 422
    assert count(database, RestrictedLook) == 3
    assert "Ai đã xem" in (await cast.reader.get(f"/console/cases/{case.id}")).text


async def test_looking_at_an_ordinary_case_is_not_written_down(cast: Cast, database: Database) -> None:
    await cast.reader.get(f"/console/cases/{cast.open_case().id}")
    assert count(database, RestrictedLook) == 0


async def test_the_page_learns_of_new_cases(cast: Cast) -> None:
    cast.open_case()
    page = (await cast.an.get("/console")).text
    found = re.search(r'data-after="(\d+)"', page)
    assert found
    mark = found.group(1)
    assert (await cast.an.get(f"/console/news?after={mark}")).json() == {"new": 0}
    cast.open_case()
    cast.open_case(now=MONDAY + timedelta(minutes=1))
    cast.open_case(unit=HAM_RONG)
    assert (await cast.an.get(f"/console/news?after={mark}")).json() == {"new": 2}
    assert (await cast.chi.get(f"/console/news?after={mark}")).json() == {"new": 1}
    assert (await cast.boss.get(f"/console/news?after={mark}")).json() == {"new": 3}


@pytest.mark.parametrize("after", ["", "x", "-1", "99999999999999"])
async def test_a_strange_mark_is_refused(cast: Cast, after: str) -> None:
    assert (await cast.an.get(f"/console/news?after={after}")).status_code == 422


async def test_no_page_of_the_staff_may_be_kept_or_framed(cast: Cast) -> None:
    case = cast.open_case()
    for path in ("/console", f"/console/cases/{case.id}", "/console/login", "/console/news?after=0"):
        answer = await cast.an.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "style=" not in answer.text and "onclick" not in answer.text
