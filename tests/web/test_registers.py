"""The registers' page: for leaders and managers, within their office, for a sensible period."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from langnghe.web.heavy import heavy_work
from tests.factories import HAM_RONG
from tests.web.staff_cast import Cast

FILE = "/console/registers/file?what=hien_truong&first=2026-11-01&last=2026-11-30"


async def test_a_leader_gets_the_own_offices_register_and_a_manager_all(cast: Cast) -> None:
    mine, other = cast.open_case("Rác."), cast.open_case("Nước.", unit=HAM_RONG)
    found = {}
    for name in ("leader", "boss"):
        assert "Sổ theo dõi" in (await getattr(cast, name).get("/console/registers")).text
        book = load_workbook(BytesIO((await getattr(cast, name).get(FILE)).content))
        found[name] = {row[1] for row in book.active.iter_rows(min_row=4, values_only=True)}
    assert found == {"leader": {mine.code}, "boss": {mine.code, other.code}}


async def test_officers_and_strangers_get_no_register(cast: Cast) -> None:
    for person in (cast.an, cast.chi):
        assert (await person.get("/console/registers")).status_code == 403
        assert (await person.get(FILE)).status_code == 403
    assert (await cast.nobody.get(FILE)).status_code in (303, 401)


WRONG = [
    (("2026-11-30", "2026-10-01"), 422),
    (("2026-11-01", "2020-11-01"), 422),
    (("hien_truong", "to_cao"), 404),
    (("2026-11-01", "hôm qua"), 422),
]


@pytest.mark.parametrize(("change", "status"), WRONG)
async def test_a_wrong_period_or_register_is_refused_in_words(cast: Cast, change: tuple[str, str], status: int) -> None:
    answer = await cast.leader.get(FILE.replace(*change))
    assert answer.status_code == status and "Traceback" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/console/registers/file?what=report&first=2026-10-01&last=2026-12-31",
        "/dashboard/indices?index=qd766",
    ],
)
async def test_a_page_of_heavy_work_asks_to_come_back_when_two_others_are_at_it(cast: Cast, path: str) -> None:
    with heavy_work(), heavy_work():
        refused = await cast.boss.get(path)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert "<h1" in refused.text and "Mời thử lại sau 15 giây" in refused.text
    assert (await cast.boss.get(path)).status_code == 200
