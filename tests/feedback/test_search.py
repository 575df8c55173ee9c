"""Finding cases by words, with and without marks, and by codes; who finds what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from feedback import cases, handling, repository, repository_search
from feedback.codes import check_character
from feedback.database import Database
from feedback.models import Staff
from feedback.repository_search import search
from feedback.search_models import CaseWords, has_any_number
from feedback.search_words import month_word, numbers, office_word, wanted_words, words_of_case
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


@pytest.mark.parametrize("months", [0, 1, 2])
def test_old_cases_are_found_beyond_the_recent_months(
    database: Database, months: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_search, "RECENT_MONTHS", months)
    monkeypatch.setattr(repository_search, "PAGE", 2)
    with database.write() as session:
        an = make_staff(session, "an")
        made = [make_case(session, "Đèn tắt.", now=MONDAY - timedelta(days=30 * ago)).id for ago in range(4)]
        result = search(session, an, "den tat")
        assert [case.id for case in result.cases] == made[:2] and result.more
        old = make_case(session, "Chuột ở chợ.", now=MONDAY - timedelta(days=400))
        result = search(session, an, "chuột chợ")
        assert [case.id for case in result.cases] == [old.id] and not result.more


def test_the_recent_months_are_asked_together(database: Database) -> None:
    with database.write() as session:
        made = [make_case(session, "Đèn tắt.", now=MONDAY - timedelta(days=30 * ago)) for ago in range(4)]
        months = numbers([month_word(case.received_at) for case in made[1:3]])
        inside = select(CaseWords.case_id).where(has_any_number(CaseWords.words, *months))
        assert set(session.scalars(inside)) == {case.id for case in made[1:3]}


LONG = "đèn đường tắt ngõ tổ dân phố"


@pytest.mark.parametrize("role", ["officer", "manager"])
def test_many_words_find_the_same_before_and_after_the_database_knows_how_common_they_are(
    database: Database, role: str
) -> None:
    with database.write() as session:
        an = make_staff(session, "an", role=role)
        for number in range(30):
            make_case(session, f"Đường tối, tổ {number} nhờ xem đèn." if number % 3 else "Dân phố báo đường hỏng.")
        typed = make_case(session, "Tổ dân phố: ngõ này đèn đường tắt.", now=MONDAY - timedelta(days=200))
        bare = make_case(session, "to dan pho, ngo nay den duong tat")
        make_case(session, "Đèn đường tắt ngõ tổ dân", now=MONDAY - timedelta(days=1))
        make_case(session, "Tổ dân phố: ngõ này đèn đường tắt.", unit=HAM_RONG, now=MONDAY - timedelta(days=300))
        before = found(session, an, LONG)
        assert before[:1] == [typed.id] and bare.id in before and len(before) == (3 if role == "manager" else 2)
        session.execute(text("ANALYZE"))
        assert found(session, an, LONG) == before


def test_many_words_are_looked_up_the_rarest_first(database: Database) -> None:
    words = ["den", "duong", "tat", "ngo", "sau"]
    with database.write() as session:
        boss = make_staff(session, "boss", role="manager")
        for number in range(60):
            make_case(session, " ".join(words[: 1 + number % 4]))
        case = make_case(session, " ".join(words))
        session.execute(text("ANALYZE"))
        asked: list[tuple[str, dict[str, int]]] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *call: asked.append(call[2:4]))
        assert found(session, boss, " ".join(words)) == [case.id]
        last = [given for statement, given in asked if "FROM case_words" in statement][-1]
    if not database.is_sqlite:
        assert list(last.values())[:-1] == [number for word in reversed(words) for number in numbers([word])]


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
        assert session.get(CaseWords, secret.id) is None


def test_a_case_is_found_by_what_it_says_and_where_it_is_now(database: Database) -> None:
    with database.write() as session:
        an, chi = make_staff(session, "an"), make_staff(session, "chi", unit=HAM_RONG)
        case = make_case(session, "Đèn tắt.")
        case.text, case.dossier = "Nước đục.", "H56.01-260105-0007"
        session.flush()
        assert found(session, an, "den") == [] and found(session, an, "nuoc 0007") == [case.id]
        case.office = chi.office
        session.flush()
        assert found(session, an, "nuoc") == [] and found(session, chi, "nuoc") == [case.id]
        case.restricted = True
        session.flush()
        assert found(session, chi, "nuoc") == [] and session.get(CaseWords, case.id) is None


def test_nobody_without_an_office_finds_anything(database: Database) -> None:
    with database.write() as session:
        make_case(session, "Đèn tắt.")
        lost = make_staff(session, "lost")
        lost.office = None
        session.flush()
        assert found(session, lost, "den") == []


def test_a_step_of_a_case_writes_no_words(database: Database) -> None:
    written: list[str] = []
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session, "Đèn tắt.")
        event.listen(session.connection(), "before_cursor_execute", lambda *call: written.append(call[2]))
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        assert any('UPDATE "case"' in one for one in written) and not any("case_words" in one for one in written)


def test_words_are_distinct_whole_and_become_numbers() -> None:
    words = words_of_case("Đèn, đèn ĐÈN\u200b den!", code="LN-40K7-2M19", dossier="H56.01-260105")
    assert words == {"đèn", "den", "ln", "40k7", "2m19", "h56", "01", "2601", "26010", "260105"}
    assert numbers(["den", "den"]) == [-2111870637] and all(-(2**31) <= one < 2**31 for one in numbers(words))


def test_offices_and_months_are_filed_under_words_that_nobody_can_write() -> None:
    marks = [office_word(12), month_word(MONDAY)]
    assert marks == ["@12", "#202611"]
    assert [list(wanted_words(mark)) for mark in marks] == [[("12",)], [("202611",)]]


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
