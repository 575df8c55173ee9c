"""Cases that belong together: linked as related, or one cut out of another and sent where its part belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedback import repository, routing
from feedback.assessment import Matter, assess
from feedback.cases import CaseDraft, open_case
from feedback.codes import parse_code
from feedback.errors import CaseNotFound, InvalidInput
from feedback.models import Case, Staff
from feedback.moves import actor_of, clean, for_work, take
from feedback.work_models import CaseLink
from nlu import places


@dataclass(frozen=True, slots=True)
class Part:
    """The words that are cut out, and their topic where the officer knows it."""

    text: str
    topic: str | None = None


def link(session: Session, case_id: int, *, staff: Staff, code: str, now: datetime) -> CaseLink:
    """Note that two cases of this office are related; linking twice is once.

    A restricted case is linked with restricted ones only.
    """
    case = for_work(session, case_id, staff=staff)
    other = _by_code(session, code, staff)
    if other.id == case.id or other.restricted != case.restricted:
        raise InvalidInput("Không liên kết được hai vụ việc này.")
    first, second = sorted((case.id, other.id))
    same = (CaseLink.case_id == first, CaseLink.other_id == second, CaseLink.kind == "related")
    known = session.scalars(select(CaseLink).where(*same)).first()
    if known is not None:
        return known
    take(session, case, "link", actor=actor_of(staff), now=now, carried={"other": other.code})
    return _keep(session, first, second, "related", staff=staff, now=now)


def split(
    session: Session,
    case_id: int,
    *,
    staff: Staff,
    part: Part,
    version: int,
    effect_key: str,
    now: datetime,
) -> Case:
    """Cut a part that belongs elsewhere out as a case of its own: same sender, same receipt, its own way and clock."""
    case = for_work(session, case_id, staff=staff, version=version)
    if case.restricted:
        raise InvalidInput("Vụ việc hạn chế không tách: chuyển cả vụ việc.")
    words = clean(part.text)
    if not words:
        raise InvalidInput("Chép phần nội dung cần tách.")
    cut = open_case(
        session,
        _draft(case, words, part.topic),
        citizen_id=case.citizen_id,
        effect_key=effect_key,
        received_at=case.received_at,
        now=now,
        actor=actor_of(staff),
    )
    take(session, case, "split", actor=actor_of(staff), now=now, carried={"other": cut.code})
    _keep(session, case.id, cut.id, "split", staff=staff, now=now)
    return cut


def linked(session: Session, case: Case) -> list[tuple[str, Case]]:
    """(kind, the other case): merged, merged_into, split_off, split_from, related; secrets only beside secrets."""
    found: list[tuple[str, Case]] = []
    mine = select(CaseLink).where(or_(CaseLink.case_id == case.id, CaseLink.other_id == case.id))
    for one in session.scalars(mine.order_by(CaseLink.id)):
        out = one.case_id == case.id
        kind = "related" if one.kind == "related" else ("split_off" if out else "split_from")
        found.append((kind, session.get_one(Case, one.other_id if out else one.case_id)))
    merged = select(Case).where(Case.merged_into_id == case.id).order_by(Case.id)
    found += [("merged", one) for one in session.scalars(merged)]
    if case.merged_into_id is not None:
        found.append(("merged_into", session.get_one(Case, case.merged_into_id)))
    return [(kind, other) for kind, other in found if other.restricted == case.restricted]


def _draft(case: Case, words: str, topic: str | None) -> CaseDraft:
    matter = Matter(
        kind=case.kind,
        text=words,
        topic=topic,
        province_code=case.province_code,
        commune_code=case.commune_code,
    )
    facts = assess(matter)
    return CaseDraft(
        kind=case.kind,
        regime=facts.regime,
        text=words,
        route=routing.route(facts, places=places),
        field=facts.field,
        topic=topic,
        contact_name=case.contact_name,
        contact_phone=case.contact_phone,
        contact_address=case.contact_address,
        place_text=case.place_text,
        commune_code=case.commune_code,
        province_code=case.province_code,
        channel=case.channel,
        is_sample=case.is_sample,
    )


def _by_code(session: Session, code: str, staff: Staff) -> Case:
    other = repository.case_by_code_of_office(session, parse_code(code) or "", staff)
    if other is None:
        raise CaseNotFound("Không tìm thấy vụ việc có mã này ở cơ quan của anh/chị.")
    return other


def _keep(session: Session, case_id: int, other_id: int, kind: str, *, staff: Staff, now: datetime) -> CaseLink:
    row = CaseLink(case_id=case_id, other_id=other_id, kind=kind, staff_id=staff.id, at=now)
    session.add(row)
    session.flush()
    return row
