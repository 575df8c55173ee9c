"""Holds a case, and what belongs to it, against what its ledger recorded: the facts that an inspector would ask for."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import ledger
from feedback.handling_models import CaseClock
from feedback.models import Answer, Case, CaseEvent, CaseFile, Rating

Fault = tuple[str, str, int]
"""(table, what is wrong, the number of the ledger's row that says otherwise)."""

_ANSWERS = ("answer", "answer_merged")


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies beside a batch of cases: answers and files by their ids, ratings and clocks by the case."""

    session: Session
    answers: Mapping[int, Answer]
    ratings: Mapping[int, int]
    files: Mapping[int, Sequence[tuple[int, str]]]
    clocks: Mapping[int, Sequence[CaseClock]]

    @classmethod
    def of(cls, session: Session, case_ids: Sequence[int]) -> Stored:
        answers = session.scalars(select(Answer).where(Answer.case_id.in_(case_ids)))
        rated = session.execute(select(Rating.case_id, Rating.score).where(Rating.case_id.in_(case_ids)))
        ratings = {row.case_id: row.score for row in rated}
        files: dict[int, list[tuple[int, str]]] = defaultdict(list)
        kept = select(CaseFile.case_id, CaseFile.id, CaseFile.sha256).where(CaseFile.case_id.in_(case_ids))
        for case_id, file_id, sha256 in session.execute(kept):
            files[case_id or 0].append((file_id, sha256))
        clocks: dict[int, list[CaseClock]] = defaultdict(list)
        for clock in session.scalars(select(CaseClock).where(CaseClock.case_id.in_(case_ids)).order_by(CaseClock.id)):
            clocks[clock.case_id].append(clock)
        return cls(session, {one.id: one for one in answers}, ratings, files, clocks)


def first_fault(case: Case, chain: Sequence[CaseEvent], stored: Stored) -> Fault | None:
    """The first thing that is not as the ledger has it; what an old row does not speak of is passed over."""
    checks = (_files, _papers, _clocks, _receipt, _labels, _secrecy, _petition, _answered, _rated, _place)
    return next((fault for check in checks for fault in check(case, chain, stored)), None)


def _files(case: Case, chain: Sequence[CaseEvent], stored: Stored) -> Iterator[Fault]:
    """The bytes of each file that a row names by its SHA-256."""
    known = {sha256: file_id for file_id, sha256 in stored.files.get(case.id, ())}
    for event in chain:
        wanted = event.data.get("sha256")
        if wanted is None:
            continue
        if wanted not in known:
            yield "case_file", "tệp mà dòng này ghi không còn", event.seq
            continue
        data = stored.session.scalar(select(CaseFile.data).where(CaseFile.id == known[wanted]))
        if hashlib.sha256(data or b"").hexdigest() != wanted:
            yield "case_file", f"tệp số {known[wanted]} đã bị thay nội dung", event.seq


def _papers(case: Case, chain: Sequence[CaseEvent], stored: Stored) -> Iterator[Fault]:
    """Number, day and signer of an official answer."""
    for event in chain:
        answer = stored.answers.get(event.data.get("answer", 0))
        if answer is None or "number" not in event.data or event.move != "answer":
            continue
        dated = answer.dated.isoformat() if answer.dated else None
        if (answer.number, dated) != (event.data["number"], event.data.get("date")):
            yield "answer", "số hoặc ngày của văn bản đã bị sửa", event.seq
        signed = event.data.get("marks", {}).get("signer")
        if signed and case.ledger_key and ledger.mark(case.ledger_key, answer.signer or "") != signed:
            yield "answer", "người ký đã bị sửa", event.seq


def _clocks(case: Case, chain: Sequence[CaseEvent], stored: Stored) -> Iterator[Fault]:
    """Every deadline that had been set when a row was written, and the one that the case shows."""
    clocks = stored.clocks.get(case.id, ())
    for event in chain:
        recorded = event.data.get("clocks")
        if recorded and ledger.clock_marks([one for one in clocks if one.id <= recorded[0]]) != recorded:
            yield "case_clock", "thời hạn đã đặt bị sửa hoặc xóa", event.seq
    shown = {(one.step, _utc(one.due_at)) for one in clocks}
    if case.due_at is not None and clocks and (case.due_step, _utc(case.due_at)) not in shown:
        yield "case", "hạn ghi ở vụ việc khác mọi thời hạn đã đặt", chain[-1].seq


def _receipt(case: Case, chain: Sequence[CaseEvent], _stored: Stored) -> Iterator[Fault]:
    received = chain[0].data.get("received")
    if received is not None and _utc(datetime.fromisoformat(received)) != _utc(case.received_at):
        yield "case", "thời điểm nhận đã bị sửa", chain[0].seq


def _labels(case: Case, chain: Sequence[CaseEvent], _stored: Stored) -> Iterator[Fault]:
    said = [(event.seq, event.data.get("after") or event.data.get("labels")) for event in chain]
    known = [(seq, labels) for seq, labels in said if labels]
    if known and (case.kind, case.regime) != (known[-1][1]["kind"], known[-1][1]["regime"]):
        yield "case", "loại hoặc chế độ khác sổ cái", known[-1][0]


def _secrecy(case: Case, chain: Sequence[CaseEvent], _stored: Stored) -> Iterator[Fault]:
    marked = [event for event in chain if event.move in ("restrict", "release")]
    if marked and (marked[-1].move == "restrict") > case.restricted:
        yield "case", "dấu hạn chế đã bị gỡ", marked[-1].seq


def _petition(case: Case, chain: Sequence[CaseEvent], _stored: Stored) -> Iterator[Fault]:
    lodged = [event for event in chain if event.move == "record_petition"]
    day = case.petition_date.isoformat() if case.petition_date else None
    if lodged and (case.petition_number, day) != (lodged[-1].data.get("number"), lodged[-1].data.get("date")):
        yield "case", "số hoặc ngày của đơn đã bị sửa", lodged[-1].seq


def _answered(case: Case, chain: Sequence[CaseEvent], _stored: Stored) -> Iterator[Fault]:
    given = [event for event in chain if event.move in (*_ANSWERS, "reopen")]
    if not given:
        if case.answered_at is not None:
            yield "case", "ghi là đã trả lời mà sổ cái không có câu trả lời nào", chain[-1].seq
    elif given[-1].move in _ANSWERS and (case.answered_at is None or _utc(case.answered_at) != _utc(given[-1].at)):
        yield "case", "thời điểm trả lời khác sổ cái", given[-1].seq


def _rated(case: Case, chain: Sequence[CaseEvent], stored: Stored) -> Iterator[Fault]:
    rated = [event for event in chain if event.move == "rate"]
    if rated and stored.ratings.get(case.id) != rated[-1].data.get("score"):
        yield "rating", "điểm công dân chấm đã bị sửa hoặc xóa", rated[-1].seq
    if not rated and case.id in stored.ratings:
        yield "rating", "điểm không phải do công dân chấm", chain[-1].seq


def _place(case: Case, chain: Sequence[CaseEvent], _stored: Stored) -> Iterator[Fault]:
    if chain[-1].office_id != case.office_id:
        yield "case", "cơ quan giữ vụ việc khác dòng cuối của sổ cái", chain[-1].seq


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
