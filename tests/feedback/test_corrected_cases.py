"""What staff corrected is handed on for learning; of denunciations, nothing."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import handling, reclassifying
from feedback.database import Database
from feedback.handling_models import RouteCorrection
from feedback.models import Case
from feedback.reclassifying import Labels, labels_of
from feedback.repository_corrections import corrected_cases
from tests.factories import HAM_RONG, MONDAY, make_case, make_staff

TO_CAO = Labels(kind="to_cao", regime="to_cao", problem="nhung_nhieu")


def test_a_relabelled_case_is_an_example_with_the_labels_that_it_has_now(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        labels = replace(labels_of(case), regime="pakn_hanh_vi", problem="cham_tre")
        reclassifying.reclassify(session, case.id, staff=an, labels=labels, reason="x", version=1, now=MONDAY)
        [example] = corrected_cases(session)
        assert (example.text, example.kind, example.problem) == (case.text, case.kind, "cham_tre")
        assert "agency" not in example._fields  # a slug is no span of the text


def test_a_case_that_was_only_sent_elsewhere_is_no_example(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        handling.transfer(
            session, case.id, staff=an, agency="ubnd_xa", unit=HAM_RONG, reason="Bên kia cầu.", version=1, now=MONDAY
        )
        assert session.scalars(select(RouteCorrection)).one().case_id == case.id
        assert corrected_cases(session) == []


def corrected(session: Session) -> Case:
    """A case whose problem was put right by an."""
    an, case = make_staff(session, "an", sees_restricted=True), make_case(session)
    labels = Labels(kind="phan_anh", regime="pakn_hanh_vi", problem="cham_tre")
    reclassifying.reclassify(session, case.id, staff=an, labels=labels, reason="x", version=1, now=MONDAY)
    return case


def test_a_sample_is_no_example(database: Database) -> None:
    with database.write() as session:
        corrected(session).is_sample = True
        session.flush()
        assert corrected_cases(session) == []


def test_both_names_of_the_record_are_told_so_that_they_can_be_masked(database: Database) -> None:
    with database.write() as session:
        case = corrected(session)
        assert case.citizen is not None
        case.contact_name, case.citizen.name = "Nguyễn Thị Hiền", "Lê Anh Tú"
        session.flush()
        assert corrected_cases(session)[0].names == ("Nguyễn Thị Hiền", "Lê Anh Tú")


def test_a_case_that_was_restricted_for_a_time_is_never_an_example(database: Database) -> None:
    with database.write() as session:
        case, hoa = corrected(session), make_staff(session, "hoa", role="leader", sees_restricted=True)
        for step in (reclassifying.restrict, reclassifying.release):
            step(session, case.id, staff=hoa, reason="Nêu tên trẻ em.", version=case.version, now=MONDAY)
        assert not case.restricted
        assert corrected_cases(session) == []


def test_a_denunciation_by_its_regime_alone_is_never_an_example(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an", sees_restricted=True), make_case(session)
        for regime in ("to_cao", "pakn_hanh_vi"):
            labels = Labels(kind="phan_anh", regime=regime)
            reclassifying.reclassify(
                session, case.id, staff=an, labels=labels, reason="x", version=case.version, now=MONDAY
            )
            case.office, case.office_id = an.office, an.office_id or 0
            session.flush()
        case.restricted = False
        session.flush()
        assert corrected_cases(session) == []


def test_a_case_that_nobody_corrected_is_no_example(database: Database) -> None:
    with database.write() as session:
        make_case(session)
        assert corrected_cases(session) == []


def test_a_case_that_became_a_denunciation_is_never_an_example(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        reclassifying.reclassify(session, case.id, staff=an, labels=TO_CAO, reason="x", version=1, now=MONDAY)
        assert case.restricted
        assert corrected_cases(session) == []
        case.restricted, case.kind = False, "phan_anh"  # even where it was read otherwise afterwards
        session.flush()
        assert corrected_cases(session) == []
