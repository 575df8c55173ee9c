"""Who holds what, since when: the own office for its staff, every office for who oversees."""

from __future__ import annotations

from sqlalchemy import select

from feedback import anchors
from feedback.database import Database
from feedback.models import Office
from tests.factories import HAM_RONG, MONDAY
from tests.web.staff_cast import Cast
from tests.web.test_moves_page import move


async def test_an_office_sees_where_its_cases_lie_and_no_other_offices(cast: Cast, database: Database) -> None:
    case, other = cast.open_case("Đèn tắt."), cast.open_case("Nước đục.", unit=HAM_RONG)
    secret = cast.open_case("Cán bộ nhận tiền.", kind="to_cao")
    await move(cast.an, case, "claim")
    for person in (cast.an, cast.binh, cast.leader):
        page = (await person.get("/console/waiting")).text
        assert "UBND phường Hạc Thành" in page and cast.an.name in page and case.code in page
        assert other.code not in page and secret.code not in page
    with database.read() as session:
        elsewhere = session.scalars(select(Office.id).where(Office.unit == HAM_RONG)).one()
    assert (await cast.an.get(f"/console/waiting?office={elsewhere}")).status_code == 403
    assert (await cast.chi.get("/console/waiting")).text.count(other.code) == 1
    assert (await cast.nobody.get("/console/waiting")).status_code == 303


async def test_who_oversees_sees_each_office_and_may_look_closer(cast: Cast, database: Database) -> None:
    case = cast.open_case("Nước đục.", unit=HAM_RONG)
    secret = cast.open_case("Cán bộ nhận tiền.", kind="to_cao", unit=HAM_RONG)
    with database.read() as session:
        office = session.scalars(select(Office.id).where(Office.unit == HAM_RONG)).one()
    for person in (cast.boss, cast.admin):
        assert f"office={office}" in (await person.get("/console/waiting")).text
        page = (await person.get(f"/console/waiting?office={office}")).text
        assert case.code in page and secret.code not in page
    assert (await cast.boss.get("/console/waiting?office=99999")).status_code == 404


async def test_the_case_page_tells_where_it_lay(cast: Cast) -> None:
    case = cast.open_case()
    await move(cast.an, case, "claim")
    page = (await cast.binh.get(f"/console/cases/{case.id}")).text
    assert "Ở đâu, bao lâu" in page and "Cán bộ xử lý" in page and cast.an.name in page


async def test_the_newest_anchors_are_public(cast: Cast, database: Database) -> None:
    case = cast.open_case("Cán bộ nhận tiền.", kind="to_cao")
    with database.write() as session:
        link = anchors.anchor(session, secret="x", now=MONDAY)
        assert link is not None
        expected = {"number": 1, "at": MONDAY.isoformat(), "hash": link.hash}
    listed = await cast.nobody.http.get("/ledger/anchors", headers={"Accept": "application/json"})
    assert listed.json() == {"anchors": [expected]} and case.code not in listed.text
