"""A case that came in person, by telephone or by letter: an officer enters it, with its true time and mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback import petitions, repository, routing, taxonomy
from feedback.assessment import Matter, assess
from feedback.cases import CaseDraft, open_case
from feedback.channels import AT_THE_COUNTER
from feedback.errors import InvalidInput, NotAllowed
from feedback.models import Case, Office, Staff
from feedback.moves import actor_of
from feedback.petitions import Petition
from feedback.routing import Route
from nlu import places

OLDEST = timedelta(days=400)
KINDS = ("phan_anh", "kien_nghi", "khieu_nai", "to_cao", "hoi_dap", "khen_ngoi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the officer typed. `here`: this office keeps the case; otherwise the rule table sends it.

    `petition`: the signed paper of a khiếu nại or tố cáo, if it came along.
    """

    kind: str
    mode: str
    text: str
    received_at: datetime
    topic: str | None = None
    problem: str | None = None
    commune_code: str | None = None
    province_code: str | None = None
    place_text: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    dossier: str | None = None
    urgent: bool = False
    here: bool = True
    petition: Petition | None = None


def enter(session: Session, entry: Entry, *, staff: Staff, effect_key: str, now: datetime) -> Case:
    """The case with its true receipt and mode, once for each `effect_key`. Raises NotAllowed, InvalidInput.

    A denunciation is entered by its named readers only, and goes where the law sends it, never just "here".
    """
    existing = repository.case_by_effect_key(session, effect_key)
    if existing is not None:
        return existing
    _check(entry, staff, now=now)
    draft = _draft(entry, staff.office)
    citizen = repository.new_citizen(session, now=now)
    if entry.kind != "to_cao":
        citizen.name, citizen.phone = entry.name, entry.phone
    owner = None if entry.kind == "to_cao" else citizen.id
    case = open_case(
        session,
        draft,
        citizen_id=owner,
        effect_key=effect_key,
        received_at=entry.received_at,
        now=now,
        actor=actor_of(staff),
    )
    if entry.petition is not None and case.office_id == staff.office_id:
        petitions.record_petition(session, case.id, staff=staff, petition=entry.petition, version=case.version, now=now)
    return case


def _check(entry: Entry, staff: Staff, *, now: datetime) -> None:
    if staff.role not in ("officer", "leader") or staff.office is None:
        raise NotAllowed()
    if entry.kind == "to_cao" and not staff.sees_restricted:
        raise NotAllowed("Tố cáo chỉ do người được giao tiếp nhận tố cáo nhập.")
    if entry.kind not in KINDS or entry.mode not in AT_THE_COUNTER:
        raise InvalidInput("Chọn loại và cách tiếp nhận.")
    known = (entry.topic in (None, *taxonomy.topics())) and (entry.problem in (None, *taxonomy.problems()))
    if not known:
        raise InvalidInput("Chủ đề hoặc vấn đề không có trong danh mục.")
    if not now - OLDEST <= entry.received_at <= now:
        raise InvalidInput("Thời điểm nhận phải là lúc đã qua, trong khoảng một năm trở lại.")


def _draft(entry: Entry, office: Office | None) -> CaseDraft:
    assert office is not None
    province = entry.province_code or _province(entry.commune_code) or office.province_code
    matter = Matter(
        kind=entry.kind,
        text=entry.text,
        topic=entry.topic,
        problem=entry.problem,
        province_code=province,
        commune_code=entry.commune_code,
    )
    facts = assess(matter)
    route = routing.route(facts, places=places)
    if entry.here and entry.kind != "to_cao":
        route = _kept(route, office)
    return CaseDraft(
        kind=entry.kind,
        regime=facts.regime,
        text=entry.text,
        route=route,
        field=facts.field,
        topic=entry.topic,
        problem=entry.problem,
        urgent=entry.urgent,
        contact_name=entry.name,
        contact_phone=entry.phone,
        contact_address=entry.address,
        place_text=entry.place_text,
        commune_code=entry.commune_code,
        province_code=province,
        dossier=entry.dossier,
        channel=entry.mode,
    )


def _kept(route: Route, office: Office) -> Route:
    """The officer's own office, and what the rule table would have said."""
    suggested = "" if route.fallback else f"; bảng định tuyến gợi ý {route.name}"
    return replace(
        route,
        agency=office.agency,
        unit=office.unit,
        desk=None,
        name=office.name,
        mode="online",
        why=(f"Cán bộ tiếp nhận và giữ tại {office.name}{suggested}",),
        rule_ids=("nhap_tai_co_quan",),
    )


def _province(commune_code: str | None) -> str | None:
    commune = places.commune(commune_code) if commune_code else None
    if commune_code and commune is None:
        raise InvalidInput("Không có xã, phường này.")
    return commune.province_code if commune else None
