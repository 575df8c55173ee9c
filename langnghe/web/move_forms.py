"""The forms of the table of moves: which a person may fill in now, and what each asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback import agencies, clocks, people, referrals, states, taxonomy
from feedback.clock_rules import clock_rules
from feedback.models import Case
from feedback.reminder_times import step_name
from langnghe.web.move_orders import DOERS

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """`kind`: text, area, date or select (`options`: value and title). What is not `needed` may be left empty."""

    name: str
    label: str
    kind: str = "text"
    options: Options = ()
    needed: bool = True
    value: str = ""


@dataclass(frozen=True, slots=True)
class MoveForm:
    """One move that this person may take now."""

    name: str
    title: str
    basis: str
    fields: tuple[Field, ...]
    told: bool


REASON = Field("reason", "Lý do", "area")
NUMBER = Field("number", "Số văn bản")
DAY = Field("date", "Ngày", "date")


def move_forms(session: Session, case: Case, allowed: set[str]) -> list[MoveForm]:
    """The forms of what may be done with the case now, in the order of the table."""
    names = [name for name in states.MOVES if name in allowed and name in DOERS]
    relabelling = [name for name in names if name.startswith("reclassify")]
    names = [name for name in names if name not in relabelling[1:]]
    not_for_it = ("split",) if case.restricted else ("release",)
    names = [name for name in names if name not in not_for_it]
    if "record_notice" in names and case.id not in clocks.notices(session, [case.id]):
        names = [name for name in names if name != "record_notice"]
    if not accept_steps(case):
        names = [name for name in names if name != "accept"]  # then it is a button beside the answer
    return [_form(session, case, name) for name in names]


def _form(session: Session, case: Case, name: str) -> MoveForm:
    move = states.MOVES[name]
    return MoveForm(
        name, move.title, move.basis, _fields(session, case, name), told=move.told is not None and not case.restricted
    )


def _fields(session: Session, case: Case, name: str) -> tuple[Field, ...]:
    made = _MADE.get(name)
    return made(session, case) if made is not None else _PLAIN.get(name, ())


def _assign_fields(session: Session, case: Case) -> tuple[Field, ...]:
    return (Field("to", "Người được phân công", "select", _colleagues(session, case)),)


def _accept_fields(_session: Session, case: Case) -> tuple[Field, ...]:
    return (Field("step", "Thời hạn giải quyết", "select", accept_steps(case)),)


def _transfer_fields(_session: Session, _case: Case) -> tuple[Field, ...]:
    place = Field("place", "Xã, phường hoặc tỉnh của cơ quan đó (bỏ trống: nơi xảy ra)", needed=False)
    return Field("agency", "Cơ quan nhận", "select", body_options()), place, REASON


def _refuse_fields(_session: Session, case: Case) -> tuple[Field, ...]:
    grounds = tuple((ground.slug, f"{ground.name} ({ground.source})") for ground in states.grounds_for(case.regime))
    return Field("ground", "Căn cứ", "select", grounds), REASON


def _guidance_fields(session: Session, case: Case) -> tuple[Field, ...]:
    words = referrals.guidance(session, case.office.agency, case.office.unit).words()
    return (Field("text", "Nơi có thẩm quyền, địa chỉ, giấy tờ cần mang", "area", value=words),)


def _petition_fields(_session: Session, case: Case) -> tuple[Field, ...]:
    return NUMBER, DAY, Field("place", "Nơi nộp", value=case.office.name)


def _split_fields(_session: Session, _case: Case) -> tuple[Field, ...]:
    topic = Field("topic", "Chủ đề của phần này", "select", _sorted(taxonomy.topics()), needed=False)
    return Field("text", "Phần nội dung tách ra", "area"), topic


def _label_fields(_session: Session, case: Case) -> tuple[Field, ...]:
    return (
        Field("kind", "Loại", "select", _sorted(taxonomy.kinds()), value=case.kind),
        Field("regime", "Chế độ xử lý", "select", _sorted(taxonomy.regimes()), value=case.regime),
        Field("field", "Lĩnh vực", "select", _sorted(taxonomy.fields()), needed=False, value=case.field or ""),
        Field("topic", "Chủ đề", "select", _sorted(taxonomy.topics()), needed=False, value=case.topic or ""),
        Field("problem", "Vấn đề", "select", _sorted(taxonomy.problems()), needed=False, value=case.problem or ""),
        REASON,
    )


def _sorted(names: Mapping[str, str]) -> Options:
    return tuple(sorted(names.items(), key=lambda pair: pair[1]))


_MADE: Mapping[str, Callable[[Session, Case], tuple[Field, ...]]] = {
    "assign": _assign_fields,
    "reassign": _assign_fields,
    "accept": _accept_fields,
    "transfer": _transfer_fields,
    "transfer_waiting": _transfer_fields,
    "refuse": _refuse_fields,
    "refer": _guidance_fields,
    "record_petition": _petition_fields,
    "split": _split_fields,
    "reclassify": _label_fields,
    "reclassify_waiting": _label_fields,
    "reclassify_open": _label_fields,
}
_PLAIN: Mapping[str, tuple[Field, ...]] = {
    "ask_more": (Field("question", "Cần công dân bổ sung gì", "area"),),
    "give_more": (Field("more", "Công dân bổ sung (tại quầy, điện thoại, thư)", "area"),),
    "stop_waiting": (REASON,),
    "return": (REASON,),
    "send_letter": (NUMBER, DAY),
    "chase": (NUMBER, DAY),
    "record_reply": (NUMBER, DAY),
    "send_back": (Field("reason", "Cần sửa gì", "area"),),
    "extend": (REASON,),
    "record_withdrawal": (REASON,),
    "record_notice": (NUMBER, DAY),
    "merge": (Field("into", "Mã vụ việc nhận gộp"),),
    "unmerge": (REASON,),
    "link": (Field("code", "Mã vụ việc liên quan"),),
    "restrict": (REASON,),
    "release": (REASON,),
    "note": (Field("note", "Ghi chú, công dân không thấy", "area"),),
}


def _colleagues(session: Session, case: Case) -> Options:
    found = people.colleagues(session, case.office_id)
    return tuple((str(one.id), one.display_name) for one in found if one.sees_restricted or not case.restricted)


def body_options() -> Options:
    """Every kind of body that a case may be transferred to."""
    bodies = (body for body in agencies.catalogue().values() if not body.is_desk)
    return tuple(sorted(((body.slug, body.name) for body in bodies), key=lambda pair: pair[1]))


def accept_steps(case: Case) -> Options:
    """The lengths that the time to resolve may have, where the law has several (khiếu nại at remote places)."""
    rules = clock_rules(case.regime)
    if not rules.starts.get("accepted"):
        return ()
    later = {extension.step for extension in rules.extend.values()}
    first = [step for step in rules.answering if step not in later]
    return tuple((step, step_name(step)) for step in first) if len(first) > 1 else ()
