"""Finding cases by words, with and without marks, and by codes; who finds what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import cases, repository, repository_search
from feedback.codes import check_character
from feedback.database import Database
from feedback.models import Case, Staff
from feedback.repository_search import search
from feedback.search_words import LONGEST_WORD, wanted_words, words_of_case
from tests.factories import HAM_RONG, MONDAY, make_case, make_staff

CODE = f"LN-40K7-2M1{check_character('40K72M1')}"


def found(session: Session, staff: Staff, query: str) -> list[int]:
    return [case.id for case in search(session, staff, query).cases]


@pytest.mark.parametrize(
    "query",
    [
        "đèn đường",
        "den duong",
        "ĐÈN  tắt",
        "tat den",
        "đèn duong",
        "hoà bình",
        "hoa binh",
        CODE,
        CODE.lower().replace("-", " "),
        "40K7",
        "H56.01-260105-0007",
        "h56.01-2601",
        "100%",
        "đèn, (đường)!",
    ],
)
def test_a_case_is_found_with_and_without_marks_by_code_and_by_dossier(
    database: Database, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        make_case(session, "Nước máy vàng đục.", dossier="H56.01-250105-0008")
        monkeypatch.setattr(cases.codes, "new_code", lambda _rng: CODE)
        wanted = make_case(session, "Đèn đường ngõ 12 Hòa Bình tắt 100% cả tháng.", dossier="H56.01-260105-0007")
        assert found(session, an, query) == [wanted.id]


@pytest.mark.parametrize("query", ["_", "%", "đèn rác", CODE, "\\", "", "đè", "ườn", "' or 1=1"])
def test_signs_find_nothing_and_every_whole_word_is_needed(database: Database, query: str) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        make_case(session, "Đèn đường tắt.")
        assert found(session, an, query) == []


def test_the_words_as_typed_come_first_then_the_newest(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        texts = ["Bán đất.", "Bạn tôi.", "ban dem", "Cái bàn.", "Nước."]
        made = [make_case(session, text, now=MONDAY + timedelta(hours=hour)).id for hour, text in enumerate(texts)]
        sold, friend, bare, table, _ = made
        assert found(session, an, "ban") == [table, bare, friend, sold]
        assert found(session, an, "BÁN") == [sold, table, bare, friend]
        assert found(session, an, "ban đem") == [bare]


@pytest.mark.parametrize("walk", [1, 2, 5_000])
def test_old_cases_are_found_beyond_those_walked_through(
    database: Database, walk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_search, "WALK", walk)
    monkeypatch.setattr(repository_search, "PAGE", 2)
    with database.write() as session:
        an = make_staff(session, "an")
        made = [make_case(session, "Đèn tắt.", now=MONDAY - timedelta(days=day)).id for day in range(4)]
        result = search(session, an, "den tat")
        assert [case.id for case in result.cases] == made[:2] and result.more
        old = make_case(session, "Chuột ở chợ.", now=MONDAY - timedelta(days=9))
        result = search(session, an, "chuột chợ")
        assert [case.id for case in result.cases] == [old.id] and not result.more


def test_everybody_finds_in_the_own_queue_only_and_nobody_a_restricted_case(database: Database) -> None:
    with database.write() as session:
        here = make_case(session, "Đèn tắt.")
        secret = make_case(session, "Tôi tố cáo việc đèn tắt nhận tiền.", kind="to_cao")
        an, chi = make_staff(session, "an", sees_restricted=True), make_staff(session, "chi", unit=HAM_RONG)
        boss = make_staff(session, "boss", role="manager", sees_restricted=True)
        assert found(session, an, "den tat") == found(session, boss, "den tat") == [here.id]
        assert found(session, chi, "den tat") == found(session, chi, here.code) == []
        for person in (an, chi, boss):
            assert found(session, person, "nhan tien") == found(session, person, secret.code) == []
        assert session.scalar(select(Case.words).where(Case.id == secret.id)) == []


def test_a_case_is_found_by_what_it_says_now(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session, "Đèn tắt.")
        case.text, case.dossier = "Nước đục.", "H56.01-260105-0007"
        session.flush()
        assert found(session, an, "den") == [] and found(session, an, "nuoc 0007") == [case.id]
        case.restricted = True
        session.flush()
        assert session.scalar(select(Case.words).where(Case.id == case.id)) == []


def test_words_are_distinct_whole_and_of_bounded_length() -> None:
    words = words_of_case("Đèn, đèn ĐÈN\u200b den! " + "x" * 5000, code="LN-40K7-2M19", dossier=None)
    assert words == sorted({"đèn", "den", "x" * LONGEST_WORD, "ln", "40k7", "2m19"})


@pytest.mark.parametrize(
    ("query", "readings"),
    [("Đèn tắt", [("đèn", "tắt"), ("den", "tat")]), ("den tat", [("den", "tat")]), (" % ", [])],
)
def test_a_query_is_read_as_typed_and_then_without_marks(query: str, readings: list[tuple[str, ...]]) -> None:
    assert list(wanted_words(query)) == readings


def test_a_very_long_text_is_kept_and_found(database: Database) -> None:
    text = " ".join(f"từ{number}" for number in range(1_500))
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session, text[: cases.MAX_TEXT])
        assert found(session, an, "tu7 từ1200") == [case.id]
        assert repository.case_for_staff(session, case.id, an) is case
