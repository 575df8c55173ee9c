"""Forms that came back on paper or by telephone, one by one or from a spreadsheet; what became of the other units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from feedback.models import Staff
from surveys import filling, repository
from surveys.answers import Skipped, understand
from surveys.errors import InvalidOption
from surveys.keeping import MODES, About, keep
from surveys.questionnaire_files import load
from surveys.questionnaires import Answer, Question, Questionnaire
from surveys.rounds import repository as round_repository
from surveys.rounds import steps
from surveys.rounds.dispositions import ENTERED, REPLACEABLE, TITLES
from surveys.rounds.models import SampleUnit, SurveyRound
from surveys.rounds.sheets import InvalidRows, RowError, SheetRow, header_name, read_sheet

NUMBER = ("number", ("số phiếu", "mã phiếu", "phiếu số", "phiếu"))
MODE = ("mode", ("hình thức", "cách thu", "mode"))
DAY = ("day", ("ngày", "ngày trả lời", "ngày thu phiếu", "date"))
PAPER_MODES: Mapping[str, str] = {"giay": "paper", "phieu giay": "paper", "paper": "paper"} | {
    "dien thoai": "phone",
    "goi dien": "phone",
    "phone": "phone",
}
ATTEMPTS = 3
"""Visits or calls at different times before a unit may be replaced because nobody was met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedForm:
    """One form that came back; `dropped` answers stood against the skip rules and are left out."""

    number: int
    answers: Mapping[str, Answer]
    mode: str
    day: date
    dropped: int = 0


def form_answers(form: Questionnaire, given: Mapping[str, Answer]) -> tuple[dict[str, Answer], int]:
    """The answers as the form would have asked for them, blank where nothing was given; how many were dropped because
    the skip rules did not let their questions be asked."""
    answers: dict[str, Answer] = {}
    while (question := form.next_question(answers)) is not None:
        answers[question.code] = given.get(question.code)
    dropped = sum(given[code] is not None for code in given if code not in answers)
    return answers, dropped


def typed_answer(question: Question, codes: Sequence[str]) -> Answer:
    """What was ticked in the entry form: blank, one option, or several."""
    if not codes:
        return None
    if question.kind == "choices":
        return [code for code in question.options if code in codes]
    return int(codes[0]) if question.kind == "scale" else codes[0]


def enter_form(
    session: Session, round_id: int, collected: CollectedForm, *, staff: Staff | None, now: datetime
) -> list[int]:
    """Keep a form under a random id; the invitations that are over with it, whose words the caller takes out.

    Raises InvalidOption: no such unit, not issued, answered before, nothing answered, a day outside of the round.
    """
    survey = steps.round_for_change(session, round_id, states=("open",))
    unit = _answering_unit(session, survey, collected.number)
    _check(survey, collected, now=now)
    outcome = filling.outcome_of(load(survey.questionnaire), collected.answers)
    if outcome == "break_off":
        raise InvalidOption(
            f"Phiếu {collected.number}: quá ít câu trả lời để tính; hãy ghi kết quả “{TITLES[outcome]}”."
        )
    keep(
        session,
        collected.answers,
        questionnaire=survey.questionnaire,
        about=About.of_unit(unit),
        mode=collected.mode,
        now=datetime.combine(collected.day, time(12), VIETNAM),
        is_sample=survey.is_sample,
    )
    invitation = repository.invitation_of_unit(session, unit.id)
    if invitation is not None:
        filling.close(session, invitation, state="done", disposition=outcome)
    unit.disposition = outcome
    return [invitation.id] if invitation is not None else []


def _answering_unit(session: Session, survey: SurveyRound, number: int) -> SampleUnit:
    unit = round_repository.sample_unit(session, survey.id, number)
    if unit is None:
        raise InvalidOption(f"Không có phiếu số {number} trong mẫu.")
    if not unit.issued:
        raise InvalidOption(f"Phiếu {number} là dự phòng chưa được dùng; hãy ghi kết quả của phiếu mà nó thay.")
    if unit.disposition in ("complete", "partial"):
        raise InvalidOption(f"Phiếu {number} đã có câu trả lời; mỗi người một phiếu.")
    return unit


def _check(survey: SurveyRound, collected: CollectedForm, *, now: datetime) -> None:
    if collected.mode not in MODES:
        raise InvalidOption(f"Không có hình thức “{collected.mode}”.")
    if not survey.opens_on <= collected.day <= min(survey.closes_on, now.astimezone(VIETNAM).date()):
        raise InvalidOption(f"Phiếu {collected.number}: ngày {collected.day:%d/%m/%Y} ngoài thời gian khảo sát.")


def record_disposition(
    session: Session, round_id: int, number: int, slug: str, *, attempts: int, staff: Staff | None, now: datetime
) -> SampleUnit | None:
    """What became of a unit without a form; the reserve that takes its place, where the rule allows and has one.

    Raises InvalidOption: a disposition that follows from forms, or nobody met with fewer than ATTEMPTS tries.
    """
    survey = steps.round_for_change(session, round_id, states=("open",))
    unit = _answering_unit(session, survey, number)
    if slug not in ENTERED:
        raise InvalidOption(f"Không ghi được kết quả “{TITLES.get(slug, slug)}”.")
    if slug == "non_contact" and attempts < ATTEMPTS:
        raise InvalidOption(f"Chỉ ghi “{TITLES[slug]}” sau ít nhất {ATTEMPTS} lần tìm gặp vào các buổi khác nhau.")
    before, unit.disposition, unit.attempts = unit.disposition, slug, attempts
    invitation = repository.invitation_of_unit(session, unit.id)
    if invitation is not None and invitation.state not in filling.OVER:
        filling.close(session, invitation, state="declined", disposition=slug)
    words = f"Kết quả: {TITLES[slug]} ({attempts} lần liên hệ)."
    steps.write(session, survey, kind="disposition", about=f"phiếu {number}", text=words, staff=staff, now=now)
    may_replace = slug in REPLACEABLE and before not in REPLACEABLE
    return steps.replace_unit(session, unit, staff=staff, now=now) if may_replace else None


def read_forms(data: bytes, survey: SurveyRound, *, today: date) -> list[CollectedForm]:
    """The forms of a spreadsheet: number, mode, day, and a column for each question's code.

    Levels as numbers or labels, options as codes, labels or their place; blank is skipped. Raises InvalidRows naming
    every wrong cell.
    """
    form = load(survey.questionnaire)
    questions = {question.code: question for question in form.questions}
    columns = dict([NUMBER, MODE, DAY]) | dict.fromkeys(questions, ())
    rows = read_sheet(data, columns)
    errors: list[RowError] = []
    forms = [_form_of(row, form, questions, errors, today) for row in rows]
    errors += _repeated_numbers(rows)
    if not rows:
        errors.append(RowError(1, "", "tệp không có phiếu nào"))
    if errors:
        raise InvalidRows(sorted(errors, key=lambda error: error.line))
    return [one for one in forms if one is not None]


def _repeated_numbers(rows: Sequence[SheetRow]) -> Iterator[RowError]:
    first: dict[str, int] = {}
    for row in rows:
        number = row.get("number").lstrip("0")
        if number and number in first:
            yield RowError(row.line, "số phiếu", f"trùng số phiếu với dòng {first[number]}")
        first.setdefault(number, row.line)


def _form_of(
    row: SheetRow,
    form: Questionnaire,
    questions: Mapping[str, Question],
    errors: list[RowError],
    today: date,
) -> CollectedForm | None:
    found = len(errors)
    number = row.get("number")
    if not (number.isascii() and number.isdigit() and len(number) < 8):
        errors.append(RowError(row.line, "số phiếu", "thiếu số phiếu, hoặc không phải số"))
    mode = PAPER_MODES.get(header_name(row.get("mode")) or "giay")
    if mode is None:
        errors.append(RowError(row.line, "hình thức", "phải là giấy hoặc điện thoại"))
    day = _day(row.get("day"), today)
    if day is None:
        errors.append(RowError(row.line, "ngày", "phải có dạng 24/11/2026 hoặc 2026-11-24"))
    given: dict[str, Answer] = {}
    for code, question in questions.items():
        text = row.get(code)
        meant = _read(text, question) if text else None
        if text and meant is None:
            errors.append(RowError(row.line, code, f"không hiểu câu trả lời “{text[:20]}”"))
        given[code] = None if isinstance(meant, Skipped) else meant
    if len(errors) > found:
        return None
    answers, dropped = form_answers(form, given)
    return CollectedForm(number=int(number), answers=answers, mode=mode or "", day=day or today, dropped=dropped)


def _read(text: str, question: Question) -> Answer | Skipped:
    """An option's code as it stands, else what the words mean, as in the chat."""
    if question.kind == "choices":
        codes = [part.strip() for part in text.split(",")]
        if set(codes) <= set(question.options):
            return [code for code in question.options if code in codes]
    elif question.kind == "choice" and text in question.options:
        return text
    return understand(text, question)


def _day(text: str, today: date) -> date | None:
    if not text:
        return today
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Import:
    """What an import did, or would do: how many forms, dropped answers; invitations that are over with it."""

    forms: int
    dropped: int
    same_level: int
    ended: tuple[int, ...]


def import_forms(
    session: Session, round_id: int, data: bytes, *, dry_run: bool, staff: Staff | None, now: datetime
) -> Import:
    """Take all forms of a spreadsheet, or none. Raises InvalidRows naming the wrong ones.

    With `dry_run` everything is checked and nothing is written. The log tells numbers only: which form had what would
    lead from a person to the answers.
    """
    survey = steps.round_for_change(session, round_id, states=("open",))
    forms = read_forms(data, survey, today=now.astimezone(VIETNAM).date())
    errors, ended = [], []
    with session.begin_nested() as trial:
        for line, one in enumerate(forms, start=2):
            try:
                ended += enter_form(session, round_id, one, staff=staff, now=now)
            except InvalidOption as error:
                errors.append(RowError(line, "", str(error).rstrip(".")))
        if errors or dry_run:
            trial.rollback()
            session.expire_all()
    if errors:
        raise InvalidRows(errors)
    done = Import(len(forms), sum(one.dropped for one in forms), _same_level(survey, forms), tuple(ended))
    if not dry_run:
        mark = hashlib.sha256(data).hexdigest()[:12]
        words = (
            f"Nhập {done.forms} phiếu từ tệp (mã kiểm tra {mark}); bỏ {done.dropped} câu trả lời trái bước nhảy; "
            f"{done.same_level} phiếu trả lời cùng một mức cho mọi tiêu chí (giữ nguyên)."
        )
        steps.write(session, survey, kind="cleaning", text=words, staff=staff, now=now)
    return done


def _same_level(survey: SurveyRound, forms: Sequence[CollectedForm]) -> int:
    """Forms that give each criterion the same level: perhaps nobody read the questions. Counted, never changed."""
    criteria = load(survey.questionnaire).criteria
    levels = [{one.answers.get(code) for code in criteria} - {None} for one in forms]
    answered = [sum(one.answers.get(code) is not None for code in criteria) for one in forms]
    return sum(len(given) == 1 and number >= 10 for given, number in zip(levels, answered, strict=True))
