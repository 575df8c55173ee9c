"""Reminders and escalation: when, to whom, once, in office hours; and the mail that follows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import cases, clocks, covers, handling, mailing, reminders
from feedback.base import VIETNAM
from feedback.clocks import proof_rows
from feedback.covers import Absence
from feedback.database import Database
from feedback.deadlines import DeadlineSettings, compute
from feedback.models import Case, Staff
from feedback.offices import office_of
from feedback.reminder_models import Reminder, StaffAlert, StaffMail
from feedback.reminder_times import Times, moments
from feedback.working_calendar import load_calendar
from integrations.email.client import SmtpMailer, SmtpServer
from langnghe.staff_clock import StaffClock
from tests.conftest import FakeClock
from tests.factories import MONDAY, make_case, make_citizen, make_staff
from tests.integrations.smtp_sink import SmtpSink

SETTINGS = DeadlineSettings()
CALENDAR = load_calendar()


def at(day: str, hour: int = 8, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), VIETNAM)


def link(case_id: int) -> str:
    return f"https://langnghe.example/console/cases/{case_id}"


def remind(session: Session, now: datetime) -> list[tuple[str, str]]:
    """(stage, who) of what is told at this moment."""
    before = session.scalar(select(func.max(StaffAlert.id))) or 0
    reminders.take_due(session, now=now, settings=SETTINGS, link=link)
    new = session.scalars(select(StaffAlert).where(StaffAlert.id > before).order_by(StaffAlert.id))
    return [(alert.kind, session.get_one(Staff, alert.staff_id).username) for alert in new]


def people(session: Session) -> dict[str, Staff]:
    """An officer and a leader of the ward, the leader of the province, the desk's leader."""
    made = {
        "an": make_staff(session, "an"),
        "hoa": make_staff(session, "hoa", role="leader"),
        "nam": make_staff(session, "nam", role="leader"),
    }
    made["nam"].office = office_of(session, agency="vp_ubnd_tinh", unit="38")
    for staff in made.values():
        staff.email = f"{staff.username}@langnghe.example"
    session.flush()
    return made


def pakn(session: Session, **parts: object) -> Case:
    """Received on Monday 23/11/2026, due on Tuesday 15/12; accepted, so that only the answer's clock runs."""
    case = make_case(session, "Hồ sơ quá hẹn.", regime="pakn_hanh_vi", **parts)
    an = session.scalars(select(Staff).where(Staff.username == "an")).one()
    handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
    return case


# --- when ---


def test_the_stages_of_fifteen_working_days(database: Database) -> None:
    with database.write() as session:
        people(session)
        pakn(session)
        rows = session.execute(
            select(Reminder.stage, Reminder.due_at).order_by(Reminder.id).where(Reminder.clock_id == 3)
        )
        assert [(stage, due.astimezone(VIETNAM).isoformat()[:16]) for stage, due in rows] == [
            ("share_70", "2026-12-09T08:00"),  # ngày làm việc thứ 11
            ("due", "2026-12-15T08:00"),
            ("late_1", "2026-12-16T08:00"),
            ("late_5", "2026-12-22T08:00"),
            ("late_10", "2026-12-29T08:00"),
        ]


def test_a_limit_in_hours_is_reminded_to_the_minute() -> None:
    settings = DeadlineSettings(profiles=("ihanoi",))
    received = at("2026-11-23", 9)
    found = compute(kind="phan_anh", regime="hien_truong", step="accept", received=received, settings=settings)
    times = Times(received, found.due, proof_rows(found))
    told = {stage.name: moment.isoformat()[:16] for stage, moment in moments(times, settings)}
    assert told["share_70"] == "2026-11-23T15:36"  # 336 phút: 9 giờ đến 12 giờ, 13 giờ đến 15 giờ 36
    assert told["due"] == "2026-11-25T09:00" and told["late_1"] == "2026-11-26T08:00"


@given(
    st.dates(date(2025, 1, 1), date(2027, 11, 30)),
    st.sampled_from([("phan_anh", "accept"), ("phan_anh", "answer"), ("khieu_nai", "resolve"), ("to_cao", "check")]),
)
def test_every_reminder_falls_into_office_hours_and_they_come_in_order(received: date, what: tuple[str, str]) -> None:
    kind, step = what
    found = compute(kind=kind, step=step, received=received)
    start = datetime.combine(received, time(9), VIETNAM)
    told = [moment for _, moment in moments(Times(start, found.due, proof_rows(found)), SETTINGS)]
    assert told == sorted(told) and len(set(told)) == len(told)
    assert all(CALENDAR.in_office_hours(moment) for moment in told)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (at("2026-11-23", 9), at("2026-11-23", 9)),
        (at("2026-11-23", 12, 30), at("2026-11-23", 13)),
        (at("2026-11-23", 6), at("2026-11-23", 8)),
        (at("2026-11-23", 17), at("2026-11-25", 8)),
        (at("2026-11-24", 10), at("2026-11-25", 8)),
        (at("2026-08-21", 18), at("2026-08-22", 8)),
    ],
)
def test_the_next_office_hour(moment: datetime, opening: datetime) -> None:
    assert CALENDAR.office_time_from(moment) == opening
    assert CALENDAR.in_office_hours(moment) == (moment == opening)


# --- to whom ---


def test_it_goes_from_the_officer_to_the_head_to_the_next_level(database: Database) -> None:
    with database.write() as session:
        people(session)
        pakn(session)
        assert remind(session, at("2026-12-08", 16)) == []
        assert remind(session, at("2026-12-09")) == [("share_70", "an")]
        assert remind(session, at("2026-12-09", 9)) == []
        assert remind(session, at("2026-12-15")) == [("due", "an"), ("due", "hoa")]
        assert remind(session, at("2026-12-16")) == [("late_1", "an"), ("late_1", "hoa"), ("late_1", "nam")]
        assert remind(session, at("2026-12-22")) == [("late_5", "hoa"), ("late_5", "nam")]


def test_nothing_is_said_at_night_or_on_a_day_off(database: Database) -> None:
    with database.write() as session:
        people(session)
        pakn(session)
        for closed in (at("2026-12-09", 19), at("2026-12-12", 10), at("2026-12-13", 10)):
            assert remind(session, closed) == []
        assert remind(session, at("2026-12-14")) == [("share_70", "an")]


def test_after_an_outage_only_the_latest_stage_is_told(database: Database) -> None:
    with database.write() as session:
        people(session)
        pakn(session)
        assert [stage for stage, _ in remind(session, at("2026-12-25"))] == ["late_5", "late_5"]
        assert remind(session, at("2026-12-25", 9)) == []


def test_a_case_that_nobody_has_is_the_heads_matter(database: Database) -> None:
    with database.write() as session:
        people(session)
        make_case(session, regime="pakn_hanh_vi")
        told = remind(session, at("2026-11-26"))
        assert ("due", "hoa") in told and ("due", "an") not in told  # hạn tiếp nhận: 26/11


def test_a_deputy_is_told_beside_the_leader_who_is_away_and_only_on_those_days(database: Database) -> None:
    with database.write() as session:
        made = people(session)
        binh = make_staff(session, "binh")
        away = Absence(made["hoa"].id, binh.id, date(2026, 12, 10), date(2026, 12, 15))
        covers.arrange(session, away, staff=made["hoa"], now=at("2026-12-09"))
        pakn(session)
        assert remind(session, at("2026-12-09")) == [("share_70", "an")]
        assert remind(session, at("2026-12-15")) == [("due", "an"), ("due", "hoa"), ("due", "binh")]
        assert ("late_1", "binh") not in remind(session, at("2026-12-16"))


def test_a_cover_that_was_ended_early_tells_the_deputy_nothing_more(database: Database) -> None:
    with database.write() as session:
        made = people(session)
        binh = make_staff(session, "binh")
        away = Absence(made["hoa"].id, binh.id, date(2026, 12, 10), date(2026, 12, 15))
        cover = covers.arrange(session, away, staff=made["hoa"], now=at("2026-12-09"))
        covers.end(session, cover.id, staff=made["hoa"], now=at("2026-12-11"))
        pakn(session)
        assert remind(session, at("2026-12-15")) == [("due", "an"), ("due", "hoa")]


def test_what_is_answered_paused_or_transferred_is_left_alone(database: Database) -> None:
    with database.write() as session:
        an = people(session)["an"]
        owner = make_citizen(session)
        answered, paused, moved = pakn(session), pakn(session, citizen_id=owner), pakn(session)
        later = at("2026-12-01", 9)
        cases.answer(
            session, answered.id, staff=an, text="Xong.", version=answered.version, effect_key="a", now=at("2026-12-14")
        )
        handling.ask_more(session, paused.id, staff=an, question="Ở đâu?", version=paused.version, now=later)
        handling.transfer(
            session, moved.id, staff=an, agency="so_nnmt", unit="38", reason="x", version=moved.version, now=later
        )
        assert (
            remind(session, at("2026-12-15", 9)) == [("share_70", "nam")] or remind(session, at("2026-12-15", 9)) == []
        )
        handling.give_more(session, paused.id, citizen_id=owner, text="Ở chợ.", effect_key="k", now=at("2026-12-16"))
        told = {stage for stage, _ in remind(session, at("2026-12-30"))}
        assert told and paused.due_at is not None and paused.due_at > at("2026-12-30")


def test_of_a_denunciation_only_who_may_see_it_is_told_and_no_mail_goes_out(database: Database) -> None:
    with database.write() as session:
        made = people(session)
        reader = make_staff(session, "reader", sees_restricted=True)
        reader.email = "reader@langnghe.example"
        case = make_case(session, kind="to_cao")
        case.assignee_id = reader.id
        clocks.start(session, case, "lodged", at=MONDAY)
        told = remind(session, at("2026-12-04"))
        assert told == [("late_1", "reader")]
        assert session.scalars(select(StaffMail)).all() == [] and made


def test_the_notice_of_acceptance_is_reminded_of_among_who_may_see_it_until_it_was_sent(database: Database) -> None:
    with database.write() as session:
        people(session)
        reader = make_staff(session, "reader", sees_restricted=True)
        reader.email = "reader@langnghe.example"
        case = make_case(session, kind="to_cao")
        case.assignee_id = reader.id
        clocks.start(session, case, "accepted", at=at("2026-12-02", 9))
        assert set(remind(session, at("2026-12-09", 9))) == {("due", "reader")}
        alert = session.scalars(select(StaffAlert).order_by(StaffAlert.id.desc())).first()
        assert alert is not None and "thông báo thụ lý" in alert.text
        clocks.end(session, case, steps=clocks.NOTICES, now=at("2026-12-09", 10))
        assert remind(session, at("2026-12-11")) == [] and session.scalars(select(StaffMail)).all() == []


# --- once ---


def test_fifty_clocks_at_once_tell_each_reminder_once(database: Database) -> None:
    with database.write() as session:
        people(session)
        pakn(session)
        [reminder_id] = session.scalars(select(Reminder.id).where(Reminder.stage == "share_70", Reminder.clock_id == 3))
    ready, taken = threading.Barrier(50), []

    def look() -> None:
        ready.wait()
        with database.write() as session:
            taken.append(reminders.take(session, reminder_id, now=at("2026-12-09"), link=link))

    threads = [threading.Thread(target=look) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 49 + [True]
    with database.read() as session:
        assert session.scalar(select(func.count(StaffAlert.id))) == 1


# --- mail ---


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


def mailer(sink: SmtpSink) -> SmtpMailer:
    return SmtpMailer(SmtpServer(host="127.0.0.1", port=sink.port, security="none", sender="nhac@langnghe.example"))


def test_a_mail_carries_the_code_and_a_link_and_nothing_of_the_matter(
    database: Database, clock: FakeClock, sink: SmtpSink
) -> None:
    with database.write() as session:
        people(session)
        case = pakn(session)
        code, case_id = case.code, case.id
    clock.now = at("2026-12-09", 9)
    staff_clock = StaffClock(
        database, clock, base_url="https://langnghe.example", settings=SETTINGS, mailer=mailer(sink)
    )
    assert staff_clock.round() == (1, 1) and staff_clock.round() == (0, 0)
    [mail] = sink.mails
    assert sink.recipients == ["an@langnghe.example"]
    text = mail.get_content()
    assert code in text and f"https://langnghe.example/console/cases/{case_id}" in text
    assert "Hồ sơ quá hẹn" not in text and "đã dùng 70% thời hạn trả lời" in text


def queue_mail(database: Database, now: datetime) -> int:
    with database.write() as session:
        an = make_staff(session, "an")
        mail = StaffMail(
            effect_key="m", staff_id=an.id, address="an@x.example", subject="s", text="t", created_at=now, due_at=now
        )
        session.add(mail)
        session.flush()
        return mail.id


def state_of(database: Database, mail_id: int) -> tuple[str, int, str | None]:
    with database.read() as session:
        mail = session.get_one(StaffMail, mail_id)
        return mail.state, mail.attempts, mail.error


def test_a_busy_server_is_tried_again_later_and_a_wrong_address_is_not(
    database: Database, clock: FakeClock, sink: SmtpSink
) -> None:
    mail_id = queue_mail(database, clock.now)
    sink.faults += ["busy", "no_such_user"]
    assert mailing.send_due(database, mailer(sink), clock) == 0
    assert state_of(database, mail_id) == ("pending", 1, "smtp_421")
    assert mailing.send_due(database, mailer(sink), clock) == 0  # not yet
    clock.advance(130)
    mailing.send_due(database, mailer(sink), clock)
    assert state_of(database, mail_id) == ("failed", 2, "smtp_550")


def test_a_mail_whose_fate_is_unknown_is_never_sent_again(database: Database, clock: FakeClock, sink: SmtpSink) -> None:
    mail_id = queue_mail(database, clock.now)
    sink.faults.append("no_answer")
    mailing.send_due(database, mailer(sink), clock)
    assert state_of(database, mail_id)[0] == "unknown"
    clock.advance(timedelta(days=1).total_seconds())
    assert mailing.send_due(database, mailer(sink), clock) == 0 and sink.mails == []


def test_a_sender_that_died_leaves_its_mail_unknown(database: Database, clock: FakeClock, sink: SmtpSink) -> None:
    mail_id = queue_mail(database, clock.now)
    assert mailing._claim(database, mail_id, now=clock.now) is not None
    assert mailing._claim(database, mail_id, now=clock.now) is None  # another sender at the same time
    clock.advance(mailing.LEASE.total_seconds() + 1)
    mailing.send_due(database, mailer(sink), clock)
    assert state_of(database, mail_id) == ("unknown", 1, "sender_died") and sink.mails == []


async def test_the_staff_clock_goes_round_until_it_is_stopped_and_survives_a_failing_round(
    database: Database, clock: FakeClock
) -> None:
    staff_clock = StaffClock(database, clock, base_url="https://x.example", settings=SETTINGS, poll_seconds=0.01)
    rounds: list[int] = []

    def fail_once() -> tuple[int, int]:
        rounds.append(1)
        if len(rounds) == 1:
            raise RuntimeError("the database is away")
        return 0, 0

    staff_clock.round = fail_once  # type: ignore[method-assign]
    task = asyncio.create_task(staff_clock.run())
    while len(rounds) < 3:
        await asyncio.sleep(0.01)
    staff_clock.stop()
    await asyncio.wait_for(task, 5)
