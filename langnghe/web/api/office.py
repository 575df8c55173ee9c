"""What a leader does for the office: absence cover, and the check of quick answers that chance has picked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from feedback import covers, sampling
from feedback.covers import Absence
from feedback.errors import NotAllowed
from feedback.repository import LARGEST_ID
from feedback.work_models import Cover
from langnghe.web.api.access import CaseReader, CaseWriter, api_router
from langnghe.web.api.change_models import Body
from langnghe.web.api.moments import Day

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]

router = api_router("/api/v1", tag="Công việc của cơ quan")


class CoverIn(Body):
    """Both people of one office; the days are included."""

    leader: int = Field(ge=1, le=LARGEST_ID, description="Lãnh đạo vắng mặt (số trong /colleagues).")
    deputy: int = Field(ge=1, le=LARGEST_ID)
    first_day: Day
    last_day: Day


class CoverOut(BaseModel):
    """A deputy acts for an absent leader; the ledger says so of each thing done."""

    id: int
    leader: str
    deputy: str
    first_day: date
    last_day: date
    ended_at: datetime | None


def _cover(one: Cover) -> CoverOut:
    return CoverOut(
        id=one.id,
        leader=one.leader.display_name,
        deputy=one.deputy.display_name,
        first_day=one.first_day,
        last_day=one.last_day,
        ended_at=one.ended_at,
    )


@router.get("/covers")
def absence_covers(caller: CaseReader) -> list[CoverOut]:
    """Who stands in for whom, the latest first: of this office, of all for managers."""
    if not (caller.staff.leads or caller.staff.role in ("manager", "admin")):
        raise NotAllowed("Dành cho lãnh đạo và người quản trị.")
    with caller.services.database.read() as session:
        return [_cover(one) for one in covers.of_office(session, caller.staff)]


@router.post("/covers", status_code=201)
def arrange_cover(caller: CaseWriter, body: CoverIn) -> CoverOut:
    """Set up a cover: by the office's leader, or by who administers the installation."""
    absence = Absence(body.leader, body.deputy, body.first_day, body.last_day)
    with caller.services.database.write() as session:
        return _cover(covers.arrange(session, absence, staff=caller.staff, now=caller.services.clock()))


@router.post("/covers/{cover_id}/end")
def end_cover(caller: CaseWriter, cover_id: Id) -> CoverOut:
    """The leader is back early; twice is once."""
    with caller.services.database.write() as session:
        return _cover(covers.end(session, cover_id, staff=caller.staff, now=caller.services.clock()))


class CheckOut(BaseModel):
    """A quick answer that chance has picked, to be read by a leader afterwards."""

    id: int
    case: str
    answer: str
    officer: str
    drawn_at: datetime


class VerdictIn(Body):
    verdict: Literal["good", "poor"]
    remark: str = Field("", max_length=2_000)


@router.get("/checks")
def answers_to_check(caller: CaseReader) -> list[CheckOut]:
    """Those that wait for this office's leader; of cases that became restricted meanwhile none."""
    if not caller.staff.leads:
        raise NotAllowed("Dành cho lãnh đạo và người được ủy quyền.")
    with caller.services.database.read() as session:
        rows = sampling.with_cases(session, sampling.waiting(session, caller.staff))
        return [
            CheckOut(
                id=check.id,
                case=case.code,
                answer=answer.text,
                officer=answer.staff_name,
                drawn_at=check.drawn_at,
            )
            for check, answer, case in rows
            if not case.restricted
        ]


@router.post("/checks/{check_id}", status_code=204)
def judge_answer(caller: CaseWriter, check_id: Id, body: VerdictIn) -> None:
    """The leader's verdict, with what should have been better."""
    with caller.services.database.write() as session:
        sampling.judge(
            session,
            check_id,
            staff=caller.staff,
            verdict=body.verdict,
            remark=body.remark,
            now=caller.services.clock(),
        )
