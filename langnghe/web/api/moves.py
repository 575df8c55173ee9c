"""The moves of a case: which may be taken now, each of them taken, the signed answer issued."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated

from fastapi import Form, Path, Response, UploadFile
from sqlalchemy.orm import Session

from feedback import answering, notes, repository, states
from feedback.answering import Signed, Wording
from feedback.errors import CaseNotFound
from feedback.models import Case
from feedback.moves import actor_of
from langnghe.web.api.access import Caller, CaseReader, CaseWriter, api_router
from langnghe.web.api.cases import Code, case_of
from langnghe.web.api.change_models import (
    FieldOut,
    MoveBody,
    MoveDone,
    MoveOut,
    MovesOut,
)
from langnghe.web.api.moments import Day
from langnghe.web.api.versions import IdempotencyKey, IfMatch, effect_of, etag, version_of
from langnghe.web.looks import record_look
from langnghe.web.move_forms import MoveForm, move_forms
from langnghe.web.move_orders import DOERS, Order
from langnghe.web.uploads import upload_of

UNVERSIONED = ("note", "link")
"""They change nothing that a colleague may have read."""

router = api_router("/api/v1/cases", tag="Thao tác trên vụ việc")


@router.get("/{code}/moves")
def allowed_moves(caller: CaseReader, code: Code) -> MovesOut:
    """The moves that this person may take now, with the fields of each and the values that they may have."""
    with caller.services.database.read() as session:
        case = case_of(session, caller, code)
        names = _allowed(case, caller)
        if "approve" in names and answering.is_deputys_own(answering.latest_draft(session, case.id), caller.staff):
            names -= {"approve"}
        forms = move_forms(session, case, names)
        shown = [_form_out(case, form) for form in forms]
        plain = [name for name in states.MOVES if name in names and name in _FIELDS]
        shown += [_plain_out(case, name) for name in plain if name not in {form.name for form in forms}]
        made = MovesOut(version=case.version, moves=shown)
    record_look(caller.services, caller.staff, case)
    return made


def _allowed(case: Case, caller: Caller) -> set[str]:
    """Only who works in the case's office may take a move; what is answered officially is submitted first."""
    staff = caller.staff
    if staff.role not in ("officer", "leader") or case.office_id != staff.office_id:
        return set()
    names = {move.name for move in states.moves_from(case.state, by=actor_of(staff).roles)}
    official = answering.is_official(case) and case.state != "cho_nop_don"
    if not official:
        names -= {"submit"}
    return names - ({"answer"} if official and case.state != "da_duyet" else set())


_FIELDS: Mapping[str, tuple[FieldOut, ...]] = {
    "accept": (),
    "answer": (FieldOut(name="text", label="Nội dung trả lời", kind="area", needed=True, value="", options=[]),),
    "guide": (FieldOut(name="text", label="Nội dung hướng dẫn", kind="area", needed=True, value="", options=[]),),
    "submit": (FieldOut(name="text", label="Dự thảo trả lời", kind="area", needed=True, value="", options=[]),),
    "attach": (FieldOut(name="file", label="Tệp", kind="file", needed=True, value="", options=[]),),
}
_SIGNED = (
    FieldOut(name="number", label="Số văn bản", kind="text", needed=True, value="", options=[]),
    FieldOut(name="dated", label="Ngày văn bản", kind="date", needed=True, value="", options=[]),
    FieldOut(name="signer", label="Người ký", kind="text", needed=True, value="", options=[]),
    FieldOut(name="pdf", label="Bản đã ký (PDF)", kind="file", needed=True, value="", options=[]),
)


def _form_out(case: Case, form: MoveForm) -> MoveOut:
    fields = [
        FieldOut(
            name=one.name,
            label=one.label,
            kind=one.kind,
            needed=one.needed,
            value=one.value,
            options=list(one.options),
        )
        for one in form.fields
    ]
    address = f"/api/v1/cases/{case.code}/moves/{form.name}"
    return MoveOut(name=form.name, title=form.title, basis=form.basis, told=form.told, address=address, fields=fields)


def _plain_out(case: Case, name: str) -> MoveOut:
    move = states.MOVES[name]
    signed = name == "answer" and case.state == "da_duyet"
    place = "files" if name == "attach" else "issue" if signed else f"moves/{name}"
    return MoveOut(
        name=name,
        title=move.title,
        basis=move.basis,
        told=move.told is not None,
        address=f"/api/v1/cases/{case.code}/{place}",
        fields=list(_SIGNED if signed else _FIELDS[name]),
    )


def _answer(order: Order, *, share: float) -> None:
    """The quick track, also for guiding a petitioner; this share of the answers is drawn for a later check."""
    answering.answer_now(
        order.session,
        order.case_id,
        staff=order.staff,
        wording=Wording(order.value("text"), anyway=bool(order.value("anyway"))),
        version=order.version,
        effect_key=f"answer:{order.case_id}:{order.key}",
        now=order.now,
        share=share,
    )


def _submit(order: Order) -> None:
    wording = Wording(order.value("text"), anyway=bool(order.value("anyway")))
    answering.submit(
        order.session, order.case_id, staff=order.staff, wording=wording, version=order.version, now=order.now
    )


def _note(order: Order) -> None:
    notes.add_note(
        order.session,
        order.case_id,
        staff=order.staff,
        text=order.value("note"),
        effect_key=f"{order.staff.id}:{order.key}",
        now=order.now,
    )


def _doers(*, share: float) -> Mapping[str, Callable[[Order], None]]:
    answer = partial(_answer, share=share)
    return {**DOERS, "answer": answer, "guide": answer, "submit": _submit, "note": _note}


@router.post("/{code}/moves/{move}")
def take_move(
    caller: CaseWriter,
    code: Code,
    move: Annotated[str, Path(max_length=30, examples=["accept"])],
    response: Response,
    body: MoveBody | None = None,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> MoveDone:
    """Take one move of the state table, with what the table wants it to carry.

    409 when the step does not allow it, 412 when the version is old. `note` and `link` need no version.
    """
    services = caller.services
    do = _doers(share=services.settings.check_share).get(move)
    if do is None:
        raise CaseNotFound("Không có thao tác này.")
    with services.database.write() as session:
        case = case_of(session, caller, code)
        order = Order(
            session=session,
            case_id=case.id,
            staff=caller.staff,
            version=case.version if move in UNVERSIONED else version_of(if_match),
            values=(body or MoveBody()).values(),
            key=effect_of(idempotency_key, move),
            now=services.clock(),
        )
        do(order)
        done = done_with(session, caller, case, move)
    services.wake_worker()
    response.headers["ETag"] = etag(done.version)
    return done


def done_with(session: Session, caller: Caller, case: Case, move: str) -> MoveDone:
    session.flush()
    session.refresh(case, ["version", "state"])
    here = repository.case_for_staff(session, case.id, caller.staff) is not None
    name = states.STATES[case.state]
    return MoveDone(code=case.code, move=move, state=case.state, state_name=name, version=case.version, here=here)


@router.post("/{code}/issue")
def issue_answer(  # noqa: PLR0913, PLR0917 - one parameter a field of the form
    caller: CaseWriter,
    code: Code,
    response: Response,
    pdf: UploadFile,
    number: Annotated[str, Form(max_length=60)],
    dated: Annotated[Day, Form(description="Ngày ISO.")],
    signer: Annotated[str, Form(max_length=120)],
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> MoveDone:
    """The approved answer was signed outside: number, day, signer and the PDF, which goes to the citizen."""
    services = caller.services
    with services.database.write() as session:
        case = case_of(session, caller, code)
        answering.issue(
            session,
            case.id,
            staff=caller.staff,
            signed=Signed(number, dated, signer, upload_of(services, pdf)),
            version=version_of(if_match),
            effect_key=f"answer:{case.id}:{effect_of(idempotency_key, 'answer')}",
            now=services.clock(),
        )
        done = done_with(session, caller, case, "answer")
    services.wake_worker()
    response.headers["ETag"] = etag(done.version)
    return done
