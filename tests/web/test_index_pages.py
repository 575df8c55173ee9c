"""The page of indices: who may read it, and that its figures are those of the cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedback import cases, handling
from feedback.database import Database
from tests.factories import MONDAY, a_draft, make_citizen, make_staff
from tests.web.staff_cast import Cast


@pytest.fixture
def answered_late(cast: Cast, database: Database) -> str:
    """Two pieces of feedback of the quarter, one answered late; its code."""
    with database.write() as session:
        officer = make_staff(session, "officer")
        codes = []
        for days in (10, 45):
            received = MONDAY - timedelta(days=days)
            draft = replace(a_draft("Hồ sơ nộp đã lâu chưa có kết quả."), regime="pakn_hanh_vi")
            owner = make_citizen(session)
            case = cases.open_case(
                session, draft, citizen_id=owner, effect_key=f"k{days}", received_at=received, now=received
            )
            handling.accept(session, case.id, staff=officer, version=case.version, now=received)
            cases.answer(
                session,
                case.id,
                staff=officer,
                text="Xong.",
                version=case.version,
                effect_key=f"a{days}",
                now=MONDAY - timedelta(days=3),
            )
            codes.append(case.code)
    return codes[1]


async def test_managers_see_the_sheet_with_its_source_and_its_gaps(cast: Cast, answered_late: str) -> None:
    page = (await cast.boss.get("/dashboard/indices")).text
    assert "QĐ 766/QĐ-TTg" in page and "Ước tính nội bộ" in page
    assert "3,00" in page and "50,00 %" in page  # one of two in time: 6 · 1/2
    assert "chưa có số liệu" in page and answered_late not in page


async def test_details_name_the_late_ones(cast: Cast, answered_late: str) -> None:
    page = (await cast.admin.get("/dashboard/indices?details=true")).text
    assert answered_late in page and "ngày làm việc" in page


async def test_par_index_is_marked_as_out_of_force(cast: Cast, answered_late: str) -> None:
    page = (await cast.boss.get("/dashboard/indices?index=par")).text
    assert "PAKN_HANDLED" in page and "hết hiệu lực" in page


@pytest.mark.parametrize("who", ["an", "leader", "reader"])
async def test_others_are_refused(cast: Cast, who: str) -> None:
    assert (await getattr(cast, who).get("/dashboard/indices")).status_code == 403


@pytest.mark.parametrize(
    "query", ["since=2026-13-01", "since=2026-11-01&until=2026-10-01", "since=2000-01-01", "until=hôm nay"]
)
async def test_a_wrong_period_is_refused_with_a_reason(cast: Cast, query: str) -> None:
    assert (await cast.boss.get(f"/dashboard/indices?{query}")).status_code == 422


async def test_an_unknown_index_shows_the_first(cast: Cast) -> None:
    assert "QĐ 766" in (await cast.boss.get("/dashboard/indices?index=khac")).text
