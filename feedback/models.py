"""The tables of the system of record: offices, staff, citizens, cases, their history, answers and ratings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    delete,
    event,
    insert,
    inspect,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship, validates

from feedback.base import Base, waiting
from feedback.search_models import CaseWords, entry
from feedback.states import ALL_STATES


class Office(Base):
    """One concrete body: an agency of the catalogue in one unit (province, commune, or "00" for the centre).

    What the registry knows of it: the official identifier, where it is, its parent, other names, the days on which it
    exists (both included), who follows it. `mode` stands over the catalogue's (a body that works by letter elsewhere
    may log in here); `direct`: cases go straight to the expert desk instead of the focal one.
    """

    __tablename__ = "office"
    __table_args__ = (UniqueConstraint("agency", "unit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(5))
    name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(12))
    province_code: Mapped[str] = mapped_column(String(2), index=True)
    staffed: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(40))
    is_sample: Mapped[bool] = mapped_column(default=False)
    official_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    aliases: Mapped[list[Any]] = mapped_column(default=list)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    mode: Mapped[str | None] = mapped_column(String(10))
    direct: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))

    def exists_on(self, day: date) -> bool:
        """Whether the body exists on this day, as far as the registry knows."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Staff(Base):
    """A person who works in the console. `role` is officer, leader or manager; rights beyond it are named flags.

    `sees_restricted`: opens restricted cases; `sees_identity`: also who sent them, each right given by name.
    """

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("role in ('officer','leader','manager','admin')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(120))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    sees_restricted: Mapped[bool] = mapped_column(default=False)
    runs_surveys: Mapped[bool] = mapped_column(default=False)
    reads_survey_rows: Mapped[bool] = mapped_column(default=False)
    sees_identity: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(default=False)

    office: Mapped[Office | None] = relationship()

    @property
    def acts_for(self) -> int | None:
        """The absent leader for whom this person acts today (feedback.covers); for the length of one request."""
        found: int | None = self.__dict__.get("_acts_for")
        return found

    @acts_for.setter
    def acts_for(self, leader_id: int | None) -> None:
        self.__dict__["_acts_for"] = leader_id

    @property
    def leads(self) -> bool:
        """A leader, or who stands in for one today."""
        return self.role == "leader" or self.acts_for is not None


class StaffSession(Base):
    """A login. Only the hash of the cookie's secret is kept."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    staff: Mapped[Staff] = relationship()


class Citizen(Base):
    """A person who wrote to us. Name and phone are kept only after they were given for a case."""

    __tablename__ = "citizen"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    name: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(20))
    erased_at: Mapped[datetime | None]


class Case(Base):
    """One matter of one citizen. `effect_key` makes opening it twice from the same message impossible.

    `office` holds it here (the receiver), `desk` is the unit inside it; `verifier` checks the facts and `decider`
    signs, both names; `responsible` names the body that must answer, when that is another one, which works by letter.
    `stage` is the group of its state (open, answered, ended), set with it.
    `due_*` copy its main running clock (feedback.clocks); nothing is due while `paused_at` is set.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_citizen", "citizen_id", "received_at"),
        Index("ix_case_assignee", "assignee_id", "state"),
        Index("ix_case_merged", "merged_into_id"),
        CheckConstraint("kind <> 'to_cao' or restricted", name="to_cao_is_restricted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    effect_key: Mapped[str] = mapped_column(String(80), unique=True)
    ledger_key: Mapped[str | None] = mapped_column(String(64))
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"))

    kind: Mapped[str] = mapped_column(String(20))
    regime: Mapped[str] = mapped_column(String(24))
    field: Mapped[str | None] = mapped_column(String(24))
    topic: Mapped[str | None] = mapped_column(String(40))
    problem: Mapped[str | None] = mapped_column(String(24))
    urgent: Mapped[bool] = mapped_column(default=False)
    restricted: Mapped[bool] = mapped_column(default=False)

    text: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    contact_address: Mapped[str | None] = mapped_column(String(200))
    place_text: Mapped[str | None] = mapped_column(String(200))
    commune_code: Mapped[str | None] = mapped_column(String(5))
    province_code: Mapped[str | None] = mapped_column(String(2))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    procedure_code: Mapped[str | None] = mapped_column(String(20))
    dossier: Mapped[str | None] = mapped_column(String(60))

    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    desk: Mapped[str | None] = mapped_column(String(40))
    responsible: Mapped[str | None] = mapped_column(String(200))
    verifier: Mapped[str | None] = mapped_column(String(200))
    decider: Mapped[str | None] = mapped_column(String(200))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    route_why: Mapped[list[Any]] = mapped_column(default=list)
    route_rules: Mapped[list[Any]] = mapped_column(default=list)
    route_facts: Mapped[list[Any]] = mapped_column(default=list)
    route_lost: Mapped[list[Any]] = mapped_column(default=list)
    route_version: Mapped[str | None] = mapped_column(String(20))

    state: Mapped[str] = mapped_column(String(24))
    stage: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(12))
    received_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_step: Mapped[str | None] = mapped_column(String(20))
    due_rule: Mapped[str | None] = mapped_column(String(80))
    due_committed: Mapped[bool] = mapped_column(default=False)
    due_proof: Mapped[list[Any]] = mapped_column(default=list)
    paused_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    petition_number: Mapped[str | None] = mapped_column(String(60))
    petition_date: Mapped[date | None]
    petition_place: Mapped[str | None] = mapped_column(String(200))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    national_code: Mapped[str | None] = mapped_column(String(40))
    national_state: Mapped[str | None] = mapped_column(String(40))
    entered_at: Mapped[datetime | None]

    office: Mapped[Office] = relationship()
    assignee: Mapped[Staff | None] = relationship()
    citizen: Mapped[Citizen | None] = relationship()
    answers: Mapped[list[Answer]] = relationship(order_by="Answer.id", viewonly=True)
    events: Mapped[list[CaseEvent]] = relationship(order_by="CaseEvent.seq", viewonly=True)
    files: Mapped[list[CaseFile]] = relationship(order_by="CaseFile.id", viewonly=True)
    rating: Mapped[Rating | None] = relationship(viewonly=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it once)

    @validates("state")
    def _set_stage(self, _name: str, state: str) -> str:
        self.stage = ALL_STATES[state].group
        return state


FOUND_BY = ("text", "code", "dossier", "office_id", "received_at")
"""What a search finds a case by."""


@event.listens_for(Case, "after_insert")
def _keep_words(_mapper: Mapper[Case], connection: Connection, case: Case) -> None:
    if not case.restricted:
        values = {name: getattr(case, name) for name in FOUND_BY}
        connection.execute(insert(CaseWords), entry(case_id=case.id, **values))


@event.listens_for(Case, "after_update")
def _keep_words_current(mapper: Mapper[Case], connection: Connection, case: Case) -> None:
    """A search finds what the case says now, and where it is now; a restricted case is found by nothing."""
    known = inspect(case).attrs
    if any(known[name].history.has_changes() for name in ("restricted", *FOUND_BY)):
        connection.execute(delete(CaseWords).where(CaseWords.case_id == case.id))
        _keep_words(mapper, connection, case)


class CaseEvent(Base):
    """One step in a case's history, appended and never edited: ids and codes only, chained by hashes."""

    __tablename__ = "case_event"
    __table_args__ = (UniqueConstraint("case_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    move: Mapped[str] = mapped_column(String(30))
    from_state: Mapped[str | None] = mapped_column(String(24))
    to_state: Mapped[str] = mapped_column(String(24))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Answer(Base):
    """What an agency told the citizen, with the office and the officer as they were then.

    An official one carries number, date and signer; the citizen gets its signed PDF (the file with its `answer_id`).
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    effect_key: Mapped[str] = mapped_column(String(80), unique=True)
    text: Mapped[str] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    staff_name: Mapped[str] = mapped_column(String(120))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    office_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    number: Mapped[str | None] = mapped_column(String(60))
    dated: Mapped[date | None]
    signer: Mapped[str | None] = mapped_column(String(120))


class Rating(Base):
    """The citizen's 1-5 for one case, after its answer. It is no SIPAS response and stays linked to the case."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("score between 1 and 5", name="score"),
        Index("ix_rating_office", "office_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), unique=True)
    effect_key: Mapped[str] = mapped_column(String(80), unique=True)
    score: Mapped[int]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    at: Mapped[datetime]
    is_sample: Mapped[bool] = mapped_column(default=False)


class CaseFile(Base):
    """A photo or document that belongs to a case or, before there is one, to the citizen who sent it.

    One that staff put there has `staff_id`; the citizen gets it with the next answer when it is `for_citizen`, and
    `answer_id` then says with which.
    """

    __tablename__ = "case_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    for_citizen: Mapped[bool] = mapped_column(default=False)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Notice(Base):
    """Something the outside must hear of (a case was answered, closed, moved), written with the change itself.

    `bot` turns notices into outbox rows, bootstrap's subscribers (the survey) read them too.
    """

    __tablename__ = "notice"
    __table_args__ = (waiting("ix_notice_waiting", "id", where="handled_at IS NULL"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
