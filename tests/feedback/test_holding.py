"""The time at each desk, read from the ledger: an approver's wait is not an officer's, a citizen's is nobody's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from feedback import answering, handling, holding
from feedback.answering import Wording
from feedback.base import VIETNAM
from feedback.database import Database
from feedback.models import Case, Staff
from tests.factories import HAM_RONG, MONDAY, make_case, make_citizen, make_staff


def at(day: str, hour: int = 9) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), VIETNAM).replace(hour=hour)


def walked(session: Session) -> tuple[Case, Staff, Staff]:
    """Monday 23/11 received; 25/11 in hand; 26/11 asked; 1/12 answered back; 2/12 before the leader until 8/12."""
    an, hoa = make_staff(session, "an"), make_staff(session, "hoa", role="leader")
    owner = make_citizen(session)
    case = make_case(session, "Sổ đỏ quá hẹn.", regime="pakn_hanh_vi", citizen_id=owner)

    def version() -> int:
        return case.version

    handling.accept(session, case.id, staff=an, version=version(), now=at("2026-11-25"))
    handling.ask_more(session, case.id, staff=an, question="Mã hồ sơ?", version=version(), now=at("2026-11-26"))
    handling.give_more(session, case.id, citizen_id=owner, text="H38.1", effect_key="k", now=at("2026-12-01"))
    draft = Wording("Hồ sơ đã ký ngày 1/12, trả tại quầy 3.")
    answering.submit(session, case.id, staff=an, wording=draft, version=version(), now=at("2026-12-02"))
    answering.approve(session, case.id, staff=hoa, version=version(), now=at("2026-12-08"))
    session.expire(case, ["events"])
    return case, an, hoa


def test_each_stay_has_its_desk_its_person_and_its_working_days(database: Database) -> None:
    with database.write() as session:
        case, an, hoa = walked(session)
        stays = holding.of_case(session, case, now=at("2026-12-09"))
        assert [(stay.desk, stay.staff_id, stay.working_days) for stay in stays] == [
            ("intake", None, 1),  # Tuesday 24/11 is a holiday, Wednesday 25/11 counts
            ("officer", an.id, 1),
            ("citizen", None, 3),  # Friday, Monday, Tuesday
            ("officer", an.id, 1),
            ("approver", hoa.id, 4),  # Thursday, Friday, Monday, Tuesday
            ("signing", an.id, 1),
        ]
        assert stays[-1].until is None and stays[-1].calendar == timedelta(days=1)


def test_the_approvers_wait_is_counted_apart_from_the_officers(database: Database) -> None:
    with database.write() as session:
        case, _, _ = walked(session)
        spent = holding.totals(holding.of_case(session, case, now=at("2026-12-09")))
        assert {desk: days for desk, (_, days) in spent.items()} == {
            "intake": 1,
            "officer": 2,
            "citizen": 3,
            "approver": 4,
            "signing": 1,
        }


def test_the_stays_of_a_case_leave_no_gap_and_do_not_overlap(database: Database) -> None:
    with database.write() as session:
        case, _, _ = walked(session)
        stays = holding.of_case(session, case, now=at("2026-12-09"))
        assert stays[0].since == MONDAY
        assert all(one.until == after.since for one, after in pairwise(stays))


def test_a_transfer_moves_the_time_to_the_other_office_and_nobody(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        case = make_case(session)
        handling.claim(session, case.id, staff=an, version=case.version, now=at("2026-11-23", 10))
        handling.transfer(
            session,
            case.id,
            staff=an,
            agency="ubnd_xa",
            unit=HAM_RONG,
            reason="Ở Hàm Rồng.",
            version=case.version,
            now=at("2026-11-25"),
        )
        session.expire(case, ["events"])
        stays = holding.of_case(session, case, now=at("2026-11-27"))
        assert [(stay.desk, stay.staff_id) for stay in stays] == [
            ("intake", None),
            ("officer", an.id),
            ("intake", None),
        ]
        assert stays[-1].office_id == case.office_id != an.office_id


def test_after_the_answer_nobody_holds_it_and_a_reopened_one_is_held_again(database: Database) -> None:
    from feedback import cases

    with database.write() as session:
        an, owner = make_staff(session, "an"), make_citizen(session)
        case = make_case(session, citizen_id=owner)
        cases.answer(session, case.id, staff=an, text="Đã thay.", version=1, effect_key="a", now=at("2026-11-25"))
        cases.reopen(session, case.id, citizen_id=owner, now=at("2026-12-07"))
        session.expire(case, ["events"])
        stays = holding.of_case(session, case, now=at("2026-12-08"))
        assert [(stay.desk, stay.working_days) for stay in stays] == [("intake", 1), ("intake", 1)]


def test_an_office_sees_its_desks_its_people_and_how_long_each_took(database: Database) -> None:
    with database.write() as session:
        case, an, hoa = walked(session)
        office = case.office_id
        late = make_case(session, "Đèn tắt.", now=MONDAY - timedelta(days=60))
        handling.claim(session, late.id, staff=an, version=late.version, now=MONDAY)
        make_case(session, "Tố cáo.", kind="to_cao")
        make_case(session, "Nơi khác.", unit=HAM_RONG)
        held = holding.of_office(session, office, since=MONDAY - timedelta(days=90), now=at("2026-12-09"))
        desks = {line.desk: (line.open, line.late) for line in held.desks}
        assert (desks["officer"], desks["signing"], desks["approver"]) == ((1, 1), (1, 0), (0, 0))
        assert sum(line.open for line in held.desks) == 2, "no restricted case, no other office's"
        assert [(line.name, line.open, line.late) for line in held.people] == [(an.display_name, 2, 1)]
        from feedback import cases

        cases.answer(
            session, case.id, staff=hoa, text="Trả.", version=case.version, effect_key="a", now=at("2026-12-09")
        )
        taken = holding.of_office(session, office, since=MONDAY, now=at("2026-12-10")).taken
        assert taken["approver"] == (1, 4.0, 4) and taken["officer"] == (1, 2.0, 2)


def test_who_oversees_sees_every_office_the_late_ones_first(database: Database) -> None:
    with database.write() as session:
        make_case(session, now=MONDAY)
        make_case(session, unit=HAM_RONG, now=MONDAY - timedelta(days=60))
        make_case(session, kind="to_cao")
        rows = holding.offices_now(session, now=MONDAY)
        assert [(office.unit, line["intake"], late) for office, line, late in rows] == [
            (HAM_RONG, 1, 1),
            ("14797", 1, 0),
        ]
