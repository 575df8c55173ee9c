"""The sample province of the demo: offices, logins, a year of cases and survey answers, all marked as sample data."""

from __future__ import annotations

import json
import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback import agencies, cases, handling, people, repository, routing
from feedback.assessment import Matter, assess
from feedback.base import utc_now
from feedback.database import Database
from feedback.models import Case, Staff
from feedback.offices import office_of
from langnghe import secrets_file
from langnghe.seed_rounds import seed_rounds
from langnghe.settings import Settings
from nlu import places
from surveys import batches
from surveys.chat import AFTER_CASE
from surveys.keeping import About, keep
from surveys.questionnaires import Answer, Questionnaire

DATA = Path(__file__).parent / "data" / "sample_province.yml"
CASES = 200
YEAR_DAYS = 360
SEED = 766
SURVEY_SHARE = 0.55
LEAST_RELEASED = 5

Login = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class SampleProvince:
    """The file of sample data, as read."""

    province: str
    offices: list[dict[str, Any]]
    staff: list[dict[str, Any]]
    communes: list[str]
    cases: list[dict[str, Any]]


def load() -> SampleProvince:
    raw = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return SampleProvince(raw["province"], raw["offices"], raw["staff"], raw["communes"], raw["cases"])


def seed(settings: Settings) -> list[Login]:
    """Seed an empty database; an already seeded one is left alone. Gives the logins to print."""
    sample = load()
    database = Database(settings.sqlalchemy_url, deadlines=settings.deadlines)
    try:
        password = _password(settings)
        with database.write() as session:
            if not session.scalar(select(func.count()).select_from(Staff)):
                _seed_people(session, sample, password)
                _seed_cases(session, sample, now=utc_now())
                _seed_survey(session, now=utc_now())
                seed_rounds(session, sample.communes, now=utc_now())
            _refresh_passwords(session, password)
    finally:
        database.dispose()
    return [(one["username"], password, _who(one)) for one in sample.staff]


def _password(settings: Settings) -> str:
    """The demo's password: the setting, or a random one that stays the same for this data folder."""
    given = settings.demo_password.get_secret_value()
    if given:
        return given
    path = settings.data_dir / "demo-login.json"
    if not path.exists():
        secrets_file.save(path, {"password": secrets.token_urlsafe(9)})
    return str(json.loads(path.read_text())["password"])


def _who(one: dict[str, Any]) -> str:
    role = {"officer": "cán bộ", "leader": "lãnh đạo", "manager": "quản lý"}[one["role"]]
    restricted = ", tiếp nhận tố cáo" if one.get("sees_restricted") else ""
    agency, unit = one["office"]
    return f"{role}{restricted}, {agencies.office_name(agency, unit, places=places)}"


def _seed_people(session: Session, sample: SampleProvince, password: str) -> None:
    for entry in sample.offices:
        office = office_of(session, agency=entry["agency"], unit=entry["unit"])
        office.staffed, office.address, office.phone = True, entry.get("address"), entry.get("phone")
    hashed = people.hash_password(password)
    for one in sample.staff:
        office = office_of(session, agency=one["office"][0], unit=one["office"][1])
        session.add(
            Staff(
                username=one["username"],
                display_name=one["name"],
                password_hash=hashed,
                role=one["role"],
                office_id=office.id,
                sees_restricted=one.get("sees_restricted", False),
                sees_identity=one.get("sees_identity", False),
                runs_surveys=one.get("runs_surveys", False),
                reads_survey_rows=one.get("reads_survey_rows", False),
                is_sample=True,
            )
        )
    session.flush()


def _refresh_passwords(session: Session, password: str) -> None:
    """The printed password is the one that works, also when the setting changed since the last start."""
    sample_staff = list(session.scalars(select(Staff).where(Staff.is_sample)))
    if sample_staff and not people.password_fits(sample_staff[0], password):
        hashed = people.hash_password(password)
        for one in sample_staff:
            one.password_hash = hashed


def _seed_cases(session: Session, sample: SampleProvince, *, now: datetime) -> None:
    rng = random.Random(SEED)
    for number in range(CASES):
        entry = rng.choice(sample.cases)
        commune = rng.choice(sample.communes)
        received = _office_hour(rng, now - timedelta(days=rng.random() ** 1.3 * YEAR_DAYS, minutes=30))
        case = _open(session, entry, commune=commune, received=received, number=number)
        _live(session, case, entry, rng, now=now)


def _office_hour(rng: random.Random, moment: datetime) -> datetime:
    """Between 7:30 and 17:00 in Vietnam (0:30 to 10:00 UTC), never in the future."""
    return min(moment, moment.replace(hour=rng.randrange(1, 10), minute=rng.randrange(60)))


def _open(session: Session, entry: dict[str, Any], *, commune: str, received: datetime, number: int) -> Case:
    unit = places.commune(commune)
    assert unit is not None
    where = f"{unit.type.lower()} {unit.name}"
    text = entry["text"].format(place=where)
    matter = Matter(
        kind=entry["kind"],
        text=text,
        field=entry["field"],
        topic=entry["topic"],
        problem=entry["problem"],
        province_code=unit.province_code,
        commune_code=commune,
    )
    facts = assess(matter)
    draft = cases.CaseDraft(
        kind=entry["kind"],
        regime=facts.regime,
        text=text,
        route=routing.route(facts),
        field=entry["field"],
        topic=entry["topic"],
        problem=entry["problem"],
        urgent=entry.get("urgent", False),
        contact_name=f"Người dân mẫu {number + 1}",
        contact_phone=f"095{number:07d}",
        place_text=where,
        commune_code=commune,
        province_code=unit.province_code,
        is_sample=True,
    )
    citizen = repository.new_citizen(session, now=received)
    return cases.open_case(
        session, draft, citizen_id=citizen.id, effect_key=f"sample:{number}", received_at=received, now=received
    )


def _live(session: Session, case: Case, entry: dict[str, Any], rng: random.Random, *, now: datetime) -> None:
    """Let the case age: most are answered in time, some late, the newest are still open; two thirds are rated."""
    officer = session.scalars(
        select(Staff).where(Staff.office_id == case.office_id, Staff.role == "officer").order_by(Staff.id)
    ).first()
    span = (case.due_at - case.received_at) if case.due_at else timedelta(days=6)
    answered = case.received_at + span * (rng.uniform(0.15, 0.95) if rng.random() < 0.86 else rng.uniform(1.05, 1.6))
    if officer is None or answered >= now:
        return
    if case.state == "moi":
        accepted = case.received_at + (answered - case.received_at) / 3
        handling.accept(session, case.id, staff=officer, version=case.version, now=accepted)
    place = case.place_text or ""
    cases.answer(
        session,
        case.id,
        staff=officer,
        text=entry["answer"].format(place=place),
        version=case.version,
        effect_key=f"sample-answer:{case.id}",
        now=answered,
    )
    rated = answered + timedelta(hours=rng.uniform(1, 70))
    if case.state == "da_tra_loi" and rated < now and rng.random() < 0.66 and case.citizen_id is not None:
        late = case.due_at is not None and answered > case.due_at
        score = rng.choices((1, 2, 3, 4, 5), weights=(18, 22, 28, 22, 10) if late else (3, 5, 14, 43, 35))[0]
        cases.rate(
            session, case.id, citizen_id=case.citizen_id, score=score, effect_key=f"sample-rating:{case.id}", now=rated
        )


def _seed_survey(session: Session, *, now: datetime) -> None:
    """Survey answers about the answered sample cases, better where the answer came in time.

    The notices of sample cases are marked as handled: nobody is there to hear.
    """
    rng = random.Random(SEED + 1)
    form = Questionnaire.load(AFTER_CASE)
    for case in session.scalars(select(Case).where(Case.is_sample, Case.answered_at.is_not(None)).order_by(Case.id)):
        assert case.answered_at is not None
        when = case.answered_at + timedelta(days=rng.uniform(0.2, 6))
        if rng.random() > SURVEY_SHARE or when > now:
            continue
        late = case.due_at is not None and case.answered_at > case.due_at
        weights = (15, 20, 30, 25, 10) if late else (2, 5, 15, 45, 33)
        answers: dict[str, Answer] = {code: rng.choices((1, 2, 3, 4, 5), weights=weights)[0] for code in form.criteria}
        keep(
            session,
            answers,
            questionnaire=form.id,
            about=About(office_id=case.office_id),
            now=when,
            mode="chat",
            is_sample=True,
        )
    session.flush()
    for days in range(YEAR_DAYS, -1, -7):  # as the survey's clock would have released them over the year
        batches.release(session, least=LEAST_RELEASED, now=now - timedelta(days=days))
    for notice in repository.waiting_notices(session, limit=10_000):
        notice.handled_at = now
