"""Many hands at once: one wins, the others are told, the chain stays whole. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import approvals, cases, handling, ledger
from feedback.database import Database
from feedback.errors import CaseChanged, CaseNotFound, FeedbackError, MoveNotAllowed
from feedback.models import Answer, Case, Staff
from tests.factories import MONDAY, make_case, make_staff

Work = Callable[[Session], object]


def at_once(database: Database, works: Sequence[Work]) -> list[object]:
    """What each piece of work gave or raised, all begun at the same moment, each in its own transaction."""
    ready = threading.Barrier(len(works))
    outcomes: list[object] = [None] * len(works)

    def run(number: int, work: Work) -> None:
        ready.wait()
        try:
            with database.write() as session:
                outcomes[number] = work(session)
        except FeedbackError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=(number, work)) for number, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def told(outcomes: Sequence[object]) -> list[FeedbackError]:
    return [outcome for outcome in outcomes if isinstance(outcome, FeedbackError)]


def prepared(database: Database, *, officers: int = 2) -> tuple[int, int, list[Staff]]:
    """(the case, its version, officers of its office)."""
    with database.write() as session:
        staff = [make_staff(session, f"officer{number}") for number in range(officers)]
        case = make_case(session)
        return case.id, case.version, staff


def check_whole(database: Database, case_id: int, *, moves: list[str]) -> None:
    with database.read() as session:
        assert ledger.first_broken(session, case_id) is None
        assert [event.move for event in session.get_one(Case, case_id).events] == moves


def test_of_two_officers_who_answer_at_once_one_wins_and_the_other_is_told(database: Database) -> None:
    case_id, version, staff = prepared(database)

    def answer(person: Staff) -> Work:
        return lambda session: cases.answer(
            session,
            case_id,
            staff=person,
            text=f"Trả lời của {person.username}.",
            version=version,
            effect_key=f"answer:{person.id}",
            now=MONDAY,
        )

    outcomes = at_once(database, [answer(person) for person in staff])
    assert [type(error) for error in told(outcomes)] == [CaseChanged]
    with database.read() as session:
        assert session.scalar(select(func.count(Answer.id))) == 1
    check_whole(database, case_id, moves=["open", "answer"])


def test_a_transfer_during_an_answer_leaves_one_of_the_two(database: Database) -> None:
    for _ in range(3):
        with database.write() as session:
            number = session.scalar(select(func.count(Staff.id)))
            one, two = (make_staff(session, f"o{number}{name}") for name in "ab")
            case = make_case(session)
            case_id, version = case.id, case.version
        outcomes = at_once(
            database,
            [
                lambda session, one=one, case_id=case_id, version=version: cases.answer(
                    session, case_id, staff=one, text="Xong.", version=version, effect_key=f"a:{case_id}", now=MONDAY
                ),
                lambda session, two=two, case_id=case_id, version=version: handling.transfer(
                    session,
                    case_id,
                    staff=two,
                    agency="so_xay_dung",
                    unit="38",
                    reason="Đường tỉnh.",
                    version=version,
                    now=MONDAY,
                ),
            ],
        )
        [loser] = told(outcomes)
        assert isinstance(loser, (CaseChanged, CaseNotFound))  # who comes after a transfer has no such case any more
        with database.read() as session:
            case = session.get_one(Case, case_id)
            answers = session.scalar(select(func.count(Answer.id)).where(Answer.case_id == case_id))
            assert (case.state, answers) in (("da_tra_loi", 1), ("da_chuyen", 0))
        check_whole(database, case_id, moves=["open", "answer" if answers else "transfer"])


def test_of_fifty_who_claim_one_case_one_has_it_and_all_others_are_told(database: Database) -> None:
    case_id, version, staff = prepared(database, officers=50)

    def claim(person: Staff) -> Work:
        return lambda session: handling.claim(session, case_id, staff=person, version=version, now=MONDAY).assignee_id

    outcomes = at_once(database, [claim(person) for person in staff])
    winners = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert len(winners) == 1 and [type(error) for error in told(outcomes)] == [CaseChanged] * 49
    with database.read() as session:
        assert session.get_one(Case, case_id).assignee_id == winners[0]
    check_whole(database, case_id, moves=["open", "claim"])


def test_fifty_who_ask_for_the_next_case_never_get_the_same_one(database: Database) -> None:
    with database.write() as session:
        staff = [make_staff(session, f"officer{number}") for number in range(50)]
        for _ in range(20):
            make_case(session)

    def ask(person: Staff) -> Work:
        def work(session: Session) -> int | None:
            case = handling.claim_next(session, staff=person, now=MONDAY)
            return case.id if case else None

        return work

    outcomes = at_once(database, [ask(person) for person in staff])
    taken = [outcome for outcome in outcomes if outcome is not None]
    assert len(taken) == 20 and len(set(taken)) == 20  # type: ignore[arg-type]
    with database.read() as session:
        for case in session.scalars(select(Case)):
            assert case.state == "da_phan_cong" and ledger.first_broken(session, case.id) is None


def test_a_draft_is_approved_or_sent_back_and_not_both(database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "an")
        leaders = [make_staff(session, f"leader{number}", role="leader") for number in range(2)]
        case = make_case(session)
        handling.accept(session, case.id, staff=officer, version=case.version, now=MONDAY)
        approvals.submit(session, case.id, staff=officer, version=case.version, now=MONDAY)
        case_id, version = case.id, case.version
    outcomes = at_once(
        database,
        [
            lambda session: approvals.approve(session, case_id, staff=leaders[0], version=version, now=MONDAY),
            lambda session: approvals.send_back(
                session, case_id, staff=leaders[1], reason="Nêu ngày.", version=version, now=MONDAY
            ),
        ],
    )
    [loser] = told(outcomes)
    assert isinstance(loser, (CaseChanged, MoveNotAllowed))


def test_what_the_citizen_and_the_office_do_at_once_both_counts_or_one_is_told(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        case_id, version, owner = case.id, case.version, case.citizen_id or 0
    outcomes = at_once(
        database,
        [
            lambda session: cases.withdraw(session, case_id, citizen_id=owner, now=MONDAY),
            lambda session: cases.answer(
                session, case_id, staff=an, text="Xong.", version=version, effect_key="a", now=MONDAY
            ),
        ],
    )
    assert len(told(outcomes)) == 1
    with database.read() as session:
        assert session.get_one(Case, case_id).state in ("da_rut", "da_tra_loi")
        assert ledger.first_broken(session, case_id) is None
