"""Feedback read from the system of record: which cases, which events, as seen from one agency."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from feedback import cases, endings, handling
from feedback.base import VIETNAM
from feedback.database import Database
from feedback.models import Case, Staff
from feedback.working_calendar import load_calendar
from surveys.petition_records import PetitionRecords, petitions_of
from surveys.petitions import Period, WorkingDays, group_five, judge
from surveys.score_rules import score_rule
from tests.factories import a_draft, make_citizen, make_staff

RULE = score_rule("qd766").petitions
assert RULE is not None
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def at(day: int, hour: int = 9, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=VIETNAM)


def open_case(
    session: Session, when: datetime, *, regime: str = "pakn_hanh_vi", entered: datetime | None = None
) -> Case:
    from dataclasses import replace

    draft = replace(a_draft("Hồ sơ nộp đã lâu chưa có kết quả."), regime=regime)
    owner = make_citizen(session)
    key = f"k{when.isoformat()}{owner}"
    return cases.open_case(session, draft, citizen_id=owner, effect_key=key, received_at=when, now=entered or when)


def answered(session: Session, case: Case, staff: Staff, when: datetime) -> None:
    cases.answer(
        session, case.id, staff=staff, text="Đã xong.", version=case.version, effect_key=f"a{case.id}{when}", now=when
    )


def entries(found: PetitionRecords) -> dict[str, tuple[float | None, float | None]]:
    assert RULE is not None
    days = WorkingDays(load_calendar())
    verdicts = [judge(one, NOVEMBER, rule=RULE, days=days) for one in found.petitions]
    return {code: (entry.num, entry.den) for code, entry in group_five(verdicts, RULE).items()}


def test_a_case_becomes_its_dated_events(database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "officer")
        case = open_case(session, at(2), entered=at(4))
        handling.accept(session, case.id, staff=officer, version=case.version, now=at(4, 10))
        answered(session, case, officer, at(20))
        endings.publish(session, case.id, staff=officer, version=case.version, now=at(23))
        cases.rate(session, case.id, citizen_id=case.citizen_id or 0, score=2, effect_key="r", now=at(25))
        (one,) = petitions_of(session, until=date(2026, 11, 30), rule=RULE).petitions
        assert [(each.event, each.day.day) for each in one.until(date(2026, 11, 30))] == [
            ("sent", 2),  # when it was received, not when it was entered
            ("accepted", 4),
            ("finished", 20),
            ("published", 23),
        ]
        assert one.disliked and one.about == "staff" and one.code == case.code
        (then,) = petitions_of(session, until=date(2026, 11, 21), rule=RULE).petitions
        assert not then.disliked and len(then.happenings) == 3


def test_only_feedback_enters_and_no_restricted_case(database: Database) -> None:
    with database.write() as session:
        open_case(session, at(2), regime="hien_truong")
        open_case(session, at(2), regime="pakn_qdhc").restricted = True
        open_case(session, at(2, month=12))
        session.flush()
        assert petitions_of(session, until=date(2026, 11, 30), rule=RULE).petitions == ()


def test_the_figures_of_a_period(database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "officer")
        good, late, disliked = (open_case(session, at(2, hour)) for hour in (8, 9, 10))
        for case in (good, late, disliked):
            handling.accept(session, case.id, staff=officer, version=case.version, now=at(3))
        answered(session, good, officer, at(10))
        answered(session, disliked, officer, at(10))
        answered(session, late, officer, at(27))
        cases.rate(session, disliked.id, citizen_id=disliked.citizen_id or 0, score=1, effect_key="r", now=at(11))
        found = entries(petitions_of(session, until=NOVEMBER.until, rule=RULE))
        assert found["PETITION_PROCESSING_ON_TIME"] == (2, 3)
        assert found["PETITION_HANDLING_SATISFACTION"] == (1, 3)
        assert found["PETITION_CLASSIFICATION_STAFF"] == (3, 3)


def test_a_reopened_case_counts_as_raised_again_and_starts_anew(database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "officer")
        case = open_case(session, at(2))
        handling.accept(session, case.id, staff=officer, version=case.version, now=at(3))
        answered(session, case, officer, at(10))
        cases.reopen(session, case.id, citizen_id=case.citizen_id or 0, now=at(20))
        found = entries(petitions_of(session, until=NOVEMBER.until, rule=RULE))
        assert found["PETITION_PROCESSING_ON_TIME"] == (1, 1) and found["PETITION_HANDLING_SATISFACTION"] == (0, 1)


def test_each_agency_is_seen_from_its_own_side(database: Database) -> None:
    """The commune held the case for too long before passing it on; the department answered in time."""
    with database.write() as session:
        commune = make_staff(session, "commune")
        case = open_case(session, at(2))
        handling.transfer(
            session,
            case.id,
            staff=commune,
            agency="so_noi_vu",
            unit="38",
            reason="Thuộc thẩm quyền của Sở.",
            version=case.version,
            now=at(12),
        )
        owner = case.office.agency
        assert owner != commune.office.agency  # type: ignore[union-attr]
        (sent,) = petitions_of(session, until=NOVEMBER.until, rule=RULE, agency="ubnd_xa").petitions
        assert [each.event for each in sent.until(NOVEMBER.until)] == ["sent", "left"]
        (received,) = petitions_of(session, until=NOVEMBER.until, rule=RULE, agency=owner).petitions
        assert [(each.event, each.day.day) for each in received.happenings] == [("transferred", 12)]
        (whole,) = petitions_of(session, until=NOVEMBER.until, rule=RULE).petitions
        assert [each.event for each in whole.until(NOVEMBER.until)] == ["sent", "transferred"]
        assert petitions_of(session, until=NOVEMBER.until, rule=RULE, agency="so_tu_phap").petitions == ()


def test_what_was_sent_back_in_time_starts_the_other_clock(database: Database) -> None:
    with database.write() as session:
        make_staff(session, "officer")
        case = open_case(session, at(2))
        officer = make_staff(session, "second")
        handling.return_to_sender(
            session, case.id, staff=officer, reason="Không thuộc thẩm quyền.", version=case.version, now=at(4)
        )
        (mine,) = petitions_of(session, until=NOVEMBER.until, rule=RULE, agency="ubnd_xa").petitions
        assert [each.event for each in mine.until(NOVEMBER.until)] == ["sent", "rejected"]
        (whole,) = petitions_of(session, until=NOVEMBER.until, rule=RULE).petitions
        assert [each.event for each in whole.until(NOVEMBER.until)] == ["sent", "rejected", "transferred"]
        verdict = judge(whole, NOVEMBER, rule=RULE, days=WorkingDays(load_calendar()))  # type: ignore[arg-type]
        assert verdict.is_open and [check.event for check in verdict.checks] == ["rejected", "open"]


def test_sample_data_are_counted_as_such(database: Database) -> None:
    with database.write() as session:
        open_case(session, at(2)).is_sample = True
        open_case(session, at(2) + timedelta(hours=1))
        session.flush()
        assert petitions_of(session, until=NOVEMBER.until, rule=RULE).samples == 1
