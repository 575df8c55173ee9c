"""Who sees which cases: queues, counts, search, the restricted list, the figures of the offices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from feedback import cases, repository
from feedback.codes import check_character
from feedback.database import Database
from feedback.models import Case, Staff
from feedback.repository import OfficeFigures, QueueFilter
from tests.factories import HAM_RONG, MONDAY, make_case, make_citizen, make_office, make_staff

CODE = f"LN-40K7-2M1{check_character('40K72M1')}"
NOW, SOON = MONDAY, MONDAY + timedelta(days=2)


def found(session: Session, staff: Staff, **wanted: object) -> list[int]:
    filtered = QueueFilter(**wanted)  # type: ignore[arg-type]
    rows = [case.id for case in repository.queue(session, staff, filtered, now=NOW, soon=SOON)]
    assert len(rows) == min(repository.PAGE, repository.queue_size(session, staff, filtered, now=NOW, soon=SOON))
    return rows


def answered(session: Session, case: Case, staff: Staff, *, days: float) -> None:
    now = case.received_at + timedelta(days=days)
    key = f"a{case.id}"
    cases.answer(session, case.id, staff=staff, text="Xong.", version=case.version, effect_key=key, now=now)


def test_an_officer_sees_the_own_office_and_a_manager_all(database: Database) -> None:
    with database.write() as session:
        here, there = make_case(session), make_case(session, unit=HAM_RONG)
        make_case(session, kind="to_cao")
        assert found(session, make_staff(session, "an")) == [here.id]
        assert found(session, make_staff(session, "chi", unit=HAM_RONG)) == [there.id]
        assert sorted(found(session, make_staff(session, "boss", role="manager"))) == [here.id, there.id]


def test_counts_are_exact_for_each_view(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        make_case(session)  # due on 30/11
        make_case(session, now=NOW - timedelta(days=30))  # late
        make_case(session, now=NOW - timedelta(days=6))  # due on Tuesday or before
        answered(session, make_case(session), an, days=1)
        make_case(session, kind="khieu_nai")
        make_case(session, kind="to_cao")
        make_case(session, unit=HAM_RONG)
        counts = repository.queue_counts(session, an, now=NOW, soon=SOON)
        assert counts == {view: len(found(session, an, view=view)) for view in repository.VIEWS}
        assert (counts["open"], counts["late"], counts["answered"], counts["all"]) == (4, 1, 1, 5)


def test_an_empty_queue_counts_zero(database: Database) -> None:
    with database.write() as session:
        counts = repository.queue_counts(session, make_staff(session, "an"), now=NOW, soon=SOON)
        assert set(counts.values()) == {0}


def test_the_urgent_comes_first_then_the_earliest_deadline_then_those_without(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        without, young = make_case(session, kind="khieu_nai"), make_case(session)
        old, urgent = make_case(session, now=NOW - timedelta(days=9)), make_case(session, urgent=True)
        assert found(session, an) == [urgent.id, old.id, young.id, without.id]


def test_the_latest_answer_comes_first_among_the_answered(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        first, second = make_case(session, urgent=True), make_case(session)
        answered(session, first, an, days=1)
        answered(session, second, an, days=2)
        assert found(session, an, view="answered") == [second.id, first.id]


@pytest.mark.parametrize(
    "text",
    [
        "đèn đường",
        "den duong",
        "ĐÈN  tắt",
        "tat den",
        CODE,
        CODE.lower().replace("-", " "),
        "40K7",
        "h56.01-2601",
        "100%",
    ],
)
def test_search_finds_with_and_without_marks_by_code_and_by_dossier(
    database: Database, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        other = make_case(session, "Nước máy vàng đục.")
        monkeypatch.setattr(cases.codes, "new_code", lambda _rng: CODE)
        wanted = make_case(session, "Đèn đường ngõ 12 tắt 100% cả tháng.", dossier="H56.01-260105-0007")
        assert other.id not in found(session, an, view="all", text=text)
        assert found(session, an, view="all", text=text) == [wanted.id]


@pytest.mark.parametrize("text", ["_", "%", "đèn rác", CODE, "\\"])
def test_search_takes_signs_as_they_are_and_needs_every_word(database: Database, text: str) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        make_case(session, "Đèn đường tắt.")
        assert found(session, an, view="all", text=text) == []


def test_pages_follow_each_other_without_gap_or_double(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PAGE", 2)
    with database.write() as session:
        an = make_staff(session, "an")
        made = [make_case(session).id for _ in range(5)]
        pages = [
            [case.id for case in repository.queue(session, an, QueueFilter(page=page), now=NOW, soon=SOON)]
            for page in (1, 2, 3, 4)
        ]
        assert [len(page) for page in pages] == [2, 2, 1, 0]
        assert [one for page in pages for one in page] == made


def test_a_restricted_case_is_for_its_reader_in_its_office_only(database: Database) -> None:
    with database.write() as session:
        case = make_case(session, "Tôi tố cáo việc nhận tiền.", kind="to_cao")
        reader = make_staff(session, "reader", sees_restricted=True)
        others = [
            make_staff(session, "binh"),
            make_staff(session, "far", unit=HAM_RONG, sees_restricted=True),
            make_staff(session, "boss", unit=HAM_RONG, role="manager", sees_restricted=True),
            make_staff(session, "admin", role="admin"),
        ]
        assert repository.case_for_staff(session, case.id, reader) is case
        assert [one.id for one in repository.restricted_queue(session, reader)] == [case.id]
        assert repository.restricted_size(session, reader) == 1
        for other in others:
            assert repository.case_for_staff(session, case.id, other) is None
            assert repository.restricted_queue(session, other) == []
        for anyone in (reader, *others):
            assert found(session, anyone, view="all") == []
            assert found(session, anyone, view="all", text="nhan tien") == []
            assert found(session, anyone, view="all", text=case.code) == []
            assert repository.queue_counts(session, anyone, now=NOW, soon=SOON)["all"] == 0


def test_a_person_without_an_office_sees_nothing_by_accident(database: Database) -> None:
    with database.write() as session:
        make_case(session, kind="to_cao")
        make_case(session)
        lost = make_staff(session, "lost", sees_restricted=True)
        lost.office = None
        session.flush()
        assert found(session, lost, view="all") == [] and repository.restricted_queue(session, lost) == []


@pytest.mark.parametrize("case_id", [0, -1, 2**31, 10**30])
def test_an_impossible_number_is_no_case(database: Database, case_id: int) -> None:
    with database.write() as session:
        assert repository.case_for_staff(session, case_id, make_staff(session, "an")) is None


def test_news_are_open_cases_that_came_into_the_own_queue(database: Database) -> None:
    with database.write() as session:
        an, owner = make_staff(session, "an"), make_citizen(session)
        seen = make_case(session, citizen_id=owner)
        answered(session, seen, an, days=1)
        mark = repository.last_event_id(session)
        assert repository.arrived_since(session, an, mark) == 0
        make_case(session)
        make_case(session, unit=HAM_RONG)
        make_case(session, kind="to_cao")
        cases.reopen(session, seen.id, citizen_id=owner, now=NOW + timedelta(days=2))
        assert repository.arrived_since(session, an, mark) == 2
        assert repository.arrived_since(session, an, repository.last_event_id(session)) == 0


def test_looks_are_kept_with_name_and_time(database: Database) -> None:
    with database.write() as session:
        case, reader = make_case(session, kind="to_cao"), make_staff(session, "reader", sees_restricted=True)
        for minutes in (0, 5):
            at = NOW + timedelta(minutes=minutes)
            repository.record_look(session, reader, case_id=case.id, what="case", now=at)
        assert repository.looks(session, case.id) == [
            (reader.display_name, "case", NOW + timedelta(minutes=5)),
            (reader.display_name, "case", NOW),
        ]


def figures(session: Session, *, days: int = 90) -> dict[str, OfficeFigures]:
    lines = repository.office_figures(session, since=NOW - timedelta(days=days), until=NOW)
    return {line.name: line for line in lines}


def test_figures_count_each_thing_in_its_own_time(database: Database) -> None:
    with database.write() as session:
        an, owner = make_staff(session, "an"), make_citizen(session)
        office = make_office(session).name
        in_time = make_case(session, citizen_id=owner, now=NOW - timedelta(days=20))
        answered(session, in_time, an, days=1)
        late = make_case(session, now=NOW - timedelta(days=40))
        answered(session, late, an, days=30)
        praise = make_case(session, kind="khen_ngoi", now=NOW - timedelta(days=3))
        answered(session, praise, an, days=1)
        make_case(session, now=NOW - timedelta(days=100))  # still open, long late, received before the period
        make_case(session, now=NOW - timedelta(days=2), kind="to_cao")
        cases.rate(session, in_time.id, citizen_id=owner, score=4, effect_key="r", now=NOW)
        line = figures(session, days=30)[office]
        assert (line.received, line.open, line.late) == (2, 1, 1)
        assert (line.answered, line.timed, line.on_time) == (3, 2, 1)
        assert (line.ratings, line.satisfied, line.rating_sum) == (1, 1, 4)


def test_a_late_answer_does_not_become_timely_by_reopening(database: Database) -> None:
    with database.write() as session:
        an, owner = make_staff(session, "an"), make_citizen(session)
        case = make_case(session, citizen_id=owner, now=NOW - timedelta(days=60))
        answered(session, case, an, days=50)
        cases.reopen(session, case.id, citizen_id=owner, now=NOW - timedelta(days=1))
        line = figures(session)[case.office.name]
        assert (line.open, line.answered, line.on_time) == (1, 0, 0)


def test_restricted_cases_and_silent_offices_are_in_no_figure(database: Database) -> None:
    with database.write() as session:
        make_case(session, kind="to_cao")
        make_office(session, HAM_RONG)
        assert figures(session) == {}
