"""Finds tampering with the ledger: a changed, inserted or deleted row, a cut tail, a lost case, changed words.

What each check can see: the chain of a case (rows between its first and last), the anchors (its tail, whole cases),
the seals (a database rewritten as a whole by who has not the secret), the marks (words that a row speaks of), and
feedback.recorded the facts beside the chain: receipt, deadlines, labels, office, answer, paper, file, rating.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedback import ledger
from feedback.anchors import link_hash, sealed
from feedback.handling_models import CaseRemark
from feedback.ledger import GENESIS
from feedback.ledger_models import LedgerAnchor, LedgerHead
from feedback.models import Answer, Case, CaseEvent
from feedback.recorded import Stored, first_fault
from feedback.work_models import AnswerDraft

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Bad:
    """The first row that does not fit. `table` and `row` name it; `case_id` and `seq` where it is a case's."""

    table: str
    row: str
    why: str
    case_id: int | None = None
    seq: int | None = None

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.why}"


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was looked at, and the first bad row, None when all is well."""

    cases: int
    rows: int
    anchors: int
    bad: Bad | None = None


def verify(session: Session, *, secret: str, published: str | None = None) -> Checked:
    """Look at everything, in this order: anchors, heads, chains with their words; the first bad row ends it.

    `published`: a hash that was noted outside; it must be one of the anchors'.
    """
    anchors, bad = _anchors(session, secret, published)
    if bad is None:
        bad = _heads(session)
    looked = Checked(0, 0, anchors, bad)
    for cases, rows, found in _chains(session) if bad is None else ():
        looked = Checked(cases, rows, anchors, found)
        if found is not None:
            break
    return looked if looked.bad else replace(looked, bad=_without_chain(session))


def fits_receipt(session: Session, code: str, hashed: str) -> bool:
    """Whether the hash on a citizen's receipt is a row of this case's chain, and the chain is whole."""
    case = session.scalars(select(Case).where(Case.code == code)).first()
    if case is None or ledger.first_broken(session, case.id) is not None:
        return False
    mine = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.hash == hashed)
    return session.scalars(mine).first() is not None


def _anchors(session: Session, secret: str, published: str | None) -> tuple[int, Bad | None]:
    previous, count, seen = GENESIS, 0, published is None
    for link in session.scalars(select(LedgerAnchor).order_by(LedgerAnchor.id)):
        heads = session.execute(
            select(LedgerHead.case_id, LedgerHead.seq, LedgerHead.hash).where(LedgerHead.anchor_id == link.id)
        ).all()
        count += 1
        why = _link_fault(link, [tuple(head) for head in heads], count, previous, secret)  # type: ignore[misc]
        if why:
            return count, Bad("ledger_anchor", f"số {link.id}", why)
        previous, seen = link.hash, seen or link.hash == published
    if not seen:
        return count, Bad("ledger_anchor", f"{published}", "mã đã công bố không còn trong chuỗi neo")
    return count, None


def _link_fault(link: LedgerAnchor, heads: list[tuple[int, int, str]], number: int, previous: str, secret: str) -> str:
    if link.id != number:
        return f"thiếu mắt xích số {number}"
    if link.previous_hash != previous or link.heads != len(heads):
        return "không khớp mắt xích trước hoặc số đầu chuỗi"
    if link.hash != link_hash(link, heads):
        return "mã băm không khớp nội dung"
    return "" if link.seal == sealed(link.hash, secret) else "dấu niêm không đúng khóa của hệ thống"


def _heads(session: Session) -> Bad | None:
    """Every head that was anchored is still a row, with the same hash, and its anchor is there."""
    cut = select(LedgerHead.anchor_id).where(
        ~select(LedgerAnchor.id).where(LedgerAnchor.id == LedgerHead.anchor_id).exists()
    )
    number = session.scalars(cut.order_by(LedgerHead.anchor_id).limit(1)).first()
    if number is not None:
        return Bad("ledger_anchor", f"số {number}", "mắt xích này không còn")
    same = (CaseEvent.case_id == LedgerHead.case_id) & (CaseEvent.seq == LedgerHead.seq)
    statement = (
        select(LedgerHead, CaseEvent.hash)
        .outerjoin(CaseEvent, same)
        .where(or_(CaseEvent.hash.is_(None), CaseEvent.hash != LedgerHead.hash))
        .order_by(LedgerHead.case_id, LedgerHead.seq)
        .limit(1)
    )
    found = session.execute(statement).first()
    if found is None:
        return None
    head, present = found
    why = "dòng đã neo không còn" if present is None else "dòng đã neo bị thay"
    return _row(head.case_id, head.seq, why)


def _chains(session: Session) -> Iterator[tuple[int, int, Bad | None]]:
    """(cases so far, rows so far, the first bad row) after each case; words are read a batch of cases at a time."""
    cases = rows = 0
    after = 0
    while True:
        batch = session.scalars(select(Case).where(Case.id > after).order_by(Case.id).limit(BATCH)).all()
        if not batch:
            return
        after = batch[-1].id
        by_id = {case.id: case for case in batch}
        events = session.scalars(
            select(CaseEvent).where(CaseEvent.case_id.in_(by_id)).order_by(CaseEvent.case_id, CaseEvent.seq)
        )
        words, stored = _Words.of(session, by_id), Stored.of(session, list(by_id))
        for case_id, group in groupby(events, key=lambda event: event.case_id):
            chain = list(group)
            cases, rows = cases + 1, rows + len(chain)
            yield cases, rows, _chain_fault(by_id[case_id], chain, words, stored)
        session.expunge_all()


def _chain_fault(case: Case, chain: list[CaseEvent], words: _Words, stored: Stored) -> Bad | None:
    previous = GENESIS
    for expected, event in enumerate(chain, start=1):
        if event.seq != expected:
            return _row(case.id, expected, "thiếu dòng này")
        if event.previous_hash != previous or event.hash != ledger.event_hash(event):
            return _row(case.id, event.seq, "mã băm không khớp nội dung hoặc dòng trước")
        changed = words.changed(case, event)
        if changed:
            return _row(case.id, event.seq, changed)
        previous = event.hash
    if chain[-1].to_state != case.state:
        return Bad("case", f"số {case.id}", "trạng thái khác dòng cuối của sổ cái", case.id, chain[-1].seq)
    fault = first_fault(case, chain, stored)
    if fault is None:
        return None
    table, why, seq = fault
    return Bad(table, f"của vụ việc số {case.id} (dòng {seq} của sổ cái)", why, case.id, seq)


def _without_chain(session: Session) -> Bad | None:
    """A case that has no row at all, or rows whose case is gone."""
    alone = select(CaseEvent).where(~select(Case.id).where(Case.id == CaseEvent.case_id).exists())
    event = session.scalars(alone.order_by(CaseEvent.case_id, CaseEvent.seq).limit(1)).first()
    if event is not None:
        return _row(event.case_id, event.seq, "vụ việc của dòng này không còn")
    lost = select(Case.id).where(~select(CaseEvent.id).where(CaseEvent.case_id == Case.id).exists())
    case_id = session.scalars(lost.order_by(Case.id).limit(1)).first()
    return None if case_id is None else _row(case_id, 1, "vụ việc không có dòng nào trong sổ cái")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words that the rows of a batch of cases speak of, by their ids."""

    remarks: dict[int, str]
    answers: dict[int, str]
    drafts: dict[int, str]

    @classmethod
    def of(cls, session: Session, case_ids: dict[int, Case]) -> _Words:
        remarks = session.execute(select(CaseRemark.id, CaseRemark.text).where(CaseRemark.case_id.in_(case_ids)))
        answers = session.execute(select(Answer.id, Answer.text).where(Answer.case_id.in_(case_ids)))
        drafts = session.execute(select(AnswerDraft.id, AnswerDraft.text).where(AnswerDraft.case_id.in_(case_ids)))
        return cls(dict(remarks.all()), dict(answers.all()), dict(drafts.all()))

    def changed(self, case: Case, event: CaseEvent) -> str:
        """What was changed of the words, empty when nothing was; a case whose key was erased cannot be asked."""
        if case.ledger_key is None:
            return ""
        for kind, mark in event.data.get("marks", {}).items():
            if kind == "signer":
                continue  # stands with the answer: feedback.recorded
            text = self._text(case, event, kind)
            if text is None:
                return f"lời đi kèm ({kind}) không còn"
            if ledger.mark(case.ledger_key, text) != mark:
                return f"lời đi kèm ({kind}) đã bị sửa"
        return ""

    def _text(self, case: Case, event: CaseEvent, kind: str) -> str | None:
        if kind == "text":
            return case.text
        if kind == "answer":
            return self.answers.get(event.data.get("answer", 0))
        if kind == "draft":
            return self.drafts.get(event.data.get("draft", 0))
        return self.remarks.get(event.data.get("remarks", {}).get(kind, 0))


def _row(case_id: int, seq: int, why: str) -> Bad:
    return Bad("case_event", f"vụ việc số {case_id}, dòng {seq}", why, case_id, seq)
