"""Likely duplicates by words alone: found among paraphrases, not among neighbours of the same topic."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from feedback import clusters
from feedback.database import Database
from feedback.models import Case
from nlu.text import fold
from tests.factories import HAM_RONG, MONDAY, make_case

CAUSES: dict[str, list[str]] = {
    "water": [
        "Nước máy ở tổ 5 mấy hôm nay vàng đục, có mùi tanh không dùng được.",
        "Nước máy tổ 5 vàng đục và có mùi tanh, cả xóm không dám nấu ăn.",
        "Mấy hôm nay nước máy vàng đục có mùi tanh ở tổ 5, đề nghị kiểm tra.",
    ],
    "lamp": [
        "Đèn đường ngõ 12 phố Mẫu tắt cả tuần, tối om.",
        "Ngõ 12 phố Mẫu đèn đường tắt cả tuần nay, đi lại rất nguy hiểm.",
        "Cả tuần nay đèn đường ở ngõ 12 phố Mẫu không sáng, đèn tắt tối om.",
    ],
    "rubbish": [
        "Rác ở đầu chợ Mẫu bốn ngày không ai gom, bốc mùi.",
        "Đầu chợ Mẫu rác bốn ngày nay chưa gom, bốc mùi hôi thối.",
        "Rác chất đống đầu chợ Mẫu, bốn ngày không gom.",
    ],
    "pothole": [
        "Ổ gà sâu trước cổng trường tiểu học Mẫu, hai cháu ngã xe.",
        "Trước cổng trường tiểu học Mẫu có ổ gà sâu, sáng nay hai cháu bị ngã.",
        "Cổng trường tiểu học Mẫu ổ gà sâu lắm, trẻ con ngã xe.",
    ],
}
ALONE = [
    "Nước máy ở phố Lê yếu vào buổi tối, không lên được tầng hai.",
    "Đèn tín hiệu ngã tư Mẫu hỏng, xe cộ lộn xộn.",
    "Rác xây dựng đổ trộm ven sông sau nhà văn hóa.",
    "Mặt đường liên xã bong tróc, bụi mù trời.",
    "Quán nhậu mở loa kẹo kéo tới nửa đêm, cả phố mất ngủ.",
    "Xin giấy phép xây nhà nộp hơn một tháng chưa có kết quả.",
    "Chó thả rông ở khu dân cư, chạy theo cắn trẻ nhỏ.",
]


def test_paraphrases_of_one_cause_are_one_group_and_others_stay_alone() -> None:
    texts: dict[int, str] = {}
    cause_of: dict[int, str] = {}
    rows = [(cause, text) for cause, lines in CAUSES.items() for text in lines] + [("", text) for text in ALONE]
    random.Random(1).shuffle(rows)
    for number, (cause, text) in enumerate(rows):
        texts[number], cause_of[number] = fold(text), cause
    groups = clusters.grouped(texts)
    assert sorted(sorted({cause_of[one] for one in group}) for group in groups) == sorted([cause] for cause in CAUSES)
    assert all(len(group) == 3 for group in groups)


@pytest.mark.parametrize("cause", CAUSES)
def test_without_marks_it_is_still_the_same(cause: str) -> None:
    first, second, _ = CAUSES[cause]
    texts = {0: fold(first), 1: fold(second.lower()), **{n + 2: fold(text) for n, text in enumerate(ALONE)}}
    vectors = clusters.weighted(texts)
    assert clusters.cosine(vectors[0], vectors[1]) >= clusters.LIKELY
    assert max(clusters.cosine(vectors[0], vectors[n + 2]) for n in range(len(ALONE))) < clusters.LIKELY


def test_similarity_is_symmetric_one_with_itself_and_nothing_with_nothing() -> None:
    vectors = clusters.weighted({0: "nuoc vang duc mui tanh", 1: "nuoc vang duc to nam", 2: ""})
    assert clusters.cosine(vectors[0], vectors[0]) == pytest.approx(1)
    assert clusters.cosine(vectors[0], vectors[1]) == pytest.approx(clusters.cosine(vectors[1], vectors[0]))
    assert clusters.cosine(vectors[0], vectors[2]) == 0


SAID = st.lists(
    st.sampled_from(
        ["rac", "cho", "mau", "boc", "mui", "gom", "den", "duong", "tat", "toi", "om", "nuoc", "duc", "ngo", "ho"]
    ),
    max_size=12,
)


@given(said=st.lists(SAID.map(" ".join), min_size=1, max_size=12))
def test_what_resembles_one_text_is_what_comparing_all_weights_gives(said: list[str]) -> None:
    texts = dict(enumerate(said))
    vectors = clusters.weighted(texts)
    all_compared = {other: clusters.cosine(vectors[0], vectors[other]) for other in texts if other != 0}
    assert clusters.resembling(0, texts) == {
        other: score for other, score in all_compared.items() if score >= clusters.LIKELY
    }


def test_most_texts_are_never_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed, weigh = [], clusters._vector
    monkeypatch.setattr(clusters, "_vector", lambda features, *rest: weighed.append(1) or weigh(features, *rest))
    lines = [CAUSES["water"][0], CAUSES["water"][1], *ALONE]
    found = clusters.resembling(0, {one: fold(line) for one, line in enumerate(lines)})
    assert list(found) == [1]
    assert len(weighed) < len(lines) / 2


def test_only_those_that_come_out_are_read_whole(database: Database) -> None:
    first, second, _ = CAUSES["water"]
    with database.write() as session:
        case, same = make_case(session, first), make_case(session, second)
        for text in ALONE:
            make_case(session, text)
        case_id, same_id = case.id, same.id
    with database.read() as session:
        case, whole = session.get_one(Case, case_id), []
        event.listen(session, "loaded_as_persistent", lambda _, read: whole.append(read))
        found = clusters.likely_duplicates(session, case)
        assert [one.case.id for one in found] == [same_id]
        assert whole == [found[0].case]


def test_only_open_near_unrestricted_cases_of_the_same_office_are_offered(database: Database) -> None:
    first, second, third = CAUSES["water"]
    with database.write() as session:
        case, same = make_case(session, first), make_case(session, second)
        make_case(session, third, unit=HAM_RONG)
        make_case(session, third, now=MONDAY - timedelta(days=31))
        secret = make_case(session, third, kind="to_cao")
        closed = make_case(session, third)
        closed.state = "da_dong"
        session.flush()
        found = clusters.likely_duplicates(session, case)
        assert [one.case.id for one in found] == [same.id] and found[0].score >= clusters.LIKELY
        assert clusters.likely_duplicates(session, secret) == []
