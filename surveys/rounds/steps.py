"""The steps of a round: planned, its frame taken, drawn, opened, closed. The caller owns the transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from feedback.models import Staff
from surveys import batches, filling
from surveys import repository as survey_repository
from surveys.errors import InvalidOption, SurveyError
from surveys.questionnaire_files import load, questionnaire_text
from surveys.rounds import repository
from surveys.rounds.drawing import Drawn, Unit, draw
from surveys.rounds.frames import FrameLine, frame_sha256
from surveys.rounds.kept_results import keep_result
from surveys.rounds.models import FrameUnit, RoundEntry, SampleUnit, SurveyRound
from surveys.rounds.plans import COLUMNS, SamplePlan
from surveys.rounds.selection import in_order_of_lots
from surveys.rounds.weighting import CLASSES, Weighting

FRAME_KINDS = {"cases": "Vụ việc đã trả lời", "dossiers": "Hồ sơ một cửa (tệp)", "households": "Danh sách hộ (tệp)"}
STATES = {"draft": "Đang chuẩn bị", "drawn": "Đã chọn mẫu", "open": "Đang khảo sát", "closed": "Đã đóng"}
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,38}[A-Z0-9]")


class WrongStep(SurveyError):
    """The round is not where this can be done."""

    code = "wrong_step"


class UnknownRound(SurveyError):
    code = "unknown_round"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDraft:
    """What a round is planned with; `frame_since` and `frame_until` (included) are for a frame of answered cases."""

    code: str
    title: str
    questionnaire: str
    opens_on: date
    closes_on: date
    frame_kind: str
    plan: SamplePlan
    frame_since: date | None = None
    frame_until: date | None = None
    quotas: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    recheck_share: float = 0.1
    is_sample: bool = False


def plan_round(session: Session, draft: RoundDraft, *, staff: Staff | None, now: datetime) -> SurveyRound:
    """Raises InvalidOption for what cannot be: an unknown or incomplete form, dates, quotas, a code that is in use."""
    form = load(draft.questionnaire)
    if form.incomplete:
        raise InvalidOption(f"Mẫu phiếu {form.id} chưa đầy đủ, không dùng để khảo sát được.")
    _check_draft(draft)
    if repository.round_by_code(session, draft.code):
        raise InvalidOption(f"Đã có kỳ khảo sát mã {draft.code}.")
    _check_quotas(draft)
    survey = SurveyRound(
        **{
            name: value
            for name, value in asdict(draft).items()
            if name not in ("plan", "quotas", "questionnaire", "title")
        },
        title=draft.title.strip(),
        questionnaire=form.id,
        questionnaire_sha256=hashlib.sha256(questionnaire_text(form.id).encode()).hexdigest(),
        geo_version=geo_version(),
        plan=draft.plan.as_data(),
        quotas=[dict(quota) for quota in draft.quotas],
        state="draft",
        staff_id=staff.id if staff else None,
        created_at=now,
    )
    session.add(survey)
    session.flush()
    if not form.is_valid_on(draft.opens_on):
        write(session, survey, kind="warning", text=f"Mẫu phiếu {form.id} đã hết hiệu lực vào ngày mở.", now=now)
    return survey


def _check_draft(draft: RoundDraft) -> None:
    if not _CODE.fullmatch(draft.code):
        raise InvalidOption("Mã kỳ khảo sát gồm 3 đến 40 chữ hoa không dấu, số và dấu gạch nối.")
    if not draft.title.strip() or len(draft.title) > 200:
        raise InvalidOption("Tên kỳ khảo sát cần có từ 1 đến 200 ký tự.")
    if draft.closes_on < draft.opens_on:
        raise InvalidOption("Ngày đóng phải sau ngày mở.")
    if draft.frame_kind not in FRAME_KINDS:
        raise InvalidOption(f"Không có loại khung mẫu “{draft.frame_kind}”.")
    if draft.frame_kind == "cases" and (draft.frame_since is None or draft.frame_until is None):
        raise InvalidOption("Khung mẫu từ vụ việc cần khoảng thời gian trả lời.")
    if draft.frame_since and draft.frame_until and draft.frame_until < draft.frame_since:
        raise InvalidOption("Khoảng thời gian của khung mẫu bị ngược.")
    if not 0 <= draft.recheck_share <= 1:
        raise InvalidOption("Tỷ lệ phúc tra phải từ 0 đến 1.")


def _check_quotas(draft: RoundDraft) -> None:
    options = {question.code: question.options for question in load(draft.questionnaire).questions}
    for quota in draft.quotas:
        if set(quota) != {"question", "option", "most"} or quota["option"] not in options.get(quota["question"], {}):
            raise InvalidOption("Mỗi hạn mức cần câu hỏi và lựa chọn có trong mẫu phiếu, và số phiếu nhiều nhất.")
        if not isinstance(quota["most"], int) or quota["most"] < 1:
            raise InvalidOption("Hạn mức phải là số nguyên từ 1.")


@cache
def geo_version() -> str:
    """Which administrative units the codes mean: the two-tier geography (NQ 202/2025/QH15), by the shipped list."""
    content = resources.files("nlu").joinpath("data", "units.csv").read_bytes()
    return f"2025-07-01/{hashlib.sha256(content).hexdigest()[:8]}"


def round_for_change(session: Session, round_id: int, *, states: Sequence[str]) -> SurveyRound:
    """The round, locked. Raises UnknownRound, WrongStep."""
    survey = repository.locked_round(session, round_id)
    if survey is None:
        raise UnknownRound("Không tìm thấy kỳ khảo sát này.")
    if survey.state not in states:
        raise WrongStep(f"Kỳ khảo sát đang ở bước “{STATES[survey.state]}”, không thực hiện được việc này.")
    return survey


def take_frame(
    session: Session, round_id: int, lines: Sequence[FrameLine], *, staff: Staff | None, now: datetime
) -> None:
    """Put the frame in place of what was there."""
    survey = round_for_change(session, round_id, states=("draft",))
    repository.replace_frame(session, survey.id, [asdict(line) for line in lines])
    survey.frame_size, survey.frame_sha256 = len(lines), frame_sha256(lines)
    words = f"Nạp khung mẫu {survey.frame_size} đơn vị, mã kiểm tra {survey.frame_sha256[:12]}."
    write(session, survey, kind="frame", text=words, staff=staff, now=now)


def frame_of_cases(session: Session, survey: SurveyRound) -> list[FrameLine]:
    """Each citizen once, with the case that was answered last: one person gives one response."""
    assert survey.frame_since is not None and survey.frame_until is not None
    since = datetime.combine(survey.frame_since, time(), VIETNAM)
    until = datetime.combine(survey.frame_until + timedelta(days=1), time(), VIETNAM)
    lines: dict[int, FrameLine] = {}
    for case, office in repository.answered_cases(session, since=since, until=until):
        assert case.citizen_id is not None
        lines.setdefault(
            case.citizen_id,
            FrameLine(
                key=case.code,
                name=case.contact_name,
                phone=case.contact_phone,
                citizen_id=case.citizen_id,
                office_id=office.id,
                office=office.name,
                province=case.province_code or office.province_code,
                commune=case.commune_code or "",
                procedure=case.procedure_code or "",
                stratum=case.field or "",
            ),
        )
    return list(lines.values())


def draw_sample(session: Session, round_id: int, *, seed: str, staff: Staff | None, now: datetime) -> int:
    """Draw the sample once; the number of drawn units without reserves. Names of who was not drawn go.

    A second draw needs `discard_sample`, which stands in the log: nobody draws until they like it.
    """
    survey = round_for_change(session, round_id, states=("draft",))
    if not seed.strip() or len(seed) > 60:
        raise InvalidOption("Số gieo (seed) cần có từ 1 đến 60 ký tự; nên là số công khai, như ngày và số văn bản.")
    units = repository.frame(session, survey.id)
    plan = SamplePlan.from_data(survey.plan)
    drawn = draw([_unit(unit) for unit in units], plan, seed=seed)
    ids = {unit.key: unit for unit in units}
    refusing = repository.opted_out(session, (unit.citizen_id for unit in units if unit.citizen_id))
    repository.add_sample(session, _sample_rows(survey, drawn, ids, refusing, seed))
    repository.forget_contacts(session, survey.id, undrawn_only=True)
    survey.state, survey.seed, survey.drawn_at = "drawn", seed, now
    main = sum(one.role == "main" for one in drawn)
    words = f"Chọn mẫu {main} đơn vị, dự phòng {len(drawn) - main}, số gieo “{seed}”."
    write(session, survey, kind="draw", text=words, staff=staff, now=now)
    return main


def _unit(unit: FrameUnit) -> Unit:
    return Unit(unit.key, {column: getattr(unit, column) for column in COLUMNS}, unit.adults)


def _sample_rows(
    survey: SurveyRound,
    drawn: Sequence[Drawn],
    units: Mapping[str, FrameUnit],
    refusing: set[int],
    seed: str,
) -> list[dict[str, Any]]:
    """Sample units get the first numbers. A unit of somebody who opted out counts as a refusal from the start."""
    ordered = sorted(drawn, key=lambda one: (one.role != "main", one.cell, one.rank))
    rechecked = _rechecked([one.key for one in ordered if one.role == "main"], survey.recheck_share, seed)
    return [
        {
            "round_id": survey.id,
            "number": number,
            "frame_unit_id": units[one.key].id,
            "role": one.role,
            "cell": one.cell,
            "rank": one.rank,
            "stratum": one.stratum,
            "cluster": one.cluster,
            "fpc": one.fpc,
            "probability": one.probability,
            "weight": one.weight,
            "issued": one.role == "main",
            "recheck": one.key in rechecked,
            "disposition": "refusal" if units[one.key].citizen_id in refusing else "pending",
        }
        for number, one in enumerate(ordered, start=1)
    ]


def _rechecked(keys: Sequence[str], share: float, seed: str) -> set[str]:
    return set(in_order_of_lots(keys, seed=seed, stage="recheck")[: round(len(keys) * share)])


def discard_sample(session: Session, round_id: int, *, reason: str, staff: Staff | None, now: datetime) -> None:
    """Back to planning, before anybody was asked. The frame has to be taken anew: its contacts are gone."""
    survey = round_for_change(session, round_id, states=("drawn",))
    if len(reason.strip()) < 10:
        raise InvalidOption("Bỏ mẫu đã chọn cần lý do từ 10 ký tự.")
    repository.drop_sample(session, survey.id)
    repository.replace_frame(session, survey.id, [])
    survey.state, survey.frame_size, survey.frame_sha256, survey.drawn_at = "draft", 0, "", None
    write(
        session,
        survey,
        kind="discard",
        text=f"Bỏ mẫu đã chọn (số gieo “{survey.seed}”): {reason.strip()}",
        staff=staff,
        now=now,
    )


def assign_interviewers(
    session: Session, round_id: int, interviewers: Sequence[Mapping[str, Any]], *, staff: Staff | None, now: datetime
) -> int:
    """[{name, areas}], an area being a commune's code or a village's name; how many units got an interviewer."""
    survey = round_for_change(session, round_id, states=("drawn", "open"))
    by_area = {area: str(one["name"]).strip()[:120] for one in interviewers for area in one["areas"]}
    if not by_area or not all(by_area.values()):
        raise InvalidOption("Mỗi điều tra viên cần tên và ít nhất một địa bàn.")
    assigned = 0
    for unit in repository.sample(session, survey.id):
        place = unit.frame_unit
        unit.interviewer = by_area.get(place.village) or by_area.get(place.commune) or ""
        assigned += bool(unit.interviewer)
    survey.interviewers = [{"name": str(one["name"]).strip(), "areas": list(one["areas"])} for one in interviewers]
    write(
        session,
        survey,
        kind="interviewers",
        text=f"Giao {assigned} đơn vị mẫu cho điều tra viên.",
        staff=staff,
        now=now,
    )
    return assigned


def set_weighting(
    session: Session, round_id: int, weighting: Weighting, *, staff: Staff | None, now: datetime
) -> SurveyRound:
    """How the results will be weighted. Only before they are out: nobody weights until they like the figure.

    Raises InvalidOption for totals of what the form does not ask, WrongStep for a closed round.
    """
    survey = round_for_change(session, round_id, states=("draft", "drawn", "open"))
    weighting.check()
    weighting.check_variables(load(survey.questionnaire))
    survey.weighting = weighting.as_data()
    limit = f"; giới hạn {weighting.limit:g} lần trung bình" if weighting.limit else ""
    totals = f"; tổng thể theo {', '.join(weighting.margins)} ({weighting.source})" if weighting.margins else ""
    words = f"Trọng số: không trả lời {CLASSES[weighting.classes]}, ít nhất {weighting.least} phiếu{limit}{totals}."
    write(session, survey, kind="weighting", text=words, staff=staff, now=now)
    return survey


def open_round(session: Session, round_id: int, *, staff: Staff | None, now: datetime) -> SurveyRound:
    survey = round_for_change(session, round_id, states=("drawn",))
    survey.state, survey.opened_at = "open", now
    write(session, survey, kind="open", text="Mở kỳ khảo sát.", staff=staff, now=now)
    return survey


def close_round(
    session: Session, round_id: int, *, staff: Staff | None, now: datetime, threshold: int = 5
) -> list[int]:
    """End the field work: open invitations lapse, names go, all responses are released together, results are kept.

    `threshold`: a figure of fewer people is hidden.

    The ids of the invitations that are over with it: the caller takes the words of their messages out. Raises
    InvalidOption where the responses do not fit the known totals of the round's weighting: these are put right first.
    """
    survey = round_for_change(session, round_id, states=("open",))
    lapsed = survey_repository.open_invitations_of_round(session, survey.id, over=filling.OVER)
    for one in lapsed:
        filling.close(session, one, state="expired")
    over = [one.id for one in lapsed]
    session.flush()
    repository.forget_contacts(session, survey.id, undrawn_only=False)
    day = now.astimezone(VIETNAM).date()
    released = batches.release_round(session, survey.id, day=day)
    survey.state, survey.closed_at = "closed", now
    session.flush()
    keep_result(session, survey, threshold=threshold, now=now)
    write(session, survey, kind="close", text=f"Đóng kỳ khảo sát, công bố {released} phiếu.", staff=staff, now=now)
    return over


def replace_unit(session: Session, unit: SampleUnit, *, staff: Staff | None, now: datetime) -> SampleUnit | None:
    """Issue the next reserve of the unit's cell in its place; None when there is none left."""
    reserve = repository.next_reserve(session, unit)
    if reserve is None:
        return None
    reserve.issued, reserve.replaces_id = True, unit.id
    survey = session.get_one(SurveyRound, unit.round_id)
    words = f"Phiếu {reserve.number} (dự phòng, {reserve.cell}) thay phiếu {unit.number}."
    write(session, survey, kind="replacement", about=f"phiếu {unit.number}", text=words, staff=staff, now=now)
    session.flush()
    return reserve


def write(
    session: Session,
    survey: SurveyRound,
    *,
    kind: str,
    text: str,
    now: datetime,
    about: str = "",
    staff: Staff | None = None,
) -> None:
    """One line of the round's log."""
    entry = RoundEntry(
        round_id=survey.id, at=now, staff_id=staff.id if staff else None, kind=kind, about=about, text=text
    )
    repository.add_entry(session, entry)
