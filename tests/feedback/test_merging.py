"""Merged cases share the fate of the main one: they go along, are answered with it, or stand for themselves again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import answering, cases, clusters, endings, handling, ledger, merging, petitions, reclassifying
from feedback.answering import Wording
from feedback.database import Database
from feedback.errors import InvalidInput, MoveNotAllowed
from feedback.handling_models import CaseRemark
from feedback.models import Case, Notice, Staff
from feedback.reclassifying import Labels
from tests.factories import HAM_RONG, MONDAY, make_case, make_staff

DONE = Wording("Đã dọn xong ngày 20/11/2026.")
Ending = Callable[[Session, Case, Staff], object]


def merged(session: Session, case: Case, main: Case, staff: Staff) -> None:
    endings.merge(session, case.id, staff=staff, into=main.id, version=case.version, now=MONDAY)


def answer(session: Session, case: Case, staff: Staff) -> None:
    answering.answer_now(session, case.id, staff=staff, wording=DONE, version=case.version, effect_key="a", now=MONDAY)


def test_a_case_merged_by_way_of_another_is_answered_too(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        first, second, third = (make_case(session) for _ in range(3))
        merged(session, first, second, an)
        merged(session, second, third, an)
        answer(session, third, an)
        assert [one.state for one in (first, second, third)] == ["da_tra_loi"] * 3
        assert [one.answers[-1].text for one in (first, second, third)] == [DONE.text] * 3


def test_merged_cases_go_along_when_the_main_one_is_transferred_and_are_answered_there(database: Database) -> None:
    with database.write() as session:
        an, chi = make_staff(session, "an"), make_staff(session, "chi", unit=HAM_RONG)
        case, main = make_case(session), make_case(session)
        merged(session, case, main, an)
        handling.transfer(
            session, main.id, staff=an, agency="ubnd_xa", unit=HAM_RONG, reason="Bên kia cầu.", version=main.version,
            now=MONDAY,
        )  # fmt: skip
        assert (case.office_id, case.state) == (chi.office_id, "da_gop")
        moved = ledger.last_event(session, case.id)
        assert moved is not None and (moved.move, moved.actor) == ("transfer_merged", "system")
        answer(session, main, chi)
        assert case.state == "da_tra_loi" and case.answers[-1].office_id == chi.office_id


ENDINGS: dict[str, Ending] = {
    "withdrawn": lambda session, main, _: cases.withdraw(session, main.id, citizen_id=main.citizen_id or 0, now=MONDAY),
    "withdrawn on paper": lambda session, main, staff: petitions.record_withdrawal(
        session, main.id, staff=staff, reason="Đơn rút.", version=main.version, now=MONDAY
    ),
    "refused": lambda session, main, staff: handling.refuse(
        session, main.id, staff=staff, ground="khong_ro", reason="Đã hỏi.", version=main.version, now=MONDAY
    ),
    "guided": lambda session, main, staff: endings.refer(
        session, main.id, staff=staff, text="Tòa án khu vực 1.", version=main.version, effect_key="r", now=MONDAY
    ),
    "restricted": lambda session, main, staff: reclassifying.restrict(
        session, main.id, staff=staff, reason="Nêu tên trẻ em.", version=main.version, now=MONDAY
    ),
    "relabelled": lambda session, main, staff: reclassifying.reclassify(
        session, main.id, staff=staff, reason="Hỏi.", version=main.version, now=MONDAY,
        labels=Labels(kind="hoi_dap", regime="hoi_dap"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
def test_merged_cases_stand_for_themselves_when_the_main_one_brings_no_common_answer(
    database: Database, ending: str
) -> None:
    with database.write() as session:
        an = make_staff(session, "an", sees_restricted=True)
        case, main = make_case(session), make_case(session)
        due = case.due_at
        merged(session, case, main, an)
        ENDINGS[ending](session, main, an)
        assert (case.state, case.merged_into_id, case.due_at, case.restricted) == ("moi", None, due, False)
        told = session.scalars(select(Notice).where(Notice.case_id == case.id).order_by(Notice.id.desc())).first()
        assert told is not None and told.data["move"] == "unmerge"


def test_a_merged_case_that_becomes_secret_is_not_moved_or_answered_with_the_ordinary_one(database: Database) -> None:
    with database.write() as session:
        an, chi = make_staff(session, "an"), make_staff(session, "chi", unit=HAM_RONG)
        case, main = make_case(session), make_case(session)
        merged(session, case, main, an)
        reclassifying.restrict(session, case.id, staff=an, reason="Tên trẻ em.", version=case.version, now=MONDAY)
        assert (case.state, case.merged_into_id, case.restricted) == ("moi", None, True)
        open_words = select(Notice).where(Notice.case_id == case.id, Notice.handled_at.is_(None))
        assert session.scalars(open_words).all() == []
        handling.transfer(
            session, main.id, staff=an, agency="ubnd_xa", unit=HAM_RONG, reason="Bên kia cầu.", version=main.version,
            now=MONDAY,
        )  # fmt: skip
        answer(session, main, chi)
        assert (case.office_id, case.state, case.answers) == (an.office_id, "moi", [])


@pytest.mark.parametrize("released", ["main", "merged"])
def test_what_comes_out_of_secrecy_parts_from_what_stays_in_it(database: Database, released: str) -> None:
    with database.write() as session:
        hoa = make_staff(session, "hoa", role="leader", sees_restricted=True)
        case, main = make_case(session), make_case(session)
        for one in (case, main):
            reclassifying.restrict(session, one.id, staff=hoa, reason="Nêu tên.", version=one.version, now=MONDAY)
        merged(session, case, main, hoa)
        out = main if released == "main" else case
        reclassifying.release(session, out.id, staff=hoa, reason="Không cần.", version=out.version, now=MONDAY)
        assert (case.state, case.merged_into_id) == ("moi", None)
        assert [one.restricted for one in (case, main)].count(True) == 1


def test_a_secret_case_that_an_older_program_left_tied_to_an_ordinary_one_does_not_share_its_fate(
    database: Database,
) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        case, main = make_case(session), make_case(session)
        merged(session, case, main, an)
        case.restricted = True
        session.flush()
        assert merging.merged_cases(session, main.id) == []
        answer(session, main, an)
        assert (case.state, case.answers) == ("da_gop", [])


def test_a_main_case_whose_kind_alone_becomes_a_denunciation_lets_go_too(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        case, main = (make_case(session, regime="tin_bao_toi_pham") for _ in range(2))
        merged(session, case, main, an)
        labels = Labels(kind="to_cao", regime="tin_bao_toi_pham")
        reclassifying.reclassify(
            session, main.id, staff=an, labels=labels, reason="x", version=main.version, now=MONDAY
        )
        assert (main.restricted, case.state, case.merged_into_id) == (True, "moi", None)


def test_why_a_case_stands_for_itself_does_not_tell_what_became_of_the_other(database: Database) -> None:
    reasons = set()
    for ending in ENDINGS.values():
        with database.write() as session:
            staff = make_staff(session, f"an{len(reasons)}{id(ending)}", sees_restricted=True)
            case, main = make_case(session), make_case(session)
            merged(session, case, main, staff)
            ending(session, main, staff)
            event = ledger.last_event(session, case.id)
            assert event is not None
            reasons.add(session.get_one(CaseRemark, event.data["remarks"]["reason"]).text)
    assert reasons == {merging.NO_COMMON_ANSWER}


def test_a_merging_by_mistake_is_taken_back_with_a_reason(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        case, main = make_case(session), make_case(session)
        with pytest.raises(MoveNotAllowed):
            merging.unmerge(session, case.id, staff=an, reason="Nhầm.", version=case.version, now=MONDAY)
        merged(session, case, main, an)
        with pytest.raises(InvalidInput):
            merging.unmerge(session, case.id, staff=an, reason=" ", version=case.version, now=MONDAY)
        merging.unmerge(session, case.id, staff=an, reason="Hai ngõ khác nhau.", version=case.version, now=MONDAY)
        answer(session, main, an)
        assert (case.state, case.answers) == ("moi", [])


def test_nothing_is_merged_into_what_is_over_or_of_another_regime(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        case, over = make_case(session), make_case(session)
        answer(session, over, an)
        with pytest.raises(InvalidInput, match="đang được giải quyết"):
            merged(session, case, over, an)
        official = make_case(session, regime="pakn_hanh_vi")
        with pytest.raises(InvalidInput, match="cùng chế độ"):  # a quick answer would stand for an official one
            merged(session, official, case, an)


def test_likely_duplicates_are_of_one_regime(database: Database) -> None:
    with database.write() as session:
        case, same = make_case(session), make_case(session)
        make_case(session, regime="pakn_hanh_vi")
        assert [one.case.id for one in clusters.likely_duplicates(session, case)] == [same.id]


def test_a_surge_is_of_one_regime(database: Database) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        for _ in range(3):
            make_case(session)
        make_case(session, regime="pakn_hanh_vi")
        (surge,) = clusters.surges(session, an, now=MONDAY)
        assert surge.size == 3
