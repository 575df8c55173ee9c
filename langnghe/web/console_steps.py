"""The forms of a case's steps: what each move asks for, and the service that takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import (
    agencies,
    approvals,
    endings,
    handling,
    letters,
    petitions,
    reclassifying,
    referrals,
    states,
    taxonomy,
)
from feedback.codes import parse_code
from feedback.errors import InvalidInput
from feedback.letters import Letter
from feedback.models import Case, Staff
from feedback.petitions import Petition
from feedback.reclassifying import Labels

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One input of a form. `kind`: text, long, date or choice; a choice has its options."""

    name: str
    label: str
    kind: str = "text"
    options: Options = ()
    value: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Values:
    """What was sent, read one by one; InvalidInput for what is missing or no date."""

    sent: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.sent.get(name, "").strip()

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise InvalidInput("Ngày chưa đúng.") from None

    def number(self, name: str) -> int:
        value = self.text(name)
        if not value.isdecimal() or len(value) > 9:
            raise InvalidInput("Lựa chọn chưa đúng.")
        return int(value)


@dataclass(frozen=True, slots=True)
class Step:
    """How a move is asked for and taken: its inputs for a case, and the service that takes it."""

    entries: Callable[[Session, Case], tuple[Entry, ...]]
    take: Callable[..., object]


REASON = Entry("reason", "Lý do", "long")


def _only(*entries: Entry) -> Callable[[Session, Case], tuple[Entry, ...]]:
    return lambda _session, _case: entries


def _letter_entries(_session: Session, _case: Case) -> tuple[Entry, ...]:
    return Entry("number", "Số văn bản"), Entry("date", "Ngày văn bản", "date")


def _colleagues(session: Session, case: Case) -> tuple[Entry, ...]:
    people = session.scalars(
        select(Staff).where(Staff.office_id == case.office_id, Staff.active).order_by(Staff.display_name)
    )
    chosen = tuple((str(person.id), person.display_name) for person in people if person.role in ("officer", "leader"))
    return (Entry("to", "Giao cho", "choice", chosen),)


def _destination(_session: Session, case: Case) -> tuple[Entry, ...]:
    bodies = tuple((slug, body.name) for slug, body in agencies.catalogue().items() if not body.is_desk)
    return (
        Entry("agency", "Cơ quan nhận", "choice", bodies),
        Entry(
            "unit", "Mã xã, phường hoặc mã tỉnh (00: trung ương)", value=case.commune_code or case.province_code or ""
        ),
        REASON,
    )


def _grounds(_session: Session, case: Case) -> tuple[Entry, ...]:
    known = tuple((ground.slug, f"{ground.name} ({ground.source})") for ground in states.grounds_for(case.regime))
    return Entry("ground", "Căn cứ", "choice", known), REASON


def _labels(_session: Session, case: Case) -> tuple[Entry, ...]:
    none: Options = (("", "(chưa rõ)"),)
    return (
        Entry("kind", "Loại", "choice", tuple(taxonomy.kinds().items()), case.kind),
        Entry("regime", "Chế độ xử lý", "choice", tuple(taxonomy.regimes().items()), case.regime),
        Entry("field", "Lĩnh vực", "choice", none + tuple(taxonomy.fields().items()), case.field or "", needed=False),
        Entry("topic", "Chủ đề", "choice", none + tuple(taxonomy.topics().items()), case.topic or "", needed=False),
        Entry(
            "problem", "Vấn đề", "choice", none + tuple(taxonomy.problems().items()), case.problem or "", needed=False
        ),
        REASON,
    )


def _guidance(session: Session, case: Case) -> tuple[Entry, ...]:
    words = referrals.guidance(session, case.office.agency, case.office.unit).words()
    return (Entry("text", "Nội dung hướng dẫn gửi công dân", "long", value=words),)


Given = dict[str, Any]


def _plain(work: Callable[..., object], *names: str) -> Callable[..., object]:
    """A service that takes only these texts."""
    return lambda session, case, values, given: work(session, case.id, **given, **{n: values.text(n) for n in names})


def _transfer(session: Session, case: Case, values: Values, given: Given) -> object:
    return handling.transfer(
        session, case.id, agency=values.text("agency"), unit=values.text("unit"), reason=values.text("reason"), **given
    )


def _petition(session: Session, case: Case, values: Values, given: Given) -> object:
    petition = Petition(values.text("number"), values.day("date"), values.text("place"))
    return petitions.record_petition(session, case.id, petition=petition, **given)


def _lettered(work: Callable[..., object]) -> Callable[..., object]:
    return lambda session, case, values, given: work(
        session, case.id, letter=Letter(values.text("number"), values.day("date")), **given
    )


def _reclassify(session: Session, case: Case, values: Values, given: Given) -> object:
    labels = Labels(
        kind=values.text("kind"),
        regime=values.text("regime"),
        field=values.text("field") or None,
        topic=values.text("topic") or None,
        problem=values.text("problem") or None,
    )
    return reclassifying.reclassify(session, case.id, labels=labels, reason=values.text("reason"), **given)


def _merge(session: Session, case: Case, values: Values, given: Given) -> object:
    code = parse_code(values.text("into"))
    main = session.scalars(select(Case).where(Case.code == code)).first() if code else None
    if main is None:
        raise InvalidInput("Không có vụ việc mang mã này.")
    return endings.merge(session, case.id, into=main.id, **given)


def _refer(session: Session, case: Case, values: Values, given: Given) -> object:
    key = f"refer:{case.id}:{given['version']}"
    return endings.refer(session, case.id, text=values.text("text"), effect_key=key, **given)


def _assign(session: Session, case: Case, values: Values, given: Given) -> object:
    return handling.assign(session, case.id, to=values.number("to"), **given)


def _more(session: Session, case: Case, values: Values, given: Given) -> object:
    return handling.record_more(session, case.id, text=values.text("more"), **given)


STEPS: dict[str, Step] = {
    "claim": Step(_only(), _plain(handling.claim)),
    "assign": Step(_colleagues, _assign),
    "reassign": Step(_colleagues, _assign),
    "start": Step(_only(), _plain(handling.start_work)),
    "ask_more": Step(_only(Entry("question", "Hỏi công dân", "long")), _plain(handling.ask_more, "question")),
    "give_more": Step(_only(Entry("more", "Công dân bổ sung", "long")), _more),
    "stop_waiting": Step(_only(REASON), _plain(handling.stop_waiting, "reason")),
    "transfer": Step(_destination, _transfer),
    "transfer_waiting": Step(_destination, _transfer),
    "return": Step(_only(REASON), _plain(handling.return_to_sender, "reason")),
    "refuse": Step(_grounds, _plain(handling.refuse, "ground", "reason")),
    "extend": Step(_only(REASON), _plain(handling.extend, "reason")),
    "record_petition": Step(
        _only(Entry("number", "Số đơn"), Entry("date", "Ngày nộp", "date"), Entry("place", "Nơi nộp")), _petition
    ),
    "record_withdrawal": Step(_only(REASON), _plain(petitions.record_withdrawal, "reason")),
    "send_letter": Step(_letter_entries, _lettered(letters.send_letter)),
    "chase": Step(_letter_entries, _lettered(letters.chase)),
    "record_reply": Step(_letter_entries, _lettered(letters.record_reply)),
    "submit": Step(_only(), _plain(approvals.submit)),
    "recall": Step(_only(), _plain(approvals.recall)),
    "send_back": Step(_only(REASON), _plain(approvals.send_back, "reason")),
    "approve": Step(_only(), _plain(approvals.approve)),
    "publish": Step(_only(), _plain(endings.publish)),
    "publish_rated": Step(_only(), _plain(endings.publish)),
    "refer": Step(_guidance, _refer),
    "merge": Step(_only(Entry("into", "Mã vụ việc nhận gộp")), _merge),
    "close": Step(_only(), _plain(endings.close)),
    "reclassify": Step(_labels, _reclassify),
    "reclassify_waiting": Step(_labels, _reclassify),
    "reclassify_open": Step(_labels, _reclassify),
    "restrict": Step(_only(REASON), _plain(reclassifying.restrict, "reason")),
    "release": Step(_only(REASON), _plain(reclassifying.release, "reason")),
}
"""Moves that have a form here. Accepting and answering have theirs on the case's own page."""

SAME_FORM = {"reclassify_waiting": "reclassify", "reclassify_open": "reclassify"}
