"""What can be done with a case, by whom, and that each thing is done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from feedback import cases, handling, ledger, repository
from feedback.base import Base
from feedback.database import Database
from feedback.deadlines import DeadlineSettings
from feedback.errors import CaseChanged, CaseNotFound, InvalidInput, MoveNotAllowed, NotAllowed
from feedback.models import Answer, Case, CaseFile, Notice, Rating
from tests.factories import HAM_RONG, MONDAY, a_draft, make_case, make_citizen, make_staff


def rows(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_message_opens_one_case(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        first, second = (
            cases.open_case(session, a_draft(), citizen_id=owner, effect_key="inbox:1", received_at=MONDAY, now=MONDAY)
            for _ in range(2)
        )
        assert first.id == second.id
    assert rows(database, Case) == 1


def test_a_new_case_has_its_deadline_with_rule_and_proof(database: Database) -> None:
    with database.write() as session:
        case = make_case(session)
        assert case.state == "moi" and case.due_at is not None and case.due_at > MONDAY
        assert case.due_rule == "hien_truong_mac_dinh.answer" and case.due_committed
        assert case.due_proof[0]["date"] == "2026-11-23" and not case.due_proof[0]["counted"]


def test_a_taken_code_is_drawn_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as session:
        taken = make_case(session).code
        drawn = iter([taken, taken, "LN-40K7-2M19"])
        monkeypatch.setattr(cases.codes, "new_code", lambda _rng: next(drawn))
        assert make_case(session).code == "LN-40K7-2M19"
    assert rows(database, Case) == 2


@pytest.mark.parametrize("kind", ["khieu_nai", "to_cao"])
def test_a_complaint_or_denunciation_in_chat_waits_for_the_petition_without_a_clock(
    database: Database, kind: str
) -> None:
    with database.write() as session:
        case = make_case(session, kind=kind)
        assert (case.state, case.due_at, case.restricted) == ("cho_nop_don", None, kind == "to_cao")


def test_files_sent_before_the_case_belong_to_it_afterwards(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        file = CaseFile(
            citizen_id=owner,
            key="k",
            name="a.png",
            content_type="image/png",
            size=1,
            sha256="0" * 64,
            created_at=MONDAY,
        )
        file.data = b"x"
        cases.attach_file(session, file)
        case = make_case(session, citizen_id=owner)
        assert file.case_id == case.id


@pytest.mark.parametrize("text", ["", " \n\t ", "\0\0", "a" * 10_001])
def test_a_text_that_cannot_be_taken_opens_nothing(database: Database, text: str) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        make_case(session, text)
    assert rows(database, Case) == 0


def test_control_characters_and_windows_line_ends_are_not_kept(database: Database) -> None:
    with database.write() as session:
        assert make_case(session, "Ho\u0300a \0bình\r\ndòng hai\x07").text == "Hòa bình\ndòng hai"


def test_an_answer_is_kept_with_the_office_and_officer_as_they_were(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        cases.answer(session, case.id, staff=an, text=" Đã dọn. ", version=1, effect_key="a", now=MONDAY)
        answer = session.scalars(select(Answer)).one()
        assert (answer.text, answer.staff_name, answer.office_name) == ("Đã dọn.", an.display_name, case.office.name)
        assert (case.state, case.answered_at) == ("da_tra_loi", MONDAY)
        notice = session.scalars(select(Notice)).one()
        assert (notice.kind, notice.data) == ("case_answered", {"answer": answer.id})


def test_the_same_form_sent_twice_is_one_answer(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        for _ in range(2):
            cases.answer(session, case.id, staff=an, text="Đã dọn.", version=1, effect_key="a", now=MONDAY)
    assert (rows(database, Answer), rows(database, Notice)) == (1, 1)


def test_two_presses_at_the_same_time_are_one_answer(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        case_id = case.id
    ready, outcomes = threading.Barrier(2), []

    def press() -> None:
        ready.wait()
        try:
            with database.write() as session:
                answer = cases.answer(session, case_id, staff=an, text="Đã dọn.", version=1, effect_key="a", now=MONDAY)
                outcomes.append(answer.id)
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes[0] == outcomes[1]
    assert rows(database, Answer) == 1


def test_a_key_of_another_case_is_no_pass(database: Database) -> None:
    with database.write() as session:
        an, mine, other = make_staff(session, "an"), make_case(session), make_case(session)
        cases.answer(session, mine.id, staff=an, text="Đã dọn.", version=1, effect_key="a:1", now=MONDAY)
        chi = make_staff(session, "chi", unit=HAM_RONG)
        with pytest.raises(CaseNotFound):
            cases.answer(session, mine.id, staff=chi, text="Đã dọn.", version=1, effect_key="a:1", now=MONDAY)
        assert other.state == "moi"


def test_who_comes_second_is_told_that_the_case_changed(database: Database) -> None:
    with database.write() as session:
        an, binh, case = make_staff(session, "an"), make_staff(session, "binh"), make_case(session)
        handling.accept(session, case.id, staff=an, version=1, now=MONDAY)
        with pytest.raises(CaseChanged):
            cases.answer(session, case.id, staff=binh, text="Đã dọn.", version=1, effect_key="b", now=MONDAY)
    assert rows(database, Answer) == 0


def test_accepting_twice_is_once(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        for _ in range(2):
            handling.accept(session, case.id, staff=an, version=1, now=MONDAY)
        assert [event.move for event in case.events] == ["open", "accept"]


def test_a_colleague_may_answer_what_was_accepted(database: Database) -> None:
    with database.write() as session:
        an, binh, case = make_staff(session, "an"), make_staff(session, "binh"), make_case(session)
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        cases.answer(session, case.id, staff=binh, text="Xong.", version=case.version, effect_key="b", now=MONDAY)
        assert case.state == "da_tra_loi"


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_who_oversees_may_read_and_not_answer(database: Database, role: str) -> None:
    with database.write() as session:
        boss, case = make_staff(session, "boss", role=role), make_case(session)
        with pytest.raises(NotAllowed):
            cases.answer(session, case.id, staff=boss, text="Xong.", version=1, effect_key="b", now=MONDAY)
        with pytest.raises(NotAllowed):
            handling.accept(session, case.id, staff=boss, version=1, now=MONDAY)


def test_a_refused_answer_leaves_nothing_in_the_same_transaction(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        cases.answer(session, case.id, staff=an, text="Xong.", version=case.version, effect_key="1", now=MONDAY)
        with pytest.raises(MoveNotAllowed):
            cases.answer(session, case.id, staff=an, text="Nữa.", version=case.version, effect_key="2", now=MONDAY)
    assert rows(database, Answer) == 1


def test_guiding_a_petitioner_is_no_answer_and_starts_no_clock(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session, kind="khieu_nai")
        cases.answer(session, case.id, staff=an, text="Mời nộp đơn.", version=1, effect_key="g", now=MONDAY)
        assert (case.state, case.answered_at, case.due_at) == ("cho_nop_don", None, None)
        assert session.scalars(select(Notice.kind)).one() == "case_guided"


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_outside_the_scale_changes_nothing(database: Database, score: int) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case, an = make_case(session, citizen_id=owner), make_staff(session, "an")
        cases.answer(session, case.id, staff=an, text="Xong.", version=1, effect_key="1", now=MONDAY)
        with pytest.raises(InvalidInput):
            cases.rate(session, case.id, citizen_id=owner, score=score, effect_key="r", now=MONDAY)
    assert rows(database, Rating) == 0


def test_the_first_rating_stays(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case, an = make_case(session, citizen_id=owner), make_staff(session, "an")
        cases.answer(session, case.id, staff=an, text="Xong.", version=1, effect_key="1", now=MONDAY)
        assert case.rating is None  # read before, so that a stale answer would show
        given = [
            cases.rate(session, case.id, citizen_id=owner, score=score, effect_key=f"r{score}", now=MONDAY).score
            for score in (2, 5)
        ]
        assert given == [2, 2]
        assert case.state == "da_danh_gia"
    assert rows(database, Rating) == 1


def test_an_unanswered_case_cannot_be_rated_and_keeps_no_rating(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case = make_case(session, citizen_id=owner)
        with pytest.raises(MoveNotAllowed):
            cases.rate(session, case.id, citizen_id=owner, score=5, effect_key="r", now=MONDAY)
    assert rows(database, Rating) == 0


def test_only_the_owner_rates_reopens_and_withdraws(database: Database) -> None:
    with database.write() as session:
        case, stranger = make_case(session), make_citizen(session)
        with pytest.raises(CaseNotFound):
            cases.rate(session, case.id, citizen_id=stranger, score=1, effect_key="r", now=MONDAY)
        with pytest.raises(CaseNotFound):
            cases.reopen(session, case.id, citizen_id=stranger, now=MONDAY)
        with pytest.raises(CaseNotFound):
            cases.withdraw(session, case.id, citizen_id=stranger, now=MONDAY)


def test_a_reopened_case_is_unanswered_and_has_a_new_clock(database: Database) -> None:
    later = MONDAY + timedelta(days=40)
    with database.write() as session:
        owner = make_citizen(session)
        case, an = make_case(session, citizen_id=owner), make_staff(session, "an")
        cases.answer(session, case.id, staff=an, text="Xong.", version=1, effect_key="1", now=later)
        first_due = case.due_at
        assert cases.reopen(session, case.id, citizen_id=owner, now=later).state == "mo_lai"
        assert case.answered_at is None and case.due_at is not None and first_due is not None
        assert case.due_at > later > first_due
        assert cases.reopen(session, case.id, citizen_id=owner, now=later).id == case.id
        assert [event.move for event in case.events] == ["open", "answer", "reopen"]


def test_a_withdrawn_case_takes_no_answer(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case, an = make_case(session, citizen_id=owner), make_staff(session, "an")
        cases.withdraw(session, case.id, citizen_id=owner, now=MONDAY)
        with pytest.raises(MoveNotAllowed):
            cases.answer(session, case.id, staff=an, text="Xong.", version=case.version, effect_key="1", now=MONDAY)
        assert case.closed_at == MONDAY


def test_every_step_is_in_an_unbroken_chain(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case, an = make_case(session, citizen_id=owner), make_staff(session, "an")
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        cases.answer(session, case.id, staff=an, text="Xong.", version=case.version, effect_key="1", now=MONDAY)
        cases.rate(session, case.id, citizen_id=owner, score=4, effect_key="r", now=MONDAY)
        case_id = case.id
    with database.read() as session:
        assert ledger.first_broken(session, case_id) is None
        last = ledger.last_event(session, case_id)
        assert last is not None and (last.seq, last.move, last.data["score"]) == (4, "rate", 4)


def test_the_owner_cannot_be_shown_a_restricted_case(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case = make_case(session, citizen_id=owner, kind="to_cao")
        assert repository.case_of_citizen(session, case.id, owner) is None
        with pytest.raises(CaseNotFound):
            cases.withdraw(session, case.id, citizen_id=owner, now=MONDAY)


def test_what_the_installation_has_settled_of_the_law_holds_for_its_cases(tmp_path: Path) -> None:
    settled = DeadlineSettings(after_hours="next_working_day", profiles=())
    database = Database(f"sqlite:///{tmp_path / 'settled.sqlite'}", deadlines=settled)
    Base.metadata.create_all(database.engine)
    evening = MONDAY.replace(hour=12)  # 19 giờ thứ Hai 23/11: tính là nhận thứ Tư 25/11
    with database.write() as session:
        late = make_case(session, regime="pakn_hanh_vi", now=evening)
        assert late.due_at is not None and late.due_at.isoformat().startswith("2026-12-16")
        assert make_case(session).due_at is None  # không bật thời gian cam kết nào
    database.dispose()
