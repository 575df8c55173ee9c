"""What interviewers carry: sample lists with the replacement rule, numbered forms, re-checks, allowances, the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from feedback.documents.paper import Block, Facts, Heading, PageBreak, Paper, Paragraph, Table
from surveys.errors import InvalidOption
from surveys.questionnaire_files import load
from surveys.questionnaires import Questionnaire
from surveys.rounds import repository
from surveys.rounds.collecting import ATTEMPTS
from surveys.rounds.dispositions import TITLES
from surveys.rounds.models import SampleUnit, SurveyRound
from surveys.rounds.place_names import commune_name, province_name
from surveys.texts import say

BOX = "□"
MOST_FORMS = 400
"""In one file: a printer's tray, and what a reader opens at once."""
NOBODY = "Chưa giao"


@dataclass(frozen=True, slots=True)
class Pack:
    """A paper of the pack: its slug, its title, and how it is made."""

    slug: str
    title: str
    make: Callable[[Session, SurveyRound, str], Paper]


def interviewers(session: Session, survey: SurveyRound) -> list[str]:
    """Those who have units, and NOBODY where some have none."""
    return sorted({unit.interviewer or NOBODY for unit in repository.sample(session, survey.id)})


def sample_list(session: Session, survey: SurveyRound, interviewer: str) -> Paper:
    """The units of one interviewer by cell: the sample, then its reserves in their order."""
    blocks: list[Block] = [
        Facts(
            (
                ("Điều tra viên", interviewer or "....."),
                ("Kỳ khảo sát", f"{survey.code}, {survey.title}"),
                _days(survey),
            )
        ),
        Heading("Quy tắc thay thế"),
        Paragraph(say("replacement_rule", attempts=ATTEMPTS)),
    ]
    for cell, units in _by_cell(_units(session, survey, interviewer)):
        blocks += [Heading(cell_name(cell)), _list_of(units)]
    return Paper(style="plain", name="Danh sách mẫu", subject=survey.title, blocks=tuple(blocks), mark=_mark(survey))


def _days(survey: SurveyRound) -> tuple[str, str]:
    return "Thời gian", f"từ {survey.opens_on:%d/%m/%Y} đến {survey.closes_on:%d/%m/%Y}"


def _mark(survey: SurveyRound) -> str:
    return f"{survey.code} · có thông tin cá nhân: chỉ dùng cho khảo sát, hủy khi đóng kỳ"


def _units(session: Session, survey: SurveyRound, interviewer: str) -> list[SampleUnit]:
    found = repository.sample(session, survey.id)
    mine = [unit for unit in found if not interviewer or (unit.interviewer or NOBODY) == interviewer]
    return sorted(mine, key=lambda unit: (unit.cell, unit.rank))


def _by_cell(units: Sequence[SampleUnit]) -> Iterator[tuple[str, list[SampleUnit]]]:
    for cell, members in groupby(units, key=lambda unit: unit.cell):
        yield cell, list(members)


def cell_name(cell: str) -> str:
    """Communes by name, the rest of the cell as it is."""
    parts = cell.split(" / ")
    return " / ".join(f"{commune_name(part)} ({part})" if len(part) == 5 and part.isdigit() else part for part in parts)


def _list_of(units: Sequence[SampleUnit]) -> Table:
    rows = tuple(
        (
            str(unit.number),
            "mẫu" if unit.role == "main" else f"dự phòng {unit.rank}",
            unit.frame_unit.name or "",
            " · ".join(
                part for part in (unit.frame_unit.address, unit.frame_unit.village, unit.frame_unit.phone) if part
            ),
            "phúc tra" if unit.recheck else "",
            "" if unit.disposition == "pending" else TITLES[unit.disposition],
        )
        for unit in units
    )
    columns = ("Phiếu", "Vai trò", "Họ tên", "Địa chỉ, điện thoại", "Phúc tra", "Kết quả, số lần gặp")
    return Table(columns, (1.1, 1.6, 2.6, 4.2, 1.3, 2.6), rows)


def printed_forms(session: Session, survey: SurveyRound, interviewer: str) -> Paper:
    """A numbered form for each issued unit of an interviewer: the number, never the name. Raises InvalidOption for too
    many at once."""
    units = [unit for unit in _units(session, survey, interviewer) if unit.issued and unit.disposition == "pending"]
    if len(units) > MOST_FORMS:
        raise InvalidOption(f"Có {len(units)} phiếu; mỗi tệp in nhiều nhất {MOST_FORMS}, hãy chọn từng điều tra viên.")
    form = load(survey.questionnaire)
    body = tuple(_form_blocks(form))
    blocks: list[Block] = []
    for unit in units:
        blocks += [*([PageBreak()] if blocks else []), *_form_head(survey, form, unit), *body]
    return Paper(style="plain", name=form.title, subject=survey.title, blocks=tuple(blocks), mark=survey.code)


def _form_head(survey: SurveyRound, form: Questionnaire, unit: SampleUnit) -> Iterator[Block]:
    place = unit.frame_unit
    known = {
        "tinh": province_name(place.province),
        "xa": commune_name(place.commune) if place.commune else "",
        "thon": place.village,
    }
    asked = [field for field in form.identification if field.valid_to is None or field.valid_to >= survey.opens_on]
    yield Heading(f"PHIẾU SỐ {unit.number}    ({survey.code})")
    yield Facts(
        tuple((field.label, known.get(field.code) or ".....") for field in asked) or (("Ngày trả lời", "....."),)
    )
    yield Paragraph(f"{form.intro} {say('paper_rule', box=BOX)}")


def _form_blocks(form: Questionnaire) -> Iterator[Block]:
    for block in form.before:
        yield from _block_of(block.title, block.items, block.options, several=block.several)
    for factor in form.factors:
        for part in form.parts:
            if part.factors[0] == factor.code:
                yield Heading(f"Phần {part.code}. {part.name}")
        yield Heading(factor.name)
        if factor.gate and factor.gate.own:
            yield from _block_of(factor.gate.text, {factor.gate.code: ""}, factor.gate.options)
        if factor.gate:
            passing = ", ".join(
                factor.gate.options[code] for code in factor.gate.options if code in factor.gate.asks_when
            )
            yield Paragraph(f"Chỉ trả lời bảng dưới khi câu “{factor.gate.text}” được trả lời: {passing}.")
        yield _matrix(factor.criteria, {str(level): label for level, label in form.scale.labels.items()})
    for block in form.after:
        yield from _block_of(block.title, block.items, block.options, several=block.several)


def _block_of(
    title: str, items: Mapping[str, str], options: Mapping[str, str], *, several: bool = False
) -> Iterator[Block]:
    note = " (chọn được nhiều)" if several else ""
    if len(items) == 1:
        [(code, text)] = items.items()
        yield Paragraph(f"{title}{f': {text}' if text else ''}{note} [{code}]")
        kept_together = (f"{BOX} {label}".replace(" ", "\N{NO-BREAK SPACE}") for label in options.values())
        yield Paragraph("     ".join(kept_together))
    else:
        yield Paragraph(f"{title}{note}")
        yield _matrix(items, options)


def _matrix(items: Mapping[str, str], options: Mapping[str, str]) -> Table:
    """One line an item, one column an option."""
    rows = tuple((f"{text} [{code}]", *(BOX for _ in options)) for code, text in items.items())
    return Table(("Nội dung", *options.values()), (4.5, *(1.0 for _ in options)), rows)


def recheck_list(session: Session, survey: SurveyRound, interviewer: str) -> Paper:
    """Whom another person asks again whether they were visited: drawn with the sample, from the same seed."""
    units = [unit for unit in _units(session, survey, interviewer) if unit.recheck]
    rule = say("recheck_rule", share=f"{survey.recheck_share:.0%}".replace("%", " %"))
    blocks = (Paragraph(rule), _list_of(units))
    return Paper(style="plain", name="Danh sách phúc tra", subject=survey.title, blocks=blocks, mark=_mark(survey))


def allowance_list(session: Session, survey: SurveyRound, interviewer: str) -> Paper:
    """Who signs for an allowance: by name and address, in the order of names, without any form's number."""
    units = [unit for unit in _units(session, survey, interviewer) if unit.issued]
    named = sorted((unit.frame_unit.name or "", unit.frame_unit.address or unit.frame_unit.village) for unit in units)
    rows = tuple((str(at), name, address, "", "") for at, (name, address) in enumerate(named, start=1))
    table = Table(("STT", "Họ tên", "Địa chỉ", "Số tiền", "Ký nhận"), (0.8, 3, 4, 2, 2.4), rows)
    rule = say("allowance_rule")
    return Paper(
        style="plain",
        name="Danh sách nhận hỗ trợ",
        subject=survey.title,
        blocks=(Paragraph(rule), table),
        mark=_mark(survey),
    )


def log_paper(session: Session, survey: SurveyRound, _interviewer: str) -> Paper:
    """The round's log: decisions, draws, replacements, cleaning."""
    rows = tuple(
        (f"{entry.at.astimezone(VIETNAM):%H:%M %d/%m/%Y}", name, entry.about, entry.text)
        for entry, name in repository.entries(session, survey.id)
    )
    table = Table(("Lúc", "Người ghi", "Về", "Nội dung"), (2, 2.4, 1.6, 6), rows)
    facts = Facts(
        (
            ("Khung mẫu", f"{survey.frame_size} đơn vị, mã kiểm tra {survey.frame_sha256[:16] or '.....'}"),
            ("Số gieo", survey.seed or "....."),
            ("Mẫu phiếu", f"{survey.questionnaire}, mã kiểm tra {survey.questionnaire_sha256[:16]}"),
            ("Địa bàn theo", survey.geo_version),
        )
    )
    return Paper(style="plain", name="Sổ kỳ khảo sát", subject=survey.title, blocks=(facts, table), mark=survey.code)


PAPERS = (
    Pack("mau", "Danh sách mẫu và quy tắc thay thế", sample_list),
    Pack("phieu", "Phiếu in có số", printed_forms),
    Pack("phuc-tra", "Danh sách phúc tra", recheck_list),
    Pack("ho-tro", "Danh sách nhận hỗ trợ (giữ riêng)", allowance_list),
    Pack("so", "Sổ kỳ khảo sát và sổ làm sạch", log_paper),
)
