"""Which procedure a matter is about, and that the case carries it and goes where its level says."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.parsing import complete
from bot.procedures import Bounds, load_clearness
from bot.understanding import Linked
from feedback import taxonomy
from feedback.database import Database
from feedback.models import Case
from nlu import places
from nlu.procedures import Catalogue
from tests.bot.talk import Talk
from tests.conftest import FakeClock

SPLIT_A_PLOT = "1.012784"  # of the province, whose branch handles it on the spot
CITIZENSHIP = "2.002039"  # of the province alone
CIVIL: dict[str, Any] = {"field": "ho_tich", "topic": "ho_tich", "problem": "cham_tre"}
LATE: dict[str, Any] = {"field": "dat_dai", "topic": "dat_dai", "problem": "cham_tre"}
YES: dict[str, Any] = {"kind": "giao_tiep", "act": "dong_y"}


@pytest.mark.parametrize(
    ("scores", "clear"),
    [((), False), ((9.9,), False), ((10.0,), True), ((20.0, 10.0), True), ((20.0, 10.1), False)],
)
def test_the_first_is_clear_by_its_score_and_its_lead(scores: tuple[float, ...], clear: bool) -> None:
    found = [Linked(str(number), score) for number, score in enumerate(scores)]
    assert Bounds(score=10.0, lead=2.0).clear(found) is clear


@pytest.mark.parametrize(
    ("code", "topic", "problem", "taken"),
    [
        (SPLIT_A_PLOT, "dat_dai", "cham_tre", SPLIT_A_PLOT),
        (SPLIT_A_PLOT, "ho_tich", "cham_tre", None),
        (SPLIT_A_PLOT, None, "cham_tre", None),
        (SPLIT_A_PLOT, "dat_dai", "ha_tang", None),
        (SPLIT_A_PLOT, "dat_dai", None, None),
        ("0.000000", "dat_dai", "cham_tre", None),
    ],
)
def test_a_matter_has_a_procedure_of_its_own_topic_when_a_paper_went_wrong(
    code: str, topic: str | None, problem: str | None, taken: str | None
) -> None:
    assert load_clearness().of_matter([Linked(code, 99.0)], topic=topic, problem=problem) == taken


async def test_the_case_carries_the_clear_procedure_and_goes_to_the_level_that_decides_on_it(talk: Talk) -> None:
    linked = [{"code": CITIZENSHIP, "name": "Nhập quốc tịch", "score": 80.0}, {"code": "1.013831", "score": 20.0}]
    await talk.say("hồ sơ nhập quốc tịch nộp ở phường Hạc Thành, Thanh Hóa trễ hẹn", procedures=linked, **CIVIL)
    await talk.say("Nguyễn Văn Mẫu 0950000123", kind="giao_tiep")
    await talk.say("đúng rồi", **YES)
    case = opened(talk)
    assert case.procedure_code == CITIZENSHIP
    assert case.office.name == "Sở Tư pháp tỉnh Thanh Hóa"


async def test_a_procedure_that_is_not_clear_stays_out_of_the_case(talk: Talk) -> None:
    linked = [{"code": SPLIT_A_PLOT, "score": 40.0}, {"code": "1.013831", "score": 39.0}]
    await talk.say("hồ sơ đất ở phường Hạc Thành, Thanh Hóa nộp 3 tháng chưa xong", procedures=linked, **LATE)
    await talk.say("Nguyễn Văn Mẫu 0950000123", kind="giao_tiep")
    await talk.say("đúng rồi", **YES)
    case = opened(talk)
    assert case.procedure_code is None and case.office.name == "UBND phường Hạc Thành"


async def test_a_detail_that_names_the_procedure_is_taken_in(talk: Talk) -> None:
    await talk.say("hồ sơ đất ở phường Hạc Thành, Thanh Hóa nộp 3 tháng chưa xong", **LATE)
    await talk.say("Nguyễn Văn Mẫu 0950000123", kind="giao_tiep")
    linked = [{"code": SPLIT_A_PLOT, "score": 80.0}]
    await talk.say("hồ sơ đó là hồ sơ tách thửa đất cho con trai tôi", procedures=linked, **LATE)
    await talk.say("đúng rồi", **YES)
    assert opened(talk).procedure_code == SPLIT_A_PLOT


async def test_the_procedure_that_the_citizen_chose_goes_with_the_question(talk: Talk) -> None:
    asked = await talk.say("làm thẻ căn cước cho bé 6 tuổi", kind="hoi_dap")
    chosen = asked.buttons[1].removeprefix("proc:")
    await talk.press(asked.buttons[1])
    await talk.press("act:gap_can_bo")
    for _ in range(3):
        await talk.press("act:bo_qua")
    assert opened(talk).procedure_code == chosen


def test_the_problems_of_paper_are_problems_of_the_taxonomy() -> None:
    assert load_clearness().paper_problems <= set(taxonomy.problems())
    assert Catalogue.load().get(SPLIT_A_PLOT).level == "Cấp tỉnh"


def opened(talk: Talk) -> Case:
    with talk.database.read() as session:
        case = session.scalars(select(Case)).one()
        assert case.office.name
        return case


@pytest.fixture
def talk(database: Database, clock: FakeClock) -> Talk:
    return Talk(database, clock)


@pytest.mark.parametrize(
    ("scores", "agency"),
    [((80.0, 20.0), "so_tu_phap"), ((40.0, 39.0), "ubnd_xa")],
)
def test_parse_routes_by_a_procedure_only_where_it_is_clear(scores: tuple[float, ...], agency: str) -> None:
    text = "hồ sơ nhập quốc tịch nộp ở phường Hạc Thành, Thanh Hóa trễ hẹn"
    place = places.resolve(text)
    assert place is not None
    parsed = {
        "kind": "phan_anh",
        **CIVIL,
        "place": place.as_dict(),
        "procedures": [{"code": code, "score": s} for code, s in zip((CITIZENSHIP, "1.013831"), scores, strict=True)],
    }
    answer = complete(text, parsed, home_province="38")
    assert answer["route"]["agency"] == agency and answer["procedure"]["code"] == CITIZENSHIP
