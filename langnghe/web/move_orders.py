"""The moves that a form of the console asks for, each carried out by the service that is for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from feedback import (
    answering,
    approvals,
    endings,
    handling,
    letters,
    links,
    merging,
    notes,
    petitions,
    reclassifying,
    taxonomy,
)
from feedback.codes import parse_code
from feedback.errors import CaseNotFound, InvalidInput
from feedback.letters import Letter
from feedback.models import Staff
from feedback.petitions import Petition
from feedback.reclassifying import Labels
from feedback.repository import case_by_code_of_office


@dataclass(frozen=True, slots=True)
class Order:
    """A filled form: the case, who sends it, the version that the page showed, the fields, the key of the form."""

    session: Session
    case_id: int
    staff: Staff
    version: int
    values: Mapping[str, str]
    key: str
    now: datetime

    def value(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.value(name))
        except ValueError:
            raise InvalidInput("Ngày chưa đúng: chọn ngày, tháng, năm.") from None


def carry_out(name: str, order: Order) -> None:
    """Take the move as it was filled in. Raises CaseNotFound for one that has no form, and what the services raise."""
    doer = DOERS.get(name)
    if doer is None:
        raise CaseNotFound("Không có thao tác này.")
    doer(order)


def _transfer(order: Order) -> None:
    handling.transfer_there(
        order.session,
        order.case_id,
        staff=order.staff,
        agency=order.value("agency"),
        place=order.value("place"),
        reason=order.value("reason"),
        version=order.version,
        now=order.now,
    )


def _merge(order: Order) -> None:
    main = case_by_code_of_office(order.session, parse_code(order.value("into")) or "", order.staff)
    if main is None:
        raise InvalidInput("Không tìm thấy vụ việc có mã này ở cơ quan của anh/chị.")
    endings.merge(order.session, order.case_id, staff=order.staff, into=main.id, version=order.version, now=order.now)


def _assign(order: Order) -> None:
    if not order.value("to").isdecimal():
        raise InvalidInput("Chọn người được phân công.")
    to = int(order.value("to"))
    handling.assign(order.session, order.case_id, staff=order.staff, to=to, version=order.version, now=order.now)


def _accept(order: Order) -> None:
    step = order.value("step") or None
    handling.accept(order.session, order.case_id, staff=order.staff, version=order.version, now=order.now, step=step)


def _plain(work: Callable[..., object], **fields: str) -> Callable[[Order], None]:
    """A service that takes the version and words: its parameter's name and the form's field."""

    def do(order: Order) -> None:
        words = {parameter: order.value(name) for parameter, name in fields.items()}
        work(order.session, order.case_id, staff=order.staff, version=order.version, now=order.now, **words)

    return do


def _letter(work: Callable[..., object]) -> Callable[[Order], None]:
    def do(order: Order) -> None:
        letter = Letter(order.value("number"), order.day("date"))
        work(order.session, order.case_id, staff=order.staff, letter=letter, version=order.version, now=order.now)

    return do


def _petition(order: Order) -> None:
    petition = Petition(order.value("number"), order.day("date"), order.value("place"))
    petitions.record_petition(
        order.session, order.case_id, staff=order.staff, petition=petition, version=order.version, now=order.now
    )


def _notice(order: Order) -> None:
    number, day = order.value("number"), order.day("date")
    petitions.record_notice(
        order.session, order.case_id, staff=order.staff, number=number, day=day, version=order.version, now=order.now
    )


def _split(order: Order) -> None:
    topic = order.value("topic") or None
    if topic is not None and topic not in taxonomy.topics():
        raise InvalidInput("Chủ đề không có trong danh mục.")
    links.split(
        order.session,
        order.case_id,
        staff=order.staff,
        part=links.Part(order.value("text"), topic),
        version=order.version,
        effect_key=f"split:{order.case_id}:{order.key}",
        now=order.now,
    )


def _refer(order: Order) -> None:
    endings.refer(
        order.session,
        order.case_id,
        staff=order.staff,
        text=order.value("text"),
        version=order.version,
        effect_key=f"refer:{order.case_id}:{order.key}",
        now=order.now,
    )


def _relabel(order: Order) -> None:
    labels = Labels(
        kind=order.value("kind"),
        regime=order.value("regime"),
        field=order.value("field") or None,
        topic=order.value("topic") or None,
        problem=order.value("problem") or None,
    )
    reclassifying.reclassify(
        order.session,
        order.case_id,
        staff=order.staff,
        labels=labels,
        reason=order.value("reason"),
        version=order.version,
        now=order.now,
    )


DOERS: Mapping[str, Callable[[Order], None]] = {
    "record_petition": _petition,
    "record_notice": _notice,
    "refer": _refer,
    "assign": _assign,
    "reassign": _assign,
    "claim": _plain(handling.claim),
    "accept": _accept,
    "start": _plain(handling.start_work),
    "ask_more": _plain(handling.ask_more, question="question"),
    "give_more": _plain(handling.record_more, text="more"),
    "stop_waiting": _plain(handling.stop_waiting, reason="reason"),
    "transfer": _transfer,
    "transfer_waiting": _transfer,
    "return": _plain(handling.return_to_sender, reason="reason"),
    "refuse": _plain(handling.refuse, ground="ground", reason="reason"),
    "send_letter": _letter(letters.send_letter),
    "chase": _letter(letters.chase),
    "record_reply": _letter(letters.record_reply),
    "recall": _plain(approvals.recall),
    "send_back": _plain(approvals.send_back, reason="reason"),
    "approve": _plain(answering.approve),
    "publish": _plain(endings.publish),
    "publish_rated": _plain(endings.publish),
    "extend": _plain(handling.extend, reason="reason"),
    "record_withdrawal": _plain(petitions.record_withdrawal, reason="reason"),
    "close": _plain(endings.close),
    "merge": _merge,
    "unmerge": _plain(merging.unmerge, reason="reason"),
    "note": lambda order: _unversioned(notes.add_note, order, text="note"),
    "link": lambda order: _unversioned(links.link, order, code="code"),
    "split": _split,
    "reclassify": _relabel,
    "reclassify_waiting": _relabel,
    "reclassify_open": _relabel,
    "restrict": _plain(reclassifying.restrict, reason="reason"),
    "release": _plain(reclassifying.release, reason="reason"),
}


def _unversioned(work: Callable[..., object], order: Order, **fields: str) -> None:
    """What changes nothing that a colleague's page shows needs no version."""
    words = {parameter: order.value(name) for parameter, name in fields.items()}
    work(order.session, order.case_id, staff=order.staff, now=order.now, **words)
