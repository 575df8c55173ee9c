"""Whatever is changed, inserted or deleted behind the program's back is found, and the first bad row is named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from feedback import anchors, answering, cases, handling, ledger, notes, petitions, verifying
from feedback.database import Database
from feedback.ledger_models import LedgerAnchor, LedgerHead
from feedback.models import Case, CaseEvent, Office
from feedback.verifying import Bad
from tests.factories import MONDAY, make_case, make_staff

SECRET = "khóa của hệ thống"


@pytest.fixture
def anchored(database: Database) -> Iterator[Database]:
    """Three cases with a few rows each, anchored twice; the third one after the first anchor."""
    with database.write() as session:
        an = make_staff(session, "an")
        for number in (1, 2):
            case = make_case(session, f"Đèn ngõ {number} tắt.")
            handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
            notes.add_note(session, case.id, staff=an, text="Đã gọi điện.", now=MONDAY)
        anchors.anchor(session, secret=SECRET, now=MONDAY)
        first = session.get_one(Case, 1)
        cases.answer(session, 1, staff=an, text="Đã thay bóng.", version=first.version, effect_key="a", now=MONDAY)
        make_case(session, "Rác chưa gom.")
        anchors.anchor(session, secret=SECRET, now=MONDAY + timedelta(hours=1))
    yield database


def bad(database: Database, **options: str) -> Bad | None:
    with database.read() as session:
        return verifying.verify(session, secret=SECRET, **options).bad  # type: ignore[arg-type]


def run(session: Session, statement: str) -> None:
    session.execute(text(statement))


def delete_events(session: Session, where: str) -> None:
    run(session, f"delete from case_event where {where}")


def delete_case(session: Session, case_id: int) -> None:
    for table in ("case_event", "reminder", "case_clock", "case_remark", "notice"):
        run(session, f"delete from {table} where case_id = {case_id}")
    run(session, f'delete from "case" where id = {case_id}')


def rewrite(session: Session) -> None:
    """Who knows the code but not the secret makes a whole chain anew, heads and anchors too."""
    event = session.scalars(select(CaseEvent).where(CaseEvent.case_id == 3)).one()
    event.actor = "staff:9"
    event.hash = ledger.event_hash(event)
    session.flush()
    session.scalars(select(LedgerHead).where(LedgerHead.case_id == 3)).one().hash = event.hash
    session.flush()
    link = session.get_one(LedgerAnchor, 2)
    heads = session.execute(
        select(LedgerHead.case_id, LedgerHead.seq, LedgerHead.hash).where(LedgerHead.anchor_id == 2)
    )
    link.hash = anchors.link_hash(link, [tuple(head) for head in heads])
    link.seal = anchors.sealed(link.hash, "khóa đoán")


TAMPERING: dict[str, tuple[Callable[[Session], None], tuple[str, int | None, int | None]]] = {
    # what is done: (how, (table, case, row) of the first bad one)
    "an actor is changed": (
        lambda s: run(s, "update case_event set actor = 'staff:9' where case_id = 1 and seq = 2"),
        ("case_event", 1, 2),
    ),
    "a time is changed": (
        lambda s: run(s, "update case_event set at = '2026-11-20 01:00:00' where case_id = 2 and seq = 1"),
        ("case_event", 2, 1),
    ),
    "a row in the middle is deleted": (
        lambda s: delete_events(s, "case_id = 1 and seq = 2"),
        ("case_event", 1, 2),
    ),
    "the tail is cut": (lambda s: delete_events(s, "case_id = 1 and seq >= 3"), ("case_event", 1, 3)),
    "the last row alone is cut": (lambda s: delete_events(s, "case_id = 1 and seq = 4"), ("case_event", 1, 4)),
    "all rows of a case are deleted": (lambda s: delete_events(s, "case_id = 2"), ("case_event", 2, 3)),
    "a whole case is deleted": (lambda s: delete_case(s, 3), ("case_event", 3, 1)),
    "the state is set by hand": (
        lambda s: run(s, "update \"case\" set state = 'da_tra_loi' where id = 2"),
        ("case", 2, 3),
    ),
    "the citizen's words are changed": (
        lambda s: run(s, "update \"case\" set text = 'Đèn sáng.' where id = 2"),
        ("case_event", 2, 1),
    ),
    "an answer is changed afterwards": (
        lambda s: run(s, "update answer set text = 'Đã thay hai bóng.'"),
        ("case_event", 1, 4),
    ),
    "a note is changed": (
        lambda s: run(s, "update case_remark set text = 'Chưa gọi.' where case_id = 2"),
        ("case_event", 2, 3),
    ),
    "an anchor's time is changed": (
        lambda s: run(s, "update ledger_anchor set at = '2026-11-20 01:00:00' where id = 1"),
        ("ledger_anchor", None, None),
    ),
    "a head is taken out of an anchor": (
        lambda s: run(s, "delete from ledger_head where case_id = 3"),
        ("ledger_anchor", None, None),
    ),
    "an anchor in the middle is deleted": (
        lambda s: (
            run(s, "delete from ledger_head where anchor_id = 1"),
            run(s, "delete from ledger_anchor where id = 1"),
        )[0],
        ("ledger_anchor", None, None),
    ),
    "everything is made anew without the secret": (rewrite, ("ledger_anchor", None, None)),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_and_the_first_bad_row_is_named(anchored: Database, what: str) -> None:
    assert bad(anchored) is None
    how, (table, case_id, seq) = TAMPERING[what]
    with anchored.write() as session:
        how(session)
    found = bad(anchored)
    assert found is not None and (found.table, found.case_id, found.seq) == (table, case_id, seq)
    assert found.why and found.row


def test_a_whole_chain_is_counted(anchored: Database) -> None:
    with anchored.read() as session:
        checked = verifying.verify(session, secret=SECRET)
    assert (checked.cases, checked.rows, checked.anchors, checked.bad) == (3, 8, 2, None)


def test_the_newest_anchors_can_only_be_cut_off_if_nobody_noted_their_hash(anchored: Database) -> None:
    with anchored.write() as session:
        noted = session.get_one(LedgerAnchor, 2).hash
        delete_case(session, 3)
        run(session, "delete from ledger_head where anchor_id = 2")
        run(session, "delete from ledger_anchor where id = 2")
    assert bad(anchored) is None, "inside the database nothing shows it"
    found = bad(anchored, published=noted)
    assert found is not None and found.table == "ledger_anchor"


def test_erasing_a_cases_key_leaves_its_chain_whole_and_its_words_free_to_go(anchored: Database) -> None:
    with anchored.write() as session:
        case = session.get_one(Case, 2)
        case.ledger_key, case.text = None, "(đã xóa)"
        run(session, "update case_remark set text = '' where case_id = 2")
    assert bad(anchored) is None


def test_no_mark_tells_anything_of_the_words(anchored: Database) -> None:
    with anchored.read() as session:
        rows = session.scalars(select(CaseEvent)).all()
        marks = [mark for row in rows for mark in row.data.get("marks", {}).values()]
        assert len(marks) == 6 and len(set(marks)) == 6, "the same words of two cases have different marks"
        assert not any("gọi" in str(row.data) or "bóng" in str(row.data) for row in rows)


def test_a_link_is_made_only_when_something_moved_and_by_one_process(anchored: Database) -> None:
    with anchored.write() as session:
        assert anchors.anchor(session, secret=SECRET, now=MONDAY) is None
        make_case(session, "Thêm một việc.")
        link = anchors.anchor(session, secret=SECRET, now=MONDAY + timedelta(hours=2))
        assert link is not None and (link.id, link.heads) == (3, 1)
        assert [one.id for one in anchors.recent(session)] == [3, 2, 1]


def test_a_transaction_that_commits_behind_the_window_is_taken_into_the_next_link(database: Database) -> None:
    with database.write() as session:
        early, late = make_case(session, "Một."), make_case(session, "Hai.")
        slow = session.scalars(select(CaseEvent).where(CaseEvent.case_id == early.id)).one()
        values = {column.key: getattr(slow, column.key) for column in CaseEvent.__table__.columns}
        session.delete(slow)
        session.flush()
        first = anchors.anchor(session, secret=SECRET, now=MONDAY)
        assert first is not None and first.heads == 1 and late.id
        session.add(CaseEvent(**values))
        session.flush()
        second = anchors.anchor(session, secret=SECRET, now=MONDAY)
        assert second is not None and second.heads == 1
        assert verifying.verify(session, secret=SECRET).bad is None


def test_a_receipt_fits_as_long_as_its_row_stands_in_the_chain(anchored: Database) -> None:
    with anchored.write() as session:
        case = session.get_one(Case, 1)
        hashes = [event.hash for event in case.events]
        assert all(verifying.fits_receipt(session, case.code, hashed) for hashed in hashes)
        assert not verifying.fits_receipt(session, case.code, "0" * 64)
        assert not verifying.fits_receipt(session, "LN-0000-0000", hashes[0])
        run(session, "update case_event set actor = 'staff:9' where case_id = 1 and seq = 3")
        session.expire_all()
        assert not verifying.fits_receipt(session, case.code, hashes[0])


def every_fact(session: Session) -> None:
    """One case with an official answer, its signed paper and a rating; one that waits; a lodged petition."""
    an, leader = make_staff(session, "binh"), make_staff(session, "hoa", role="leader")
    case = make_case(session, "Chậm trả hồ sơ.", regime="pakn_hanh_vi")
    handling.accept(session, case.id, staff=an, version=case.version, now=MONDAY)
    wording = answering.Wording("Đã trả hồ sơ ngày 20/11/2026.")
    answering.submit(session, case.id, staff=an, wording=wording, version=case.version, now=MONDAY)
    answering.approve(session, case.id, staff=leader, version=case.version, now=MONDAY)
    paper = notes.Upload("a.pdf", "application/pdf", b"%PDF-1")
    signed = answering.Signed("12/UBND", date(2026, 11, 20), "Trần Văn Mẫu", paper)
    answering.issue(session, case.id, staff=an, signed=signed, version=case.version, effect_key="i", now=MONDAY)
    cases.rate(session, case.id, citizen_id=case.citizen_id or 0, score=2, effect_key="r", now=MONDAY)
    make_case(session, "Đèn tắt.")
    complaint = make_case(session, "Phạt sai.", kind="khieu_nai")
    petition = petitions.Petition("1/ĐKN", date(2026, 11, 20), "Hạc Thành")
    petitions.record_petition(session, complaint.id, staff=an, petition=petition, version=complaint.version, now=MONDAY)
    notes.add_note(session, complaint.id, staff=an, text="Đã gọi.", now=MONDAY)


FACTS = {
    # what is changed beside the chain: (the statement, the table that is named, the case)
    "the number of a paper": ("update answer set number = '99'", "answer", 1),
    "the day of a paper": ("update answer set dated = '2026-11-01'", "answer", 1),
    "its signer": ("update answer set signer = 'Ai đó'", "answer", 1),
    "the signed paper": ("update case_file set data = {bytes}", "case_file", 1),
    "the signed paper with its checksum": ("update case_file set data = {bytes}, sha256 = 'x'", "case_file", 1),
    "the wording that was approved": ("update answer_draft set text = 'Khác.'", "case_event", 1),
    "a rating": ("update rating set score = 5", "rating", 1),
    "a rating away": ("delete from rating", "rating", 1),
    "when it was answered": ("update \"case\" set answered_at = '2026-11-20 02:00:00' where id = 1", "case", 1),
    "when it came": ("update \"case\" set received_at = '2026-11-25 02:00:00' where id = 2", "case", 2),
    "its deadline": ("update \"case\" set due_at = '2027-11-25 02:00:00' where id = 2", "case", 2),
    "a deadline as set": ("update case_clock set due_at = '2027-11-25 02:00:00' where case_id = 1", "case_clock", 1),
    "its regime": ("update \"case\" set regime = 'hoi_dap' where id = 2", "case", 2),
    "its office": ("update \"case\" set office_id = 99 where id = 2", "case", 2),
    "the day of a petition": ("update \"case\" set petition_date = '2026-11-23' where id = 3", "case", 3),
}  # fmt: skip


@pytest.mark.parametrize("what", FACTS)
def test_a_fact_beside_the_chain_that_was_changed_is_found(database: Database, what: str) -> None:
    with database.write() as session:
        every_fact(session)
    assert bad(database) is None
    statement, table, case_id = FACTS[what]
    with database.write() as session:
        if "office_id" in statement:
            session.add(Office(id=99, agency="so_y_te", unit="38", name="Sở", level="tinh", province_code="38"))
            session.flush()
        of_bytes = "bytea" if session.get_bind().dialect.name == "postgresql" else "blob"
        run(session, statement.replace("{bytes}", f"cast('%PDF-2' as {of_bytes})"))
    found = bad(database)
    assert found is not None and (found.table, found.case_id) == (table, case_id)


def test_a_case_taken_out_from_under_its_chain_is_found(tmp_path: Path, empty_sqlite: Path) -> None:
    path = tmp_path / "a.sqlite"
    shutil.copy(empty_sqlite, path)
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        every_fact(session)
    raw = sqlite3.connect(path)  # without the checks of foreign keys
    raw.execute('delete from "case" where id = 2')
    raw.commit()
    raw.close()
    found = bad(database)
    database.dispose()
    assert found is not None and (found.table, found.case_id, found.seq) == ("case_event", 2, 1)
