"""Cases of an office as work: entered from elsewhere, the next one taken, many of them at once."""

from __future__ import annotations

import hashlib

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import answering, bulk, counter, handling, repository
from feedback.base import VIETNAM
from feedback.errors import CaseNotFound, InvalidInput, NotAllowed
from feedback.models import Office
from langnghe.models import ApiEntry
from langnghe.web.api.access import Caller, CaseWriter, api_router
from langnghe.web.api.case_models import OfficeRef
from langnghe.web.api.cases import case_of
from langnghe.web.api.change_models import CaseMade, ManyCases, ManyDone, MoveDone, NewCase, Outcome
from langnghe.web.api.moves import done_with
from langnghe.web.api.versions import IdempotencyKey, effect_of
from langnghe.web.entry_forms import entry_of
from langnghe.web.errors import WebError

router = api_router("/api/v1/cases", tag="Thao tác trên vụ việc")


@router.post("", status_code=201)
def enter_case(
    caller: CaseWriter, body: NewCase, response: Response, idempotency_key: IdempotencyKey = None
) -> CaseMade:
    """A case received elsewhere, as an officer enters it at the counter; the same Idempotency-Key again is one case.

    400 without a key, 422 when the key stood for something else before.
    """
    if not idempotency_key:
        raise WebError(400, "idempotency_key_needed", "Ghi Idempotency-Key: gửi lại cùng khóa thì không nhập hai lần.")
    key = f"api:{caller.staff.id}:{effect_of(idempotency_key)}"
    digest = hashlib.sha256(body.model_dump_json(exclude_defaults=True).encode()).hexdigest()
    services = caller.services
    with services.database.write() as session:
        made = _once(session, caller, body, key, digest)
    services.wake_worker()
    if made.code is not None:
        response.headers["Location"] = f"/api/v1/cases/{made.code}"
    return made


def _once(session: Session, caller: Caller, body: NewCase, key: str, digest: str) -> CaseMade:
    """Entered, or what was told under this key before, also by another request of this moment."""
    known = _known(session, key)
    if known is None:
        try:
            with session.begin_nested():
                return _entered(session, caller, body, key, digest)
        except IntegrityError:
            known = _known(session, key)
            if known is None:
                raise
    if known.digest != digest:
        raise InvalidInput("Idempotency-Key này đã dùng cho một nội dung khác.")
    return _told_again(session, caller, known)


def _known(session: Session, key: str) -> ApiEntry | None:
    return session.scalars(select(ApiEntry).where(ApiEntry.effect_key == key)).first()


def _entered(session: Session, caller: Caller, body: NewCase, key: str, digest: str) -> CaseMade:
    """The code of a tố cáo that went elsewhere is not told."""
    entry = entry_of(_entry_values(body))
    case = counter.enter(session, entry, staff=caller.staff, effect_key=key, now=caller.services.clock())
    session.flush()
    told = case.kind != "to_cao" or case.office_id == caller.staff.office_id
    session.add(ApiEntry(effect_key=key, digest=digest, case_id=case.id, office_id=case.office_id, told=told))
    office = _office_ref(case.office)
    if not told:
        return CaseMade(code=None, state=None, office=office, version=None)
    return CaseMade(code=case.code, state=case.state, office=office, version=case.version)


def _told_again(session: Session, caller: Caller, entry: ApiEntry) -> CaseMade:
    """What was told the first time; of the case as it is now only to who may still open it."""
    case = repository.case_for_staff(session, entry.case_id, caller.staff)
    if case is not None and entry.told:
        return CaseMade(code=case.code, state=case.state, office=_office_ref(case.office), version=case.version)
    code = entry.case.code if entry.told else None
    return CaseMade(code=code, state=None, office=_office_ref(entry.office), version=None)


def _office_ref(office: Office) -> OfficeRef:
    return OfficeRef(agency=office.agency, unit=office.unit, name=office.name)


def _entry_values(body: NewCase) -> dict[str, str]:
    """As the console's form sends them."""
    received = body.received_at.astimezone(VIETNAM).replace(tzinfo=None)
    given = body.model_dump(mode="json", exclude_none=True, exclude={"received_at", "urgent", "here"})
    flags = ({"urgent": "1"} if body.urgent else {}) | {"where": "here" if body.here else "rules"}
    return {**{name: str(value).strip() for name, value in given.items()}, "received": received.isoformat(), **flags}


@router.post("/next")
def take_next(caller: CaseWriter) -> MoveDone | None:
    """The most pressing case of the office that nobody has becomes this person's; null when there is none."""
    services = caller.services
    if caller.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    with services.database.write() as session:
        case = handling.claim_next(session, staff=caller.staff, now=services.clock())
        return done_with(session, caller, case, "claim") if case is not None else None


@router.post("/many")
def act_on_many(caller: CaseWriter, body: ManyCases) -> ManyDone:
    """One action for up to 100 cases: what cannot be done is named with its reason, the others go on."""
    if caller.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    services = caller.services
    with services.database.write() as session:
        codes: dict[int, str] = {}
        reasons: dict[str, str | None] = {}
        versions: dict[int, int] = {}
        for one in body.cases:
            try:
                case_id = case_of(session, caller, one.code).id
            except CaseNotFound as error:
                reasons[one.code] = error.message
                continue
            if case_id in codes and codes[case_id] != one.code:
                reasons[one.code] = "Vụ việc này đã có trong danh sách gửi lên."
                continue
            codes[case_id], versions[case_id] = one.code, one.version
        if versions:
            outcome = _carry_out(session, caller, body, list(versions.items()))
            reasons |= {codes[case_id]: reason for case_id, reason in outcome.items()}
    services.wake_worker()
    return ManyDone(
        outcomes=[Outcome(code=code, done=reason is None, reason=reason) for code, reason in reasons.items()]
    )


def _carry_out(
    session: Session, caller: Caller, body: ManyCases, wanted: list[tuple[int, int]]
) -> dict[int, str | None]:
    now = caller.services.clock()
    if body.action == "approve":
        if not caller.staff.leads:
            raise NotAllowed()
        return answering.approve_many(session, wanted, staff=caller.staff, now=now)
    to = case_of(session, caller, body.into or "").id if body.action == "merge" else body.to
    words = (body.reason if body.action == "transfer" else body.note) or ""
    order = bulk.Order(action=body.action, to=to, words=words, agency=body.agency or "", place=body.place or "")
    return bulk.carry_out(session, wanted, order, staff=caller.staff, now=now)
