"""Labels put right: clocks and secrecy follow the regime, and a denunciation leaves the desk where it lay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from feedback import cases, handling, ledger, petitions, reclassifying, repository, told
from feedback.base import VIETNAM
from feedback.database import Database
from feedback.errors import CaseNotFound, InvalidInput, MoveNotAllowed, NotAllowed
from feedback.handling_models import LabelCorrection
from feedback.models import Case, Notice
from feedback.offices import office_of
from feedback.petitions import Petition
from feedback.reclassifying import Labels, labels_of
from tests.factories import MONDAY, make_case, make_citizen, make_staff

TO_CAO = Labels(kind="to_cao", regime="to_cao", problem="nhung_nhieu")
REASON = "Đọc lại nội dung."


def due_day(case: Case) -> str | None:
    return case.due_at.astimezone(VIETNAM).date().isoformat() if case.due_at else None


def test_the_clock_follows_the_regime_from_the_day_of_receipt(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        assert due_day(case) == "2026-12-01"
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        labels = replace(labels_of(case), regime="pakn_hanh_vi", problem="cham_tre")
        reclassifying.reclassify(
            session, case.id, staff=an, labels=labels, reason=REASON, version=case.version, now=MONDAY
        )
        assert (case.regime, case.state, due_day(case), case.due_rule) == (
            "pakn_hanh_vi",
            "da_tiep_nhan",
            "2026-12-15",
            "pakn.answer",
        )
        correction = session.scalars(select(LabelCorrection)).one()
        assert (correction.before["regime"], correction.after["regime"]) == ("hien_truong", "pakn_hanh_vi")
        notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
        assert notice is not None and "Phản ánh hành vi khi giải quyết thủ tục" in told.words(session, notice)


def test_a_complaint_found_out_waits_for_its_petition(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        labels = Labels(kind="khieu_nai", regime="khieu_nai", topic="dat_dai", field="dat_dai", problem="sai_ket_qua")
        reclassifying.reclassify(session, case.id, staff=an, labels=labels, reason=REASON, version=1, now=MONDAY)
        assert (case.state, case.due_at, case.decider) == ("cho_nop_don", None, "Chủ tịch UBND phường Hạc Thành")
        petition = Petition("7", MONDAY.date(), "UBND phường")
        petitions.record_petition(session, case.id, staff=an, petition=petition, version=case.version, now=MONDAY)
        assert case.due_step == "accept"


def test_a_complaint_that_is_none_need_not_wait(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session, kind="khieu_nai")
        labels = Labels(kind="phan_anh", regime="pakn_hanh_vi", problem="cham_tre")
        reclassifying.reclassify(session, case.id, staff=an, labels=labels, reason=REASON, version=1, now=MONDAY)
        assert (case.state, due_day(case)) == ("moi", "2026-12-15")


def test_a_denunciation_found_out_is_hidden_at_once_and_leaves_its_desk(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        owner = make_citizen(session)
        case = make_case(session, "Ông chủ tịch phường nhận 20 triệu.", citizen_id=owner)
        handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
        reclassifying.reclassify(
            session, case.id, staff=an, labels=TO_CAO, reason=REASON, version=case.version, now=MONDAY
        )
        assert case.restricted and case.state == "cho_nop_don" and case.due_at is None and case.assignee_id is None
        assert (case.office.agency, case.desk) == ("ubnd_tinh", "ban_tiep_cong_dan_tinh")
        assert case.decider == "Chủ tịch UBND tỉnh Thanh Hóa" and case.verifier == "Thanh tra tỉnh Thanh Hóa"
        waiting = select(Notice).where(Notice.kind == "case_moved", Notice.handled_at.is_(None))
        assert session.scalars(waiting).all() == []
        assert repository.case_for_staff(session, case.id, an) is None
        assert repository.case_of_citizen(session, case.id, owner) is None
        with pytest.raises(CaseNotFound):
            handling.start_work(session, case.id, staff=an, version=case.version, now=MONDAY)
        assert ledger.first_broken(session, case.id) is None


def test_what_is_no_denunciation_stays_hidden_until_a_leader_who_may_see_it_releases_it(database: Database) -> None:
    with database.write() as session:
        reader = make_staff(session, "reader", sees_restricted=True)
        hoa = make_staff(session, "hoa", role="leader", sees_restricted=True)
        case = make_case(session, kind="to_cao")
        labels = Labels(kind="phan_anh", regime="pakn_hanh_vi", problem="thai_do")
        reclassifying.reclassify(session, case.id, staff=reader, labels=labels, reason=REASON, version=1, now=MONDAY)
        assert case.restricted and case.state == "moi" and case.due_at is not None
        with pytest.raises(MoveNotAllowed):
            reclassifying.release(session, case.id, staff=reader, reason=REASON, version=case.version, now=MONDAY)
        reclassifying.release(session, case.id, staff=hoa, reason=REASON, version=case.version, now=MONDAY)
        assert not case.restricted


def test_a_denunciation_never_comes_out_of_secrecy(database: Database) -> None:
    with database.write() as session:
        hoa = make_staff(session, "hoa", role="leader", sees_restricted=True)
        case = make_case(session, kind="to_cao")
        with pytest.raises(InvalidInput):
            reclassifying.release(session, case.id, staff=hoa, reason=REASON, version=1, now=MONDAY)


def test_anything_may_be_marked_as_restricted_with_a_reason(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        with pytest.raises(InvalidInput):
            reclassifying.restrict(session, case.id, staff=an, reason=" ", version=1, now=MONDAY)
        reclassifying.restrict(session, case.id, staff=an, reason="Nêu tên trẻ em.", version=1, now=MONDAY)
        assert case.restricted and repository.case_for_staff(session, case.id, an) is None


@pytest.mark.parametrize(
    "labels",
    [
        Labels(kind="nonsense", regime="hien_truong"),
        Labels(kind="phan_anh", regime="nonsense"),
        Labels(kind="phan_anh", regime="hien_truong", topic="nonsense"),
        Labels(kind="to_cao", regime="hien_truong"),
    ],
)
def test_labels_outside_the_vocabulary_are_refused(database: Database, labels: Labels) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        with pytest.raises(InvalidInput):
            reclassifying.reclassify(session, case.id, staff=an, labels=labels, reason=REASON, version=1, now=MONDAY)
        assert case.state == "moi" and case.regime == "hien_truong"


def test_the_same_labels_and_an_answered_case_are_refused(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        with pytest.raises(InvalidInput):
            reclassifying.reclassify(
                session, case.id, staff=an, labels=labels_of(case), reason=REASON, version=1, now=MONDAY
            )
        cases.answer(session, case.id, staff=an, text="Xong.", version=1, effect_key="a", now=MONDAY)
        labels = replace(labels_of(case), regime="pakn_hanh_vi")
        with pytest.raises(MoveNotAllowed):
            reclassifying.reclassify(
                session, case.id, staff=an, labels=labels, reason=REASON, version=case.version, now=MONDAY
            )


def test_a_paused_case_goes_on_waiting_under_its_new_regime(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        handling.ask_more(session, case.id, staff=an, question="Ở đâu?", version=case.version, now=MONDAY)
        labels = replace(labels_of(case), regime="pakn_hanh_vi")
        reclassifying.reclassify(
            session, case.id, staff=an, labels=labels, reason=REASON, version=case.version, now=MONDAY
        )
        assert case.state == "cho_bo_sung" and case.due_at is None and case.paused_at is not None
        handling.record_more(session, case.id, staff=an, text="Ở chợ.", version=case.version, now=MONDAY)
        assert due_day(case) == "2026-12-15"


def test_who_may_not_see_denunciations_cannot_relabel_one(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session, kind="to_cao")
        office_of(session, agency="ubnd_tinh", unit="38")
        with pytest.raises((CaseNotFound, NotAllowed)):
            reclassifying.reclassify(
                session,
                case.id,
                staff=an,
                labels=Labels(kind="phan_anh", regime="hien_truong"),
                reason=REASON,
                version=1,
                now=MONDAY,
            )
