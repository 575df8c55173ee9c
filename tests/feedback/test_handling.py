"""What an office does with a case before the answer: who may, what the clock does, what the citizen is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import approvals, cases, clocks, endings, handling, ledger, letters, petitions, told
from feedback.base import VIETNAM
from feedback.database import Database
from feedback.deadlines import DeadlineSettings
from feedback.errors import CaseChanged, InvalidInput, MoveNotAllowed, NotAllowed
from feedback.handling_models import CaseClock, CaseRemark, RouteCorrection
from feedback.letters import Letter
from feedback.models import Case, Notice, Staff
from feedback.petitions import Petition
from tests.factories import HAC_THANH, HAM_RONG, MONDAY, make_case, make_citizen, make_staff

REASON = "Việc thuộc thẩm quyền của cơ quan khác."


def at(day: str, hour: int = 9) -> datetime:
    """That hour of the day in Vietnam."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), VIETNAM).replace(hour=hour)


def due_day(case: Case) -> str | None:
    return case.due_at.astimezone(VIETNAM).date().isoformat() if case.due_at else None


def pakn(session: Session, **parts: object) -> Case:
    """A report on conduct, received on Monday 23/11/2026: 15 working days end on Tuesday 15/12."""
    return make_case(session, "Hồ sơ quá hẹn ba tuần.", regime="pakn_hanh_vi", **parts)


def words(session: Session, move: str) -> str:
    """What the citizen was told of the last move of this name."""
    notices = session.scalars(select(Notice).where(Notice.kind == "case_moved").order_by(Notice.id.desc()))
    return told.words(session, next(notice for notice in notices if notice.data["move"] == move))


def cast(session: Session) -> tuple[Staff, Staff, Staff]:
    """An officer, a colleague and the leader of one ward."""
    return (
        make_staff(session, "an"),
        make_staff(session, "binh"),
        make_staff(session, "hoa", role="leader"),
    )


# --- assigning ---


def test_the_leader_assigns_to_a_colleague_of_the_office_only(database: Database) -> None:
    with database.write() as session:
        an, binh, hoa = cast(session)
        chi = make_staff(session, "chi", unit=HAM_RONG)
        case = pakn(session)
        with pytest.raises(MoveNotAllowed):
            handling.assign(session, case.id, staff=an, to=binh.id, version=case.version, now=MONDAY)
        with pytest.raises(InvalidInput):
            handling.assign(session, case.id, staff=hoa, to=chi.id, version=case.version, now=MONDAY)
        handling.assign(session, case.id, staff=hoa, to=binh.id, version=case.version, now=MONDAY)
        assert (case.state, case.assignee_id) == ("da_phan_cong", binh.id)
        last = ledger.last_event(session, case.id)
        assert last is not None and last.data["assignee"] == binh.id


def test_a_case_in_work_changes_hands_without_going_back(database: Database) -> None:
    with database.write() as session:
        an, binh, hoa = cast(session)
        case = pakn(session)
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        assert case.assignee_id == an.id
        handling.assign(session, case.id, staff=hoa, to=binh.id, version=case.version, now=MONDAY)
        assert (case.state, case.assignee_id) == ("da_tiep_nhan", binh.id)


def test_who_claims_second_is_told(database: Database) -> None:
    with database.write() as session:
        an, binh, _ = cast(session)
        case = pakn(session)
        version = case.version
        handling.claim(session, case.id, staff=an, version=version, now=MONDAY)
        assert handling.claim(session, case.id, staff=an, version=version, now=MONDAY).assignee_id == an.id
        with pytest.raises(CaseChanged):
            handling.claim(session, case.id, staff=binh, version=version, now=MONDAY)


def test_the_next_case_is_the_urgent_one_then_the_one_due_first(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        later, first = pakn(session, now=MONDAY + timedelta(days=2)), pakn(session)
        urgent = pakn(session, now=MONDAY + timedelta(days=5), urgent=True)
        taken = [handling.claim_next(session, staff=an, now=MONDAY) for _ in range(4)]
        assert [case.id if case else None for case in taken] == [urgent.id, first.id, later.id, None]


# --- asking: the clock stands still ---


def test_the_clock_stands_still_while_the_citizen_is_asked(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        owner = make_citizen(session)
        case = pakn(session, citizen_id=owner)
        assert due_day(case) == "2026-12-15"
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        asked, given = at("2026-11-30"), at("2026-12-03", 14)
        handling.ask_more(
            session, case.id, staff=an, question="Xin anh/chị gửi mã hồ sơ.", version=case.version, now=asked
        )
        assert (case.state, case.due_at, case.paused_at) == ("cho_bo_sung", None, asked)
        assert "Xin anh/chị gửi mã hồ sơ. Trong thời gian chờ" in words(session, "ask_more")
        handling.give_more(session, case.id, citizen_id=owner, text="H38.1-251101-0001", effect_key="k", now=given)
        assert case.state == "da_bo_sung" and case.paused_at is None
        assert due_day(case) == "2026-12-18"  # 30/11, 1/12 và 2/12 không tính
        reasons = {day["date"]: day["reason"] for day in case.due_proof}
        assert reasons["2026-12-01"] == "tạm dừng chờ công dân bổ sung"
        again = handling.give_more(session, case.id, citizen_id=owner, text="nữa", effect_key="k", now=given)
        assert again.version == case.version


def test_an_office_may_go_on_without_the_answer(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = pakn(session)
        handling.ask_more(session, case.id, staff=an, question="Ở đâu?", version=case.version, now=at("2026-11-30"))
        handling.stop_waiting(session, case.id, staff=an, reason="Đã rõ.", version=case.version, now=at("2026-12-07"))
        assert (case.state, due_day(case)) == ("dang_xu_ly", "2026-12-22")


def test_a_question_must_be_asked(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = pakn(session)
        with pytest.raises(InvalidInput, match="nội dung cần bổ sung"):
            handling.ask_more(session, case.id, staff=an, question=" \n", version=case.version, now=MONDAY)
        assert case.state == "moi" and case.paused_at is None


# --- steps that have clocks of their own ---


def test_feedback_has_a_clock_for_each_step(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = pakn(session)
        running = clocks.running(session, case.id)
        steps = {clock.step: clock.due_at.astimezone(VIETNAM).date().isoformat() for clock in running}
        assert steps == {"accept": "2026-11-26", "supplement": "2026-12-01", "answer": "2026-12-15"}
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        assert [clock.step for clock in clocks.running(session, case.id)] == ["answer"]
        cases.answer(
            session, case.id, staff=an, text="Xong.", version=case.version, effect_key="a", now=at("2026-12-01")
        )
        assert [clock.step for clock in clocks.running(session, case.id)] == ["publish"]
        assert due_day(case) == "2026-12-15"  # hạn trả lời ở lại để biết đúng hạn hay không
        endings.publish(session, case.id, staff=an, version=case.version, now=at("2026-12-02"))
        assert clocks.running(session, case.id) == [] and case.state == "da_cong_khai"
        assert {clock.outcome for clock in clocks.history(session, case.id)} == {"done"}


def test_a_complaint_runs_from_the_lodged_petition_then_from_its_acceptance(database: Database) -> None:
    with database.write() as session:
        an, _, hoa = cast(session)
        case = make_case(session, kind="khieu_nai")
        petition = Petition("15/KN", date(2026, 11, 20), "Trụ sở UBND phường Hạc Thành")
        petitions.record_petition(session, case.id, staff=an, petition=petition, version=case.version, now=MONDAY)
        assert (case.state, case.due_step, due_day(case)) == ("moi", "accept", "2026-11-30")
        assert "số 15/KN, ngày 20/11/2026" in words(session, "record_petition")
        handling.accept(session, case.id, staff=an, version=case.version, now=at("2026-11-25"))
        assert (case.due_step, case.due_rule, due_day(case)) == ("resolve", "khieu_nai.resolve.2026", "2026-12-25")
        handling.extend(
            session, case.id, staff=hoa, reason="Vụ việc phức tạp.", version=case.version, now=at("2026-12-20")
        )
        assert (case.due_step, due_day(case)) == ("resolve_complex", "2027-01-11")  # 45 ngày: thứ Bảy 9/1/2027, lùi
        with pytest.raises(MoveNotAllowed):
            handling.extend(session, case.id, staff=hoa, reason="Nữa.", version=case.version, now=at("2026-12-21"))


@pytest.mark.parametrize(
    ("step", "due"), [("resolve_remote", "2027-01-11"), ("second", "2027-01-11"), ("second_remote", "2027-01-25")]
)
def test_the_office_picks_the_length_that_the_law_gives_this_complaint(database: Database, step: str, due: str) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = make_case(session, kind="khieu_nai")
        petition = Petition("15/KN", date(2026, 11, 20), "UBND phường")
        petitions.record_petition(session, case.id, staff=an, petition=petition, version=case.version, now=MONDAY)
        with pytest.raises(InvalidInput):
            handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY, step="publish")
        handling.accept(session, case.id, staff=an, version=case.version, now=at("2026-11-25"), step=step)
        assert (case.due_step, due_day(case)) == (step, due)


def test_a_petition_of_tomorrow_is_refused(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = make_case(session, kind="khieu_nai")
        petition = Petition("1", date(2026, 11, 24), "UBND phường")
        with pytest.raises(InvalidInput, match="tương lai"):
            petitions.record_petition(session, case.id, staff=an, petition=petition, version=case.version, now=MONDAY)


def test_a_denunciation_may_be_extended_twice_and_tells_nobody(database: Database) -> None:
    with database.write() as session:
        hoa = make_staff(session, "hoa", role="leader", sees_restricted=True)
        case = make_case(session, kind="to_cao")
        petition = Petition("2/TC", date(2026, 11, 23), "Ban Tiếp công dân")
        petitions.record_petition(session, case.id, staff=hoa, petition=petition, version=case.version, now=MONDAY)
        assert (case.due_step, due_day(case)) == ("check", "2026-12-03")
        handling.accept(session, case.id, staff=hoa, version=case.version, now=at("2026-12-02"))
        assert (case.due_step, due_day(case)) == ("resolve", "2027-01-04")  # ngày thứ 30 là 1/1/2027, nghỉ lễ
        for reason, step, due in (("Phức tạp.", "extend1", "2027-02-03"), ("Đặc biệt.", "extend2", "2027-03-05")):
            now = at("2027-01-04") if step == "extend1" else at("2027-02-03")
            handling.extend(session, case.id, staff=hoa, reason=reason, version=case.version, now=now)
            assert (case.due_step, due_day(case)) == (step, due)
        with pytest.raises(MoveNotAllowed):
            handling.extend(session, case.id, staff=hoa, reason="Nữa.", version=case.version, now=at("2027-03-01"))
        assert session.scalars(select(Notice)).all() == []


def a_denunciation(session: Session, hoa: Staff) -> Case:
    """Lodged on Monday 23/11/2026."""
    case = make_case(session, kind="to_cao")
    petition = Petition("2/TC", date(2026, 11, 23), "Ban Tiếp công dân")
    petitions.record_petition(session, case.id, staff=hoa, petition=petition, version=case.version, now=MONDAY)
    return case


def test_the_first_check_of_a_denunciation_is_lengthened_by_ten_working_days(database: Database) -> None:
    with database.write() as session:
        hoa = make_staff(session, "hoa", role="leader", sees_restricted=True)
        case = a_denunciation(session, hoa)
        handling.assign(session, case.id, staff=hoa, to=hoa.id, version=case.version, now=MONDAY)
        reason = "Xác minh tại ba nơi."
        handling.extend(session, case.id, staff=hoa, reason=reason, version=case.version, now=at("2026-12-02"))
        assert (case.due_step, due_day(case)) == ("check_more", "2026-12-17")
        with pytest.raises(MoveNotAllowed):
            handling.extend(session, case.id, staff=hoa, reason="Nữa.", version=case.version, now=at("2026-12-03"))


def test_the_notice_of_acceptance_has_a_clock_of_its_own_until_it_was_sent(database: Database) -> None:
    with database.write() as session:
        hoa = make_staff(session, "hoa", role="leader", sees_restricted=True)
        case = a_denunciation(session, hoa)
        sent = {"number": "7/TB", "day": date(2026, 12, 4)}
        with pytest.raises(MoveNotAllowed):
            petitions.record_notice(session, case.id, staff=hoa, **sent, version=case.version, now=at("2026-12-04"))
        handling.accept(session, case.id, staff=hoa, version=case.version, now=at("2026-12-02"))
        clock = clocks.notices(session, [case.id])[case.id]
        assert (clock.step, clock.rule) == ("notice_accepted", "to_cao.notice_accepted.2026")
        assert clock.due_at.astimezone(VIETNAM).date() == date(2026, 12, 9)
        assert case.due_step == "resolve", "what the case shows is the time to resolve it"
        with pytest.raises(InvalidInput, match="tương lai"):
            petitions.record_notice(session, case.id, staff=hoa, **sent, version=case.version, now=at("2026-12-03"))
        petitions.record_notice(session, case.id, staff=hoa, **sent, version=case.version, now=at("2026-12-04"))
        assert clocks.notices(session, [case.id]) == {} and clock.outcome == "done"
        last = ledger.last_event(session, case.id)
        assert last is not None and last.data["step"] == "notice_accepted" and last.data["number"] == "7/TB"
        with pytest.raises(MoveNotAllowed, match="không có thông báo nào"):
            petitions.record_notice(session, case.id, staff=hoa, **sent, version=case.version, now=at("2026-12-04"))
        assert session.scalars(select(Notice)).all() == [], "a denunciation's sender is told nothing by chat"


def test_who_takes_a_denunciation_in_hand_again_owes_no_second_notice(database: Database) -> None:
    with database.write() as session:
        hoa = make_staff(session, "hoa", role="leader", sees_restricted=True)
        case, later = a_denunciation(session, hoa), at("2026-12-04")
        handling.accept(session, case.id, staff=hoa, version=case.version, now=at("2026-12-02"), step="resolve")
        assert case.id in clocks.notices(session, [case.id]), "also where the length was chosen"
        sent = {"number": "7/TB", "day": date(2026, 12, 3)}
        petitions.record_notice(session, case.id, staff=hoa, **sent, version=case.version, now=later)
        handling.ask_more(session, case.id, staff=hoa, question="Ở đâu?", version=case.version, now=later)
        handling.record_more(session, case.id, staff=hoa, text="Ở chợ.", version=case.version, now=later)
        handling.accept(session, case.id, staff=hoa, version=case.version, now=later)
        assert [clock.step for clock in clocks.running(session, case.id)] == ["resolve"]


def test_a_committed_time_is_extended_once_with_a_reason_before_it_is_over(database: Database) -> None:
    with database.write() as session:
        an, _, hoa = cast(session)
        case = make_case(session)  # hien_truong: 5 ngày làm việc, đến thứ Ba 1/12
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        with pytest.raises(MoveNotAllowed):
            handling.extend(session, case.id, staff=an, reason="Chờ vật tư.", version=case.version, now=MONDAY)
        with pytest.raises(InvalidInput, match="lý do"):
            handling.extend(session, case.id, staff=hoa, reason=" ", version=case.version, now=MONDAY)
        assert due_day(case) == "2026-12-01"
        with pytest.raises(MoveNotAllowed, match="quá hạn"):
            handling.extend(session, case.id, staff=hoa, reason="x", version=case.version, now=at("2026-12-02"))
        handling.extend(session, case.id, staff=hoa, reason="Chờ vật tư", version=case.version, now=at("2026-11-30"))
        assert due_day(case) == "2026-12-08" and case.due_committed
        assert words(session, "extend").endswith("Lý do: Chờ vật tư. Thời gian cam kết theo quy chế: thứ Ba 8/12/2026.")


def test_no_rule_extends_feedback_on_administrative_rules(database: Database) -> None:
    with database.write() as session:
        an, _, hoa = cast(session)
        case = pakn(session)
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        with pytest.raises(MoveNotAllowed, match="gia hạn"):
            handling.extend(session, case.id, staff=hoa, reason="x", version=case.version, now=MONDAY)
        assert due_day(case) == "2026-12-15"


# --- transfer, return, refuse ---


def test_a_transfer_gives_feedback_a_new_clock_and_keeps_the_correction(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = pakn(session)
        handling.transfer(
            session,
            case.id,
            staff=an,
            agency="so_nnmt",
            unit="38",
            reason=REASON,
            version=case.version,
            now=at("2026-11-26"),
        )
        assert (case.state, case.office.agency, case.assignee_id) == ("da_chuyen", "so_nnmt", None)
        assert due_day(case) == "2026-12-17"
        correction = session.scalars(select(RouteCorrection)).one()
        assert (correction.from_agency, correction.to_agency, correction.facts["regime"]) == (
            "ubnd_xa",
            "so_nnmt",
            "pakn_hanh_vi",
        )
        assert session.get_one(CaseRemark, correction.remark_id).text == REASON
        assert "đã được chuyển đến Sở Nông nghiệp và Môi trường tỉnh Thanh Hóa" in words(session, "transfer")


def test_a_transfer_does_not_make_the_citizen_wait_longer_for_a_pothole(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = make_case(session)
        before = case.due_at
        handling.transfer(
            session, case.id, staff=an, agency="so_xay_dung", unit="38", reason=REASON, version=1, now=at("2026-11-26")
        )
        assert case.due_at == before


def test_what_goes_to_a_body_without_logins_is_held_by_the_coordination_desk_and_chased_by_letter(
    database: Database,
) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        desk = make_staff(session, "nam", unit="38")
        desk.office = handling.offices.office_of(session, agency="vp_ubnd_tinh", unit="38")
        session.flush()
        case = make_case(session)
        handling.transfer(
            session, case.id, staff=an, agency="dien_luc", unit=HAC_THANH, reason=REASON, version=1, now=MONDAY
        )
        assert case.office_id == desk.office_id and case.responsible is not None and "ện lực" in case.responsible
        letter = Letter("112/VP-TH", date(2026, 11, 23))
        letters.send_letter(session, case.id, staff=desk, letter=letter, version=case.version, now=MONDAY)
        assert case.state == "cho_van_ban"
        letters.chase(session, case.id, staff=desk, letter=letter, version=case.version, now=MONDAY)
        letters.record_reply(session, case.id, staff=desk, letter=letter, version=case.version, now=MONDAY)
        assert case.state == "dang_xu_ly"
        assert [one.kind for one in letters.letters(session, case.id)] == ["transfer", "chase", "reply"]
        assert "văn bản số 112/VP-TH ngày 23/11/2026" in words(session, "send_letter")


@pytest.mark.parametrize(
    ("agency", "unit"), [("nobody", "38"), ("vp_hdnd_ubnd_xa", HAC_THANH), ("ubnd_xa", "38"), ("so_nnmt", "00")]
)
def test_a_transfer_to_nowhere_is_refused(database: Database, agency: str, unit: str) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = pakn(session)
        with pytest.raises(InvalidInput):
            handling.transfer(
                session, case.id, staff=an, agency=agency, unit=unit, reason=REASON, version=1, now=MONDAY
            )
        assert case.state == "moi"


def test_a_denunciation_of_a_head_is_not_transferred_to_that_heads_own_body(database: Database) -> None:
    with database.write() as session:
        reader = make_staff(session, "reader", unit="38", sees_restricted=True)
        reader.office = handling.offices.office_of(session, agency="ubnd_tinh", unit="38")
        session.flush()
        case = make_case(session, "Tố cáo chủ tịch phường tham ô.", kind="to_cao")
        case.office, case.office_id = reader.office, reader.office.id
        session.flush()
        with pytest.raises(NotAllowed, match="người bị tố cáo"):
            handling.transfer(
                session,
                case.id,
                staff=reader,
                agency="ubnd_xa",
                unit=HAC_THANH,
                reason="Trả về.",
                version=case.version,
                now=MONDAY,
            )
        assert case.office_id == reader.office_id and case.state == "cho_nop_don"


def test_a_transfer_names_the_decider_of_the_new_body(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = make_case(session, kind="khieu_nai")
        handling.transfer(
            session, case.id, staff=an, agency="ubnd_tinh", unit="38", reason=REASON, version=1, now=MONDAY
        )
        assert case.decider == "Chủ tịch UBND tỉnh Thanh Hóa" and case.verifier == "Thanh tra tỉnh Thanh Hóa"
        assert case.state == "cho_nop_don" and case.due_at is None


def test_what_was_transferred_is_returned_to_its_sender_and_the_rest_to_the_coordination_desk(
    database: Database,
) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        chi = make_staff(session, "chi", unit=HAM_RONG)
        case, direct = pakn(session), pakn(session)
        handling.transfer(
            session, case.id, staff=an, agency="ubnd_xa", unit=HAM_RONG, reason=REASON, version=1, now=MONDAY
        )
        handling.return_to_sender(session, case.id, staff=chi, reason="Không.", version=case.version, now=MONDAY)
        assert (case.state, case.office_id) == ("tra_lai", an.office_id)
        handling.return_to_sender(session, direct.id, staff=an, reason="Không.", version=1, now=MONDAY)
        assert (direct.office.agency, direct.office.unit) == ("vp_ubnd_tinh", "38")


def test_a_refusal_names_its_ground_and_ends_the_clocks(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        owner = make_citizen(session)
        case = pakn(session, citizen_id=owner)
        with pytest.raises(InvalidInput, match="Căn cứ"):
            handling.refuse(session, case.id, staff=an, ground="tc_khong_can_cu", reason="x", version=1, now=MONDAY)
        handling.refuse(
            session, case.id, staff=an, ground="da_tra_loi_roi", reason="Đã trả lời ngày 1/11.", version=1, now=MONDAY
        )
        assert (case.state, case.due_at) == ("tu_choi", None)
        assert "nội dung đã được trả lời" in words(session, "refuse")
        assert {clock.outcome for clock in session.scalars(select(CaseClock))} == {"stopped"}
        cases.reopen(session, case.id, citizen_id=owner, now=at("2026-11-25"))
        assert (case.state, due_day(case)) == ("mo_lai", "2026-12-16")


# --- approval, endings ---


def test_the_official_track_goes_through_the_leader(database: Database) -> None:
    with database.write() as session:
        an, _, hoa = cast(session)
        case = pakn(session)
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        approvals.submit(session, case.id, staff=an, version=case.version, now=MONDAY)
        with pytest.raises(MoveNotAllowed):
            approvals.approve(session, case.id, staff=an, version=case.version, now=MONDAY)
        approvals.send_back(session, case.id, staff=hoa, reason="Nêu ngày cụ thể.", version=case.version, now=MONDAY)
        assert case.state == "dang_xu_ly"
        approvals.submit(session, case.id, staff=an, version=case.version, now=MONDAY)
        approvals.approve(session, case.id, staff=hoa, version=case.version, now=MONDAY)
        cases.answer(session, case.id, staff=an, text="Xong.", version=case.version, effect_key="a", now=MONDAY)
        assert case.state == "da_tra_loi"


def test_merged_cases_get_one_answer_and_each_is_rated_by_its_own_sender(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        one, two = make_citizen(session), make_citizen(session)
        main, other = make_case(session, citizen_id=one), make_case(session, citizen_id=two)
        with pytest.raises(InvalidInput):
            endings.merge(session, main.id, staff=an, into=main.id, version=1, now=MONDAY)
        endings.merge(session, other.id, staff=an, into=main.id, version=1, now=MONDAY)
        assert (other.state, other.merged_into_id) == ("da_gop", main.id)
        with pytest.raises(InvalidInput):
            endings.merge(session, main.id, staff=an, into=other.id, version=main.version, now=MONDAY)
        cases.answer(session, main.id, staff=an, text="Đã dọn.", version=main.version, effect_key="a", now=MONDAY)
        endings.answer_merged(session, main.id, staff=an, text="Đã dọn.", effect_key="a", now=MONDAY)
        assert (other.state, other.answered_at) == ("da_tra_loi", MONDAY)
        cases.rate(session, other.id, citizen_id=two, score=2, effect_key="r", now=MONDAY)
        assert (other.state, main.state) == ("da_danh_gia", "da_tra_loi")


def test_a_published_answer_can_be_rated_and_a_rated_one_published_once(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        owner = make_citizen(session)
        case = pakn(session, citizen_id=owner)
        cases.answer(session, case.id, staff=an, text="Xong.", version=1, effect_key="a", now=MONDAY)
        cases.rate(session, case.id, citizen_id=owner, score=5, effect_key="r", now=MONDAY)
        endings.publish(session, case.id, staff=an, version=case.version, now=MONDAY)
        assert (case.state, case.published_at) == ("da_danh_gia", MONDAY)
        with pytest.raises(CaseChanged):
            endings.publish(session, case.id, staff=an, version=case.version, now=MONDAY)
        endings.close(session, case.id, staff=None, now=MONDAY)
        assert case.state == "da_dong"


def test_a_withdrawal_in_writing_is_recorded_with_its_reason(database: Database) -> None:
    with database.write() as session:
        an, _, _ = cast(session)
        case = make_case(session, kind="khieu_nai")
        petitions.record_withdrawal(
            session, case.id, staff=an, reason="Đơn rút ngày 23/11.", version=case.version, now=MONDAY
        )
        assert (case.state, case.due_at, case.closed_at) == ("da_rut", None, MONDAY)


def test_a_stranger_of_another_office_cannot_move_the_case(database: Database) -> None:
    with database.write() as session:
        make_staff(session, "an")
        boss = make_staff(session, "boss", role="manager")
        case = pakn(session)
        with pytest.raises(NotAllowed):
            handling.start_work(session, case.id, staff=boss, version=1, now=MONDAY)


def test_an_urgent_matter_has_the_hours_of_the_citys_profile_from_its_acceptance(database: Database) -> None:
    with database.write() as session:
        session.info["deadlines"] = DeadlineSettings(profiles=("hien_truong_mac_dinh", "ihanoi"))
        an, _, _ = cast(session)
        urgent, calm = make_case(session, urgent=True), make_case(session)
        for case in (urgent, calm):
            handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        assert (urgent.due_step, urgent.due_at) == ("answer_urgent", MONDAY + timedelta(hours=5))  # nghỉ trưa một giờ
        assert calm.due_step == "answer"
