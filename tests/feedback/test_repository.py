"""Who sees which cases: queues, counts, search, the restricted list, the figures of the offices."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from feedback import cases, repository
from feedback.database import Database
from feedback.models import Case, Staff
from feedback.repository import OfficeFigures, QueueFilter
from tests.factories import HAM_RONG, MONDAY, make_case, make_citizen, make_office, make_staff

NOW, SOON = MONDAY, MONDAY + timedelta(days=2)


def found(session: Session, staff: Staff, **wanted: object) -> list[int]:
    filtered = QueueFilter(**wanted)  # type: ignore[arg-type]
    return [case.id for case in repository.queue(session, staff, filtered, now=NOW, soon=SOON)]


def sizes(session: Session, staff: Staff) -> dict[str, int]:
    counts = repository.queue_counts(session, staff, now=NOW, soon=SOON)
    assert not any(size.more for size in counts.values())
    return {view: size.number for view, size in counts.items()}


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
        counts = sizes(session, an)
        assert counts == {view: len(found(session, an, view=view)) for view in repository.VIEWS}
        assert (counts["open"], counts["late"], counts["answered"], counts["all"]) == (4, 1, 1, 5)


def test_an_empty_queue_counts_zero(database: Database) -> None:
    with database.write() as session:
        assert set(sizes(session, make_staff(session, "an")).values()) == {0}


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


def test_who_oversees_every_office_is_counted_up_to_a_limit_but_work_exactly(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "WIDE", 2)
    with database.write() as session:
        an, boss = make_staff(session, "an"), make_staff(session, "boss", role="manager")
        for _ in range(3):
            make_case(session)
        seen = repository.queue_counts(session, boss, now=NOW, soon=SOON)
        assert (str(seen["open"]), str(seen["all"]), str(seen["answered"])) == ("3", "2+", "0")
        assert sizes(session, an)["all"] == 3


def test_a_size_is_written_as_people_read_it() -> None:
    assert [str(size) for size in (repository.Size(999), repository.Size(1234567))] == ["999", "1.234.567"]
    assert str(repository.Size(1000, more=True)) == "1.000+"


def test_a_list_reads_nothing_of_a_case_but_what_it_shows(database: Database) -> None:
    with database.write() as session:
        make_case(session, contact_phone="0950000001")
        make_case(session, kind="to_cao")
        an, reader = make_staff(session, "an"), make_staff(session, "reader", sees_restricted=True)
        session.expunge_all()
        [case] = repository.queue(session, an, QueueFilter(), now=NOW, soon=SOON)
        [secret] = repository.restricted_queue(session, reader)
        assert case.office.name and case.text and secret.code
        for row, name in ((case, "contact_phone"), (secret, "text"), (secret, "contact_name")):
            with pytest.raises(InvalidRequestError):
                getattr(row, name)


@pytest.mark.parametrize("view", repository.VIEWS)
def test_each_list_reads_its_own_index(database: Database, view: str) -> None:
    """Asked of PostgreSQL with sequential scans and sorts put off: an index that fits no more would show."""
    if database.is_sqlite:
        pytest.skip("plans are PostgreSQL's")
    index = {"answered": "ix_case_answered", "all": "ix_case_(office|received)"}.get(view, "ix_case_open")
    with database.write() as session:
        people = [make_staff(session, "an"), make_staff(session, "boss", role="manager")]
        make_case(session)
        for way in ("seqscan", "bitmapscan", "sort"):
            session.execute(sql(f"set local enable_{way} = off"))
        for person in people:
            page = repository.page_of(person, QueueFilter(view=view), now=NOW, soon=SOON)
            query = str(page.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            plan = "\n".join(session.scalars(sql(f"explain {query}")))
            assert re.search(index, plan) and "Sort" not in plan, plan


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
            assert sizes(session, anyone)["all"] == 0


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
