"""The two tracks of an answer: quick, by the officer; official, from draft over approval to the signed paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import approvals, cases, endings, repository, sampling
from feedback.empty_talk import EmptyTalk, empty_talk
from feedback.errors import CaseChanged, FeedbackError, InvalidInput, MoveNotAllowed
from feedback.handling_models import CaseLetter
from feedback.law import load_yaml
from feedback.models import Answer, Case, CaseFile, Staff
from feedback.moves import actor_of, clean, for_work, notify, take
from feedback.notes import Upload, keep
from feedback.work_models import AnswerDraft
from feedback.working_calendar import VIETNAM

PDF = "application/pdf"


class SaysNothing(InvalidInput):
    """The answer is empty talk; it goes out only when the officer says so once more."""

    code = "says_nothing"

    def __init__(self, found: EmptyTalk) -> None:
        super().__init__(found.message)
        self.found = found


class OwnDraft(MoveNotAllowed):
    """Who stands in for the absent leader wrote this draft: four eyes, not two."""

    code = "own_draft"
    message = (
        "Anh/chị đang thay lãnh đạo nên không duyệt dự thảo do chính mình trình. Mời lãnh đạo hoặc người khác duyệt."
    )


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of an answer; `anyway`: the officer was told that they say little, and sends them all the same."""

    text: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """The official paper: its number, its day, who signed, and the PDF that was signed outside."""

    number: str
    dated: date
    signer: str
    pdf: Upload


@cache
def _official() -> frozenset[str]:
    return frozenset(load_yaml("answer_tracks.yml")["official"])


def is_official(case: Case) -> bool:
    """Whether this case's regime wants number, date and signature."""
    return case.regime in _official()


def answer_now(
    session: Session,
    case_id: int,
    *,
    staff: Staff,
    wording: Wording,
    version: int,
    effect_key: str,
    now: datetime,
    share: float = 0.0,
) -> Answer:
    """The quick track, also for guiding a petitioner and for handing on a body's own letter.

    `share`: of the quick answers this share is drawn for a later check.
    Raises SaysNothing, MoveNotAllowed and what cases.answer raises. Merged cases get the same answer.
    """
    case = for_work(session, case_id, staff=staff)
    existing = repository.answer_by_effect_key(session, effect_key)
    if existing is not None and existing.case_id == case.id:
        return existing
    if case.version != version:
        raise CaseChanged()
    guiding = case.state == "cho_nop_don"
    if is_official(case) and not guiding and not _brings_a_reply(session, case):
        raise MoveNotAllowed(
            "Việc này cần trả lời chính thức: trình dự thảo, lãnh đạo duyệt, rồi ghi số, ngày, người ký và bản đã ký."
        )
    if not guiding:
        _refuse_empty_talk(wording)
    text = wording.text
    record = cases.answer(session, case_id, staff=staff, text=text, version=version, effect_key=effect_key, now=now)
    _send_files(session, case, record)
    if not guiding:
        endings.answer_merged(session, case_id, staff=staff, text=text, effect_key=effect_key, now=now)
        if not case.restricted:
            sampling.draw(session, record, share=share, now=now)
    return record


def submit(
    session: Session, case_id: int, *, staff: Staff, wording: Wording, version: int, now: datetime
) -> AnswerDraft:
    """Put this wording before the leader. Raises SaysNothing like `answer_now`."""
    case = for_work(session, case_id, staff=staff, version=version)
    words = clean(wording.text)
    if not words or len(words) > cases.MAX_ANSWER:
        raise InvalidInput(f"Dự thảo cần có từ 1 đến {cases.MAX_ANSWER} ký tự.")
    _refuse_empty_talk(wording)
    draft = AnswerDraft(case_id=case.id, text=words, staff_id=staff.id, at=now)
    session.add(draft)
    session.flush()
    data, marked = {"draft": draft.id}, {"draft": words}
    approvals.submit(session, case_id, staff=staff, version=case.version, now=now, data=data, words=marked)
    return draft


def approve(session: Session, case_id: int, *, staff: Staff, version: int, now: datetime) -> Case:
    """The leader agrees to the wording that was submitted last.

    Raises OwnDraft when a deputy would approve what they wrote. A leader may: who signs answers for it anyway.
    """
    case = for_work(session, case_id, staff=staff, version=version)
    draft = latest_draft(session, case_id)
    if case.state == "cho_duyet" and is_deputys_own(draft, staff):
        raise OwnDraft()
    data = {"draft": draft.id} if draft else {}
    return approvals.approve(session, case_id, staff=staff, version=version, now=now, data=data)


def is_deputys_own(draft: AnswerDraft | None, staff: Staff) -> bool:
    """Whether this person may approve only in the absent leader's place, and wrote the draft."""
    return draft is not None and draft.staff_id == staff.id and staff.role != "leader" and staff.leads


def approve_many(
    session: Session, wanted: Sequence[tuple[int, int]], *, staff: Staff, now: datetime
) -> dict[int, str | None]:
    """Approve several at once, each for itself: what could not be approved names why, the others go on.

    `wanted`: (case id, version as shown). Rows are locked in the order of their ids.
    """
    outcome: dict[int, str | None] = {}
    for case_id, version in sorted(wanted):
        try:
            with session.begin_nested():
                approve(session, case_id, staff=staff, version=version, now=now)
            outcome[case_id] = None
        except FeedbackError as error:
            outcome[case_id] = error.message
    return outcome


def issue(
    session: Session,
    case_id: int,
    *,
    staff: Staff,
    signed: Signed,
    version: int,
    effect_key: str,
    now: datetime,
) -> Answer:
    """The approved answer was signed outside: its number, day and signer are recorded, the citizen gets the PDF.

    Once for each `effect_key`. Raises CaseChanged, MoveNotAllowed, InvalidInput.
    """
    case = for_work(session, case_id, staff=staff)
    existing = repository.answer_by_effect_key(session, effect_key)
    if existing is not None and existing.case_id == case.id:
        return existing
    if case.version != version:
        raise CaseChanged()
    if case.state != "da_duyet":
        raise MoveNotAllowed("Chỉ phát hành sau khi lãnh đạo đã duyệt.")
    number, signer = clean(signed.number), clean(signed.signer)
    _check_signed(number, signer, signed, now=now)
    draft = latest_draft(session, case.id)
    text = draft.text if draft else f"Văn bản số {number}."
    record = cases.keep_answer(session, case, text, staff=staff, effect_key=effect_key, now=now)
    record.number, record.dated, record.signer = number, signed.dated, signer
    file = keep(session, case, signed.pdf, staff=staff, for_citizen=True, now=now)
    data = {"answer": record.id, "number": number, "date": signed.dated.isoformat(), "sha256": file.sha256}
    carried, marked = {"answer": text}, {"signer": signer}
    take(session, case, "answer", actor=actor_of(staff), now=now, carried=carried, data=data, words=marked)
    _send_files(session, case, record)
    cases.finish(session, case, now=now)
    notify(session, case, "case_answered", now=now, data={"answer": record.id})
    for merged in endings.answer_merged(session, case.id, staff=staff, text=text, effect_key=effect_key, now=now):
        merged.number, merged.dated, merged.signer = record.number, record.dated, record.signer
    return record


def latest_draft(session: Session, case_id: int) -> AnswerDraft | None:
    """The wording that was submitted last."""
    mine = select(AnswerDraft).where(AnswerDraft.case_id == case_id)
    return session.scalars(mine.order_by(AnswerDraft.id.desc()).limit(1)).first()


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """A case that waits for approval, the wording that was submitted last and who submitted it.

    `own`: a deputy's own, which somebody else approves.
    """

    case: Case
    draft: AnswerDraft | None
    by: str
    own: bool


def waiting_drafts(session: Session, staff: Staff) -> list[WaitingDraft]:
    """What waits for this person's approval, the most pressing first."""
    found = repository.waiting_for_approval(session, staff)
    of_these = select(func.max(AnswerDraft.id)).where(AnswerDraft.case_id.in_([case.id for case in found]))
    newest = select(AnswerDraft).where(AnswerDraft.id.in_(of_these.group_by(AnswerDraft.case_id)))
    drafts = {draft.case_id: draft for draft in session.scalars(newest)}
    names = repository.staff_names(session, {draft.staff_id for draft in drafts.values()})
    pairs = ((case, drafts.get(case.id)) for case in found)
    return [
        WaitingDraft(case, draft, names.get(draft.staff_id, "") if draft else "", own=is_deputys_own(draft, staff))
        for case, draft in pairs
    ]


def files_of(session: Session, answer: Answer) -> list[CaseFile]:
    """What goes to the citizen with the answer; a merged case's answer carries the main case's signed paper."""
    mine = session.scalars(select(CaseFile).where(CaseFile.answer_id == answer.id).order_by(CaseFile.id)).all()
    case = session.get_one(Case, answer.case_id)
    if mine or case.merged_into_id is None or answer.number is None:
        return list(mine)
    same = (Answer.case_id == case.merged_into_id, Answer.number == answer.number)
    main = session.scalars(select(Answer).where(*same).order_by(Answer.id.desc()).limit(1)).first()
    return files_of(session, main) if main is not None else []


def _refuse_empty_talk(wording: Wording) -> None:
    found = None if wording.anyway else empty_talk(wording.text)
    if found is not None:
        raise SaysNothing(found)


def _brings_a_reply(session: Session, case: Case) -> bool:
    """Whether the body that works by letter has answered: its own signed letter is handed on."""
    replies = select(CaseLetter.id).where(CaseLetter.case_id == case.id, CaseLetter.kind == "reply")
    return case.responsible is not None and session.scalars(replies.limit(1)).first() is not None


def _send_files(session: Session, case: Case, answer: Answer) -> None:
    for file in case.files:
        if file.for_citizen and file.answer_id is None:
            file.answer_id = answer.id
    session.flush()


def _check_signed(number: str, signer: str, signed: Signed, *, now: datetime) -> None:
    if not number or len(number) > 60 or not signer or len(signer) > 120:
        raise InvalidInput("Ghi số văn bản (tối đa 60 ký tự) và người ký (tối đa 120 ký tự).")
    if signed.dated > now.astimezone(VIETNAM).date():
        raise InvalidInput("Ngày của văn bản không thể ở tương lai.")
    if signed.pdf.content_type != PDF:
        raise InvalidInput("Bản đã ký phải là tệp PDF.")
