"""The dashboard: who may read it, and that its figures are right, hidden where they must be, and never blended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from feedback import cases, people
from feedback.database import Database
from feedback.importing.rows import Row
from feedback.models import Staff
from langnghe.web.staff_access import COOKIE
from surveys.chat import AFTER_CASE
from surveys.keeping import About, keep
from surveys.official import import_official
from tests.conftest import FakeClock
from tests.factories import HAC_THANH, HAM_RONG, MONDAY, make_case, make_citizen, make_office, make_staff
from tests.surveys.rounds_stage import release_by_day
from tests.web.staff_cast import Cast

CRITERIA = ("c1_1", "c2_1", "c3_1", "c4_1", "c5_1")


def rated(session: Session, staff: Staff, score: int, *, unit: str = HAC_THANH, days_ago: float = 3) -> None:
    now = MONDAY - timedelta(days=days_ago)
    owner = make_citizen(session)
    case = make_case(session, citizen_id=owner, unit=unit, now=now)
    cases.answer(session, case.id, staff=staff, text="Xong.", version=1, effect_key=f"a{case.id}", now=now)
    cases.rate(session, case.id, citizen_id=owner, score=score, effect_key=f"r{case.id}", now=now)


def surveyed(session: Session, unit: str, *levels: int, days_ago: float = 0, now: datetime = MONDAY) -> None:
    office = make_office(session, unit).id
    at = now - timedelta(days=days_ago)
    for level in levels:
        answers = dict.fromkeys(CRITERIA, level)
        keep(session, answers, questionnaire=AFTER_CASE, about=About(office_id=office), now=at, mode="chat")
    release_by_day(session)


def row_of(page: str, office: str) -> list[str]:
    """The cells of an office's row as a reader sees them."""
    found = re.search(rf'<th scope="row">{office}.*?</tr>', page, re.S)
    assert found, f"no row of {office}"
    cells = re.findall(r"<td.*?</td>", found.group(0), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


@pytest.fixture
def two_offices(cast: Cast, database: Database) -> None:
    """Two ratings, six survey answers and a late case here; one rating and two survey answers elsewhere."""
    with database.write() as session:
        officer, other = make_staff(session, "officer"), make_staff(session, "other", unit=HAM_RONG)
        rated(session, officer, 4)
        rated(session, officer, 1)
        make_case(session, now=MONDAY - timedelta(days=200))
        surveyed(session, HAC_THANH, 5, 5, 5, 5, 5, 1)
        rated(session, other, 5, unit=HAM_RONG)
        surveyed(session, HAM_RONG, 1, 1)


@pytest.mark.parametrize("who", ["an", "binh", "chi", "reader"])
async def test_officers_are_told_politely_that_it_is_not_for_them(cast: Cast, who: str) -> None:
    answer = await getattr(cast, who).get("/dashboard")
    assert answer.status_code == 403
    assert "dành cho lãnh đạo và người quản lý" in answer.text and 'href="/console"' in answer.text


async def test_ratings_and_survey_stand_side_by_side_each_with_its_n(cast: Cast, database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "officer")
        rated(session, officer, 4)
        rated(session, officer, 1)
        surveyed(session, HAC_THANH, 5, 5, 5, 5, 5, 1)
        make_case(session, now=MONDAY - timedelta(days=200))
    page = (await cast.boss.get("/dashboard")).text
    row = row_of(page, "UBND phường Hạc Thành")
    assert row[:6] == ["2", "1", "1", "100,0 % n = 2", "50,0 %", "2"]
    assert row[6].startswith("83,3 %") and "khoảng tin cậy 95 %" in row[6]
    assert row[7] == "6 phiếu 30 câu trả lời"
    assert "ước tính nội bộ" in page and "Không cộng, không lấy trung bình" in page
    assert "66,7" not in page and "75,0" not in page  # no mean of 50 and 83.3, weighted or not


@pytest.mark.usefixtures("two_offices")
async def test_an_office_with_few_survey_answers_shows_none_of_them(cast: Cast) -> None:
    page = (await cast.boss.get("/dashboard")).text
    row = row_of(page, "UBND phường Hàm Rồng")
    assert row[4:6] == ["100,0 %", "1"]
    assert row[6:] == ["ẩn để bảo vệ người trả lời", "ẩn"]
    # Two people are hidden: neither the whole nor the other office may stand beside them and give them away.
    assert "83,3" not in page or "62,5" not in page


@pytest.mark.usefixtures("two_offices")
async def test_a_leader_sees_the_own_office_only(cast: Cast) -> None:
    page = (await cast.leader.get("/dashboard")).text
    assert "UBND phường Hạc Thành" in page and "Hàm Rồng" not in page
    assert row_of(page, "UBND phường Hạc Thành")[:3] == ["2", "1", "1"]


async def test_a_leader_of_an_office_where_nothing_happened_sees_zeros(cast: Cast) -> None:
    page = (await cast.leader.get("/dashboard")).text
    assert row_of(page, "UBND phường Hạc Thành") == ["0", "0", "0", "– n = 0", "–", "0", "–", "0 phiếu"]


async def test_without_any_case_the_dashboard_says_so(cast: Cast) -> None:
    assert "Chưa có vụ việc nào" in (await cast.boss.get("/dashboard")).text


async def test_the_period_chooses_what_is_counted(cast: Cast, database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "officer")
        for days_ago in (3, 60, 300, 400):
            rated(session, officer, 5, days_ago=days_ago)
            surveyed(session, HAC_THANH, 5, 5, 5, 5, 5, days_ago=days_ago)
    seen = {}
    for period in ("month", "quarter", "year", "nonsense"):
        row = row_of((await cast.boss.get(f"/dashboard?period={period}")).text, "UBND phường Hạc Thành")
        seen[period] = (row[0], row[5], row[7].split()[0])
    assert seen == {
        "month": ("1", "1", "5"),
        "quarter": ("2", "2", "10"),
        "year": ("3", "3", "15"),
        "nonsense": ("2", "2", "10"),
    }


async def test_an_office_with_survey_answers_alone_is_listed(cast: Cast, database: Database) -> None:
    with database.write() as session:
        surveyed(session, HAM_RONG, 5, 5, 5, 5, 5)
    assert row_of((await cast.boss.get("/dashboard")).text, "UBND phường Hàm Rồng")[7] == "5 phiếu 25 câu trả lời"


async def test_an_answer_of_this_morning_in_vietnam_counts_today(
    cast: Cast, database: Database, clock: FakeClock
) -> None:
    """At 1:00 on the 24th in Vietnam it is still the 23rd in UTC."""
    clock.now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    with database.write() as session:
        surveyed(session, HAM_RONG, 5, 5, 5, 5, 5, now=clock.now)
        _, token = people.log_in(session, "boss", fits=True, now=clock.now)
    cast.boss.http.cookies.set(COOKIE, token)
    assert row_of((await cast.boss.get("/dashboard")).text, "UBND phường Hàm Rồng")[7] == "5 phiếu 25 câu trả lời"


async def test_an_office_without_staff_is_marked(cast: Cast, database: Database) -> None:
    with database.write() as session:
        make_case(session, unit="14812")
    page = (await cast.boss.get("/dashboard")).text
    assert re.search(r"UBND phường Bỉm Sơn\s*<span[^>]*>Chưa có cán bộ nhận việc", page)


async def test_the_figures_of_the_ministry_are_not_made_up(cast: Cast) -> None:
    page = (await cast.boss.get("/dashboard")).text
    assert "SIPAS do Bộ Nội vụ công bố" in page and "chưa nạp số liệu chính thức" in page


async def test_the_published_sipas_stands_beside_the_others_with_its_source(cast: Cast, database: Database) -> None:
    assert "chưa nạp số liệu chính thức" in (await cast.boss.get("/dashboard")).text
    row = Row(2, {"year": "2024", "unit": "00", "sipas": "83.94", "source": "Báo cáo của Bộ Nội vụ"})
    with database.write() as session:
        import_official(session, [row], now=MONDAY)
    page = (await cast.boss.get("/dashboard")).text
    assert "83,94 %" in page and "cả nước, năm 2024 · Báo cáo của Bộ Nội vụ" in page
